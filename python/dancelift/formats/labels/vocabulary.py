"""Names of parts and movements as people write them: whatever the case, with spaces or underscores."""

from __future__ import annotations

import difflib
import re

from dancelift.errors import InputError
from dancelift.movements.taxonomy import Taxonomy

_SUGGESTIONS = 3


class Vocabulary:
    """Finds the parts and the movements of a taxonomy by what people wrote."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._parts = {plain(part.name): part.name for part in taxonomy.parts}
        self._movements = {plain(name): index for index, name in enumerate(taxonomy.names)}

    def part(self, text: str) -> str:
        """Return the name of a part.

        Raises:
            InputError: there is none of that name.
        """
        try:
            return self._parts[plain(text)]
        except KeyError:
            raise InputError(f"{text!r} is no part, expected one of {', '.join(self._parts.values())}") from None

    def movement(self, text: str, part: str) -> int:
        """Return the index of a movement of a part.

        Raises:
            InputError: there is none of that name, or it is another part's.
        """
        index = self._movements.get(plain(text))
        if index is None:
            raise InputError(f"movement {text!r} is unknown, expected {self._like(text, part)}")
        movement = self._taxonomy.movements[index]
        if movement.part != part:
            raise InputError(f"movement {movement.name!r} is one of part {movement.part!r}, expected one of {part!r}")
        return index

    def _like(self, text: str, part: str) -> str:
        names = {name: self._taxonomy.names[index] for name, index in self._movements.items()}
        close = difflib.get_close_matches(plain(text), names, _SUGGESTIONS)
        if not close:
            return f"one of `dancelift movements --part '{part}'`"
        return "perhaps " + " or ".join(repr(names[name]) for name in close)


def plain(text: str) -> str:
    """Return a name without what people vary: case, and the kind and number of spaces."""
    return re.sub(r"[\s_]+", " ", text).strip().casefold()

"""What an npz of dancelift's own holds, checked while it is read: arrays by shape and kind, JSON by type and range."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from dancelift.checks import check_fps, shown
from dancelift.errors import InputError

_LONGEST_NAME = 200  # characters
_LONGEST_TEXT = 10000
_LARGEST_JSON = 2**22  # bytes, four a character

_KINDS = {"numbers": "fiu", "whole numbers": "iu", "flags": "b", "names": "U"}


class StoredArrays:
    """The members of an npz by name, each of the shape that it must have.

    Args:
        file: as `open_npz` opens it.
        prefix: of the members' names in the file.
    """

    def __init__(self, file: NpzFile, prefix: str = "") -> None:
        self._file, self._prefix = file, prefix

    def __contains__(self, name: str) -> bool:
        return f"{self._prefix}{name}" in self._file

    def __call__(
        self,
        name: str,
        *shape: int | None,
        kind: Literal["numbers", "whole numbers", "flags", "names"] = "numbers",
        finite: bool = True,
    ) -> NDArray[Any]:
        """Return a member.

        Args:
            name: of it.
            shape: lengths of its axes; None: any but 0.
            kind: of what is in it.
            finite: whether all numbers must be.

        Raises:
            InputError: it is another array.
        """
        array: NDArray[Any] = self._file[f"{self._prefix}{name}"]
        if array.dtype.kind not in _KINDS[kind]:
            raise InputError(f"{name} is of type {array.dtype}, expected {kind}")
        if array.ndim != len(shape) or any(
            n != found and not (n is None and found) for n, found in zip(shape, array.shape, strict=True)
        ):
            expected = ", ".join("1 or more" if n is None else str(n) for n in shape)
            raise InputError(f"{name} has shape {array.shape}, expected ({expected})")
        if kind == "numbers" and finite and not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise InputError(f"{name} is {array[where]:g} at {where}, expected finite numbers")
        return array

    def json(self, name: str = "about") -> StoredJson:
        """Return the object that a member has as JSON.

        Raises:
            InputError: it is none.
        """
        text = self(name, kind="names")
        if text.nbytes > _LARGEST_JSON:
            raise InputError(f"{name} is of {text.nbytes} bytes, expected at most {_LARGEST_JSON}")
        found = json.loads(str(text))
        if not isinstance(found, dict):
            raise InputError(f"{name} is a {type(found).__name__}, expected an object")
        return StoredJson(found)


class StoredJson:
    """The values of a JSON object by name, each of the type and in the range that it must be.

    Args:
        values: of the object.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            raise InputError(f"has no {name!r}, expected one")
        return self._values[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def only(self, *names: str) -> None:
        """Refuse values by other names."""
        others = [name for name in self._values if name not in names]
        if others:
            raise InputError(f"has {shown(others)}, expected only {', '.join(names)}")

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float:
        """Return a finite number within these bounds."""
        return as_number(name, self[name], least, most)

    def whole(self, name: str, least: int, most: int) -> int:
        """Return a whole number within these bounds."""
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InputError(f"{name} is {shown(value)}, expected a whole number from {least} to {most}")
        return value

    def fps(self) -> float:
        """Return the frame rate."""
        return check_fps(self.number("fps"))

    def flag(self, name: str) -> bool:
        """Return whether something holds."""
        if not isinstance(self[name], bool):
            raise InputError(f"{name} is {shown(self[name])}, expected true or false")
        return bool(self[name])

    def text(self, name: str) -> str:
        """Return a text that can be written and read."""
        return _as_text(name, self[name], _LONGEST_TEXT)

    def names(self, name: str, count: int | None = None) -> tuple[str, ...]:
        """Return a list of names, so many of them."""
        found = self.items(name, count)
        return tuple(as_name(f"{name}[{i}]", value) for i, value in enumerate(found))

    def items(self, name: str, count: int | None = None) -> list[Any]:
        """Return a list, of so many entries."""
        found = self[name]
        if not isinstance(found, list) or count not in (None, len(found)):
            raise InputError(f"{name} is {shown(found)}, expected a list" + ("" if count is None else f" of {count}"))
        return found

    def numbers(
        self, name: str, least: float = -math.inf, most: float = math.inf, finite: bool = True
    ) -> dict[str, float]:
        """Return numbers within these bounds by name; those that are not finite only if they need not be."""
        found = self[name]
        if not isinstance(found, dict):
            raise InputError(f"{name} is {shown(found)}, expected numbers by name")
        return {
            as_name(name, key): x
            if not finite and isinstance(x, float)
            else as_number(f"{name}[{key!r:.80}]", x, least, most)
            for key, x in found.items()
        }


def as_number(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """Return a finite number within these bounds.

    Raises:
        InputError: it is none.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or not -1e300 <= value <= 1e300:
        bounds = [f"at least {least:g}"] * math.isfinite(least) + [f"at most {most:g}"] * math.isfinite(most)
        raise InputError(f"{name} is {shown(value)}, expected {' '.join(['a number', ' and '.join(bounds)]).strip()}")
    return float(value)


def as_name(name: str, value: Any) -> str:
    """Return a name: text of at most 200 characters in one line.

    Raises:
        InputError: it is none.
    """
    text = _as_text(name, value, _LONGEST_NAME)
    if not text.isprintable():
        raise InputError(f"{name} is {shown(value)}, expected a name in one line")
    return text


def _as_text(name: str, value: Any, longest: int) -> str:
    is_text = isinstance(value, str) and len(value) <= longest and "\0" not in value
    if not is_text or any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{name} is {shown(value)}, expected text of at most {longest} characters")
    return str(value)

"""Options of commands as results keep them, and back: what `--like` repeats."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dancelift.arraytypes import Array
from dancelift.cli.common import note
from dancelift.errors import InputError
from dancelift.files import content_hash
from dancelift.priors.prior import get_prior
from dancelift.provenance import Provenance, short

INPUT = "input"
"""Of the hashes: the file or folder that a command was given."""

_WITHOUT_EFFECT = {"threads", "keep"}  # on a result
_MM = 1000.0
_UNSET = object()


class RepeatableOptions:
    """The options of a command that change its result.

    Args:
        add: adds them to a parser.
    """

    def __init__(self, add: Callable[[argparse.ArgumentParser], None]) -> None:
        self._parser = _Parser(add_help=False)
        add(self._parser)
        self._usual = vars(self._parser.parse_args([]))
        actions = {action.dest: action for action in self._parser._actions}
        self._lists = [name for name, action in actions.items() if isinstance(action, argparse._AppendAction)]
        self._actions = {name: action for name, action in actions.items() if name not in _WITHOUT_EFFECT}

    def words(self, arguments: argparse.Namespace) -> list[str]:
        """Return the options that are not as usual, as they can be typed."""
        words: list[str] = []
        for name, action in self._actions.items():
            value = getattr(arguments, name, self._usual[name])
            option = action.option_strings[-1]
            if value == self._usual[name]:
                continue
            if value is True:
                words.append(option)
            elif action.nargs == "+":
                words += [option, *(_text(one) for one in value)]
            elif isinstance(action, argparse._AppendAction):
                words += [f"{option}={_text(one)}" for one in value]
            else:
                words.append(f"{option}={_text(value)}")
        return words

    def hashes(self, arguments: argparse.Namespace) -> dict[str, str]:
        """Return the hash of every file among the options, by the option; those of what the core knows are left out."""
        found = {}
        for name in self._actions:
            value = getattr(arguments, name, None)
            files = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Path)]
            for i, file in enumerate(files):
                found[name if len(files) == 1 else f"{name} {i + 1}"] = content_hash(file)
        return found

    def fill(self, arguments: argparse.Namespace, like: Provenance) -> None:
        """Take over the options by which a result was made, in place; those that were typed stay."""
        unset = argparse.Namespace(**dict.fromkeys(self._usual, _UNSET) | dict.fromkeys(self._lists))
        typed = vars(self._parser.parse_known_args(arguments.words, unset)[0])
        for name, value in vars(self._parser.parse_args(like.arguments)).items():
            if typed[name] in (_UNSET, None):
                setattr(arguments, name, value)

    def check_files(self, arguments: argparse.Namespace, like: Provenance) -> None:
        """Refuse files among the options that are not those by which a result was made.

        Raises:
            InputError: one is another, or is not there.
        """
        try:
            found = self.hashes(arguments)
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read ({error.strerror}), expected what was used") from None
        for name, hash in found.items():
            if hash != like.hashes.get(name, hash):
                option = self._actions[name.split()[0]].option_strings[-1]
                raise InputError(
                    f"{option}: a file of SHA-256 {short(hash)}, expected {short(like.hashes[name])} as was used"
                )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"options of another version of dancelift ({message}), expected those of this one")


def _text(value: Any) -> str:
    """An option's value as it can be typed."""
    match value:
        case (str() as name, float() as number):
            return f"{name}={number!r}"
        case (int() as width, int() as height):
            return f"{width}x{height}"
        case [*numbers] if all(isinstance(number, float) for number in numbers):
            return ",".join(map(repr, numbers))
    return str(value)


def check_known(result: Path, provenance: Provenance | None) -> Provenance:
    """Return how a result was made by a command.

    Raises:
        InputError: it does not say so, or was made by none.
    """
    if provenance is None:
        raise InputError(f"{result}: does not say how it was made, expected a result that does; make it anew once")
    if not provenance.command:
        raise InputError(f"{result}: was made from Python, expected the result of a command")
    return provenance


def source_of(result: Path, like: Provenance, given: Path | None) -> Path:
    """Return what a result is made again of: what is given, or else what it was made of.

    Raises:
        InputError: that is not there, or has changed.
    """
    recorded = Path(like.source)
    beside = result.parent / recorded.name
    source = given or next((path for path in (recorded, beside) if path.exists()), recorded)
    if not source.exists():
        raise InputError(f"{source}: is not there, expected what {result} was made of as IN")
    hash, expected = content_hash(source), like.hashes.get(INPUT, "")
    if hash != expected and given is None:
        raise InputError(
            f"{source}: has changed: SHA-256 {short(hash)}, expected {short(expected)} as {result} was made of"
        )
    if hash != expected:
        note(f"{source}: is not what {result} was made of; the same options, another result")
    return source


def find_prior(given: str, like: Provenance) -> str:
    """Return the prior by which a lift was made, of the one that is asked for and the one that ships.

    Raises:
        InputError: it is neither.
    """
    expected = like.hashes.get("prior", "")
    for name in dict.fromkeys((given, "default")):
        try:
            if get_prior(name).hash == expected:
                return name
        except InputError:
            continue
    raise InputError(
        f"prior {given!r}: not the one that was used, of hash {short(expected)}; expected it as --prior FILE"
    )


def warn_of_differences(result: Path, now: Provenance, before: Provenance) -> None:
    """Say what may make a result another one than that which is repeated."""
    for difference in now.differences(before):
        note(f"{result}: {difference}")


def say_whether_same(result: Path, before: dict[str, Array], now: dict[str, Array], quiet: bool) -> None:
    """Say whether two results are the same, bit for bit, or by how much they differ.

    Args:
        result: the file of the one before.
        before: its arrays by name; "poses3d" are m.
        now: the other's.
        quiet: whether it is said only where they differ.
    """
    if all(np.array_equal(array, now[name], equal_nan=True) for name, array in before.items()):
        if not quiet:
            print(f"  the same as {result}, bit for bit")
        return
    far = ""
    if before["poses3d"].shape == now["poses3d"].shape:
        far = f": joints by up to {_MM * np.linalg.norm(before['poses3d'] - now['poses3d'], axis=-1).max():.2g} mm"
    note(f"the result differs from {result}{far}")

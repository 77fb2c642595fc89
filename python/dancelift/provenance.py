"""How a result was made: by which version, of what, with which options, so that it can be made again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.errors import InputError
from dancelift.stored import StoredJson

VERSION: str = _core.__version__
"""Of dancelift."""

_HASH_LENGTH = 64  # hexadecimal digits of SHA-256
_SHOWN = 12  # of these


@dataclass(frozen=True)
class Provenance:
    """How a result was made; what is written into its file.

    Attributes:
        version: of dancelift.
        machine: kind of processor, the solver's kernel and NumPy's version, by which the last bits may differ.
        options: of the call that are not as usual, as text, by name.
        hashes: SHA-256 by what was hashed: "keypoints2d" of the clip with all that was given of it, "prior" and models
            of what is in them; "input" of the file or folder, and of files among the arguments by the option.
        command: of `dancelift`; "": a call from Python.
        source: file or folder that the command was given.
        person: of the source, whose result it is.
        arguments: options of the command that change its result, as they can be typed.
    """

    version: str
    machine: str
    options: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    source: str = ""
    person: str = ""
    arguments: tuple[str, ...] = ()

    @staticmethod
    def here(options: Mapping[str, str] | None = None, hashes: Mapping[str, str] | None = None) -> Provenance:
        """Return what is made by this version on this machine."""
        return Provenance(VERSION, _machine(), options or {}, hashes or {})

    def by_command(
        self, command: str, source: str, person: str, arguments: Iterable[str], hashes: Mapping[str, str]
    ) -> Provenance:
        """Return the same as made by a command, of which these are known, with hashes of files beside the others."""
        return replace(
            self,
            command=command,
            source=source,
            person=person,
            arguments=tuple(arguments),
            hashes={**self.hashes, **hashes},
        )

    def differences(self, other: Provenance) -> list[str]:
        """Return in what another one differs of version, machine, options and hashes, a text each for a person."""
        found = [
            f"{name} {getattr(other, name)}, here {getattr(self, name)}"
            for name in ("version", "machine")
            if getattr(self, name) != getattr(other, name)
        ]
        for what, none, own, others in (
            ("option", "as usual", self.options, other.options),
            ("hash of", "none", self.hashes, other.hashes),
        ):
            for name in sorted({*own, *others}):
                if own.get(name) != others.get(name):
                    here, there = (short(each.get(name, none)) for each in (own, others))
                    found.append(f"{what} {name} {there}, here {here}")
        return found

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "arguments": list(self.arguments)}

    @staticmethod
    def of_json(value: object) -> Provenance | None:
        """Read what `as_json` gave; None where nothing is known.

        Raises:
            InputError: it is something else.
        """
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InputError(f"provenance is a {type(value).__name__}, expected an object")
        stored = StoredJson(value)
        texts = {name: stored.text(name) for name in ("version", "machine", "command", "source", "person")}
        arguments = stored.items("arguments")
        if not all(isinstance(word, str) for word in arguments):
            raise InputError("provenance has arguments that are no text, expected text")
        hashes = _texts(stored, "hashes")
        if not all(len(one) == _HASH_LENGTH and set(one) <= set("0123456789abcdef") for one in hashes.values()):
            raise InputError("provenance has hashes that are none, expected SHA-256 in hexadecimal digits")
        return Provenance(**texts, options=_texts(stored, "options"), hashes=hashes, arguments=tuple(arguments))


def made_of(*known: Provenance | None) -> dict[str, Any]:
    """Return what a page or a file for other programs keeps of the results that it shows, as JSON has it."""
    return {"version": VERSION, "of": [each.as_json() for each in known if each is not None]}


def hash_of(about: object, arrays: Mapping[str, Any]) -> str:
    """Return the SHA-256 of arrays with their names, kinds and shapes, and of what JSON can say beside them.

    Args:
        about: fit for JSON.
        arrays: by name; None is none.
    """
    found = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        if arrays[name] is not None:
            array = np.ascontiguousarray(arrays[name])
            found.update(f"\n{name} {array.dtype.newbyteorder('<').str} {array.shape}\n".encode())
            found.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return found.hexdigest()


def short(text: str) -> str:
    """Return a hash as messages show it, cut; any other text as it is."""
    return text[:_SHOWN] if len(text) == _HASH_LENGTH else text


def _texts(stored: StoredJson, name: str) -> dict[str, str]:
    found = stored[name]
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise InputError(f"provenance's {name} are no text by name, expected text")
    return found


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, kernels {_core.describe_kernels()}, NumPy {np.__version__}"

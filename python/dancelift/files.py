"""Files that dancelift itself writes: whole or not at all, and npz without pickle."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from dancelift.errors import InputError

DATA = Path(__file__).with_name("data")
"""Folder of what ships with the package: models with their cards, the taxonomy, a sample."""


def write(output: Path, save: Callable[[Path], object]) -> None:
    """Have a file written beside its place and moved there when complete, so that no half a file is left."""
    write_all({output: save})


def write_all(saves: Mapping[Path, Callable[[Path], object]]) -> None:
    """Have files written beside their places and moved there when all are complete, so that none is left of a half.

    Args:
        saves: what writes each, given a path, by where it is to be.
    """
    parts = {output: output.with_name(f".{output.name}.part") for output in saves}
    try:
        for output, save in saves.items():
            output.parent.mkdir(parents=True, exist_ok=True)
            save(parts[output])
        for output, part in parts.items():
            os.replace(part, output)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def under_suffix(path: Path, suffix: str) -> Iterator[Path]:
    """Have a file written under a name with a suffix, for libraries that go by it, and moved to `path` if it was.

    The file is there and empty at first: libraries do not all say what is wrong with a place.
    """
    named = path.with_name(f"{path.name}{suffix}")
    try:
        named.touch()
        yield named
        os.replace(named, path)
    finally:
        named.unlink(missing_ok=True)


def as_file_name(text: str) -> str:
    """Return a text with dashes for whatever does not belong in the name of a file."""
    return re.sub(r"[^\w.-]+", "-", text)


@contextmanager
def open_npz(path: str | os.PathLike[str], expected: str) -> Iterator[NpzFile]:
    """Open an npz; whatever is wrong with it, also while its members are read, is an InputError.

    Args:
        path: of the file.
        expected: what it should hold and who wrote it, for the message.

    Raises:
        InputError: the file is missing, damaged, or lacks a member.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            yield file
    except InputError:
        raise
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error
    ) as error:  # fmt: skip
        raise InputError(f"{path}: not {expected} ({error})") from error

"""Files that dancelift itself writes: whole or not at all, and npz without pickle."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from dancelift.errors import InputError

DATA = Path(__file__).with_name("data")
"""Folder of what ships with the package: models with their cards, the taxonomy, a sample."""


def write(output: Path, save: Callable[[Path], object]) -> None:
    """Have a file written beside its place and moved there when complete, so that no half a file is left."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    try:
        save(part)
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)


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

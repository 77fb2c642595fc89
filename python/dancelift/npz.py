"""Reading the npz files that dancelift itself writes, without pickle."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.lib.npyio import NpzFile

from dancelift.errors import InputError


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

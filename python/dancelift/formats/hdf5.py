"""HDF5 files, which need the package h5py, an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dancelift.errors import DanceliftError, InputError

_START = b"\x89HDF\r\n\x1a\n"


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is one of HDF5, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_START)) == _START


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """Open an HDF5 file to be read; whatever is wrong with it, also while it is read, is an InputError.

    Raises:
        InputError: the file is damaged or lacks what is asked for.
        DanceliftError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError as reason:
        needed = f"{path}: an HDF5 file needs the extra 'hdf5' ({reason}): pip install dancelift[hdf5]"
        raise DanceliftError(needed) from reason
    try:
        with h5py.File(path, "r") as file:
            yield file
    except DanceliftError:
        raise
    except Exception as reason:  # h5py and HDF5 have many
        raise InputError(f"{path}: cannot be read ({reason}); expected a complete HDF5 file") from reason

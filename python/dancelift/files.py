"""Files that dancelift itself writes: whole or not at all, and npz without pickle."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from dancelift.errors import DanceliftError, InputError

DATA = Path(__file__).with_name("data")
"""Folder of what ships with the package: models with their cards, the taxonomy, a sample."""

MOST_BYTES = 2**31
"""Of an array in a file."""

_LEAST_ROOM = 2**20  # bytes that a place for a file must have
_UNSUSPECTED = 2**26  # bytes that an array may take, however few they are on the disk
_MOST_INFLATED = 50  # times what it takes on the disk, beyond that
_LONGEST_WRITTEN = 86400.0  # s, after which a part that does not change is nobody's
_PART = re.compile(r"\.(?P<name>.+)\.(?P<machine>[0-9a-f]{6})-(?P<process>\d{1,9})-\d+\.part(\.\w+)?", re.DOTALL)
_n_parts = count()


def write(output: Path, save: Callable[[Path], object]) -> None:
    """Have a file written beside its place and moved there when complete, so that no half a file is left."""
    write_all({output: save})


def write_all(saves: Mapping[Path, Callable[[Path], object]]) -> None:
    """Have files written beside their places and moved there when all are complete, so that none is left of a half.

    Args:
        saves: what writes each, given a path, by where it is to be.
    """
    parts = {output: _new_part(output) for output in saves}
    output = next(iter(saves), Path())
    try:
        for output, save in saves.items():
            output.parent.mkdir(parents=True, exist_ok=True)
            _remove_parts_once(output.parent)
            save(parts[output])
        for output, part in parts.items():
            os.replace(part, output)
    except OSError as error:
        if error.filename is not None and str(error.filename) not in map(str, parts.values()):
            raise  # of another file, which it names
        raise OSError(error.errno, error.strerror or str(error), str(output)) from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _new_part(output: Path) -> Path:
    """Where a file is written until it is complete: beside its place, by a name that says which process is at it."""
    return output.with_name(f".{output.name}.{_this_machine()}-{os.getpid()}-{next(_n_parts)}.part")


def final_name(part: Path) -> str:
    """Return the name that a file will have which is written under this one."""
    known = _PART.fullmatch(part.name)
    return known["name"] if known else part.name


def remove_parts(folder: Path) -> None:
    """Remove what processes that were killed have left half written in a folder; what others are writing is left.

    Of those of other machines it is only known that nothing has been written for a day.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            known = _PART.fullmatch(entry.name)
            if known is not None:
                with suppress(OSError):
                    if _is_left(known, entry.stat(follow_symlinks=False).st_mtime):
                        os.unlink(entry.path)


_remove_parts_once = lru_cache(maxsize=1 << 10)(remove_parts)  # looking through a folder of many clips takes long


def _is_left(part: re.Match[str], modified: float) -> bool:
    process = int(part["process"])
    if part["machine"] != _this_machine() or sys.platform == "win32":  # where a process cannot be asked for
        return time.time() - modified > _LONGEST_WRITTEN
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's
        pass
    return False


@lru_cache(maxsize=1)
def _this_machine() -> str:
    """A few letters for the machine, or the container, whose processes have numbers of their own."""
    about = platform.node()
    with suppress(OSError):
        about += os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(about.encode()).hexdigest()[:6]


def check_writable(output: Path) -> None:
    """Refuse a file that could not be written in the end, before the work that it is to hold; leaves nothing behind.

    Raises:
        InputError: it is no file's place, is where nothing can be written, or there is no room.
    """
    if output.exists() and not output.is_file():
        raise InputError(f"{output}: is {'a folder' if output.is_dir() else 'no ordinary file'}, expected a file")
    folder = output.parent
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise InputError(f"{output}: {folder} is no folder, expected one")
    probe = _new_part(folder / output.name)
    try:
        try:
            with open(probe, "wb") as file:
                file.write(bytes(_LEAST_ROOM))
        finally:
            probe.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{output}: cannot be written ({reason}), expected a place with room") from None


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


def content_hash(path: Path) -> str:
    """Return the SHA-256 of what a file holds; of a folder, of the names of its files and what they hold."""
    if not path.is_dir():
        return _file_hash(path, *_stamp(path))
    found = hashlib.sha256()
    for name, file in files_in(path):
        found.update(f"{_file_hash(file, *_stamp(file))} {name}\n".encode())
    return found.hexdigest()


def _stamp(path: Path) -> tuple[int, int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns


@lru_cache(maxsize=1 << 14)
def _file_hash(path: Path, size: int, modified: int, changed: int) -> str:
    """Of a file that has this size and these times, for several persons are read from one."""
    found = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def files_in(path: Path) -> Iterator[tuple[str, Path]]:
    """A file by no name, for it may be renamed; those of a folder by their names in it."""
    if not path.is_dir():
        yield "", path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.relative_to(path).as_posix(), file


def as_file_name(text: str) -> str:
    """Return a text with dashes for whatever does not belong in the name of a file."""
    return re.sub(r"[^\w.-]+", "-", text)


@contextmanager
def open_npz(path: str | os.PathLike[str], expected: str) -> Iterator[NpzFile]:
    """Open an npz; whatever is wrong with it, also while its members are read and used, is an InputError.

    Args:
        path: of the file.
        expected: what it should hold and who wrote it, for the message.

    Raises:
        InputError: the file is missing, damaged, lacks a member or has one that cannot be used, or would fill the
            memory; the message names the file.
    """
    try:
        check_sizes(path)
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            yield file
    except InputError as error:
        text = str(error)
        raise error if text.startswith(f"{path}: ") else InputError(f"{path}: {text}") from error
    except DanceliftError:
        raise
    except Exception as error:  # zipfile, zlib, tokenize, json and numpy each have their own, and a few of Python's
        raise InputError(f"{path}: not {expected} ({_described(error)})") from error


def check_sizes(path: str | os.PathLike[str]) -> None:
    """Refuse an npz whose arrays would fill the memory, however little they take on the disk; anything else passes.

    Raises:
        InputError: a member is too large.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            most = min(MOST_BYTES, max(_UNSUSPECTED, _MOST_INFLATED * member.compress_size))
            if member.file_size > most:
                name = member.filename.removesuffix(".npy")
                raise InputError(f"{path}: array {name!r} is of {member.file_size} bytes; expected at most {most}")


def _described(error: Exception) -> str:
    text = str(error)
    return text if isinstance(error, (OSError, ValueError)) and text else f"{type(error).__name__}: {text}"

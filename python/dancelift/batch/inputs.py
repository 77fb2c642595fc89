"""The clips that paths, globs, folders, lists and addresses name, and what tells whether one has changed."""

from __future__ import annotations

import csv
import glob
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from dancelift.batch.record import FOLDER, RESULT, load_records
from dancelift.errors import InputError, require
from dancelift.files import files_in
from dancelift.formats.keypoints.corpus import is_clip_folder
from dancelift.formats.selection import LISTS
from dancelift.video import decoding

SUFFIXES = frozenset(".csv .h5 .json .npy .npz .pickle .pkl .slp .trc".split()) | decoding.SUFFIXES
"""Endings of the names of files that are looked for in a folder."""

_INPUT, _NAME = "input", "name"  # columns of a list
_FRAME_FILE = "_keypoints.json"  # of OpenPose: a folder of them is one clip


@dataclass(frozen=True, eq=False)
class Input:
    """A file or a folder that holds one clip, of one or several persons.

    Attributes:
        place: its path, from the root, or address.
        name: what its results are called; folders are separated by "/".
        options: of its own, by the column of the list that named it.
        file_system: fsspec's, which reaches it; None: it is on this machine.
        path: in that file system.
    """

    place: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    file_system: Any = None
    path: str = ""

    @contextmanager
    def on_this_machine(self) -> Iterator[Path]:
        """Give where the clip can be read; what lies elsewhere is fetched, and removed afterwards."""
        if self.file_system is None:
            if not os.path.exists(self.place):
                raise InputError(f"{self.place}: there is no such file or folder; expected 2D keypoints")
            yield Path(self.place)
            return
        with tempfile.TemporaryDirectory(prefix="dancelift-") as folder:
            copy = Path(folder) / PurePosixPath(self.path).name
            try:
                self.file_system.get(self.path, str(copy), recursive=self.file_system.isdir(self.path))
            except Exception as reason:  # every file system has its own
                raise InputError(f"{self.place}: cannot be fetched ({reason}), expected a file that is there") from None
            yield copy

    def stamp(self) -> str:
        """Return what changes with the size and the time of change, without reading the content; "" where unknown."""
        if self.file_system is not None:
            try:
                about = self.file_system.info(self.path)
                if "CRC" in about:  # in an archive, whose other facts change as it is read
                    return f"{about['size']} {about['CRC']}"
                return str(self.file_system.ukey(self.path))
            except Exception:  # not every file system knows, and one that cannot be reached says so when it is read
                return ""
        found = hashlib.blake2b(digest_size=16)
        try:
            for name, file in files_in(Path(self.place)):
                about = file.stat()
                found.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
        except OSError:
            return ""
        return found.hexdigest()


def find_inputs(places: Iterable[str], without: Path | None = None) -> list[Input]:
    """Find the clips that are named, each once.

    Args:
        places: paths of files and folders, patterns such as `clips/**/*.json`, lists (a .csv with a column `input`, and
            maybe `name` and options of the clip), or addresses of fsspec such as `s3://bucket/clips/*.npz`.
        without: a folder that is not looked into, for the results lie there.

    Returns:
        In the order of the places; a folder's by name. A path that is not there is among them, to fail by itself.

    Raises:
        InputError: nothing fits a pattern, a list is wrong, or two clips would be called the same.
    """
    places = list(places)
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Input] = {}
    for place in places:
        for one in _find(place, None if without is None else without.resolve()):
            if one.file_system is None:  # the workers of a cluster may have another working directory
                one = replace(one, place=os.path.abspath(one.place))
            found.setdefault((one.place, tuple(sorted(one.options.items()))), one)
    try:
        return _with_names_of_their_own(list(found.values()))
    except InputError as reason:
        if len(places) == 1 and found and next(iter(found.values())).place != os.path.abspath(places[0]):
            raise InputError(f"{places[0]}: {reason}") from None  # the list or the folder that has both
        raise


def _find(place: str, without: Path | None) -> Iterator[Input]:
    path = Path(place)
    if "://" in place:
        yield from _remote(place)
    elif path.is_dir():
        yield from _below(path, without)
    elif path.suffix.lower() == ".csv" and path.exists() and _is_list(path):
        yield from _listed(path)
    elif not path.exists() and glob.has_magic(place):
        base = _before_magic(place)
        matches = [Path(match) for match in sorted(glob.glob(place, recursive=True))]
        clips = [match for match in matches if match.is_file() or is_clip_folder(match)]
        if not clips:
            raise InputError(f"{place}: nothing fits this pattern, expected files of clips")
        yield from (Input(str(clip), _name(clip.relative_to(base), clip.is_dir())) for clip in clips)
    else:
        yield Input(place, path.stem)


def _below(folder: Path, without: Path | None) -> Iterator[Input]:
    """The clips in a folder and its folders."""
    if is_clip_folder(folder):
        yield Input(str(folder), folder.resolve().name)
        return
    found: list[Path] = []
    by_products: set[Path] = set()
    for root, folders, files in os.walk(folder):
        here = Path(root)
        inner = [here / name for name in sorted(folders) if not name.startswith(".")]
        clips = [path for path in inner if is_clip_folder(path)]
        written = _by_products(here) if FOLDER in folders else frozenset()
        folders[:] = [path.name for path in inner if path not in clips and path.resolve() != without]
        if written:
            folders.remove(FOLDER)
        by_products |= written
        found += clips
        found += [here / name for name in files if _is_clip_file(name)]
    found = [path for path in found if path not in by_products]
    if not found:
        raise InputError(f"{folder}: holds no clip, expected files that end in {', '.join(sorted(SUFFIXES))}")
    yield from (Input(str(path), _name(path.relative_to(folder), path.is_dir())) for path in sorted(found))


def _by_products(folder: Path) -> frozenset[Path]:
    """What a batch has written there beside the results, which are inputs too; empty where none has."""
    records = load_records(folder)
    persons = [person for record in records for person in record.persons]
    files = {file for person in persons for name, file in person.outputs.items() if name != RESULT}
    return frozenset(folder / file for file in (*files, "manifest.csv")) if records else frozenset()


def _is_clip_file(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and path.name != LISTS and not path.name.startswith(".")


def _name(path: Path, is_folder: bool) -> str:
    return (path if is_folder else path.with_suffix("")).as_posix()


def _before_magic(pattern: str) -> Path:
    """The folder in which a pattern starts."""
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first])


def _is_list(path: Path) -> bool:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as stream:
        return _INPUT in [name.strip() for name in next(csv.reader(stream), [])]


def _listed(path: Path) -> Iterator[Input]:
    """The clips of a list; paths count from its folder."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, skipinitialspace=True, restkey="", strict=True))
    except (ValueError, csv.Error) as reason:
        raise InputError(f"{path}: cannot be read ({reason}), expected a table with a column {_INPUT!r}") from None
    for line, row in enumerate(rows, 2):
        if "" in row:
            raise InputError(f"{path}, row {line}: {row['']!r} without a column, expected {len(row) - 1} values")
        values = {column.strip(): text.strip() for column, text in row.items() if text and text.strip()}
        if not values:
            continue
        place, name = values.pop(_INPUT, ""), values.pop(_NAME, "")
        if not place:
            raise InputError(f"{path}, row {line}: no {_INPUT}, expected a path")
        if name and (PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts):
            raise InputError(f"{path}, row {line}: name is {name!r}, expected one within the folder of results")
        if "://" in place:
            found = list(_remote(place))
        else:
            found = [Input(str(path.parent / place), Path(place).stem)]
        if name and len(found) > 1:
            raise InputError(f"{path}, row {line}: name is {name!r} for {len(found)} clips, expected one clip")
        yield from (replace(one, name=name or one.name, options=values) for one in found)


def _remote(address: str) -> Iterator[Input]:
    """The clips at an address, a pattern or a folder of fsspec's."""
    require("batch", f"reading {address}", "fsspec")
    import fsspec

    try:
        system, path = fsspec.url_to_fs(address)
        if glob.has_magic(path):
            paths, base = sorted(system.glob(path)), str(PurePosixPath(*_before_magic(path).parts))
        elif system.isdir(path):
            files = sorted(system.find(path))
            frames = {str(PurePosixPath(file).parent) for file in files if file.endswith(_FRAME_FILE)}
            clips = [file for file in files if _is_clip_file(file) and str(PurePosixPath(file).parent) not in frames]
            paths, base = sorted([*clips, *frames]), path if path not in frames else str(PurePosixPath(path).parent)
        else:
            paths, base = [path], str(PurePosixPath(path).parent)
    except Exception as reason:  # every file system has its own
        raise InputError(f"{address}: cannot be reached ({type(reason).__name__}: {reason})") from None
    if not paths:
        raise InputError(f"{address}: nothing is there, expected files of clips")
    first, _, archive = address.partition("::")  # such as zip://sub/*.npz::s3://bucket/clips.zip
    within = f"::{archive}" if archive and "://" in first else ""
    for one in paths:
        inner = one.removeprefix("" if base == "." else base).strip("/")
        name = str(PurePosixPath(inner).with_suffix("")) if _is_clip_file(inner) else inner
        yield Input(f"{system.unstrip_protocol(one)}{within}", name, file_system=system, path=one)


def _with_names_of_their_own(inputs: Sequence[Input]) -> list[Input]:
    """The inputs by names that can be those of files; two that would be called the same keep their suffix."""
    names = [re.sub(r'[<>:"|?*\\\x00-\x1f]+', "-", one.name) for one in inputs]
    counts = Counter(names)
    named: dict[str, Input] = {}
    for one, short in zip(inputs, names, strict=True):
        name = short + PurePosixPath(one.path or one.place).suffix if counts[short] > 1 else short
        if name in named:
            raise InputError(
                f"{one.place}: would be called {name!r} like {named[name].place}, expected different names, such as "
                f"by a list with a column {_NAME!r}"
            )
        named[name] = replace(one, name=name)
    return list(named.values())

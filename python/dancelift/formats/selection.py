"""Which motions of a folder are asked for: lists beside the data, and the start of names.

Lists are those of a split.json {"fit": [name, ...], "test": [...]}, or AIST++'s splits/pose_train.txt and the like
(given as "pose_train" or, of the pose splits, "train"). AIST++'s ignore_list.txt names what its authors found wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dancelift.errors import InputError
from dancelift.formats.source import abbreviate, read_json

LISTS = "split.json"
"""File of the lists of names."""

_SUFFIXES = (".bvh", ".npz", ".pkl", ".pickle")
_AIST_MOTIONS = "keypoints3d"


def motion_files(folder: Path) -> Iterator[Path]:
    """Files below a folder that may hold 3D motion, sorted by path; of AIST++'s annotations only keypoints3d/."""
    for root, folders, files in os.walk(folder):
        folders[:] = [_AIST_MOTIONS] if _AIST_MOTIONS in folders else sorted(folders)
        place = Path(root).absolute()
        ignore_list = place.parent / "ignore_list.txt"
        ignored = _listed(ignore_list) if place.name == _AIST_MOTIONS and ignore_list.is_file() else ()
        for file in sorted(files):
            path = Path(root, file)
            if path.suffix.lower() in _SUFFIXES and path.stem not in ignored:
                yield path


def is_wanted(path: Path, split: str | None, match: Sequence[str]) -> Callable[[str], bool]:
    """Whether a motion below `path` is in the split and its name starts with one of `match`, where they are given."""
    names = None if split is None else _split_names(path, split)
    starts = (match,) if isinstance(match, str) else tuple(match)
    return lambda name: (names is None or name in names) and (not starts or name.startswith(starts))


def _split_names(path: Path, split: str) -> set[str]:
    folder = path if path.is_dir() else path.parent
    known: list[str] = []
    for place in (folder, folder.absolute().parent):
        if (place / LISTS).is_file():
            lists = read_json(place / LISTS)
            if not isinstance(lists, dict) or not all(isinstance(names, list) for names in lists.values()):
                raise InputError(f"{place / LISTS}: found {abbreviate(lists)}; expected lists of names, by split")
            if split in lists:
                return set(map(str, lists[split]))
            known += lists
        for file in (place / "splits" / f"{split}.txt", place / "splits" / f"pose_{split}.txt"):
            if file.is_file():
                return _listed(file)
        known += sorted(file.stem for file in (place / "splits").glob("*.txt"))
    raise InputError(
        f"{path}: no split '{split}'; expected a list of that name in a split.json or splits/ in or beside the folder"
        + (f", which have {', '.join(known)}" if known else "")
    )


def _listed(path: Path) -> set[str]:
    return set(path.read_text(encoding="utf-8").split())

"""Which motions of a folder are asked for: lists beside the data, and the start of names.

Lists are those of a split.json {"fit": [name, ...], "test": [...]}, or AIST++'s splits/pose_train.txt and the like
(given as "pose_train" or, of the pose splits, "train"). AIST++'s ignore_list.txt names what its authors found wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dancelift.errors import InputError
from dancelift.formats import aist
from dancelift.formats.source import abbreviate, read_json, read_words

LISTS = "split.json"
"""File of the lists of names."""

_SUFFIXES = (".amc", ".bvh", ".c3d", ".glb", ".gltf", ".npz", ".pkl", ".pickle", ".trc")


def motion_files(folder: Path) -> Iterator[Path]:
    """Find the files in a folder that may hold 3D motion, by path; of AIST++'s annotations keypoints3d/ alone."""
    for root, folders, files in os.walk(folder):
        place = Path(root)
        folders[:] = [aist.MOTIONS] if aist.MOTIONS in folders else sorted(folders)
        found = [place / file for file in sorted(files) if Path(file).suffix.lower() in _SUFFIXES]
        yield from aist.sequence_files(place) if place.absolute().name == aist.MOTIONS else found


def is_wanted(path: Path, split: str | None, match: Sequence[str]) -> Callable[[str], bool]:
    """Return whether a motion below `path` is in the split and has a name that starts with one of `match`."""
    names = None if split is None else split_names(path, split)
    starts = (match,) if isinstance(match, str) else tuple(match)
    return lambda name: (names is None or name in names) and (not starts or name.startswith(starts))


def split_names(path: Path, split: str) -> set[str]:
    """Return the names in a list of that name in or beside a folder, or beside the file given.

    Raises:
        InputError: there is no such list.
    """
    folder = (path if path.is_dir() else path.parent).resolve()
    known: list[str] = []
    for place in (folder, folder.parent):
        if (place / LISTS).is_file():
            lists = read_json(place / LISTS)
            if not isinstance(lists, dict) or not all(isinstance(names, list) for names in lists.values()):
                raise InputError(f"{place / LISTS}: found {abbreviate(lists)}; expected lists of names, by split")
            if split in lists:
                return set(map(str, lists[split]))
            known += lists
        for file in (place / "splits" / f"{split}.txt", place / "splits" / f"pose_{split}.txt"):
            if file.is_file():
                return set(read_words(file))
        known += sorted(file.stem for file in (place / "splits").glob("*.txt"))
    raise InputError(
        f"{path}: no split '{split}'; expected a list of that name in a split.json or splits/ in or beside the folder"
        + (f", which have {', '.join(known)}" if known else "")
    )

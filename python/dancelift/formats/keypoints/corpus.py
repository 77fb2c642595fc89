"""Reading the 2D keypoints of many clips, below one folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from dancelift.errors import InputError, warn
from dancelift.formats import aist
from dancelift.formats.keypoints import load_keypoints, openpose, ultralytics
from dancelift.formats.keypoints.aist import sequence_files
from dancelift.formats.selection import LISTS, is_wanted
from dancelift.formats.source import Source
from dancelift.keypoints import Track


def load_corpus(path: str | os.PathLike[str], split: str | None = None, match: Sequence[str] = ()) -> list[Track]:
    """Read all tracks of a file, or of all files and clips in a folder.

    Args:
        path: of the file or the folder. What cannot be read in a folder is warned of and passed over.
        split: name of a list in a split.json, or in AIST++'s splits/, in the folder or beside it; None: everything.
        match: files' names must start with one of these; empty: any name.

    Raises:
        InputError: nothing can be read; the message names what was found and what was expected.
    """
    path = Path(path)
    wanted = is_wanted(path, split, match)
    clips = [clip for clip in _clips(path) if wanted(clip.stem)]
    if clips == [path]:
        return load_keypoints(path)
    tracks: list[Track] = []
    failures: list[str] = []
    for clip in clips:
        try:
            tracks += load_keypoints(clip)
        except InputError as error:
            failures.append(str(error))
    if not tracks:
        reason = f"; the first failure: {failures[0]}" if failures else ""
        raise InputError(f"{path}: no 2D keypoints in {len(clips)} files asked for{reason}")
    for failure in failures:
        warn(f"passed over: {failure}")
    return tracks


def is_clip_folder(path: Path) -> bool:
    """Whether a path is that of a folder with one file a frame, which together are one clip."""
    source = Source(path)
    return path.is_dir() and (openpose.FORMAT.recognises(source) or ultralytics.LABELS.recognises(source))


def _clips(path: Path) -> list[Path]:
    """Files and folders that hold a clip each: `path` itself, if it is a file or a folder of one file a frame."""
    if not path.is_dir() or is_clip_folder(path):
        return [path]
    entries = [entry for entry in sorted(path.iterdir()) if entry.name != LISTS and not entry.name.startswith(".")]
    if aist.KEYPOINTS in (path.name, *(entry.name for entry in entries)):
        return sequence_files(path) or entries
    return entries

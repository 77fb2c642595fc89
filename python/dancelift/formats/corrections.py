"""Keypoints that a person has corrected by hand: a CSV of frame, joint, x and y, and maybe the person.

    frame,joint,x,y,person
    120,left_wrist,812.5,430,person 0
    121,left_wrist,,,person 0

`frame` is the number in the video, `joint` its name in the keypoints' skeleton, x and y are px; empty ones say that the
joint is not to be seen there. Without a person, a correction is of the only one, or of the one who is there most.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dancelift.body.skeleton import get_skeleton
from dancelift.errors import InputError
from dancelift.formats.source import Source
from dancelift.keypoints import Track

_COLUMNS = ("frame", "joint", "x", "y")


@dataclass(frozen=True)
class Correction:
    """Where a joint is in a frame.

    Attributes:
        frame: number in the video.
        joint: its name.
        place: (x, y), px; None: the joint is not to be seen.
        person: a person's name or its last word; empty: the main one.
        line: of the file, for messages.
    """

    frame: int
    joint: str
    place: tuple[float, float] | None
    person: str = ""
    line: int = 0


def load_corrections(path: str | os.PathLike[str]) -> list[Correction]:
    """Read corrections.

    Raises:
        InputError: the file cannot be read, lacks a column, or has what is no number.
    """
    source = Source(Path(path))
    rows = source.csv
    header = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise source.error(f"no column {', '.join(missing)}; expected frame, joint, x, y and maybe person")
    found = []
    for line, row in enumerate(rows[1:], 2):
        cells = dict.fromkeys(header, "") | dict(zip(header, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        try:
            frame = int(cells["frame"])
            places = [float(cells[axis]) if cells[axis] else math.nan for axis in "xy"]
        except ValueError as reason:
            raise source.error(f"line {line} is {','.join(row)!r} ({reason}); expected frame,joint,x,y") from None
        if math.isfinite(places[0]) != math.isfinite(places[1]) or any(map(math.isinf, places)):
            raise source.error(
                f"line {line} has x = {cells['x']!r}, y = {cells['y']!r}; expected both in px, or neither"
            )
        place = (places[0], places[1]) if math.isfinite(places[0]) else None
        found.append(Correction(frame, cells["joint"], place, cells.get("person", ""), line))
    if not found:
        raise source.error("no line; expected at least one correction")
    return found


def correct(tracks: Sequence[Track], corrections: Sequence[Correction]) -> list[Track]:
    """Return the tracks of a video with corrections in the place of what a detector found.

    Args:
        tracks: of all persons, the main one first.
        corrections: of them.

    Raises:
        InputError: a correction is of a person, a frame or a joint that is not there.
    """
    of_track: list[list[Correction]] = [[] for _ in tracks]
    for one in corrections:
        meant = [i for i, track in enumerate(tracks) if one.person in ("", track.name, *track.name.split()[-1:])]
        if not meant:
            names = ", ".join(track.name for track in tracks)
            raise InputError(f"corrections, line {one.line}: no person {one.person!r}, expected one of {names}")
        of_track[meant[0]].append(one)
    return [_corrected(track, own) if own else track for track, own in zip(tracks, of_track, strict=True)]


def _corrected(track: Track, corrections: Sequence[Correction]) -> Track:
    skeleton = get_skeleton(track.skeleton)
    n_frames = len(track.keypoints2d)
    numbers = np.arange(n_frames) if track.frame_numbers is None else track.frame_numbers
    rows = {int(number): row for row, number in enumerate(numbers)}
    keypoints = track.keypoints2d.copy()
    certain = np.zeros(keypoints.shape[:2], np.bool_) if track.certain is None else track.certain.copy()
    for one in corrections:
        if one.frame not in rows:
            raise InputError(
                f"corrections, line {one.line}: no frame {one.frame}, expected one of {numbers[0]} to {numbers[-1]}"
            )
        if one.joint not in skeleton.joints:
            raise InputError(
                f"corrections, line {one.line}: no joint {one.joint!r}, expected one of {', '.join(skeleton.joints)}"
            )
        at = rows[one.frame], skeleton.joints.index(one.joint)
        keypoints[at] = (0.0, 0.0, 0.0) if one.place is None else (*one.place, 1.0)
        certain[at] = one.place is not None
    return replace(track, keypoints2d=keypoints, certain=certain)

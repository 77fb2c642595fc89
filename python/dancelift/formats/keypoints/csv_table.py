"""A table of one row a frame, or a frame and a person, with columns of each joint: NAME.x, NAME.y and maybe NAME.score.

SLEAP exports "track, frame_idx, instance.score, A.x, A.y, A.score, ..." (sleap.ai, Analysis CSV); others write A_x, A_y
and A_score, A_confidence, A_likelihood or A_visibility, with a column "frame" or "time".
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.joints import landmark
from dancelift.formats.keypoints.timeline import frame_times
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_FRAME = ("frame", "frame_idx", "frame_id", "frame_number", "frame_index", "frameidx", "framenumber", "image_id")
_PERSON = ("track", "track_id", "person", "person_id", "id", "individual", "instance")
_TIMES = ("timestamp", "timestamp_ms", "timestamp_us", "time", "time_ms", "t")
_COLUMN = re.compile(r"(.+?)[._ -](x|y|score|conf|confidence|likelihood|visibility|visible)", re.IGNORECASE)
_FEWEST_JOINTS = 4


def _joints(source: Source) -> dict[str, dict[str, int]]:
    """Columns of x, y and score by joint."""
    found: dict[str, dict[str, int]] = {}
    for index, name in enumerate(source.csv[0]):
        column = _COLUMN.fullmatch(name.strip())
        if column:
            what = column[2].lower()
            found.setdefault(column[1], {}).setdefault(what if what in "xy" else "score", index)
    return {name: columns for name, columns in found.items() if {"x", "y"} <= columns.keys()}


def _recognises(source: Source) -> bool:
    if source.path.is_dir() or source.path.suffix.lower() != ".csv" or not source.csv:
        return False
    return sum(landmark(name) is not None for name in _joints(source)) >= _FEWEST_JOINTS


def _read(source: Source) -> list[Track]:
    joints = _joints(source)
    if not joints:
        raise source.error(f"columns {abbreviate(source.csv[0])}; expected NAME_x and NAME_y of each joint")
    head = [name.strip().lower() for name in source.csv[0]]
    rows = [row for row in source.csv[1:] if row]
    if any(len(row) != len(head) for row in rows):
        raise source.error(f"a row of {next(len(r) for r in rows if len(r) != len(head))} values; expected {len(head)}")
    if len({len(columns) for columns in joints.values()}) != 1:
        raise source.error("some joints have a score and some have none; expected one of each or of none")
    wanted = [[columns[what] for what in ("x", "y", "score") if what in columns] for columns in joints.values()]
    texts = np.array([[value.strip() or "nan" for value in row] for row in rows], dtype=object).reshape(len(rows), -1)
    keypoints = source.floats(texts[:, np.ravel(wanted)], "coordinates").reshape(len(rows), len(joints), -1)
    frames = _whole(source, texts, head, _FRAME) or list(range(len(rows)))
    people = next((texts[:, head.index(name)].tolist() for name in _PERSON if name in head), None)
    known = sorted(set(people or ()))
    ids: list[int | None] = [None] * len(rows)
    if people and "nan" not in known:
        ids = [known.index(person) for person in people]
    elif len(set(frames)) == len(frames):
        ids = [0] * len(rows)  # a row a frame is of one person
    detections = [Detection(*row) for row in zip(frames, keypoints, ids, strict=True)]
    clock = next((name for name in _TIMES if name in head), None)
    times = None
    if clock is not None:
        values = source.floats(texts[:, head.index(clock)], clock)
        times = frame_times({frame: {clock: value} for frame, value in zip(frames, values.tolist(), strict=True)})
    return tracks_of(source, detections, frames, every_frame_listed=False, names=tuple(joints), times=times)


def _whole(source: Source, texts: NDArray[Any], head: list[str], names: tuple[str, ...]) -> list[int] | None:
    """The whole numbers of the first of the columns `names`; None where there is none."""
    column = next((head.index(name) for name in names if name in head), None)
    if column is None:
        return None
    numbers = source.floats(texts[:, column], head[column])
    if not (np.isfinite(numbers) & (numbers == np.rint(numbers)) & (np.abs(numbers) < 2**53)).all():
        raise source.error(f"column '{head[column]}' = {abbreviate(texts[:, column].tolist())}; expected whole numbers")
    return [int(number) for number in numbers]


FORMAT = Format("csv", _recognises, _read)

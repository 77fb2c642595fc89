"""TRC of Sports2D and Pose2Sim in pixels, `*_px*.trc`: a column of each marker's X, Y and Z, a row a frame.

Five lines come first: the file's name, names of what is recorded and their values (DataRate is frames per second), the
names of the markers, and X1, Y1, Z1, ... (Sports2D, trc files in pixels; opensim-org, Marker (.trc) Files). Pixels
have x to the right and y down; the file says "m" of its units all the same, so that its name tells.
"""

from __future__ import annotations

import numpy as np

from dancelift.formats.keypoints.timeline import frame_numbers
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_HEAD = 5  # lines


def _recognises(source: Source) -> bool:
    return source.path.is_file() and source.path.suffix.lower() == ".trc"


def _read(source: Source) -> list[Track]:
    lines = [line.rstrip("\r\n").split("\t") for line in source.lines]
    if len(lines) <= _HEAD or lines[0][0] != "PathFileType" or lines[3][0] != "Frame#":
        raise source.error(f"found {abbreviate(lines[:1])}; expected the five first lines of a TRC file and frames")
    recorded = dict(zip((name.strip() for name in lines[1]), lines[2], strict=False))
    if "px" not in source.path.stem.lower().split("_"):
        raise source.error("a TRC file of a name without _px_; expected one in pixels, such as dance_px_person00.trc")
    names = tuple(name.strip() for name in lines[3][2:] if name.strip())
    n_columns = 2 + 3 * len(names)
    rows = [line[:n_columns] for line in lines[_HEAD:] if any(value.strip() for value in line)]
    if any(len(row) < n_columns - 1 for row in rows):
        raise source.error(f"a row of {min(map(len, rows))} values; expected {n_columns} of {len(names)} markers")
    texts = [[value.strip() or "nan" for value in row] + ["nan"] * (n_columns - len(row)) for row in rows]
    values = source.floats(texts, "coordinates").reshape(len(rows), n_columns)
    numbers = list(frame_numbers(source, values[:, 0].tolist()).values())
    if len(numbers) < len(rows):
        raise source.error("two rows have the same frame number; expected one each")
    keypoints = values[:, 2:].reshape(len(rows), len(names), 3)[..., :2]
    times = dict(zip(numbers, values[:, 1].tolist(), strict=True)) if np.isfinite(values[:, 1]).all() else None
    return tracks_of(
        source,
        [Detection(number, joints, person=0) for number, joints in zip(numbers, keypoints, strict=True)],
        numbers,
        every_frame_listed=True,
        names=names,
        times=times,
        **source.recorded({"fps": recorded.get("DataRate")}),
    )


FORMAT = Format("trc", _recognises, _read)

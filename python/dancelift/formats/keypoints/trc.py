"""TRC of Sports2D and Pose2Sim in pixels, `*_px*.trc`.

Pixels have x to the right and y down; the file says "m" of its units all the same, so that its name tells (Sports2D,
trc files in pixels).
"""

from __future__ import annotations

import numpy as np

from dancelift.formats.keypoints.timeline import frame_numbers
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.source import Format, Source
from dancelift.formats.trc import read_trc
from dancelift.keypoints import Track


def _recognises(source: Source) -> bool:
    return source.path.is_file() and source.path.suffix.lower() == ".trc"


def _read(source: Source) -> list[Track]:
    trc = read_trc(source)
    if "px" not in source.path.stem.lower().split("_"):
        raise source.error("a TRC file of a name without _px_; expected one in pixels, such as dance_px_person00.trc")
    numbers = list(frame_numbers(source, trc.numbers.tolist()).values())
    if len(numbers) < len(trc.numbers):
        raise source.error("two rows have the same frame number; expected one each")
    times = dict(zip(numbers, trc.times.tolist(), strict=True)) if np.isfinite(trc.times).all() else None
    return tracks_of(
        source,
        [Detection(number, joints, person=0) for number, joints in zip(numbers, trc.positions[..., :2], strict=True)],
        numbers,
        every_frame_listed=True,
        names=trc.names,
        times=times,
        **source.recorded({"fps": trc.rate}),
    )


FORMAT = Format("trc", _recognises, _read)

"""From 3D motion as a file has it to `Motion`: in metres, y up, without gaps, of somebody of a person's size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.motion import Motion
from dancelift.body.posture import nearest_axis, stature, uprightness
from dancelift.body.skeleton import Skeleton
from dancelift.errors import InputError, warn
from dancelift.formats.motion.gaps import LONGEST_GAP, without_gaps
from dancelift.formats.source import Source
from dancelift.geometry import turn_up

_UNITS = (1.0, 0.01, 0.001, 0.0254, 0.0254 / 0.45)
"""m: metre, centimetre, millimetre, inch, and the unit of the CMU database's skeletons."""

_SHORTEST_PERSON, _TALLEST_PERSON = 0.8, 2.5  # m
_LEAST_CLARITY = 1.5  # of the axis taken as up over the next one


@dataclass(frozen=True, eq=False)
class Recording:
    """3D motion of one performer as a file has it, of T frames and J joints, not checked yet."""

    name: str
    source: str  # format or data set
    positions: Array  # (T, J, 3) in the file's unit and frame; NaN is missing
    skeleton: Skeleton
    fps: float  # frames per second
    genre: str | None = None
    up: Array | None = None  # (3,) against gravity, in the file's frame; None: found from the motion
    unit: float | None = None  # m; None: found from the performer's size
    start: float = 0.0  # time of the first frame, s from the start of the video


@dataclass(frozen=True)
class MotionFormat:
    """One way in which people keep 3D motion."""

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Iterable[Recording]]
    one_a_file: bool = True  # a single recording, named as the file


def motions_of(recording: Recording, path: Path) -> list[Motion]:
    """Return the motion of a recording, several where gaps cut it into pieces.

    Args:
        recording: as it was read.
        path: of its file, for messages.

    Raises:
        InputError: the positions cannot be motion of a person.
    """

    def error(message: str) -> InputError:
        return InputError(f"{path}: {recording.name}: {message}")

    positions = np.asarray(recording.positions, dtype=np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (len(recording.skeleton), 3) or not len(positions):
        raise error(
            f"positions of shape {positions.shape}; expected (frames, {len(recording.skeleton)}, 3) for "
            f"skeleton '{recording.skeleton.name}'"
        )
    if np.isinf(positions).any():
        frame, joint = np.argwhere(np.isinf(positions))[0][:2]
        raise error(f"frame {frame}, {recording.skeleton.joints[joint]} is infinite; expected numbers, or NaN")
    size = stature(positions, recording.skeleton)
    unit = recording.unit or min(_UNITS, key=lambda unit: abs(np.log(max(unit * size, 1e-9) / STANDARD_HEIGHT)))
    if not _SHORTEST_PERSON <= unit * size <= _TALLEST_PERSON:
        raise error(
            f"the performer measures {unit * size:.3g} m; expected a person of {_SHORTEST_PERSON} to "
            f"{_TALLEST_PERSON} m with the joints of skeleton '{recording.skeleton.name}'"
        )
    up = recording.up
    if up is None:
        upward = uprightness(positions, recording.skeleton)
        if not upward.any():
            raise error("hips and shoulders are never seen together; expected them in some frame")
        up, clarity = nearest_axis(upward)
        if clarity < _LEAST_CLARITY:
            warn(
                f"{path}: {recording.name}: seldom upright, in the mean along {upward.round(2).tolist()}; "
                f"expected a standing dancer, took {up.tolist()} as up"
            )
    pieces = without_gaps(unit * positions @ turn_up(up).T, recording.fps)
    if not pieces:
        raise error(f"no {LONGEST_GAP} s in which every joint is seen; expected motion without long gaps")
    names = [recording.name] if len(pieces) == 1 else [f"{recording.name} part {i}" for i in range(1, len(pieces) + 1)]
    return [
        Motion(
            name,
            recording.source,
            piece,
            recording.skeleton,
            recording.fps,
            recording.genre,
            recording.start + first / recording.fps,
        )
        for name, (first, piece) in zip(names, pieces, strict=True)
    ]

"""An .npz that holds `poses3d`, (T, J, 3): what `LiftResult.save` writes, or a plain array.

A plain one may hold several performers, (persons, T, J, 3), with their names as `persons`, and also `fps`, `skeleton`
(a name), `up` (a direction, or an axis such as "z" or "-y"), `times` (T,) of the video, `genre` and `source`. What it
does not record is found from the number of joints, the motion and the performer's size.
"""

import re
from collections.abc import Iterator

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS, Skeleton, get_skeleton
from dancelift.errors import warn
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source, abbreviate
from dancelift.lifting.result import load_lift

_USUAL_FPS = 30.0


def _read_lift(source: Source) -> Iterator[Recording]:
    result = load_lift(source.path)
    yield Recording(
        name=source.path.stem,
        source="dancelift",
        positions=result.poses3d,
        skeleton=result.skeleton,
        fps=result.fps,
        up=result.camera.up,
        unit=1.0,
        start=float(result.times[0]),
    )


def _read_arrays(source: Source) -> Iterator[Recording]:
    positions = source.numbers(source.array("poses3d"), "poses3d")
    if positions.ndim not in (3, 4):
        raise source.error(f"poses3d has shape {positions.shape}; expected ([persons,] frames, joints, 3)")
    recorded = source.recorded_members()
    if "fps" not in recorded:
        warn(f"{source.path}: does not say its fps; took {_USUAL_FPS:g} frames per second")
    times = source.numbers(source.array("times"), "times").ravel() if "times" in source.members else np.zeros(1)
    if not times.size or not np.isfinite(times[0]):
        raise source.error(f"times = {abbreviate(times.tolist())}; expected s from the start of the video")
    names = [source.path.stem]
    if positions.ndim == 4:
        persons = source.array("persons").ravel().tolist() if "persons" in source.members else []
        if len(persons) != len(positions):
            persons = list(range(len(positions)))
        names = [f"{source.path.stem} {person}" for person in persons]
    for name, poses in zip(names, positions if positions.ndim == 4 else positions[None], strict=True):
        yield Recording(
            name=name,
            source=source.text("source") or "npz",
            positions=poses,
            skeleton=_skeleton(source, poses.shape[1]),
            fps=recorded.get("fps", _USUAL_FPS),
            genre=source.text("genre"),
            up=_up(source) if "up" in source.members else None,
            start=float(times[0]),
        )


def _skeleton(source: Source, n_joints: int) -> Skeleton:
    name = source.text("skeleton")
    if name:
        return get_skeleton(name)
    fitting = [skeleton for skeleton in SKELETONS.values() if len(skeleton) == n_joints]
    if not fitting:
        known = ", ".join(f"{len(skeleton)} of {name}" for name, skeleton in SKELETONS.items())
        raise source.error(f"poses3d has {n_joints} joints; expected {known}")
    return fitting[0]


def _up(source: Source) -> Array:
    up = source.array("up")
    axis = re.fullmatch(r"([+-]?)([xyz])", str(up).lower()) if up.ndim == 0 else None
    if axis:
        direction: Array = np.eye(3)["xyz".index(axis[2])] * (-1.0 if axis[1] == "-" else 1.0)
        return direction
    if up.shape != (3,) or up.dtype.kind not in "if" or not np.isfinite(up).all() or not up.any():
        raise source.error(f"up = {abbreviate(up.tolist())}; expected three numbers, or an axis such as 'z' or '-y'")
    return up.astype(np.float64)


LIFT = MotionFormat("lift", lambda source: {"poses3d", "about"} <= {*source.members}, _read_lift)
ARRAYS = MotionFormat("arrays", lambda source: "poses3d" in source.members, _read_arrays, one_a_file=False)

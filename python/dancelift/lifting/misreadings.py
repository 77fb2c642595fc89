"""Keypoints that mean something else than they say: names of left and right exchanged, y upwards, other joints.

The total error of a lift tells: read rightly, the same keypoints cost less. A short sample is lifted by one seed as it
is given and with left and right exchanged; where both cost more than any clip that was read rightly, in the other ways
too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.camera import Camera
from dancelift.errors import SolverError
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import make_problem
from dancelift.lifting.result import LiftResult
from dancelift.priors.prior import PosePrior

_SAMPLE = 120  # frames that are lifted to compare
_MIN_FRAMES = 25  # with a person, from which errors can be compared
_CHEAPER = 1.1  # times as large as another reading's must an error be for the other to be right
_SUSPICIOUS = 6.0  # error per frame that no clip that is read rightly has, of 47 dances and 18 camera views


@dataclass(frozen=True, eq=False)
class Reading:
    """A way to read a clip.

    Attributes:
        message: what is wrong with the keypoints as they are given, and what is done about it.
        read: makes the clip that was meant.
        restore: brings the lift of that clip back to the joints and pixels that were given.
    """

    message: str
    read: Callable[[Clip], Clip]
    restore: Callable[[LiftResult], LiftResult]


def find_misreading(clip: Clip, options: LiftOptions, prior: PosePrior) -> Reading | None:
    """The reading under which a clip costs least, if it is not the one that is given."""
    sample = _sample(clip)
    if sample is None:
        return None
    given, swapped = _error(sample, options, prior), _swapped(clip.skeleton)
    candidates = {} if swapped is None else {swapped: _error(swapped.read(sample), options, prior)}
    if min(given, *candidates.values()) > _SUSPICIOUS:
        candidates |= {other: _error(other.read(sample), options, prior) for other in _others(clip.skeleton)}
    best = min(candidates, key=candidates.__getitem__, default=None)
    return best if best is not None and given > _CHEAPER * candidates[best] else None


def _sample(clip: Clip) -> Clip | None:
    """The frames in a row in which most is seen of the dancer, if that is enough."""
    n_frames = min(_SAMPLE, len(clip))
    share = clip.seen.mean(axis=1) * clip.shows_person
    total = np.concatenate([[0.0], np.cumsum(share)])
    start = int(np.argmax(total[n_frames:] - total[:-n_frames]))
    sample = clip.frames(slice(start, start + n_frames))
    return sample if sample.shows_person.sum() >= _MIN_FRAMES else None


def _error(clip: Clip, options: LiftOptions, prior: PosePrior) -> float:
    """Total error of the first seed, per frame; infinite where none can be made."""
    alone = replace(options, n_seeds=1, keep_seeds=False)
    try:
        solved = make_problem(clip, alone, prior).solve(n_threads=1)
    except SolverError:
        return float("inf")
    return float(solved.errors[0].sum()) / len(clip)


def _swapped(skeleton: Skeleton) -> Reading | None:
    other = list(skeleton.mirrored)
    if other == list(range(len(skeleton))):
        return None

    def restore(result: LiftResult) -> LiftResult:
        initial, seeds = result.initial_poses3d, result.seed_poses3d
        return replace(
            result,
            poses3d=result.poses3d[:, other],
            keypoints2d=result.keypoints2d[:, other],
            seen=result.seen[:, other],
            left_right_swapped=True,
            initial_poses3d=None if initial is None else initial[:, :, other],
            seed_poses3d=None if seeds is None else seeds[:, :, other],
        )

    return Reading(
        "left and right seem to be exchanged in the names of the joints; the motion is lifted as if they were not, and "
        "the result has the joints in the order that was given",
        lambda clip: replace(clip, keypoints2d=clip.keypoints2d[:, other]),
        restore,
    )


def _others(skeleton: Skeleton) -> list[Reading]:
    """Readings that are rarer."""
    readings = [
        Reading(
            "y seems to point upwards, expected downwards: the picture is read upside down, as a mirror image",
            lambda clip: _moved(clip, lambda points, camera: points * [1, -1] + [0, 2 * camera.matrix[1, 2]]),
            lambda result: replace(
                result, keypoints2d=result.keypoints2d * [1, -1] + [0, 2 * result.camera.matrix[1, 2]]
            ),
        ),
        Reading(
            "x and y seem to be exchanged: they are read the other way round",
            _transposed,
            lambda result: replace(
                result,
                keypoints2d=result.keypoints2d[..., ::-1],
                image_size=None if result.image_size is None else result.image_size[::-1],
            ),
        ),
    ]
    for other in SKELETONS.values():
        if len(other) == len(skeleton) and other.name != skeleton.name:
            readings.append(
                Reading(
                    f"the joints seem to be those of {other.name!r}, not of {skeleton.name!r}; they are read as those",
                    lambda clip, other=other: replace(clip, skeleton=other),  # type: ignore[misc]
                    lambda result: result,
                )
            )
    return readings


def _moved(clip: Clip, move: Callable[[Array, Camera], Array]) -> Clip:
    """A clip with the joints that are seen elsewhere in the image."""
    points = np.where(clip.seen[..., None], move(clip.keypoints2d[..., :2], clip.camera), 0)
    return replace(clip, keypoints2d=np.concatenate([points, clip.keypoints2d[..., 2:]], axis=2))


def _transposed(clip: Clip) -> Clip:
    matrix = clip.camera.matrix.copy()
    matrix[0, 0], matrix[1, 1] = matrix[1, 1], matrix[0, 0]
    matrix[:2, 2] = matrix[1::-1, 2]
    size = None if clip.image_size is None else clip.image_size[::-1]
    moved = _moved(clip, lambda points, _: points[..., ::-1])
    return replace(moved, camera=replace(clip.camera, matrix=matrix), image_size=size)

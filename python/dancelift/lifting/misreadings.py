"""Keypoints that mean something else than they say: a turned picture, y upwards, left for right, other joints.

Which way the trunk points in the picture says how it would have to be turned for the dancer to be upright; how familiar
the clip is to the networks of the default prior says whether that is right, and likewise of mirror images and of other
joints. Exchanged axes are a quarter's turn and a mirror image; a body that lies is too often as familiar so for them to
be read the other way round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.camera import Camera
from dancelift.lifting.result import LiftResult
from dancelift.priors.prior import get_prior
from dancelift.seeding.experts import find_familiarity
from dancelift.seeding.net_reader import NetReader

_SAMPLE = 250  # frames that are compared
_SHORT = 400  # frames of a clip that is compared as a whole: what the networks expect of it is needed anyway
_MIN_FRAMES = 25  # with a person, of which familiarity says something
_GLANCE = 100  # frames in the middle, of which a reading is looked at first
_FAR_LESS = 2.0  # by how much less familiar it must be there for the rest not to be looked at: on 47 clips the middle
# of a mirror image is up to 4.3 more familiar than the whole, which must be more familiar than the clip by 2.5

# By how much more familiar than the clip as it is given a reading must be. On 28 clips of `fit` the mirror image is
# less familiar than the clip, by 2.6 to 17. Of 62 other views it is more familiar in 12, by up to 7, but never usual,
# which right readings of `fit` are. A picture turned upright is more familiar by 20 to 50, the right joints by 30 to
# 70. A body that is inverted all along may be more familiar by up to 5 as a mirror image, once it is turned upright.
_TURNED, _SWAPPED, _OTHER_JOINTS = 5.0, 2.5, 15.0
_MIRRORED = _TURNED + 4.0
_USUAL = -1.0  # least logarithm of the first network's relative share, in a mirror image of usual motion
_MIRROR_IMAGE = 135.0  # familiarity that a mirror image of a dance still has, and a body that lies has not
_STRANGE = 115.0  # familiarity below which joints may be others; it is above 119 where they are what they say
_KNEES_SEEN = 0.5  # share of the frames in which they are
_STEADY = 0.7  # share of the frames in which the trunk points the same way, for that to say something


@dataclass(frozen=True, eq=False)
class Reading:
    """A way to read a clip.

    Attributes:
        message: what is wrong with the keypoints as they are given, and what is done about it.
        rarity: by how much more familiar it must be than the clip as it is given.
        least_usual: how usual it must be, see `Familiarity`.
        read: makes the clip that was meant.
        restore: brings the lift of that clip back to the joints and pixels that were given.
    """

    message: str
    rarity: float
    least_usual: float
    read: Callable[[Clip], Clip]
    restore: Callable[[LiftResult], LiftResult]


def find_misreading(clip: Clip, reader: NetReader) -> Reading | None:
    """The most familiar reading of a clip, if that is not the one that is given."""
    sample = _sample(clip)
    if sample is None:
        return None
    prior = get_prior("default")
    given = find_familiarity(sample, prior, reader).total
    readings = _readings(sample, given > _MIRROR_IMAGE)
    if given < _STRANGE:
        readings += _other_joints(sample.skeleton)

    middle = slice((len(sample) - _GLANCE) // 2, (len(sample) + _GLANCE) // 2)

    def gain_of(reading: Reading) -> float:
        read = reading.read(sample)
        if len(sample) > 2 * _GLANCE:
            glance = find_familiarity(read.frames(middle), prior, reader).total
            if glance < find_familiarity(sample, prior, reader, middle).total - _FAR_LESS:
                return -np.inf
        found = find_familiarity(read, prior, reader)
        return found.total - given - reading.rarity if found.usual > reading.least_usual else -np.inf

    gains = {reading: gain_of(reading) for reading in readings}
    best = max(gains, key=gains.__getitem__, default=None)
    return best if best is not None and gains[best] > 0 else None


def _readings(sample: Clip, may_be_mirrored: bool) -> list[Reading]:
    """Turned so that the dancer is upright, and as a mirror image that is upright."""
    quarters = _quarters(sample)
    if quarters == 0:
        swapped = _swapped(sample.skeleton) if may_be_mirrored and _shows_knees(sample) else None
        return [] if swapped is None else [swapped]
    return [_turned(quarters), *([_y_upwards()] if quarters == 2 else [])]


def _shows_knees(sample: Clip) -> bool:
    """Whether knees are seen in most frames: which way they bend tells left from right."""
    knees = [joint for side in ("left", "right") if (joint := sample.skeleton.index(f"{side}_knee")) is not None]
    return bool(knees) and float(sample.seen[:, knees].mean()) > _KNEES_SEEN


def _quarters(sample: Clip) -> int:
    """Quarters of a turn, clockwise, by which the trunk points away from upwards in the picture; 0 where it varies."""
    skeleton, points = sample.skeleton, np.where(sample.seen[..., None], sample.keypoints2d[..., :2], np.nan)
    ends = []
    for part in ("shoulder", "hip"):
        joints = [joint for side in ("left", "right") if (joint := skeleton.index(f"{side}_{part}")) is not None]
        ends.append(points[:, joints].mean(axis=1))
    x, y = (ends[0] - ends[1]).T
    known = np.isfinite(x)
    if not known.any():
        return 0
    quarters = np.round(np.degrees(np.arctan2(x[known], -y[known])) / 90).astype(int) % 4
    counts = np.bincount(quarters, minlength=4)
    return int(counts.argmax()) if counts.max() >= _STEADY * len(quarters) else 0


def _sample(clip: Clip) -> Clip | None:
    """The frames in a row in which most is seen of the dancer, if that is enough."""
    n_frames = len(clip) if len(clip) <= _SHORT else _SAMPLE
    share = clip.seen.mean(axis=1) * clip.shows_person
    total = np.concatenate([[0.0], np.cumsum(share)])
    start = int(np.argmax(total[n_frames:] - total[:-n_frames]))
    sample = clip.frames(slice(start, start + n_frames))
    return sample if sample.shows_person.sum() >= _MIN_FRAMES else None


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
            deviations=result.deviations[:, other],
            left_right_swapped=True,
            initial_poses3d=None if initial is None else initial[:, :, other],
            seed_poses3d=None if seeds is None else seeds[:, :, other],
        )

    return Reading(
        "left and right seem to be exchanged in the names of the joints; the motion is lifted as if they were not, and "
        "the result has the joints in the order that was given",
        _SWAPPED,
        _USUAL,
        lambda clip: replace(
            clip,
            keypoints2d=clip.keypoints2d[:, other],
            certain=None if clip.certain is None else clip.certain[:, other],
        ),
        restore,
    )


def _turned(quarters: int) -> Reading:
    """The picture turned back about its principal point by quarters of a turn, counter-clockwise."""
    x_right = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters]  # where x and y of the given picture lie in the upright one
    y_down = ((0, 1), (-1, 0), (0, -1), (1, 0))[quarters]
    turn = np.array([x_right, y_down], float)  # of pixels and, with z as it is, of the camera frame
    turn3d = np.eye(3)
    turn3d[:2, :2] = turn

    def restore(result: LiftResult) -> LiftResult:
        def back(camera: Camera) -> Camera:
            up = None if camera.up is None else camera.up @ turn3d
            shift = None if camera.shift is None else camera.shift @ turn
            return replace(camera, matrix=_turned_intrinsics(camera.matrix, turn.T), up=up, shift=shift)

        takes = result.takes
        initial, seeds = result.initial_poses3d, result.seed_poses3d
        return replace(
            result,
            poses3d=result.poses3d @ turn3d,
            keypoints2d=result.keypoints2d @ turn,
            camera=back(result.camera),
            image_size=_turned_size(result.image_size, quarters),
            initial_poses3d=None if initial is None else initial @ turn3d,
            seed_poses3d=None if seeds is None else seeds @ turn3d,
            takes=None if takes is None else tuple(replace(take, camera=back(take.camera)) for take in takes),
        )

    def read(clip: Clip) -> Clip:
        camera = replace(clip.camera, matrix=_turned_intrinsics(clip.camera.matrix, turn))
        size = _turned_size(clip.image_size, quarters)
        return replace(_moved(clip, lambda points: points @ turn.T), camera=camera, image_size=size)

    exchanged = ", or x and y to be exchanged" if quarters % 2 else ""
    return Reading(
        f"the picture seems to be turned by {90 * quarters} degrees{exchanged}, or the dancer is not upright all "
        "along; it is turned back to be lifted, and the result is that of the picture as it was given",
        _TURNED,
        -np.inf,
        read,
        restore,
    )


def _turned_intrinsics(matrix: Array, turn: Array) -> Array:
    """K of a camera whose pixels and frame are turned by `turn` (2, 2), a turn by quarters."""
    turned = matrix.copy()
    focal = np.abs(turn) @ np.diag(matrix)[:2]
    turned[0, 0], turned[1, 1] = focal
    turned[:2, 2] = turn @ matrix[:2, 2]
    turned[0, 1] = matrix[0, 1] * turn[0, 0] * turn[1, 1]  # the skew of a quarter's turn is left out
    return turned


def _turned_size(size: tuple[int, int] | None, quarters: int) -> tuple[int, int] | None:
    return size[::-1] if size is not None and quarters % 2 else size


def _y_upwards() -> Reading:
    return Reading(
        "y seems to point upwards, expected downwards: the picture is read upside down, as a mirror image",
        _MIRRORED,
        -np.inf,
        lambda clip: _moved(clip, lambda points: points * [1, -1] + [0, 2 * clip.camera.matrix[1, 2]]),
        lambda result: replace(result, keypoints2d=result.keypoints2d * [1, -1] + [0, 2 * result.camera.matrix[1, 2]]),
    )


def _other_joints(skeleton: Skeleton) -> list[Reading]:
    """As many joints of other skeletons, in their order."""

    def as_other(other: Skeleton) -> Reading:
        return Reading(
            f"the joints seem to be those of {other.name!r}, not of {skeleton.name!r}; they are read as those",
            _OTHER_JOINTS,
            -np.inf,
            lambda clip: replace(clip, skeleton=other),
            lambda result: result,
        )

    return [
        as_other(known) for known in SKELETONS.values() if len(known) == len(skeleton) and known.name != skeleton.name
    ]


def _moved(clip: Clip, move: Callable[[Array], Array]) -> Clip:
    """A clip with the joints that are seen elsewhere in the image."""
    points = np.where(clip.seen[..., None], move(clip.keypoints2d[..., :2]), 0)
    return replace(clip, keypoints2d=np.concatenate([points, clip.keypoints2d[..., 2:]], axis=2))

"""What was seen of one dancer: 2D keypoints over time and the camera, made and checked here and nowhere else."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Flags
from dancelift.body.skeleton import SKELETONS, Skeleton, get_skeleton
from dancelift.camera import Camera, first_camera
from dancelift.checks import check_image_size, check_positive
from dancelift.errors import InputError, warn

_FASTEST = 1000.0  # frames per second
_LARGEST_COORDINATE = 1e5  # px
_LARGEST_SCORE = 1.5  # some detectors score a little above 1
_LARGEST_NORMALISED = 2.0  # coordinates no larger than that are fractions of the image, not pixels
_LEAST_EXTENT = 1.0  # px between the joints of one frame, below which there is nothing to lift
_MOST_EMPTY = 0.5  # share of frames without a joint above which the result is doubtful
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclass(frozen=True, eq=False)
class Clip:
    """2D keypoints of one dancer in one take, fit to be lifted; T frames, J joints. `Clip.of` checks and makes it.

    Attributes:
        keypoints2d: (T, J, 3): x right, y down, px, and a score of 0 to 1; a joint that is not seen is 0, 0, 0.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None where it is not known.
        camera: as it is known or first guessed.
    """

    keypoints2d: Array
    skeleton: Skeleton
    fps: float
    image_size: tuple[int, int] | None
    camera: Camera

    @staticmethod
    def of(
        keypoints2d: ArrayLike,
        *,
        skeleton: str | Skeleton = "coco17",
        fps: float = 30.0,
        image_size: tuple[int, int] | None = None,
        camera: Camera | ArrayLike | None = None,
    ) -> Clip:
        """Check what is given of a clip and bring it to one form; what is doubtful is warned of, once.

        Args:
            keypoints2d: (T, J, 2) or (T, J, 3): x, y in px and score; NaN or a score of 0 is not seen.
            skeleton: one of `dancelift.SKELETONS` by name, or a Skeleton.
            fps: frames per second.
            image_size: (width, height), px. Without it and without `camera` the image is taken to be centred on the
                dancer, with a warning.
            camera: a Camera, a 3x3 K in px, or None where it is not known.

        Raises:
            InputError: something cannot be used; the message names its value and what was expected.
        """
        skeleton = get_skeleton(skeleton)
        fps = check_positive("fps", fps, "frames per second", _FASTEST)
        image_size = check_image_size(image_size)
        keypoints = _check_keypoints(keypoints2d, skeleton, image_size)
        return Clip(keypoints, skeleton, fps, image_size, first_camera(camera, image_size, keypoints))

    def __len__(self) -> int:
        return len(self.keypoints2d)

    def frames(self, frames: slice) -> Clip:
        """The same of some frames only."""
        return dataclasses.replace(self, keypoints2d=self.keypoints2d[frames])

    @property
    def seen(self) -> Flags:
        """(T, J) whether a joint is seen."""
        flags: Flags = self.keypoints2d[..., 2] > 0
        return flags

    @cached_property
    def shows_person(self) -> Flags:
        """(T,) whether a frame shows enough of a person to be lifted from: two joints, one of them of the trunk."""
        flags: Flags = np.logical_and(_trunk_seen(self.seen, self.skeleton), self.seen.sum(axis=1) > 1)
        return flags


def _check_keypoints(keypoints2d: ArrayLike, skeleton: Skeleton, image_size: tuple[int, int] | None) -> Array:
    """(T, J, 3) keypoints as a Clip has them."""
    try:
        array = np.array(keypoints2d, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"keypoints2d: {error}, expected an array (T, J, 2) or (T, J, 3) of numbers") from None
    if array.ndim != 3 or array.shape[2] not in (2, 3):
        raise InputError(f"keypoints2d has shape {array.shape}, expected (T, J, 2) or (T, J, 3); one person a call")
    if array.shape[1] != len(skeleton):
        fitting = [name for name, known in SKELETONS.items() if len(known) == array.shape[1]]
        hint = f"; {array.shape[1]} joints have: {', '.join(fitting)}" if fitting else ""
        raise InputError(
            f"keypoints2d has {array.shape[1]} joints, expected {len(skeleton)} of skeleton {skeleton.name!r}{hint}"
        )
    if not len(array):
        raise InputError("keypoints2d has 0 frames, expected at least 1")

    def where(bad: Flags) -> str:
        t, j = np.argwhere(bad)[0][:2]
        return f"frame {t}, joint {skeleton.joints[j]!r}"

    if np.isinf(array).any():
        raise InputError(f"keypoints2d is infinite at {where(np.isinf(array))}; expected px, or NaN if unseen")
    score: Array = array[..., 2] if array.shape[2] == 3 else np.ones(array.shape[:2])
    seen: Flags = np.logical_not(np.isnan(array).any(axis=2)) & (score != 0)
    for bad in (seen & (score < 0), seen & (score > _LARGEST_SCORE)):
        if bad.any():
            raise InputError(f"keypoints2d has score {score[bad][0]:g} at {where(bad)}, expected 0 to 1")
    if not seen.any():
        raise InputError("keypoints2d: no joint is seen in any frame, expected some with a score above 0")

    points = np.where(seen[..., None], array[..., :2], 0)
    far: Flags = np.asarray(np.abs(points).max(axis=2) > _LARGEST_COORDINATE)
    if far.any():
        raise InputError(f"keypoints2d is {points[far][0].tolist()} at {where(far)}, expected px")
    if np.abs(points).max() <= _LARGEST_NORMALISED:
        raise InputError(
            f"keypoints2d lies between {points[seen].min():.3g} and {points[seen].max():.3g} and looks normalised, "
            "expected px: multiply by the image's width and height"
        )
    if image_size is not None:
        beyond = (points < -0.5 * np.array(image_size)) | (points > 1.5 * np.array(image_size))
        outside: Flags = np.asarray(beyond.any(axis=2))
        if outside[seen].mean() > 0.5:
            raise InputError(
                f"keypoints2d lies mostly outside the image, such as {points[outside][0].tolist()} at "
                f"{where(outside)}, expected px within image_size {tuple(image_size)}"
            )
    _check_gaps(seen, skeleton)
    extent = max(
        float(np.ptp(frame[flags], axis=0).max()) for frame, flags in zip(points, seen, strict=True) if flags.any()
    )
    if extent < _LEAST_EXTENT:
        raise InputError(f"keypoints2d spans {extent:g} px in its widest frame, expected a person")
    return np.concatenate([points, np.where(seen, np.clip(score, 0, 1), 0)[..., None]], axis=2)


def _check_gaps(seen: Flags, skeleton: Skeleton) -> None:
    """Refuse joints (T, J) of which too few are seen, and warn of those that never are."""
    if not _trunk_seen(seen, skeleton).any():
        raise InputError("keypoints2d: neither a shoulder nor a hip is ever seen, expected at least one of them")
    if seen.sum(axis=1).max() < 2:
        raise InputError("keypoints2d: no frame has more than one joint, expected at least two in some frame")
    never = [joint for joint, times in zip(skeleton.joints, seen.sum(axis=0), strict=True) if not times]
    if never:
        warn(
            f"keypoints2d: never seen: {', '.join(never)}; expected in some frame, so these joints follow the pose "
            "prior alone"
        )
    empty = ~seen.any(axis=1)
    if empty.mean() > _MOST_EMPTY:
        warn(
            f"keypoints2d: {empty.sum()} of {len(seen)} frames have no joint, expected at most half; they are filled in"
        )


def _trunk_seen(seen: Flags, skeleton: Skeleton) -> Flags:
    """(T,) whether a shoulder or a hip is seen."""
    trunk = [joint for name in _TRUNK if (joint := skeleton.index(name)) is not None]
    flags: Flags = np.asarray(seen[:, trunk].any(axis=1))
    return flags

"""What the 2D keypoints and options of a lift must be; every message names the value and what was expected."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.errors import DanceliftWarning, InputError

_LARGEST_COORDINATE = 1e5  # px
_LARGEST_SCORE = 1.5  # some detectors score a little above 1
_LARGEST_NORMALISED = 2.0  # coordinates no larger than that are fractions of the image, not pixels
_LEAST_EXTENT = 1.0  # px between the joints of one frame, below which there is nothing to lift
_MOST_EMPTY = 0.5  # share of frames without a joint above which the result is doubtful


def check_keypoints(keypoints2d: Any, skeleton: Skeleton, image_size: tuple[int, int] | None) -> Array:
    """Check 2D keypoints and bring them to one form.

    Args:
        keypoints2d: (T, J, 2) or (T, J, 3): x, y in px and score; NaN or score 0 is not seen.
        skeleton: its joints are J.
        image_size: (width, height) in px, if known.

    Returns:
        (T, J, 3) float64; a joint that is not seen is 0, 0, 0.

    Raises:
        InputError: the array cannot be lifted.
    """
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
    _warn_of_gaps(seen, skeleton)
    extent = max(
        float(np.ptp(frame[flags], axis=0).max()) for frame, flags in zip(points, seen, strict=True) if flags.any()
    )
    if extent < _LEAST_EXTENT:
        raise InputError(f"keypoints2d spans {extent:g} px in its widest frame, expected a person")
    return np.concatenate([points, np.where(seen, np.clip(score, 0, 1), 0)[..., None]], axis=2)


def frames_with_person(seen: Flags, skeleton: Skeleton) -> Flags:
    """(T,) whether a frame, of which (T, J) joints are seen, shows enough of a person to be lifted from."""
    flags: Flags = np.logical_and(_trunk_seen(seen, skeleton), seen.sum(axis=1) > 1)
    return flags


def _trunk_seen(seen: Flags, skeleton: Skeleton) -> Flags:
    trunk = [skeleton.index(f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]
    flags: Flags = np.asarray(seen[:, [joint for joint in trunk if joint is not None]].any(axis=1))
    return flags


def _warn_of_gaps(seen: Flags, skeleton: Skeleton) -> None:
    if not _trunk_seen(seen, skeleton).any():
        raise InputError("keypoints2d: neither a shoulder nor a hip is ever seen, expected at least one of them")
    if seen.sum(axis=1).max() < 2:
        raise InputError("keypoints2d: no frame has more than one joint, expected at least two in some frame")
    never = [joint for joint, times in zip(skeleton.joints, seen.sum(axis=0), strict=True) if not times]
    if never:
        _warn(f"never seen: {', '.join(never)}; expected in some frame, so these joints follow the pose prior alone")
    empty = ~seen.any(axis=1)
    if empty.mean() > _MOST_EMPTY:
        _warn(f"{empty.sum()} of {len(seen)} frames have no joint, expected at most half; they are filled in")


def check_image_size(image_size: Any) -> tuple[int, int] | None:
    """(width, height) in px as integers, or None."""
    if image_size is None:
        return None
    try:
        width, height = (operator.index(x) if not isinstance(x, float) else int(x) for x in image_size)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"image_size is {image_size!r}, expected (width, height) in px") from None
    if width <= 0 or height <= 0:
        raise InputError(f"image_size is {(width, height)}, expected a positive width and height in px")
    return width, height


def check_count(name: str, value: Any) -> int:
    """A whole number of at least 1."""
    try:
        count = operator.index(value)
    except TypeError:
        count = 0
    if count < 1 or isinstance(value, bool):
        raise InputError(f"{name} is {value!r}, expected a whole number of at least 1")
    return count


def check_random_seed(value: Any) -> int:
    """A whole number of at least 0."""
    try:
        seed = operator.index(value)
    except TypeError:
        seed = -1
    if seed < 0:
        raise InputError(f"seed is {value!r}, expected a whole number of at least 0")
    return seed


def check_positive(name: str, value: Any, unit: str, largest: float = math.inf) -> float:
    """A finite number above 0 and at most `largest`."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number <= largest or math.isinf(number):
        limit = f" and at most {largest:g}" if math.isfinite(largest) else ""
        raise InputError(f"{name} is {value!r}, expected a number of {unit} above 0{limit}")
    return number


def _warn(message: str) -> None:
    warnings.warn(f"keypoints2d: {message}", DanceliftWarning, stacklevel=6)

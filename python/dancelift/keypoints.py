"""2D keypoints of one person over time, and what is done to the keypoints of every source: unseen joints and scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Flags, Indices

if TYPE_CHECKING:
    from dancelift.body.skeleton import Skeleton

_PERCENT = 100.0
_LEAST_PERCENT = 10.0  # largest score of a file in percent: no detector is so unsure of everything
_USUAL_MAXIMUM = 1.5  # of a heatmap; where most scores are larger, they have another scale
_WORTH_A_WARNING = 1.05


@dataclass(frozen=True, eq=False)
class Track:
    """2D keypoints of one person, or of one camera's view of them, as a file has them; T frames, J joints.

    Attributes:
        keypoints2d: (T, J, 3): x right, y down, px, and a score of 0 to 1; a joint that is not seen is 0, 0, 0.
        skeleton: name of the joints' skeleton, one of `dancelift.SKELETONS`, or a skeleton of the file's own joints.
        fps: frames of the track per second, where the file or the caller says.
        image_size: (width, height), px, where the file or the caller says.
        name: of the person or the camera within the file.
        source: path of the file or the folder.
        frame_numbers: (T,) number of each frame in the video, rising, where the file numbers them.
        times: (T,) s from the video's start, rising, where the file says.
        is_main: whether the person is one of those that the video is of, rather than a passer-by.
        video: name within the file of the video or the camera; persons of one video are seen together.
        certain: (T, J) whether a keypoint is known for sure, as where a person has corrected it; None: none is.
    """

    keypoints2d: Array
    skeleton: str | Skeleton
    fps: float | None = None
    image_size: tuple[int, int] | None = None
    name: str = ""
    source: str = ""
    frame_numbers: Indices | None = None
    times: Array | None = None
    is_main: bool = True
    video: str = ""
    certain: Flags | None = None


def is_seen(keypoints: Array) -> Flags:
    """Return which joints of keypoints (..., 2 | 3) are seen.

    Not seen is what has x = y = 0 or x = y = -1, whatever its score; a coordinate or a score that is NaN; or a score
    of 0 or less.
    """
    x, y = keypoints[..., 0], keypoints[..., 1]
    seen: Flags = ~np.isnan(keypoints).any(axis=-1) & ~((x == y) & ((x == 0) | (x == -1)))
    return seen & (keypoints[..., 2] > 0) if keypoints.shape[-1] > 2 else seen


def clean(
    keypoints: ArrayLike,
    *,
    error: Callable[[str], Exception],
    warn: Callable[[str], object],
    frames: ArrayLike | None = None,
) -> Array:
    """Bring keypoints to one form, with scores within 0..1 and every joint that is not seen as 0, 0, 0.

    Scores above 1 are heatmap maxima and are cut to 1, unless most of them are above 1.5: then they have another
    scale, which is taken to be percent up to 100, or else to end at the largest score.

    Args:
        keypoints: (N, J, 2 | 3): x right, y down, px, and maybe scores; see `is_seen` for what is not seen.
        error: makes what is raised from a message.
        warn: is called with a message, at most once.
        frames: (N,) number of each row, for messages; None: counted from 0.

    Returns:
        (N, J, 3), px and score; the score is 1 where there was none.

    Raises:
        Exception: made by `error`, where a joint that is seen has a coordinate or a score that is infinite.
    """
    keypoints = np.array(keypoints, dtype=np.float64)
    if keypoints.shape[-1] == 2:
        keypoints = np.concatenate([keypoints, np.ones((*keypoints.shape[:-1], 1))], axis=-1)
    keypoints[~is_seen(keypoints)] = 0.0
    infinite = np.isinf(keypoints).any(axis=-1)
    if infinite.any():
        row, joint = np.argwhere(infinite)[0]
        x, y, score = keypoints[row, joint]
        frame = row if frames is None else np.asarray(frames)[row]
        raise error(f"frame {frame}, joint {joint}: x = {x:g}, y = {y:g}, score = {score:g}; expected finite numbers")
    scores = keypoints[..., 2]
    largest = float(scores.max(initial=0.0))
    if largest > 1.0:
        scale = _scale(scores, largest)
        if scale != 1.0:
            warn(f"scores go up to {largest:g}, expected 0 to 1; divided by {scale:g}")
        elif largest > _WORTH_A_WARNING:
            warn(f"{np.count_nonzero(scores > 1)} scores are above 1, up to {largest:g}, expected 0 to 1; taken as 1")
        scores /= scale
        np.minimum(scores, 1.0, out=scores)
    return keypoints


def _scale(scores: Array, largest: float) -> float:
    """Return the value that stands for a score that is as sure as can be."""
    if float(np.median(scores[scores > 0])) <= _USUAL_MAXIMUM:
        return 1.0
    return _PERCENT if _LEAST_PERCENT < largest <= _PERCENT else largest

"""2D keypoints of one person over time, and what every reader does to them: pick joints, clean scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Indices
from dancelift.errors import InputError

_ALL_17 = tuple(range(17))
_ALL_26 = tuple(range(26))
# OpenPose's 18 joints start with nose and neck, right before left; COCO-17 has no neck, left before right.
_COCO18_TO_COCO17 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)

LAYOUTS: dict[int, dict[str, tuple[int, ...]]] = {
    17: {"coco17": _ALL_17, "h36m17": _ALL_17},
    18: {"coco17": _COCO18_TO_COCO17},
    25: {"body25": tuple(range(25))},
    26: {"halpe26": _ALL_26, "coco17": _ALL_17},
    33: {"blazepose33": tuple(range(33))},
    133: {"coco17": _ALL_17},
    136: {"halpe26": _ALL_26, "coco17": _ALL_17},
}
"""Joints in a file: skeletons they can be read as (the first unless told otherwise), and what each takes."""

# Heatmap maxima lie a little outside 0..1; further out is another scale, such as percent, or no score.
_LOWEST_SCORE, _HIGHEST_SCORE = -0.05, 1.5


@dataclass(frozen=True, eq=False)
class Track:
    """2D keypoints of one person, or of one camera's view of them, as a file has them; T frames, J joints.

    Attributes:
        keypoints2d: (T, J, 3): x right, y down, px, and a score of 0 to 1; a joint that is not seen is 0, 0, 0.
        skeleton: name of the joints' skeleton, one of `dancelift.SKELETONS`.
        fps: frames per second, where the file or the caller says.
        image_size: (width, height), px, where the file or the caller says.
        name: of the person or the camera within the file.
        source: path of the file or the folder.
        frame_numbers: (T,) number of each frame in the video, rising, where the file numbers them.
        times: (T,) s from the video's start, rising, where the file says.
    """

    keypoints2d: Array
    skeleton: str
    fps: float | None = None
    image_size: tuple[int, int] | None = None
    name: str = ""
    source: str = ""
    frame_numbers: Indices | None = None
    times: Array | None = None


def pick_joints(
    keypoints: Array,
    skeleton: str | None,
    counts: Sequence[int],
    error: Callable[[str], InputError],
) -> tuple[Array, str]:
    """The joints of `skeleton` (None: the usual one) in (..., J, C), and its name; J must be in `counts`."""
    n_joints = keypoints.shape[-2]
    if n_joints not in counts:
        raise error(f"{n_joints} joints; expected {' or '.join(map(str, counts))}")
    layouts = LAYOUTS[n_joints]
    skeleton = skeleton or next(iter(layouts))
    if skeleton not in layouts:
        raise error(f"skeleton '{skeleton}' for {n_joints} joints; expected {' or '.join(layouts)}")
    return keypoints[..., list(layouts[skeleton]), :], skeleton


def clean(keypoints: ArrayLike, frames: ArrayLike, error: Callable[[str], InputError]) -> Array:
    """Return (N, J, 2 | 3) as (N, J, 3) with scores within 0..1 and every joint not seen 0, 0, 0.

    Not seen is: any NaN, score 0, or, where there are no scores, x = y = 0. `frames` (N,) are for messages.
    """
    keypoints = np.array(keypoints, dtype=np.float64)
    if keypoints.shape[-1] == 2:
        keypoints = np.concatenate([keypoints, keypoints.any(axis=-1, keepdims=True)], axis=-1)
    keypoints[np.isnan(keypoints).any(axis=-1)] = 0.0
    scores = keypoints[..., 2]
    wrong = np.isinf(keypoints).any(axis=-1) | (scores < _LOWEST_SCORE) | (scores > _HIGHEST_SCORE)
    if wrong.any():
        row, joint = np.argwhere(wrong)[0]
        x, y, score = keypoints[row, joint]
        raise error(
            f"frame {np.asarray(frames)[row]}, joint {joint}: x = {x:g}, y = {y:g}, score = {score:g}; "
            "expected finite pixels and a score within 0..1"
        )
    keypoints[scores <= 0] = 0.0
    np.minimum(scores, 1.0, out=scores)
    return keypoints

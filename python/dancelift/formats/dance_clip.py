"""dancelift's own layout of a clip, which the readers of keypoints and of motion and the dataset share.

An .npz of one dancer seen by C static cameras in T frames: `keypoints3d` (T, 17, 3) in metres, y up;
`keypoints2d_detected` and `keypoints2d_clean` (C, T, 17, 3), pixels and score, as a detector gives them and as exact
projections; the cameras' `K`, `R` and `t`; and `fps`, `image_size`, `genre` and `source`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.source import Source

SKELETON = "coco17"
UP = np.array([0.0, 1.0, 0.0])
"""Against gravity in the world of the poses."""

DETECTED, CLEAN, MOTION = "keypoints2d_detected", "keypoints2d_clean", "keypoints3d"
"""The members that hold keypoints as a detector gives them, exact projections, and the true motion."""


def view_name(view: int) -> str:
    """Return the name of a camera, counted from 0."""
    return f"view {view}"


def read_views(source: Source, member: str) -> NDArray[np.float64]:
    """Read the cameras' keypoints (C, T, 17, 3), px and score, of DETECTED or CLEAN.

    Raises:
        InputError: the file has no such array of four dimensions.
    """
    views = source.numbers(source.array(member), member)
    if views.ndim != 4:
        raise source.error(f"'{member}' has shape {views.shape}; expected (cameras, frames, 17, 3)")
    return views


def read_motion(source: Source) -> NDArray[np.float64]:
    """Read the motion (T, 17, 3), m, in the world; NaN is missing.

    Raises:
        InputError: the file has no such array.
    """
    return source.numbers(source.array(MOTION), MOTION)

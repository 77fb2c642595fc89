"""Where the floor is under a dancer, from the heights of the joints."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.skeleton import Skeleton

_RESTING_PERCENTILE = 5
"""Percentile of feet's heights over a clip. A dancer stands on some foot most of the time, so that a low one is the
height of a foot at rest; the very lowest would be that of the worst outlier."""

_FOOT = ("heel", "big_toe", "foot_index")  # joints that lie on the floor themselves


def resting_height(heights: Array) -> float:
    """Return the height of joints that stand on the floor, from their heights over a clip; NaN if none is finite."""
    known = heights[np.isfinite(heights)]
    return float(np.percentile(known, _RESTING_PERCENTILE)) if len(known) else float("nan")


def floor_height(poses3d: Array, skeleton: Skeleton) -> float:
    """Return the height of the floor on which a dancer stands, by the lowest joint of every frame.

    Where the skeleton ends at the ankles, the floor is below them by the height of a foot.

    Args:
        poses3d: (T, J, 3), m, y up.
        skeleton: of the poses.
    """
    has_foot = any(skeleton.index(f"left_{joint}") is not None for joint in _FOOT)
    sole = 0.0 if has_foot else anatomy.FOOT_HEIGHT * anatomy.STANDARD_HEIGHT
    return resting_height(poses3d[..., 1].min(axis=1)) - sole

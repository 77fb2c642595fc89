"""Filters over time that know nothing of bodies: gaps, outliers, jitter."""

from __future__ import annotations

import math

import numpy as np

from dancelift._core import gaussian_smooth as gaussian_smooth
from dancelift._core import running_median as running_median
from dancelift.arraytypes import Array, Flags

_MAD_TO_SIGMA = 1.4826  # half of normal numbers are within 0.6745 = 1 / 1.4826 standard deviations of their mean
_THIRD_DIFFERENCE_VARIANCE = 20  # of white noise of variance 1: 1^2 + 3^2 + 3^2 + 1^2


def jitter(keypoints2d: Array) -> float:
    """Return the standard deviation, px, of what changes from frame to frame in (T, J, 3) beyond smooth motion.

    It is measured by third differences over four frames in which a joint is seen, which smooth motion hardly has, and
    from the median of their size, which outliers leave alone.
    """
    seen = keypoints2d[..., 2] > 0
    together = seen[3:] & seen[2:-1] & seen[1:-2] & seen[:-3]
    change = np.abs(np.diff(keypoints2d[..., :2], n=3, axis=0))[together]
    return float(_MAD_TO_SIGMA * np.median(change) / np.sqrt(_THIRD_DIFFERENCE_VARIANCE)) if change.size else 0.0


def fill_gaps(keypoints2d: Array) -> Array:
    """Return (T, J, 2) of keypoints (T, J, 3): joints that are not seen lie between the times at which they are."""
    frames = np.arange(len(keypoints2d))
    filled = np.empty((*keypoints2d.shape[:2], 2))
    for j in range(keypoints2d.shape[1]):
        seen = np.flatnonzero(keypoints2d[:, j, 2] > 0)
        for axis in range(2):
            filled[:, j, axis] = np.interp(frames, seen, keypoints2d[seen, j, axis])
    return filled


def gaussian_reach(sigma: float) -> int:
    """Return the number of frames before and after one that `gaussian_smooth` takes into account."""
    return math.ceil(3 * sigma)


def running_minimum(values: Array, half: float) -> Array:
    """Return the least of values (T,) over `half` frames before and after each one."""
    width = int(round(half))
    padded = np.pad(values, width, constant_values=np.inf)
    least: Array = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).min(axis=1)
    return least


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Return the first index and the one after the last of every stretch in which flags (T,) hold."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]


def widened(flags: Flags, half: int) -> Flags:
    """Return whether a flag (T, ...) holds at a frame or at one of `half` frames before or after it."""
    wide = flags.copy()
    for step in range(1, half + 1):
        wide[step:] |= flags[:-step]
        wide[:-step] |= flags[step:]
    return wide

"""What a performer's joints tell of the size of the body and of the vertical."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton


def stature(positions: Array, skeleton: Skeleton) -> float:
    """Return the performer's height by the bones, in the unit of `positions` (T, J, 3); 0 where none is seen."""
    bones = [(a, b, length) for a, b, length, _ in skeleton.bones]
    a, b, names = np.array(bones).T
    lengths = np.linalg.norm(positions[:, a] - positions[:, b], axis=2)
    seen = np.isfinite(lengths).any(axis=0)
    average = np.array(skeleton.mean_lengths(1.0))[names[seen]]
    return float(np.nanmedian(lengths[:, seen], axis=0).sum() / average.sum()) if seen.any() else 0.0


def middle(positions: Array, part: str, skeleton: Skeleton) -> Array:
    """Return (T, 3), midway between the left and the right joint of that landmark in (T, J, 3)."""
    landmarks = (f"left_{part}", f"right_{part}")
    pair = [joint for landmark in landmarks if (joint := skeleton.index(landmark)) is not None]
    mean: Array = positions[:, pair].mean(axis=1)
    return mean


def uprightness(positions: Array, skeleton: Skeleton) -> Array:
    """Return the mean direction (3,) from ankles, or else hips, to shoulders of (T, J, 3); 0 where none is seen."""
    for lower in ("ankle", "hip"):
        if skeleton.index(f"left_{lower}") is None or skeleton.index(f"right_{lower}") is None:
            continue
        upward = middle(positions, "shoulder", skeleton) - middle(positions, lower, skeleton)
        upward = upward[np.isfinite(upward).all(axis=1) & upward.any(axis=1)]
        if len(upward):
            mean: Array = np.mean(upward / np.linalg.norm(upward, axis=1, keepdims=True), axis=0)
            return mean
    return np.zeros(3)


def nearest_axis(direction: Array) -> tuple[Array, float]:
    """Return the unit vector (3,) along the nearest coordinate axis, and by which factor the direction prefers it."""
    _, second, first = np.sort(np.abs(direction))
    axis = np.abs(direction).argmax()
    return np.eye(3)[axis] * np.sign(direction[axis]), float(first / max(second, 1e-9))

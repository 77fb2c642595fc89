"""Where a clip was cut: from one frame to the next the dancer jumps further than a body can.

All of the body jumps at a cut, in one frame, and moves on from there at another pace; a fast movement is as fast in the
frames around, a keypoint that goes astray is alone, and left and right that are swapped are in the same places.
"""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body.skeleton import Skeleton

_JUMP = 0.08  # median distance a frame by which the joints jump, of the body's extent in the image, at least
_STAYS = 0.09  # the same between where they are in the frames before and where they are in those after
_AROUND = 3  # frames before and after that say where
_OUT_OF_PACE = 2.2  # times the largest steps of the frames around
_PACE = 5  # frames before and after that say how large steps are
_LARGEST = 3  # of these, whose mean is compared
_LEAST_STEP = 0.01  # of the body's extent: what jitters
_LONGEST_GAP = 0.08  # s without the dancer, over which a jump says nothing
_MIN_JOINTS = 8  # seen before and after
_SURE = 0.5  # of the usual score, above which a joint is where it was found


def find_takes(keypoints2d: Array, skeleton: Skeleton, fps: float) -> tuple[int, ...]:
    """First frame of every take of a clip (T, J, 3), px and score; one that was not cut has one, 0."""
    score = keypoints2d[..., 2]
    if not score.any():
        return (0,)
    seen = score > _SURE * np.median(score[score > 0])
    frames = np.flatnonzero(seen.sum(axis=1) >= _MIN_JOINTS)
    if len(frames) < 2 * _AROUND:
        return (0,)
    points = np.where(seen[..., None], keypoints2d[..., :2], np.nan)[frames]
    extent = float(np.median(np.nanmax(points, axis=1) - np.nanmin(points, axis=1), axis=0).max())
    if not extent > 0:
        return (0,)
    mirrored = points[:, list(skeleton.mirrored)]
    step = np.fmin(_median_distance(points[1:], points[:-1]), _median_distance(mirrored[1:], points[:-1]))
    step = np.concatenate([[0.0], np.nan_to_num(step) / extent])
    step[1:][np.diff(frames) > max(1.0, _LONGEST_GAP * fps)] = 0
    step[1:] /= np.diff(frames)  # of a frame, where some between are not seen
    starts = [0]
    for at in np.flatnonzero(step > _JUMP).tolist():
        around = np.concatenate([step[max(1, at - _PACE) : at], step[at + 1 : at + 1 + _PACE]])
        pace = float(np.sort(around)[-_LARGEST:].mean()) if len(around) else 0.0
        before = _median(points[max(0, at - _AROUND) : at], axis=0)
        after = _median(points[at : at + _AROUND], axis=0)
        stays = min(_median_distance(after, before), _median_distance(after[list(skeleton.mirrored)], before))
        if step[at] > _OUT_OF_PACE * (pace + _LEAST_STEP) and stays > _STAYS * extent:
            starts.append(int(frames[at]))
    return tuple(starts)


def _median_distance(a: Array, b: Array) -> Array:
    """(...) median over the joints that are seen of the distance between points (..., J, 2); NaN is not seen."""
    distance = np.linalg.norm(a - b, axis=-1)
    median: Array = _median(distance, axis=-1)
    enough: Flags = np.isfinite(distance).sum(axis=-1) >= _MIN_JOINTS
    return np.where(enough, median, np.nan)


def _median(values: Array, axis: int) -> Array:
    """As numpy's nanmedian, but silent where all is NaN: what is warned of is the process's, not one thread's."""
    ordered = np.sort(values, axis=axis)  # NaN last
    count = np.expand_dims((~np.isnan(values)).sum(axis=axis), axis)
    middle = [np.take_along_axis(ordered, np.maximum(at, 0), axis) for at in ((count - 1) // 2, count // 2)]
    found: Array = np.squeeze((middle[0] + middle[1]) / 2, axis)
    return found

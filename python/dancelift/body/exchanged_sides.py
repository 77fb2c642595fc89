"""Where a detector takes left for right for a while, which those that look at each frame by itself do.

From one frame to the next all limbs change places with those of the other side, and some time later back again. A
dancer who turns does not: their sides pass each other where both are seen in one place.
"""

from __future__ import annotations

import itertools

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body.skeleton import Skeleton

_NEARER = 0.08  # of the body's extent, by which joints are nearer to the other side's than to their own, on average
_MAYBE_NEARER = 0.03  # the same where it is doubtful whether they change places
_CLEAR = 0.3  # s about a change, in which no other one may be doubtful: one missed turns what is exchanged about
_FURTHEST = 0.5  # of the extent, that a joint moves at most: what goes astray says no more
_USUAL_STEP = 0.04  # s from frame to frame; over longer ones limbs move further
_LONGEST_STEP = 0.2  # s without the dancer, over which nothing is said
_MIN_PAIRS = 4  # of joints of both sides that are seen in both frames


def find_exchanged_sides(keypoints2d: Array, skeleton: Skeleton, fps: float, starts: tuple[int, ...]) -> Flags:
    """(T,) frames of a clip (T, J, 3), px and score, in which left and right are exchanged for a while.

    Args:
        keypoints2d: a joint that is not seen is 0, 0, 0.
        skeleton: of the joints.
        fps: frames per second.
        starts: first frame of every take: from one to the next nothing is said.
    """
    exchanged = np.zeros(len(keypoints2d), np.bool_)
    for start, end in zip(starts, [*starts[1:], len(keypoints2d)], strict=True):
        exchanged[start:end] = _of_take(keypoints2d[start:end], skeleton, fps)
    return exchanged


def _of_take(keypoints2d: Array, skeleton: Skeleton, fps: float) -> Flags:
    found = np.zeros(len(keypoints2d), np.bool_)
    limbs = [joint for limb in skeleton.limbs for joint in limb if skeleton.mirrored[joint] != joint]
    across = [skeleton.mirrored[joint] for joint in limbs]
    seen = keypoints2d[..., 2] > 0
    pairs = seen[:, limbs] & seen[:, across]
    frames = np.flatnonzero(pairs.sum(axis=1) >= 2 * _MIN_PAIRS)
    if len(frames) < 2:
        return found
    points = np.where(seen[..., None], keypoints2d[..., :2], np.nan)[frames]
    extent = float(np.median(np.nanmax(points, axis=1) - np.nanmin(points, axis=1), axis=0).max())
    if not extent > 0:
        return found
    both = pairs[frames][1:] & pairs[frames][:-1]
    stay = _mean_distance(points[1:, limbs], points[:-1, limbs], both, extent)
    change = _mean_distance(points[1:, limbs], points[:-1, across], both, extent)
    seconds = np.diff(frames) / fps
    nearer = (stay - change) / np.maximum(1, seconds / _USUAL_STEP)
    told = (seconds <= _LONGEST_STEP) & (both.sum(axis=1) >= 2 * _MIN_PAIRS)
    changes = np.flatnonzero(told & (nearer > _NEARER)) + 1
    doubtful = np.flatnonzero((nearer > _MAYBE_NEARER) & ~(told & (nearer > _NEARER))) + 1
    edges = [0, *changes.tolist(), len(frames)]
    spans = list(itertools.pairwise(edges))
    rarer = min((spans[0::2], spans[1::2]), key=lambda spans: sum(end - at for at, end in spans))
    for at, end in rarer:
        if at == 0 or end == len(frames):
            continue  # a change has been missed
        if all(np.abs(doubtful - edge).min(initial=len(frames)) > _CLEAR * fps for edge in (at, end)):
            found[frames[at] : frames[end]] = True
    return found


def _mean_distance(a: Array, b: Array, seen: Flags, extent: float) -> Array:
    """(N,) mean over joints that are seen of the distance between points (N, L, 2), as a share of the extent."""
    distance = np.where(seen, np.minimum(np.linalg.norm(a - b, axis=-1) / extent, _FURTHEST), 0)
    mean: Array = distance.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return mean

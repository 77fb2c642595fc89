"""Joints that the picture's edge cuts off: a detector that must answer puts them at the edge, with low scores.

Where the edge is need not be known: knees and ankles of both legs that are cut off are heaped, on each other or on
the hips, for a while and with scores far below those of the shoulders. Legs that point at the camera are short too,
but they are seen; an arm with low scores beside the body is behind it.
"""

from __future__ import annotations

import itertools

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body.skeleton import Skeleton
from dancelift.filters import running_median

_UNSURE = 0.4  # of the score of shoulders that are surely seen, below which a joint that is heaped is made up
_SURE = 0.75  # quantile of the shoulders' scores that says so
_HEAPED = 0.5  # of the trunk's length in the image, within which of the joint that it hangs from a joint is heaped
_AT_EDGE = 0.01  # of the image's size, within which of its edge a joint is at the edge
_MOST = 0.6  # share of knees and ankles that are heaped
_LASTING = 1.0  # s, over most of which both hold


def find_cut_off(
    keypoints2d: Array, skeleton: Skeleton, fps: float, image_size: tuple[int, int] | None = None
) -> Flags:
    """Whether a joint of a limb is made up where the picture cuts it off, (T, J).

    Args:
        keypoints2d: (T, J, 3), px and score; 0, 0, 0 is not seen.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None where it is not known.
    """
    points, score = keypoints2d[..., :2], keypoints2d[..., 2]
    made_up: Flags = np.zeros(score.shape, np.bool_)
    (left_arm, right_arm, left_leg, right_leg) = (limb[0] for limb in skeleton.limbs)
    shoulders, hips = [left_arm, right_arm], [left_leg, right_leg]
    whole = (score[:, shoulders + hips] > 0).all(axis=1)
    if not whole.any():
        return made_up
    trunk = points[:, shoulders].mean(axis=1) - points[:, hips].mean(axis=1)
    length = float(np.median(np.linalg.norm(trunk[whole], axis=1)))
    unsure = score < _UNSURE * float(np.quantile(score[:, shoulders][whole], _SURE))
    at_edge: Flags = np.zeros(score.shape, np.bool_)
    if image_size is not None:
        margin = _AT_EDGE * max(image_size)
        at_edge |= ((points < margin) | (points > np.array(image_size) - margin)).any(axis=2)
    ends = [[*limb[1:], *extremity] for limb, extremity in zip(skeleton.limbs, skeleton.extremities, strict=True)]
    every = [joint for end in ends for joint in end]
    made_up[:, every] = at_edge[:, every]

    legs = [limb for limb in skeleton.limbs if limb[0] in hips]
    heaped = np.zeros(score.shape, bool)
    for parent, joint in [bone for leg in legs for bone in itertools.pairwise(leg)]:
        near = np.linalg.norm(points[:, joint] - points[:, parent], axis=1) < _HEAPED * length
        heaped[:, joint] |= near
        if parent not in hips:  # neither the knee nor the ankle is where it should be
            heaped[:, parent] |= near
    below = [joint for leg in legs for joint in leg[1:]]
    if below:
        of_legs = [joint for limb, end in zip(skeleton.limbs, ends, strict=True) if limb in legs for joint in end]
        share = (unsure & heaped)[:, below].mean(axis=1)
        cut: Flags = np.asarray(running_median(share, _LASTING * fps) > _MOST)
        made_up[:, of_legs] |= cut[:, None]
    return made_up & unsure & (score > 0)

"""Which clips are of one dancer: told by the lengths of their bones, for datasets do not say it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS

_JOINTS = SKELETONS["coco17"].joints
_BONES = [
    (_JOINTS.index(f"{side}_{a}"), _JOINTS.index(f"{side}_{b}"))
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    for side in ("left", "right")
]
_SAME = 0.04  # relative, by which no bone of a dancer differs from recording to recording; different dancers' do


def group_by_dancer(motions: Sequence[Motion]) -> list[list[str]]:
    """Group motions by dancer.

    Motions whose limbs are of the same median lengths within 4 % are of one dancer, and so are those that are linked
    by others (single linkage). Two dancers of the same build count as one, which errs on the safe side where a network
    must not have seen a dancer.

    Args:
        motions: with the joints of COCO-17; several of one name, such as views of it, count once.

    Returns:
        Their names, sorted within each group, the group of the first motion first.
    """
    lengths = {motion.name: np.log(_limb_lengths(motion.as_coco17())) for motion in motions}
    groups: list[list[str]] = []
    for name, own in lengths.items():
        linked = [group for group in groups if any(_alike(own, lengths[other]) for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([*(other for group in linked for other in group), name])
    order = list(lengths)
    return sorted((sorted(group) for group in groups), key=lambda group: min(map(order.index, group)))


def _limb_lengths(poses: Array) -> Array:
    """Median lengths of the bones of the limbs, left and right averaged, m; NaN where a joint is missing."""
    ends = np.array(_BONES)
    lengths = np.median(np.linalg.norm(poses[:, ends[:, 0]] - poses[:, ends[:, 1]], axis=-1), axis=0)
    found: Array = lengths.reshape(-1, 2).mean(axis=1)
    return found


def _alike(a: Array, b: Array) -> bool:
    return bool(np.nanmax(np.abs(a - b), initial=0.0) < np.log1p(_SAME))

"""Where in the scene a body of which only the pose is known lies: on the rays of its keypoints."""

from __future__ import annotations

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton

_HEAD_WEIGHT = 0.3  # of the head's joints, where they place the body


def head_weights(skeleton: Skeleton) -> Array:
    """(J,) weights of the joints where they place the body."""
    on_head = np.isin(np.arange(len(skeleton)), [joint for bone in skeleton.head for joint in (bone.a, bone.b)])
    return np.where(on_head, _HEAD_WEIGHT, 1.0)


def place(relative: Array, rays: Array, score: Array, skeleton: Skeleton, fps: float) -> Array:
    """(T, 3) mid-hip, m, camera frame: where poses (T, J, 3) relative to it lie best on their rays (T, J, 2)."""
    return _core.place(relative=relative, rays=rays, weights=score * head_weights(skeleton), fps=fps)

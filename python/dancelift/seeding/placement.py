"""Where in the scene a body of which only the pose is known lies: on the rays of its keypoints."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton
from dancelift.filters import gaussian_smooth

_HEAD_WEIGHT = 0.3  # of the head's joints, where they place the body
_OUTLIER = 0.08  # m off, beyond which a keypoint counts little in placing the body
_PLACINGS = 3  # iterations of reweighted least squares
_PLACING_JOINTS = 4  # seen at least in a frame that places a body by itself
DEPTH_RANGE = (0.8, 100.0)
"""Depths of a body, m."""

_DEPTH_SMOOTHING = 0.25  # s


def head_weights(skeleton: Skeleton) -> Array:
    """(J,) weights of the joints where they place the body."""
    on_head = np.isin(np.arange(len(skeleton)), [joint for bone in skeleton.head for joint in (bone.a, bone.b)])
    return np.where(on_head, _HEAD_WEIGHT, 1.0)


def place(relative: Array, rays: Array, score: Array, skeleton: Skeleton, fps: float) -> Array:
    """(T, 3) mid-hip, m, camera frame: where poses (T, J, 3) relative to it lie best on their rays (T, J, 2).

    With pose P and root R the ray r sees r (P_z + R_z) = P_xy + R_xy, which is linear in R.
    """
    weight = score * head_weights(skeleton)
    from_z = -rays
    y = rays * relative[..., 2:] - relative[..., :2]
    enough = np.flatnonzero((score > 0).sum(axis=1) >= min(_PLACING_JOINTS, (score > 0).sum(axis=1).max()))
    robust = weight
    for _ in range(_PLACINGS):
        a = np.zeros((len(rays), 3, 3))
        a[:, 0, 0] = a[:, 1, 1] = robust.sum(axis=1) + 1e-9
        a[:, :2, 2] = a[:, 2, :2] = (robust[..., None] * from_z).sum(axis=1)
        a[:, 2, 2] = (robust[..., None] * from_z**2).sum(axis=(1, 2)) + 1e-9
        b = np.concatenate(
            [(robust[..., None] * y).sum(axis=1), (robust[..., None] * from_z * y).sum(axis=(1, 2))[:, None]], axis=1
        )
        depth = np.clip(np.linalg.solve(a, b[..., None])[:, 2, 0], *DEPTH_RANGE)
        depth = np.interp(np.arange(len(rays)), enough, depth[enough])
        depth = np.exp(gaussian_smooth(np.log(depth), _DEPTH_SMOOTHING * fps))
        aside = y - from_z * depth[:, None, None]
        total = np.maximum(robust.sum(axis=1), 1e-9)[:, None]
        xy = (robust[..., None] * aside).sum(axis=1) / total
        off = np.linalg.norm(aside - xy[:, None], axis=2)
        robust = weight / (1 + (off / _OUTLIER) ** 2)
    xy = np.stack([np.interp(np.arange(len(rays)), enough, xy[enough, axis]) for axis in range(2)], axis=1)
    return np.concatenate([xy, depth[:, None]], axis=1)

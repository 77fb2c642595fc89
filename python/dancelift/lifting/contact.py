"""Which foot is on the floor, which one stands there, and where the floor is: from keypoints, poses and expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.anatomy import LANDMARKS
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Foot, Skeleton
from dancelift.filters import fill_gaps, gaussian_smooth, running_median

_MEDIAN_WINDOW = 7 / 30  # s
_SMOOTHING = 0.1  # s
_LOW = 0.05  # m: how far above the lowest joint of the feet another one on the floor is found
_SLOWER_SHARE = 0.15  # of both feet's speed: the foot that carries the weight is the slower one
_STILL = 0.13  # m/s, at which a foot is as likely to stand as not
_STILL_POWER = 3.0
_LEAST_SPEED = 1e-3  # m/s
_LOWER = 0.1  # m, by which hands or hips may be lower than the feet of someone who is on the feet


@dataclass(frozen=True, eq=False)
class Contacts:
    """The contacts of K seeds' F joints of the feet with the floor, over T frames.

    Attributes:
        on_floor: (K, T, F) probability that the joint is on the floor.
        standing: (K, T, F) probability that it is and does not move.
        floor: (K,) height of the floor above the camera, along each seed's direction of up, m.
    """

    on_floor: Array
    standing: Array
    floor: Array

    def frames(self, frames: slice) -> Contacts:
        """The same of some frames only."""
        return replace(self, on_floor=self.on_floor[:, frames], standing=self.standing[:, frames])

    def only(self, k: int) -> Contacts:
        """The same of the k-th seed only."""
        one = slice(k, k + 1)
        return Contacts(self.on_floor[one], self.standing[one], self.floor[one])


def find_contacts(
    clip: Clip, poses3d: Array, up: Array, feet: Sequence[Foot], expected: Array | None = None
) -> Contacts:
    """Where the lower and slower foot is, and where a network expects one to stand: the mean of both.

    How fast a foot moves is measured by the keypoints, which know it better than the seed does, at the seed's depth.

    Args:
        clip: whose camera's focal length may be a guess.
        poses3d: (K, T, J, 3) of the seeds, m, camera frame.
        up: (K, 3) unit vectors against gravity, camera frame.
        feet: of the skeleton on a body of the dancer's height.
        expected: (T, 2) probability that the left and the right foot stand, by a network that knows the movement; None:
            there is none.
    """
    keypoints2d, fps = clip.keypoints2d, clip.fps
    joints = [foot.joint for foot in feet]
    n_seeds, n_frames = poses3d.shape[:2]
    if not joints:
        none = np.zeros((n_seeds, n_frames, 0))
        return Contacts(none, none, np.zeros(n_seeds))
    seen = np.flatnonzero((keypoints2d[:, joints, 2] > 0).any(axis=0))
    points = np.zeros((n_frames, len(joints), 2))
    points[:, seen] = fill_gaps(keypoints2d[:, joints][:, seen])
    points = gaussian_smooth(running_median(points, _MEDIAN_WINDOW * fps), _SMOOTHING * fps)
    rays = clip.camera.rays(points)
    velocity = np.gradient(rays, axis=0) if n_frames > 1 else np.zeros_like(rays)
    speed = fps * np.linalg.norm(velocity, axis=2) * np.abs(poses3d[:, :, joints, 2])

    height = np.einsum("ktfa,ka->ktf", poses3d[:, :, joints], up) - [foot.rest for foot in feet]
    lowest = seen if len(seen) else np.arange(len(joints))
    above = height - height[..., lowest].min(axis=2, keepdims=True)
    other = [joints.index(clip.skeleton.mirrored[joint]) for joint in joints]
    share = speed / (speed + speed[..., other] + _LEAST_SPEED)
    on_floor = np.exp(-0.5 * (above / _LOW) ** 2 - 0.5 * (np.maximum(share - 0.5, 0) / _SLOWER_SHARE) ** 2)
    unseen = np.setdiff1d(np.arange(len(joints)), seen)
    on_floor[..., unseen] = 0
    on_feet = _feet_are_lowest(clip, poses3d, up, [joints[i] for i in lowest])[..., None]
    on_floor *= on_feet
    standing = on_floor / (1 + (speed / _STILL) ** _STILL_POWER)
    floor = (on_floor * height).sum(axis=(1, 2)) / np.maximum(on_floor.sum(axis=(1, 2)), 1e-9)
    if expected is not None:
        sides = [_side(clip.skeleton, joints[i]) for i in seen]
        standing[..., seen] = (standing[..., seen] + expected[:, sides] * on_feet) / 2
        on_floor = np.maximum(on_floor, standing)
    return Contacts(on_floor, standing, floor)


def _side(skeleton: Skeleton, joint: int) -> int:
    """0 for a joint of the left foot, 1 for one of the right."""
    return int(any(skeleton.index(name) == joint for name in LANDMARKS if name.startswith("right_")))


def _feet_are_lowest(clip: Clip, poses3d: Array, up: Array, feet: Sequence[int]) -> Array:
    """(K, T) whether the dancer is on the feet: none of the other joints that are seen is much lower."""
    others = np.setdiff1d(np.flatnonzero(clip.seen.any(axis=0)), feet)
    if not len(others):
        return np.ones(poses3d.shape[:2])
    height = np.einsum("ktja,ka->ktj", poses3d, up)
    lower = height[..., feet].min(axis=2) - height[..., others].min(axis=2)
    weight: Array = np.exp(-0.5 * (np.maximum(lower - _LOWER, 0) / _LOWER) ** 2)
    return weight

"""Seeding from a learnt prior: the motion that its networks expect of a clip, put where the keypoints are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton
from dancelift.priors.pose_net import NET_SKELETON, Expected
from dancelift.priors.prior import PosePrior
from dancelift.seeding.experts import ask_experts
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.placement import place

_LEAST_UNCERTAINTY = 0.01  # m
_FAR_OFF = 0.1  # m, of the joints of a frame from the rays of their keypoints, at which what is expected is in doubt

# standard deviation of the direction of up by the first network and by the others, of the tilt of cameras that are
# level and of those that are not, rad, and share of the former
_UP_DEVIATIONS = (np.radians(2), np.radians(6))
_LEVEL, _TILTED, _LEVEL_SHARE = np.radians(4), np.radians(25), 0.75


@dataclass(frozen=True, eq=False)
class ExpectedMotion:
    """The motion that a prior's networks expect of one clip; T frames, J joints.

    Attributes:
        poses3d: (T, J, 3), m, camera frame.
        uncertainty: (T, J) standard deviation of the depth, m.
        depth: (T,) of the mid-hip, m.
        up: (3,) unit vector against gravity, camera frame.
        contact: (T, 2) probability that a foot of `pose_net.FEET` stands on the floor.
        contradiction: how much the limbs' lengths vary, relative to them, times the uncertainty, m.
    """

    poses3d: Array
    uncertainty: Array
    depth: Array
    up: Array
    contact: Array
    contradiction: float


def expect_motion(clip: Clip, prior: PosePrior, reader: NetReader) -> ExpectedMotion:
    """The motion that the prior's networks expect, of a body of STANDARD_HEIGHT.

    Args:
        clip: whose camera's focal length may be a guess.
        prior: whose networks do; it completes joints that they do not know.
        reader: asks the networks.
    """
    keypoints2d, skeleton, fps, camera = clip.keypoints2d, clip.skeleton, clip.fps, clip.camera
    expected, by_others = ask_experts(clip, prior.nets, reader)
    up = expected.up.mean(axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    relative, uncertainty = _of_skeleton(prior, expected, up, skeleton)
    up = _mostly_level(up, (1 - by_others) * _UP_DEVIATIONS[0] + by_others * _UP_DEVIATIONS[1])
    root = place(relative, camera.rays(keypoints2d), keypoints2d[..., 2], skeleton, fps)
    poses = relative + root[:, None]
    uncertainty *= _doubt(clip, camera.rays(keypoints2d), poses)[:, None]
    uncertainty += _LEAST_UNCERTAINTY
    return ExpectedMotion(poses, uncertainty, root[:, 2], up, expected.contact, _contradiction(expected))


def _contradiction(expected: Expected) -> float:
    """How much a network contradicts itself, see `ExpectedMotion`."""
    limbs = [
        np.linalg.norm(expected.poses3d[:, a] - expected.poses3d[:, b], axis=1)
        for a, b in itertools.chain.from_iterable(itertools.pairwise(limb) for limb in NET_SKELETON.limbs)
    ]
    variation = np.mean([length.std() / max(float(length.mean()), 1e-9) for length in limbs])
    return float(variation * np.exp(np.median(np.log(expected.uncertainty))))


def _doubt(clip: Clip, rays: Array, poses: Array) -> Array:
    """By how much less sure of its depth than it says a motion is, (T,), where it is far from the keypoints.

    What is wrong in the image is wrong in depth as well: a movement such as no network has learnt from.
    """
    off = np.linalg.norm(poses[..., :2] - np.where(clip.seen[..., None], rays, 0) * poses[..., 2:], axis=2)
    # the median of the joints that are seen, which come first
    count = clip.seen.sum(axis=1)
    in_order = np.sort(np.where(clip.seen, off, np.inf), axis=1)
    middle = np.stack([np.maximum(count - 1, 0) // 2, np.minimum(count // 2, off.shape[1] - 1)], axis=1)
    typical = np.where(count > 0, np.take_along_axis(in_order, middle, axis=1).mean(axis=1), 0)
    found: Array = np.sqrt(1 + (typical / _FAR_OFF) ** 2)
    return found


def _mostly_level(up: Array, deviation: float) -> Array:
    """Direction of up (3,) given a network's and its standard deviation, rad: most cameras are level, some are tilted.

    It is the mean of the posterior of a Gaussian measurement under a prior of two Gaussians about level.
    """
    level = np.array([0.0, -1.0, 0.0])
    tilt = float(np.arccos(np.clip(-up[1], -1, 1)))
    weights, pull = [], []
    for share, spread in ((_LEVEL_SHARE, _LEVEL), (1 - _LEVEL_SHARE, _TILTED)):
        variance = spread**2 + deviation**2
        weights.append(share / variance * np.exp(-0.5 * tilt**2 / variance))
        pull.append(deviation**2 / variance)
    to_level = float(np.average(pull, weights=weights))
    found: Array = (1 - to_level) * up + to_level * level
    return found / max(float(np.linalg.norm(found)), 1e-9)


def _of_skeleton(prior: PosePrior, expected: Expected, up: Array, skeleton: Skeleton) -> tuple[Array, Array]:
    """(T, J, 3) joints relative to the mid-hip, camera frame, and (T, J) standard deviation of their depth, m."""
    index = NET_SKELETON.joints.index
    across = np.zeros((len(expected.poses3d), 3))
    for name in ("hip", "shoulder"):
        across += expected.poses3d[:, index(f"left_{name}")] - expected.poses3d[:, index(f"right_{name}")]
    across -= (across @ up)[:, None] * up
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    body = np.stack([across, np.broadcast_to(up, across.shape), np.cross(across, up)], axis=1)
    landmarks, rest = prior.complete(expected.poses3d @ np.swapaxes(body, 1, 2), NET_SKELETON.joints)

    given = [anatomy.LANDMARKS.index(name) for name in NET_SKELETON.joints]
    nearest = np.linalg.norm(prior.mean[:, None] - prior.mean[given], axis=2).argmin(axis=1)
    variance = np.diagonal(rest).reshape(-1, 3).mean(axis=1)
    deviation = np.sqrt(expected.uncertainty[:, nearest] ** 2 + variance)
    weights = skeleton.landmark_weights
    return (weights @ landmarks) @ body, deviation @ np.abs(weights).T

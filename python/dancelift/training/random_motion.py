"""Movement that no one recorded: joint angles that wander within anatomy's limits, with forward kinematics.

It widens what a prior has seen beyond the recordings. World frame: y up, m; the floor is at y = 0.
"""

from __future__ import annotations

import math

import numpy as np

from dancelift.arraytypes import Array, Floats
from dancelift.body import anatomy
from dancelift.geometry import rotation
from dancelift.priors.pose_net import NET_SKELETON

_LIVELINESS = (0.5, 1.7)  # range of the spread of the angles, relative to everyday movement
_ANYWHERE = 0.3  # share of the windows and angles that take any value within the limits
_KEYPOSE_TIME = (0.25, 1.2)  # s, range of the time from one keypose to the next
_TURN = 0.8  # rad, standard deviation of the body's heading about its mean, from keypose to keypose
_TRAVEL = 0.5  # m, likewise of its place on the floor
_CROUCH_TIME = 0.15  # s, within which the lowest joint comes to the floor


def random_motion(n: int, n_frames: int, fps: float, rng: np.random.Generator) -> Floats:
    """(n, n_frames, J, 3) joints of NET_SKELETON, m, world frame, of `n` dancers of STANDARD_HEIGHT.

    Args:
        n: windows.
        n_frames: of each.
        fps: frames per second.
        rng: of the random numbers.
    """
    spans = np.array([anatomy.angle_span(name) for name in anatomy.ANGLES])
    mean, deviation, lower, upper = spans.T
    poses = np.empty((n, n_frames, len(NET_SKELETON), 3), np.float32)
    for i in range(n):
        step = math.exp(rng.uniform(math.log(_KEYPOSE_TIME[0]), math.log(_KEYPOSE_TIME[1]))) * fps
        shape = (int(n_frames / step) + 4, len(mean))
        keyposes = mean + rng.uniform(*_LIVELINESS) * deviation * rng.normal(size=shape)
        anywhere = rng.random(len(mean)) < _ANYWHERE
        keyposes = np.where(anywhere, rng.uniform(lower, upper, shape), np.clip(keyposes, lower, upper))
        at = rng.uniform() + np.arange(n_frames) / step
        body = anatomy.landmarks(spline(keyposes, at))
        heading = spline(_TURN * rng.normal(size=(shape[0], 1)), at)[:, 0]
        path = np.zeros((n_frames, 3))
        path[:, [0, 2]] = spline(_TRAVEL * rng.normal(size=(shape[0], 2)), at)
        joints = NET_SKELETON.landmark_weights @ body @ np.swapaxes(rotation(1, heading), 1, 2)
        lowest = joints[..., 1].min(axis=1)
        path[:, 1] = -_held(lowest, round(_CROUCH_TIME * fps))
        poses[i] = joints + path[:, None]
    return poses


def spline(control: Array, at: Array) -> Array:
    """Uniform cubic B-spline of control points (N, D) at 0, 1, 2, ...: (T, D), smooth and within their range."""
    at = np.clip(at, 0, len(control) - 1)
    first = np.minimum(at.astype(int), len(control) - 2)
    u = (at - first)[:, None]
    padded = np.concatenate([control[:1], control, control[-1:]])
    basis = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    value: Array = sum((b * padded[first + i] for i, b in enumerate(basis)), np.zeros((1, 1))) / 6
    return value


def _held(values: Array, half: int) -> Array:
    """(T,) mean over `half` frames before and after each one."""
    padded = np.pad(values, half, mode="edge")
    mean: Array = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).mean(axis=1)
    return mean

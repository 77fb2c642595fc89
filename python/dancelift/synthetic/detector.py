"""What a keypoint detector makes of exact keypoints: joints hidden by the body, jitter, misses, outliers, swaps.

Leading axes (...) are clips; T frames, J joints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.skeleton import Skeleton

Reals = NDArray[np.floating[Any]]

# what hides a joint that is behind it: capsules between two landmarks, and their radius, fraction of body height
_CAPSULES = (
    ("neck", "mid_hip", 0.065),
    *((f"{side}_hip", f"{side}_knee", 0.04) for side in ("left", "right")),
    *((f"{side}_knee", f"{side}_ankle", 0.028) for side in ("left", "right")),
    *((f"{side}_shoulder", f"{side}_elbow", 0.026) for side in ("left", "right")),
    ("left_ear", "right_ear", 0.035),
)
_HIDDEN_DEPTH = 0.04  # of body height, that a hidden joint lies behind the middle of what hides it

# errors, as fractions of the dancer's height in the image
_JITTER = 0.0112  # standard deviation per axis: a median error of 6 px for somebody 440 px tall
# its parts: share of the standard deviation, and seconds between independent errors (None: constant over a clip)
_JITTER_PARTS = ((0.40, None), (0.35, 1.0), (0.70, 0.1), (0.45, 0.0))
_JITTER_OF = {"elbow": 1.15, "wrist": 1.4, "hip": 1.35, "shoulder": 0.9, "knee": 1.05, "ankle": 1.2}
_HEAD_JITTER = 0.6
_HIDDEN_JITTER = 2.1  # times that of a joint that is seen
_OUTLIER_DISTANCE = (0.06, 0.18)

_HIDDEN_MISSED, _SEEN_MISSED = 0.12, 0.004  # share of the frames in which a joint is not found
_OUTLIERS = 0.003  # share of joints and frames at which one begins
_OUTLIER_FRAMES = 3
_SWAPS = 0.25  # a second
_SWAP_TIME = (0.1, 0.4)  # s
_HIDDEN_SCORE, _SEEN_SCORE, _OUTLIER_SCORE = (0.42, 0.08), (0.87, 0.06), (0.2, 0.6)
_LEAST_SCORE = 0.05


def hidden_joints(points: Mapping[str, Reals], poses3d: Reals, height: float) -> Flags:
    """Return whether a joint is behind a part of the body, (..., T, J).

    Args:
        points: the landmarks between which the body's parts lie (..., T, 3), m, camera frame.
        poses3d: (..., T, J, 3), m, camera frame.
        height: of the body, m.
    """
    hidden = np.zeros(poses3d.shape[:-1], bool)
    joints = poses3d[..., :2] / poses3d[..., 2:]
    for start, end, radius in _CAPSULES:
        a, b = points[start][..., None, :], points[end][..., None, :]
        from_a = a[..., :2] / a[..., 2:]
        along = b[..., :2] / b[..., 2:] - from_a
        share = ((joints - from_a) * along).sum(axis=-1) / ((along**2).sum(axis=-1) + 1e-12)
        nearest = np.clip(share, 0.0, 1.0)
        away = np.linalg.norm(joints - from_a - nearest[..., None] * along, axis=-1)
        depth = a[..., 2] + nearest * (b[..., 2] - a[..., 2])
        hidden |= (poses3d[..., 2] > depth + _HIDDEN_DEPTH * height) & (away < radius * height / depth)
    return hidden


@dataclass(frozen=True)
class Detector:
    """A keypoint detector's errors on one skeleton.

    Attributes:
        skeleton: of the keypoints.
        fps: frames per second.
    """

    skeleton: Skeleton
    fps: float

    def detect(self, clean: Reals, hidden: Flags, size: Reals, noise: Reals | float, rng: np.random.Generator) -> Array:
        """Return keypoints and scores (..., T, J, 3) for exact ones; a missed joint is 0, 0, 0.

        Args:
            clean: (..., T, J, 2), px or any other unit.
            hidden: (..., T, J).
            size: (..., T) height of the dancer in the image, in that unit.
            noise: (...) factor of the jitter and of how often there are misses, outliers and swaps.
        """
        noise = np.broadcast_to(np.asarray(noise, float), clean.shape[:-3])[..., None, None]
        sigma = _JITTER * self._joint_jitter * np.where(hidden, _HIDDEN_JITTER, 1.0)
        error = sigma[..., None] * self._jitter(clean.shape, rng)
        mean, spread = (np.where(hidden, a, b) for a, b in zip(_HIDDEN_SCORE, _SEEN_SCORE, strict=True))
        score = rng.normal(mean, spread)

        begins = rng.random(hidden.shape) < noise * _OUTLIERS
        outlier = begins.copy()
        for later in range(1, _OUTLIER_FRAMES):
            goes_on = begins & (rng.random(hidden.shape) < 1 - later / _OUTLIER_FRAMES)
            outlier[..., later:, :] |= goes_on[..., :-later, :]
        direction = rng.normal(size=clean.shape)
        direction *= (rng.uniform(*_OUTLIER_DISTANCE, hidden.shape) / np.linalg.norm(direction, axis=-1))[..., None]
        points = clean + size[..., None, None] * (noise[..., None] * error + np.where(outlier[..., None], direction, 0))
        score = np.where(outlier, rng.uniform(*_OUTLIER_SCORE, hidden.shape), score)
        missed = rng.random(hidden.shape) < noise * np.where(hidden, _HIDDEN_MISSED, _SEEN_MISSED)
        detected = np.concatenate([points, np.clip(score, _LEAST_SCORE, 1.0)[..., None]], axis=-1)
        detected[missed] = 0
        self._swap(detected, noise[..., 0], rng)
        return detected

    @property
    def _joint_jitter(self) -> Array:
        """Return how much more than the average a detector errs at a joint, (J,)."""
        factor = np.ones(len(self.skeleton))
        for landmark in anatomy.LANDMARKS:
            joint = self.skeleton.index(landmark)
            if joint is not None:
                on_head = landmark in anatomy.HEAD_LANDMARKS
                factor[joint] = _HEAD_JITTER if on_head else _JITTER_OF.get(landmark.split("_")[-1], 1.0)
        return factor

    def _jitter(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Return jitter (..., T, J, 2) of unit variance, correlated in time."""
        total = np.zeros(shape)
        for share, seconds in _JITTER_PARTS:
            part = rng.normal(size=(*shape[:-3], 1, *shape[-2:])) if seconds is None else (
                smooth_noise(shape, -3, max(1.0, seconds * self.fps), rng)
            )  # fmt: skip
            total += share * part
        return total

    def _swap(self, detected: Array, noise: Reals, rng: np.random.Generator) -> None:
        """Exchange left and right for a moment: all of the body, the arms or the legs."""
        parts = [self._mirrored(None), self._mirrored(("elbow", "wrist")), self._mirrored(("hip", "knee", "ankle"))]
        for at in np.argwhere(rng.random(detected.shape[:-2]) < noise * _SWAPS / self.fps):
            *clip, t = at
            stretch = (*clip, slice(t, t + math.ceil(rng.uniform(*_SWAP_TIME) * self.fps)))
            detected[stretch] = detected[stretch][:, parts[rng.integers(len(parts))]]

    def _mirrored(self, parts: tuple[str, ...] | None) -> list[int]:
        """Return for each joint the one on the other side; only of the `parts` named."""
        other = list(range(len(self.skeleton)))
        for landmark in anatomy.LANDMARKS:
            here, there = self.skeleton.index(landmark), self.skeleton.index(anatomy.mirror(landmark))
            if here is not None and there is not None and (parts is None or landmark.split("_")[-1] in parts):
                other[here] = there
        return other


def smooth_noise(shape: tuple[int, ...], axis: int, step: float, rng: np.random.Generator) -> Array:
    """Draw normal numbers of unit variance, independent from `step` to `step` along `axis` and smooth in between."""
    n = shape[axis]
    if step <= 1:
        return rng.normal(size=shape)
    knots_shape = list(shape)
    knots_shape[axis] = int(n / step) + 3
    at = rng.uniform() + np.arange(n) / step
    before = at.astype(int)
    along = [1] * len(shape)
    along[axis] = n
    after = ((1 - np.cos(np.pi * (at - before))) / 2).reshape(along)
    knots = rng.normal(size=knots_shape)
    mixed = (1 - after) * knots.take(before, axis) + after * knots.take(before + 1, axis)
    value: Array = mixed / np.sqrt((1 - after) ** 2 + after**2)
    return value

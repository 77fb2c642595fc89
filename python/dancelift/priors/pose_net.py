"""The temporal network of a learnt prior: from a clip's 2D keypoints to the pose that they make one expect.

Dilated convolutions over time after Pavllo et al. (2019, 3D Human Pose Estimation in Video with Temporal
Convolutions and Semi-Supervised Training), residual, with the clip's mean features fed back so that a dancer's build
and the camera's tilt, which do not change, are read off the whole clip. The C++ core runs it.

Frames of reference: the camera frame (x right, y down, z forward, m); in each frame of the clip the view frame, the
camera turned so that the dancer's trunk is on its axis, not rolled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Floats
from dancelift.body.skeleton import SKELETONS
from dancelift.filters import fill_gaps, gaussian_smooth
from dancelift.frame_rate import net_rate
from dancelift.geometry import rotation

NET_SKELETON = SKELETONS["coco17"]
"""The joints that the network reads and predicts."""

FEET = ("left_ankle", "right_ankle")
"""The joints whose contact with the floor the network predicts."""

_TRUNK = [NET_SKELETON.joints.index(f"{side}_{joint}") for joint in ("shoulder", "hip") for side in ("left", "right")]
_BODY = slice(5, 17)
_MIRRORED = list(NET_SKELETON.mirrored)
_MIRROR_X = np.array([-1, 1, 1], np.float32)
_ROOT_SMOOTHING = 3.0  # frames
_TYPICAL_SPREAD, _LEAST_SPREAD = 0.15, 1e-4
_FURTHEST = 6.0  # times the spread of the body, beyond which a keypoint is an outlier that says no more
_SEEN = 0.87  # what is read for the score of a joint that is seen
_LEAST_JOINTS_SEEN = 4  # in a frame; one with fewer is a gap
_LOG_DEVIATION = (-6.5, 1.5)  # between which the log standard deviation (m) is predicted

N_JOINTS = len(NET_SKELETON)
N_FEATURES = 3 * N_JOINTS + 3
N_OUTPUTS = 5 * N_JOINTS + 5


def features(rays: Floats, score: Floats) -> tuple[Floats, Floats]:
    """What the network reads of clips: keypoints about the trunk, in units of the body's spread, and where it is.

    Of the scores it reads only whether a joint is seen: what they mean differs from detector to detector, and a network
    that trusts one's is misled by another's.

    Args:
        rays: (B, T, J, 2) coordinates x / z, y / z of the keypoints' rays, camera frame.
        score: (B, T, J), 0 is not seen.

    Returns:
        (B, T, N_FEATURES), and (B, T, 3, 3) camera frame to view frame.
    """
    seen = score > 0
    score = np.where(seen, _SEEN, 0).astype(np.float32)
    weight = score[:, :, _TRUNK]
    total = np.moveaxis(gaussian_smooth(np.moveaxis(weight.sum(axis=2), 1, 0), _ROOT_SMOOTHING), 0, 1)[..., None]
    root = np.moveaxis((rays[:, :, _TRUNK] * weight[..., None]).sum(axis=2), 1, 0)
    root = np.moveaxis(gaussian_smooth(root, _ROOT_SMOOTHING), 0, 1) / np.maximum(total, 1e-3)
    frames = np.arange(rays.shape[1])
    for b in np.flatnonzero((total < 1e-2).any(axis=(1, 2))):
        known = np.flatnonzero(total[b, :, 0] >= 1e-2)
        for axis in range(2):
            root[b, :, axis] = np.interp(frames, known, root[b, known, axis]) if len(known) else 0

    azimuth, elevation = np.arctan(root[..., 0]), np.arctan2(root[..., 1], np.hypot(root[..., 0], 1))
    view = (rotation(0, elevation) @ rotation(1, -azimuth)).astype(np.float32)
    turned = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ np.swapaxes(view, -1, -2)
    points = turned[..., :2] / np.maximum(turned[..., 2:], 0.1)
    n_seen = seen[:, :, _BODY].sum(axis=2)
    square = np.minimum((points[:, :, _BODY] ** 2).sum(axis=-1), 1) * seen[:, :, _BODY]
    spread = np.sqrt(square.sum(axis=2) / np.maximum(n_seen, 1))
    whole = n_seen > 3
    size = np.array([np.median(s[w]) if w.any() else _TYPICAL_SPREAD for s, w in zip(spread, whole, strict=True)])
    size = np.maximum(size, _LEAST_SPREAD)
    points = np.clip(points / size[:, None, None, None], -_FURTHEST, _FURTHEST) * seen[..., None]
    where = np.stack([np.broadcast_to(np.log(size / _TYPICAL_SPREAD)[:, None], azimuth.shape), elevation, azimuth], -1)
    found = np.concatenate([points.reshape(*points.shape[:2], -1), score, where], axis=-1)
    return found.astype(np.float32), view


@dataclass(frozen=True, eq=False)
class Expected:
    """What the network expects of a clip; T frames, the J joints of NET_SKELETON.

    Attributes:
        poses3d: (T, J, 3), m, relative to the mid-hip, camera frame, of a body of the size of those learnt from.
        uncertainty: (T, J) standard deviation of the depth, m.
        up: (T, 3) unit vector against gravity, camera frame.
        contact: (T, 2) probability that a foot of FEET stands on the floor.
    """

    poses3d: Array
    uncertainty: Array
    up: Array
    contact: Array

    def frames(self, frames: slice) -> Expected:
        """The same of some frames only."""
        return Expected(self.poses3d[frames], self.uncertainty[frames], self.up[frames], self.contact[frames])


@dataclass(frozen=True, eq=False)
class PoseNet:
    """The network's weights.

    Attributes:
        weights: by name, as the training writes them: `in`, `out` (W, b); for block i `block{i}.gain`, `.conv`
            (3, C, C), `.conv_bias`, `.mix` (C, C), `.mix_bias`, and where it reads the whole clip `.clip` (C, C),
            `.clip_bias`; `gain`. Matrices map rows: y = x W.
        dilations: of the blocks' convolutions, frames.
    """

    weights: Mapping[str, Floats]
    dilations: tuple[int, ...]

    @staticmethod
    def shapes(n_channels: int, n_blocks: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the weights, by name, of a network of C channels, whose blocks read the whole clip."""
        c = n_channels
        block = {"gain": (c,), "conv": (3, c, c), "mix": (c, c), "clip": (c, c)}
        block |= {f"{name}_bias": (c,) for name in ("conv", "mix", "clip")}
        whole = {"in": (N_FEATURES, c), "in_bias": (c,), "gain": (c,), "out": (c, N_OUTPUTS), "out_bias": (N_OUTPUTS,)}
        return whole | {f"block{i}.{name}": shape for i in range(n_blocks) for name, shape in block.items()}

    @cached_property
    def _network(self) -> _core.PoseNetwork:
        return _core.PoseNetwork(weights=dict(self.weights), dilations=self.dilations)

    def __getstate__(self) -> dict[str, object]:
        """The weights alone, for what the core makes of them is not stored."""
        return {"weights": self.weights, "dilations": self.dilations}

    def expect(self, rays: Array, score: Array, fps: float, n_threads: int = 1) -> Expected:
        """The pose, its uncertainty, gravity and foot contact expected of one clip.

        A clip of a higher frame rate is read as several interleaved ones of about NET_FPS, one of a lower rate is
        interpolated, and so are gaps. It is read as it is and mirrored, and the two answers are averaged.

        Args:
            rays: (T, J, 2) coordinates x / z, y / z of the keypoints' rays, camera frame.
            score: (T, J), 0 is not seen.
            fps: frames per second.
            n_threads: of the core; what is expected does not depend on it.
        """
        n_frames = len(rays)
        rays, score = _without_gaps(rays, score)
        stride, repeat = net_rate(fps)
        if repeat > 1:
            rays, score = _interpolate(rays, score, repeat)
        n_parts = min(stride, len(rays))
        parts = [self._expect_both_ways(rays[i::stride], score[i::stride], n_threads) for i in range(n_parts)]
        joined = []
        for values in zip(*parts, strict=True):
            whole = np.empty((len(rays), *values[0].shape[1:]))
            for i, value in enumerate(values):
                whole[i::stride] = value
            joined.append(whole[::repeat][:n_frames])
        poses, log_deviation, up, contact = joined
        return Expected(
            poses,
            np.exp(log_deviation),
            up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9),
            1 / (1 + np.exp(-contact)),
        )

    def _expect_both_ways(self, rays: Array, score: Array, n_threads: int) -> tuple[Array, Array, Array, Array]:
        """Poses, log deviation of the depth, direction of up and contact's logit of a clip of NET_FPS."""
        both_rays = np.stack([rays, rays[:, _MIRRORED] * _MIRROR_X[:2]]).astype(np.float32)
        both_scores = np.stack([score, score[:, _MIRRORED]]).astype(np.float32)
        x, view = features(both_rays, both_scores)
        poses, log_deviation, up, contact = split_outputs(self._network.run(x, n_threads=n_threads))
        poses, up = poses @ view, (up[..., None, :] @ view)[..., 0, :]
        return (
            (poses[0] + poses[1][:, _MIRRORED] * _MIRROR_X) / 2,
            (log_deviation[0, ..., 1] + log_deviation[1][:, _MIRRORED, 1]) / 2,
            up[0] + up[1] * _MIRROR_X,
            (contact[0] + contact[1][:, ::-1]) / 2,
        )


def split_outputs(out: Any) -> tuple[Any, Any, Any, Any]:
    """What an array or a tensor (B, T, N_OUTPUTS) says.

    Returns:
        poses (B, T, J, 3), m, view frame; log standard deviations (B, T, J, 2) across and along the line of sight,
        log m; up (B, T, 3), not of unit length, view frame; and logits of contact (B, T, 2).
    """
    n = N_JOINTS
    shape = out.shape[:2]
    low, high = _LOG_DEVIATION
    deviation = out[..., 3 * n : 5 * n].reshape(*shape, n, 2).clip(low - (low + high) / 2, high - (low + high) / 2)
    return (
        out[..., : 3 * n].reshape(*shape, n, 3),
        deviation + (low + high) / 2,
        out[..., 5 * n : 5 * n + 3],
        out[..., 5 * n + 3 :],
    )


def _without_gaps(rays: Array, score: Array) -> tuple[Array, Array]:
    """Joints interpolated in frames in which next to nothing is seen, which the network has not learnt to read."""
    n_seen = (score > 0).sum(axis=1)
    gap = n_seen < min(_LEAST_JOINTS_SEEN, n_seen.max())
    ever = (score > 0).any(axis=0)
    at = np.ix_(gap, ever)
    filled, filled_score = np.array(rays), np.array(score)
    filled[at] = fill_gaps(np.concatenate([rays, score[..., None]], axis=-1)[:, ever])[gap]
    filled_score[at] = _SEEN
    return filled, filled_score


def _interpolate(rays: Array, score: Array, times: int) -> tuple[Array, Array]:
    at = np.arange((len(rays) - 1) * times + 1) / times
    before, share = at.astype(int), (at % 1)[:, None]
    after = np.minimum(before + 1, len(rays) - 1)
    between = (1 - share)[..., None] * rays[before] + share[..., None] * rays[after]
    both = np.where(share > 0, np.minimum(score[before], score[after]), score[before])
    return between, both

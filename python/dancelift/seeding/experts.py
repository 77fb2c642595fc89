"""A mixture of networks: what each expects of a clip, and what share it has in the answer.

Networks are a mixture of experts (Jacobs et al. 1991, Adaptive Mixtures of Local Experts), which are gated by how sure
each one is and how well what it expects projects to the keypoints: the expert in usual motion is the more precise, but
is unsure of other motion, and far off where a body is inverted or lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.clip import Clip
from dancelift.filters import gaussian_smooth
from dancelift.geometry import rotation
from dancelift.priors.pose_net import NET_SKELETON, Expected, PoseNet
from dancelift.priors.prior import PosePrior
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.placement import head_weights, place

# The gate: by what power of its uncertainty and of its distance from the keypoints an expert's share falls, and the
# logarithm of what each is favoured by beforehand: the first, its reading of the rolled picture, the others.
# They are those of the least mean error on clips of `fit`, as they are, turned and with legs missing, and on data/cmu.
_UNCERTAINTY_POWER, _DISTANCE_POWER, _FAVOUR = 17.5, 7.0, (0.0, 0.4, 6.8)
_GATE_SMOOTHING = 0.25  # s, over which the distance from the keypoints is averaged
_FURTHEST = 0.5  # m, largest distance of a joint from its keypoint that counts
_LEAST_OFF = 0.001  # m, of a distance from the keypoints
_SHOWINGS = 3
_NEAREST_SHOWN = 0.4  # m, of a joint
_HEAD = [joint for joint, name in enumerate(NET_SKELETON.joints) if name in anatomy.HEAD_LANDMARKS]
_UNSEEN_FOR = 0.5  # s, for most of which a joint of a limb is not seen to be shown where it is expected
_ROLLED = 20.0  # degrees of the trunk from upright in the picture, from which the rolled picture is read too


class Familiarity(NamedTuple):
    """How much frames are like what a prior's networks have learnt from.

    Attributes:
        total: the sum of the logarithms of the networks' shares.
        usual: logarithm of the first network's share relative to the others': above 0 it has most of them.
    """

    total: float
    usual: float


def find_familiarity(clip: Clip, prior: PosePrior, reader: NetReader, frames: slice = slice(None)) -> Familiarity:
    """How much a clip, or some frames of it, is like what the prior's networks have learnt from.

    They are surer of keypoints that are read rightly than of a turned picture, of a mirror image or of other joints,
    and what they expect is closer to them.
    """
    rays, score = net_inputs(clip)

    def log_share(net: PoseNet) -> float:
        expected = reader.expect(net, rays, score, clip.fps).frames(frames)
        return float(np.median(_log_share(expected, rays[frames], score[frames], clip.fps)))

    first, *others = map(log_share, prior.nets)
    return Familiarity(first + sum(others), first - _FAVOUR[2] - max(others, default=-np.inf))


def net_inputs(clip: Clip) -> tuple[Array, Array]:
    """Rays (T, J, 2) and scores (T, J) of the joints of NET_SKELETON, see `PoseNet.expect`."""
    joints = [clip.skeleton.index(landmark) for landmark in NET_SKELETON.joints]
    read = np.array([0 if joint is None else joint for joint in joints])
    known = np.array([joint is not None for joint in joints])
    keypoints = clip.keypoints2d[:, read] * known[:, None]
    return clip.camera.rays(keypoints) * (keypoints[..., 2:] > 0), keypoints[..., 2]


def ask_experts(clip: Clip, nets: Sequence[PoseNet], reader: NetReader) -> tuple[Expected, float]:
    """What networks expect of a clip together, and the share in it of networks after the first one.

    An expert's share is the larger the surer it is of the clip and the closer what it expects is to a frame's
    keypoints: shares are the softmax of their logarithms. The last network has learnt to do without limbs that are not
    seen. The first one is judged by what is seen as well, but its answer is what it expects once it is shown them,
    where the last one expects them and then where it does itself.
    """
    (rays, score), fps = net_inputs(clip), clip.fps
    first, others = nets[0], [reader.expect(net, rays, score, fps) for net in nets[1:]]
    roll = _trunk_roll(rays, score, fps)
    usual = _read_both_ways(first, rays, score, fps, roll, reader)
    favour = [*_FAVOUR[: len(usual)], *[_FAVOUR[2]] * len(others)]
    log_share = np.stack([_log_share(expert, rays, score, fps) for expert in [*usual, *others]], axis=1) + favour
    share = np.exp(log_share - log_share.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    unseen = _unseen_for_long(score, fps)
    if others and unseen.any():
        shown_as = others[-1]
        for _ in range(_SHOWINGS):
            shown = _show(shown_as, unseen, rays, score, fps)
            shown_as = reader.expect(first, *shown, fps)
        usual = [_unsure_of(one, unseen, others[-1]) for one in _read_both_ways(first, *shown, fps, roll, reader)]
    return _mixed([*usual, *others], share), float(share[:, len(usual) :].sum(axis=1).mean())


def _read_both_ways(
    net: PoseNet, rays: Array, score: Array, fps: float, roll: Array, reader: NetReader
) -> list[Expected]:
    """What a network expects of a clip and, where the trunk rolls far (T,), of the rolled picture."""
    found = [reader.expect(net, rays, score, fps)]
    if np.abs(roll).max() > np.radians(_ROLLED):
        found.append(_expect_rolled(net, rays, score, fps, roll, reader))
    return found


def _unseen_for_long(score: Array, fps: float) -> Flags:
    """(T, J) joints of limbs that are not seen for most of some time."""
    missing = score <= 0
    unseen: Flags = missing & (gaussian_smooth(missing.astype(float), _UNSEEN_FOR * fps) > 0.5)
    unseen[:, _HEAD] = False
    return unseen


def _unsure_of(expected: Expected, unseen: Flags, other: Expected) -> Expected:
    """The same, as unsure of joints that are not seen (T, J) as another at least."""
    uncertainty = np.maximum(expected.uncertainty, other.uncertainty)
    return replace(expected, uncertainty=np.where(unseen, uncertainty, expected.uncertainty))


def _show(expected: Expected, unseen: Flags, rays: Array, score: Array, fps: float) -> tuple[Array, Array]:
    """Rays (T, J, 2) and scores (T, J) with joints that are not seen where they are expected."""
    poses = expected.poses3d + place(expected.poses3d, rays, score, NET_SKELETON, fps)[:, None]
    depth = np.maximum(poses[..., 2:], _NEAREST_SHOWN)
    return np.where(unseen[..., None], poses[..., :2] / depth, rays), np.where(unseen, 1.0, score)


def _log_share(expert: Expected, rays: Array, score: Array, fps: float) -> Array:
    """(T,) logarithm of the share that an expert's answer deserves, up to a constant."""
    off = np.maximum(_off_keypoints(expert.poses3d, rays, score, fps), _LEAST_OFF)
    unsure = float(np.median(np.log(expert.uncertainty)))
    log_share: Array = -_UNCERTAINTY_POWER * unsure - _DISTANCE_POWER * np.log(off)
    return log_share


def _mixed(experts: Sequence[Expected], share: Array) -> Expected:
    """The mean of what experts expect by their shares (T, E) of each frame; of deviations, the geometric one.

    Where experts disagree on a depth they are less sure of it than each one says: by the variance of what they expect,
    whoever has the share, up to their own.
    """

    def mean(values: list[Array]) -> Array:
        total: Array = np.einsum("te,et...->t...", share, np.stack(values))
        return total

    up = mean([expert.up for expert in experts])
    own = np.exp(2 * mean([np.log(expert.uncertainty) for expert in experts]))
    disagreement = np.stack([expert.poses3d[..., 2] for expert in experts]).var(axis=0)
    return Expected(
        mean([expert.poses3d for expert in experts]),
        np.sqrt(own + np.minimum(disagreement, own)),
        up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9),
        mean([expert.contact for expert in experts]),
    )


def _trunk_roll(rays: Array, score: Array, fps: float) -> Array:
    """(T,) angle in the picture by which the trunk is away from upright, clockwise, rad."""
    ends = [[NET_SKELETON.joints.index(f"{side}_{part}") for side in ("left", "right")] for part in ("shoulder", "hip")]
    trunk = rays[:, ends[0]].mean(axis=1) - rays[:, ends[1]].mean(axis=1)
    seen = (score[:, ends[0] + ends[1]] > 0).all(axis=1, keepdims=True)
    direction = gaussian_smooth(trunk * seen, _GATE_SMOOTHING * fps)
    roll: Array = np.arctan2(direction[:, 0], -direction[:, 1])
    return np.where((direction == 0).all(axis=1), 0.0, roll)


def _expect_rolled(net: PoseNet, rays: Array, score: Array, fps: float, roll: Array, reader: NetReader) -> Expected:
    """What a network expects of the clip when its camera is rolled back by the trunk's roll (T,) of each frame."""
    back = rotation(2, -roll)
    found = reader.expect(net, rays @ np.swapaxes(back[:, :2, :2], 1, 2), score, fps)
    return replace(found, poses3d=found.poses3d @ back, up=(found.up[:, None] @ back)[:, 0])


def _off_keypoints(relative: Array, rays: Array, score: Array, fps: float) -> Array:
    """(T,) root mean square distance, m, of poses (T, J, 3) of NET_SKELETON from the rays of their keypoints."""
    poses = relative + place(relative, rays, score, NET_SKELETON, fps)[:, None]
    off = np.minimum(np.linalg.norm(poses[..., :2] - rays * poses[..., 2:], axis=2), _FURTHEST)
    weight = score * head_weights(NET_SKELETON)
    square, total = (gaussian_smooth(value.sum(axis=1), _GATE_SMOOTHING * fps) for value in (weight * off**2, weight))
    return np.sqrt(np.maximum(square, 0) / np.maximum(total, 1e-9))

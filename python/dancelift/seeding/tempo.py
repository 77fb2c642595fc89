"""Networks read a clip at its own tempo, and a fast or a slow one at half or twice the tempo as well.

Movement much faster or slower than anything that a network has learnt from is nothing new to it at another tempo. Which
reading is better the network says itself: on clips of the prior's training at one to three times their speed, the one
that it is surer of is nearer to the truth (the difference of the errors goes with the logarithm of the ratio of the
uncertainties, correlation 0.93).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.filters import gaussian_smooth
from dancelift.frame_rate import net_rate
from dancelift.priors.pose_net import NET_SKELETON, Expected, PoseNet

_ENDS = [NET_SKELETON.joints.index(f"{side}_{joint}") for joint in ("wrist", "ankle") for side in ("left", "right")]
_BODY = slice(5, 17)
_LEAST_JOINTS_SEEN = 4  # of the body, in a frame that shows its spread
_STEP = 0.1  # s, over which speeds are measured, so that a detector's jitter is none
# what the frame rate is multiplied by, and the typical speeds from which that begins to count, and counts fully
_TEMPOS = ((0.5, 1.2, 1.6), (2.0, 0.6, 0.45))
_LEAST_FPS = 8.0  # with fewer frames there is nothing between them that could be played more slowly
_UNCERTAINTY_POWER = 45.0  # of the share of the other tempo
_SMOOTHING = 1.0  # s, over which uncertainties are compared


def expect(net: PoseNet, rays: Array, score: Array, fps: float, n_threads: int = 1) -> Expected:
    """What a network expects of a clip, see `PoseNet.expect`; at another tempo as far as it is surer there.

    Contact with the floor is always that at the clip's own tempo, for a foot that moves slowly seems to stand.
    """
    usual = net.expect(rays, score, fps, n_threads)
    times, counts = _other_tempo(typical_speed(rays, score, fps))
    if counts == 0 or fps < _LEAST_FPS or net_rate(times * fps) == net_rate(fps):
        return usual
    other = net.expect(rays, score, times * fps, n_threads)
    surer = np.log(usual.uncertainty).mean(axis=1) - np.log(other.uncertainty).mean(axis=1)
    surer = gaussian_smooth(surer, _SMOOTHING * fps)
    share = (counts / (1 + np.exp(-_UNCERTAINTY_POWER * surer)))[:, None]
    up = usual.up + share * (other.up - usual.up)
    return replace(
        usual,
        poses3d=usual.poses3d + share[..., None] * (other.poses3d - usual.poses3d),
        uncertainty=usual.uncertainty * (other.uncertainty / usual.uncertainty) ** share,
        up=up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9),
    )


def _other_tempo(speed: float) -> tuple[float, float]:
    """What to multiply the frame rate by for a clip of that typical speed, and how much that counts, 0 to 1."""
    for times, begins, fully in _TEMPOS:
        if (speed > begins) == (fully > begins):
            return times, float(np.clip(np.log(max(speed, 1e-9) / begins) / np.log(fully / begins), 0, 1))
    return 1.0, 0.0


def typical_speed(rays: Array, score: Array, fps: float) -> float:
    """The median speed of hands and feet in the picture, in spreads of the body a second; dances mostly have 0.6 to 2.

    The spread is the root mean square distance of the joints of trunk and limbs from their middle.

    Args:
        rays: (T, J, 2) coordinates x / z, y / z of the rays of the joints of NET_SKELETON, camera frame.
        score: (T, J), 0 is not seen.
        fps: frames per second.

    Returns:
        The speed; 1, which is ordinary, where the keypoints do not tell.
    """
    seen = score > 0
    weight = seen[:, _BODY, None]
    count = np.maximum(weight.sum(axis=1), 1)
    middle = (rays[:, _BODY] * weight).sum(axis=1) / count
    square = (((rays[:, _BODY] - middle[:, None]) * weight) ** 2).sum(axis=(1, 2)) / count[:, 0]
    whole = weight.sum(axis=(1, 2)) >= _LEAST_JOINTS_SEEN
    step = max(1, round(_STEP * fps))
    both = seen[step:, _ENDS] & seen[:-step, _ENDS]
    if not whole.any() or not both.any():
        return 1.0
    moved = np.linalg.norm(rays[step:, _ENDS] - rays[:-step, _ENDS], axis=2)[both]
    spread = float(np.sqrt(np.median(square[whole])))
    return float(np.median(moved)) * fps / step / spread if spread > 0 else 1.0

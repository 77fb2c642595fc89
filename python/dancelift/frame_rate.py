"""Clips of any frame rate at about the one that the movement networks are trained around."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancelift.arraytypes import Floats

NET_FPS = 27.0
"""Frames per second that the networks are trained around."""


def net_rate(fps: float) -> tuple[int, int]:
    """Return (stride, repeat): a clip of a higher rate is `stride` interleaved ones of about NET_FPS, one of a lower
    rate has `repeat` frames of a network for each of its own; one of the two is 1."""
    return max(1, round(fps / NET_FPS)), max(1, round(NET_FPS / fps))


def at_net_rate(values: Floats, fps: float) -> list[Floats]:
    """Return the phases of a clip: interleaved clips of about NET_FPS that make it up, interpolated if its rate is low.

    Args:
        values: (T, ...) of the clip, T > 0.
        fps: frames per second.
    """
    stride, repeat = net_rate(fps)
    if repeat > 1:
        values = np.concatenate([values[:1], between(values[:-1], values[1:], repeat)])
    return [values[i::stride] for i in range(min(stride, len(values)))]


def from_net_rate(phases: Sequence[Floats], n_frames: int, fps: float) -> Floats:
    """Undo `at_net_rate`: return (n_frames, ...) from phases at least as long as it returned."""
    stride, repeat = net_rate(fps)
    if stride == 1:
        return phases[0][::repeat][:n_frames]
    whole = np.empty((n_frames, *phases[0].shape[1:]), phases[0].dtype)
    for i, phase in enumerate(phases):
        whole[i::stride] = phase[: len(whole[i::stride])]
    return whole


def between(before: Floats, after: Floats, repeat: int) -> Floats:
    """Return (N repeat, ...): `repeat` steps, for each of N frames (N, ...), from what was before to what is after."""
    share = (np.arange(1, repeat + 1, dtype=np.float32) / repeat).reshape(-1, *[1] * (before.ndim - 1))
    steps = before[:, None] + share * (after - before)[:, None]
    return steps.reshape(-1, *before.shape[1:])

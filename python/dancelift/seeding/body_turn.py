"""The body's turn over a clip: Viterbi's dynamic program (1967) over the yaw."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.seeding.shape_model import NEIGHBOUR_TEMPERING

_TURN_RATE = np.radians(160)  # standard deviation of a dancer's turning, rad/s


def likeliest_turns(log_likelihood: Array, fps: float) -> tuple[Indices, Array]:
    """The likeliest turn of the body under each of several hypotheses.

    Args:
        log_likelihood: (B, T, Y) of yaws all the way round.
        fps: frames per second.

    Returns:
        (B, T) yaw by index, and (B, T) cost of the turning at each frame.
    """
    n_hypotheses, n_frames, n = log_likelihood.shape
    apart = np.abs((np.arange(n)[:, None] - np.arange(n) + n // 2) % n - n // 2) * 2 * np.pi / n
    cost = 0.5 * (apart * fps / _TURN_RATE) ** 2 * (1 / NEIGHBOUR_TEMPERING)
    best = np.swapaxes(log_likelihood, 0, 1).copy()  # in place, that of the best turn that leads to each yaw
    total = np.empty((n, n_hypotheses, n))
    greatest = np.empty((n_hypotheses, n))
    for t in range(1, n_frames):
        np.subtract(best[t - 1].T[:, :, None], cost[:, None], out=total)
        np.maximum.reduce(total, axis=0, out=greatest)
        best[t] += greatest
    yaw = np.empty((n_frames, n_hypotheses), np.intp)
    yaw[-1] = best[-1].argmax(axis=1)
    for t in range(n_frames - 1, 0, -1):
        yaw[t - 1] = (best[t - 1] - cost[yaw[t]]).argmax(axis=1)
    of_turning = np.zeros((n_frames, n_hypotheses))
    of_turning[1:] = cost[yaw[1:], yaw[:-1]]
    return np.ascontiguousarray(yaw.T), np.ascontiguousarray(of_turning.T)

"""One floor under several dancers, and what follows from it: the direction of gravity and how large each dancer is.

One camera does not tell the size of a dancer; but whoever stands on the floor of height y, along the unit vector u
against gravity, has the joints F of the standing foot at

    e^s (F . u) = y + rest + a,

where the scale e^s about the camera is the same in all of a dancer's frames, rest is the height of the joint above the
sole of a flat foot, and a what shoes and a detector's habits add to it. Wrists of hands that hold each other are as far
away: of wrists of depth z and bodies of depth b,

    e^s1 (z1 - r b1) = e^s2 (z2 - r b2).

The share r, the same in all frames, is that by which one dancer is too far behind the other: a focal length that is off
enlarges the distance between bodies, and arms that are lifted as if they reached less far do not bridge it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.lifting.held_hands import HeldHands

# standard deviations
_SIZES, _KNOWN_SIZES = 0.04, 0.015  # of s: of people, and of those whose height is given
_SHOES = 0.015  # m, of a
_TILT = np.radians(3.0)  # rad, of u as the dancers alone suggest it
_SHARE = 0.2  # of r
_HEIGHT, _APART = 0.03, 0.15  # m, of a foot above the floor, and of wrists along the line of sight; Cauchy's scale

_CORRELATION = 0.5  # s, after which errors are independent
_ROUNDS, _CONVERGED = 50, 1e-9
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Standing:
    """One dancer's feet: N joints of the feet in all frames.

    Attributes:
        feet: (N, 3), m, camera frame.
        rest: (N,) height of the joint above the floor when its foot is flat on it, m.
        on_floor: (N,) probability that it is on the floor.
        fps: frames per second.
    """

    feet: Array
    rest: Array
    on_floor: Array
    fps: float


@dataclass(frozen=True, eq=False)
class CommonFloor:
    """One floor for P dancers.

    Attributes:
        up: (3,) unit vector against gravity, camera frame.
        height: of the floor above the camera, along `up`, m; negative below it.
        log_sizes: (P,) logarithm of what each dancer is to be scaled by about the camera; their mean is 0.
    """

    up: Array
    height: float
    log_sizes: Array


def find_common_floor(
    dancers: Sequence[Standing], hands: Sequence[HeldHands], up: Array, heights_known: bool
) -> CommonFloor:
    """Find the floor on which all dancers stand, by Gauss and Newton's method.

    Args:
        dancers: as they were lifted alone.
        hands: that may be held.
        up: (3,) unit vector against gravity that the dancers alone suggest, camera frame.
        heights_known: whether the dancers were lifted with heights that are known.
    """
    n = len(dancers)
    side = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    tilts = np.stack([side, np.cross(side, up)]) / np.linalg.norm(side)  # the directions in which up may be off
    # the unknowns: every dancer's s, every dancer's a, two tilts, r, and the floor's height
    size, tilt, share, floor = slice(n), slice(2 * n, 2 * n + 2), 2 * n + 2, 2 * n + 3
    x = np.zeros(2 * n + 4)
    heights = np.concatenate([dancer.feet @ up - dancer.rest for dancer in dancers])
    weights = np.concatenate([dancer.on_floor for dancer in dancers])
    x[floor] = (heights * weights).sum() / max(float(weights.sum()), _TINY)
    sizes = _KNOWN_SIZES if heights_known else _SIZES
    information = 1 / np.array([sizes] * n + [_SHOES] * n + [_TILT] * 2 + [_SHARE, np.inf]) ** 2
    for _ in range(_ROUNDS):
        matrix, gradient = np.diag(information + _TINY), information * x
        upward = up + x[tilt] @ tilts
        for i, dancer in enumerate(dancers):
            feet = np.exp(x[i]) * dancer.feet
            jacobian = np.zeros((len(feet), len(x)))
            jacobian[:, i], jacobian[:, tilt] = feet @ upward, feet @ tilts.T
            jacobian[:, n + i] = jacobian[:, floor] = -1
            residual = jacobian[:, i] - dancer.rest - x[n + i] - x[floor]
            weight = dancer.on_floor / (_CORRELATION * dancer.fps)
            _add(matrix, gradient, jacobian, residual, weight, _HEIGHT)
        for held in hands:
            scales = np.exp(x[list(held.dancers)]) * np.array([1, -1])
            jacobian = np.zeros((len(held.frames), len(x)))
            jacobian[:, held.dancers] = scales * (held.wrist_depths - x[share] * held.body_depths)
            jacobian[:, share] = -held.body_depths @ scales
            residual = jacobian[:, held.dancers].sum(axis=1)
            weight = np.full(len(residual), 1 / (_CORRELATION * dancers[held.dancers[0]].fps))
            _add(matrix, gradient, jacobian, residual, weight, _APART)
        step = np.linalg.solve(matrix, gradient)
        x -= step
        if np.abs(step).max() < _CONVERGED:
            break
    upward = up + x[tilt] @ tilts
    length = float(np.linalg.norm(upward))
    mean = float(x[size].mean())
    return CommonFloor(upward / length, float(x[floor]) / length * float(np.exp(-mean)), x[size] - mean)


def _add(matrix: Array, gradient: Array, jacobian: Array, residual: Array, weight: Array, scale: float) -> None:
    """Add residuals under Cauchy's loss to the normal equations, in place."""
    weighted = jacobian * (weight / scale**2 / (1 + (residual / scale) ** 2))[:, None]
    matrix += weighted.T @ jacobian
    gradient += weighted.T @ residual

"""Views of a body of Gaussian shape, see `_core.ShapeModel`, and poses drawn from what they leave open."""

from __future__ import annotations

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Indices

_ROTATIONS = _core.view_rotations()
YAWS = np.arange(_ROTATIONS.shape[1]) * 2 * np.pi / _ROTATIONS.shape[1]
"""Tabulated turns of the body about the vertical, rad; at 0 it faces the camera."""

_BY_STATE = _ROTATIONS.reshape(-1, 3, 3)


def view_rotation(state: int) -> Array:
    """(3, 3): body frame to view frame in that state of the view."""
    turn: Array = _BY_STATE[state]
    return turn


def in_view(body: Array, state: Indices) -> Array:
    """(T, 3 J) body frame to (T, J, 3) in views of state (T,)."""
    turned: Array = body.reshape(len(body), -1, 3) @ np.swapaxes(_BY_STATE[state], 1, 2)
    return turned


def n_draws(shape: _core.ShapeModel) -> int:
    """Standard normal numbers that `drawn_body` needs for a frame."""
    return shape.mean.size + 2 + 2 * len(shape.seen)


def drawn_body(shape: _core.ShapeModel, state: Indices, draw: Array) -> Array:
    """What poses drawn from the posterior have more than the expected ones.

    A pose is drawn from the prior and with it keypoints; what those keypoints explain of it is taken away
    (Matheron's rule, Journel & Huijbregts 1978, Mining Geostatistics, sec. VII.A).

    Args:
        shape: of the body.
        state: (T,) of the view.
        draw: (T, n_draws) standard normal numbers.

    Returns:
        (T, 3 J) m, body frame.
    """
    values, vectors = np.linalg.eigh(shape.covariance)
    n_body = shape.mean.size
    # the symmetric root, for the signs of eigenvectors are arbitrary
    body: Array = draw[:, :n_body] @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    sideways, noise = np.split(draw[:, n_body:], [2], axis=1)
    y = in_view(body, state)[:, shape.seen, :2]
    y += _core.SIDEWAYS_NOISE * sideways[:, None] + _core.KEYPOINT_NOISE * np.swapaxes(
        noise.reshape(len(draw), 2, -1), 1, 2
    )
    return body - shape.explained(state, y)

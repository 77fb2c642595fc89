"""Rotations and directions in space, which know nothing of bodies or cameras."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array

_TINY = 1e-9  # a length that is none


def rotation(axis: int, angle: Array | float) -> Array:
    """Return rotations (..., 3, 3) by `angle` (..., rad) about coordinate axis 0, 1 or 2, right-handed."""
    angle = np.asarray(angle, float)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((*angle.shape, 3, 3))
    matrix[..., axis, axis] = 1
    matrix[..., i, i] = matrix[..., j, j] = np.cos(angle)
    matrix[..., j, i] = np.sin(angle)
    matrix[..., i, j] = -np.sin(angle)
    return matrix


def rotate(vectors: Array, axis: Array, angle: Array | float) -> Array:
    """Turn vectors (..., 3) about unit axes (..., 3) by `angle` (..., 1), rad, by Rodrigues' formula."""
    along = axis * (vectors * axis).sum(axis=-1, keepdims=True)
    turned: Array = along + (vectors - along) * np.cos(angle) + np.cross(axis, vectors) * np.sin(angle)
    return turned


def rotation_from_vector(vectors: Array) -> Array:
    """Return rotations (..., 3, 3) about vectors (..., 3) by their length in rad."""
    vectors = np.asarray(vectors, float)[..., None, :]
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    columns = rotate(np.eye(3), vectors / np.maximum(angle, _TINY), angle)
    return np.swapaxes(columns, -1, -2)


def turn_up(up: Array) -> Array:
    """Return the rotation (3, 3) after which `up` (3,) is +y and what was x has kept its direction as far as it can."""
    y = up / np.linalg.norm(up)
    across = np.eye(3)[0 if abs(y[0]) < 0.9 else 2]
    x = across - (across @ y) * y
    x /= np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)])

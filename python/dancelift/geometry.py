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


def unit(vectors: Array) -> Array:
    """Return vectors (..., 3) brought to length 1; one without a length stays as it is."""
    scaled: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)
    return scaled


def across(vectors: Array, axes: Array) -> Array:
    """Return what of vectors (..., 3) is at right angles to unit axes (..., 3)."""
    rest: Array = vectors - axes * (vectors * axes).sum(axis=-1, keepdims=True)
    return rest


def swing(a: Array, b: Array) -> Array:
    """Return the least rotations (..., 3, 3) that turn unit vectors `a` (..., 3) into `b` (..., 3).

    Where they are opposite, it is one of the many by half a turn.
    """
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    middle = a + b
    opposite = np.linalg.norm(middle, axis=-1) < 1e-6
    if opposite.any():
        some = np.eye(3)[np.abs(a).argmin(axis=-1)]
        middle = np.where(opposite[..., None], across(some, a), middle)
    half = unit(middle)

    def half_turn(axis: Array) -> Array:
        turn: Array = 2 * axis[..., :, None] * axis[..., None, :] - np.eye(3)
        return turn

    return half_turn(half) @ half_turn(a)


def nearest_rotation(matrices: Array) -> Array:
    """Return the rotations nearest to matrices (..., 3, 3) (Kabsch 1976; Wahba's problem)."""
    u, _, v = np.linalg.svd(matrices)
    sign = np.ones(matrices.shape[:-1])
    sign[..., 2] = np.linalg.det(u @ v)
    rotations: Array = (u * sign[..., None, :]) @ v
    return rotations


def quaternions(rotations: Array) -> Array:
    """Return unit quaternions (T, ..., 4), x, y, z, w, of rotations (T, ..., 3, 3); their signs do not jump over T."""
    m = np.asarray(rotations, float)
    diagonal = np.diagonal(m, axis1=-2, axis2=-1)
    x, y, z = np.moveaxis(diagonal, -1, 0)
    # four times the squares of x, y, z, w; from the largest of them the others follow (Shepperd 1978)
    squares = np.stack([1 + x - y - z, 1 - x + y - z, 1 - x - y + z, 1 + x + y + z], axis=-1)
    sums = np.stack([m[..., 2, 1] + m[..., 1, 2], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 0] + m[..., 0, 1]], axis=-1)
    differences = np.stack([m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]], -1)
    products = np.empty((*m.shape[:-2], 4, 4))  # 4 q qT
    products[..., range(4), range(4)] = squares
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        products[..., i, j] = products[..., j, i] = sums[..., k]
        products[..., i, 3] = products[..., 3, i] = differences[..., i]
    largest = squares.argmax(axis=-1)[..., None, None]
    found = np.take_along_axis(products, largest, axis=-2)[..., 0, :]
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    signs = np.sign((found[1:] * found[:-1]).sum(axis=-1, keepdims=True))
    found[1:] *= np.cumprod(np.where(signs == 0, 1, signs), axis=0)
    return found


def rotation_from_quaternion(quaternion: Array) -> Array:
    """Return rotations (..., 3, 3) of unit quaternions (..., 4), x, y, z, w."""
    x, y, z, w = np.moveaxis(np.asarray(quaternion, float), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix: Array = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    return matrix


def euler_angles(rotations: Array, axes: tuple[int, int, int]) -> Array:
    """Return angles (T, 3), rad, of rotations (T, 3, 3) about three different coordinate axes, R = R_1 R_2 R_3.

    Of the angles that mean the same, those are taken that are nearest to the frame before, so that they do not jump.
    """
    i, j, k = axes
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = rotations
    second = np.arcsin(np.clip(sign * m[:, i, k], -1, 1))
    first = np.arctan2(-sign * m[:, j, k], m[:, k, k])
    third = np.arctan2(-sign * m[:, i, j], m[:, i, i])
    candidates = np.stack(
        [np.stack([first, second, third], axis=1), np.stack([first + np.pi, np.pi - second, third + np.pi], axis=1)], 1
    )
    angles = np.empty((len(m), 3))
    before = np.zeros(3)
    for t, both in enumerate(candidates):
        both = both + 2 * np.pi * np.round((before - both) / (2 * np.pi))
        before = both[np.abs(both - before).sum(axis=1).argmin()]
        angles[t] = before
    return angles


def gimbal_distance(rotations: Array, axes: tuple[int, int, int]) -> float:
    """How far rotations (T, 3, 3) stay from those at which two of the axes coincide, the least angle, rad."""
    i, _, k = axes
    return float(np.arccos(np.abs(rotations[:, i, k]).max(initial=0.0).clip(0, 1)))

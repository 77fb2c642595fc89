"""Rotations: each way to write one down is the same rotation again."""

from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift.geometry import (
    euler_angles,
    nearest_rotation,
    quaternions,
    rotation,
    rotation_from_quaternion,
    rotation_from_vector,
    swing,
    unit,
)

RNG = np.random.default_rng(0)
TURNS = rotation_from_vector(RNG.normal(size=(200, 3)) * 2)


def smooth_turns(n: int = 300) -> np.ndarray:
    """Rotations that go on from each other, several times round."""
    t = np.linspace(0, 6 * np.pi, n)
    return rotation(0, t) @ rotation(1, 1.5 * np.sin(1.3 * t)) @ rotation(2, 0.7 * t)


@pytest.mark.parametrize("axes", list(permutations(range(3))))
def test_euler_angles_are_the_rotation_in_their_order(axes):
    angles = euler_angles(TURNS, axes)
    i, j, k = (rotation(axis, angles[:, place]) for place, axis in enumerate(axes))
    assert_allclose(i @ j @ k, TURNS, atol=1e-9)


@pytest.mark.parametrize("axes", list(permutations(range(3))))
def test_euler_angles_do_not_jump(axes):
    angles = euler_angles(rotation(axes[0], np.linspace(0, 20, 400)) @ rotation(axes[1], 0.3), axes)
    assert np.abs(np.diff(angles, axis=0)).max() < 0.1
    assert_allclose(np.ptp(angles[:, 0]), 20)


def test_quaternions_are_the_rotation_and_do_not_jump():
    turns = smooth_turns()
    found = quaternions(turns)
    assert_allclose(rotation_from_quaternion(found), turns, atol=1e-12)
    assert np.abs(np.diff(found, axis=0)).max() < 0.3
    assert_allclose(rotation_from_quaternion(quaternions(TURNS)), TURNS, atol=1e-12)


def test_quaternions_of_half_turns():
    turns = np.stack([rotation(axis, np.pi) for axis in range(3)])
    assert_allclose(rotation_from_quaternion(quaternions(turns)), turns, atol=1e-12)


def test_swing_is_the_least_rotation_between_two_directions():
    a, b = unit(RNG.normal(size=(2, 50, 3)))
    found = swing(a, b)
    assert_allclose((found @ a[..., None])[..., 0], b, atol=1e-12)
    angle = np.arccos(np.clip((np.trace(found, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert_allclose(angle, np.arccos((a * b).sum(axis=1)), atol=1e-6)
    opposite = swing(a, -a)
    assert_allclose((opposite @ a[..., None])[..., 0], -a, atol=1e-12)
    assert_allclose(np.linalg.det(opposite), 1)


def test_nearest_rotation_undoes_noise_and_is_no_mirror_image():
    assert_allclose(nearest_rotation(1.7 * TURNS), TURNS, atol=1e-9)
    mirrored = TURNS @ np.diag([1.0, 1.0, -1.0])
    assert_allclose(np.linalg.det(nearest_rotation(mirrored)), 1)

"""One floor under several dancers says which way is up and how large each is; held hands say it too."""

import numpy as np
import pytest

from dancelift.lifting.common_floor import Standing, find_common_floor
from dancelift.lifting.held_hands import Wrists, find_held_hands

FPS, REST = 25.0, 0.07
HEIGHT = -1.1  # m, of the floor
UP = np.array([0.03, -0.99, -0.12]) / np.linalg.norm([0.03, -0.99, -0.12])


def standing(size: float, rng: np.random.Generator, n: int = 400, on_floor: float = 1.0) -> Standing:
    """Somebody on the floor, lifted too small by a factor `size`, with feet that are 1 cm off."""
    points = np.column_stack([rng.uniform(-1, 1, n), np.zeros(n), rng.uniform(3, 6, n)])
    points -= ((points @ UP) - HEIGHT - REST)[:, None] * UP
    points += rng.normal(0, 0.01, points.shape)
    return Standing(points / size, np.full(n, REST), np.full(n, on_floor), FPS)


def test_dancers_are_as_large_as_the_floor_says():
    rng = np.random.default_rng(0)
    sizes = np.array([1.1, 1.0, 0.95])
    tilted = UP + [0.02, 0.0, 0.02]
    found = find_common_floor([standing(size, rng) for size in sizes], [], tilted / np.linalg.norm(tilted), False)
    expected = np.log(sizes) - np.log(sizes).mean()
    np.testing.assert_allclose(found.log_sizes, expected, atol=0.012)
    assert np.degrees(np.arccos(found.up @ UP)) < 0.4
    assert found.height == pytest.approx(HEIGHT / np.exp(np.log(sizes).mean()), abs=0.02)
    assert np.linalg.norm(found.up) == pytest.approx(1)


def test_heights_that_are_known_are_kept():
    rng = np.random.default_rng(0)
    dancers = [standing(size, rng) for size in (1.06, 0.94)]
    unknown, known = (find_common_floor(dancers, [], UP, heights_known).log_sizes for heights_known in (False, True))
    assert abs(known[0]) < abs(unknown[0])


def test_feet_that_jump_now_and_then_do_not_lift_the_floor():
    rng = np.random.default_rng(1)
    dancers = [standing(1.0, rng), standing(1.0, rng)]
    dancers[0].feet[:60] += 0.5 * UP
    np.testing.assert_allclose(find_common_floor(dancers, [], UP, False).log_sizes, 0, atol=0.01)


def wrists(depth: np.ndarray, x: np.ndarray, first_frame: int = 0) -> Wrists:
    poses = np.zeros((len(depth), 2, 3))
    poses[..., 2] = depth[:, None]
    poses[..., 0] = x[:, None]
    poses[:, 1, 0] += 1.5
    frames = np.arange(first_frame, first_frame + len(depth))
    return Wrists((0, 1), poses, np.ones((len(depth), 2), bool), depth + 0.3, frames, FPS)


def test_hands_that_are_near_for_long_are_held():
    n = 100
    x = np.where((np.arange(n) >= 20) & (np.arange(n) < 60), 0.1, 3.0)
    first, second = wrists(np.full(n, 4.0), np.zeros(n)), wrists(np.full(n - 10, 4.2), x[10:], first_frame=10)
    held, others = find_held_hands([first, second])
    assert others.wrists == (1, 1)
    assert held.dancers == (0, 1) and held.wrists == (0, 0)
    np.testing.assert_array_equal(held.frames[:, 0], np.arange(20, 60))
    np.testing.assert_array_equal(held.frames[:, 1], np.arange(10, 50))
    np.testing.assert_allclose(held.wrist_depths, np.tile([4.0, 4.2], (40, 1)))
    np.testing.assert_allclose(held.body_depths, np.tile([4.3, 4.5], (40, 1)))


def test_hands_that_pass_each_other_are_not_held():
    x = np.linspace(-3, 3, 100)  # near for a quarter of a second
    assert not find_held_hands([wrists(np.full(100, 4.0), np.zeros(100)), wrists(np.full(100, 4.0), x)])


def test_dancers_who_share_no_frame_hold_no_hands():
    assert not find_held_hands([wrists(np.full(50, 4.0), np.zeros(50)), wrists(np.full(50, 4.0), np.zeros(50), 50)])


def test_held_hands_bring_dancers_to_the_same_distance():
    """Nobody is seen on the floor; the dancers turn about each other, and hands meet in truth."""
    rng = np.random.default_rng(2)
    size, n = 1.06, 500
    turn = np.linspace(0, 4 * np.pi, n)
    meet = 4.5 + 0.05 * rng.normal(size=n)
    one, other = (wrists(meet / s, np.zeros(n)) for s in (size, 1.0))
    one.depth[:], other.depth[:] = (4.5 + 0.5 * np.sin(turn)) / size, 4.5 - 0.5 * np.sin(turn)
    nobody = [standing(1.0, rng, 10, on_floor=0.0) for _ in range(2)]
    hands = find_held_hands([one, other])
    found = find_common_floor(nobody, hands, UP, False).log_sizes
    assert found[0] - found[1] == pytest.approx(np.log(size), abs=0.01)

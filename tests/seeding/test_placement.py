"""Where a body of which only the pose is known lies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, InputError, _core
from dancelift.seeding.placement import place

COCO = SKELETONS["coco17"]
T, J = 60, len(COCO)


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poses (T, J, 3) relative to the mid-hip, where that is (T, 3), and the rays (T, J, 2), of one who walks away."""
    rng = np.random.default_rng(0)
    relative = np.broadcast_to(rng.normal(0, 0.3, (1, J, 3)), (T, J, 3)) + rng.normal(0, 0.02, (T, J, 3))
    share = np.linspace(0, 1, T)
    root = np.stack([-0.5 + share, 0.2 * share, 4 * np.exp(0.02 * share)], axis=1)
    poses = relative + root[:, None]
    return relative, root, poses[..., :2] / poses[..., 2:]


def test_exact_rays_place_the_body_where_it_is(scene):
    relative, root, rays = scene
    assert_allclose(place(relative, rays, np.ones((T, J)), COCO, 30.0), root, atol=6e-3)


def test_outliers_hardly_move_it(scene):
    relative, root, rays = scene
    off = rays.copy()
    off[:, 9] += 0.4
    found = place(relative, off, np.ones((T, J)), COCO, 30.0)
    assert np.abs(found - root).max() < 0.1
    weights = np.ones((T, J))
    weights[:, 9] = 0
    assert_allclose(_core.place(relative=relative, rays=off, weights=weights, fps=30.0), root, atol=6e-3)


def test_frames_that_show_little_lie_between_the_others(scene):
    relative, root, rays = scene
    score = np.ones((T, J))
    score[20:30, 3:] = 0
    rays = np.where(score[..., None] > 0, rays, 0)
    found = place(relative, rays, score, COCO, 30.0)
    assert_allclose(found, root, atol=0.01)
    share = np.linspace(0, 1, 12)[:, None]
    assert_allclose(found[19:31, :2], (1 - share) * found[19, :2] + share * found[30, :2], atol=1e-12)


def test_one_frame_and_nothing_seen_have_a_place(scene):
    relative, root, rays = scene
    assert_allclose(place(relative[:1], rays[:1], np.ones((1, J)), COCO, 30.0), root[:1], atol=1e-6)
    nothing = place(relative, np.zeros_like(rays), np.zeros((T, J)), COCO, 30.0)
    assert np.isfinite(nothing).all() and (nothing[:, 2] >= 0.8).all() and (nothing[:, 2] <= 100).all()


def test_bad_shapes_are_refused(scene):
    relative, _, rays = scene
    with pytest.raises(InputError, match=r"weights: shape \(60, 16\), expected \(T, J\) with T = 60, J = 17"):
        _core.place(relative=relative, rays=rays, weights=np.ones((T, J - 1)), fps=30.0)

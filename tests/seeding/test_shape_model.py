"""What a Gaussian body looks like, and its pose given how it looks, against the formulas written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, InputError, _core
from dancelift.geometry import rotation
from dancelift.priors.prior import anthropometric
from dancelift.seeding.shape_mixture import ShapeMixture
from dancelift.seeding.shape_model import YAWS, drawn_body, in_view, n_draws, view_rotation

COCO = SKELETONS["coco17"]
SEEN = np.array([0, 3, 5, 6, 7, 9, 10, 11, 12, 13, 16])
N, S = len(COCO), len(SEEN)
T = 40


@pytest.fixture(scope="module")
def shape() -> _core.ShapeModel:
    return _core.ShapeModel(*anthropometric().of_joints(COCO), SEEN)


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    return np.random.default_rng(0).integers(8 * len(YAWS), 12 * len(YAWS), T) // 5 * 5


@pytest.fixture(scope="module")
def keypoints() -> np.ndarray:
    """(T, S, 2), m."""
    return np.random.default_rng(1).normal(0, 0.4, (T, S, 2))


def image_of(state: int) -> np.ndarray:
    """(2 S, 3 J): takes a pose in the body frame to its keypoints."""
    matrix = np.zeros((S, 2, N, 3))
    matrix[np.arange(S), :, SEEN] = view_rotation(state)[:2]
    return matrix.reshape(2 * S, 3 * N)


def spread_of(shape: _core.ShapeModel, state: int) -> np.ndarray:
    """(2 S, 2 S): covariance of the keypoints."""
    noise = _core.KEYPOINT_NOISE**2 * np.eye(2 * S) + _core.SIDEWAYS_NOISE**2 * np.kron(np.ones((S, S)), np.eye(2))
    return image_of(state) @ shape.covariance @ image_of(state).T + noise


def posterior_of(shape: _core.ShapeModel, state: int) -> tuple[np.ndarray, np.ndarray]:
    """(3 J, 2 S) gain and (3 J, 3 J) covariance of the pose given the keypoints."""
    towards = shape.covariance @ image_of(state).T
    gain = towards @ np.linalg.inv(spread_of(shape, state))
    return gain, shape.covariance - gain @ towards.T


def test_expected_pose_is_that_of_a_gaussian(shape, states, keypoints):
    found = shape.expected_body(states, keypoints)
    for t in range(0, T, 7):
        away = keypoints[t].ravel() - image_of(states[t]) @ shape.mean.ravel()
        expected = shape.mean.ravel() + posterior_of(shape, states[t])[0] @ away
        assert_allclose(found[t], expected, atol=1e-9)


def test_uncertainty_is_that_of_a_gaussian(shape, states):
    covariances = [posterior_of(shape, state)[1] for state in states]
    assert_allclose(shape.posterior_sum(states), np.sum(covariances, axis=0), atol=1e-9)
    found = shape.depth_deviation(states)
    for t in range(0, T, 7):
        forward = np.kron(np.eye(N), view_rotation(states[t])[2])
        assert_allclose(found[t], np.sqrt(np.diag(forward @ covariances[t] @ forward.T)), atol=1e-9)


def test_likelihood_of_yaws_is_that_of_a_gaussian(shape):
    rays = np.random.default_rng(2).normal(0, 0.1, (3, S, 2))
    pitch, depth = np.array([9, 8, 9]), np.array([4.0, 5.0, 3.0])
    value, z = shape.log_likelihood(rays, pitch, depth)
    assert value.shape == z.shape == (3, len(YAWS))
    for t in range(3):
        expected = []
        for state in pitch[t] * len(YAWS) + np.arange(len(YAWS)):
            spread = spread_of(shape, state)
            away = depth[t] * rays[t].ravel() - image_of(state) @ shape.mean.ravel()
            explained = np.trace(np.linalg.inv(spread) @ image_of(state) @ shape.covariance @ image_of(state).T)
            distance = away @ np.linalg.inv(spread) @ away + np.linalg.slogdet(spread)[1]
            expected.append(explained * np.log(depth[t]) - 0.5 * distance)
        assert_allclose(value[t], expected, atol=0.01)
    assert (z == depth[:, None]).all()
    coarse, _ = shape.log_likelihood(rays, pitch, depth, every_yaw=3)
    assert_allclose(coarse, value[:, ::3], atol=0.01)


def test_likeliest_depth_is_where_the_likelihood_is_greatest(shape):
    rays = np.random.default_rng(2).normal(0, 0.1, (5, S, 2))
    pitch = np.full(5, 9)
    value, depth = shape.log_likelihood(rays, pitch, None)
    for away in (0.98, 1.02):
        assert (shape.log_likelihood(rays, pitch, away * depth[:, 7])[0][:, 7] < value[:, 7]).all()
    assert_allclose(shape.likeliest_depth(rays, pitch * len(YAWS) + 7), depth[:, 7], rtol=1e-5)


def test_keypoints_in_one_point_have_a_finite_depth(shape):
    rays, pitch = np.zeros((2, S, 2)), np.full(2, 9)
    value, depth = shape.log_likelihood(rays, pitch, None)
    for found in (value, depth, shape.likeliest_depth(rays, pitch * len(YAWS))):
        assert np.isfinite(found).all()
    assert (depth > 1000).all()


def test_drawn_poses_vary_as_the_posterior(shape):
    n, state = 20000, 9 * len(YAWS) + 5
    drawn = drawn_body(shape, np.full(n, state), np.random.default_rng(3).normal(size=(n, n_draws(shape))))
    assert_allclose(drawn.mean(axis=0), 0, atol=0.01)
    assert_allclose(drawn.T @ drawn / n, posterior_of(shape, state)[1], atol=5e-4)


def test_one_component_is_one_gaussian(shape, states, keypoints):
    mixture = ShapeMixture(np.ones(1), shape.mean.reshape(1, -1), shape.covariance[None], SEEN)
    body, deviation = mixture.expected_body(states.reshape(2, -1), keypoints.reshape(2, -1, S, 2), 30.0)
    assert body.shape == (2, T // 2, 3 * N)
    assert_allclose(body.reshape(T, -1), shape.expected_body(states, keypoints), atol=1e-9)
    assert_allclose(deviation.reshape(T, -1), shape.depth_deviation(states), atol=1e-6)


def test_components_are_found_clip_by_clip(shape, states, keypoints):
    rng = np.random.default_rng(4)
    means = shape.mean.ravel() + rng.normal(0, 0.1, (3, 3 * N))
    mixture = ShapeMixture(np.full(3, 1 / 3), means, np.stack([shape.covariance] * 3), SEEN)
    together = mixture.expected_body(states.reshape(2, -1), keypoints.reshape(2, -1, S, 2), 30.0)
    for i, k in enumerate(np.split(np.arange(T), 2)):
        alone = mixture.expected_body(states[None, k], keypoints[None, k], 30.0)
        for one, several in zip(alone, together, strict=True):
            assert_allclose(one[0], several[i], atol=1e-12)
    body, deviation = together
    poses, variance, log_likelihood = mixture.explain(states[: T // 2], keypoints[: T // 2])
    component = mixture.component_over_time(log_likelihood, 30.0)
    assert_allclose(body[0], np.einsum("tk,ktj->tj", component, poses), atol=1e-9)
    depth = np.stack([in_view(one, states[: T // 2])[..., 2] for one in poses])
    spread = variance + (depth - np.einsum("tk,ktj->tj", component, depth)) ** 2
    assert_allclose(deviation[0] ** 2, np.einsum("tk,ktj->tj", component, spread), atol=1e-9)


def test_views_are_turns_of_the_upright_body():
    rotations = _core.view_rotations()
    assert rotations.shape == (25, len(YAWS), 3, 3)
    pitch, yaw = np.radians(np.arange(-40, 81, 5.0)), YAWS
    expected = rotation(0, pitch)[:, None] @ np.diag([1.0, -1.0, -1.0]) @ rotation(1, yaw)
    assert_allclose(rotations, expected, atol=1e-15)


def test_what_does_not_fit_is_refused(shape):
    with pytest.raises(InputError, match=r"state: 1200, expected 0 to 1199"):
        shape.posterior_sum(np.array([3, 1200]))
    with pytest.raises(InputError, match=r"y: shape \(5, 3, 2\), expected \(T, S, 2\) with"):
        shape.expected_body(np.zeros(5, int), np.zeros((5, 3, 2)))
    with pytest.raises(InputError, match=r"state: shape \(4,\), expected \(T,\) with T = 5"):
        shape.likeliest_depth(np.zeros((5, S, 2)), np.zeros(4, int))
    with pytest.raises(InputError, match="every_yaw: 5, expected a divisor of 48"):
        shape.log_likelihood(np.zeros((1, S, 2)), np.zeros(1, int), every_yaw=5)
    with pytest.raises(InputError, match="seen: 17, expected 0 to 16"):
        _core.ShapeModel(shape.mean, shape.covariance, np.array([3, 17]))

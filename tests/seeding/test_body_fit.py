"""A Gaussian body fitted to a clip: its turn, where up is, and the dancer's build."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import SKELETONS, _core
from dancelift.filters import gaussian_smooth, running_median
from dancelift.geometry import rotate
from dancelift.metrics import floor_tilt, n_mpjpe
from dancelift.priors.prior import anthropometric
from dancelift.seeding.body_fit import Assumption, BodyFit, CleanClip, find_turns, fit_bodies, fit_body
from dancelift.seeding.dancer import adapt_to_dancer, find_gravity
from dancelift.seeding.seeds import seen_joints
from dancelift.seeding.shape_model import YAWS, in_view, n_draws
from dancelift.synthetic.dance import SyntheticClip
from fixtures.lifts import clip_of, dance, hips

COCO = SKELETONS["coco17"]


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return dance(90, random_seed=6)


@pytest.fixture(scope="module")
def views(clip) -> _core.ShapeModel:
    return _core.ShapeModel(*anthropometric().of_joints(COCO), seen_joints(clip_of(clip).seen))


@pytest.fixture(scope="module")
def clean(clip, views) -> CleanClip:
    return CleanClip.of(clip_of(clip, camera=clip.camera), views.seen)


def total(log_likelihood: np.ndarray, yaw: np.ndarray, fps: float) -> float:
    """Of a turn (T,) by index: its log likelihood less its cost, which is quadratic in the rate of turning."""
    n = log_likelihood.shape[1]
    step = np.abs((np.diff(yaw) + n // 2) % n - n // 2) * 2 * np.pi / n
    rate = step * fps / np.radians(160)
    return float(log_likelihood[np.arange(len(yaw)), yaw].sum() - 0.5 * (rate**2).sum() / 0.3)


def test_likeliest_turn_is_the_best_of_all_turns():
    rng = np.random.default_rng(0)
    n_frames, n_yaws = 4, 6
    log_likelihood = rng.normal(0, 6, (3, n_frames, n_yaws))
    for values in log_likelihood:
        found, spent = _core.likeliest_turn(values, 10.0)
        assert found.shape == spent.shape == (n_frames,)
        every = itertools.product(range(n_yaws), repeat=n_frames)
        best = max(every, key=lambda turn: total(values, np.array(turn), 10.0))
        assert_array_equal(found, best)
        assert values[np.arange(n_frames), found].sum() - spent.sum() == pytest.approx(total(values, found, 10.0))


def test_turn_of_one_frame_is_its_likeliest_yaw():
    log_likelihood = np.random.default_rng(1).normal(size=(1, 48))
    yaw, cost = _core.likeliest_turn(log_likelihood, 30.0)
    assert_array_equal(yaw, log_likelihood.argmax(axis=1))
    assert_array_equal(cost, [0])


def test_pose_is_found_where_it_is(clip, views, clean):
    fit = fit_body(views, clean, clip.up)
    assert n_mpjpe(fit.poses3d, clip.poses3d, hips(COCO)) < 130
    away = clip.camera.project(fit.poses3d) - clip.camera.project(clip.poses3d)
    assert np.median(np.linalg.norm(away, axis=-1)) < 0.02 * np.ptp(clip.keypoints2d_clean[..., 1])
    assert (fit.uncertainty > 0).all() and (fit.depth > 0).all()
    assert (fit.greatest_log_likelihood >= -fit.cost).all()


def same(a: BodyFit, b: BodyFit) -> None:
    assert_array_equal(a.state, b.state)
    for name in ("poses3d", "uncertainty", "depth", "cost"):
        assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-5, atol=1e-3)


def test_fits_are_those_of_each_assumption_by_itself(clip, views, clean):
    rng = np.random.default_rng(0)
    avoid = fit_body(views, clean, clip.up).yaw
    assumptions = [
        Assumption(clip.up, "as it is"),
        Assumption(clip.up, "larger", scale=1.1),
        Assumption(clip.up, "another turn", avoid=avoid),
        Assumption(clip.up, "drawn", draw=rng.normal(size=(90, n_draws(views)))),
    ]
    fits = list(fit_bodies(views, clean, assumptions))
    for fit, assumption in zip(fits, assumptions, strict=True):
        assert fit.label == assumption.label
        same(fit, next(fit_bodies(views, clean, [assumption])))
    as_it_is, larger, other, drawn = fits
    assert_allclose(larger.depth, 1.1 * as_it_is.depth, rtol=0.02)
    apart = np.abs((other.yaw - avoid + len(YAWS) // 2) % len(YAWS) - len(YAWS) // 2)
    assert (apart * 360 / len(YAWS) >= 60).all()
    assert drawn.cost.sum() > as_it_is.cost.sum()
    assert not np.allclose(drawn.poses3d, as_it_is.poses3d, atol=0.05)


def test_fits_of_a_long_clip_are_found_one_after_the_other(clip, views, clean, monkeypatch):
    assumptions = [Assumption(clip.up, scale=scale) for scale in (0.9, 1.0, 1.1)]
    together = list(fit_bodies(views, clean, assumptions))
    monkeypatch.setattr("dancelift.seeding.body_fit._TOGETHER", 1)
    for one, other in zip(fit_bodies(views, clean, assumptions), together, strict=True):
        same(one, other)


@pytest.mark.parametrize("random_seed", [6, 7])
def test_up_is_found(random_seed, views):
    clip = dance(90, random_seed=random_seed)
    clean = CleanClip.of(clip_of(clip, camera=clip.camera), views.seen)
    assert floor_tilt(find_gravity(views, clean), clip.up) < 12


def test_learnt_build_explains_the_clip_better_and_is_symmetric(clip, views, clean):
    learnt = adapt_to_dancer(views, views, clean, clip.up, COCO, rounds=2)
    before, after = (fit_body(one, clean, clip.up) for one in (views, learnt))
    assert after.score > before.score + 10
    mirrored = learnt.mean[list(COCO.mirrored)] * [-1, 1, 1]
    assert_allclose(mirrored, learnt.mean, atol=1e-9)
    assert np.linalg.eigvalsh(learnt.covariance).min() > -1e-9
    # one camera cannot tell a tall dancer from a near one
    assert (learnt.mean * views.mean).sum() == pytest.approx((learnt.mean**2).sum(), rel=0.05)
    further = adapt_to_dancer(learnt, views, clean, clip.up, COCO, rounds=2)
    assert np.abs(further.mean - learnt.mean).max() < 0.5 * np.abs(learnt.mean - views.mean).max()


def test_depth_over_time_is_that_of_the_filters():
    depth = np.exp(np.random.default_rng(2).normal(1.5, 0.3, 77))
    for fps in (1.5, 10.0, 30.0, 59.94):
        expected = np.exp(gaussian_smooth(running_median(np.log(depth), fps), 0.3 * fps))
        assert_allclose(_core.smooth_depth(depth, fps), expected, rtol=1e-12)


def test_view_is_upright_and_towards_the_dancer(clip, views, clean):
    tilted = rotate(clip.up, np.array([0.0, 0.0, 1.0]), 0.3)
    turns = find_turns(views, clean, [Assumption(clip.up), Assumption(tilted)])
    for up, turn, rays in zip((clip.up, tilted), turns.turn, turns.rays, strict=True):
        assert_allclose(turn @ np.swapaxes(turn, 1, 2), np.broadcast_to(np.eye(3), turn.shape), atol=1e-12)
        upright = turn @ up
        assert_allclose(upright[:, 0], 0, atol=1e-12)
        assert (upright[:, 1] < 0).all()
        root = np.concatenate([clean.root, np.ones((len(clean.root), 1))], axis=1)
        towards = (turn @ root[..., None])[..., 0]
        assert_allclose(towards[:, :2], 0, atol=1e-12)
        points = np.concatenate([clean.rays, np.ones((*clean.rays.shape[:2], 1))], axis=2) @ np.swapaxes(turn, 1, 2)
        assert_allclose(rays, points[..., :2] / points[..., 2:], atol=1e-12)


def test_turns_are_those_of_the_likeliest_states(clip, views, clean):
    turns = find_turns(views, clean, [Assumption(clip.up)])
    rays, corrected, state = turns.rays[0], turns.corrected[0], turns.state[0]
    depth = _core.smooth_depth(views.likeliest_depth(rays, state), clean.fps)
    assert_allclose(turns.depth[0], depth, rtol=1e-12)
    # the first look, at every other yaw
    pitch = state // len(YAWS)
    value, z = views.log_likelihood(rays, pitch, None, every_yaw=2)
    yaw, _ = _core.likeliest_turn(value, clean.fps)
    first, frames = pitch * len(YAWS) + 2 * yaw, np.arange(len(state))
    found = _core.smooth_depth(z[frames, yaw], clean.fps)
    nearer = in_view(views.expected_body(first, rays * found[:, None, None]), first)[:, views.seen, 2:]
    assert_allclose(corrected, rays * (1 + nearer / found[:, None, None]), atol=1e-9)
    # the second one, at all of them
    value, _ = views.log_likelihood(corrected, pitch, found)
    yaw, cost = _core.likeliest_turn(value, clean.fps)
    assert_array_equal(state, pitch * len(YAWS) + yaw)
    assert_allclose(turns.cost[0], cost - value[frames, yaw], atol=1e-9)
    assert_allclose(turns.greatest[0], value.max(axis=1), atol=1e-9)


def test_fits_do_not_depend_on_the_number_of_threads(clip, views, clean):
    assumptions = [Assumption(clip.up, scale=scale) for scale in (0.9, 1.0, 1.1)]
    alone = list(fit_bodies(views, clean, assumptions))
    fresh = _core.ShapeModel(views.mean, views.covariance, views.seen)
    for one, other in zip(alone, fit_bodies(fresh, clean, assumptions, n_threads=3), strict=True):
        for name in ("state", "poses3d", "uncertainty", "depth", "cost"):
            assert_array_equal(getattr(one, name), getattr(other, name))

"""A Gaussian body fitted to a clip: its turn, where up is, and the dancer's build."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import SKELETONS
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.metrics import floor_tilt, n_mpjpe
from dancelift.priors.prior import anthropometric
from dancelift.seeding.body_fit import Assumption, BodyFit, CleanClip, fit_bodies, fit_body
from dancelift.seeding.body_turn import likeliest_turns
from dancelift.seeding.dancer import adapt_to_dancer, find_gravity
from dancelift.seeding.seeds import seen_joints
from dancelift.seeding.shape_model import YAWS, ShapeModel
from dancelift.synthetic.dance import SyntheticClip
from fixtures.lifts import clip_of, dance, hips

COCO = SKELETONS["coco17"]


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return dance(90, random_seed=6)


@pytest.fixture(scope="module")
def views(clip) -> ShapeModel:
    return ShapeModel(*anthropometric().of_joints(COCO, STANDARD_HEIGHT), seen_joints(clip_of(clip).seen))


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
    yaw, cost = likeliest_turns(log_likelihood, 10.0)
    assert yaw.shape == cost.shape == (3, n_frames)
    for found, spent, values in zip(yaw, cost, log_likelihood, strict=True):
        every = itertools.product(range(n_yaws), repeat=n_frames)
        best = max(every, key=lambda turn: total(values, np.array(turn), 10.0))
        assert_array_equal(found, best)
        assert values[np.arange(n_frames), found].sum() - spent.sum() == pytest.approx(total(values, found, 10.0))


def test_turn_of_one_frame_is_its_likeliest_yaw():
    yaw, cost = likeliest_turns(np.random.default_rng(1).normal(size=(2, 1, 48)), 30.0)
    assert yaw.shape == (2, 1) and (cost == 0).all()


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
        Assumption(clip.up, "drawn", draw=rng.normal(size=(90, views.n_draws))),
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

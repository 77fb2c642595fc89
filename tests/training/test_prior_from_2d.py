"""A pose prior learnt from 2D clips alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import dancelift
from dancelift.body import anatomy
from dancelift.body.anatomy import LANDMARKS
from dancelift.keypoints import Track
from dancelift.priors.prior import anthropometric, load_prior
from dancelift.training.prior_from_2d import fit_prior_from_2d
from fixtures.lifts import dance, joint, lift

MIRROR = [LANDMARKS.index(anatomy.mirror(landmark)) for landmark in LANDMARKS]


ARMS = {"elbow": (0.18, -0.16, 0.20), "wrist": (0.05, -0.08, 0.40)}
"""Outward of the shoulder, upward and forward, m: these dancers always reach for a partner."""


def reaching(random_seed: int, n_frames: int = 120) -> tuple[Track, np.ndarray]:
    """A dancer whose arms reach forward: exact keypoints, and the true (T, J, 3), m, camera frame."""
    clip = dance(n_frames, random_seed=random_seed)
    skeleton = dancelift.SKELETONS[clip.skeleton]
    poses, up = np.array(clip.poses3d), clip.camera.up
    at = {
        name: poses[:, joint(skeleton, name)] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    }
    to_left = at["left_shoulder"] - at["right_shoulder"] + at["left_hip"] - at["right_hip"]
    to_left -= (to_left @ up)[:, None] * up
    to_left /= np.linalg.norm(to_left, axis=1, keepdims=True)
    for side, sign in (("left", 1), ("right", -1)):
        for part, (outward, upward, forward) in ARMS.items():
            offset = sign * outward * to_left + upward * up + forward * np.cross(to_left, up)
            poses[:, joint(skeleton, f"{side}_{part}")] = at[f"{side}_shoulder"] + offset
    return Track(clip.camera.project(poses), clip.skeleton, clip.fps, clip.image_size), poses


def track(n_frames: int = 120, **options: Any) -> Track:
    clip = dance(n_frames, **options)
    return Track(np.array(clip.keypoints2d), clip.skeleton, clip.fps, clip.image_size)


@pytest.fixture(scope="module")
def corpus():
    return [track(random_seed=random_seed) for random_seed in range(1, 7)]


@pytest.fixture(scope="module")
def learnt():
    return fit_prior_from_2d([reaching(random_seed)[0] for random_seed in range(1, 7)], n_components=4)


def test_habit_of_the_dancers_is_learnt(learnt):
    skeleton = dancelift.SKELETONS["coco17"]
    arms = [joint(skeleton, f"{side}_{part}") for side in ("left", "right") for part in ARMS]
    hips = [joint(skeleton, f"{side}_hip") for side in ("left", "right")]
    errors = {"learnt": [], "anthropometric": []}
    for random_seed in (21, 22, 23):
        seen, truth = reaching(random_seed)
        for name, prior in (("learnt", learnt), ("anthropometric", anthropometric())):
            found = dancelift.lift(
                seen.keypoints2d, n_seeds=1, fps=seen.fps, image_size=seen.image_size, prior=prior
            ).poses3d
            p, g = (x - x[:, hips].mean(axis=1, keepdims=True) for x in (found, truth))
            away = (p * g).sum() / (p * p).sum() * p - g
            errors[name].append(np.linalg.norm(away[:, arms], axis=2).mean())
    assert np.mean(errors["learnt"]) < 0.9 * np.mean(errors["anthropometric"])


def test_body_is_symmetric_and_as_large_as_before(learnt):
    assert_allclose(learnt.mean[MIRROR] * [-1, 1, 1], learnt.mean, atol=1e-6)
    given = anthropometric()
    stature = [np.ptp(prior.mean[:, 1]) for prior in (learnt, given)]
    assert stature[0] == pytest.approx(stature[1], rel=0.1)
    assert np.linalg.eigvalsh(learnt.covariance).min() > -1e-9


def test_components_are_distributions(learnt):
    assert learnt.mixture.weights.sum() == pytest.approx(1)
    assert (learnt.mixture.weights > 0).all()
    assert np.linalg.eigvalsh(learnt.mixture.covariances).min() > -1e-9


def test_components_come_with_their_mirror_images(learnt):
    skeleton = dancelift.SKELETONS["coco17"]
    weights, means, covariances = learnt.mixture_of_joints(skeleton)
    n = len(learnt.mixture.weights)
    assert weights.sum() == pytest.approx(1)
    mirror = np.kron(np.eye(len(skeleton))[list(skeleton.mirrored)], np.diag([-1, 1, 1]))
    assert_allclose(means[n:], means[:n] @ mirror.T, atol=1e-9)
    assert_allclose(covariances[n:], mirror @ covariances[:n] @ mirror.T, atol=1e-9)


def test_what_is_learnt_is_saved_and_loaded(learnt, tmp_path):
    learnt.save(tmp_path / "prior.npz")
    loaded = load_prior(tmp_path / "prior.npz")
    for name in ("weights", "means", "covariances"):
        assert_array_equal(getattr(loaded.mixture, name), getattr(learnt.mixture, name))


def test_mixture_of_another_body_is_refused(learnt):
    mixture = replace(learnt.mixture, means=learnt.mixture.means[:, :5])
    with pytest.raises(dancelift.InputError, match=r"means \(4, 5, 3\).*expected"):
        replace(learnt, mixture=mixture)


def test_one_long_clip_is_a_corpus():
    prior = fit_prior_from_2d([track(300, random_seed=3)], n_components=40, name="one dancer")
    assert prior.name == "one dancer"
    assert 1 <= len(prior.mixture.weights) <= 5


def test_few_frames_make_one_component():
    assert len(fit_prior_from_2d([track(20)]).mixture.weights) == 1


def test_same_clips_and_seed_give_the_same_prior(corpus):
    first, second = (fit_prior_from_2d(corpus[:2], n_components=3, random_seed=5) for _ in range(2))
    assert_array_equal(first.mean, second.mean)
    assert_array_equal(first.mixture.means, second.mixture.means)
    assert_array_equal(first.mixture.covariances, second.mixture.covariances)


def test_joints_that_one_clip_never_shows_do_no_harm(corpus):
    hidden = np.array(corpus[0].keypoints2d)
    hidden[:, [dancelift.SKELETONS["coco17"].index(f"{side}_ankle") for side in ("left", "right")]] = 0
    with pytest.warns(dancelift.DanceliftWarning, match="never seen: left_ankle, right_ankle"):
        prior = fit_prior_from_2d([replace(corpus[0], keypoints2d=hidden), corpus[1]], n_components=2)
    assert np.isfinite(prior.mixture.means).all()


def test_skeletons_with_other_joints_use_what_was_learnt(learnt):
    clip = dance(40, random_seed=31, skeleton="halpe26")
    assert np.isfinite(lift(clip, prior=learnt).poses3d).all()


def test_size_of_the_image_and_frame_rate_may_be_unknown(corpus):
    prior = fit_prior_from_2d([replace(corpus[0], fps=None, image_size=None)], n_components=1)
    assert np.isfinite(prior.mean).all()


def test_progress_counts_to_the_end(corpus):
    steps = []
    fit_prior_from_2d(corpus[:1], n_components=1, progress=lambda done, total: steps.append((done, total)))
    assert [done for done, _ in steps] == list(range(1, steps[0][1] + 1))


@pytest.mark.parametrize(
    ("tracks", "options", "message"),
    [
        ([], {}, "expected at least one"),
        ([track(10), track(10, skeleton="body25")], {}, "all of one skeleton"),
        ([replace(track(10), keypoints2d=np.zeros((10, 17, 3)), source="empty.json")], {}, "empty.json.*no joint"),
        ([track(10)], {"n_components": 0}, "n_components is 0"),
        ([track(10)], {"random_seed": -1}, "random_seed is -1"),
    ],
)
def test_bad_input_is_refused(tracks, options, message):
    with pytest.raises(dancelift.InputError, match=message):
        fit_prior_from_2d(tracks, **options)

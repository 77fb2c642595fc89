"""Feet on the floor: found by `dancelift.lifting.contact`, held by the objective."""

import math

import numpy as np
import pytest

import dancelift
from dancelift import metrics
from dancelift.lifting.contact import find_contacts
from fixtures.lifts import clip_of, dance, joint, lift

COCO = dancelift.SKELETONS["coco17"]
FEET = COCO.feet(1.7)
ANKLES = [joint(COCO, "left_ankle"), joint(COCO, "right_ankle")]


@pytest.fixture(scope="module")
def clip():
    return dance(120, random_seed=3)


def contacts_of(clip, keypoints2d=None, feet=FEET):
    """With the floor, by the clip's true motion and up."""
    return find_contacts(clip_of(clip, keypoints2d, camera=clip.camera), clip.poses3d[None], clip.up[None], feet)


def test_standing_feet_are_found(clip):
    found = contacts_of(clip).standing[0]
    speed = clip.fps * np.linalg.norm(np.gradient(clip.poses3d[:, ANKLES], axis=0), axis=2)
    height = clip.poses3d[:, ANKLES] @ clip.up
    stands = (speed < 0.1) & (height < height.min() + 0.05)
    assert found[stands].mean() > 2 * found[speed > 0.6].mean()
    assert ((found >= 0) & (found <= 1)).all()


def test_floor_is_below_the_ankles_by_their_height(clip):
    floor = contacts_of(clip).floor[0]
    lowest = (clip.poses3d[:, ANKLES] @ clip.up).min()
    assert lowest - 0.12 < floor < lowest


def test_foot_that_is_never_seen_is_nowhere(clip):
    keypoints = clip.keypoints2d.copy()
    keypoints[:, ANKLES[0]] = 0
    with pytest.warns(dancelift.DanceliftWarning, match="never seen: left_ankle"):
        found = contacts_of(clip, keypoints)
    assert not found.on_floor[..., 0].any() and found.on_floor[..., 1].any()


def test_skeleton_without_feet_has_no_contact(clip):
    found = contacts_of(clip, feet=())
    assert found.on_floor.shape == (1, 120, 0) and (found.floor == 0).all()


@pytest.mark.parametrize("prior", ["anthropometric", "default"])
def test_standing_feet_slide_less_with_the_terms(clip, prior):
    left_out = {"foot_sliding": math.inf, "floor": math.inf, "gravity_prior": math.inf}
    contact = metrics.foot_contact(clip.poses3d, ANKLES, clip.up, clip.fps)
    held, free = (
        metrics.foot_sliding(lift(clip, n_seeds=1, prior=prior, sigmas=sigmas).poses3d, contact, ANKLES, clip.up)
        for sigmas in ({}, left_out)
    )
    assert held < 0.75 * free


def test_terms_are_reported(clip):
    result = lift(clip, n_seeds=1)
    for name in ("foot_sliding", "floor", "gravity_prior", "seed_depth"):
        assert result.losses[name] > 0
    assert np.linalg.norm(result.camera.up) == pytest.approx(1)


def test_limbs_keep_their_length(clip):
    result = lift(clip, n_seeds=1)
    for limb in COCO.limbs:
        for a, b in zip(limb, limb[1:], strict=False):
            length = np.linalg.norm(result.poses3d[:, a] - result.poses3d[:, b], axis=1)
            assert length.std() / length.mean() < 0.0101

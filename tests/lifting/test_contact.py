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


def test_a_foot_that_is_expected_to_stand_stands_the_more(clip):
    def contacts(expected, keypoints2d=None):
        seen = clip_of(clip, keypoints2d, camera=clip.camera)
        return find_contacts(seen, clip.poses3d[None], clip.up[None], FEET, expected)

    without, expected = contacts(None), np.zeros((120, 2))
    expected[:, 1] = 1
    found = contacts(expected)
    np.testing.assert_allclose(found.standing[..., 0], without.standing[..., 0] / 2)
    assert (found.standing[..., 1] > without.standing[..., 1]).mean() > 0.9
    assert (found.on_floor >= np.maximum(without.on_floor, found.standing)).all()
    np.testing.assert_array_equal(found.floor, without.floor)
    keypoints = clip.keypoints2d.copy()
    keypoints[:, ANKLES[1]] = 0
    with pytest.warns(dancelift.DanceliftWarning, match="never seen: right_ankle"):
        assert not contacts(expected, keypoints).standing[..., 1].any()


def test_toes_and_heels_stand_where_their_foot_is_expected_to():
    halpe = dancelift.SKELETONS["halpe26"]
    dancing = dance(40, random_seed=3, skeleton="halpe26")
    feet = halpe.feet(1.7)
    expected = np.tile([1.0, 0.0], (40, 1))
    seen = clip_of(dancing, camera=dancing.camera, skeleton="halpe26")
    arguments = (seen, dancing.poses3d[None], dancing.up[None], feet)
    more = find_contacts(*arguments, expected).standing[0] - find_contacts(*arguments).standing[0] / 2
    left = [halpe.joints[foot.joint].startswith("left") for foot in feet]
    assert (more[:, left].mean(axis=0) > 0.4).all()
    np.testing.assert_allclose(more[:, np.logical_not(left)], 0, atol=1e-12)

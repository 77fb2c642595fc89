"""Limbs that the picture cuts off are told from limbs that are hidden or point at the camera."""

import numpy as np
import pytest

import dancelift
from dancelift import SKELETONS, DanceliftWarning
from dancelift.body.clip import Clip
from dancelift.body.cut_off import find_cut_off
from fixtures.lifts import dance, real_views

COCO = SKELETONS["coco17"]
LEGS = [COCO.joints.index(f"{side}_{joint}") for joint in ("knee", "ankle") for side in ("left", "right")]
HIPS = [COCO.joints.index(f"{side}_hip") for side in ("left", "right")]


def legs_cut_off(keypoints2d, random_seed=0):
    """Legs made up at an edge just below the hips, with low scores."""
    rng = np.random.default_rng(random_seed)
    keypoints = keypoints2d.copy()
    shape = (len(keypoints), len(LEGS))
    edge = np.median(keypoints[:, HIPS, 1]) + 5
    keypoints[:, LEGS, 0] = keypoints[:, HIPS * 2, 0] + rng.normal(0, 12, shape)
    keypoints[:, LEGS, 1] = edge - rng.uniform(0, 25, shape)
    keypoints[:, LEGS, 2] = rng.uniform(0.05, 0.3, shape)
    return keypoints


def test_legs_below_the_edge_are_not_seen_and_said_to_be():
    keypoints = legs_cut_off(dance(120, random_seed=1).keypoints2d)
    with pytest.warns(DanceliftWarning, match="out of the picture.*left_knee, right_knee, left_ankle, right_ankle"):
        clip = Clip.of(keypoints, image_size=(1920, 1080))
    assert not clip.seen[:, LEGS].any()
    others = np.setdiff1d(np.arange(len(COCO)), LEGS)
    np.testing.assert_array_equal(clip.keypoints2d[:, others], keypoints[:, others])


def test_the_same_places_with_usual_scores_are_seen():
    keypoints = legs_cut_off(dance(120, random_seed=1).keypoints2d)
    keypoints[:, LEGS, 2] = 0.8
    assert not find_cut_off(keypoints, COCO, 30.0, (1920, 1080)).any()


def test_an_unsure_joint_is_cut_off_at_the_edge_of_the_picture_only():
    keypoints = dance(60, random_seed=2).keypoints2d.copy()
    wrist = COCO.joints.index("left_wrist")
    keypoints[20:25, wrist] = 3, 400, 0.2
    cut_off = find_cut_off(keypoints, COCO, 30.0, (1920, 1080))
    assert cut_off[20:25, wrist].all()
    assert cut_off.sum() == 5
    assert not find_cut_off(keypoints, COCO, 30.0).any()


def test_hidden_limbs_of_whole_dancers_are_left_alone():
    for seed in range(4):
        keypoints = dance(300, random_seed=seed).keypoints2d
        assert find_cut_off(keypoints, COCO, 30.0, (1920, 1080)).mean() < 0.001


@pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
def test_nothing_is_labelled_of_legs_that_are_out_of_the_picture():
    pytest.importorskip("torch", reason="recognition needs the extra 'recognize'")
    result = dancelift.lift(legs_cut_off(dance(90, random_seed=3).keypoints2d), image_size=(1920, 1080), n_seeds=1)
    assert not result.seen[:, LEGS].any()
    recognition = dancelift.recognize_lift(result, explain=False)
    parts = {"left leg", "right leg", "left foot", "right foot"}
    of_legs = [movement.part in parts for movement in recognition.taxonomy.movements]
    assert sum(of_legs) > 20
    assert not recognition.movements[:, of_legs].any()
    assert recognition.movements.any()


def test_real_dances_keep_their_joints():
    for name, view, fps in real_views("*_1*.npz"):
        assert find_cut_off(view, COCO, fps, (1920, 1080)).mean() < 0.002, name

"""Cuts are found where the dancer jumps further than a body can, and nowhere else."""

import numpy as np
import pytest

from dancelift import SKELETONS, DanceliftWarning
from dancelift.body.clip import Clip
from dancelift.body.takes import find_takes
from fixtures.lifts import dance, real_views

COCO = SKELETONS["coco17"]


def cut_together(*dances) -> np.ndarray:
    return np.concatenate([one.keypoints2d for one in dances])


def test_two_takes_cut_together_are_two():
    one, other = dance(60, random_seed=1), dance(40, random_seed=2)
    assert find_takes(cut_together(one, other), COCO, 30.0) == (0, 60)


def test_one_take_has_no_cut_although_its_detector_swaps_left_and_right_and_goes_astray():
    for seed in range(4):
        assert find_takes(dance(300, random_seed=seed, noise=1.5).keypoints2d, COCO, 30.0) == (0,)


def test_a_gap_is_no_cut():
    keypoints = dance(90, random_seed=3).keypoints2d.copy()
    keypoints[30:60] = 0
    assert find_takes(keypoints, COCO, 30.0) == (0,)


def test_a_clip_says_when_it_was_cut_and_parts_of_it_know_their_takes():
    keypoints = cut_together(dance(60, random_seed=1), dance(40, random_seed=2))
    with pytest.warns(DanceliftWarning, match=r"2.00 s \(frame 60\); lifted as 2 takes"):
        clip = Clip.of(keypoints, image_size=(1920, 1080))
    assert clip.takes == (0, 60)
    assert clip.frames(slice(50, 80)).takes == (0, 10)
    assert clip.frames(slice(60, 100)).takes == (0,)


def test_real_dances_are_not_cut():
    for name, view, fps in real_views("*_1*.npz"):
        assert find_takes(view, COCO, fps) == (0,), name

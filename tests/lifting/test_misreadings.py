"""Keypoints that mean something else than they say are noticed by what their lift costs."""

import warnings

import numpy as np
import pytest

import dancelift
from dancelift import DanceliftWarning
from fixtures.lifts import real_clip

MIRRORED = list(dancelift.SKELETONS["coco17"].mirrored)


@pytest.fixture(scope="module", params=["waltz_18", "salsa_60_11"])
def clip(request):
    return real_clip(request.param, 150)


def lift(clip, keypoints2d, image_size=None, **options):
    size = image_size or clip.image_size
    return dancelift.lift(keypoints2d, **({"n_seeds": 1, "fps": clip.fps, "image_size": size} | options))


def distance(a, b):
    """Mean distance of poses relative to the mid-hip, m."""
    a, b = (poses - poses[:, 11:13].mean(axis=1, keepdims=True) for poses in (a, b))
    return float(np.linalg.norm(a - b, axis=2).mean())


def test_keypoints_that_are_what_they_say_are_left_alone(clip):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not lift(clip, clip.keypoints2d).left_right_swapped


def test_names_of_left_and_right_exchanged_are_noticed_and_the_order_that_was_given_is_kept(clip):
    with pytest.warns(DanceliftWarning, match="left and right seem to be exchanged"):
        result = lift(clip, clip.keypoints2d[:, MIRRORED])
    right = lift(clip, clip.keypoints2d)
    assert result.left_right_swapped
    assert distance(result.poses3d[:, MIRRORED], right.poses3d) < 1e-6
    assert distance(result.motion("swapped").poses3d, right.motion("right").poses3d) < 1e-6


def test_y_upwards_is_noticed(clip):
    keypoints = np.array(clip.keypoints2d)
    keypoints[clip.seen, 1] = clip.image_size[1] - keypoints[clip.seen, 1]
    with pytest.warns(DanceliftWarning, match="y seems to point upwards"):
        result = lift(clip, keypoints)
    seen = clip.seen
    assert np.median(np.linalg.norm(result.keypoints2d - keypoints[..., :2], axis=2)[seen]) < 20
    np.testing.assert_array_equal(result.observed2d[seen], keypoints[seen])


def test_x_and_y_exchanged_are_noticed(clip):
    keypoints = clip.keypoints2d[..., [1, 0, 2]]
    with pytest.warns(DanceliftWarning, match="or x and y to be exchanged"):
        result = lift(clip, keypoints, clip.image_size[::-1])
    assert np.median(np.linalg.norm(result.keypoints2d - keypoints[..., :2], axis=2)[clip.seen]) < 20

"""A camera that pans or zooms is noticed by the feet that stand, one that stands still is not accused."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import dancelift
from dancelift import DanceliftWarning
from dancelift.body.clip import Clip
from dancelift.lifting.moving_camera import floor_speed
from dancelift.seeding.net_reader import NetReader
from fixtures.lifts import real_clip, real_views

CENTRE = np.array([960.0, 540.0])


@pytest.fixture(scope="module")
def clip():
    return real_clip("salsa_60_11", 300)


def panned(clip, pixels_per_second):
    """The clip as a camera sees it that pans."""
    keypoints = clip.keypoints2d.copy()
    keypoints[..., 0] += clip.seen * (pixels_per_second * np.arange(len(clip)) / clip.fps)[:, None]
    return replace(clip, keypoints2d=keypoints)


def zoomed(clip, per_second):
    """The clip as a camera sees it that zooms by a factor a second."""
    factor = per_second ** (np.arange(len(clip)) / clip.fps - len(clip) / clip.fps / 2)
    keypoints = clip.keypoints2d.copy()
    keypoints[..., :2] = (keypoints[..., :2] - CENTRE) * factor[:, None, None] + CENTRE
    return replace(clip, keypoints2d=keypoints * clip.seen[..., None])


def test_a_pan_moves_feet_that_stand_across_and_a_zoom_along(clip):
    across, along = floor_speed(clip, NetReader())
    assert across < 0.2
    assert along < 0.4
    assert floor_speed(panned(clip, 160), NetReader())[0] > 0.4
    other = real_clip("cha-cha_6", 300)
    assert floor_speed(other, NetReader())[1] < 0.4
    assert floor_speed(zoomed(other, 1.15), NetReader())[1] > 0.5


def test_a_pan_is_said(clip):
    options = {"fps": clip.fps, "image_size": clip.image_size, "n_seeds": 1}
    with pytest.warns(DanceliftWarning, match="the camera pans.*path is not to be trusted"):
        dancelift.lift(panned(clip, 100).keypoints2d, **options)


def test_cameras_that_stand_still_are_not_accused():
    for name, view, fps in real_views("*_1*.npz"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            across, along = floor_speed(Clip.of(view[:1000], fps=fps, image_size=(1920, 1080)), NetReader())
        assert across < 0.3, name
        assert along < 0.5, name


def test_somebody_whose_feet_are_never_seen_tells_nothing(clip):
    keypoints = clip.keypoints2d.copy()
    keypoints[:, 15:] = 0
    assert floor_speed(replace(clip, keypoints2d=keypoints), NetReader()) == (0.0, 0.0)


def test_a_second_or_a_clip_in_which_nobody_is_seen_tells_nothing(clip):
    moving = panned(clip, 160)
    assert floor_speed(moving.frames(slice(0, 45)), NetReader()) == (0.0, 0.0)
    assert floor_speed(replace(clip, keypoints2d=np.zeros_like(clip.keypoints2d)), NetReader()) == (0.0, 0.0)

"""Left and right that a detector exchanges for a while are found, and never where nobody exchanged them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from dancelift import SKELETONS, DanceliftWarning
from dancelift.body.clip import Clip
from dancelift.body.exchanged_sides import find_exchanged_sides
from fixtures.lifts import dance, real_views

SKELETON = SKELETONS["coco17"]
MIRRORED = list(SKELETON.mirrored)
DANCE = dance(150, random_seed=2)


def exchanged(keypoints: np.ndarray, *spans: slice) -> np.ndarray:
    keypoints = keypoints.copy()
    for span in spans:
        keypoints[span] = keypoints[span][:, MIRRORED]
    return keypoints


def frames_of(keypoints: np.ndarray, starts: tuple[int, ...] = (0,)) -> list[int]:
    return np.flatnonzero(find_exchanged_sides(keypoints, SKELETON, DANCE.fps, starts)).tolist()


def test_sides_that_are_exchanged_for_a_while_are_found():
    spans = (slice(20, 45), slice(80, 81))
    assert frames_of(exchanged(DANCE.keypoints2d, *spans)) == [*range(20, 45), 80]


def test_nothing_is_found_where_nothing_is_exchanged():
    assert frames_of(DANCE.keypoints2d) == []
    assert frames_of(exchanged(DANCE.keypoints2d, slice(None))) == []


def test_a_change_without_one_back_says_nothing():
    assert frames_of(exchanged(DANCE.keypoints2d, slice(100, None))) == []


def test_nothing_is_said_from_one_take_to_the_next():
    two = exchanged(DANCE.keypoints2d, slice(20, 45))
    assert frames_of(two, (0, 20)) == []
    assert frames_of(two, (0, 60)) == list(range(20, 45))


def test_frames_in_which_nobody_is_seen_are_passed_over():
    keypoints = exchanged(DANCE.keypoints2d, slice(20, 45))
    keypoints[[19, 30, 31, 45]] = 0
    assert set(range(20, 45)) - {30, 31} <= set(frames_of(keypoints)) <= set(range(19, 46))


def test_the_clip_has_its_sides_back_and_says_so_where_they_were_exchanged_for_long():
    whole = Clip.of(DANCE.keypoints2d, fps=DANCE.fps, image_size=DANCE.image_size)
    short = Clip.of(exchanged(DANCE.keypoints2d, slice(20, 45)), fps=DANCE.fps, image_size=DANCE.image_size)
    assert_array_equal(short.keypoints2d, whole.keypoints2d)
    long = exchanged(DANCE.keypoints2d, slice(20, 60), slice(80, 81))
    with pytest.warns(DanceliftWarning, match="left and right change places in frames 20 to 59, 80 to 80, and back"):
        clip = Clip.of(long, fps=DANCE.fps, image_size=DANCE.image_size)
    assert_array_equal(clip.keypoints2d, whole.keypoints2d)


def test_no_real_dancer_is_read_the_other_way_round():
    for name, view, fps in real_views("*.npz"):
        assert not find_exchanged_sides(view, SKELETON, fps, (0,)).any(), name


def test_a_change_that_is_hardly_seen_does_not_turn_all_until_the_next_one():
    """Two short exchanges, of each of which one change is all but hidden, are not one long one."""
    keypoints = exchanged(DANCE.keypoints2d, slice(30, 33), slice(90, 93))
    for frame in (33, 90):  # halfway from one side to the other
        keypoints[frame] = (3 * keypoints[frame] + keypoints[frame][MIRRORED]) / 4
        keypoints[frame - 1] = (3 * keypoints[frame - 1] + keypoints[frame - 1][MIRRORED]) / 4
    assert set(frames_of(keypoints)) <= {*range(30, 34), *range(89, 93)}

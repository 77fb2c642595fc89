"""Long clips in which somebody is seen seldom, or nobody for long, are lifted in windows too."""

import numpy as np
import pytest

from dancelift import Camera, InputError
from dancelift.lifting import windows
from dancelift.lifting.window_cuts import between, bridge, choose_samples, cut_windows
from fixtures.lifts import dance, lift

MARGIN, REACH = 90, 2


def seen(n_frames: int, *spans: tuple[int, int]) -> np.ndarray:
    flags = np.zeros(n_frames, np.bool_)
    for start, stop in spans:
        flags[start:stop] = True
    return flags


def test_every_second_frame_is_seen_often_enough():
    person = np.arange(10_000) % 2 == 0
    assert len(choose_samples(person)) == 6
    assert max(stop - start for start, stop in cut_windows(person, 1000, MARGIN, REACH)) == 1000


def test_all_frames_are_in_windows_where_somebody_is_seen_throughout():
    found = cut_windows(seen(10_000, (0, 10_000)), 1000, MARGIN, REACH)
    assert found == [(1000 * i, 1000 * i + 1000) for i in range(10)]
    assert between(found, 10_000) == []


def test_a_short_track_in_a_long_video_is_all_that_is_solved():
    person = seen(100_000, (40_000, 40_300), (70_000, 70_020))
    found = cut_windows(person, 1000, MARGIN, REACH)
    assert found == [(39_910, 40_390), (69_910, 70_110)]
    assert between(found, 100_000) == [(0, 39_910), (40_390, 69_910), (70_110, 100_000)]
    assert choose_samples(person) == [40_000]


def test_windows_that_cannot_be_lifted_by_themselves_are_joined():
    person = np.arange(10_000) % 400 == 0
    found = cut_windows(person, 1000, MARGIN, REACH)
    assert found[0][0] == 0
    assert found[-1][1] == 10_000
    assert all(person[start:stop].sum() >= 8 for start, stop in found)


def test_what_is_left_out_goes_evenly_from_before_to_after():
    values = np.array([9.0, 9, 1, 2, 0, 0, 0, 6, 7, 0])[:, None]
    bridge(values, [(0, 2), (4, 7), (9, 10)])
    assert values.ravel().tolist() == [1, 1, 1, 2, 3, 4, 5, 6, 7, 7]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["perspective", "weak_perspective"])
def test_a_short_track_is_lifted_as_by_itself(model):
    clip = dance(240, random_seed=4)
    padded = np.zeros((8000, *clip.keypoints2d.shape[1:]))
    padded[4000:4240] = clip.keypoints2d
    camera = Camera.typical(clip.image_size, model)
    with pytest.warns(match="7760 of 8000 frames have no joint"):
        long = lift(clip, padded, n_seeds=2, camera=camera, keep_seeds=True)
    short = lift(clip, n_seeds=2, camera=camera)
    for array in (long.poses3d, long.seed_poses3d, long.initial_poses3d, long.seed_errors, long.keypoints2d):
        assert np.isfinite(array).all()
    assert long.seed_errors[:, :3000].max() < 0.01  # what the whole clip costs, spread over it
    np.testing.assert_array_equal(long.poses3d[0], long.poses3d[3000])
    own = long.poses3d[4000:4240] - long.poses3d[4000:4240].mean(axis=1, keepdims=True)
    alone = short.poses3d - short.poses3d.mean(axis=1, keepdims=True)
    assert np.linalg.norm(own - alone, axis=2).mean() < 0.03


def test_a_detector_that_ran_on_every_second_frame_is_lifted_in_windows(monkeypatch):
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", 400)
    clip = dance(420)
    every_second = np.array(clip.keypoints2d)
    every_second[1::2] = 0
    monkeypatch.setattr(windows, "solve_whole", lambda *_: pytest.fail("solved as one"))
    assert len(lift(clip, every_second, n_seeds=1).poses3d) == 420


@pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
def test_somebody_who_is_hardly_ever_seen_is_not_solved_as_one(monkeypatch):
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", 400)
    monkeypatch.setattr(windows, "_LONGEST_WHOLE", 500)
    clip = dance(5)
    sparse = np.zeros((600, *clip.keypoints2d.shape[1:]))
    sparse[::120] = clip.keypoints2d
    with pytest.raises(InputError, match="a person is seen in 5 of 600 frames, nowhere in 8 of 200; expected"):
        lift(clip, sparse, n_seeds=1)

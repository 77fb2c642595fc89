"""Takes that were cut together are lifted by themselves, as one result."""

import dataclasses

import numpy as np
import pytest

import dancelift
from dancelift import DanceliftWarning
from dancelift.lifting.result import join_takes
from fixtures.lifts import dance


@pytest.fixture(scope="module")
def both():
    return dance(60, random_seed=1), dance(50, random_seed=2)


def lift(keypoints2d, **options):
    return dancelift.lift(keypoints2d, **({"n_seeds": 2, "image_size": (1920, 1080)} | options))


@pytest.fixture(scope="module")
def cut(both):
    with pytest.warns(DanceliftWarning, match="lifted as 2 takes"):
        return lift(np.concatenate([one.keypoints2d for one in both]), keep_seeds=True)


def test_each_take_is_lifted_as_it_would_be_alone(both, cut):
    for one, frames in zip(both, (slice(0, 60), slice(60, 110)), strict=True):
        np.testing.assert_array_equal(cut.poses3d[frames], lift(one.keypoints2d).poses3d)


def test_each_take_has_its_camera_and_stands_upright(cut):
    assert [take.start for take in cut.takes] == [0, 60]
    motion = cut.motion("cut").poses3d
    trunk = motion[:, 5:7].mean(axis=1) - motion[:, 11:13].mean(axis=1)
    assert (trunk[:, 1] > 0).mean() > 0.95


def test_errors_and_seeds_are_those_of_all_frames(cut):
    assert cut.seed_errors.shape == (2, 110) and cut.seed_poses3d.shape == (2, 110, 17, 3)
    assert cut.frame_seeds.shape == (110,)
    np.testing.assert_allclose(sum(cut.losses.values()), cut.seed_errors[cut.frame_seeds, np.arange(110)].sum())


def test_a_saved_result_has_its_takes(cut, tmp_path):
    cut.save(tmp_path / "cut.npz")
    loaded = dancelift.load_lift(tmp_path / "cut.npz")
    assert [take.start for take in loaded.takes] == [0, 60]
    np.testing.assert_array_equal(loaded.motion("a").poses3d, cut.motion("a").poses3d)


def test_the_keypoints_that_were_lifted_are_kept(both, cut, tmp_path):
    given = np.concatenate([one.keypoints2d for one in both])
    np.testing.assert_array_equal(cut.observed2d[..., :2], given[..., :2])
    cut.save(tmp_path / "cut.npz")
    np.testing.assert_array_equal(dancelift.load_lift(tmp_path / "cut.npz").observed2d, cut.observed2d)
    unknown = dataclasses.replace(cut, observed2d=None)
    unknown.save(tmp_path / "unknown.npz")
    assert dancelift.load_lift(tmp_path / "unknown.npz").observed2d is None


def test_takes_whose_keypoints_are_known_keep_them(both):
    results = [lift(one.keypoints2d) for one in both]
    joined = join_takes(results)
    np.testing.assert_array_equal(joined.observed2d, np.concatenate([result.observed2d for result in results]))
    assert join_takes([results[0], dataclasses.replace(results[1], observed2d=None)]).observed2d is None


def test_progress_counts_the_seeds_of_all_takes(both):
    calls = []
    with pytest.warns(DanceliftWarning, match="2 takes"):
        lift(np.concatenate([one.keypoints2d for one in both]), progress=lambda done, n: calls.append((done, n)))
    assert calls[-1] == (4, 4) and calls == sorted(calls)

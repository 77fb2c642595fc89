"""Dancers of one video share one camera and one floor, and are as large and as far apart as they are."""

from dataclasses import dataclass

import numpy as np
import pytest

import dancelift
from dancelift.arraytypes import Array
from dancelift.camera import Camera
from dancelift.synthetic import generate

N_FRAMES, TALLER, ASIDE = 150, 1.1, 1.4
OPTIONS = {"n_seeds": 1, "n_threads": 1, "fps": 25.0, "image_size": (1920, 1080)}


@dataclass
class Duo:
    """Two who dance alike beside each other on one floor, the second by 10 % taller."""

    poses3d: Array  # (2, T, 17, 3)
    keypoints2d: Array  # (2, T, 17, 3)
    camera: Camera
    up: Array


@pytest.fixture(scope="module")
def duo() -> Duo:
    clip = generate(N_FRAMES, fps=25.0, image_size=(1920, 1080), noise=0.0, random_seed=3)
    first = clip.poses3d
    feet = first[:, 15:17]
    floor = np.percentile(feet @ clip.up, 5) - 0.039 * 1.7
    below = first[:, 11:13].mean(axis=(0, 1))
    below -= (below @ clip.up - floor) * clip.up
    second = below + TALLER * (first - below) + np.array([ASIDE, 0, 0]) - ASIDE * clip.up[0] * clip.up
    poses = np.stack([first, second])
    points = np.stack([clip.camera.project(dancer) for dancer in poses])
    return Duo(poses, np.concatenate([points, np.ones((*points.shape[:3], 1))], axis=3), clip.camera, clip.up)


@pytest.fixture(scope="module")
def together(duo: Duo) -> list[dancelift.LiftResult]:
    return dancelift.lift_together(list(duo.keypoints2d), camera=duo.camera.matrix, **OPTIONS)


def size_of(result: dancelift.LiftResult) -> float:
    return sum(length for name, length in result.bone_lengths.items() if "knee" in name)


def test_the_taller_dancer_is_taller(duo, together):
    alone = [dancelift.lift(points, camera=duo.camera.matrix, **OPTIONS) for points in duo.keypoints2d]
    assert size_of(alone[1]) / size_of(alone[0]) == pytest.approx(1, abs=0.03)
    assert size_of(together[1]) / size_of(together[0]) == pytest.approx(TALLER, abs=0.035)


def test_all_share_the_camera_and_the_floor(duo, together):
    first, second = together
    assert first.floor == second.floor < -0.3
    np.testing.assert_array_equal(first.camera.matrix, second.camera.matrix)
    np.testing.assert_array_equal(first.camera.up, second.camera.up)
    for result in together:
        lowest = np.percentile((result.poses3d[:, 15:17] @ result.camera.up).min(axis=1), 20)
        assert lowest == pytest.approx(result.floor + 0.07, abs=0.06)


def test_the_image_stays_as_it_is(duo, together):
    for result, points in zip(together, duo.keypoints2d, strict=True):
        np.testing.assert_allclose(result.camera.project(result.poses3d), result.keypoints2d)
        assert np.median(np.linalg.norm(result.keypoints2d - points[..., :2], axis=-1)) < 6


def test_one_focal_length_is_found_where_it_is_unknown(duo):
    results = dancelift.lift_together(list(duo.keypoints2d), **OPTIONS)
    assert results[0].camera.focal == results[1].camera.focal != Camera.typical((1920, 1080)).focal
    assert not results[0].camera.focal_known


def test_results_come_in_the_order_of_the_dancers(duo, together):
    swapped = dancelift.lift_together(list(duo.keypoints2d[::-1]), camera=duo.camera.matrix, **OPTIONS)
    for result, same in zip(together, swapped[::-1], strict=True):
        np.testing.assert_allclose(result.poses3d, same.poses3d, atol=1e-6)


def test_dancers_need_not_be_there_at_the_same_time(duo):
    late = duo.keypoints2d[1, 20:]
    frames = [np.arange(N_FRAMES), np.arange(20, N_FRAMES)]
    results = dancelift.lift_together(
        [duo.keypoints2d[0], late], frame_numbers=frames, camera=duo.camera.matrix, **OPTIONS
    )
    assert [len(result.poses3d) for result in results] == [N_FRAMES, N_FRAMES - 20]
    assert results[1].frame_numbers[0] == 20


def test_the_floor_is_kept_in_the_file(together, tmp_path):
    together[0].save(tmp_path / "lift.npz")
    assert dancelift.load_lift(tmp_path / "lift.npz").floor == together[0].floor


def test_one_dancer_is_lifted_alone(duo):
    (result,) = dancelift.lift_together([duo.keypoints2d[0]], camera=duo.camera.matrix, **OPTIONS)
    alone = dancelift.lift(duo.keypoints2d[0], camera=duo.camera.matrix, **OPTIONS)
    np.testing.assert_array_equal(result.poses3d, alone.poses3d)
    assert result.floor is None


def test_a_jump_of_one_dancer_is_no_cut_and_one_of_all_is(duo):
    jumping = duo.keypoints2d.copy()
    jumping[1, 30:, :, 0] -= 900
    with pytest.warns(dancelift.DanceliftWarning, match="jumps"):
        results = dancelift.lift_together(list(jumping), camera=duo.camera.matrix, **OPTIONS)
    assert results[0].floor is not None
    jumping[0, 30:, :, 0] += 700
    with pytest.warns(dancelift.DanceliftWarning) as warned:
        results = dancelift.lift_together(list(jumping), camera=duo.camera.matrix, **OPTIONS)
    assert sum("each alone" in str(warning.message) for warning in warned) == 1
    assert all(result.floor is None and result.takes is not None for result in results)


@pytest.mark.parametrize(
    ("keypoints", "options", "message"),
    [
        (0, {}, "keypoints2d has 0 dancers"),
        (2, {"heights": [1.7]}, "heights has 1 entries"),
        (2, {"frame_numbers": [range(150)]}, "frame_numbers has 1 entries"),
    ],
)
def test_what_does_not_fit_is_refused(duo, keypoints, options, message):
    with pytest.raises(dancelift.InputError, match=message):
        dancelift.lift_together(list(duo.keypoints2d[:keypoints]), **OPTIONS, **options)


def test_a_weak_perspective_camera_has_no_floor(duo):
    camera = Camera.typical((1920, 1080), "weak_perspective")
    with pytest.raises(dancelift.InputError, match="perspective"):
        dancelift.lift_together(list(duo.keypoints2d), camera=camera, **OPTIONS)


def test_the_floor_is_under_all_of_them_in_every_frame(together):
    for result in together:
        upright = result.motion("").poses3d
        assert result.floor_under(upright) == result.floor_under(upright[:1]) == result.floor
        # nobody stands deep in the floor or high above it, by more than how far a lift is off
        assert np.percentile(upright[:, 15:17, 1], 5) - result.floor == pytest.approx(0.066, abs=0.11)

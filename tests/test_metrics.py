"""Each metric against what it says of a motion whose error is known, and against the benchmark script of the data."""

import importlib.util

import numpy as np
import pytest

from dancelift import metrics
from dancelift.geometry import rotation_from_vector
from fixtures.paths import REPOSITORY

SCRIPT = REPOSITORY.parent / "shared" / "bench" / "evaluate_lift.py"
HIPS = [11, 12]
BODY = slice(5, 17)
UP = np.array([0.0, -1.0, 0.0])


@pytest.fixture
def true() -> np.ndarray:
    """(T, 17, 3), m: somebody who moves smoothly about the point 5 m in front of the camera."""
    rng = np.random.default_rng(0)
    phase = rng.uniform(0, 2 * np.pi, (1, 17, 3)) + np.linspace(0, 4, 50)[:, None, None]
    path = np.stack([np.linspace(-1, 1, 50), np.zeros(50), 5 + np.sin(np.linspace(0, 3, 50))], axis=1)
    return rng.normal(0, 0.4, (17, 3)) + 0.2 * np.sin(phase) + path[:, None]


@pytest.fixture
def predicted(true) -> np.ndarray:
    """The same with errors, too small, turned, and elsewhere."""
    noise = np.random.default_rng(1).normal(0, 0.03, true.shape)
    return 0.9 * (true + noise) @ rotation_from_vector(np.array([0.05, 0.1, -0.02])).T + [0.3, 0.1, 0.5]


def test_an_exact_prediction_has_no_error(true):
    assert metrics.mpjpe(true, true, HIPS) == 0
    for error in (
        metrics.n_mpjpe(true, true, HIPS),
        metrics.pa_mpjpe(true, true),
        metrics.acceleration_error(true, true, HIPS),
        metrics.root_path_error_aligned(true, true, HIPS),
        metrics.root_path_error_scaled(true, true, HIPS),
        metrics.wa_mpjpe(true, true),
        metrics.w_mpjpe(true, true),
        metrics.root_translation_error(true, true, HIPS),
    ):
        assert error == pytest.approx(0, abs=1e-9)


def test_mpjpe_is_the_mean_distance_once_roots_are_aligned(true):
    moved = true + np.random.default_rng(2).normal(0, 1, (50, 1, 3))
    assert metrics.mpjpe(moved, true, HIPS) == pytest.approx(0, abs=1e-9)
    moved[:, 9] += [0, 0.03, 0.04]
    assert metrics.mpjpe(moved, true, HIPS) == pytest.approx(50 / 17)
    assert metrics.mpjpe(moved, true, HIPS, [9, 10]) == pytest.approx(25)


def test_n_mpjpe_forgives_size_and_pa_mpjpe_a_turn_of_each_frame_too(true):
    assert metrics.n_mpjpe(0.7 * true, true, HIPS) == pytest.approx(0, abs=1e-9)
    turns = np.stack([rotation_from_vector(v) for v in np.random.default_rng(3).normal(0, 1, (50, 3))])
    turned = np.linspace(0.5, 2, 50)[:, None, None] * np.einsum("tab,tjb->tja", turns, true)
    assert metrics.pa_mpjpe(turned, true) == pytest.approx(0, abs=1e-9)
    assert metrics.n_mpjpe(turned, true, HIPS) > 100


def test_pa_mpjpe_does_not_mirror(true):
    assert metrics.pa_mpjpe(true * [-1, 1, 1], true) > 50


def test_acceleration_error_is_that_of_the_jitter(true):
    flicker = 0.01 * (-1) ** np.arange(50)
    shaken = np.array(true)
    shaken[:, 9, 0] += flicker  # its second difference is 0.04 m
    assert metrics.acceleration_error(shaken, true, HIPS, [9]) == pytest.approx(40, rel=0.02)
    assert np.isnan(metrics.acceleration_error(true[:2], true[:2], HIPS))


def test_root_path_forgives_where_the_camera_is_or_only_its_size(true):
    moved = 0.8 * true @ rotation_from_vector(np.array([0.1, 0.4, 0])).T + [1, 2, 3]
    assert metrics.root_path_error_aligned(moved, true, HIPS) == pytest.approx(0, abs=1e-9)
    assert metrics.root_path_error_scaled(moved, true, HIPS) > 100
    assert metrics.root_path_error_scaled(0.8 * true, true, HIPS) == pytest.approx(0, abs=1e-9)


def test_world_errors_forgive_where_how_large_and_which_way_each_segment_is(true):
    dance = np.concatenate([true, true + [0.1, 0, 0.2], true[::-1], true, true])  # 250 frames
    turn = rotation_from_vector(np.array([0.1, 0.4, -0.3])).T
    moved = 0.8 * dance @ turn + [1, 2, 3]
    assert metrics.wa_mpjpe(moved, dance) == pytest.approx(0, abs=1e-9)
    assert metrics.w_mpjpe(moved, dance) == pytest.approx(0, abs=1e-9)
    cut = np.concatenate([dance[:100], 0.5 * dance[100:200] - 1, dance[200:] @ turn])
    assert metrics.wa_mpjpe(cut, dance) == pytest.approx(0, abs=1e-9)
    assert metrics.w_mpjpe(cut, dance) == pytest.approx(0, abs=1e-9)
    late = np.concatenate([dance[:110], dance[110:] + [1, 0, 0]])  # within a segment
    assert metrics.wa_mpjpe(late, dance) > 50
    assert metrics.w_mpjpe(late, dance) == pytest.approx(1000 * 90 / 250)  # of those 100 frames the other 90


def drift_in_segments(n_frames: int) -> np.ndarray:
    """(T, 1, 3), m: from the second frame of every 100 on, 1 mm a frame to the right."""
    return 0.001 * np.maximum(np.arange(n_frames) % 100 - 1, 0)[:, None, None] * [1, 0, 0]


@pytest.mark.parametrize(
    "n_frames, expected",
    [
        (100, 48.51),  # (1 + ... + 98) / 100
        (50, 23.52),  # a clip that is shorter than a segment: (1 + ... + 48) / 50
        (230, (2 * 4851 + 406) / 230),  # its last segment has 30 frames, and no more weight than these
        (201, 2 * 4851 / 201),  # its last segment has one frame
    ],
)
def test_w_mpjpe_is_what_the_motion_has_drifted_since_the_segment_began(true, n_frames, expected):
    dance = np.resize(true, (n_frames, 17, 3))
    drifting = dance + drift_in_segments(n_frames)
    assert metrics.w_mpjpe(drifting, dance) == pytest.approx(expected, rel=1e-9)
    assert metrics.w_mpjpe(drifting, dance, [5, 6, 11, 12]) == pytest.approx(expected, rel=1e-9)
    assert 0 < metrics.wa_mpjpe(drifting, dance) < 0.6 * expected


def test_wa_mpjpe_is_what_one_transform_of_the_segment_leaves():
    corners = np.array([[x, y, z] for x in (-1.0, 1) for y in (-1.0, 1) for z in (-1.0, 1)])
    still = np.repeat(corners[None], 80, axis=0)
    shaken = still + 0.01 * ((-1) ** np.arange(80))[:, None, None] * [1, 0, 0]
    scale = 3 / (3 + 0.01**2)  # least squares: less by as much as the shaking adds
    left = np.abs(scale * shaken - still)
    assert metrics.wa_mpjpe(shaken, still) == pytest.approx(1000 * np.linalg.norm(left, axis=-1).mean(), rel=1e-9)
    assert metrics.wa_mpjpe(shaken, still) == pytest.approx(10, rel=1e-3)


def test_root_translation_error_is_a_share_of_the_true_length_and_forgives_no_size():
    way = np.linspace(-2, 2, 101)[:, None, None] * [0.6, 0, 0.8]
    path = np.repeat(way, 17, axis=1)
    longer = 1.1 * path @ rotation_from_vector(np.array([0.3, 1, 0.2])).T + [1, 2, 3]
    # the ends are 5 % off, the middle is where it was: 10 % of the mean distance to it
    assert metrics.root_translation_error(longer, path, HIPS) == pytest.approx(10 * 2550 / 10100)
    assert metrics.root_path_error_aligned(longer, path, HIPS) == pytest.approx(0, abs=1e-9)
    assert np.isnan(metrics.root_translation_error(path, np.zeros_like(path), HIPS))


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_jitter_is_the_third_derivative_in_tens_of_metres(fps):
    seconds = np.arange(40)[:, None, None] / fps
    cubic = np.zeros((40, 2, 3)) + (5 * seconds**3 - seconds**2 + 3 * seconds) * [0.6, 0, 0.8]
    cubic[:, 1] = cubic[:, 1] @ rotation_from_vector(np.array([0.3, 1, 0.2])).T + [1, 2, 3]
    assert metrics.jitter(cubic, fps) == pytest.approx(3)  # 6 x 5 m/s^3
    assert metrics.jitter(cubic * [[[1], [3]]], fps) == pytest.approx(6)
    assert metrics.jitter(cubic * [[[1], [3]]], fps, [1]) == pytest.approx(9)
    assert np.isnan(metrics.jitter(cubic[:3], fps))


def test_foot_sliding_is_the_way_along_the_floor_of_feet_that_stand():
    poses = np.zeros((5, 2, 3))
    poses[:, 1, 0] = [0, 0, 0, 1, 2]  # the right foot stands, then runs
    poses[:, 1, 1] = [0, 0, 0, -0.3, -0.3]
    contact = metrics.foot_contact(poses, [0, 1], UP, fps=30)
    assert contact.tolist() == [[True, True], [True, True], [True, False], [True, False]]
    slid = poses + 0.003 * np.arange(5)[:, None, None] * [1, 0, 0] + 0.1 * np.arange(5)[:, None, None] * UP
    assert metrics.foot_sliding(slid, contact, [0, 1], UP) == pytest.approx(3)
    assert np.isnan(metrics.foot_sliding(slid, np.zeros((4, 2), bool), [0, 1], UP))


def test_a_foot_held_in_the_air_is_not_in_contact():
    poses = np.zeros((40, 1, 3))
    poses[20:, 0, 1] = -0.3
    contact = metrics.foot_contact(poses, [0], UP, fps=30)[:, 0]
    assert contact[:19].all()
    assert not contact[19:].any()


def test_floor_tilt_is_an_angle_in_degrees():
    assert metrics.floor_tilt(UP, UP) == 0
    assert metrics.floor_tilt(np.array([0, -np.cos(0.2), np.sin(0.2)]), UP) == pytest.approx(np.degrees(0.2))
    assert metrics.floor_tilt(-UP, UP) == pytest.approx(180)


def test_bone_length_variation_is_of_the_bone_that_varies_most():
    poses = np.zeros((4, 3, 3))
    poses[:, 1, 0] = 1
    poses[:, 2, 0] = [1.9, 2.1, 1.9, 2.1]
    assert metrics.bone_length_variation(poses, [(0, 1), (0, 2)]) == pytest.approx(0.05)


def test_reprojection_error_is_a_median():
    exact = np.zeros((4, 3, 2))
    seen = exact + [3, 4]
    seen[0, 0] = 1e4
    assert metrics.reprojection_error(seen, exact) == 5


def test_figures_are_those_of_the_benchmark_script(predicted, true):
    if not SCRIPT.exists():
        pytest.skip(f"no benchmark script at {SCRIPT}")
    spec = importlib.util.spec_from_file_location("evaluate_lift", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    expected = script.errors(predicted, true)
    assert metrics.mpjpe(predicted, true, HIPS, BODY) == pytest.approx(expected["MPJPE"], rel=1e-12)
    assert metrics.n_mpjpe(predicted, true, HIPS, BODY) == pytest.approx(expected["N-MPJPE"], rel=1e-12)
    assert metrics.pa_mpjpe(predicted, true, BODY) == pytest.approx(expected["PA-MPJPE"], rel=1e-9)
    assert metrics.acceleration_error(predicted, true, HIPS, BODY) == pytest.approx(expected["accel"], rel=1e-12)

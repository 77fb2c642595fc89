"""Filters over time: how unsteady keypoints are, gaps filled, values smoothed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.filters import fill_gaps, gaussian_smooth, jitter, running_median, runs
from fixtures.lifts import dance

N_FRAMES, N_JOINTS = 600, 17


def waving(amplitude: float = 100.0) -> np.ndarray:
    """(T, J, 3): joints that go to and fro once in two seconds of 30 frames each."""
    t = 2 * np.pi * np.arange(N_FRAMES)[:, None] / 60
    phase = np.linspace(0, 3, N_JOINTS)
    where = np.stack([np.cos(t + phase), np.sin(t + 2 * phase)], axis=-1) * amplitude + 500
    return np.concatenate([where, np.ones((N_FRAMES, N_JOINTS, 1))], axis=-1)


def noisy(deviation: float) -> np.ndarray:
    keypoints = waving()
    keypoints[..., :2] += np.random.default_rng(0).normal(0, deviation, keypoints[..., :2].shape)
    return keypoints


@pytest.mark.parametrize("deviation", [0.8, 3.0, 20.0])
def test_jitter_is_the_standard_deviation_of_white_noise(deviation):
    assert jitter(noisy(deviation)) == pytest.approx(deviation, rel=0.05)


def test_smooth_motion_has_next_to_no_jitter():
    assert jitter(waving()) < 0.05
    dancer = np.array(dance(300).keypoints2d_clean)
    assert jitter(dancer) < 0.5


def test_outliers_do_not_matter_to_jitter():
    keypoints = noisy(3.0)
    far = np.random.default_rng(1).random(keypoints.shape[:2]) < 0.02
    keypoints[far, :2] += 500
    assert jitter(keypoints) == pytest.approx(3.0, rel=0.2)


def test_joints_that_are_not_seen_do_not_matter_to_jitter():
    keypoints = noisy(3.0)
    keypoints[np.random.default_rng(1).random(keypoints.shape[:2]) < 0.1] = 0
    keypoints[100:110] = 0
    assert jitter(keypoints) == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize("n_frames", [1, 3])
def test_too_short_a_clip_has_no_jitter(n_frames):
    assert jitter(noisy(3.0)[:n_frames]) == 0
    never = noisy(3.0)
    never[..., 2] = 0
    assert jitter(never) == 0


def test_gaps_are_filled_on_a_straight_line_and_held_at_the_ends():
    keypoints = np.zeros((8, 1, 3))
    keypoints[[2, 5], 0] = [(10, 100, 0.5), (40, 70, 0.9)]
    filled = fill_gaps(keypoints)
    assert_allclose(filled[:, 0, 0], [10, 10, 10, 20, 30, 40, 40, 40])
    assert_allclose(filled[:, 0, 1], [100, 100, 100, 90, 80, 70, 70, 70])


def test_keypoints_that_are_seen_are_kept():
    keypoints = noisy(3.0)
    keypoints[np.random.default_rng(1).random(keypoints.shape[:2]) < 0.3] = 0
    seen = keypoints[..., 2] > 0
    assert_array_equal(fill_gaps(keypoints)[seen], keypoints[seen, :2])


def test_running_median_drops_a_short_peak_and_keeps_a_step():
    values = np.concatenate([np.zeros(20), np.ones(20)])
    peak = values.copy()
    peak[8:10] = 50
    assert_array_equal(running_median(peak, 7), values)
    assert_array_equal(running_median(peak, 1), peak)


def test_gaussian_smooth_keeps_the_mean_and_lessens_noise():
    noise = np.random.default_rng(0).normal(size=(4000, 3))
    smooth = gaussian_smooth(noise + 5, 4.0)
    assert smooth.shape == noise.shape
    assert_allclose(gaussian_smooth(np.full((30, 2), 7.0), 4.0), 7)
    # a Gaussian filter lets 1 / (2 sqrt(pi) sigma) of white noise's variance pass
    assert smooth.var() == pytest.approx(1 / (2 * np.sqrt(np.pi) * 4), rel=0.1)
    assert_array_equal(gaussian_smooth(noise, 0), noise)


def test_stretches_in_which_flags_hold_are_found_at_the_ends_too():
    assert runs(np.array([1, 1, 0, 0, 1, 0, 1], bool)) == [(0, 2), (4, 5), (6, 7)]
    assert runs(np.zeros(3, bool)) == []


def test_median_and_smoothing_are_of_each_column_by_itself():
    values = np.random.default_rng(1).normal(size=(40, 3, 2))
    values[7, 1, 0] = np.nan
    median, smooth = running_median(values, 5), gaussian_smooth(values, 1.3)
    assert median.shape == smooth.shape == values.shape
    for j in range(3):
        for axis in range(2):
            assert_array_equal(median[:, j, axis], running_median(values[:, j, axis], 5))
            assert_array_equal(smooth[:, j, axis], gaussian_smooth(values[:, j, axis], 1.3))
    padded = np.concatenate([values[:1].repeat(2, axis=0), values, values[-1:].repeat(2, axis=0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0)
    assert_array_equal(median, np.median(windows, axis=-1))
    assert np.isnan(median).sum() == 5
    half = 4  # frames: three standard deviations
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / 1.3) ** 2)
    padded = np.concatenate([values[:1].repeat(half, axis=0), values, values[-1:].repeat(half, axis=0)])
    for t in range(40):
        expected = np.tensordot(kernel / kernel.sum(), padded[t : t + 2 * half + 1], axes=1)
        assert_allclose(smooth[t], expected, atol=1e-12)

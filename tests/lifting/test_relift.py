"""Keypoints that are certain, and solving a lift again about them only."""

from dataclasses import replace

import numpy as np
import pytest

from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.clip import Clip
from dancelift.errors import InputError
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.relift import relift
from dancelift.synthetic.dance import generate

WRIST, FRAMES = 9, slice(70, 82)
OPTIONS = LiftOptions(n_seeds=1, n_threads=1)


@pytest.fixture(scope="module")
def case():
    """A dance, its clip with a wrist that was detected far away for a while, and the same corrected."""
    dance = generate(150, random_seed=5)
    wrong = dance.keypoints2d.copy()
    wrong[FRAMES, WRIST] = [*(dance.keypoints2d_clean[70, WRIST, :2] + [220, -160]), 0.9]
    right, certain = wrong.copy(), np.zeros(wrong.shape[:2], bool)
    right[FRAMES, WRIST] = dance.keypoints2d_clean[FRAMES, WRIST]
    certain[FRAMES, WRIST] = True
    given = {"fps": dance.fps, "image_size": dance.image_size}
    before = Clip.of(wrong, **given)
    return dance, before, Clip.of(right, certain=certain, **given), lift_clip(before, OPTIONS)


@pytest.fixture(scope="module")
def relifted(case):
    _, _, corrected, result = case
    return relift(result, corrected, OPTIONS)


def off(result, dance):
    """Distance of the wrist's reprojection from where it is, px."""
    return np.linalg.norm(result.keypoints2d[FRAMES, WRIST] - dance.keypoints2d_clean[FRAMES, WRIST, :2], axis=1)


def test_corrected_joint_goes_where_it_was_put(case, relifted):
    dance, _, _, before = case
    assert off(relifted, dance).mean() < 4 < 20 < off(before, dance).mean()


def test_frames_further_away_stay_bit_for_bit(case, relifted):
    _, _, _, before = case
    changed = (relifted.poses3d != before.poses3d).any(axis=(1, 2))
    around = round(0.75 * 30)
    assert changed[FRAMES].all()
    assert not changed[: FRAMES.start - around].any() and not changed[FRAMES.stop + around :].any()
    np.testing.assert_array_equal(relifted.keypoints2d[~changed], before.keypoints2d[~changed])
    np.testing.assert_array_equal(relifted.seed_errors[:, ~changed], before.seed_errors[:, ~changed])


def test_motion_passes_over_without_a_jump(case, relifted):
    _, _, _, before = case
    change = np.linalg.norm(np.diff(relifted.poses3d, axis=0), axis=2).max(axis=1)
    borders = [FRAMES.start - 23, FRAMES.start - 22, FRAMES.stop + 21, FRAMES.stop + 22]
    usual = np.linalg.norm(np.diff(before.poses3d, axis=0), axis=2).max(axis=1)
    assert (change[borders] < usual[borders] + 0.01).all()  # m


def test_certain_keypoints_are_believed_more_than_detected_ones(case):
    """One frame is corrected, among others that stay wrong."""
    dance, wrong, corrected, _ = case
    keypoints, certain = wrong.keypoints2d.copy(), np.zeros_like(corrected.certain)
    given = {"fps": dance.fps, "image_size": dance.image_size}
    keypoints[76, WRIST] = corrected.keypoints2d[76, WRIST]
    certain[76, WRIST] = True
    sure, detected = (lift_clip(Clip.of(keypoints, certain=flags, **given), OPTIONS) for flags in (certain, None))
    place = dance.keypoints2d_clean[76, WRIST, :2]
    far = [np.linalg.norm(result.keypoints2d[76, WRIST] - place) for result in (sure, detected)]
    assert far[0] < 0.5 * far[1]


def test_result_is_near_the_lift_of_everything_anew(case, relifted):
    _, _, corrected, _ = case
    anew = lift_clip(corrected, OPTIONS)
    there = relifted.poses3d[FRAMES] - relifted.poses3d[FRAMES, 11:13].mean(axis=1, keepdims=True)
    other = anew.poses3d[FRAMES] - anew.poses3d[FRAMES, 11:13].mean(axis=1, keepdims=True)
    assert np.linalg.norm(there - other, axis=2).mean() < 0.02  # m


def test_nothing_certain_changes_nothing(case):
    _, before, _, result = case
    np.testing.assert_array_equal(relift(result, before, OPTIONS).poses3d, result.poses3d)


def test_height_of_the_dancer_sets_the_scale(case, relifted):
    _, before, corrected, _ = case
    tall, size = replace(OPTIONS, height=2.04), 2.04 / STANDARD_HEIGHT
    again = relift(lift_clip(before, tall), corrected, tall)
    np.testing.assert_allclose(again.poses3d, size * relifted.poses3d, atol=1e-5)
    np.testing.assert_allclose(again.deviations, size * relifted.deviations, rtol=1e-5)


def test_another_clip_is_refused(case):
    _, _, corrected, result = case
    with pytest.raises(InputError, match=r"frames and joints, expected those of the keypoints, \(149, 17\)"):
        relift(result, corrected.frames(slice(0, 149)), OPTIONS)
    shifted = replace(corrected, frame_numbers=corrected.frame_numbers + 5)
    with pytest.raises(InputError, match="is of frames 0 to 149, expected those of the keypoints, 5 to 154"):
        relift(result, shifted, OPTIONS)

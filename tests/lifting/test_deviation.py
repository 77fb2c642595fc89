"""Standard deviations of lifted joints hold what they say."""

import numpy as np
import pytest

import dancelift
from dancelift.datasets.registry import open_dataset
from dancelift.evaluation.lift import measure
from dancelift.lifting.deviation import joint_deviations
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from fixtures.lifts import dance
from fixtures.paths import REAL_CLIPS

WRIST = dancelift.SKELETONS["coco17"].joints.index("left_wrist")


def test_joints_that_are_not_seen_may_be_as_far_off_across_the_line_of_sight_as_along_it():
    seen = np.array([[True, False]])
    across, along = np.moveaxis(joint_deviations(np.array([[0.1, 0.1]]), seen, 1.0), 2, 0)
    assert across[0, 0] < along[0, 0] / 2
    assert across[0, 1] == along[0, 1] == along[0, 0]


def test_a_result_has_them_and_its_file_too(tmp_path):
    clip = dance(60, random_seed=2)
    keypoints = clip.keypoints2d.copy()
    keypoints[20:40, WRIST] = 0
    result = dancelift.lift(keypoints, image_size=clip.image_size, fps=clip.fps, n_seeds=2)
    assert result.deviations.shape == (60, 17, 2)
    assert (result.deviations > 0).all()
    assert result.deviations[30, WRIST, 0] > 2 * result.deviations[5, WRIST, 0]
    result.save(tmp_path / "lift.npz")
    np.testing.assert_array_equal(dancelift.load_lift(tmp_path / "lift.npz").deviations, result.deviations)


def test_long_clips_and_takes_have_them_in_every_frame():
    one, other = dance(1600, random_seed=1), dance(60, random_seed=2)
    together = np.concatenate([one.keypoints2d, other.keypoints2d])
    with pytest.warns(dancelift.DanceliftWarning, match="2 takes"):
        result = dancelift.lift(together, image_size=one.image_size, fps=one.fps, n_seeds=1)
    assert result.deviations.shape == (1660, 17, 2)
    assert (result.deviations > 0.001).all()
    assert (result.deviations < 1).all()


def test_as_many_joints_are_within_them_as_are_said_to_be():
    if not REAL_CLIPS.exists():
        pytest.skip(f"{REAL_CLIPS} is absent")
    dataset = open_dataset(REAL_CLIPS)
    within = []
    for name in ("cha-cha_6", "rumba_6", "salsa_60_12", "waltz_18"):
        (sequence,) = dataset.read(name, "detected", 1)
        sequence = sequence.first(200)
        within.append(measure(lift_clip(sequence.clip(None), LiftOptions(n_seeds=1)), sequence))
    assert np.mean([found["in-1sd"] for found in within]) == pytest.approx(68, abs=7)
    assert np.mean([found["in-2sd"] for found in within]) == pytest.approx(95, abs=5)

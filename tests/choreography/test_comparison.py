"""Two performances of one phrase compared: alignment, differences, words, files, refusals."""

import csv
import dataclasses
import json

import numpy as np
import pytest

import dancelift
from dancelift.body.skeleton import SKELETONS
from dancelift.choreography.performance import JOINTS, Performance
from dancelift.choreography.tempo import lag_of_steps
from dancelift.errors import InputError, MissingExtraError
from fixtures.body_motions import body, mirrored, motion
from fixtures.paths import REAL_MOTION
from fixtures.performances import GENRES, arm_turned, elsewhere, invented, of_file, played, real, with_poses
from fixtures.recognition import lifted, recognised

pytest.importorskip("dtaidistance")

SHIFT, LONGER = 0.7, 1.08


def dance_of(name: str):
    return invented(300) if name == "invented" else real(name)


@pytest.mark.parametrize("name", ["invented", *GENRES])
def test_dance_that_begins_later_and_goes_slower_is_aligned_with_itself(name):
    a = dance_of(name)
    found = dancelift.compare(a, played(a, SHIFT, LONGER))
    true = (found.time_map.a - SHIFT) * LONGER
    inside = true >= 0
    assert inside.mean() > 0.98
    assert np.abs(found.time_map.b - true)[inside].max() * a.fps <= 2
    assert (np.diff(found.time_map.b) >= 0).all()
    assert np.ptp(found.time_map.a) > 0.97 * ((len(a.poses3d) - 1) / a.fps - SHIFT)
    assert max(found.mean_places.values()) < 2
    assert max(found.mean_angles.values()) < 3
    assert found.pace == pytest.approx(1 / LONGER, abs=0.01)
    assert f"takes {LONGER - 1:.0%} longer" in found.summary[1]
    assert found.remarks == ()


@pytest.mark.parametrize("axis", [(0, 1, 0), (0, 0, 1), (1, 0, 0)], ids="yzx")
@pytest.mark.parametrize(("name", "side"), [("invented", "left"), *zip(GENRES, ["left", "right"] * 2, strict=True)])
def test_arm_that_is_turned_is_named_with_its_time_and_angle(name, side, axis):
    a = dance_of(name)
    first, after = round(3 * a.fps), round(5 * a.fps)
    found = dancelift.compare(a, arm_turned(a, side, axis, 20, slice(first, after)))
    assert np.abs(found.time_map.b - found.time_map.a).max() < 0.2
    (remark,) = found.remarks
    assert remark.part == f"{side} arm"
    assert remark.start == pytest.approx(3, abs=0.25) and remark.end == pytest.approx(5, abs=0.25)
    assert remark.amount == pytest.approx(20, abs=5)
    assert remark.text.startswith(f"the {side} arm is held {remark.amount:.0f} degrees ")
    assert remark.text.endswith(f" from {remark.start:.1f} to {remark.end:.1f} s")


@pytest.mark.parametrize(("plane", "lowered"), [(0, "lower"), (90, "lower")])
def test_words_say_which_way(plane, lowered):
    course = 70 + 15 * np.sin(2 * np.pi * np.arange(120) / 40)
    still_other = {"right_elevation": 40 + 30 * np.sin(np.arange(120) / 7), "left_plane": plane}
    a = motion(body(left_elevation=course, **still_other))
    b = motion(body(left_elevation=course - 25, **still_other))
    (remark,) = dancelift.compare(a, b).remarks
    assert remark.part == "left arm" and lowered in remark.text
    assert remark.amount == pytest.approx(25, abs=2)


def test_place_facing_and_height_do_not_count():
    a = invented(200)
    found = dancelift.compare(a, elsewhere(a, 130, (3, 0, -2), 1.15))
    assert max(found.mean_places.values()) < 0.3
    assert max(found.mean_angles.values()) < 0.5
    assert np.abs(found.differences.hip_height).max() < 0.5
    assert np.abs(found.differences.facing).max() < 1
    assert found.differences.ground.max() < 3
    assert found.remarks == ()


def test_facing_otherwise_for_a_while_is_said():
    a = invented(300)
    yaw = np.zeros(300)
    yaw[150:220] = np.radians(50)
    yaw = np.convolve(np.pad(yaw, 10, mode="edge"), np.ones(21) / 21, "valid")
    centre = a.poses3d[:, 11:13].mean(axis=1, keepdims=True)
    turn = np.stack([[np.cos(yaw), 0 * yaw, np.sin(yaw)], [0 * yaw, 1 + 0 * yaw, 0 * yaw],
                     [-np.sin(yaw), 0 * yaw, np.cos(yaw)]]).transpose(2, 0, 1)  # fmt: skip
    b = with_poses(a, centre + np.einsum("tij,tkj->tki", turn, a.poses3d - centre))
    remark = next(each for each in dancelift.compare(a, b).remarks if each.part == "facing")
    assert "further left" in remark.text
    assert remark.start == pytest.approx(5, abs=0.4) and remark.end == pytest.approx(7.3, abs=0.4)


@pytest.mark.parametrize("degrees", [20, 40])
def test_arms_held_lower_all_along_do_not_hinder_the_alignment(degrees):
    a = real("waltz_17")
    b = played(a, SHIFT, LONGER)
    b = arm_turned(b, "left", (0, 0, 1), degrees, slice(None))
    found = dancelift.compare(a, b)
    true = (found.time_map.a - SHIFT) * LONGER
    assert np.percentile(np.abs(found.time_map.b - true), 95) * a.fps <= 2
    assert found.remarks[0].part == "left arm" and found.remarks[0].amount == pytest.approx(degrees, abs=4)


def test_another_skeleton_is_read_as_coco17():
    found = dancelift.compare(invented(200), invented(200, skeleton=SKELETONS["h36m17"]))
    assert "head" not in found.mean_angles
    assert max(found.mean_angles.values()) < 3
    assert max(found.mean_places.values()) < 2


def test_mirrored_performance_is_compared_the_other_way_round():
    a = invented(200)
    b = with_poses(a, mirrored(a.poses3d))
    found = dancelift.compare(a, b, mirror=True)
    assert max(found.mean_places.values()) < 0.01
    with pytest.raises(
        InputError, match="no movement in common.*mirrored, left for right, they have: expected mirror=True"
    ):
        dancelift.compare(a, b)
    with pytest.raises(InputError, match="no movement in common.*as they are they have: expected mirror=False"):
        dancelift.compare(a, a, mirror=True)


def test_steps_that_are_heard_twice_as_fast_in_one_have_one_beat():
    found = dancelift.compare(real("salsa_60_01"), real("salsa_60_13"))
    assert found.tempo_a is not None and found.tempo_b is not None
    assert found.tempo_a.per_minute == pytest.approx(found.tempo_b.per_minute, rel=0.05)


def test_dancers_of_one_recording_are_compared_at_the_same_time():
    a, other = invented(200), invented(200, random_seed=3)
    found = dancelift.compare(a, other, synchronous=True, names=("lead", "follow"))
    np.testing.assert_array_equal(found.time_map.a, found.time_map.b)
    assert len(found.time_map.a) == 200
    assert (found.a.name, found.b.name) == ("lead", "follow")
    later = dataclasses.replace(other, start=2.0)
    found = dancelift.compare(a, later, synchronous=True)
    assert found.time_map.a[0] == pytest.approx(2) and found.time_map.b[0] == pytest.approx(0)
    with pytest.raises(InputError, match=r"at the same time for 0\.0 s, expected 2 s"):
        dancelift.compare(a, dataclasses.replace(other, start=60.0), synchronous=True)


@pytest.mark.parametrize("lag", [-0.2, 0.12])
def test_steps_that_come_later_are_told(lag):
    frames = np.arange(120, 600)
    step = np.maximum(np.sin(2 * np.pi * frames / 30 / 0.9), 0) ** 2
    whole = np.tile(body()[:1], (len(frames), 1, 1))
    whole[:, JOINTS.index("left_ankle"), 2] += 0.3 * np.cumsum(step) / 30
    whole[:, JOINTS.index("right_ankle"), 2] += 0.3 * np.cumsum(1 - step) / 30
    shift = round(lag * 30)
    a, b = (Performance.of(motion(whole[start : start + 400])) for start in (40, 40 - shift))
    assert lag_of_steps(a, b) == pytest.approx(lag, abs=0.04)


def test_files_hold_the_numbers(tmp_path):
    a = invented(200)
    found = dancelift.compare(a, arm_turned(a, "right", (0, 0, 1), 30, slice(60, 130)), names=("teacher", "pupil"))
    found.save_csv(tmp_path / "a.csv")
    with open(tmp_path / "a.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(found.time_map.a)
    angles = np.array([float(row["right_arm_deg"]) for row in table])
    np.testing.assert_allclose(angles, found.differences.angles["right arm"], atol=1e-3)
    assert angles[80:110].mean() == pytest.approx(30, abs=3)
    assert float(table[-1]["time_a_s"]) == pytest.approx(found.time_map.a[-1], abs=1e-3)
    assert float(table[100]["right_wrist_cm"]) == pytest.approx(found.differences.places[100, 10], abs=1e-3)
    found.save_json(tmp_path / "a.json")
    about = json.loads((tmp_path / "a.json").read_text())
    assert (about["a"]["name"], about["b"]["name"]) == ("teacher", "pupil")
    assert about["remarks"][0]["part"] == "right arm"
    assert about["mean_angles_deg"]["right arm"] == pytest.approx(found.mean_angles["right arm"], abs=0.01)


def test_what_lifting_cannot_tell_from_its_errors_is_not_said():
    result, _ = lifted()
    found = dancelift.compare(result, result)
    assert found.remarks == () and (found.differences.doubt["left elbow"] > 5).any()
    assert dancelift.compare(recognised(), result).remarks == ()


def test_walk_and_waltz_have_no_movement_in_common():
    with pytest.raises(InputError, match="waltz_17 and 02_01 have no movement in common; expected two performances"):
        dancelift.compare(real("waltz_17"), of_file(REAL_MOTION / "02_01.bvh"))


def test_different_dances_have_no_movement_in_common():
    with pytest.raises(InputError, match="no movement in common"):
        dancelift.compare(invented(200), invented(200, random_seed=5))


def test_unfit_input_is_refused(monkeypatch):
    a = invented(100)
    with pytest.raises(InputError, match=r"dance 0: lasts 0\.03 s \(1 frame\), expected at least 2 s"):
        dancelift.compare(a, with_poses(a, a.poses3d[:1]))
    without_hips = a.poses3d.copy()
    without_hips[5, 11] = np.nan
    with pytest.raises(InputError, match="left_hip missing, expected hips and shoulders in every frame"):
        dancelift.compare(a, with_poses(a, without_hips))
    with pytest.raises(InputError, match="a clip is ndarray, expected a Motion, a LiftResult or a Recognition"):
        dancelift.compare(a, a.poses3d)
    recognition = recognised()
    fewer = dataclasses.replace(recognition.taxonomy, movements=recognition.taxonomy.movements[::-1])
    with pytest.raises(InputError, match=r"take <1>: movements of another taxonomy \([0-9a-f]{12}\), expected"):
        dancelift.compare(a, dataclasses.replace(recognition, taxonomy=fewer))
    monkeypatch.setattr("dancelift.errors.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r'pip install "dancelift\[choreography\]"'):
        dancelift.compare(a, a)

"""Joints are found by their names where a file has them, and by their number only where it has not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancelift import SKELETONS, InputError, Skeleton, Track
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.keypoints.joints import landmark
from fixtures.keypoints import coco_results, dancer, mmpose_results, write_json, write_openpose

H36M = SKELETONS["h36m17"].joints
MMPOSE_H36M = (
    "root right_hip right_knee right_foot left_hip left_knee left_foot spine thorax neck_base head "
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
).split()
SPORTS2D = (
    "Hip RHip RKnee RAnkle RBigToe RSmallToe RHeel LHip LKnee LAnkle LBigToe LSmallToe LHeel "
    "Neck Head Nose RShoulder RElbow RWrist LShoulder LElbow LWrist"
).split()


def mmpose(folder: Path, names: Any, keypoints: np.ndarray) -> Path:
    content = mmpose_results([keypoints])
    content["meta_info"] = {"dataset_name": "mine", "keypoint_id2name": names}
    return write_json(folder / "mmpose.json", content)


def read(path: Path, **options: Any) -> Track:
    (track,) = load_keypoints(path, **options)
    return track


@pytest.mark.parametrize(
    "names", [dict(enumerate(H36M)), list(H36M), dict(enumerate(MMPOSE_H36M)), {n: i for i, n in enumerate(H36M)}]
)
def test_seventeen_joints_named_as_those_of_human36m_are_no_coco_joints(tmp_path, names):
    keypoints = dancer(6)
    track = read(mmpose(tmp_path, names, keypoints))
    assert track.skeleton == "h36m17"
    np.testing.assert_allclose(track.keypoints2d, keypoints)


def test_mmpose_data_set_alone_tells_human36m(tmp_path):
    content = mmpose_results([dancer(6)])
    content["meta_info"] = {"dataset_name": "h36m"}
    assert read(write_json(tmp_path / "mmpose.json", content)).skeleton == "h36m17"


@pytest.mark.parametrize("name", SKELETONS)
def test_joints_in_another_order_are_put_in_that_of_the_skeleton(tmp_path, name):
    joints = SKELETONS[name].joints
    keypoints, order = dancer(6, len(joints)), np.random.default_rng(0).permutation(len(joints))
    shouted = [joints[i].upper().replace("_", " ") for i in order]
    track = read(mmpose(tmp_path, shouted, keypoints[:, order]))
    assert track.skeleton == name
    np.testing.assert_allclose(track.keypoints2d, keypoints)


def test_more_joints_than_a_skeletons_are_read_as_the_one_with_most_of_them(tmp_path):
    names = [*SKELETONS["coco_wholebody23"].joints, *(f"face-{i}" for i in range(68)), "left_hand_root", "left_thumb1"]
    track = read(mmpose(tmp_path, names, dancer(4, len(names))))
    assert track.skeleton == "coco_wholebody23"


def test_other_joints_make_a_skeleton_of_the_files_own(tmp_path):
    keypoints = dancer(6, 22)
    track = read(mmpose(tmp_path, SPORTS2D, keypoints))
    assert isinstance(track.skeleton, Skeleton)
    assert track.skeleton.joints == tuple(SPORTS2D)
    marks = {"mid_hip": 0, "right_hip": 1, "head_top": 14, "left_big_toe": 10}
    assert {mark: track.skeleton.index(mark) for mark in marks} == marks
    np.testing.assert_allclose(track.keypoints2d, keypoints)


def test_joints_whose_names_are_of_nothing_are_left_out_of_it(tmp_path):
    track = read(mmpose(tmp_path, ["hat", *SPORTS2D, "tail"], dancer(6, 24)))
    assert isinstance(track.skeleton, Skeleton)
    assert track.skeleton.joints == tuple(SPORTS2D)


def test_names_that_say_nothing_leave_it_to_the_number(tmp_path):
    assert read(mmpose(tmp_path, [f"joint {i}" for i in range(17)], dancer(4))).skeleton == "coco17"


def test_coco_category_names_the_joints(tmp_path):
    keypoints = dancer(3)
    keypoints[..., 2] = 2
    content = {
        "images": [{"id": t} for t in range(3)],
        "annotations": coco_results([keypoints]),
        "categories": [{"id": 1, "name": "person", "keypoints": list(H36M)}],
    }
    assert read(write_json(tmp_path / "truth.json", content)).skeleton == "h36m17"


def test_the_callers_skeleton_comes_first_and_must_be_among_the_names(tmp_path):
    names = SKELETONS["halpe26"].joints
    path = mmpose(tmp_path, list(names), dancer(4, 26))
    assert read(path, skeleton="coco17").keypoints2d.shape == (4, 17, 3)
    with pytest.raises(InputError, match="h36m17.*26 joints; expected coco17 or .*halpe26"):
        load_keypoints(path, skeleton="h36m17")
    own = Skeleton("four", ("left_hip", "right_hip", "left_shoulder", "right_shoulder"))
    assert read(path, skeleton=own).keypoints2d.shape == (4, 4, 3)


def test_names_of_no_dancer_are_an_error_that_has_them(tmp_path):
    with pytest.raises(InputError, match="snout, tail"):
        load_keypoints(mmpose(tmp_path, ["snout", "tail"], dancer(4, 2)))


@pytest.mark.parametrize(
    "name", ["LShoulder", "left shoulder", "l_shoulder", "shoulder.L", "ShoulderLeft", "LEFT-SHOULDER", "lshoulder"]
)
def test_sides_are_written_in_many_ways(name):
    assert landmark(name) == "left_shoulder"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Hip", "mid_hip"),
        ("CHip", "mid_hip"),
        ("RHip", "right_hip"),
        ("RBigToe", "right_big_toe"),
        ("Head", "head_top"),
        ("left_hand_root", None),
        ("leftMouth", "mouth_left"),
        ("root (pelvis)", "mid_hip"),
    ],
)
def test_names_of_other_joints(name, meant):
    assert landmark(name) == meant


@pytest.mark.parametrize(
    ("n_joints", "skeleton"),
    [(17, "coco17"), (25, "body25"), (26, "halpe26"), (133, "coco_wholebody23"), (136, "halpe26")],
)
@pytest.mark.parametrize("ending", ["_keypoints.json", ".json"])
def test_folders_in_openpose_layout_have_any_known_number_of_joints(tmp_path, n_joints, skeleton, ending):
    folder = write_openpose(tmp_path / "json", [dancer(5, n_joints)])
    for file in folder.iterdir():
        file.rename(folder / file.name.replace("_keypoints.json", ending))
    assert read(folder).skeleton == skeleton

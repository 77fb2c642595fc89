"""The keypoint conventions that dancelift knows, and skeletons of a user's own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dancelift import SKELETONS, Skeleton
from dancelift.body import anatomy
from fixtures.lifts import PEDESTRIAN

FACE = "nose left_eye right_eye left_ear right_ear"
SIDES = (
    "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
    "left_hip right_hip left_knee right_knee left_ankle right_ankle"
)
ORDERS = {
    "coco17": f"{FACE} {SIDES}",
    "halpe26": (
        f"{FACE} {SIDES} head_top neck mid_hip "
        "left_big_toe right_big_toe left_small_toe right_small_toe left_heel right_heel"
    ),
    "body25": (
        "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist mid_hip "
        "right_hip right_knee right_ankle left_hip left_knee left_ankle "
        "right_eye left_eye right_ear left_ear left_big_toe left_small_toe left_heel "
        "right_big_toe right_small_toe right_heel"
    ),
    "h36m17": (
        "mid_hip right_hip right_knee right_ankle left_hip left_knee left_ankle spine thorax jaw head_top "
        "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
    ),
    "blazepose33": (
        "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer "
        "left_ear right_ear mouth_left mouth_right "
        "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
        "left_pinky right_pinky left_index right_index left_thumb right_thumb left_hip right_hip "
        "left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index"
    ),
}
every_skeleton = pytest.mark.parametrize("skeleton", [*SKELETONS.values(), PEDESTRIAN], ids=lambda s: s.name)


def bone_names(skeleton: Skeleton) -> set[str]:
    return {"-".join(sorted((skeleton.joints[a], skeleton.joints[b]))) for a, b, *_ in skeleton.bones}


@pytest.mark.parametrize("name", ORDERS)
def test_joints_are_in_the_published_order(name):
    skeleton = SKELETONS[name]
    assert [skeleton.index(landmark) for landmark in ORDERS[name].split()] == list(range(len(skeleton)))


def test_conventions_are_known_by_their_number_of_joints():
    assert {name: len(skeleton) for name, skeleton in SKELETONS.items()} == {
        "coco17": 17,
        "coco_wholebody23": 23,
        "halpe26": 26,
        "body25": 25,
        "h36m17": 17,
        "blazepose33": 33,
    }


@every_skeleton
def test_joints_are_weighted_landmarks_of_the_body(skeleton):
    assert skeleton.landmark_weights.shape == (len(skeleton), len(anatomy.LANDMARKS))
    assert_allclose(skeleton.landmark_weights.sum(axis=1), 1)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_limbs_and_trunk_have_bones(skeleton):
    limbs = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]
    for side in ("left", "right"):
        for a, b in limbs:
            assert "-".join(sorted((f"{side}_{a}", f"{side}_{b}"))) in bone_names(skeleton)
    assert {"left_shoulder-right_shoulder", "left_hip-right_hip"} <= bone_names(skeleton)


@every_skeleton
def test_left_and_right_bones_share_a_length(skeleton):
    lengths = {frozenset((a, b)): length for a, b, length, _ in (*skeleton.bones, *skeleton.head)}
    landmarks = {skeleton.index(landmark): landmark for landmark in anatomy.LANDMARKS}

    def mirrored(joint):
        return skeleton.index(anatomy.mirror(landmarks[joint]))

    for bone, length in lengths.items():
        assert lengths[frozenset(mirrored(joint) for joint in bone)] == length


@every_skeleton
def test_every_length_is_of_some_bone_and_plausible(skeleton):
    used = {length for _, _, length, _ in (*skeleton.bones, *skeleton.head)}
    lengths = skeleton.mean_lengths(1.7)
    assert used == set(range(len(skeleton.length_names))) == set(range(len(lengths)))
    assert all(0.005 < length < 0.7 for length in lengths)
    assert_allclose(skeleton.mean_lengths(1.87), np.multiply(1.1, lengths))
    named = dict(zip(skeleton.length_names, lengths, strict=True))
    assert 0.35 < named["left_hip-left_knee"] < 0.5
    assert 0.35 < named["left_ankle-left_knee"] < 0.5


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_knees_and_elbows_are_hinges_that_bend_opposite_ways(skeleton):
    hinges = {skeleton.joints[middle]: hinge for hinge in skeleton.hinges for middle in (hinge[2],)}
    assert {*hinges} == {f"{side}_{name}" for side in ("left", "right") for name in ("knee", "elbow")}
    for name, (left, right, _, distal, on_left, sign, tolerance) in hinges.items():
        assert skeleton.joints[left].startswith("left_")
        assert skeleton.joints[right].startswith("right_")
        assert on_left == name.startswith("left_") == skeleton.joints[distal].startswith("left_")
        assert sign == (1 if name.endswith("knee") else -1)
        assert 0 <= tolerance < 1


def test_head_is_rigid_where_several_of_its_points_are_seen():
    assert len(SKELETONS["coco17"].head) == 10  # every pair of nose, eyes and ears
    assert len(PEDESTRIAN.head) == 0


def test_skeleton_of_a_user_maps_joints_to_landmarks():
    assert PEDESTRIAN.index("left_wrist") == PEDESTRIAN.joints.index("l_hand")
    assert PEDESTRIAN.index("mid_hip") == PEDESTRIAN.joints.index("root")
    assert PEDESTRIAN.index("left_ear") is None  # the head lies between the ears
    assert PEDESTRIAN.index("left_elbow") is None
    assert "l_hip-l_knee" in bone_names(PEDESTRIAN)
    assert len(PEDESTRIAN.hinges) == 2  # no elbows


def test_smallest_skeleton_is_a_trunk():
    trunk = Skeleton("trunk", ["left_shoulder", "right_shoulder", "left_hip", "right_hip"])
    assert len(trunk.bones) == 4
    assert trunk.hinges == trunk.head == ()

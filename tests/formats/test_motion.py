"""What load_motions reads: 3D motion of one performer a clip, in metres, y up, without gaps."""

import pickle
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import SKELETONS, DanceliftWarning, InputError, LiftResult
from dancelift.body.motion import Motion
from dancelift.formats.bvh import Hierarchy, Joint, read_bvh
from dancelift.formats.motion import FORMATS, load_motions
from dancelift.geometry import rotation
from dancelift.synthetic.dance import generate
from fixtures.lifts import PEDESTRIAN
from fixtures.motion import (
    CONVENTIONS,
    FPS,
    dance,
    dancer_rig,
    joints_of,
    write_aist,
    write_bvh,
    write_dance_clip,
    write_human36m,
    z_up,
)
from fixtures.paths import REAL_CLIPS

COCO17, H36M17 = SKELETONS["coco17"], SKELETONS["h36m17"]
FACE, LIMBS = slice(0, 5), slice(5, 17)


def coco_dance(n_frames: int = 40, **options: Any) -> np.ndarray:
    """(T, 17, 3): m, y up; may be written to."""
    return joints_of(dance(n_frames, **options), COCO17)


def only(path: Path, **options: Any) -> Motion:
    (motion,) = load_motions(path, **options)
    return motion


def rejected(path: Path, *parts: str, **options: Any) -> None:
    """Reading raises InputError, whose message names the path and has all `parts`."""
    with pytest.raises(InputError) as error:
        load_motions(path, **options)
    for part in (str(path), "expected", *parts):
        assert part in str(error.value)


# BVH: the hierarchy

ARM = """HIERARCHY
ROOT Shoulder
{
	OFFSET 1 2 3
	CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
	JOINT Elbow
	{
		OFFSET 0 -3 0
		CHANNELS 3 Zrotation Xrotation Yrotation
		End Site
		{
			OFFSET 0 -2 0
		}
	}
}
MOTION
Frames: 2
Frame Time: 0.04
0 0 0 0 0 0 0 0 0
10 20 30 90 0 0 0 90 0
"""


def arm(tmp_path: Path, text: str = ARM) -> Path:
    path = tmp_path / "arm.bvh"
    path.write_text(text)
    return path


def test_bvh_arm_raised_and_bent_by_hand(tmp_path):
    bvh = read_bvh(arm(tmp_path))
    assert [joint.name for joint in bvh.hierarchy.joints] == ["Shoulder", "Elbow", ""]
    assert bvh.frame_time == 0.04
    assert_array_equal(bvh.hierarchy.rest(), [[1, 2, 3], [1, -1, 3], [1, -3, 3]])
    positions, rotations = bvh.hierarchy.forward(bvh.channels)
    # the root's position channels stand for its OFFSET; a turn of 90 degrees about z takes -y to x, and one about the
    # upper arm's own x then takes the forearm from its -y to its -z, which is the world's
    assert_allclose(positions, [[[0, 0, 0], [0, -3, 0], [0, -5, 0]], [[10, 20, 30], [13, 20, 30], [13, 20, 28]]])
    assert_allclose(rotations[1, 1] @ [0, -1, 0], [0, 0, -1], atol=1e-12)


def homogeneous(channel: str, value: float) -> np.ndarray:
    """(4, 4) transform of one channel."""
    matrix, axis = np.eye(4), "XYZ".index(channel[0])
    if channel.endswith("position"):
        matrix[axis, 3] = value
        return matrix
    c, s = np.cos(np.radians(value)), np.sin(np.radians(value))
    i, j = [k for k in range(3) if k != axis]
    sign = -1 if axis == 1 else 1
    matrix[[i, i, j, j], [i, j, i, j]] = c, -sign * s, sign * s, c
    return matrix


def test_forward_kinematics_is_the_product_of_transforms_along_the_chain():
    """One frame and one 4x4 matrix at a time, for channels in every order and number."""
    rng = np.random.default_rng(3)
    joints: list[Joint] = []
    orders = [order.split() for order in ("Z X Y", "X Y Z", "Y Z X", "Y X Z", "X Z Y", "Z Y X", "X", "")]
    for index in range(16):
        rotations = tuple(f"{axis}rotation" for axis in orders[index % len(orders)])
        moves = tuple(f"{axis}position" for axis in ("XYZ" if index % 5 == 0 else "Y" if index % 5 == 1 else ""))
        channels = moves + rotations if index % 2 else rotations + moves
        joints.append(
            Joint(str(index), int(rng.integers(-1, index)) if index else -1, tuple(rng.normal(size=3)), channels)
        )
    joints = [joint if i == 0 or joint.parent >= 0 else Joint(joint.name, 0, joint.offset, joint.channels)
              for i, joint in enumerate(joints)]  # fmt: skip
    hierarchy = Hierarchy(tuple(joints))
    motion = rng.uniform(-180, 180, (7, hierarchy.n_channels))
    positions, rotations = hierarchy.forward(motion)
    for frame, numbers in enumerate(motion):
        world: list[np.ndarray] = []
        values = iter(numbers)
        for joint in joints:
            move = dict(zip(("Xposition", "Yposition", "Zposition"), joint.offset, strict=True))
            turn = np.eye(4)
            for channel in joint.channels:
                if channel in move:
                    move[channel] = next(values)
                else:
                    turn = turn @ homogeneous(channel, next(values))
            local = np.linalg.multi_dot([homogeneous(*item) for item in move.items()]) @ turn
            world.append(world[joint.parent] @ local if joint.parent >= 0 else local)
        assert_allclose(positions[frame], [matrix[:3, 3] for matrix in world], atol=1e-9)
        assert_allclose(rotations[frame], [matrix[:3, :3] for matrix in world], atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\t", "  ").replace("\n", "\n\n"),
        lambda text: text.replace("\n{", " {").replace("\n\t{", "{"),
        lambda text: text.lower().replace("shoulder", "Shoulder").replace("elbow", "Elbow"),
        lambda text: text.replace("Frames: ", "Frames:\t").replace("Frame Time: ", "FrameTime :"),
        lambda text: text.replace("90 0 0 0", "90\n0 0 0"),
        lambda text: text.replace("\n0 0", "\n  0.0 0e0").replace("30 90", "30.000 +9.0E1"),
        lambda text: text.rstrip("\n"),
    ],
)  # fmt: skip
def test_bvh_is_written_in_many_ways(tmp_path, change):
    expected, found = read_bvh(arm(tmp_path)), read_bvh(arm(tmp_path, change(ARM)))
    assert found.hierarchy == expected.hierarchy
    assert_array_equal(found.channels, expected.channels)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("HIERARCHY", "HIERARCHIE", 1, "HIERARCHY"),
        ("ROOT Shoulder", "JOINT Shoulder", 2, "ROOT"),
        ("ROOT Shoulder", "ROOT", 2, "name"),
        ("\n{", "\n", 4, "brace that opens"),
        ("OFFSET 1 2 3", "OFFSET 1 2", 4, "3 finite numbers"),
        ("OFFSET 1 2 3", "OFFSET 1 2 drei", 4, "drei"),
        ("OFFSET 1 2 3", "OFFSET 1 nan 3", 4, "finite"),
        ("OFFSET 1 2 3", "OFFSET 1 2 3\n OFFSET 1 2 3", 5, "second"),
        ("\t\tOFFSET 0 -3 0\n", "", 6, "'Elbow' has no OFFSET"),
        ("CHANNELS 6", "CHANNELS 5", 5, "their number"),
        ("Xposition", "Wposition", 5, "Wposition"),
        ("Xposition", "Zrotation", 5, "once"),
        ("CHANNELS 3", "CHANELS 3", 9, "CHANELS"),
        ("JOINT Elbow", "ROOT Elbow", 6, "second ROOT"),
        ("\t\t\tOFFSET 0 -2 0", "\t\t\tOFFSET 0 -2 0\n CHANNELS 1 Xrotation", 13, "End Site"),
        ("\t\t\tOFFSET 0 -2 0", "\t\t\tOFFSET 0 -2 0\n JOINT Hand", 13, "out of place"),
        ("\n}\nMOTION", "\nMOTION", 15, "MOTION"),
        ("\n}\nMOTION", "\n}\n}\nMOTION", 16, "MOTION"),
        ("MOTION\n", "", 16, "'Frames: 2'"),
        ("Frames: 2", "Frames 2", 17, "'Frames: '"),
        ("Frames: 2", "Frames: many", 17, "many"),
        ("Frames: 2", "Frames: 0", 17, "at least 1"),
        ("Frames: 2", "Frames: 1.5", 17, "whole number"),
        ("Frame Time: 0.04", "Frame Time: 0", 18, "expected 0.001 to 1 s"),
        ("Frame Time: 0.04", "Frame Time: 0,04", 18, "0,04"),
        ("10 20 30", "10 20 3O", 20, "3O"),
        ("10 20 30", "10 20", 20, "8 numbers; expected 9"),
        ("10 20 30", "10 20 30 40", 20, "10 numbers; expected 9"),
        ("Frames: 2", "Frames: 3", 18, "2 frames follow; expected 3"),
        ("Frames: 2", "Frames: 1", 18, "2 frames follow; expected 1"),
        (ARM[ARM.index("\t\tEnd") :], "", 9, "ends within the HIERARCHY"),
        (ARM[ARM.index("Frames") :], "", 16, "'Frames: '"),
        (ARM[ARM.index("Frame Time") :], "", 17, "'Frame Time: '"),
    ],
)
def test_error_in_a_bvh_names_the_line(tmp_path, old, new, line, message):
    assert old in ARM
    rejected(arm(tmp_path, ARM.replace(old, new, 1)), f"line {line}:", message)


def test_any_cut_of_a_bvh_is_an_error_that_names_a_line(tmp_path):
    for end in range(1, len(ARM) - 20, 7):
        rejected(arm(tmp_path, ARM[:end]), "line ")


# BVH: the dancer


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_bvh_joints_are_told_by_their_names(tmp_path, convention):
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig(convention)))
    assert_allclose(motion.as_coco17(), coco_dance(), atol=1e-4)
    assert (motion.name, motion.source, motion.genre) == ("dance", "BVH", None)
    assert motion.fps == pytest.approx(FPS, rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        *({"order": order} for order in ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")),
        *({"unit": unit} for unit in (1.0, 0.001, 0.0254, 0.0254 / 0.45)),
        {"up": "z"},
        {"up": "z", "rest": "stands in y"},
        {"all_positions": True},
        {"newline": "\r\n"},
    ],
    ids=str,
)
def test_bvh_channels_units_and_axes(tmp_path, options):
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig(), **options))
    assert_allclose(motion.as_coco17(), coco_dance(), atol=1e-4)


@pytest.mark.parametrize("height", [1.4, 2.0])
def test_bvh_of_short_and_tall_people(tmp_path, height):
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig(height=height)))
    assert_allclose(motion.as_coco17(), coco_dance(height=height), atol=1e-4)


@pytest.mark.parametrize("up", ["y", "z"])
def test_bvh_whose_rest_pose_is_none_of_a_person(tmp_path, up):
    """Where the head looks is then taken from where the body faces: on average, it looks ahead."""
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig(), up=up, rest="lies in a heap"))
    assert_allclose(motion.as_coco17()[:, LIMBS], coco_dance()[:, LIMBS], atol=1e-6)
    assert np.linalg.norm(motion.as_coco17() - coco_dance(), axis=2)[:, FACE].max() < 0.06


def test_bvh_without_a_head_has_no_face(tmp_path):
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig(head=False)))
    assert np.isnan(motion.as_coco17()[:, FACE]).all()
    assert_allclose(motion.as_coco17()[:, LIMBS], coco_dance()[:, LIMBS], atol=1e-6)


def test_bvh_has_the_tips_of_the_feet(tmp_path):
    motion = only(write_bvh(tmp_path / "dance.bvh", dancer_rig()))
    tips = joints_of(dance(), SKELETONS["blazepose33"])[:, -2:]
    assert_allclose(
        motion.poses3d[:, [motion.skeleton.index(f"{side}_foot_index") for side in ("left", "right")]], tips
    )


def test_bvh_whose_toes_have_no_length_has_no_tips_of_the_feet(tmp_path):
    nodes = dancer_rig()
    for node in nodes:
        node.end = (0, 0, 0)
    assert only(write_bvh(tmp_path / "dance.bvh", nodes)).skeleton.index("left_foot_index") is None


def test_bvh_of_a_dancer_who_mostly_lies_has_the_vertical_of_its_rest_pose(tmp_path):
    nodes, lying, down = dancer_rig(), slice(0, 22), rotation(2, -np.pi / 2)
    for node in nodes:
        node.position, node.turn = node.position.copy(), node.turn.copy()
        node.position[lying] = node.position[lying] @ down.T
        node.turn[lying] = down @ node.turn[lying]
    motion = only(write_bvh(tmp_path / "dance.bvh", nodes))
    assert_allclose(motion.as_coco17()[22:], coco_dance()[22:], atol=1e-4)


def test_bvh_is_told_by_its_content(tmp_path):
    path = write_bvh(tmp_path / "dance.txt", dancer_rig())
    assert len(only(path).poses3d) == 40


def test_bvh_of_no_person(tmp_path):
    rejected(arm(tmp_path), "left_knee", "Elbow", "LeftUpLeg")
    nodes = dancer_rig()
    for node in nodes:
        node.name = node.name.replace("LeftForeArm", "Tentacle")
    rejected(write_bvh(tmp_path / "dance.bvh", nodes), "left_shoulder, left_elbow, left_wrist")


def test_bvh_with_numbers_missing_is_interpolated(tmp_path):
    path = write_bvh(tmp_path / "dance.bvh", dancer_rig())
    lines = path.read_text().splitlines()
    lines[-10] = " ".join(["nan"] * len(lines[-10].split()))
    path.write_text("\n".join(lines))
    motion = only(path)
    expected = coco_dance()
    expected[30] = (expected[29] + expected[31]) / 2
    assert_allclose(motion.as_coco17()[:, LIMBS], expected[:, LIMBS], atol=1e-6)
    path.write_text("\n".join([*lines[:-40], *lines[-10:-9] * 40]))
    rejected(path, "not finite")


# dancelift's dance clips


def test_dance_clip(tmp_path):
    motion = only(write_dance_clip(tmp_path / "waltz_1.npz", coco_dance()))
    assert_allclose(motion.poses3d, coco_dance(), atol=1e-6)
    assert motion.poses3d.dtype == np.float64
    assert motion.skeleton is COCO17
    assert (motion.name, motion.source, motion.genre, motion.fps) == ("waltz_1", "a studio", "waltz", 25)


@pytest.mark.skipif(not REAL_CLIPS.exists(), reason=f"no real dance clips at {REAL_CLIPS}")
def test_real_dance_clips_by_split():
    fit, test = (load_motions(REAL_CLIPS, split) for split in ("fit", "test"))
    everything = load_motions(REAL_CLIPS)
    assert {motion.name for motion in fit}.isdisjoint(motion.name for motion in test)
    assert len(fit) + len(test) == len(everything) == len(list(REAL_CLIPS.glob("*.npz")))
    for motion in everything:
        assert np.isfinite(motion.poses3d).all()
        assert 25 <= motion.fps <= 31
        assert motion.name.startswith(f"{motion.genre}_")
        standing = motion.poses3d[:, :5, 1].mean() - motion.poses3d[:, 15:, 1].mean()
        assert 1.0 < standing < 1.8
    salsa = load_motions(REAL_CLIPS, "fit", match=["salsa", "rumba"])
    assert {motion.genre for motion in salsa} == {"salsa", "rumba"}


# AIST++

SEQUENCE = "gBR_sBM_cAll_d04_mBR0_ch01"


@pytest.mark.parametrize("turned", [np.asarray, lambda poses: poses * [1, -1, -1]], ids=["upright", "on the head"])
def test_aist_is_in_centimetres_and_y_is_up_whatever_the_dancer_does(tmp_path, turned):
    motion = only(write_aist(tmp_path, SEQUENCE, turned(coco_dance())))
    assert_allclose(motion.poses3d, turned(coco_dance()), atol=1e-9)
    assert (motion.name, motion.source, motion.genre, motion.fps) == (SEQUENCE, "AIST++", "break", 60)


def test_aist_without_optimised_keypoints(tmp_path):
    path = tmp_path / f"{SEQUENCE}.pkl"
    path.write_bytes(pickle.dumps({"keypoints3d": coco_dance() * 100}))
    assert_allclose(only(path).poses3d, coco_dance())


def write_aist_annotations(root: Path) -> None:
    for i, genre in enumerate(("BR", "PO", "HO")):
        write_aist(root / "keypoints3d", f"g{genre}_sBM_cAll_d0{i}_m{genre}0_ch01", coco_dance())
    (root / "keypoints2d").mkdir()
    (root / "keypoints2d" / f"{SEQUENCE}.pkl").write_bytes(pickle.dumps({"keypoints2d": np.zeros((9, 4, 17, 3))}))
    (root / "ignore_list.txt").write_text("gPO_sBM_cAll_d01_mPO0_ch01\n")
    (root / "splits").mkdir()
    (root / "splits" / "pose_train.txt").write_text("gBR_sBM_cAll_d00_mBR0_ch01\ngPO_sBM_cAll_d01_mPO0_ch01\n")
    (root / "splits" / "crossmodal_test.txt").write_text("gHO_sBM_cAll_d02_mHO0_ch01\n")


@pytest.mark.parametrize("below", ["", "keypoints3d"])
def test_aist_annotations_are_read_without_those_on_the_ignore_list(tmp_path, below):
    write_aist_annotations(tmp_path)

    def genres(**options: Any) -> list[str | None]:
        return [motion.genre for motion in load_motions(tmp_path / below, **options)]

    assert genres() == ["break", "house"]
    assert genres(split="train") == genres(split="pose_train") == ["break"]
    assert genres(split="crossmodal_test") == ["house"]
    assert genres(match=("gHO", "gPO")) == ["house"]
    rejected(tmp_path / below, "'val'", "crossmodal_test, pose_train", split="val")


def test_aist_of_another_content(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"smpl_poses": np.zeros((5, 72))}))
    rejected(path, "smpl_poses", "keypoints3d_optim")
    path.write_bytes(pickle.dumps({"keypoints3d": np.zeros((5, 18, 3))}))
    rejected(path, "(5, 18, 3)", "coco17")
    path.write_bytes(pickle.dumps({"keypoints3d": Path("/")}))
    rejected(path, "arrays and containers")


# Human3.6M


def h36m_dance(n_joints: int) -> np.ndarray:
    """(T, 32 or 17, 3): m, z up."""
    poses = z_up(joints_of(dance(), H36M17))
    if n_joints == 17:
        return poses
    everything = np.zeros((len(poses), 32, 3))
    everything[:, [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]] = poses
    return everything


@pytest.mark.parametrize("n_joints", [32, 17])
def test_human36m_is_a_motion_for_each_subject_and_action(tmp_path, n_joints):
    poses = h36m_dance(n_joints).astype(np.float32)
    positions = {"S1": {"Walking": poses, "Eating 1": poses[:20]}, "S5": {"Walking": poses[:30]}}
    motions = load_motions(write_human36m(tmp_path / "data_3d_h36m.npz", positions))
    assert [motion.name for motion in motions] == ["S1 Walking", "S1 Eating 1", "S5 Walking"]
    assert [len(motion.poses3d) for motion in motions] == [40, 20, 30]
    assert {(motion.source, motion.fps, motion.skeleton.name) for motion in motions} == {("Human3.6M", 50, "h36m17")}
    assert_allclose(motions[0].poses3d, joints_of(dance(), H36M17), atol=1e-6)
    assert [motion.name for motion in load_motions(tmp_path, match=["S5"])] == ["S5 Walking"]


def test_human36m_has_no_face(tmp_path):
    motion = only(write_human36m(tmp_path / "data_3d_h36m.npz", {"S1": {"Walking": h36m_dance(32)}}))
    coco = motion.as_coco17()
    assert np.isnan(coco[:, FACE]).all()
    assert_allclose(coco[:, LIMBS], coco_dance()[:, LIMBS], atol=1e-9)


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ({"S1": {"Walking": np.zeros((5, 15, 3))}}, "(5, 15, 3)"),
        ({"S1": {"Walking": [1, 2]}}, "[1, 2]"),
        ({"S1": np.zeros((5, 32, 3))}, "dict"),
        ("S1", "dict"),
    ],
)
def test_human36m_of_another_shape(tmp_path, positions, message):
    rejected(write_human36m(tmp_path / "data_3d_h36m.npz", positions), message)


# arrays


def test_npz_says_everything(tmp_path):
    poses = z_up(joints_of(dance(), H36M17))
    recorded = {"fps": 24, "skeleton": "h36m17", "up": "z", "genre": "tango", "source": "my studio"}
    np.savez(tmp_path / "clip.npz", poses3d=poses, **recorded)
    motion = only(tmp_path / "clip.npz")
    assert_allclose(motion.poses3d, joints_of(dance(), H36M17), atol=1e-9)
    assert (motion.fps, motion.skeleton.name, motion.genre, motion.source) == (24, "h36m17", "tango", "my studio")


@pytest.mark.parametrize("unit", [1, 0.01, 0.001, 0.0254])
def test_npz_says_nothing(tmp_path, unit):
    np.savez(tmp_path / "clip.npz", poses3d=coco_dance() / unit)
    with pytest.warns(DanceliftWarning, match="fps; took 30"):
        motion = only(tmp_path / "clip.npz")
    assert_allclose(motion.poses3d, coco_dance(), atol=1e-9)
    assert (motion.fps, motion.skeleton.name, motion.genre, motion.source) == (30, "coco17", None, "npz")


@pytest.mark.parametrize("name", ["body25", "halpe26", "blazepose33"])
def test_npz_skeleton_is_told_by_the_number_of_joints(tmp_path, name):
    poses = joints_of(dance(), SKELETONS[name])
    np.savez(tmp_path / "clip.npz", poses3d=poses, fps=30)
    motion = only(tmp_path / "clip.npz")
    assert motion.skeleton.name == name
    assert_allclose(motion.as_coco17(), coco_dance(), atol=1e-9)


def test_npz_vertical_of_any_direction(tmp_path):
    up = np.array([0.3, -0.8, 0.4])
    np.savez(tmp_path / "clip.npz", poses3d=coco_dance(), fps=30, up=up)
    motion = only(tmp_path / "clip.npz")
    assert_allclose(motion.poses3d[..., 1], coco_dance() @ up / np.linalg.norm(up))
    distances, expected = (
        np.linalg.norm(poses[:, :, None] - poses[:, None], axis=-1) for poses in (motion.poses3d, coco_dance())
    )
    assert_allclose(distances, expected, atol=1e-9)
    assert forwardness(motion.poses3d) == pytest.approx(forwardness(coco_dance()))


def forwardness(poses: np.ndarray) -> float:
    """m by which the nose is before the ears; it changes its sign in a mirror."""
    across = poses[:, 5] - poses[:, 6]
    upward = poses[:, 5] - poses[:, 11]
    forward = np.cross(across, upward)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    return float(np.einsum("ta,ta->t", poses[:, 0] - poses[:, 3:5].mean(axis=1), forward).mean())


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ({"fps": -1}, "-1"),
        ({"fps": 30, "skeleton": "worm3"}, "worm3"),
        ({"fps": 30, "up": "w"}, "'w'"),
        ({"fps": 30, "up": [0, 0, 0]}, "[0, 0, 0]"),
        ({"fps": 30, "up": [0, 1]}, "[0, 1]"),
        ({"fps": 30, "poses3d": np.zeros((5, 17))}, "(5, 17)"),
        ({"fps": 30, "poses3d": np.zeros((5, 16, 3))}, "16 joints"),
        ({"fps": 30, "poses3d": np.zeros((5, 17, 2))}, "(5, 17, 2)"),
        ({"fps": 30, "poses3d": np.zeros((0, 17, 3))}, "(0, 17, 3)"),
        ({"fps": 30, "poses3d": np.full((5, 17, 3), "x")}, "numbers"),
    ],
)
def test_npz_that_is_wrong(tmp_path, recorded, message):
    np.savez(tmp_path / "clip.npz", **({"poses3d": coco_dance()} | recorded))
    if message == "worm3":
        with pytest.raises(InputError, match="worm3.*expected"):
            load_motions(tmp_path / "clip.npz")
    else:
        rejected(tmp_path / "clip.npz", message)


@pytest.mark.parametrize("skeleton", ["coco17", PEDESTRIAN], ids=["coco17", "own"])
def test_lift_result_is_turned_from_the_camera_to_the_world(tmp_path, skeleton):
    clip = generate(40, skeleton=skeleton, pitch=0.5)
    joints = PEDESTRIAN if skeleton is PEDESTRIAN else COCO17
    cost = np.ones((1, 40))
    LiftResult(
        clip.poses3d, clip.keypoints2d[..., :2], clip.camera, 0, cost, {"reprojection": cost}, ("true",), {}, joints,
        clip.fps, clip.image_size,
    ).save(tmp_path / "lifted.npz")  # fmt: skip
    motion = only(tmp_path / "lifted.npz")
    assert_allclose(motion.poses3d[..., 1], clip.poses3d @ clip.up, atol=1e-9)
    assert (motion.name, motion.source, motion.fps) == ("lifted", "dancelift", clip.fps)
    assert motion.skeleton.joints == joints.joints
    coco = motion.as_coco17()
    if skeleton is PEDESTRIAN:
        nowhere = [COCO17.index(name) for name in ("nose", "left_elbow")]
        assert np.isnan(coco[:, nowhere]).all()
        assert_array_equal(coco[:, COCO17.index("left_knee")], motion.poses3d[:, PEDESTRIAN.joints.index("l_knee")])
    else:
        assert forwardness(coco) == pytest.approx(forwardness(clip.poses3d)) and forwardness(coco) > 0


# size, vertical and gaps


@pytest.mark.parametrize(("factor", "measured"), [(0.3, "0.51"), (1.8, "3.06"), (0, "0 m")])
def test_what_is_no_persons_size_is_rejected(tmp_path, factor, measured):
    rejected(write_dance_clip(tmp_path / "clip.npz", coco_dance() * factor), measured, "0.8 to 2.5 m")


def test_joints_in_another_order_are_no_person(tmp_path):
    poses = coco_dance()[:, np.random.default_rng(0).permutation(17)]
    rejected(write_dance_clip(tmp_path / "clip.npz", poses), "measures", "coco17")


def test_infinite_position(tmp_path):
    poses = coco_dance()
    poses[7, 9] = np.inf
    rejected(write_dance_clip(tmp_path / "clip.npz", poses), "frame 7", "left_wrist", "infinite")


def test_a_dancer_who_is_seldom_upright_is_warned_of(tmp_path):
    lying, standing = coco_dance()[:, :, [1, 0, 2]], coco_dance()
    np.savez(tmp_path / "floor.npz", poses3d=np.concatenate([lying[:22], standing[:20]]), fps=30)
    with pytest.warns(DanceliftWarning, match="floor: seldom upright"):
        load_motions(tmp_path / "floor.npz")


def test_short_gaps_are_interpolated(tmp_path):
    poses = coco_dance()
    poses[10:15, 9] = np.nan  # 5 frames at 25 frames per second are 0.2 s
    poses[20, 3, 1] = np.nan
    motion = only(write_dance_clip(tmp_path / "clip.npz", poses))
    expected = coco_dance()
    share = np.arange(1, 6)[:, None] / 6
    expected[10:15, 9] = (1 - share) * expected[9, 9] + share * expected[15, 9]
    expected[20, 3] = (expected[19, 3] + expected[21, 3]) / 2
    assert_allclose(motion.poses3d, expected, atol=1e-6)


def test_clips_are_cut_at_long_gaps_and_where_they_start_or_end_with_one(tmp_path):
    poses = coco_dance(120)
    poses[:2, 4] = np.nan
    poses[30:36, 9] = np.nan
    poses[38:44, 9] = np.nan  # two frames between gaps are no motion
    poses[119] = np.nan
    motions = load_motions(write_dance_clip(tmp_path / "clip.npz", poses))
    assert [motion.name for motion in motions] == ["clip part 1", "clip part 2"]
    assert_allclose(motions[0].poses3d, coco_dance(120)[2:30], atol=1e-6)
    assert_allclose(motions[1].poses3d, coco_dance(120)[44:119], atol=1e-6)
    assert {(motion.genre, motion.fps) for motion in motions} == {("waltz", 25)}
    assert [motion.name for motion in load_motions(tmp_path, match="cl")] == ["clip part 1", "clip part 2"]


def test_a_joint_that_is_never_seen_stays_nan(tmp_path):
    poses = coco_dance()
    poses[:, :5] = np.nan
    motion = only(write_dance_clip(tmp_path / "clip.npz", poses))
    assert np.isnan(motion.poses3d[:, :5]).all()
    assert_allclose(motion.poses3d[:, 5:], coco_dance()[:, 5:], atol=1e-6)


def test_nothing_but_gaps(tmp_path):
    poses = coco_dance()
    poses[::8, 9] = np.nan
    poses[4::8, 10] = np.nan
    poses[3:37, 11] = np.nan
    rejected(write_dance_clip(tmp_path / "clip.npz", poses), "0.2 s")
    rejected(write_dance_clip(tmp_path / "clip.npz", np.full((9, 17, 3), np.nan)), "measures 0 m")


def test_vertical_of_a_dancer_whose_feet_are_never_seen(tmp_path):
    poses = coco_dance()
    poses[:, 15:] = np.nan
    np.savez(tmp_path / "clip.npz", poses3d=z_up(poses), fps=30)
    motion = only(tmp_path / "clip.npz")
    assert_allclose(motion.poses3d[:, :15], poses[:, :15], atol=1e-9)


def test_a_vertical_that_nothing_tells(tmp_path):
    poses = coco_dance()
    poses[:, 5:7] = np.nan
    np.savez(tmp_path / "clip.npz", poses3d=poses, fps=30)
    rejected(tmp_path / "clip.npz", "hips and shoulders")


# folders


def test_folder_is_searched_through(tmp_path):
    (tmp_path / "b").mkdir()
    write_bvh(tmp_path / "b" / "c.bvh", dancer_rig())
    write_dance_clip(tmp_path / "a" / "deep" / "waltz_1.npz", coco_dance())
    write_aist(tmp_path / "d", SEQUENCE, coco_dance())
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "video.mp4").write_bytes(b"x")
    assert [motion.name for motion in load_motions(tmp_path)] == ["waltz_1", "c", SEQUENCE]


@pytest.mark.parametrize("inside", [True, False])
def test_split_json_in_or_beside_the_folder(tmp_path, inside):
    folder = tmp_path / "data"
    for name in ("rumba_1", "rumba_2", "waltz_1"):
        write_dance_clip(folder / f"{name}.npz", coco_dance())
    place = folder if inside else tmp_path
    (place / "split.json").write_text('{"fit": ["rumba_1", "waltz_1", "waltz_9"], "test": ["rumba_2"]}')

    def names(path: Path = folder, **options: Any) -> list[str]:
        return [motion.name for motion in load_motions(path, **options)]

    assert names() == ["rumba_1", "rumba_2", "waltz_1"]
    assert names(split="fit") == ["rumba_1", "waltz_1"]
    assert names(split="test", match=["rumba"]) == ["rumba_2"]
    assert names(folder / "rumba_2.npz", split="test") == ["rumba_2"]
    rejected(folder, "no 3D motion", "'test'", "waltz", split="test", match=["waltz"])
    rejected(folder / "rumba_2.npz", "no 3D motion", "'fit'", split="fit")
    rejected(folder, "'train'", "fit, test", split="train")


def test_split_without_lists(tmp_path):
    write_dance_clip(tmp_path / "data" / "a.npz", coco_dance())
    rejected(tmp_path / "data", "split.json", "'fit'", split="fit")
    (tmp_path / "split.json").write_text('{"fit": 3}')
    with pytest.raises(InputError, match="split.json.*expected lists"):
        load_motions(tmp_path / "data", "fit")


def test_files_of_a_folder_that_cannot_be_read_are_warned_of(tmp_path):
    write_dance_clip(tmp_path / "good.npz", coco_dance())
    write_dance_clip(tmp_path / "giant.npz", coco_dance() * 3)
    (tmp_path / "broken.bvh").write_text(ARM[:100])
    (tmp_path / "empty.pkl").touch()
    np.savez(tmp_path / "other.npz", keypoints2d=np.zeros((5, 17, 2)))
    with pytest.warns(DanceliftWarning) as warned:
        motion = only(tmp_path)
    assert motion.name == "good"
    warnings = [str(warning.message) for warning in warned]
    for name, message in zip(("broken.bvh", "empty.pkl", "giant.npz", "other.npz"), warnings, strict=True):
        assert "passed over" in message and name in message and "expected" in message
    (tmp_path / "good.npz").unlink()
    rejected(tmp_path, "none of 4 files", "broken.bvh")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_link_to_nowhere_is_warned_of(tmp_path):
    write_dance_clip(tmp_path / "good.npz", coco_dance())
    (tmp_path / "link.bvh").symlink_to(tmp_path / "nowhere.bvh")
    with pytest.warns(DanceliftWarning, match=r"link\.bvh: cannot be read .*expected"):
        assert only(tmp_path).name == "good"


def test_files_that_are_not_asked_for_are_not_read(tmp_path):
    write_dance_clip(tmp_path / "waltz.npz", coco_dance())
    (tmp_path / "broken.bvh").write_text(ARM[:100])
    assert only(tmp_path, match=["waltz"]).name == "waltz"


# what cannot be read


def test_missing_empty_and_unknown(tmp_path):
    formats = [known.name for known in FORMATS]
    rejected(tmp_path / "nothing", "no such file")
    rejected(tmp_path, "no 3D motion", *formats)
    (tmp_path / "a.bvh").touch()
    rejected(tmp_path / "a.bvh", "empty")
    (tmp_path / "a.mp4").write_bytes(b"x")
    rejected(tmp_path / "a.mp4", "*.mp4", *formats)
    np.savez(tmp_path / "a.npz", keypoints2d=np.zeros((5, 17, 2)))
    rejected(tmp_path / "a.npz", "keypoints2d", *formats)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("name", ["clip.npz", "h36m.npz", "lift.npz", f"{SEQUENCE}.pkl", "dance.bvh"])
def test_truncated_file(tmp_path, name, cut):
    path = tmp_path / name
    if name == "clip.npz":
        write_dance_clip(path, coco_dance())
    elif name == "h36m.npz":
        write_human36m(path, {"S1": {"Walking": h36m_dance(32)}})
    elif name == "lift.npz":
        np.savez(path, poses3d=coco_dance(), about="{}")
    elif name == "dance.bvh":
        write_bvh(path, dancer_rig())
    else:
        write_aist(tmp_path, SEQUENCE, coco_dance())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * cut)])
    rejected(path)


def test_pickle_that_would_run_code_is_refused(tmp_path):
    witness = tmp_path / "witness"

    class Hostile:
        def __reduce__(self) -> Any:
            return Path.touch, (witness,)

    (tmp_path / "seq.pkl").write_bytes(pickle.dumps({"keypoints3d": Hostile()}))
    rejected(tmp_path / "seq.pkl", "arrays and containers")
    write_human36m(tmp_path / "h36m.npz", {"S1": Hostile()})  # type: ignore[dict-item]
    rejected(tmp_path / "h36m.npz", "arrays and containers")
    assert not witness.exists()


def test_lift_result_that_is_damaged(tmp_path):
    np.savez(tmp_path / "lift.npz", poses3d=coco_dance(), about="{}")
    rejected(tmp_path / "lift.npz", "lift.npz: has no 'format'")


def test_messages_are_one_line(tmp_path):
    with pytest.raises(InputError) as error:
        load_motions(arm(tmp_path))
    assert re.fullmatch(r".+", str(error.value))

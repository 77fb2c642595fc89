"""A dancer's joints as bones of constant length that rotate."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import dancelift
from dancelift.body import anatomy
from dancelift.body.inverse_kinematics import RiggedMotion, rigged_motion
from dancelift.body.rig import local_rotations
from dancelift.body.skeleton import SKELETONS
from dancelift.geometry import rotation, swing, unit
from fixtures.lifts import PEDESTRIAN
from fixtures.motion import FPS, dance, joints_of

COCO17 = SKELETONS["coco17"]


def rigged(poses: np.ndarray, skeleton: dancelift.Skeleton = COCO17) -> RiggedMotion:
    return rigged_motion(joints_of(poses, skeleton), skeleton, FPS)


def standing(n_frames: int = 60, **angles: Any) -> np.ndarray:
    """(T, 17, 3), a dancer who stands still but for these angles, degrees."""
    values = np.zeros((n_frames, len(anatomy.ANGLES)))
    for name, angle in angles.items():
        values[:, anatomy.ANGLES.index(name)] = np.radians(angle)
    return joints_of(anatomy.landmarks(values), COCO17)


def twists(motion: RiggedMotion, bone: str, along: tuple[float, float, float]) -> np.ndarray:
    """By how much a bone turns about itself from frame to frame, (T - 1,), degrees."""
    turns = motion.rotations[:, motion.rig.index(bone)]
    directions, sides = turns @ np.array(along), turns @ np.array([0.0, 0, 1])
    carried = np.einsum("tab,tb->ta", swing(directions[:-1], directions[1:]), sides[:-1])
    return np.degrees(np.arccos(np.clip((carried * sides[1:]).sum(axis=1), -1, 1)))


@pytest.mark.parametrize("skeleton", ["coco17", "halpe26", "body25", "h36m17", "blazepose33", "coco_wholebody23"])
def test_joints_are_where_they_were(skeleton):
    motion = rigged(dance(), SKELETONS[skeleton])
    off = np.linalg.norm(motion.joints() - joints_of(dance(), SKELETONS[skeleton]), axis=2)
    assert np.median(off) < 0.005
    assert off.max() < 0.04


def test_at_rest_the_dancer_stands_in_a_t():
    rig = rigged(dance(), SKELETONS["halpe26"]).rig
    at = dict(zip(rig.names, rig.rest(), strict=True))
    for side, sign in (("Left", 1), ("Right", -1)):
        arm = np.array([at[f"{side}{bone}"] for bone in ("Arm", "ForeArm", "Hand")])
        assert_allclose(arm[:, 1:], np.tile(at["Neck"][1:], (3, 1)), atol=1e-12)
        assert (np.diff(sign * arm[:, 0]) > 0.1).all()
        leg = np.array([at[f"{side}{bone}"] for bone in ("UpLeg", "Leg", "Foot")])
        assert_allclose(leg[:, ::2], np.tile(leg[0, ::2], (3, 1)), atol=1e-12)
        assert (np.diff(leg[:, 1]) < -0.2).all()
        assert at[f"{side}ToeBase"][2] > 0.05
    trunk = np.array([at[bone] for bone in ("Hips", "Spine", "Neck", "Head")])
    assert_allclose(trunk[:, ::2], 0, atol=1e-12)
    assert (np.diff(trunk[:, 1]) > 0.05).all()


@pytest.mark.parametrize("bend", [10, 60])
def test_a_dancer_in_a_t_has_bones_at_rest(bend):
    bent = {f"{side}_{name}": bend for side in ("left", "right") for name in ("elbow_flexion", "knee_flexion")}
    motion = rigged_motion(standing(left_elevation=90, right_elevation=90, **bent), COCO17, 30)
    still = [
        bone for bone, name in enumerate(motion.rig.names) if not name.endswith(("ForeArm", "Hand", "tLeg", "Foot"))
    ]
    cosines = (np.trace(motion.rotations[:, still], axis1=2, axis2=3) - 1) / 2
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 15


def test_the_bones_are_as_long_as_the_dancers_and_alike_on_both_sides():
    rig = rigged(dance(height=1.6)).rig
    lengths = dict(zip(rig.names, np.linalg.norm(rig.offsets, axis=1), strict=True))
    assert lengths["LeftLeg"] == pytest.approx(1.6 * anatomy.THIGH, rel=0.01)
    assert lengths["LeftFoot"] == pytest.approx(1.6 * anatomy.SHANK, rel=0.01)
    assert lengths["LeftHand"] == pytest.approx(1.6 * anatomy.FOREARM, rel=0.01)
    assert all(lengths[f"Left{bone}"] == lengths[f"Right{bone}"] for bone in ("Arm", "Hand", "Leg", "Foot"))


def test_nothing_but_the_hips_changes_when_the_dancer_is_turned_over():
    turn = rotation(0, 1.9) @ rotation(1, 2.5)
    upright, over = rigged(dance()), rigged(dance() @ turn.T)
    local, turned = (local_rotations(motion.rig, motion.rotations) for motion in (upright, over))
    assert_allclose(turned[:, 1:], local[:, 1:], atol=1e-6)
    assert_allclose(turned[:, 0], turn @ local[:, 0], atol=1e-6)


def test_a_mirrored_dancer_has_mirrored_bones():
    mirror = np.diag([-1.0, 1, 1])
    names = [anatomy.mirror(landmark) for landmark in anatomy.LANDMARKS]
    swapped = (dance() @ mirror)[:, [anatomy.LANDMARKS.index(name) for name in names]]
    left, right = rigged(dance()), rigged(swapped)
    for bone in ("Arm", "ForeArm", "UpLeg", "Leg"):
        found = right.rotations[:, right.rig.index(f"Right{bone}")]
        assert_allclose(found, mirror @ left.rotations[:, left.rig.index(f"Left{bone}")] @ mirror, atol=1e-6)


def test_elbows_and_knees_are_hinges():
    bend = np.linspace(20, 110, 60)
    motion = rigged_motion(
        standing(left_elbow_flexion=bend, right_elbow_flexion=bend, left_knee_flexion=bend, left_elevation=40),
        COCO17,
        30,
    )
    local = local_rotations(motion.rig, motion.rotations)
    for bone, axis in (("LeftForeArm", 1), ("RightForeArm", 1), ("LeftLeg", 0)):
        turns = local[:, motion.rig.index(bone)]
        assert_allclose(turns[:, axis, axis], 1, atol=0.01)
    assert_allclose(np.degrees(np.arccos(local[:, motion.rig.index("LeftLeg"), 1, 1])), bend, atol=2)


def test_limbs_that_are_nearly_straight_do_not_flip_about_themselves():
    t = np.linspace(0, 4, 120)
    wobble = 4 * np.sin(25 * t)  # bent the wrong way, too, as noise does it
    poses = standing(
        120, left_knee_flexion=wobble, left_hip_flexion=30 * np.sin(3 * t), right_elbow_flexion=wobble,
        right_elevation=60 + 40 * np.sin(2 * t), right_plane=40 * np.cos(2 * t),
    )  # fmt: skip
    motion = rigged_motion(poses, COCO17, 30)
    assert twists(motion, "LeftUpLeg", (0, -1, 0)).max() < 5
    assert twists(motion, "RightArm", (-1, 0, 0)).max() < 8


def test_a_trunk_that_is_too_short_for_a_moment_does_not_fold():
    poses = standing()
    shoulders = [
        COCO17.index(name) for name in COCO17.joints if COCO17.joints.index(name) <= COCO17.index("right_wrist")
    ]
    poses[25:30, shoulders] -= [0, 0.06, 0]
    motion = rigged_motion(poses, COCO17, 30)
    spine = motion.rotations[:, motion.rig.index("Spine")]
    assert (spine[:, 1, 1] > np.cos(np.radians(10))).all()


def test_the_head_turns_with_the_face():
    turn = np.linspace(-60, 60, 60)
    motion = rigged_motion(standing(head_turn=turn), COCO17, 30)
    head = motion.rotations[:, motion.rig.index("Head")]
    assert_allclose(np.degrees(np.arctan2(head[:, 0, 2], head[:, 2, 2])), turn, atol=4)
    assert_allclose(unit(head[:, :, 1])[:, 1], 1, atol=0.01)


def test_one_frame():
    motion = rigged(dance()[:1])
    assert np.linalg.norm(motion.joints() - joints_of(dance()[:1], COCO17), axis=2).max() < 0.03


def test_what_cannot_be_bones():
    with pytest.raises(dancelift.InputError, match="skeleton 'pedestrian' has no left_elbow, right_elbow"):
        rigged(dance(), PEDESTRIAN)
    poses = joints_of(dance(), COCO17)
    poses[3, 7] = np.nan
    with pytest.raises(dancelift.InputError, match="frame 3, left_elbow is not finite"):
        rigged_motion(poses, COCO17, FPS)
    with pytest.raises(dancelift.InputError, match="no frames"):
        rigged_motion(poses[:0], COCO17, FPS)

"""Quantities of poses and motions whose angles, lengths and speeds are known."""

import gc
import weakref
from collections.abc import Sequence

import numpy as np
import pytest

from dancelift import InputError
from dancelift.arraytypes import Array
from dancelift.geometry import rotation
from dancelift.movements.kinematics import QUANTITIES, BodyMotion, get_quantity
from fixtures.body_motions import COCO, mirrored

Points = dict[str, Array]

FPS = 30.0
TIME = np.arange(91) / FPS - 1.5
NOW = 45  # the frame in which TIME is 0
HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
ARMS = ("left_elbow", "right_elbow", "left_wrist", "right_wrist")
SHOULDERS = ("left_shoulder", "right_shoulder")
UPPER_BODY = (*HEAD, *SHOULDERS, *ARMS)


def person(**joints: tuple[float, float, float]) -> Points:
    """Stands upright at the origin and faces z, m: a leg of 1, an arm of 0.6 and a trunk of 0.5; joints may differ."""
    at = {
        "nose": (0, 1.7, 0.1), "left_eye": (0.03, 1.72, 0.08), "left_ear": (0.08, 1.7, 0),
        "left_shoulder": (0.2, 1.5, 0), "left_elbow": (0.2, 1.2, 0), "left_wrist": (0.2, 0.9, 0),
        "left_hip": (0.1, 1, 0), "left_knee": (0.1, 0.5, 0), "left_ankle": (0.1, 0, 0),
    }  # fmt: skip
    at |= {f"right{name[4:]}": (-x, y, z) for name, (x, y, z) in at.items() if name != "nose"}
    return {name: np.array(at[name], float) for name in COCO.joints} | {n: np.array(p) for n, p in joints.items()}


def turned(
    points: Points, axis: str, degrees: float, about: tuple[float, float, float], names: Sequence[str] = COCO.joints
) -> Points:
    """The points with some turned about an axis through a point, by the right-hand rule."""
    turn = rotation("xyz".index(axis), np.radians(degrees))
    return points | {name: turn @ (points[name] - about) + about for name in names}


def moved(points: Points, by: tuple[float, float, float], names: Sequence[str] = COCO.joints) -> Points:
    """The points with some moved."""
    return points | {name: points[name] + by for name in names}


def poses(at: Points | list[Points]) -> Array:
    """(T, 17, 3) of a pose that is held, or of one for each of TIME."""
    every = at if isinstance(at, list) else [at] * len(TIME)
    return np.array([[points[joint] for joint in COCO.joints] for points in every])


def measured(name: str, side: str, at: Points | list[Points]) -> float:
    """A quantity now; of the right side, of the motion in a mirror."""
    motion = mirrored(poses(at)) if side == "right" else poses(at)
    return float(BodyMotion(motion, FPS).value(name, side)[NOW])


MID_HIP, MID_SHOULDER, EARS = (0, 1, 0), (0, 1.5, 0), (0, 1.7, 0)
ELBOW, SHOULDER, HIP, KNEE = (0.2, 1.2, 0), (0.2, 1.5, 0), (0.1, 1, 0), (0.1, 0.5, 0)
ARM, FOREARM = ("left_elbow", "left_wrist"), ("left_wrist",)
LEG, SHANK = ("left_knee", "left_ankle"), ("left_ankle",)

STANDING = person()
FOREARM_FORWARD = turned(STANDING, "x", -90, ELBOW, FOREARM)
ARM_OUT = turned(STANDING, "z", 90, SHOULDER, ARM)
ARM_FORWARD = turned(STANDING, "x", -90, SHOULDER, ARM)
ARM_HIGH = turned(STANDING, "z", 150, SHOULDER, ARM)
THIGH_LEVEL = turned(turned(STANDING, "x", -90, HIP, LEG), "x", 90, (0.1, 1, 0.5), SHANK)
LEG_OUT = turned(STANDING, "z", 30, HIP, LEG)
LEG_AHEAD = turned(STANDING, "x", -30, HIP, LEG)
LEG_BACK = turned(STANDING, "x", 15, HIP, LEG)
CROSSED = turned(STANDING, "z", -20, HIP, LEG)
RAISED = turned(STANDING, "z", 10, MID_SHOULDER, (*SHOULDERS, *ARMS))

OF_A_SIDE: list[tuple[str, Points, float]] = [
    ("elbow flexion", STANDING, 0),
    ("elbow flexion", FOREARM_FORWARD, 90),
    ("elbow flexion", turned(STANDING, "x", -135, ELBOW, FOREARM), 135),
    ("forearm level", STANDING, -90),
    ("forearm level", FOREARM_FORWARD, 0),
    ("forearm level", ARM_HIGH, 60),
    ("forearm forward angle", FOREARM_FORWARD, 90),
    ("forearm outward angle", FOREARM_FORWARD, 0),
    ("forearm outward angle", turned(STANDING, "z", -40, ELBOW, FOREARM), -40),
    ("upper arm elevation", STANDING, 0),
    ("upper arm elevation", ARM_HIGH, 150),
    ("upper arm level", ARM_OUT, 0),
    ("upper arm level", ARM_HIGH, 60),
    ("upper arm abduction", ARM_OUT, 90),
    ("upper arm abduction", ARM_FORWARD, 0),
    ("upper arm flexion", ARM_FORWARD, 90),
    ("upper arm flexion", turned(STANDING, "x", 25, SHOULDER, ARM), -25),
    ("hand height", STANDING, -0.2),
    ("hand height", ARM_OUT, 1),
    ("hand forward distance", ARM_FORWARD, 1),
    ("hand outward distance", ARM_OUT, 0.8 / 0.6),
    ("hand above other", ARM_OUT, 1),
    ("shoulder slope", RAISED, 10),
    ("thigh flexion", THIGH_LEVEL, 90),
    ("thigh flexion", LEG_BACK, -15),
    ("knee flexion", STANDING, 0),
    ("knee flexion", THIGH_LEVEL, 90),
    ("leg abduction", LEG_OUT, 30),
    ("leg abduction", CROSSED, -20),
    ("foot ahead", LEG_AHEAD, 0.5),
]

OF_THE_MIDDLE: list[tuple[str, Points, float]] = [
    ("head turn", turned(STANDING, "y", 40, EARS, HEAD), 40),
    ("head tilt", turned(STANDING, "z", -15, EARS, HEAD), 15),
    ("gaze elevation", turned(STANDING, "x", -25, EARS, HEAD), 25),
    ("head carriage", moved(STANDING, (0, 0, 0.05), HEAD), 0.1),
    ("trunk left lean", turned(STANDING, "z", -20, MID_HIP, UPPER_BODY), 20),
    ("trunk forward lean", turned(STANDING, "z", -20, MID_HIP, UPPER_BODY), 0),
    ("trunk forward lean", turned(STANDING, "x", 20, MID_HIP, UPPER_BODY), 20),
    ("trunk twist", turned(STANDING, "y", 30, MID_HIP, UPPER_BODY), 30),
    ("hip height", STANDING, 1),
    ("hip height", THIGH_LEVEL, 1),
    ("feet distance", STANDING, 0.2),
    ("feet distance", LEG_OUT, 0.7),
    ("hands distance", turned(ARM_OUT, "z", -90, (-0.2, 1.5, 0), ("right_elbow", "right_wrist")), 1.6 / 0.6),
]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("name", "pose", "expected"), OF_A_SIDE)
def test_quantity_of_a_side(name, pose, expected, side):
    for facing in (0, 130):
        assert measured(name, side, turned(pose, "y", facing, (0, 0, 0))) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("name", "pose", "expected"), OF_THE_MIDDLE)
def test_quantity_of_the_middle(name, pose, expected):
    for facing in (0, 130):
        assert measured(name, "", turned(pose, "y", facing, (0, 0, 0))) == pytest.approx(expected, abs=0.01)


def test_the_other_shoulder_is_lower():
    raised = BodyMotion(poses(RAISED), FPS)
    assert raised.value("shoulder slope", "right")[NOW] == pytest.approx(-raised.value("shoulder slope", "left")[NOW])


def test_levels_are_against_gravity_and_angles_against_the_trunk():
    bow = turned(ARM_OUT, "z", -30, MID_HIP, UPPER_BODY)
    assert measured("upper arm level", "left", bow) == pytest.approx(-30, abs=0.01)
    assert measured("upper arm abduction", "left", bow) == pytest.approx(90, abs=0.01)
    assert measured("upper arm elevation", "left", bow) == pytest.approx(90, abs=0.01)


# speeds


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("name", ["body turn rate", "chest turn rate", "hip turn rate", "head turn rate"])
def test_turn_to_the_left_is_positive(name, direction):
    turning = [turned(STANDING, "y", direction * 90 * t, (0.3, 0, 0)) for t in TIME]
    assert measured(name, "", turning) == pytest.approx(direction * 90, rel=0.05)
    assert measured("spin speed", "", turning) == pytest.approx(90, rel=0.05)


@pytest.mark.parametrize("name", ["body turn rate", "chest turn rate", "hip turn rate", "head turn rate"])
def test_fast_spin_is_as_fast_as_it_is(name):
    for speed in (360, 900):
        spinning = [turned(STANDING, "y", speed * t, (0, 0, 0)) for t in TIME]
        assert measured(name, "", spinning) == pytest.approx(speed, rel=0.05)


@pytest.mark.parametrize(
    ("direction", "expected"), [(0, (0.5, 0.0)), (90, (0.0, 0.5)), (180, (-0.5, 0.0)), (-90, (0.0, -0.5))]
)
def test_travel_is_told_by_where_the_dancer_faces(direction, expected):
    """`direction` in degrees, to the left of where the dancer faces."""
    facing = 70
    way = rotation(1, np.radians(facing + direction)) @ [0, 0, 0.5]
    going = [moved(turned(STANDING, "y", facing, (0, 0, 0)), tuple(way * t)) for t in TIME]
    for name, speed in zip(("travel forward", "travel left"), expected, strict=True):
        assert measured(name, "", going) == pytest.approx(speed, abs=0.005)
    for name in ("foot forward speed", "foot outward speed"):
        assert abs(measured(name, "left", going)) == pytest.approx(abs(expected[name.count("outward")]), abs=0.005)
    assert measured("foot speed", "right", going) == pytest.approx(0.5, abs=0.005)
    assert measured("activity", "", going) == pytest.approx(0, abs=0.005)


MOVING: list[tuple[str, list[Points], float]] = [
    ("upper arm raise rate", [turned(STANDING, "z", 60 + 50 * t, SHOULDER, ARM) for t in TIME], 50),
    ("upper arm swing speed", [turned(STANDING, "x", -50 * t, SHOULDER, ARM) for t in TIME], 50),
    ("forearm rise rate", [turned(STANDING, "x", -90 - 40 * t, ELBOW, FOREARM) for t in TIME], 40),
    ("hand speed", [turned(STANDING, "z", 60 + np.degrees(0.5) * t, SHOULDER, ARM) for t in TIME], 0.5),
    ("hand rise rate", [turned(STANDING, "z", 90 + np.degrees(0.5) * t, SHOULDER, ARM) for t in TIME], 0.5),
    ("hand outward rate", [turned(STANDING, "z", np.degrees(0.5) * t, SHOULDER, ARM) for t in TIME], 0.5),
    ("knee flexion rate", [turned(STANDING, "x", 50 + 30 * t, KNEE, SHANK) for t in TIME], 30),
    ("leg flexion rate", [turned(STANDING, "x", -30 * t, HIP, LEG) for t in TIME], 30),
    ("foot speed", [turned(STANDING, "x", -np.degrees(0.5) * t, HIP, LEG) for t in TIME], 0.5),
    ("foot forward speed", [turned(STANDING, "x", -np.degrees(0.5) * t, HIP, LEG) for t in TIME], 0.5),
    ("foot outward speed", [turned(STANDING, "z", np.degrees(0.5) * t, HIP, LEG) for t in TIME], 0.5),
    ("shoulder rise rate", [moved(STANDING, (0, 0.1 * t, 0), ("left_shoulder",)) for t in TIME], 0.1),
]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("name", "motion", "expected"), MOVING, ids=[name for name, _, _ in MOVING])
def test_speed_of_a_side(name, motion, expected, side):
    assert measured(name, side, motion) == pytest.approx(expected, rel=0.03)
    assert measured(name, "right" if side == "left" else "left", motion[NOW]) == pytest.approx(0, abs=1e-6)


def test_shoulder_advances_as_the_trunk_turns_away():
    twisting = [turned(STANDING, "y", -np.degrees(0.5) * t, MID_HIP, UPPER_BODY) for t in TIME]
    assert measured("shoulder advance rate", "left", twisting) == pytest.approx(0.1, rel=0.03)
    assert measured("shoulder advance rate", "right", twisting) == pytest.approx(0.1, rel=0.03)


def test_hips_sway_under_the_shoulders():
    below = [f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")]
    for names, expected in ((below, 0.2), (COCO.joints, 0.0)):
        swaying = [moved(STANDING, (0.2 * t, 0, 0), names) for t in TIME]
        assert measured("hip sway rate", "", swaying) == pytest.approx(expected, abs=1e-6)


def test_body_rises():
    assert measured("rise rate", "", [moved(STANDING, (0, 0.1 * t, 0)) for t in TIME]) == pytest.approx(0.1)


def test_jump_is_as_high_as_the_lower_foot_above_the_floor():
    def jumping(*feet: str) -> list[Points]:
        return [moved(STANDING, (0, 0.3 * (abs(t) < 0.5), 0), feet) for t in TIME]

    assert measured("jump height", "", jumping("left_ankle", "right_ankle")) == pytest.approx(0.3, rel=0.02)
    assert measured("jump height", "", jumping("left_ankle")) == pytest.approx(0, abs=1e-6)


def test_activity_is_the_mean_of_eight_joints():
    for names, expected in ((ARMS, 0.2), (("left_wrist",), 0.05)):
        moving = [moved(STANDING, (0, 0, 0.4 * t), names) for t in TIME]
        assert measured("activity", "", moving) == pytest.approx(expected, abs=1e-6)


# of all quantities


def test_lengths_are_the_dancers_own():
    body = BodyMotion(poses(STANDING), FPS)
    assert (body.leg, body.arm, body.trunk_length) == pytest.approx((1.0, 0.6, 0.5))


@pytest.mark.parametrize("name", QUANTITIES)
def test_quantity_has_a_value_in_every_frame(name):
    body = BodyMotion(poses([turned(LEG_AHEAD, "y", 90 * t, (0, 0, 0)) for t in TIME]), FPS)
    for side in ("left", "right") if get_quantity(name).sided else ("",):
        values = body.value(name, side)
        assert values.shape == TIME.shape and np.isfinite(values).all()


def test_unknown_quantity_is_refused():
    with pytest.raises(
        InputError, match=r"^quantity 'elbow flexing' is unknown, expected one of head turn, .*activity$"
    ):
        get_quantity("elbow flexing")


def test_body_is_not_kept_after_its_quantities_were_asked_for():
    poses = np.random.default_rng(0).normal(size=(30, 17, 3))
    body = BodyMotion(poses, FPS)
    first = body.value("activity")
    assert body.value("activity") is first
    known = weakref.ref(body)
    del body
    gc.collect()
    assert known() is None

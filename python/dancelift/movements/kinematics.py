"""Kinematic quantities of a dancer: the angles, levels, distances and speeds that movement types are defined by.

Everything is measured on the body itself and against gravity, so that it does not depend on the camera, on where the
dancer is and faces, or on how tall they are: angles in degrees, lengths in those of the dancer's own leg (hip to
ankle), arm (shoulder to wrist) or trunk (mid-hip to mid-shoulder), medians over the clip. Times are in seconds and
joints are smoothed over a fixed time, so that the frame rate does not matter.

World frame: y up. Trunk frame: y from mid-hip to mid-shoulder, x to the dancer's left along the shoulders, z forward;
pelvis frame: the same with x along the hips. Level frames: y up, x along the shoulders, or along hips and shoulders.
Angles follow the recommendations of the International Society of Biomechanics (Wu et al. 2002 and 2005, Journal of
Biomechanics 35 and 38) as far as joint centres determine them; levels and directions are meant as in Labanotation
(Hutchinson Guest 2005, Labanotation: The System of Analyzing and Recording Movement).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS
from dancelift.errors import InputError
from dancelift.filters import gaussian_reach, gaussian_smooth, running_minimum

Frame: TypeAlias = "tuple[Array, Array, Array]"
"""Unit vectors to the left, up and forward, (T, 3) each, world frame."""

_JOINTS = {name: index for index, name in enumerate(SKELETONS["coco17"].joints)}
_OTHER = {"left": "right", "right": "left"}
_OUTWARD = {"left": 1.0, "right": -1.0}  # sign of what points to the left
# Standard deviations of Gaussian filters, s: joints jitter from frame to frame, and differences amplify that.
_SMOOTHING = 0.1  # of the joints
_RATE_SMOOTHING = 0.18  # of speeds, besides
_TURN_SMOOTHING = 0.2  # of the whole body's turning, besides
_STEP_TIME = 1.0  # s, before and after a jump, within which a dancer stands on the floor
_UP = np.array([0.0, 1.0, 0.0])
_LEVEL = np.array([1.0, 0.0, 1.0])  # what is horizontal of a vector
_LIMBS = [(joint, side) for joint in ("elbow", "wrist", "knee", "ankle") for side in _OTHER]


@dataclass(frozen=True)
class BodySize:
    """Lengths of a dancer's body along the bones, m; NaN where a joint is missing.

    Attributes:
        leg: from hip to ankle.
        arm: from shoulder to wrist.
        trunk: from mid-hip to mid-shoulder.
    """

    leg: float
    arm: float
    trunk: float

    @staticmethod
    def measure(poses3d: Array) -> BodySize:
        """Medians over (T, 17, 3) joints of COCO-17, m."""

        def length(a: str, b: str) -> float:
            bones = [poses3d[:, _JOINTS[f"{side}_{a}"]] - poses3d[:, _JOINTS[f"{side}_{b}"]] for side in _OTHER]
            return sum(_median(_norm(bone)) for bone in bones) / 2

        def middle(name: str) -> Array:
            return (poses3d[:, _JOINTS[f"left_{name}"]] + poses3d[:, _JOINTS[f"right_{name}"]]) / 2

        return BodySize(
            leg=length("hip", "knee") + length("knee", "ankle"),
            arm=length("shoulder", "elbow") + length("elbow", "wrist"),
            trunk=_median(_norm(middle("shoulder") - middle("hip"))),
        )


class BodyMotion:
    """A dancer's joints over a clip and what several quantities share.

    Args:
        poses3d: (T, 17, 3) joints of COCO-17, m, world frame, y up; NaN where a joint is missing.
        fps: frames per second.
        size: of the body; None: measured.
    """

    def __init__(self, poses3d: Array, fps: float, size: BodySize | None = None) -> None:
        self.n_frames, self.fps = len(poses3d), fps
        size = size or BodySize.measure(poses3d)
        self.leg, self.arm, self.trunk_length = size.leg, size.arm, size.trunk
        smooth = gaussian_smooth(poses3d, _SMOOTHING * fps)
        self._values: dict[tuple[str, str], Array] = {}
        self._joints = [np.ascontiguousarray(smooth[:, joint]) for joint in range(smooth.shape[1])]

    def joint(self, name: str, side: str = "") -> Array:
        """A joint's positions (T, 3), m, world frame, smoothed."""
        return self._joints[_JOINTS[f"{side}_{name}" if side else name]]

    def middle(self, name: str) -> Array:
        """The point (T, 3) midway between the left and the right joint."""
        return (self.joint(name, "left") + self.joint(name, "right")) / 2

    def across(self, name: str) -> Array:
        """Vector (T, 3) from the right joint to the left one."""
        return self.joint(name, "left") - self.joint(name, "right")

    def rate(self, values: Array) -> Array:
        """Change per second of (T, ...); of a single frame it is not known."""
        if len(values) < 2:
            return np.full_like(values, np.nan)
        return gaussian_smooth(np.gradient(values, axis=0), _RATE_SMOOTHING * self.fps) * self.fps

    def speed(self, values: Array) -> Array:
        """Length (T,) of the change per second of (T, 3)."""
        return _norm(self.rate(values))

    def turn_rate(self, direction: Array) -> Array:
        """Angular rate (T,) of a direction (T, 3) about the vertical, deg/s, to the left."""
        heading = np.degrees(np.arctan2(direction[:, 0], direction[:, 2]))
        if len(heading) < 2:
            return np.full_like(heading, np.nan)
        step = (np.diff(heading) + 180) % 360 - 180  # the shorter way round, so that a fast spin counts in full
        change = np.concatenate([step[:1], (step[:-1] + step[1:]) / 2, step[-1:]])
        return gaussian_smooth(change, _RATE_SMOOTHING * self.fps) * self.fps

    def value(self, quantity: str, side: str = "") -> Array:
        """Values (T,) of a quantity by its name, of a side where there are two; they are kept as long as the body."""
        if (quantity, side) not in self._values:
            self._values[quantity, side] = QUANTITIES[quantity].measure(self, side)
        return self._values[quantity, side]

    @cached_property
    def trunk(self) -> Frame:
        """The trunk frame."""
        return _frame(self.across("shoulder"), _unit(self.middle("shoulder") - self.middle("hip")))

    @cached_property
    def pelvis(self) -> Frame:
        """The pelvis frame."""
        return _frame(self.across("hip"), self.trunk[1])

    @cached_property
    def level_chest(self) -> Frame:
        """The level frame along the shoulders."""
        return _frame(self.across("shoulder"), self._up)

    @cached_property
    def level_body(self) -> Frame:
        """The level frame along hips and shoulders."""
        return _frame(_unit(self.across("shoulder")) + _unit(self.across("hip")), self._up)

    @cached_property
    def velocity(self) -> Array:
        """Velocity (T, 3) of mid-hip, legs/s, world frame."""
        return self.rate(self.middle("hip")) / self.leg

    @cached_property
    def gaze(self) -> Array:
        """Vector (T, 3) from between the ears to the nose, m."""
        return self.joint("nose") - self.middle("ear")

    @property
    def _up(self) -> Array:
        return np.broadcast_to(_UP, self._joints[0].shape)


def look_ahead(fps: float) -> int:
    """Frames before and after one that its quantities depend on."""

    def half(smoothing: float) -> int:
        return gaussian_reach(smoothing * fps)

    turning = half(_SMOOTHING) + 1 + half(_RATE_SMOOTHING) + half(_TURN_SMOOTHING)
    return max(turning, half(_SMOOTHING) + round(_STEP_TIME * fps))


Measure: TypeAlias = Callable[[BodyMotion, str], Array]


@dataclass(frozen=True)
class Quantity:
    """A quantity that is measured in every frame.

    Attributes:
        name: of it.
        unit: deg or deg/s, or a length or speed in legs, arms or trunks.
        about: what it is, and which way it grows.
        sided: whether there is one for the left and one for the right.
        measure: (T,) of a body, and of a side if there are two; NaN where a joint is missing.
    """

    name: str
    unit: str
    about: str
    sided: bool
    measure: Measure


QUANTITIES: dict[str, Quantity] = {}
"""All quantities, by name."""


def get_quantity(name: str) -> Quantity:
    """The quantity of that name.

    Raises:
        InputError: there is none.
    """
    if name not in QUANTITIES:
        raise InputError(f"quantity {name!r} is unknown, expected one of {', '.join(QUANTITIES)}")
    return QUANTITIES[name]


def _quantity(name: str, unit: str, about: str, sided: bool = False) -> Callable[[Measure], Measure]:
    def register(measure: Measure) -> Measure:
        QUANTITIES[name] = Quantity(name, unit, about, sided, measure)
        return measure

    return register


def _norm(v: Array) -> Array:
    length: Array = np.sqrt(np.einsum("ti,ti->t", v, v))
    return length


def _unit(v: Array) -> Array:
    return v / np.maximum(_norm(v), 1e-9)[:, None]


def _dot(a: Array, b: Array) -> Array:
    product: Array = np.einsum("ti,ti->t", a, b)
    return product


def _frame(left: Array, up: Array) -> Frame:
    x = _unit(left - _dot(left, up)[:, None] * up)
    return x, up, _cross(x, up)


def _cross(a: Array, b: Array) -> Array:
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)


def _median(values: Array) -> float:
    found = values[np.isfinite(values)]
    return float(np.median(found)) if len(found) else np.nan


def _between(a: Array, b: Array) -> Array:
    """Angle between two vectors, deg."""
    angle: Array = np.degrees(np.arctan2(_norm(_cross(a, b)), _dot(a, b)))
    return angle


def _towards(v: Array, axis: Array) -> Array:
    """Angle of a vector out of the plane that a unit vector is normal to, deg, -90 to 90."""
    angle: Array = np.degrees(np.arcsin(np.clip(_dot(v, axis) / np.maximum(_norm(v), 1e-9), -1, 1)))
    return angle


def _swing(v: Array, axis: Array, down: Array) -> Array:
    """Angle of a vector from `down` towards `axis` in the plane of the two, deg, -180 to 180."""
    angle: Array = np.degrees(np.arctan2(_dot(v, axis), _dot(v, down)))
    return angle


def _in_frame(v: Array, frame: Frame) -> Array:
    return np.stack([_dot(v, axis) for axis in frame], axis=1)


def _swing_speed(b: BodyMotion, segment: Array, frame: Frame) -> Array:
    """Angular speed (T,) of a segment (T, 3) as seen in a frame, deg/s."""
    speed: Array = np.degrees(b.speed(_in_frame(_unit(segment), frame)))
    return speed


def _upper_arm(b: BodyMotion, side: str) -> Array:
    return b.joint("elbow", side) - b.joint("shoulder", side)


def _forearm(b: BodyMotion, side: str) -> Array:
    return b.joint("wrist", side) - b.joint("elbow", side)


def _thigh(b: BodyMotion, side: str) -> Array:
    return b.joint("knee", side) - b.joint("hip", side)


def _shank(b: BodyMotion, side: str) -> Array:
    return b.joint("ankle", side) - b.joint("knee", side)


def _whole_leg(b: BodyMotion, side: str) -> Array:
    return b.joint("ankle", side) - b.joint("hip", side)


def _hand_velocity(b: BodyMotion, side: str) -> Array:
    """Velocity (T, 3) of the wrist about mid-shoulder in the level frame of the chest, arms/s."""
    return b.rate(_in_frame(b.joint("wrist", side) - b.middle("shoulder"), b.level_chest)) / b.arm


def _step(b: BodyMotion, side: str) -> Array:
    """Vector (T, 3) from the other ankle to this one, legs."""
    return (b.joint("ankle", side) - b.joint("ankle", _OTHER[side])) / b.leg


@_quantity("head turn", "deg", "nose out of the trunk's sagittal plane, to the left")
def _head_turn(b: BodyMotion, _: str) -> Array:
    return _towards(b.gaze, b.trunk[0])


@_quantity("head tilt", "deg", "line of the ears out of the horizontal, left ear down")
def _head_tilt(b: BodyMotion, _: str) -> Array:
    return -_towards(b.across("ear"), b.level_chest[1])


@_quantity("gaze elevation", "deg", "nose above the horizontal through the ears")
def _gaze_elevation(b: BodyMotion, _: str) -> Array:
    return _towards(b.gaze, b.level_chest[1])


@_quantity("head turn rate", "deg/s", "nose about the vertical, to the left")
def _head_turn_rate(b: BodyMotion, _: str) -> Array:
    return b.turn_rate(b.gaze)


@_quantity("head carriage", "trunks", "ears ahead of the shoulders in the trunk frame")
def _head_carriage(b: BodyMotion, _: str) -> Array:
    return _dot(b.middle("ear") - b.middle("shoulder"), b.trunk[2]) / b.trunk_length


@_quantity("shoulder slope", "deg", "line of the shoulders out of the horizontal, this shoulder up", sided=True)
def _shoulder_slope(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _towards(b.across("shoulder"), b.level_chest[1])


@_quantity("shoulder rise rate", "legs/s", "shoulder upwards", sided=True)
def _shoulder_rise_rate(b: BodyMotion, side: str) -> Array:
    return b.rate(b.joint("shoulder", side)[:, 1]) / b.leg


@_quantity("shoulder advance rate", "legs/s", "shoulder about mid-hip, forward in the level frame", sided=True)
def _shoulder_advance_rate(b: BodyMotion, side: str) -> Array:
    return _dot(b.rate(b.joint("shoulder", side) - b.middle("hip")), b.level_body[2]) / b.leg


@_quantity("upper arm elevation", "deg", "upper arm from hanging along the trunk", sided=True)
def _upper_arm_elevation(b: BodyMotion, side: str) -> Array:
    return _between(_upper_arm(b, side), -b.trunk[1])


@_quantity("upper arm level", "deg", "upper arm above the horizontal", sided=True)
def _upper_arm_level(b: BodyMotion, side: str) -> Array:
    return _towards(_upper_arm(b, side), b.level_chest[1])


@_quantity("upper arm abduction", "deg", "upper arm out of the trunk's sagittal plane, outwards", sided=True)
def _upper_arm_abduction(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _towards(_upper_arm(b, side), b.trunk[0])


@_quantity("upper arm flexion", "deg", "upper arm out of the trunk's frontal plane, forward", sided=True)
def _upper_arm_flexion(b: BodyMotion, side: str) -> Array:
    return _towards(_upper_arm(b, side), b.trunk[2])


@_quantity("upper arm raise rate", "deg/s", "of the upper arm's level", sided=True)
def _upper_arm_raise_rate(b: BodyMotion, side: str) -> Array:
    return b.rate(b.value("upper arm level", side))


@_quantity("upper arm swing speed", "deg/s", "of the upper arm's direction in the trunk frame", sided=True)
def _upper_arm_swing_speed(b: BodyMotion, side: str) -> Array:
    return _swing_speed(b, _upper_arm(b, side), b.trunk)


@_quantity("elbow flexion", "deg", "0 for a straight arm", sided=True)
def _elbow_flexion(b: BodyMotion, side: str) -> Array:
    return _between(_upper_arm(b, side), _forearm(b, side))


@_quantity("forearm level", "deg", "forearm above the horizontal, wrist up", sided=True)
def _forearm_level(b: BodyMotion, side: str) -> Array:
    return _towards(_forearm(b, side), b.level_chest[1])


@_quantity("forearm forward angle", "deg", "forearm out of the trunk's frontal plane, forward", sided=True)
def _forearm_forward_angle(b: BodyMotion, side: str) -> Array:
    return _towards(_forearm(b, side), b.trunk[2])


@_quantity("forearm outward angle", "deg", "forearm out of the trunk's sagittal plane, outwards", sided=True)
def _forearm_outward_angle(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _towards(_forearm(b, side), b.trunk[0])


@_quantity("forearm rise rate", "deg/s", "of the forearm's level", sided=True)
def _forearm_rise_rate(b: BodyMotion, side: str) -> Array:
    return b.rate(b.value("forearm level", side))


@_quantity("forearm swing speed", "deg/s", "of the forearm's direction in the trunk frame", sided=True)
def _forearm_swing_speed(b: BodyMotion, side: str) -> Array:
    return _swing_speed(b, _forearm(b, side), b.trunk)


@_quantity("hand height", "trunks", "wrist above mid-hip; 1 is about the height of the shoulders", sided=True)
def _hand_height(b: BodyMotion, side: str) -> Array:
    return (b.joint("wrist", side) - b.middle("hip"))[:, 1] / b.trunk_length


@_quantity("hand forward distance", "arms", "wrist ahead of mid-shoulder in the chest's level frame", sided=True)
def _hand_forward_distance(b: BodyMotion, side: str) -> Array:
    return _dot(b.joint("wrist", side) - b.middle("shoulder"), b.level_chest[2]) / b.arm


@_quantity("hand outward distance", "arms", "wrist out from the trunk's sagittal plane", sided=True)
def _hand_outward_distance(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _dot(b.joint("wrist", side) - b.middle("shoulder"), b.trunk[0]) / b.arm


@_quantity("hand above other", "arms", "wrist higher than the other one", sided=True)
def _hand_above_other(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * b.across("wrist")[:, 1] / b.arm


@_quantity("hand rise rate", "arms/s", "wrist about mid-shoulder, upwards", sided=True)
def _hand_rise_rate(b: BodyMotion, side: str) -> Array:
    return _hand_velocity(b, side)[:, 1]


@_quantity("hand outward rate", "arms/s", "wrist about mid-shoulder, outwards in the chest's level frame", sided=True)
def _hand_outward_rate(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _hand_velocity(b, side)[:, 0]


@_quantity("hand speed", "arms/s", "wrist about mid-shoulder in the chest's level frame", sided=True)
def _hand_speed(b: BodyMotion, side: str) -> Array:
    return _norm(_hand_velocity(b, side))


@_quantity("trunk forward lean", "deg", "mid-shoulder ahead of the vertical through mid-hip")
def _trunk_forward_lean(b: BodyMotion, _: str) -> Array:
    return _swing(b.trunk[1], b.level_chest[2], b.level_chest[1])


@_quantity("trunk left lean", "deg", "mid-shoulder to the left of the vertical through mid-hip")
def _trunk_left_lean(b: BodyMotion, _: str) -> Array:
    return _swing(b.trunk[1], b.level_chest[0], b.level_chest[1])


@_quantity("trunk twist", "deg", "shoulders turned against the hips about the trunk, to the left")
def _trunk_twist(b: BodyMotion, _: str) -> Array:
    return -_swing(b.across("shoulder"), b.pelvis[2], b.pelvis[0])


@_quantity("chest turn rate", "deg/s", "line of the shoulders about the vertical, to the left")
def _chest_turn_rate(b: BodyMotion, _: str) -> Array:
    return b.turn_rate(b.level_chest[2])


@_quantity("hip turn rate", "deg/s", "line of the hips about the vertical, to the left")
def _hip_turn_rate(b: BodyMotion, _: str) -> Array:
    return b.turn_rate(_cross(b.across("hip"), b.level_body[1]))


@_quantity("hip sway rate", "legs/s", "mid-hip against mid-shoulder, to the left in the level frame")
def _hip_sway_rate(b: BodyMotion, _: str) -> Array:
    return _dot(b.rate(b.middle("hip") - b.middle("shoulder")), b.level_body[0]) / b.leg


@_quantity("hip height", "legs", "mid-hip above the lower ankle")
def _hip_height(b: BodyMotion, _: str) -> Array:
    return (b.middle("hip")[:, 1] - _lower_ankle(b)) / b.leg


@_quantity("thigh flexion", "deg", "thigh ahead of the vertical in the level frame", sided=True)
def _thigh_flexion(b: BodyMotion, side: str) -> Array:
    return _swing(_thigh(b, side), b.level_body[2], -b.level_body[1])


@_quantity("thigh swing speed", "deg/s", "of the thigh's direction in the level frame", sided=True)
def _thigh_swing_speed(b: BodyMotion, side: str) -> Array:
    return _swing_speed(b, _thigh(b, side), b.level_body)


@_quantity("leg abduction", "deg", "line from hip to ankle outwards from the vertical in the level frame", sided=True)
def _leg_abduction(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _swing(_whole_leg(b, side), b.level_body[0], -b.level_body[1])


@_quantity("leg flexion", "deg", "line from hip to ankle ahead of the vertical in the level frame", sided=True)
def _leg_flexion(b: BodyMotion, side: str) -> Array:
    return _swing(_whole_leg(b, side), b.level_body[2], -b.level_body[1])


@_quantity("leg flexion rate", "deg/s", "of leg flexion: the leg swings forward", sided=True)
def _leg_flexion_rate(b: BodyMotion, side: str) -> Array:
    return b.rate(b.value("leg flexion", side))


@_quantity("knee flexion", "deg", "0 for a straight leg", sided=True)
def _knee_flexion(b: BodyMotion, side: str) -> Array:
    return _between(_thigh(b, side), _shank(b, side))


@_quantity("knee flexion rate", "deg/s", "of knee flexion", sided=True)
def _knee_flexion_rate(b: BodyMotion, side: str) -> Array:
    return b.rate(b.value("knee flexion", side))


@_quantity("foot ahead", "legs", "ankle ahead of the other one in the level frame", sided=True)
def _foot_ahead(b: BodyMotion, side: str) -> Array:
    return _dot(_step(b, side), b.level_body[2])


@_quantity("foot speed", "legs/s", "ankle in space", sided=True)
def _foot_speed(b: BodyMotion, side: str) -> Array:
    return b.speed(b.joint("ankle", side)) / b.leg


@_quantity("foot lead in speed", "legs/s", "by how much the ankle is faster in space than the other one", sided=True)
def _foot_lead_in_speed(b: BodyMotion, side: str) -> Array:
    return b.value("foot speed", side) - b.value("foot speed", _OTHER[side])


@_quantity("foot forward speed", "legs/s", "ankle in space, forward in the level frame", sided=True)
def _foot_forward_speed(b: BodyMotion, side: str) -> Array:
    return _dot(b.rate(b.joint("ankle", side)), b.level_body[2]) / b.leg


@_quantity("foot outward speed", "legs/s", "ankle in space, outwards in the level frame", sided=True)
def _foot_outward_speed(b: BodyMotion, side: str) -> Array:
    return _OUTWARD[side] * _dot(b.rate(b.joint("ankle", side)), b.level_body[0]) / b.leg


@_quantity("travel forward", "legs/s", "mid-hip forward in the level frame")
def _travel_forward(b: BodyMotion, _: str) -> Array:
    return _dot(b.velocity, b.level_body[2])


@_quantity("travel left", "legs/s", "mid-hip to the left in the level frame")
def _travel_left(b: BodyMotion, _: str) -> Array:
    return _dot(b.velocity, b.level_body[0])


@_quantity("travel speed", "legs/s", "mid-hip, horizontally")
def _travel_speed(b: BodyMotion, _: str) -> Array:
    return _norm(b.velocity * _LEVEL)


@_quantity("body turn rate", "deg/s", "the level frame about the vertical, to the left, over about a second")
def _body_turn_rate(b: BodyMotion, _: str) -> Array:
    return gaussian_smooth(b.turn_rate(b.level_body[2]), _TURN_SMOOTHING * b.fps)


@_quantity("spin speed", "deg/s", "size of the body turn rate")
def _spin_speed(b: BodyMotion, _: str) -> Array:
    return np.abs(b.value("body turn rate"))


@_quantity("rise rate", "legs/s", "hips and shoulders upwards")
def _rise_rate(b: BodyMotion, _: str) -> Array:
    return b.rate((b.middle("hip") + b.middle("shoulder"))[:, 1] / 2) / b.leg


@_quantity("jump height", "legs", "lower ankle above its lowest within a second before and after")
def _jump_height(b: BodyMotion, _: str) -> Array:
    lower = _lower_ankle(b)
    return (lower - running_minimum(lower, _STEP_TIME * b.fps)) / b.leg


@_quantity("feet distance", "legs", "between the ankles, horizontally")
def _feet_distance(b: BodyMotion, _: str) -> Array:
    return _norm(b.across("ankle") * _LEVEL) / b.leg


@_quantity("hands distance", "arms", "between the wrists")
def _hands_distance(b: BodyMotion, _: str) -> Array:
    return _norm(b.across("wrist")) / b.arm


@_quantity("activity", "legs/s", "mean speed of elbows, wrists, knees and ankles about mid-hip")
def _activity(b: BodyMotion, _: str) -> Array:
    speeds: Array = np.mean([b.speed(b.joint(*limb) - b.middle("hip")) for limb in _LIMBS], axis=0)
    return speeds / b.leg


def _lower_ankle(b: BodyMotion) -> Array:
    return np.minimum(b.joint("ankle", "left")[:, 1], b.joint("ankle", "right")[:, 1])

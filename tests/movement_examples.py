"""For every movement type a motion that is it and near misses, which are less of it.

The numbers are what the definitions speak of, in their units: degrees, lengths in legs, arms or trunks, speeds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import acos, asin, degrees, sqrt

from body_motions import ARM, HELD, LEG, TRUNK, Course, along, body, circle, hold, jump, ramp, ramp_span, travelled
from dancelift import anatomy
from dancelift.anatomy import Array

Make = Callable[[float], Array]
Values = tuple[float, ...]

_SHOULDERS = anatomy.SHOULDER_WIDTH / (anatomy.UPPER_ARM + anatomy.FOREARM)  # arms
_HIPS = anatomy.HIP_WIDTH / (anatomy.THIGH + anatomy.SHANK)  # legs
_GAZE_AT_REST = -4.6  # deg: the nose lies below the ears
_ARM_JOINTS = ("left_shoulder", "left_elbow", "left_wrist")
_LIMBS = ("elbow", "wrist", "knee", "ankle")
_LONG = 2.0  # s
_HIGH_JUMP, _LOW_JUMP = 0.3, 0.15  # m


@dataclass(frozen=True)
class Example:
    """Motions of one type, on the left side where there are two.

    Attributes:
        make: (T, 17, 3) from how much of it.
        does: so much is the movement.
        near_misses: so much is not.
        span: s, in which the motion does it.
    """

    make: Make
    does: Values
    near_misses: Values
    span: tuple[float, float]


def _held(make: Make, does: float | Values, near_misses: float | Values) -> Example:
    return Example(make, _several(does), _several(near_misses), HELD)


def _moved(make: Make, does: float, near_miss: float, lasting: float = 1.0) -> Example:
    return Example(make, (does,), (near_miss,), ramp_span(lasting))


def _several(values: float | Values) -> Values:
    return values if isinstance(values, tuple) else (values,)


def _arc(sine: float) -> float:
    return degrees(asin(sine))


def _gaze(course: Course) -> Array:
    """The gaze is raised."""
    return body(head_flexion=_GAZE_AT_REST - course)


def _head_carried(forward: Course) -> Array:
    """The head is ahead of the shoulders by so many trunks."""
    return body(moved={"head": along("z", forward * TRUNK)})


def _lean(forward: Course = 0.0, left: Course = 0.0) -> Array:
    """The trunk leans: it bends in its middle, so that its line leans by half of that."""
    return body(spine_flexion=2 * forward, spine_side=-2 * left)


def _shoulder(axis: str, rate: float) -> Array:
    """The left shoulder and its arm move at legs/s."""
    return body(moved={joint: along(axis, ramp(rate * LEG)) for joint in _ARM_JOINTS})


def _arm(plane: float, elevation: Course, rest: float = 0.0) -> Array:
    """The straight left arm is raised in a plane (0 sideways, 90 forward); the right one stays at `rest` in it."""
    return body(left_plane=plane, left_elevation=elevation, right_plane=plane, right_elevation=rest)


def _cone(rate: Course, rest: float) -> Array:
    """The left arm, 45 degrees out, goes round in a cone at a rate of its direction, deg/s; the right one at `rest`."""
    left, right = (sqrt(2) * travelled(speed) for speed in (rate, rest))
    return body(left_plane=left, right_plane=right, left_elevation=45, right_elevation=45)


def _elbow(flexion: Course, rest: float = 0.0) -> Array:
    """The left elbow bends forward below a hanging upper arm; the right one stays at `rest`."""
    return body(left_elbow_flexion=flexion, right_elbow_flexion=rest)


def _leg(rest: float = 0.0, **angles: Course) -> Array:
    """An angle of the left leg changes; of the right one it stays at `rest`."""
    return body(**{f"left_{name}": course for name, course in angles.items()}, **{f"right_{n}": rest for n in angles})


def _legs(flexion: Course = 0.0, abduction: Course = 0.0, knees: Course = 0.0) -> Array:
    """Both legs do the same."""
    angles = {"hip_flexion": flexion, "hip_abduction": abduction, "knee_flexion": knees}
    return body(**{f"{side}_{name}": course for name, course in angles.items() for side in ("left", "right")})


def _legs_swinging(left: Course, right: Course) -> Array:
    """Both legs swing forward all the time, each at its rate, deg/s."""
    return body(left_hip_flexion=travelled(left) - 60, right_hip_flexion=travelled(right) - 60)


def _foot_leading(lead: float) -> Array:
    """The left foot is faster than the right one by legs/s; the right one moves slowly all the time."""
    slow = degrees(0.1)
    return body(left_hip_flexion=ramp(degrees(lead) + slow), right_hip_flexion=travelled(slow) - 2 * slow)


def _feet_circling(left: Course, right: float) -> Array:
    """The feet go round on the floor at legs/s."""
    return body(moved={"left_ankle": circle(left * LEG), "right_ankle": circle(right * LEG)})


EXAMPLES: dict[str, Example] = {
    # head
    "head turned left": _held(lambda v: body(head_turn=hold(0, v)), 29, 15),
    "head turned right": _held(lambda v: body(head_turn=-hold(0, v)), 29, 15),
    "head tilted left": _held(lambda v: body(head_side=-hold(0, v)), 13, 7),
    "head tilted right": _held(lambda v: body(head_side=hold(0, v)), 13, 7),
    "head lowered": _held(lambda v: _gaze(hold(0, v)), -23.5, -12.5),
    "head raised": _held(lambda v: _gaze(hold(-15, v)), 4, -2.5),
    "head turning left": _moved(lambda v: body(head_turn=ramp(v)), 39, 21),
    "head turning right": _moved(lambda v: body(head_turn=-ramp(v)), 39, 21),
    "head carried forward": _held(lambda v: _head_carried(hold(-0.02, v)), 0.065, 0.035),
    "head carried back": _held(lambda v: _head_carried(hold(0, v)), -0.078, -0.042),
    # shoulders
    "shoulder raised": _held(lambda v: body(spine_side=hold(-2, v)), 6.5, 3.5),
    "shoulder rising": _moved(lambda v: _shoulder("y", v), 0.078, 0.042),
    "shoulder sinking": _moved(lambda v: _shoulder("y", -v), 0.078, 0.042),
    "shoulder advancing": _moved(lambda v: _shoulder("z", v), 0.16, 0.085),
    "shoulder receding": _moved(lambda v: _shoulder("z", -v), 0.16, 0.085),
    # upper arms
    "upper arm lifted": _held(lambda v: _arm(0, hold(0, v)), 65, 35),
    "upper arm at shoulder level": _held(lambda v: _arm(0, 90 + hold(-90 if v < 0 else 80, v)), (-22, 17), (-41, 32)),
    "upper arm high": _held(lambda v: _arm(0, 90 + hold(-90, v)), 15.6, 8.4),
    "upper arm abducted": _held(lambda v: _arm(0, hold(0, v)), 58, 32),
    "upper arm flexed": _held(lambda v: _arm(90, hold(-5, v), rest=-5), 19.5, 10.5),
    "upper arm hanging": _held(lambda v: _arm(0, hold(60, v), rest=60), 19.5, 36.5),
    "upper arm raising": _moved(lambda v: _arm(0, ramp(v, about=60)), 36.5, 19.5),
    "upper arm lowering": _moved(lambda v: _arm(0, ramp(-v, about=60)), 36.5, 19.5),
    "upper arm swinging": _held(lambda v: _cone(hold(0, v), rest=0), 72, 38),
    "upper arm held": _held(lambda v: _cone(hold(60, v), rest=60), 12.5, 23.5),
    # forearms
    "elbow straight": _held(lambda v: _elbow(hold(90, v), rest=90), 29, 54),
    "elbow bent": _held(lambda v: _elbow(hold(0, v)), 72, 38),
    "forearm up": _held(lambda v: _elbow(90 + hold(-90, v)), 36.5, 19.5),
    "forearm down": _held(lambda v: _elbow(90 + hold(0, v), rest=90), -32.5, -17.5),
    "forearm forward": _held(lambda v: _elbow(hold(0, v)), 62, 33.5),
    "forearm outward": _held(lambda v: _arm(0, hold(0, v)), 49.5, 26.5),
    "forearm inward": _held(lambda v: _arm(0, hold(20, v), rest=20), -7.5, -2.5),
    "forearm swinging": _moved(lambda v: _elbow(ramp(v, about=60)), 104, 56),
    "forearm held": _held(lambda v: _cone(hold(90, v), rest=90), 17.5, 32.5),
    "forearm rising": _moved(lambda v: _elbow(ramp(v, about=90), rest=90), 52, 28),
    "forearm falling": _moved(lambda v: _elbow(ramp(-v, about=90), rest=90), 52, 28),
    # hands: the shoulders are at the height of a trunk
    "hand at head height": _held(lambda v: _arm(0, 90 + hold(-90, _arc((v - 1) * TRUNK / ARM))), 1.8, 1.0),
    "hand above shoulders": _held(lambda v: _arm(0, 90 + hold(-90, _arc((v - 1) * TRUNK / ARM))), 1.3, 0.7),
    "hand low": _held(lambda v: _arm(0, 90 + hold(0, _arc((v - 1) * TRUNK / ARM)), rest=90), 0.31, 0.58),
    "hand ahead": _held(lambda v: _arm(90, hold(0, _arc(v))), 0.55, 0.29),
    "hand behind": _held(lambda v: _arm(90, hold(30, _arc(v)), rest=30), -0.04, 0.04),
    "hand out to the side": _held(lambda v: _arm(0, hold(0, _arc(v - _SHOULDERS / 2))), 1.23, 0.67),
    "hand at the midline": _held(lambda v: _arm(0, hold(45, _arc(v - _SHOULDERS / 2)), rest=45), 0.21, 0.39),
    "hand rising": _moved(lambda v: _arm(0, ramp(degrees(v), about=90)), 0.46, 0.245),
    "hand sinking": _moved(lambda v: _arm(0, ramp(-degrees(v), about=90)), 0.46, 0.245),
    "hand moving outward": _moved(lambda v: _arm(0, ramp(degrees(v))), 0.8, 0.42),
    "hand moving inward": _moved(lambda v: _arm(0, ramp(-degrees(v))), 0.8, 0.42),
    "hand fast": _moved(lambda v: _arm(0, ramp(degrees(v), about=60)), 1.6, 0.84),
    "hand above the other": _held(lambda v: _arm(0, hold(0, degrees(acos(1 - v)))), 0.285, 0.155),
    # torso
    "torso leaning forward": _held(lambda v: _lean(forward=hold(-6, v)), 2.8, 1.2),
    "torso leaning back": _held(lambda v: _lean(forward=hold(0, v)), -10.5, -5.5),
    "torso leaning left": _held(lambda v: _lean(left=hold(-3, v)), 5.2, 2.8),
    "torso leaning right": _held(lambda v: _lean(left=hold(3, v)), -5.2, -2.8),
    "torso twisted left": _held(lambda v: body(spine_twist=hold(0, v)), 14.3, 7.7),
    "torso twisted right": _held(lambda v: body(spine_twist=hold(0, v)), -14.3, -7.7),
    "torso turning left": _moved(lambda v: body(spine_twist=ramp(v)), 36.5, 19.5),
    "torso turning right": _moved(lambda v: body(spine_twist=-ramp(v)), 36.5, 19.5),
    # hips, alone: the shoulders stay
    "hips turning left": _moved(lambda v: body(yaw=ramp(v), spine_twist=-ramp(v)), 39, 21),
    "hips turning right": _moved(lambda v: body(yaw=-ramp(v), spine_twist=ramp(v)), 39, 21),
    "hips swaying left": _moved(lambda v: _lean(left=ramp(-degrees(v * LEG / TRUNK))), 0.105, 0.056),
    "hips swaying right": _moved(lambda v: _lean(left=ramp(degrees(v * LEG / TRUNK))), 0.105, 0.056),
    "hips low": _held(lambda v: _legs(flexion=hold(0, (t := degrees(acos(v)))), knees=hold(0, 2 * t)), 0.895, 0.945),
    # legs
    "leg raised forward": _held(lambda v: _leg(hip_flexion=hold(0, v)), 23.5, 12.5),
    "leg extended back": _held(lambda v: _leg(hip_flexion=hold(8, v), rest=8), -5.2, -2.8),
    "leg out to the side": _held(lambda v: _leg(hip_abduction=hold(0, v)), 10.4, 5.6),
    "leg steady": _held(lambda v: _legs_swinging(hold(60, v), right=60), 14, 26),
    "knee bent": _held(lambda v: _leg(knee_flexion=hold(0, v)), 47, 25),
    "knee straight": _held(lambda v: _leg(knee_flexion=hold(50, v), rest=50), 12, 22),
    "knee bending": _moved(lambda v: _leg(knee_flexion=ramp(v, about=45), rest=45), 52, 28),
    "knee straightening": _moved(lambda v: _leg(knee_flexion=ramp(-v, about=45), rest=45), 52, 28),
    "leg swinging forward": _moved(lambda v: _leg(hip_flexion=ramp(v)), 32.5, 17.5),
    "leg swinging back": _moved(lambda v: _leg(hip_flexion=-ramp(v)), 32.5, 17.5),
    # feet
    "foot ahead": _held(lambda v: _leg(hip_flexion=hold(0, _arc(v))), 0.325, 0.175),
    "foot working": _moved(_foot_leading, 0.455, 0.245),
    "foot moving": _moved(lambda v: _leg(hip_flexion=ramp(degrees(v))), 0.65, 0.35),
    "foot fast": _moved(lambda v: _leg(hip_flexion=ramp(degrees(v))), 1.75, 0.92),
    "foot planted": _held(lambda v: _feet_circling(hold(0.7, v), right=0.7), 0.18, 0.42),
    "foot stepping forward": _moved(lambda v: _leg(hip_flexion=ramp(degrees(v))), 0.53, 0.28),
    "foot stepping back": _moved(lambda v: _leg(hip_flexion=-ramp(degrees(v))), 0.53, 0.28),
    "foot stepping out": _moved(lambda v: _leg(hip_abduction=ramp(degrees(v))), 0.53, 0.28),
    "foot stepping in": _moved(lambda v: _leg(hip_abduction=-ramp(degrees(v))), 0.53, 0.28),
    # whole body
    "travelling forward": _moved(lambda v: body(along("z", ramp(v * LEG))), 0.39, 0.21),
    "travelling backward": _moved(lambda v: body(along("z", -ramp(v * LEG))), 0.39, 0.21),
    "travelling left": _moved(lambda v: body(along("x", ramp(v * LEG))), 0.365, 0.195),
    "travelling right": _moved(lambda v: body(along("x", -ramp(v * LEG))), 0.365, 0.195),
    "travelling": _moved(lambda v: body(along("z", ramp(v * LEG))), 0.715, 0.385),
    "turning left": _moved(lambda v: body(yaw=ramp(v, lasting=_LONG)), 45.5, 24.5, _LONG),
    "turning right": _moved(lambda v: body(yaw=-ramp(v, lasting=_LONG)), 45.5, 24.5, _LONG),
    "spinning": _moved(lambda v: body(yaw=ramp(v, lasting=_LONG)), 150, 78, _LONG),
    "rising": _moved(lambda v: body(along("y", ramp(v * LEG))), 0.078, 0.042),
    "sinking": _moved(lambda v: body(along("y", -ramp(v * LEG))), 0.078, 0.042),
    "jumping": Example(lambda v: body(along("y", jump(v)[0])), (_HIGH_JUMP,), (_LOW_JUMP,), jump(_HIGH_JUMP)[1]),
    "standing wide": _held(lambda v: _legs(abduction=hold(0, _arc((v - _HIPS) / 2))), 0.845, 0.455),
    "feet closed": _held(lambda v: _legs(abduction=hold(15, _arc((v - _HIPS) / 2))), 0.245, 0.45),
    "arms open": _held(
        lambda v: body(left_elevation=(e := hold(0, _arc((v - _SHOULDERS) / 2))), right_elevation=e), 2.0, 1.08
    ),
    "still": _held(lambda v: body(moved={joint: circle(hold(0.8, v) * LEG) for joint in _LIMBS}), 0.22, 0.425),
}

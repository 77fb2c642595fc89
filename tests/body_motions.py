"""Motions made to order: a body that moves single joints by known angles and speeds, from forward kinematics."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from dancelift import SKELETONS, anatomy
from dancelift.anatomy import ANGLES, LANDMARKS, STANDARD_HEIGHT, Array, Body, rotation
from dancelift.motion import Motion

FPS = 30.0
TIME = np.arange(120) / FPS
COCO = SKELETONS["coco17"]

ARM = STANDARD_HEIGHT * (anatomy.UPPER_ARM + anatomy.FOREARM)
"""Shoulder to wrist, m."""
LEG = STANDARD_HEIGHT * (anatomy.THIGH + anatomy.SHANK)
"""Hip to ankle, m."""
TRUNK = STANDARD_HEIGHT * anatomy.TRUNK
"""Mid-hip to mid-shoulder, m."""

Course: TypeAlias = "float | Array"
"""A value over TIME, or one that stays."""

HELD = (1.5, 3.0)
"""s, in which `hold` has reached its value."""
_EASE = 0.5  # s, in which it goes there and back
_MIDDLE = 2.0  # s, of the clip
_CREEP = 0.1  # of a ramp's rate
_RADIUS = 0.15  # m, of a circling joint's path


def hold(start: float, value: float) -> Array:
    """(T,): goes from `start` to `value`, holds it for one and a half seconds and goes back."""
    there = np.clip((TIME - HELD[0] + _EASE) / _EASE, 0, 1) - np.clip((TIME - HELD[1]) / _EASE, 0, 1)
    return start + (value - start) * there**2 * (3 - 2 * there)


def ramp(rate: float, about: float = 0.0, lasting: float = 1.0) -> Array:
    """(T,): moves at `rate` a second in the middle of the clip, where it passes `about`; creeps back before and
    after."""
    since = TIME - _MIDDLE
    moved = np.clip(since, -lasting / 2, lasting / 2)
    return about + rate * (moved - _CREEP * (since - moved))


def ramp_span(lasting: float = 1.0) -> tuple[float, float]:
    """s, in which `ramp` moves."""
    return _MIDDLE - lasting / 2, _MIDDLE + lasting / 2


def jump(height: float) -> tuple[Array, tuple[float, float]]:
    """(T,) of the root's height above its usual one, m, for a jump that high; and the time in the air, s."""
    gravity = 9.81  # m/s²
    half = np.sqrt(2 * height / gravity)
    return np.maximum(height - gravity / 2 * (TIME - _MIDDLE) ** 2, 0), (_MIDDLE - half, _MIDDLE + half)


def along(axis: str, course: Course) -> Array:
    """(T, 3): a course along "x" (left), "y" (up) or "z" (forward)."""
    path = np.zeros((len(TIME), 3))
    path[:, "xyz".index(axis)] = course
    return path


def travelled(speed: Course) -> Array:
    """(T,): how far one gets at a speed that may change."""
    way: Array = np.cumsum(np.broadcast_to(speed, TIME.shape)) / FPS
    return way


def circle(speed: Course) -> Array:
    """(T, 3), m: a level circle at a speed in m/s."""
    phase = travelled(speed) / _RADIUS
    return _RADIUS * np.stack([np.sin(phase), np.zeros_like(phase), np.cos(phase)], axis=1)


def body(root: Course = 0.0, yaw: Course = 0.0, moved: Mapping[str, Array] | None = None, **angles: Course) -> Array:
    """A body that stands upright with hanging arms but for what is said.

    Args:
        root: (T, 3) path of the mid-hip, m, world frame, y up.
        yaw: in degrees, to the left; 0 faces z.
        moved: (T, 3) m in the body frame, by which joints are moved from where the angles put them; a joint "head"
            is the whole head, one without its side is both.
        angles: of `anatomy.ANGLES`, in degrees.

    Returns:
        (T, 17, 3) joints of COCO-17, m, world frame.
    """
    values = np.zeros((len(TIME), len(ANGLES)))
    for name, course in angles.items():
        values[:, ANGLES.index(name)] = np.radians(course)
    poses = anatomy.landmarks(values, Body())[:, [LANDMARKS.index(joint) for joint in COCO.joints]]
    for name, path in (moved or {}).items():
        for joint in _joints(name):
            poses[:, joint] += path
    turn = rotation(1, np.broadcast_to(np.radians(yaw), TIME.shape))
    return np.einsum("tab,tjb->tja", turn, poses) + np.reshape(np.broadcast_to(root, (len(TIME), 3)), (-1, 1, 3))


def _joints(name: str) -> list[int]:
    kinds = ("nose", "eye", "ear") if name == "head" else (name,)
    return [i for i, joint in enumerate(COCO.joints) if joint == name or joint.split("_")[-1] in kinds]


def mirrored(poses3d: Array) -> Array:
    """The motion as a mirror shows it: (T, 17, 3), left and right changed over."""
    return poses3d[:, COCO.mirrored] * [-1, 1, 1]


def mirrored_name(movement: str) -> str:
    """What a movement is called in a mirror."""
    other = {"left": "right", "right": "left"}
    return " ".join(other.get(word, word) for word in movement.split())


def motion(poses3d: Array, fps: float = FPS, **about: Any) -> Motion:
    """Of (T, J, 3) poses, COCO-17 unless told otherwise."""
    return Motion(**({"name": "clip", "source": "test", "poses3d": poses3d, "skeleton": COCO, "fps": fps} | about))

"""The human body that dancelift assumes: landmarks, segment lengths, joint angles and forward kinematics.

Body frame: x to the dancer's left, y up, z forward, origin midway between the hips, metres.
Nothing here is learnt from motion data. Segment lengths are the fractions of body height of Drillis & Contini
(1966, Body Segment Parameters), as tabulated by Winter (2009, Biomechanics and Motor Control of Human Movement,
fig. 4.1); spans of joint angles are the everyday part of the ranges in Kapandji (The Physiology of the Joints).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.geometry import rotation

STANDARD_HEIGHT = 1.70
"""Body height in metres when none is given."""

# fractions of body height
SHOULDER_WIDTH = 0.205  # between the joint centres; the shoulders' outer width is 0.259
HIP_WIDTH = 0.125  # between the joint centres as keypoint detectors place them; bi-iliac width is 0.191
TRUNK = 0.288  # mid-hip to mid-shoulder
UPPER_ARM = 0.186
FOREARM = 0.146
HAND = 0.108
THIGH = 0.245
SHANK = 0.246
FOOT_HEIGHT = 0.039
FOOT_LENGTH = 0.152
HEAD_RISE = 0.10  # mid-shoulder to the centre of the head, between the ears

_HEAD = {  # head frame, fractions of body height, origin between the ears
    "nose": (0.0, -0.005, 0.062),
    "left_eye_inner": (0.010, 0.017, 0.050),
    "left_eye": (0.019, 0.017, 0.049),
    "left_eye_outer": (0.028, 0.017, 0.045),
    "right_eye_inner": (-0.010, 0.017, 0.050),
    "right_eye": (-0.019, 0.017, 0.049),
    "right_eye_outer": (-0.028, 0.017, 0.045),
    "left_ear": (0.044, 0.0, 0.0),
    "right_ear": (-0.044, 0.0, 0.0),
    "mouth_left": (0.014, -0.032, 0.050),
    "mouth_right": (-0.014, -0.032, 0.050),
    "jaw": (0.0, -0.045, 0.030),
    "head_top": (0.0, 0.082, -0.005),
}
HEAD_LANDMARKS = tuple(_HEAD)

_SIDED = (
    "shoulder", "elbow", "wrist", "pinky", "index", "thumb",
    "hip", "knee", "ankle", "heel", "big_toe", "small_toe", "foot_index",
)  # fmt: skip
LANDMARKS: tuple[str, ...] = (
    *HEAD_LANDMARKS,
    "neck",
    "thorax",
    "spine",
    "mid_hip",
    *(f"{side}_{name}" for name in _SIDED for side in ("left", "right")),
)
"""Every point of the body that a skeleton can name as a joint."""


def mirror(landmark: str) -> str:
    """Return the landmark on the other side of the body, or the same one where it lies in the middle."""
    for side, other in (("left", "right"), ("right", "left")):
        if landmark.startswith(f"{side}_"):
            return f"{other}_{landmark.removeprefix(f'{side}_')}"
        if landmark.endswith(f"_{side}"):
            return f"{landmark.removesuffix(f'_{side}')}_{other}"
    return landmark


_ARM = ("plane", "elevation", "humeral_rotation", "elbow_flexion")
_LEG = ("hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion", "ankle_flexion")
ANGLES: tuple[str, ...] = (
    *("pelvis_tilt", "pelvis_obliquity"),
    *("spine_flexion", "spine_side", "spine_twist"),
    *("head_flexion", "head_side", "head_turn"),
    *(f"{side}_{name}" for side in ("left", "right") for name in (*_ARM, *_LEG)),
)
"""Joint angles of a pose. Positive is forward, to the left, flexed, abducted, or rotated outward (hip) or inward
(humerus). `plane` is the direction in which an arm is raised: 0 sideways, 90 degrees forward."""

# mean and standard deviation, then the anatomical limits, in degrees
_SPANS: dict[str, tuple[float, float, float, float]] = {
    "pelvis_tilt": (2, 8, -40, 60),
    "pelvis_obliquity": (0, 6, -30, 30),
    "spine_flexion": (2, 8, -30, 60),
    "spine_side": (0, 8, -35, 35),
    "spine_twist": (0, 15, -45, 45),
    "head_flexion": (0, 12, -50, 50),
    "head_side": (0, 8, -35, 35),
    "head_turn": (0, 22, -75, 75),
    "plane": (40, 30, -40, 125),
    "elevation": (50, 35, 0, 170),
    "humeral_rotation": (20, 30, -70, 80),
    "elbow_flexion": (55, 35, 0, 145),
    "hip_flexion": (12, 16, -25, 110),
    "hip_abduction": (5, 9, -25, 80),
    "hip_rotation": (8, 15, -35, 60),
    "knee_flexion": (18, 20, 0, 140),
    "ankle_flexion": (0, 15, -50, 25),
}


def angle_span(name: str) -> tuple[float, float, float, float]:
    """Return mean, standard deviation, lower and upper limit of an angle of ANGLES, rad."""
    mean, deviation, lower, upper = np.radians(_SPANS[name.removeprefix("left_").removeprefix("right_")])
    return float(mean), float(deviation), float(lower), float(upper)


@dataclass(frozen=True)
class Body:
    """A body of one size and build.

    Attributes:
        height: of the body, m.
        arms, legs, trunk, shoulders, hips: relative length or width of that part; 1 is the average build.
    """

    height: float = STANDARD_HEIGHT
    arms: float = 1.0
    legs: float = 1.0
    trunk: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0


def neutral_angles(n: int) -> Array:
    """Return the angles of the mean pose `n` times, (n, len(ANGLES)), rad."""
    return np.tile([angle_span(name)[0] for name in ANGLES], (n, 1))


def sample_angles(n: int, rng: np.random.Generator) -> Array:
    """Draw the angles of `n` independent plausible poses, (n, len(ANGLES)), rad."""
    spans = np.array([angle_span(name) for name in ANGLES])
    angles = rng.normal(spans[:, 0], spans[:, 1], (n, len(ANGLES)))
    return np.clip(angles, spans[:, 2], spans[:, 3])


def landmarks(angles: Array, body: Body = Body()) -> Array:
    """Return where the landmarks are by forward kinematics.

    Args:
        angles: (N, len(ANGLES)), rad.
        body: its size and build.

    Returns:
        (N, len(LANDMARKS), 3), m, body frame: the pelvis is upright but for its tilt and obliquity, and faces z.
    """
    angle = dict(zip(ANGLES, np.asarray(angles, float).T, strict=True))
    height = body.height
    point: dict[str, Array] = {}

    pelvis = rotation(0, angle["pelvis_tilt"]) @ rotation(2, angle["pelvis_obliquity"])
    chest = (
        pelvis
        @ rotation(0, angle["spine_flexion"])
        @ rotation(2, angle["spine_side"])
        @ rotation(1, angle["spine_twist"])
    )
    head = (
        chest @ rotation(1, angle["head_turn"]) @ rotation(0, angle["head_flexion"]) @ rotation(2, angle["head_side"])
    )

    def along(frame: Array, offset: tuple[float, float, float]) -> Array:
        moved: Array = height * (frame @ np.asarray(offset))
        return moved

    trunk = TRUNK * body.trunk
    point["mid_hip"] = np.zeros((len(angles), 3))
    point["spine"] = along(pelvis, (0, 0.5 * trunk, 0))
    point["neck"] = point["spine"] + along(chest, (0, 0.5 * trunk, 0))
    point["thorax"] = point["neck"]
    between_ears = point["neck"] + along(chest, (0, 0.4 * HEAD_RISE, 0)) + along(head, (0, 0.6 * HEAD_RISE, 0))
    for name, offset in _HEAD.items():
        point[name] = between_ears + along(head, offset)

    for side, left in (("left", 1.0), ("right", -1.0)):
        sided = {name: angle[f"{side}_{name}"] for name in (*_ARM, *_LEG)}
        shoulder = point["neck"] + along(chest, (left * 0.5 * SHOULDER_WIDTH * body.shoulders, 0, 0))
        hip = along(pelvis, (left * 0.5 * HIP_WIDTH * body.hips, 0, 0))

        # an arm is raised in its plane, then turned about itself; the elbow bends forward of a hanging arm
        turn = rotation(1, -left * sided["plane"]) if left > 0 else rotation(1, sided["plane"])
        arm = chest @ turn @ rotation(2, left * sided["elevation"]) @ np.swapaxes(turn, -1, -2)
        arm = arm @ rotation(1, -left * sided["humeral_rotation"])
        forearm = arm @ rotation(0, -sided["elbow_flexion"])
        elbow = shoulder + along(arm, (0, -UPPER_ARM * body.arms, 0))
        wrist = elbow + along(forearm, (0, -FOREARM * body.arms, 0))

        thigh = (
            pelvis
            @ rotation(2, left * sided["hip_abduction"])
            @ rotation(0, -sided["hip_flexion"])
            @ rotation(1, left * sided["hip_rotation"])
        )
        shank = thigh @ rotation(0, sided["knee_flexion"])
        foot = shank @ rotation(0, -sided["ankle_flexion"])
        knee = hip + along(thigh, (0, -THIGH * body.legs, 0))
        ankle = knee + along(shank, (0, -SHANK * body.legs, 0))

        sided_points = {
            "shoulder": shoulder,
            "elbow": elbow,
            "wrist": wrist,
            "pinky": wrist + along(forearm, (-left * 0.015, -0.5 * HAND, -0.010)),
            "index": wrist + along(forearm, (left * 0.005, -0.55 * HAND, 0.015)),
            "thumb": wrist + along(forearm, (left * 0.005, -0.3 * HAND, 0.025)),
            "hip": hip,
            "knee": knee,
            "ankle": ankle,
            "heel": ankle + along(foot, (0, -FOOT_HEIGHT, -0.3 * FOOT_LENGTH)),
            "big_toe": ankle + along(foot, (-left * 0.012, -FOOT_HEIGHT, 0.7 * FOOT_LENGTH)),
            "small_toe": ankle + along(foot, (left * 0.028, -FOOT_HEIGHT, 0.55 * FOOT_LENGTH)),
            "foot_index": ankle + along(foot, (0, -FOOT_HEIGHT, 0.7 * FOOT_LENGTH)),
        }
        point.update({f"{side}_{name}": position for name, position in sided_points.items()})
    return np.stack([point[name] for name in LANDMARKS], axis=1)

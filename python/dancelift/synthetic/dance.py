"""Invented dances, plausible and of no genre, seen by a camera and a keypoint detector: for the demo and for tests.

A dancer steps from foot to foot on the beat of the music, sways, turns, travels and moves the arms in
phrases. Feet are placed on the floor first; the pelvis follows their weight, and the legs follow by inverse
kinematics, so that a foot that stands does not slide. No recorded motion is used.

World frame: x to the left of who faces z, y up, z, metres; the floor is at y = 0. The body frame is that of
`dancelift.body.anatomy`, turned by the body's yaw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.anatomy import ANGLES, STANDARD_HEIGHT, Body
from dancelift.body.skeleton import Skeleton, get_skeleton
from dancelift.camera import Camera
from dancelift.errors import InputError
from dancelift.geometry import rotation
from dancelift.synthetic.filming import detect, film

_TEMPO = (100.0, 120.0)  # beats per minute, one step a beat
_PHRASE = 8  # beats
_FLOOR_RADIUS = 1.6  # m, over which the dancer travels
_PLACE_TIME = 6  # beats, from one place on it to the next
_TURNS = np.pi * np.array([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0])  # of a phrase, rad
_SWING = (0.1, 0.85)  # part of the beat in which the free foot is in the air

# where the free foot goes: outward and forward of its place below the hip, lift, and a kick forward on the
# way, fractions of body height
_FIGURES = np.array(
    [
        [
            (0.0, 0.12, 0.035, 0.0),
            (0.0, 0.0, 0.03, 0.0),
            (0.0, -0.12, 0.035, 0.0),
            (0.0, 0.0, 0.03, 0.0),
        ],  # basic
        [
            (0.15, 0.0, 0.03, 0.0),
            (-0.03, 0.0, 0.03, 0.0),
            (0.0, 0.0, 0.03, 0.0),
            (0.13, 0.0, 0.03, 0.0),
        ],  # side
        [
            (-0.09, 0.11, 0.04, 0.0),
            (0.08, 0.0, 0.03, 0.0),
            (0.06, 0.0, 0.03, 0.0),
            (-0.09, 0.11, 0.04, 0.0),
        ],  # cross
        [
            (0.0, 0.03, 0.13, 0.18),
            (0.03, 0.0, 0.03, 0.0),
            (0.0, -0.05, 0.04, 0.0),
            (0.0, 0.03, 0.13, 0.18),
        ],  # kick
        [
            (0.02, 0.0, 0.09, 0.04),
            (0.02, 0.0, 0.09, 0.04),
            (0.02, 0.0, 0.09, 0.04),
            (0.02, 0.0, 0.09, 0.04),
        ],  # march
    ]
)

# keyposes of an arm: plane, elevation, humeral rotation, elbow flexion, degrees
_ARM_POSES = np.radians(
    [
        (30, 20, 10, 30),  # low
        (15, 85, 0, 20),  # out to the side
        (55, 150, 10, 35),  # high, rounded
        (75, 75, 30, 65),  # embracing
        (90, 85, 0, 15),  # reaching forward
        (10, 85, -60, 90),  # to the side, forearm up
        (55, 50, 60, 115),  # hand on the heart
        (-20, 35, 0, 15),  # back
        (20, 125, -10, 20),  # open above the head
        (10, 45, 40, 95),  # hand on the hip
    ]
)

# how far a standing leg turns out or in before its foot pivots on the floor, rad
_OUTWARD, _INWARD = math.radians(40), math.radians(25)
_LEG = anatomy.THIGH + anatomy.SHANK
_LONGEST_LEG = 0.995  # of it: a knee is never quite straight


@dataclass(frozen=True, eq=False)
class SyntheticClip:
    """A dancer's motion and what a camera and a detector make of it.

    T frames, J joints; camera frame: x right, y down, z forward, metres.

    Attributes:
        poses3d: (T, J, 3), m, camera frame.
        keypoints2d: (T, J, 3), px and score, as a detector gives them; a joint it misses is 0, 0, 0.
        keypoints2d_clean: (T, J, 3), px and score 1: the exact projection of `poses3d`.
        angles: (T, len(anatomy.ANGLES)), rad.
        camera: exact intrinsics, and `up`.
        up: (3,), unit vector against gravity, camera frame.
        fps: frames per second.
        image_size: (width, height), px.
        skeleton: name of the joints' skeleton.
    """

    poses3d: Array
    keypoints2d: Array
    keypoints2d_clean: Array
    angles: Array
    camera: Camera
    up: Array
    fps: float
    image_size: tuple[int, int]
    skeleton: str


def generate(
    n_frames: int = 300,
    fps: float = 30.0,
    *,
    random_seed: int = 0,
    skeleton: str | Skeleton = "coco17",
    height: float = STANDARD_HEIGHT,
    image_size: tuple[int, int] = (1920, 1080),
    camera: Camera | None = None,
    pitch: float | None = None,
    noise: float = 1.0,
) -> SyntheticClip:
    """Invent a dance of `n_frames`; the same arguments give the same one.

    Args:
        fps: frames per second.
        random_seed: of the dance, the camera and the detector's errors.
        height: of the dancer, m.
        image_size: (width, height), px.
        camera: its intrinsics are used; None: one that is 3.5 to 6 m away and has the dancer in the image.
        pitch: by which the camera looks down, rad; None: that of a camera 0.8 to 2.5 m above the floor.
        noise: the detector's errors, relative to a usual one; 0 gives exact keypoints with score 1.

    Raises:
        InputError: a number is not positive, or the skeleton is unknown.
    """
    for name, value in (("n_frames", n_frames), ("fps", fps), ("height", height)):
        if not value > 0:
            raise InputError(f"{name} is {value!r}, expected a number above 0")
    if noise < 0:
        raise InputError(f"noise is {noise!r}, expected 0 or more")
    joints = get_skeleton(skeleton)
    # streams of their own, so that the dance does not depend on the camera nor on the detector
    dance_rng, camera_rng, detector_rng = (np.random.default_rng((random_seed, i)) for i in range(3))

    angles, root, yaw = _dance(np.arange(n_frames) / fps, height, dance_rng)
    body = anatomy.landmarks(angles, Body(height))
    world = root[:, None] + np.einsum("tab,tlb->tla", rotation(1, yaw), body)
    camera, points = film(world, image_size, camera, pitch, camera_rng)
    poses3d = np.einsum("jl,tla->tja", joints.landmark_weights, points)
    clean = np.concatenate([camera.project(poses3d), np.ones((*poses3d.shape[:2], 1))], axis=2)
    detected = clean
    if noise:
        landmarks = {name: points[:, i] for i, name in enumerate(anatomy.LANDMARKS)}
        detected = detect(poses3d, landmarks, camera, joints, height, fps, noise, detector_rng)
    assert camera.up is not None
    return SyntheticClip(poses3d, detected, clean, angles, camera, camera.up, fps, image_size, joints.name)


def _dance(time: Array, height: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return angles (T, len(ANGLES)), root (T, 3), m, world frame, and yaw (T,), rad, at `time` (T,), s."""
    beat = 60 / rng.uniform(*_TEMPO)
    music = time / beat  # in beats
    n_beats = int(music[-1]) + 4
    yaw, steps = _turning(n_beats, rng), _Steps.plan(n_beats, rng)
    feet = [steps.foot(side, music, yaw, height) for side in (0, 1)]
    heading = _spline(yaw, music)

    # weight in -1 (on the right foot) to 1 (on the left one): it changes about the beat, from foot to foot
    from_beat = music - np.floor(music + 0.5)
    weight = np.where(np.floor(music + 0.5) % 2 == 0, -1, 1) * (2 * _ease((from_beat + 0.3) / 0.6) - 1)
    angle = _upper_body(music, n_beats, weight, rng)

    share = 0.5 + 0.38 * weight[:, None]
    root = share * feet[0].ankle + (1 - share) * feet[1].ankle
    pelvis = rotation(0, angle["pelvis_tilt"]) @ rotation(2, angle["pelvis_obliquity"])
    upright = rotation(1, heading) @ pelvis
    hips = [upright @ np.array([side * 0.5 * anatomy.HIP_WIDTH * height, 0, 0]) for side in (1, -1)]
    root[:, 1] = _root_height(music, n_beats, root, hips, feet, height, rng)
    for side, hip, foot in zip(("left", "right"), hips, feet, strict=True):
        reach = np.einsum("tba,tb->ta", upright, foot.ankle - root - hip)
        angle.update(_leg(side, reach / height, foot, heading, pelvis))

    spans = np.array([anatomy.angle_span(name) for name in ANGLES])
    return (
        np.clip(np.stack([angle[name] for name in ANGLES], axis=1), spans[:, 2], spans[:, 3]),
        root,
        heading,
    )


def _turning(n_beats: int, rng: np.random.Generator) -> Array:
    """Return the body's yaw at every beat, rad: a turn in the second half of a phrase, and a sway."""
    yaw = [rng.uniform(-0.6, 0.6)]
    while len(yaw) < n_beats:
        turn = rng.choice(_TURNS)
        yaw += [yaw[-1]] * (_PHRASE // 2)
        yaw += (yaw[-1] + turn * np.arange(1, _PHRASE // 2 + 1) / (_PHRASE // 2)).tolist()
    return np.array(yaw[:n_beats]) + rng.normal(0, 0.15, n_beats)


@dataclass(frozen=True, eq=False)
class _Foot:
    """One foot over the clip."""

    ankle: Array  # (T, 3), m, world frame
    heading: Array  # (T,), direction of the toes about the vertical, rad
    slope: Array  # (T,), by which the toes point down, rad


@dataclass(frozen=True, eq=False)
class _Steps:
    """Where the dancer steps: one step a beat, even beats with the left foot."""

    figure: Array  # (beats, 4), outward, forward, lift, kick, fractions of body height
    centre: Array  # (beats, 2), x and z of the dancer's place, m, world frame

    @staticmethod
    def plan(n_beats: int, rng: np.random.Generator) -> _Steps:
        n_phrases = -(-n_beats // _PHRASE) + 1
        figures = np.concatenate([np.tile(_FIGURES[i], (2, 1)) for i in rng.integers(len(_FIGURES), size=n_phrases)])
        places = rng.uniform(-_FLOOR_RADIUS, _FLOOR_RADIUS, (2 * n_phrases + 3, 2))
        centre = _spline(places, np.arange(len(figures)) / _PLACE_TIME)
        return _Steps(figures * rng.uniform(0.8, 1.1, (len(figures), 1)), centre)

    def foot(self, side: int, music: Array, yaw: Array, height: float) -> _Foot:
        """Return the left (0) or right (1) foot at `music` (T,), in beats."""
        outward = (1, -1)[side]
        beats = np.arange(side - 2, len(self.figure), 2)  # at which it steps
        figure = height * self.figure[np.maximum(beats, 0)]
        facing = _spline(yaw, np.asarray(beats + 1.5))  # in the middle of the time for which it will stand
        offset = np.stack([outward * (0.5 * anatomy.HIP_WIDTH * height + 0.02 + figure[:, 0]), figure[:, 1]], axis=1)
        place = self.centre[np.clip(beats + 1, 0, len(self.centre) - 1)] + _turned(offset, facing)
        heading = facing + outward * math.radians(12)

        step = np.clip(((music - side) // 2).astype(int) + 1, 1, len(beats) - 1)
        progress = (music - beats[step] - _SWING[0]) / (_SWING[1] - _SWING[0])
        moved, lifted = _ease(progress), _arch(progress)
        ground = place[step - 1] + moved[:, None] * (place[step] - place[step - 1])
        kick = lifted[:, None] * np.stack([np.zeros(len(music)), figure[step, 3]], axis=1)
        ground += _turned(kick, _spline(yaw, music))
        lift = lifted * figure[step, 2]
        ankle = np.stack([ground[:, 0], anatomy.FOOT_HEIGHT * height + lift, ground[:, 1]], axis=1)
        # toes hang as far as the lift lets them
        slope = np.arcsin(np.minimum(0.8 * lift / (0.7 * anatomy.FOOT_LENGTH * height), 0.45))
        return _Foot(ankle, heading[step - 1] + moved * (heading[step] - heading[step - 1]), slope)


def _upper_body(music: Array, n_beats: int, weight: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Return the angles of pelvis, trunk, head and arms by name, (T,) each, rad."""
    knots = n_beats + 3

    def wander(degrees: float, beats: float = 2.0) -> Array:
        return _spline(math.radians(degrees) * rng.normal(0, 1, knots).clip(-1.8, 1.8), music / beats)

    pulse = np.cos(2 * np.pi * music)  # 1 on the beat
    sway = np.radians(rng.uniform(4, 9)) * weight
    twist = np.radians(rng.uniform(3, 9)) * weight
    angle = {
        "pelvis_tilt": np.radians(3) + np.radians(2) * pulse + wander(4),
        "pelvis_obliquity": sway,
        "spine_flexion": np.radians(2) - np.radians(2) * pulse + wander(9),
        "spine_side": wander(7) - 1.1 * sway,
        "spine_twist": wander(12) - twist,
        "head_flexion": np.radians(3) * pulse + wander(8),
        "head_side": wander(6) + 0.4 * sway,
        "head_turn": wander(28),
    }
    poses = {side: rng.integers(len(_ARM_POSES), size=knots // 2 + 1) for side in ("left", "right")}
    together = rng.random(knots // 2 + 1) < 0.5
    poses["right"] = np.where(together, poses["left"], poses["right"])
    for side, chosen in poses.items():
        keyposes = _ARM_POSES[np.repeat(chosen, 2)]  # each is approached for a beat and held for one
        arm = _spline(keyposes + rng.normal(0, math.radians(5), keyposes.shape), music)
        arm[:, 3] += np.radians(5) * (1 - pulse)
        names = ("plane", "elevation", "humeral_rotation", "elbow_flexion")
        angle.update({f"{side}_{name}": value for name, value in zip(names, arm.T, strict=True)})
    return angle


def _root_height(
    music: Array,
    n_beats: int,
    root: Array,
    hips: list[Array],
    feet: list[_Foot],
    height: float,
    rng: np.random.Generator,
) -> Array:
    """Return the root's height over the floor, (T,), m: knees give on the beat, no foot is out of the leg's reach."""
    level = _spline(rng.uniform(0.0, 0.02, n_beats + 3), music / 2)
    bounce = 0.016 * (0.5 + 0.5 * np.cos(2 * np.pi * music))
    heights = [height * (anatomy.FOOT_HEIGHT + _LEG - level - bounce)]
    for hip, foot in zip(hips, feet, strict=True):
        sideways = np.linalg.norm((root + hip - foot.ankle)[:, [0, 2]], axis=1)
        leg = np.sqrt(np.maximum((_LONGEST_LEG * _LEG * height) ** 2 - sideways**2, 0))
        heights.append(foot.ankle[:, 1] + leg - hip[:, 1])
    softness = 0.005 * height
    lowest = np.min(heights, axis=0)
    return np.asarray(lowest - softness * np.log(np.exp((lowest - np.array(heights)) / softness).sum(axis=0)))


def _leg(side: str, reach: Array, foot: _Foot, facing: Array, pelvis: Array) -> dict[str, Array]:
    """Return the angles of a leg by name, (T,) each, rad, in closed form.

    Args:
        reach: (T, 3) from hip to ankle in the pelvis' frame, fractions of body height.
        foot: its direction and slope.
        facing: (T,) yaw of the body, rad.
        pelvis: (T, 3, 3) its frame in that of the body.
    """
    left = 1.0 if side == "left" else -1.0
    outward = left * (foot.heading - facing)
    turn = np.where(outward > 0, _OUTWARD * np.tanh(outward / _OUTWARD), _INWARD * np.tanh(outward / _INWARD))

    thigh, shank = anatomy.THIGH, anatomy.SHANK
    cosine = ((reach**2).sum(axis=1) - thigh**2 - shank**2) / (2 * thigh * shank)
    knee = np.arccos(np.clip(cosine, -1, 1))
    zero = np.zeros_like(knee)
    bent = np.stack([zero, -thigh - shank * np.cos(knee), -shank * np.sin(knee)], axis=1)  # in the thigh's frame
    bent = np.einsum("tab,tb->ta", rotation(1, left * turn), bent)
    # reach = Rz(abduction) Rx(-flexion) bent: Rx keeps x, which gives the abduction, then Rz keeps z
    across = np.hypot(reach[:, 0], reach[:, 1])
    roll = np.arctan2(reach[:, 1], reach[:, 0]) + np.arccos(np.clip(bent[:, 0] / across, -1, 1))
    down = np.cos(roll) * reach[:, 1] - np.sin(roll) * reach[:, 0]
    flexion = np.arctan2(bent[:, 2], bent[:, 1]) - np.arctan2(reach[:, 2], down)
    flexion = (flexion + np.pi) % (2 * np.pi) - np.pi

    shin = pelvis @ rotation(2, roll) @ rotation(0, -flexion) @ rotation(1, left * turn) @ rotation(0, knee)
    level = np.arctan2(-shin[:, 1, 2], shin[:, 1, 1])  # of the sole
    return {
        f"{side}_hip_flexion": flexion,
        f"{side}_hip_abduction": left * roll,
        f"{side}_hip_rotation": turn,
        f"{side}_knee_flexion": knee,
        f"{side}_ankle_flexion": level - foot.slope,
    }


def _turned(offset: Array, yaw: Array) -> Array:
    """Turn x and z (N, 2) of the body frame to those of the world frame at yaw (N,)."""
    x, z = offset.T
    return np.stack([np.cos(yaw) * x + np.sin(yaw) * z, np.cos(yaw) * z - np.sin(yaw) * x], axis=1)


def _ease(progress: Array) -> Array:
    """Go from 0 to 1 with least jerk, for progress from 0 to 1 and the ends beyond."""
    p = np.clip(progress, 0, 1)
    return np.asarray(p**3 * (10 - 15 * p + 6 * p**2))


def _arch(progress: Array) -> Array:
    """Go from 0 up to 1 and back to 0, with rest at both ends, for progress from 0 to 1."""
    p = np.clip(progress, 0, 1)
    return np.asarray((4 * p * (1 - p)) ** 3)


def _spline(control: Array, at: Array) -> Array:
    """Return the uniform cubic B-spline of control points (N, ...) at 0, 1, 2, ...: smooth, and within their range."""
    at = np.clip(at, 0, len(control) - 1)
    first = np.minimum(at.astype(int), len(control) - 2)
    u = (at - first).reshape(-1, *[1] * (control.ndim - 1))
    padded = np.concatenate([control[:1], control, control[-1:]])
    basis = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    return np.asarray(sum(b * padded[first + i] for i, b in enumerate(basis)) / 6)

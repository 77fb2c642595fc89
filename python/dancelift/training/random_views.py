"""Windows of 3D motion under random bodies, movements, cameras and detectors: what a pose network is trained on.

Few dancers were ever captured, and each capture has its own idea of where in the body a joint lies. So every window
is made another dancer's: arms borrowed from another window, limbs turned a little, bones of other lengths, joints
marked elsewhere on the body, mirrored. It is then filmed by a camera that is anywhere and tilted, of a focal length
that the network does not know, and its keypoints are found by `dancelift.synthetic.detector`.

Frames of reference: the world frame (y up, m) and the camera frame (x right, y down, z forward, m).
Leading axis B: windows; T frames, J the joints of NET_SKELETON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Flags, Floats
from dancelift.frame_rate import NET_FPS
from dancelift.geometry import rotation
from dancelift.priors.pose_net import FEET, NET_SKELETON, features
from dancelift.synthetic.detector import Detector, hidden_joints, smooth_noise

_NAMES = NET_SKELETON.joints
_INDEX = {name: i for i, name in enumerate(_NAMES)}
_HEAD = [_INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_UPPER = [i for name, i in _INDEX.items() if name.split("_")[-1] not in ("hip", "knee", "ankle")]
_MIRRORED = list(NET_SKELETON.mirrored)
_ARMS = [tuple(_INDEX[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist")) for side in ("left", "right")]
_LEGS = [tuple(_INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle")) for side in ("left", "right")]
_SHOULDERS, _HIPS = ([limbs[0][0], limbs[1][0]] for limbs in (_ARMS, _LEGS))
_EARS = [_INDEX["left_ear"], _INDEX["right_ear"]]
_FEET = [_INDEX[name] for name in FEET]
_SIDES = (1.0, -1.0)

_SPEED = (0.75, 1.35)  # a movement is sped up by
_STANDING_SPEED = 0.25  # m/s, below which a foot stands
_STANDING_TIME = 0.2  # s, over which its speed is averaged

_BORROWED_ARMS = 0.35  # share of the windows
_TURNED_LIMBS = 0.7  # share of the windows
_LIMB_TURN = {"upper body": 6, "head": 9, "arm": 11, "forearm": 11, "leg": 4, "shank": 3}  # degrees
_LIMB_TURN_TIME = (0.45, 1.1)  # s, between independent turns

# relative standard deviations of lengths, and standard deviations (m) of where a joint is marked
_LENGTHS = {"hips": 0.10, "shoulders": 0.08, "trunk": 0.06, "upper arm": 0.06, "forearm": 0.06, "thigh": 0.05,
            "shank": 0.05, "neck": 0.08, "head": 0.08}  # fmt: skip
_HIP_MARK, _SHOULDER_MARK, _HEAD_MARK = (0.0, 0.04, 0.015), (0.0, 0.025, 0.015), (0.0, 0.03, 0.02)
_KNEE_MARK, _ELBOW_MARK = 0.03, 0.02  # along the limb

_DRIFTING = 0.3  # share of the windows in which the dancer turns besides
_DRIFT_TIME = 1.5  # s
_TRAVEL = 0.2  # relative standard deviation of how far the dancer travels

_TILTED = 0.4  # share of cameras that are not looking straight
_PITCH, _TILTED_PITCH = (7.0, 6.0), (-12.0, 45.0)  # degrees: mean and standard deviation; range
_ROLL, _TILTED_ROLL = (0.0, 2.0), (-25.0, 25.0)
_DISTANCE = (2.8, 9.5)  # m
_NEAREST = 2.0  # m
_ASIDE = (0.35, 0.175)  # tangent of the angle by which the dancer is off the middle of the image, at most
_FOCAL_KNOWN = 0.2  # share of the windows
_FOCAL_ERROR = 0.2  # relative standard deviation of the focal length assumed

_EXACT = 0.25  # share of the windows with exact keypoints
_NOISE_SPREAD = 0.35  # relative, of how noisy a detector is
_BLIND_SCORES = 0.2  # share of detectors whose scores are random
_NO_FACE = 0.06  # share of detectors that find no eyes and ears, and half of those no nose
_LOST = 0.03  # share of joints that are out of sight for long
_LOST_TIME = 0.55  # s
_FACE_SEEN_FROM = -0.2  # cosine of the angle between gaze and camera below which the face is hidden


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of the network and the targets of its outputs.

    Attributes:
        x: (B, T, N_FEATURES), see `dancelift.priors.pose_net.features`.
        poses3d: (B, T, J, 3), m, relative to the mid-hip, view frame.
        up: (B, T, 3) unit vector against gravity, view frame.
        contact: (B, T, 2) whether each of FEET stands.
    """

    x: Floats
    poses3d: Floats
    up: Floats
    contact: Floats


class RandomViews:
    """An endless supply of batches from a few motions.

    Args:
        motions: (T, J, 3), m, world frame, and frames per second of each.
        n_frames: of a window.
        strength: of the changes to body and movement, 1 is full.
        random_seed: of all random numbers.
    """

    def __init__(
        self, motions: Sequence[tuple[Array, float]], n_frames: int, strength: float, random_seed: int
    ) -> None:
        self._motions = [np.asarray(poses, np.float32) for poses, _ in motions]
        self._fps = np.array([fps for _, fps in motions])
        self._standing = [_standing(poses, fps) for poses, fps in motions]
        lengths = np.array([len(poses) for poses in self._motions], float)
        self._share = lengths / lengths.sum()
        self._n_frames, self._strength = n_frames, strength
        self._size = float(np.average([body_size(poses) for poses in self._motions], weights=self._share))
        self._detector = Detector(NET_SKELETON, NET_FPS)
        self._rng = np.random.default_rng(random_seed)

    def batch(self, n: int) -> Batch:
        """`n` new windows."""
        rng, scale = self._rng, self._strength
        poses, contact = self._windows(n)
        lender, _ = self._windows(n)
        borrows = rng.random(n) < _BORROWED_ARMS * min(1.0, scale)
        poses[borrows] = _borrow_arms(poses, _mirror(lender, rng.random(n) < 0.5))[borrows]
        self._turn_limbs(poses)
        poses = self._other_body(poses)
        poses *= (self._size / np.array([body_size(window) for window in poses]))[:, None, None, None]
        mirrored = rng.random(n) < 0.5
        poses = _mirror(poses, mirrored)
        contact = np.where(mirrored[:, None, None], contact[..., ::-1], contact)
        poses, up = self._film(poses)
        return self._detect(poses, up, contact)

    def _windows(self, n: int) -> tuple[Floats, Floats]:
        """Random windows of the motions: poses (n, T, J, 3), world frame, and contact (n, T, 2)."""
        rng, n_frames = self._rng, self._n_frames
        poses = np.empty((n, n_frames, len(_NAMES), 3), np.float32)
        contact = np.empty((n, n_frames, 2), np.float32)
        for i, source in enumerate(rng.choice(len(self._motions), n, p=self._share)):
            motion = self._motions[source]
            speed = np.exp(rng.uniform(*np.log(_SPEED)))
            step = min(speed * self._fps[source] / NET_FPS, (len(motion) - 1.001) / n_frames)
            at = rng.uniform(0, len(motion) - 1.001 - step * (n_frames - 1)) + step * np.arange(n_frames)
            before = at.astype(int)
            share = (at - before).astype(np.float32)[:, None, None]
            poses[i] = (1 - share) * motion[before] + share * motion[before + 1]
            contact[i] = self._standing[source][before]
        return poses, contact

    def _turn_limbs(self, poses: Floats) -> None:
        """Turn each part about the joint that it hangs from, by an angle that changes slowly."""
        n, n_frames = len(poses), self._n_frames
        rng = self._rng
        amount = self._strength * (rng.random((n, 1, 1)) < _TURNED_LIMBS)

        def turn(part: str, pivot: Floats, joints: list[int]) -> None:
            angle = np.radians(_LIMB_TURN[part]) * amount * rng.rayleigh(0.8, (n, 1, 1))
            step = rng.uniform(*_LIMB_TURN_TIME) * NET_FPS
            vector = 0.6 * rng.normal(size=(n, 1, 3)) + 0.8 * smooth_noise((n, n_frames, 3), 1, step, rng)
            matrix = _rotation_about(angle * vector)
            poses[:, :, joints] = (poses[:, :, joints] - pivot[:, :, None]) @ np.swapaxes(matrix, -1, -2) + pivot[
                :, :, None
            ]

        turn("upper body", poses[:, :, _HIPS].mean(axis=2), _UPPER)
        turn("head", poses[:, :, _SHOULDERS].mean(axis=2), _HEAD)
        for shoulder, elbow, wrist in _ARMS:
            turn("arm", poses[:, :, shoulder].copy(), [elbow, wrist])
            turn("forearm", poses[:, :, elbow].copy(), [wrist])
        for hip, knee, ankle in _LEGS:
            turn("leg", poses[:, :, hip].copy(), [knee, ankle])
            turn("shank", poses[:, :, knee].copy(), [ankle])

    def _other_body(self, poses: Floats) -> Floats:
        """The same movement of a body of other lengths, by a capture that marks joints elsewhere on it."""
        n = len(poses)
        rng, scale = self._rng, self._strength

        def length(part: str) -> Floats:
            return np.exp(rng.normal(0, _LENGTHS[part] * scale, (n, 1, 1))).astype(np.float32)

        def mark(spread: tuple[float, float, float], frame: Floats) -> tuple[Floats, Floats]:
            """Where a joint of the left and of the right is marked, in the world frame."""
            offset = scale * rng.normal(size=(n, 3)) * spread
            here, there = (np.einsum("btij,bj->bti", frame, offset * [side, 1, 1]) for side in _SIDES)
            return here.astype(np.float32), there.astype(np.float32)

        hips, shoulders = poses[:, :, _HIPS].mean(axis=2), poses[:, :, _SHOULDERS].mean(axis=2)
        ears, trunk = poses[:, :, _EARS].mean(axis=2), shoulders - hips
        pelvis = _frame(poses[:, :, _HIPS[0]] - poses[:, :, _HIPS[1]], trunk)
        thorax = _thorax(poses)
        new_shoulders = hips + length("trunk") * trunk
        factor = {part: length(part) for part in _LENGTHS}
        hip_mark, shoulder_mark = mark(_HIP_MARK, pelvis), mark(_SHOULDER_MARK, thorax)
        knee_mark, elbow_mark = (
            (scale * rng.normal(0, spread, (n, 1, 1))).astype(np.float32) for spread in (_KNEE_MARK, _ELBOW_MARK)
        )

        new = poses.copy()
        for side, (hip, knee, ankle) in enumerate(_LEGS):
            at = hips + factor["hips"] * (poses[:, :, hip] - hips)
            new[:, :, hip] = at + hip_mark[side]
            at = at + factor["thigh"] * (poses[:, :, knee] - poses[:, :, hip])
            new[:, :, knee] = at + knee_mark * _unit(poses[:, :, ankle] - poses[:, :, hip])
            new[:, :, ankle] = at + factor["shank"] * (poses[:, :, ankle] - poses[:, :, knee])
        for side, (shoulder, elbow, wrist) in enumerate(_ARMS):
            at = new_shoulders + factor["shoulders"] * (poses[:, :, shoulder] - shoulders)
            new[:, :, shoulder] = at + shoulder_mark[side]
            at = at + factor["upper arm"] * (poses[:, :, elbow] - poses[:, :, shoulder])
            new[:, :, elbow] = at + elbow_mark * _unit(poses[:, :, wrist] - poses[:, :, shoulder])
            new[:, :, wrist] = at + factor["forearm"] * (poses[:, :, wrist] - poses[:, :, elbow])
        head = new_shoulders + factor["neck"] * (ears - shoulders) + mark(_HEAD_MARK, thorax)[0]
        for joint in _HEAD:
            new[:, :, joint] = head + factor["head"] * (poses[:, :, joint] - ears)
        return new

    def _film(self, poses: Floats) -> tuple[Floats, Floats]:
        """Poses (B, T, J, 3) and up (B, 3) in the frame of random cameras."""
        n, n_frames = len(poses), self._n_frames
        rng = self._rng
        root = poses[:, :, _HIPS].mean(axis=2, keepdims=True)
        drift = (rng.random((n, 1)) < _DRIFTING) * rng.rayleigh(0.8, (n, 1))
        drift = drift * smooth_noise((n, n_frames), 1, _DRIFT_TIME * NET_FPS, rng)
        heading = rng.uniform(-np.pi, np.pi, n)
        path = root - root.mean(axis=1, keepdims=True)
        path = path * np.exp(rng.normal(0, _TRAVEL * self._strength, (n, 1, 1, 1)))
        relative = (poses - root) @ np.swapaxes(rotation(1, heading[:, None] + drift), -1, -2)
        path = path @ np.swapaxes(rotation(1, heading), -1, -2)[:, None]

        tilted = rng.random(n) < _TILTED
        pitch = np.radians(np.where(tilted, rng.uniform(*_TILTED_PITCH, n), rng.normal(*_PITCH, n)))
        rolled = tilted & (rng.random(n) < 0.7)
        roll = np.radians(np.where(rolled, rng.uniform(*_TILTED_ROLL, n), rng.normal(*_ROLL, n)))
        camera = rotation(2, roll) @ rotation(0, pitch) @ np.diag([1.0, -1.0, -1.0])
        points = (relative + path) @ np.swapaxes(camera, -1, -2)[:, None]
        distance = np.exp(rng.uniform(np.log(_DISTANCE[0]), np.log(_DISTANCE[1]), n))
        distance = np.maximum(distance, _NEAREST - points[..., 2].min(axis=(1, 2)))
        aside = rng.uniform(-1, 1, (n, 2)) * _ASIDE
        points += (distance[:, None] * np.concatenate([aside, np.ones((n, 1))], axis=1))[:, None, None]
        return points.astype(np.float32), camera[:, :, 1].astype(np.float32)

    def _detect(self, poses: Floats, up: Floats, contact: Floats) -> Batch:
        n, n_frames = len(poses), self._n_frames
        rng = self._rng
        rays = poses[..., :2] / poses[..., 2:]
        exact = rng.random(n) < _EXACT
        noise = np.where(exact, 0, np.exp(rng.normal(0, _NOISE_SPREAD, n)))
        depth = poses[:, :, _HIPS, 2].mean(axis=2)
        detected = self._detector.detect(rays, self._hidden(poses), self._size_in_image(rays, depth), noise, rng)
        detected[exact, ..., 2] = 1.0

        blind = (rng.random(n) < _BLIND_SCORES) & ~exact
        unseen = detected[..., 2] == 0
        detected[blind, ..., 2] = rng.uniform(0.6, 1.0, (int(blind.sum()), 1, 1))
        lost = (rng.random((n, 1, len(_NAMES))) < _LOST) & ~exact[:, None, None]
        unseen |= lost & (smooth_noise((n, n_frames, len(_NAMES)), 1, _LOST_TIME * NET_FPS, rng) > 0.3)
        no_face = rng.random(n) < _NO_FACE
        unseen[:, :, _HEAD[1:]] |= no_face[:, None, None]
        unseen[:, :, _HEAD[0]] |= (no_face & (rng.random(n) < 0.5))[:, None]
        detected[unseen] = 0

        focal = np.where(rng.random(n) < _FOCAL_KNOWN, 1, np.exp(rng.normal(0, _FOCAL_ERROR, n)))
        assumed = (focal[:, None, None, None] * detected[..., :2]).astype(np.float32)
        x, view = features(assumed, detected[..., 2].astype(np.float32))
        relative = poses - poses[:, :, _HIPS].mean(axis=2, keepdims=True)
        return Batch(
            x,
            relative @ np.swapaxes(view, -1, -2),
            np.einsum("btij,bj->bti", view, up),
            contact.astype(np.float32),
        )

    def _size_in_image(self, rays: Floats, depth: Floats) -> Array:
        """Height (B, T) of the dancer in the image, in the rays' unit."""
        extent = np.median(np.ptp(rays, axis=2).max(axis=-1) * depth, axis=1)
        size: Array = extent[:, None] / depth
        return size

    def _hidden(self, poses: Floats) -> Flags:
        points = {name: poses[:, :, i] for name, i in _INDEX.items()}
        points["neck"], points["mid_hip"] = poses[:, :, _SHOULDERS].mean(axis=2), poses[:, :, _HIPS].mean(axis=2)
        hidden = hidden_joints(points, poses, self._height)
        gaze = poses[:, :, _HEAD[0]] - poses[:, :, _EARS].mean(axis=2)
        towards = -(_unit(gaze) * _unit(poses[:, :, _HEAD[0]])).sum(axis=-1)
        hidden[..., _HEAD[:3]] |= (towards < _FACE_SEEN_FROM)[..., None]
        return hidden

    @property
    def _height(self) -> float:
        """Height of a body of the average size, m."""
        return self._size * _SIZE_TO_HEIGHT


def body_size(poses: Array | Floats) -> float:
    """Sum of the limbs' and the trunk's lengths, m, the mean over the frames of poses (T, J, 3)."""
    return float(sum(np.linalg.norm(poses[:, a] - poses[:, b], axis=-1).mean() for a, b, *_ in NET_SKELETON.bones))


_SIZE_TO_HEIGHT = 1 / sum(NET_SKELETON.mean_lengths(1.0)[length] for _, _, length, _ in NET_SKELETON.bones)


def _standing(poses: Array, fps: float) -> Floats:
    """Whether each foot stands, (T, 2)."""
    speed = np.linalg.norm(np.gradient(poses[:, _FEET], axis=0), axis=-1) * fps
    half = max(1, round(_STANDING_TIME * fps / 2))
    padded = np.concatenate([speed[:1].repeat(half, axis=0), speed, speed[-1:].repeat(half, axis=0)])
    mean = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0).mean(axis=-1)
    standing: Floats = (mean < _STANDING_SPEED).astype(np.float32)
    return standing


def _mirror(poses: Floats, which: Flags) -> Floats:
    mirrored = poses[:, :, _MIRRORED] * np.array([-1, 1, 1], np.float32)
    return np.where(which[:, None, None, None], mirrored, poses)


def _borrow_arms(poses: Floats, lender: Floats) -> Floats:
    """The lender's arms, held against the thorax as the lender does."""
    turn = _thorax(poses) @ np.swapaxes(_thorax(lender), -1, -2)
    result = poses.copy()
    for shoulder, elbow, wrist in _ARMS:
        for joint in (elbow, wrist):
            arm = lender[:, :, joint] - lender[:, :, shoulder]
            result[:, :, joint] = poses[:, :, shoulder] + (turn @ arm[..., None])[..., 0]
    return result


def _thorax(poses: Floats) -> Floats:
    """The frame (B, T, 3, 3) of the shoulders and the trunk, see `_frame`."""
    trunk = poses[:, :, _SHOULDERS].mean(axis=2) - poses[:, :, _HIPS].mean(axis=2)
    return _frame(poses[:, :, _SHOULDERS[0]] - poses[:, :, _SHOULDERS[1]], trunk)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(length, 1e-6)
    return unit


def _frame(across: Floats, upwards: Floats) -> Floats:
    """Frames (..., 3, 3) with the axes left, up and forward of a part of the body as columns."""
    x = _unit(across)
    y = _unit(upwards - (upwards * x).sum(axis=-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _rotation_about(vectors: Array) -> Floats:
    """Rotations (..., 3, 3) by Rodrigues' formula; a vector's length is the angle, rad."""
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    x, y, z = np.moveaxis(vectors / np.maximum(angle, 1e-9), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    angle = angle[..., None]
    matrices = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return np.asarray(matrices, np.float32)

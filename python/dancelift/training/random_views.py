"""Windows of 3D motion under random bodies, movements, cameras and detectors: what a pose network is trained on.

Few dancers were ever captured, and each capture has its own idea of where in the body a joint lies. So every window
is made another dancer's: arms or legs borrowed from another window, limbs turned a little, bones of other lengths,
joints marked elsewhere on the body, mirrored; some are invented altogether (`random_motion`). Bodies lean, lie, roll
and stand on their hands, all along or for a while. They are then filmed by a camera that is anywhere and tilted, of a
focal length that the network does not know, and their keypoints are found by `dancelift.synthetic.detector`, of which
some miss limbs throughout, give nothing below a score, or cut off what is beyond the picture.

Frames of reference: the world frame (y up, m) and the camera frame (x right, y down, z forward, m).
Leading axis B: windows; T frames, J the joints of NET_SKELETON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from dancelift.arraytypes import Array, Flags, Floats
from dancelift.filters import gaussian_smooth
from dancelift.frame_rate import NET_FPS
from dancelift.geometry import rotation, rotation_from_vector
from dancelift.priors.pose_net import FEET, NET_SKELETON, features
from dancelift.synthetic.detector import Detector, hidden_joints, smooth_noise
from dancelift.training.random_motion import random_motion

_NAMES = NET_SKELETON.joints
_INDEX = {name: i for i, name in enumerate(_NAMES)}
_HEAD = [_INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_UPPER = [i for name, i in _INDEX.items() if name.split("_")[-1] not in ("hip", "knee", "ankle")]
_MIRRORED = list(NET_SKELETON.mirrored)
_ARMS = [tuple(_INDEX[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist")) for side in ("left", "right")]
_LEGS = [tuple(_INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle")) for side in ("left", "right")]
_SHOULDERS, _HIPS = ([limbs[0][0], limbs[1][0]] for limbs in (_ARMS, _LEGS))
_UNSEEN_TOGETHER = [
    [knee for _, knee, _ in _LEGS] + [ankle for _, _, ankle in _LEGS],
    [ankle for _, _, ankle in _LEGS],
    [joint for arm in _ARMS for joint in arm[1:]],
    [wrist for _, _, wrist in _ARMS],
    *(list(limb[1:]) for limb in (*_ARMS, *_LEGS)),
    _HEAD,
]  # limbs that a picture or a detector lacks
_EARS = [_INDEX["left_ear"], _INDEX["right_ear"]]
_FEET = [_INDEX[name] for name in FEET]
_SIDES = (1.0, -1.0)

_STANDING_SPEED = 0.25  # m/s, below which a foot stands
_STANDING_TIME = 0.2  # s, over which its speed is averaged

_BORROWED_ARMS, _BORROWED_LEGS = 0.5, 0.3  # share of the windows
_TURNED_LIMBS = 0.7  # share of the windows
_LIMB_TURN = {"upper body": 6, "head": 9, "arm": 11, "forearm": 11, "leg": 4, "shank": 3}  # degrees
_LIMB_TURN_TIME = (0.45, 1.1)  # s, between independent turns

# relative standard deviations of lengths, and standard deviations (m) of where a joint is marked
_LENGTHS = {"hips": 0.10, "shoulders": 0.08, "trunk": 0.06, "upper arm": 0.06, "forearm": 0.06, "thigh": 0.05,
            "shank": 0.05, "neck": 0.08, "head": 0.08}  # fmt: skip
_HIP_MARK, _SHOULDER_MARK, _HEAD_MARK = (0.0, 0.04, 0.015), (0.0, 0.025, 0.015), (0.0, 0.03, 0.02)
_KNEE_MARK, _ELBOW_MARK = 0.03, 0.02  # along the limb

# whole-body turns away from upright, about a horizontal axis, degrees
_LEAN = 5.0  # standard deviation of every body's lean, which is not the camera's pitch
_LYING, _INVERTED = 0.4, 0.4  # share of the turned ones; the others are anywhere in between
_TURN_SPREAD = 20.0  # standard deviation about lying and standing on the hands
_TURNING_TIME, _TURNED_TIME = (0.25, 1.2), (0.4, 3.0)  # s, of the way there, and of how long it lasts
_TUMBLE = 120.0  # degrees per second, standard deviation
_STANDS_UP_TO = 30.0  # degrees of turn from which no foot counts as standing
_LANDING_TIME = 0.15  # s, within which the lowest joint of a turned body comes to the floor

_DRIFTING = 0.3  # share of the windows in which the dancer turns besides
_DRIFT_TIME = 1.5  # s
_TRAVEL = 0.2  # relative standard deviation of how far the dancer travels

_TILTED = 0.3  # share of cameras that are not level
_PITCH, _TILTED_PITCH, _WILD_PITCH = (2.0, 6.0), (-15.0, 45.0), (-50.0, 85.0)  # degrees: mean and deviation; ranges
_ROLL, _TILTED_ROLL, _WILD_ROLL = (0.0, 1.5), (-25.0, 25.0), (-45.0, 45.0)
_DISTANCE = (2.4, 11.0)  # m
_NEAREST = 2.0  # m
_ASIDE = (0.35, 0.175)  # tangent of the angle by which the dancer is off the middle of the image, at most
_FOCAL_KNOWN = 0.2  # share of the windows
_FOCAL_ERROR = 0.2  # relative standard deviation of the focal length assumed

_EXACT = 0.25  # share of the windows with exact keypoints
_NOISE_SPREAD = 0.35  # relative, of how noisy a detector is
_CUT_SCORES, _SCORE_CUT = 0.15, (0.3, 0.6)  # share of detectors that give nothing below a score, and range of it
# m, standard deviation of where a detector's idea of a joint differs from the one that is predicted, all along
_OWN_PLACE = np.array([{"hip": 0.025, "shoulder": 0.018}.get(name.split("_")[-1], 0.012) for name in _NAMES])
_HEAPED = 0.6  # share of the windows that are cut off in which what is cut off is made up at the edge, with low scores
_HEAP, _HEAP_SCORE = 0.03, (0.03, 0.35)  # of the body's height in the image; range
_NO_FACE = 0.06  # share of detectors that find no eyes and ears, and half of those no nose
_LOST = 0.03  # share of joints that are out of sight for long
_LOST_TIME = 0.55  # s
_FACE_SEEN_FROM = -0.2  # cosine of the angle between gaze and camera below which the face is hidden


@dataclass(frozen=True)
class Variety:
    """Shares of the windows that are unlike the recorded motion of people who stand upright before a camera.

    Attributes:
        invented: no recorded motion.
        invented_limbs: of the borrowed limbs: arms of a few dances and of walking are much alike.
        turned_for_a_while: bodies that lie, or stand on their hands, for some time.
        turned_all_along: those that do so throughout.
        tumbling: those that turn over and over.
        wild: cameras that look from anywhere.
        picture_turned: pictures turned by a quarter, a half or three quarters.
        never_seen: some limbs are never seen.
        cut_off: the picture ends above the feet.
        speed: not a share: range of how many times as fast as it was recorded a movement is.
    """

    invented: float
    invented_limbs: float
    turned_for_a_while: float
    turned_all_along: float
    tumbling: float
    wild: float
    picture_turned: float
    never_seen: float
    cut_off: float
    speed: tuple[float, float]

    def times(self, factor: float) -> Variety:
        """The same with shares that are so many times as large."""
        shares = {each.name: factor * getattr(self, each.name) for each in fields(self) if each.name != "speed"}
        return replace(self, **shares)


ANY_POSE = Variety(
    invented=0.2,
    invented_limbs=0.6,
    turned_for_a_while=0.12,
    turned_all_along=0.14,
    tumbling=0.04,
    wild=0.08,
    picture_turned=0.06,
    never_seen=0.15,
    cut_off=0.09,
    speed=(0.7, 1.8),
)
"""Everything that people may do before a camera."""

UPRIGHT = Variety(
    invented=0,
    invented_limbs=0,
    turned_for_a_while=0,
    turned_all_along=0,
    tumbling=0,
    wild=0.02,
    picture_turned=0,
    never_seen=0.05,
    cut_off=0.03,
    speed=(0.75, 1.35),
)
"""Movement such as was recorded, upright; for an expert beside which there is another one."""


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
        random_seed: of the random numbers.
        variety: of what is shown.
    """

    def __init__(
        self,
        motions: Sequence[tuple[Array, float]],
        n_frames: int,
        strength: float,
        random_seed: int,
        variety: Variety = ANY_POSE,
    ) -> None:
        self._motions = [np.asarray(poses, np.float32) for poses, _ in motions]
        self._fps = np.array([fps for _, fps in motions])
        self._standing = [_standing(poses, fps) for poses, fps in motions]
        lengths = np.array([len(poses) for poses in self._motions], float)
        self._share = lengths / lengths.sum()
        self._n_frames, self._strength, self._variety = n_frames, strength, variety
        self._size = float(np.average([body_size(poses) for poses in self._motions], weights=self._share))
        self._detector = Detector(NET_SKELETON, NET_FPS)
        self._random_seed = random_seed
        self._rng = np.random.default_rng(random_seed)

    def batch(self, n: int, number: int) -> Batch:
        """`n` windows, the same ones for the same number of the batch."""
        rng = self._rng = np.random.default_rng([self._random_seed, number])
        scale = min(1.0, self._strength)
        poses, contact = self._windows(n, self._variety.invented)
        lender, _ = self._windows(n, self._variety.invented_limbs)
        lender = _mirror(lender, rng.random(n) < 0.5)
        for share, borrow in ((_BORROWED_ARMS, _borrow_arms), (_BORROWED_LEGS, _borrow_legs)):
            borrows = rng.random(n) < share * scale
            poses[borrows] = borrow(poses[borrows], lender[borrows])
            if borrow is _borrow_legs:
                contact[borrows] = 0
        self._turn_limbs(poses)
        poses = self._other_body(poses)
        poses *= (self._size / np.array([body_size(window) for window in poses]))[:, None, None, None]
        mirrored = rng.random(n) < 0.5
        poses = _mirror(poses, mirrored)
        contact = np.where(mirrored[:, None, None], contact[..., ::-1], contact)
        self._turn_body(poses, contact)
        poses, up = self._film(poses)
        return self._detect(poses, up, contact)

    def _windows(self, n: int, invented_share: float) -> tuple[Floats, Floats]:
        """Random windows, some of them invented: poses (n, T, J, 3), world frame, and contact (n, T, 2)."""
        rng, n_frames = self._rng, self._n_frames
        poses = np.empty((n, n_frames, len(_NAMES), 3), np.float32)
        contact = np.empty((n, n_frames, 2), np.float32)
        for i, source in enumerate(rng.choice(len(self._motions), n, p=self._share).tolist()):
            motion = self._motions[source]
            speed = np.exp(rng.uniform(*np.log(self._variety.speed)))
            step = min(speed * self._fps[source] / NET_FPS, (len(motion) - 1.001) / n_frames)
            at = rng.uniform(0, len(motion) - 1.001 - step * (n_frames - 1)) + step * np.arange(n_frames)
            before = at.astype(int)
            share = (at - before).astype(np.float32)[:, None, None]
            poses[i] = (1 - share) * motion[before] + share * motion[before + 1]
            contact[i] = self._standing[source][before]
        invented = np.flatnonzero(rng.random(n) < invented_share)
        poses[invented] = random_motion(len(invented), n_frames, NET_FPS, rng)
        for i in invented.tolist():
            contact[i] = _standing(poses[i].astype(float), NET_FPS)
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
            matrix = np.asarray(rotation_from_vector(angle * vector), np.float32)
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

    def _turn_body(self, poses: Floats, contact: Floats) -> None:
        """Let bodies lean, lie, roll and stand on their hands, in place; what is turned lands on the floor."""
        n, n_frames = len(poses), self._n_frames
        rng, variety = self._rng, self._variety
        frames = np.arange(n_frames) / NET_FPS
        for_a_while = variety.turned_for_a_while
        all_along = for_a_while + variety.turned_all_along
        floor = poses[..., 1].min(axis=(1, 2))
        for i, way in enumerate(rng.random(n)):
            heading = rng.uniform(0, 2 * np.pi)
            axis = np.array([np.cos(heading), 0.0, np.sin(heading)])
            vectors = np.radians(rng.normal(0, _LEAN)) * axis[None] * np.ones((n_frames, 1))
            which = rng.random()
            if which < _LYING:
                target = np.radians(rng.normal(90, _TURN_SPREAD))
            elif which < _LYING + _INVERTED:
                target = np.radians(rng.normal(180, _TURN_SPREAD))
            else:
                target = np.radians(rng.uniform(30, 180))
            turned = way < all_along + variety.tumbling
            if way < for_a_while:
                begin, ramp = rng.uniform(-0.5, 0.8 * frames[-1]), rng.uniform(*_TURNING_TIME)
                end = begin + ramp + rng.uniform(*_TURNED_TIME)
                share = np.clip((frames - begin) / ramp, 0, 1) * np.clip((end - frames) / ramp, 0, 1)
                vectors = vectors + (target * share)[:, None] * axis
            elif way < all_along:
                wander = smooth_noise((n_frames, 3), 0, NET_FPS, rng) * np.radians(8)
                vectors = vectors + target * axis + wander
            elif turned:
                rate = np.radians(_TUMBLE) * smooth_noise((n_frames, 3), 0, NET_FPS, rng)
                vectors = vectors + np.cumsum(rate, axis=0) / NET_FPS
            root = poses[i][:, _HIPS].mean(axis=1, keepdims=True)
            turn = np.swapaxes(rotation_from_vector(vectors), 1, 2)
            poses[i] = (poses[i] - root) @ turn + root
            if turned:
                lowest = gaussian_smooth(poses[i][..., 1].min(axis=1).astype(float), _LANDING_TIME * NET_FPS)
                poses[i][..., 1] += (floor[i] - lowest)[:, None]
                away = np.linalg.norm(vectors, axis=1) > np.radians(_STANDS_UP_TO)
                contact[i][away] = 0

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

        way = rng.random(n)
        wild = way < self._variety.wild
        tilted = ~wild & (way < self._variety.wild + _TILTED)
        rolled = tilted & (rng.random(n) < 0.6)
        pitch, roll = rng.normal(*_PITCH, n), rng.normal(*_ROLL, n)
        for which, angle, span in (
            (tilted, pitch, _TILTED_PITCH),
            (rolled, roll, _TILTED_ROLL),
            (wild, pitch, _WILD_PITCH),
            (wild, roll, _WILD_ROLL),
        ):
            angle[which] = rng.uniform(*span, int(which.sum()))
        picture_turned = rng.random(n) < self._variety.picture_turned
        roll[picture_turned] += 90 * rng.integers(1, 4, int(picture_turned.sum()))
        pitch, roll = np.radians(pitch), np.radians(roll)
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
        exact = rng.random(n) < _EXACT
        own = _OWN_PLACE[:, None] * rng.normal(size=(n, 1, len(_NAMES), 3)) * ~exact[:, None, None, None]
        marked = (poses + own).astype(np.float32)
        rays = marked[..., :2] / marked[..., 2:]
        noise = np.where(exact, 0, np.exp(rng.normal(0, _NOISE_SPREAD, n)))
        depth = poses[:, :, _HIPS, 2].mean(axis=2)
        detected = self._detector.detect(rays, self._hidden(poses), self._size_in_image(rays, depth), noise, rng)

        unseen = detected[..., 2] == 0
        cut = (rng.random(n) < _CUT_SCORES) & ~exact
        unseen |= cut[:, None, None] & (detected[..., 2] < rng.uniform(*_SCORE_CUT, n)[:, None, None])
        unseen |= self._never_seen(n)[:, None]
        self._cut_off(detected, unseen)
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

    def _never_seen(self, n: int) -> Flags:
        """(n, J) joints that no frame of a window shows."""
        never = np.zeros((n, len(_NAMES)), bool)
        for i in np.flatnonzero(self._rng.random(n) < self._variety.never_seen):
            for group in self._rng.choice(len(_UNSEEN_TOGETHER), self._rng.integers(1, 3)):
                never[i, _UNSEEN_TOGETHER[group]] = True
        return never

    def _cut_off(self, detected: Array, unseen: Flags) -> None:
        """What lies below the edge of some pictures is not seen, or made up at the edge; in place."""
        rng = self._rng
        for i in np.flatnonzero(rng.random(len(detected)) < self._variety.cut_off):
            points = detected[i]
            edge = np.quantile(points[:, _HIPS + [limb[1] for limb in _LEGS], 1], rng.uniform(0.3, 1.0))
            height = np.ptp(points[..., 1], axis=1).mean()
            beyond = points[..., 1] > edge
            if rng.random() < _HEAPED:
                made_up = edge - _HEAP * height * rng.random(beyond.shape)
                points[..., 1] = np.where(beyond, made_up, points[..., 1])
                points[..., 2] = np.where(beyond, rng.uniform(*_HEAP_SCORE, beyond.shape), points[..., 2])
            else:
                unseen[i] |= beyond

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
    return float(sum(np.linalg.norm(poses[:, a] - poses[:, b], axis=-1).mean() for a, b, _, _ in NET_SKELETON.bones))


_SIZE_TO_HEIGHT = 1 / sum(NET_SKELETON.mean_lengths(1.0)[bone.length] for bone in NET_SKELETON.bones)


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


def _borrow_legs(poses: Floats, lender: Floats) -> Floats:
    """The lender's legs, held against the pelvis as the lender does."""
    turn = _pelvis(poses) @ np.swapaxes(_pelvis(lender), -1, -2)
    result = poses.copy()
    for hip, knee, ankle in _LEGS:
        for joint in (knee, ankle):
            leg = lender[:, :, joint] - lender[:, :, hip]
            result[:, :, joint] = poses[:, :, hip] + (turn @ leg[..., None])[..., 0]
    return result


def _pelvis(poses: Floats) -> Floats:
    """(B, T, 3, 3): frame of the hips and the trunk, see `_frame`."""
    trunk = poses[:, :, _SHOULDERS].mean(axis=2) - poses[:, :, _HIPS].mean(axis=2)
    return _frame(poses[:, :, _HIPS[0]] - poses[:, :, _HIPS[1]], trunk)


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

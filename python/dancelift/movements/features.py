"""The features that the movement networks read: the trajectories of each body part's joints, J_e.

They are the same wherever the dancer stands, however big the dancer is and, in 3D, whichever way the dancer faces
(Hu & Ahuja 2021, sec. 2.3, feed the trajectories themselves). Every channel is of order one.

Body frame of the 3D features: x to the dancer's left, y up, z forward, origin midway between the hips, in units of the
dancer's height. Frame of the 2D features: x right, y down, the same origin, in units of the dancer's spread in the
image.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Flags, Floats
from dancelift.body import anatomy
from dancelift.body.facing import facing
from dancelift.body.floor import resting_height
from dancelift.body.skeleton import SKELETONS
from dancelift.errors import InputError
from dancelift.frame_rate import net_rate
from dancelift.geometry import rotation
from dancelift.movements.conditions import ONSET, RELEASE, holds, margins
from dancelift.movements.kinematics import BodyMotion, BodySize, look_ahead
from dancelift.movements.taxonomy import Condition, Taxonomy

JOINTS = SKELETONS["coco17"].joints
"""The joints of the poses and keypoints that features are made from, in their order."""

_HIPS, _SHOULDERS, _KNEES, _ANKLES = (
    [JOINTS.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("hip", "shoulder", "knee", "ankle")
)
_BODY = slice(5, len(JOINTS))  # all but the head's

_MIN_SEEN = 4  # joints of the body; of fewer, the spread depends more on which are seen than on the body's size

# Units of the channels, near what joints of dancers typically do, so that every channel is of order one. In 3D heights,
# heights a second and rad/s; in 2D spreads in the image and spreads a second.
_POSITION, _VELOCITY, _TURN = 0.25, 1.0, 2.0
_POSITION_2D, _VELOCITY_2D = 1.0, 2.0


@dataclass(frozen=True)
class Scale3D:
    """The size of a dancer and of the room, which do not change during a dance.

    Attributes:
        size: of the body.
        height: of the body, in the unit of the poses.
        floor: height at which the ankles stand, in the world frame.
    """

    size: BodySize
    height: float
    floor: float

    @staticmethod
    def measure(poses3d: Array) -> Scale3D:
        """Measure (T, 17, 3) joints of COCO-17, y up.

        Raises:
            InputError: trunk and legs have no length.
        """
        return Scale3D(BodySize.measure(poses3d), _height(poses3d), resting_height(poses3d[:, _ANKLES, 1]))


def features_3d(poses3d: Array, fps: float, taxonomy: Taxonomy, scale: Scale3D | None = None) -> Floats:
    """Compute where the joints of every part are and how they move, in the body frame, and what all parts share.

    Shared are the velocity of the mid-hip, its height above the floor and the rate at which the dancer turns. Then,
    for each condition of the part's movements: by how much its quantity exceeds the threshold, and whether the
    condition holds. These look ahead, see `kinematics.look_ahead`, as the definitions do.
    What rests on a joint that is NaN is 0: nothing else shows the network that it is missing.

    Args:
        poses3d: (T, 17, 3), COCO-17, m or any other unit, y up, at rest with respect to the floor.
        fps: frames per second.
        taxonomy: of the parts.
        scale: of the dancer; None: measured.

    Returns:
        (T, P, F): of P parts, padded with 0 to the F channels of that which has the most joints and conditions.

    Raises:
        InputError: the poses are of another shape, the body has no size, or a part has a joint that COCO-17 lacks.
    """
    trajectories, margin = _measure_3d(poses3d, fps, taxonomy, scale)
    return _joined(trajectories, margin, holds(margin), taxonomy)


class FeatureStream:
    """Computes `features_3d` of a dance frame by frame, `kinematics.look_ahead` frames late.

    Args:
        taxonomy: of the parts.
        fps: frames per second.
        scale: of the dancer, measured before, such as from the first seconds of another dance.
    """

    def __init__(self, taxonomy: Taxonomy, fps: float, scale: Scale3D) -> None:
        self._taxonomy, self._fps, self._scale = taxonomy, fps, scale
        self._reach = look_ahead(fps)
        self._recent: deque[Array] = deque(maxlen=2 * self._reach + 1)
        self._n_pushed = self._n_returned = 0
        self._held: Flags | None = None

    def push(self, pose: Array) -> Floats | None:
        """Add the next frame, (17, 3).

        Returns:
            (P, F) of the earliest frame that has none yet, or None while too little of what follows it is known.
        """
        self._recent.append(pose)
        self._n_pushed += 1
        if self._n_pushed <= self._reach:
            return None
        return self._next(np.stack(self._recent))

    def finish(self) -> Floats:
        """End the dance: (N, P, F) of the frames that have none yet."""
        poses = np.stack(self._recent) if self._recent else np.empty((0, len(JOINTS), 3))
        return np.stack([self._next(poses) for _ in range(self._n_pushed - self._n_returned)])

    def _next(self, poses: Array) -> Floats:
        """The features (P, F) of the earliest frame that has none yet, from the recent poses."""
        at = self._n_returned - (self._n_pushed - len(poses))
        self._n_returned += 1
        trajectories, margin = _measure_3d(poses, self._fps, self._taxonomy, self._scale)
        now = margin[:, at : at + 1]
        begins = now > (ONSET + RELEASE) / 2 if self._held is None else now > ONSET
        self._held = begins if self._held is None else begins | (self._held & ~(now < RELEASE))
        found: Floats = _joined(trajectories[at : at + 1], now, self._held, self._taxonomy)[0]
        return found


def _measure_3d(poses3d: Array, fps: float, taxonomy: Taxonomy, scale: Scale3D | None) -> tuple[Floats, Floats]:
    """Measure the joints' trajectories (T, P, F) and the conditions' margins (C, T)."""
    check_joints(poses3d, "poses3d")
    check_fps(fps)
    scale = scale or Scale3D.measure(poses3d)
    hips = poses3d[:, _HIPS].mean(axis=1)
    yaw = facing(poses3d, JOINTS)
    to_body = rotation(1, -yaw)
    position = (poses3d - hips[:, None]) @ np.swapaxes(to_body, -1, -2) / scale.height
    travel = (to_body @ _rate(hips, fps)[..., None])[..., 0] / scale.height
    shared = np.column_stack(
        [
            travel / _VELOCITY,
            (hips[:, 1] - scale.floor) / scale.height / _POSITION,
            _rate(_unwrapped(yaw), fps) / _TURN,
        ]
    )
    joints = np.concatenate([position / _POSITION, _rate(position, fps) / _VELOCITY], axis=-1)
    return _of_parts(joints, shared, taxonomy), margins(BodyMotion(poses3d, fps, scale.size), taxonomy.conditions)


def _joined(trajectories: Floats, margin: Floats, held: Flags, taxonomy: Taxonomy) -> Floats:
    """Join the joints' channels (T, P, _) with the conditions' margins (C, T) and whether they hold, to (T, P, F)."""
    rows = {condition: row for row, condition in enumerate(taxonomy.conditions)}
    of_parts = [[rows[condition] for condition in own] for own in _conditions_of_parts(taxonomy)]
    width = max(map(len, of_parts))
    known = np.isfinite(margin)
    levels = np.where(known, np.tanh(np.where(known, margin, 0)), 0).T
    states = np.where(known, np.where(held, 1, -1), 0).T
    found = np.zeros((*trajectories.shape[:2], 2 * width), np.float32)
    for p, own in enumerate(of_parts):
        found[:, p, : len(own)] = levels[:, own]
        found[:, p, width : width + len(own)] = states[:, own]
    return np.concatenate([trajectories, found], axis=2)


def by_definition(features: Floats, taxonomy: Taxonomy) -> Floats:
    """Whether all conditions of each movement hold, (T, M) of 0 or 1, as `features_3d` (T, P, F) have it.

    That is what `label_movements` tells but for the movements' shortest duration; what is not known counts as 0.
    """
    of_parts = _conditions_of_parts(taxonomy)
    first = features.shape[2] - max(map(len, of_parts))
    found = np.empty((len(features), len(taxonomy)), np.float32)
    for p, (part, own) in enumerate(zip(taxonomy.parts, of_parts, strict=True)):
        for movement in taxonomy.of_part(part.name):
            channels = [first + own.index(condition) for condition in taxonomy.movements[movement].when]
            found[:, movement] = (features[:, p, channels] > 0).all(axis=1)
    return found


def _conditions_of_parts(taxonomy: Taxonomy) -> list[list[Condition]]:
    """The conditions of each part's movements, each once, in the order of the features' channels."""
    return [
        list(dict.fromkeys(c for movement in taxonomy.of_part(part.name) for c in taxonomy.movements[movement].when))
        for part in taxonomy.parts
    ]


def features_2d(keypoints2d: Array, fps: float, taxonomy: Taxonomy) -> Floats:
    """Compute where the joints of every part are in the image, how they move, their scores, and what all parts share.

    Shared are the velocity of the mid-hip and its height above the floor. A joint that is not seen is 0 with score 0.

    Args:
        keypoints2d: (T, 17, 3), COCO-17: x right, y down, px, and score; NaN or score 0 is not seen.
        fps: frames per second.
        taxonomy: of the parts.

    Returns:
        (T, P, F): of P parts, padded with 0 to the F channels of that which has the most joints.

    Raises:
        InputError: the keypoints are of another shape, or a part has a joint that COCO-17 lacks.
    """
    check_joints(keypoints2d, "keypoints2d")
    check_fps(fps)
    seen = seen_joints(keypoints2d)
    points = np.where(seen[..., None], keypoints2d[..., :2], np.nan)
    hips = _midway(points[:, _HIPS])
    position = points - hips[:, None]
    size = _spread(position)
    floor = resting_height(-points[:, _ANKLES, 1])
    position /= size
    shared = np.column_stack([_rate(hips, fps) / size / _VELOCITY_2D, (-hips[:, 1] - floor) / size / _POSITION_2D])
    score = np.where(seen, keypoints2d[..., 2], 0)[..., None]
    joints = np.concatenate([position / _POSITION_2D, _rate(position, fps) / _VELOCITY_2D, score], axis=-1)
    return _of_parts(joints, shared, taxonomy)


def _of_parts(joints: Array, shared: Array, taxonomy: Taxonomy) -> Floats:
    """Gather the channels (T, P, F) of parts from those (T, 17, C) of joints and those (T, S) that all parts share."""
    rows = [_rows(part.joints, part.name) for part in taxonomy.parts]
    n_own, n_shared = joints.shape[-1] * max(map(len, rows)), shared.shape[1]
    found = np.zeros((len(joints), len(rows), n_own + n_shared), np.float32)
    for p, row in enumerate(rows):
        own = joints[:, row].reshape(len(joints), -1)
        found[:, p, : own.shape[1]] = own
        found[:, p, n_own:] = shared
    return np.nan_to_num(found, copy=False, nan=0.0)


def _rows(joints: Sequence[str], part: str) -> list[int]:
    unknown = [joint for joint in joints if joint not in JOINTS]
    if unknown:
        raise InputError(f"part {part!r} has joints {', '.join(unknown)}, expected some of {', '.join(JOINTS)}")
    return [JOINTS.index(joint) for joint in joints]


def _rate(values: Array, fps: float) -> Array:
    """Change of (T, ...) per second, as seen at about the networks' rate; before the first frame nothing moves."""
    stride, _ = net_rate(fps)
    before = np.maximum(np.arange(len(values)) - stride, 0)
    rate: Array = (values - values[before]) * (fps / stride)
    return rate


def _height(poses3d: Array) -> float:
    """Height of the body, in the unit of the poses, by the typical lengths of trunk and legs where they are known."""
    trunk = poses3d[:, _SHOULDERS].mean(axis=1) - poses3d[:, _HIPS].mean(axis=1)
    total, share = 0.0, 0.0
    for segments, fraction in (
        (trunk[:, None], anatomy.TRUNK),
        (poses3d[:, _KNEES] - poses3d[:, _HIPS], anatomy.THIGH),
        (poses3d[:, _ANKLES] - poses3d[:, _KNEES], anatomy.SHANK),
    ):
        length = _median(np.linalg.norm(segments, axis=-1))
        if np.isfinite(length):
            total, share = total + length, share + fraction
    if total <= 0:
        raise InputError(f"poses3d: trunk and legs are of length {total:g}, expected a body that has a size")
    return total / share


def _spread(position: Array) -> float:
    """Typical root mean square distance, px, of the body's joints from the mid-hip."""
    square = (position[:, _BODY] ** 2).sum(axis=-1)
    n_seen = np.isfinite(square).sum(axis=1)
    spread = np.sqrt(np.nansum(square, axis=1) / np.maximum(n_seen, 1))
    typical = _median(spread[n_seen >= _MIN_SEEN])
    return typical if typical > 0 else 1.0


def _midway(hips: Array) -> Array:
    """The point (T, 2) midway between the hips (T, 2, 2); the one hip that is seen; or interpolated over time."""
    n_seen = np.isfinite(hips[..., 0]).sum(axis=1)
    middle: Array = np.nansum(hips, axis=1) / np.maximum(n_seen, 1)[:, None]
    frames, known = np.arange(len(hips)), np.flatnonzero(n_seen)
    if len(known):
        for axis in range(2):
            middle[:, axis] = np.interp(frames, known, middle[known, axis])
    return middle


def _unwrapped(yaw: Array) -> Array:
    """Angles (T,) without jumps by a full turn; NaN stays."""
    found = np.array(yaw)
    known = np.isfinite(yaw)
    found[known] = np.unwrap(yaw[known])
    return found


def _median(values: Array) -> float:
    """Median of the finite values; NaN where there are none."""
    finite = values[np.isfinite(values)]
    return float(np.percentile(finite, 50)) if len(finite) else float("nan")


def seen_joints(keypoints2d: Array) -> Flags:
    """Whether each joint of keypoints (T, J, 3), px and score, is seen, (T, J): neither NaN nor of score 0."""
    seen: Flags = np.isfinite(keypoints2d).all(axis=-1) & (keypoints2d[..., 2] > 0)
    return seen


def check_joints(array: Array, name: str) -> None:
    """Raise InputError unless an array is (T, 17, 3) of COCO-17, T > 0."""
    if array.ndim != 3 or array.shape[1:] != (len(JOINTS), 3) or not len(array):
        raise InputError(f"{name} is of shape {array.shape}, expected (frames, {len(JOINTS)}, 3)")


def check_fps(fps: float) -> None:
    """Raise InputError unless a frame rate is a positive number."""
    if not (np.isfinite(fps) and fps > 0):
        raise InputError(f"fps is {fps}, expected a positive number")

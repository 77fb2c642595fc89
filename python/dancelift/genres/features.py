"""The channels that the genre network reads of a dance: what every body part does, and the pose, over time.

Recordings of different studios differ in frame rate, in how smooth they are and in where the markers sit, and a genre
must not be recognised by that. So everything is brought to one rate and one bandwidth, and of a 3D pose only the
directions of the bones are read, as the dancer sees them: no place, no size, no bone lengths, no facing, no head.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Floats
from dancelift.body.facing import face_forward
from dancelift.errors import InputError
from dancelift.filters import fill_gaps, gaussian_smooth
from dancelift.movements.features import JOINTS, check_fps, check_joints, seen_joints
from dancelift.movements.labels import MovementLabels

_COLUMNS_AT_ONCE = 32

RATE = 12.5
"""Frames per second that the network reads."""

BANDWIDTH = 3.0
"""Hz, at which half of the power is taken out.

The waltz that the shipped network was trained on was recorded at about 6 frames a second, so that nothing above 3 Hz
is in it: the lowest such limit of all sources. So every recording is brought down to what the poorest of them holds.
"""

_SIGMA = math.sqrt(math.log(2)) / (2 * math.pi * BANDWIDTH)  # s, of the Gaussian filter with that bandwidth

_SIDES = ("left", "right")
_HIPS, _SHOULDERS = ([JOINTS.index(f"{side}_{joint}") for side in _SIDES] for joint in ("hip", "shoulder"))
_LIMBS = [
    (f"{side}_{a}", f"{side}_{b}")
    for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
    for a, b in zip(chain, chain[1:], strict=False)
    for side in _SIDES
]
BONES = ("hips", "shoulders", "trunk", *(b for _, b in _LIMBS))
"""The bones whose directions are the channels "pose3d"; a limb's has the name of the joint at its end."""

_BODY = slice(JOINTS.index("left_shoulder"), len(JOINTS))  # all but the head's


@dataclass(frozen=True, eq=False)
class Dance:
    """The movements, poses and keypoints of a dancer over T frames; what no network is to read may be None.

    Attributes:
        fps: frames per second.
        movements: (T, M), probabilities of a taxonomy's movements.
        poses3d: (T, 17, 3), COCO-17, y up, any unit; NaN is not known.
        keypoints2d: (T, 17, 3), COCO-17: x right, y down, px, and score; NaN or score 0 is not seen.
    """

    fps: float
    movements: Floats | None = None
    poses3d: Array | None = None
    keypoints2d: Array | None = None


def label_probabilities(labels: MovementLabels) -> Floats:
    """Probabilities (T, M) that labels stand for: 1 or 0, and one half where it is not known."""
    return np.where(labels.known, labels.active, 0.5).astype(np.float32)


def channels(dance: Dance, inputs: Iterable[str]) -> Floats:
    """Compute the channels (S, F) at RATE of the inputs, some of INPUTS, side by side.

    Raises:
        InputError: the dance lacks an input, or it is of another shape or length.
    """
    given = {name: _given(dance, name) for name in inputs}
    if len({len(value) for value in given.values()}) > 1:
        lengths = ", ".join(str(len(value)) for value in given.values())
        raise InputError(f"inputs of {lengths} frames, expected as many of each")
    read = [
        _at_rate(INPUTS[name].make(np.asarray(columns, float)), dance.fps)
        for name, value in given.items()
        for columns in _columns(value)
    ]
    found: Floats = np.concatenate(read, axis=1)
    return found


def channel_slices(inputs: Sequence[str], n_channels: int) -> dict[str, slice]:
    """The slice of the F channels that is each input's; the movements have those that are no other input's."""
    n_movements = n_channels - sum(INPUTS[name].n_channels or 0 for name in inputs)
    sizes = [INPUTS[name].n_channels or n_movements for name in inputs]
    ends = np.cumsum(sizes).tolist()
    return {name: slice(end - size, end) for name, size, end in zip(inputs, sizes, ends, strict=True)}


def window_bounds(n_frames: int, window: float) -> Array:
    """First frame and end (W, 2) of windows of `window` s, of S frames at RATE; the last one ends with them."""
    length = round(window * RATE)
    starts = np.arange(0, max(n_frames - length, 0) + 1, max(1, length // 2))
    if starts[-1] + length < n_frames:
        starts = np.append(starts, n_frames - length)
    return np.stack([starts, np.minimum(starts + length, n_frames)], axis=1).astype(float)


def cut_windows(frames: Floats, window: float) -> list[Floats]:
    """The windows of `window` s of channels (S, F) at RATE, see `window_bounds`."""
    return [frames[int(start) : int(end)] for start, end in window_bounds(len(frames), window)]


def _given(dance: Dance, name: str) -> Array:
    read = INPUTS[name]
    value = getattr(dance, read.attribute)
    if value is None:
        raise InputError(f"{read.attribute} is not given, expected it: the network reads {name}")
    return np.asarray(value)


def _columns(values: Array) -> list[Array]:
    """Those of a table (T, N), some at a time, so that a long dance takes little memory; anything else as it is."""
    if values.ndim != 2 or not values.size:
        return [values]
    return [values[:, i : i + _COLUMNS_AT_ONCE] for i in range(0, values.shape[1], _COLUMNS_AT_ONCE)]


def _movement_channels(movements: Array) -> Array:
    """Channels (T, M) of movements, from -1, certainly not, to 1, certainly."""
    if movements.ndim != 2 or not len(movements):
        raise InputError(f"movements are of shape {movements.shape}, expected (frames, movements)")
    return 2 * movements - 1


def _pose3d_channels(poses3d: Array) -> Array:
    """Channels (T, 3 B) of a pose: unit directions of BONES, x to the dancer's left, y up, z forward; 0 if unknown."""
    check_joints(poses3d, "poses3d")
    pose = face_forward(poses3d, JOINTS)
    across = [pose[:, left] - pose[:, right] for left, right in (_HIPS, _SHOULDERS)]
    trunk = pose[:, _SHOULDERS].mean(axis=1) - pose[:, _HIPS].mean(axis=1)
    limbs = [pose[:, JOINTS.index(b)] - pose[:, JOINTS.index(a)] for a, b in _LIMBS]
    bones = np.stack([*across, trunk, *limbs], axis=1)
    directions = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
    found: Array = np.nan_to_num(directions).reshape(len(pose), -1)
    return found


def _pose2d_channels(keypoints2d: Array) -> Array:
    """Channels (T, 24) of keypoints: shoulders to ankles, from mid-hip, in units of the body's spread in the image."""
    check_joints(keypoints2d, "keypoints2d")
    seen = seen_joints(keypoints2d)
    known = np.flatnonzero(seen.any(axis=0))
    points = np.zeros((len(keypoints2d), len(JOINTS), 2))
    points[:, known] = fill_gaps(np.where(seen[..., None], keypoints2d, 0)[:, known])
    centred = points - points[:, _HIPS].mean(axis=1, keepdims=True)
    centred[:, np.setdiff1d(np.arange(len(JOINTS)), known)] = 0
    body = centred[:, _BODY]
    spread = float(np.median(np.sqrt((body**2).sum(axis=-1).mean(axis=1))))
    found: Array = body.reshape(len(body), -1) / (spread if spread > 0 else 1.0)
    return found


@dataclass(frozen=True)
class Input:
    """An input that a genre network can have.

    Attributes:
        attribute: of a Dance.
        make: computes its (T, F) channels.
        n_channels: F; None: as many as there are movements.
    """

    attribute: str
    make: Callable[[Array], Array]
    n_channels: int | None = None


INPUTS = {
    "movements": Input("movements", _movement_channels),
    "pose3d": Input("poses3d", _pose3d_channels, 3 * len(BONES)),
    "pose2d": Input("keypoints2d", _pose2d_channels, 2 * len(JOINTS[_BODY])),
}
"""The inputs that a genre network can have, by name."""


def _at_rate(values: Array, fps: float) -> Floats:
    """Low-pass channels (T, F) at `fps` to BANDWIDTH and resample them at RATE, (S, F), from the first frame on."""
    check_fps(fps)
    smooth = gaussian_smooth(values, _SIGMA * fps)
    at = np.arange(0, len(values) - 1 + 1e-6, fps / RATE)
    before = at.astype(int)
    after = np.minimum(before + 1, len(values) - 1)
    share = (at - before)[:, None]
    found: Floats = (smooth[before] * (1 - share) + smooth[after] * share).astype(np.float32)
    return found

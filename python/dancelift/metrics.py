"""How far an estimated motion is from the true one.

T frames, J joints; poses are (T, J, 3) in metres in the camera frame, both in the same order of joints. `root` are the
joints whose mean is the root: the two hips. Errors are in millimetres, unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array

CONTACT_SPEED = 0.2
"""Greatest speed of an ankle whose foot stands, m/s."""

CONTACT_HEIGHT = 0.05
"""Greatest height of such an ankle above where it is when its foot is on the floor, m."""

SEGMENT_FRAMES = 100
"""Length of the segments of a clip that `wa_mpjpe` and `w_mpjpe` align, frames."""

_W_ALIGNED_FRAMES = 2  # of a segment, at its start: what `w_mpjpe` aligns
_FLOOR_PERCENTILE = 5  # of an ankle's height over the clip: where it is when its foot is on the floor
_TINY = 1e-12

Joints = Sequence[int] | slice


def mpjpe(predicted: Array, true: Array, root: Sequence[int], joints: Joints = slice(None)) -> float:
    """Return the mean per joint position error, mm, roots aligned in every frame (Ionescu et al. 2014, sec. 4.1)."""
    return _mean_distance(root_relative(predicted, root)[:, joints], root_relative(true, root)[:, joints])


def n_mpjpe(predicted: Array, true: Array, root: Sequence[int], joints: Joints = slice(None)) -> float:
    """Return MPJPE after one scale for the whole clip, that of `clip_scale`, mm (Rhodin et al. 2018, sec. 4)."""
    return mpjpe(clip_scale(predicted, true, root, joints) * predicted, true, root, joints)


def error_along_rays(predicted: Array, true: Array, root: Sequence[int], joints: Joints = slice(None)) -> Array:
    """Return the size of each joint's error along its line of sight, (T, J), m, roots aligned and after `clip_scale`.

    Args:
        predicted: (T, J, 3), camera frame, m.
        true: (T, J, 3), camera frame, m.
        root: joints whose middle is aligned.
        joints: that are measured.
    """
    away = clip_scale(predicted, true, root, joints) * root_relative(predicted, root) - root_relative(true, root)
    rays = true / np.linalg.norm(true, axis=2, keepdims=True)
    error: Array = np.abs((away * rays).sum(axis=2))[:, joints]
    return error


def pa_mpjpe(predicted: Array, true: Array, joints: Joints = slice(None)) -> float:
    """Return MPJPE after a similarity transform in each frame (Procrustes), mm."""
    predicted, true = predicted[:, joints], true[:, joints]
    return _mean_distance(align_similarity(predicted, true), true)


def wa_mpjpe(predicted: Array, true: Array, joints: Joints = slice(None)) -> float:
    """Return the mean joint error after one similarity transform for each segment of 100 frames, mm.

    World-aligned MPJPE: Ye et al. 2023 (SLAHMR, Decoupling Human and Camera Motion from Videos in the Wild), sec. 4;
    Shin et al. 2024 (WHAM, Reconstructing World-grounded Humans with Accurate 3D Motion), sec. 4. Segments follow each
    other from the first frame on, the last one has what frames are left, and every frame weighs the same. The transform
    is fitted to all frames and joints of its segment.
    """
    return _segment_error(predicted[:, joints], true[:, joints], SEGMENT_FRAMES)


def w_mpjpe(predicted: Array, true: Array, joints: Joints = slice(None)) -> float:
    """Return the same as `wa_mpjpe` with the transform fitted to the first two frames of each segment only, mm.

    World MPJPE: Ye et al. 2023 (SLAHMR), sec. 4; Shin et al. 2024 (WHAM), sec. 4. It counts how the motion drifts away.
    """
    return _segment_error(predicted[:, joints], true[:, joints], _W_ALIGNED_FRAMES)


def acceleration_error(predicted: Array, true: Array, root: Sequence[int], joints: Joints = slice(None)) -> float:
    """Return the mean distance of second differences, root-relative and after one scale for the clip, mm/frame^2.

    Kanazawa et al. 2019, Learning 3D Human Dynamics from Video, sec. 5. NaN for less than 3 frames.
    """
    scale = clip_scale(predicted, true, root, joints)
    p, g = (root_relative(poses, root)[:, joints] for poses in (scale * predicted, true))
    return _mean_distance(np.diff(p, n=2, axis=0), np.diff(g, n=2, axis=0))


def root_path_error_aligned(predicted: Array, true: Array, root: Sequence[int]) -> float:
    """Return the mean distance of the roots' paths after one similarity transform of the whole path, mm.

    The absolute trajectory error of Sturm et al. 2012 (A Benchmark for the Evaluation of RGB-D SLAM Systems), as a
    mean: the shape of the path, wherever the camera stands.
    """
    p, g = root_path(predicted, root)[None], root_path(true, root)[None]
    return _mean_distance(align_similarity(p, g), g)


def root_path_error_scaled(predicted: Array, true: Array, root: Sequence[int]) -> float:
    """Return the mean distance of the roots' paths in the camera frame after one scale about the camera, mm.

    An image alone tells no more than that: distance from the camera counts, size does not.
    """
    p, g = root_path(predicted, root), root_path(true, root)
    return _mean_distance(_scale(p, g) * p, g)


def root_translation_error(predicted: Array, true: Array, root: Sequence[int]) -> float:
    """Return the mean distance of the roots' paths after one rigid transform of the whole path, % of the true length.

    RTE of Shin et al. 2024 (WHAM), sec. 4: no scale is fitted, and the length is that of the true path from frame to
    frame. NaN where the true root does not move.
    """
    p, g = root_path(predicted, root), root_path(true, root)
    length = float(np.linalg.norm(np.diff(g, axis=0), axis=-1).sum())
    aligned = fit_similarity(p, g, scaled=False).apply(p)
    return 100 * float(np.linalg.norm(aligned - g, axis=-1).mean()) / length if length > _TINY else float("nan")


def jitter(poses3d: Array, fps: float, joints: Joints = slice(None)) -> float:
    """Return the mean length of the joints' third derivative (jerk), in units of 10 m/s^3.

    Shin et al. 2024 (WHAM), sec. 4, in the unit of its tables: third differences times fps^3, divided by 10. It needs
    no truth, and is not 0 for true motion. NaN for less than 4 frames.

    Args:
        poses3d: (T, J, 3), m, the path included.
        fps: frames per second.
        joints: those that count.
    """
    jerk = fps**3 * np.linalg.norm(np.diff(poses3d[:, joints], n=3, axis=0), axis=-1)
    return float(jerk.mean()) / 10 if jerk.size else float("nan")


def foot_contact(true: Array, ankles: Sequence[int], up: Array, fps: float) -> NDArray[np.bool_]:
    """Return which feet stand from one frame to the next, (T - 1, len(ankles)).

    An ankle is in contact where it is slower than CONTACT_SPEED, and in both frames less than CONTACT_HEIGHT above
    where it is when its foot is on the floor (the 5th percentile of its height over the clip).

    Args:
        true: (T, J, 3), m.
        ankles: joints.
        up: (3,) unit vector against gravity, in the frame of the poses.
        fps: frames per second.
    """
    feet = true[:, list(ankles)]
    height = feet @ up
    low = height < np.percentile(height, _FLOOR_PERCENTILE, axis=0) + CONTACT_HEIGHT
    slow = fps * np.linalg.norm(np.diff(feet, axis=0), axis=-1) < CONTACT_SPEED
    contact: NDArray[np.bool_] = slow & low[1:] & low[:-1]
    return contact


def foot_sliding(poses3d: Array, contact: NDArray[np.bool_], ankles: Sequence[int], up: Array) -> float:
    """Return the mean displacement along the floor of ankles in contact, mm/frame; NaN where there is no contact.

    The foot sliding (FS) of Shin et al. 2024 (WHAM), sec. 4, for skeletons that have ankles and no soles. Theirs is of
    points of the body's surface, in contact where the true ones are slower than 1 cm/frame, however high they are, and
    counts the way up and down too.

    Args:
        poses3d: (T, J, 3), m, the path included.
        contact: (T - 1, len(ankles)), see `foot_contact`.
        ankles: joints.
        up: (3,) unit vector against gravity, in the frame of the poses.
    """
    steps = np.diff(poses3d[:, list(ankles)], axis=0)[contact]
    along_floor = steps - (steps @ up)[:, None] * up
    return _mean_distance(along_floor, np.zeros_like(along_floor))


def floor_tilt(up: Array, true_up: Array) -> float:
    """Return the angle between the estimated and the true unit vector against gravity, (3,), degrees."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(up, true_up)), up @ true_up)))


def bone_length_variation(poses3d: Array, bones: Sequence[tuple[int, int]]) -> float:
    """Return the greatest relative standard deviation over the clip of a bone's length, a ratio.

    Args:
        poses3d: (T, J, 3).
        bones: (joint, joint) each.
    """
    a, b = np.array(bones).T
    lengths = np.linalg.norm(poses3d[:, a] - poses3d[:, b], axis=-1)
    return float((lengths.std(axis=0) / lengths.mean(axis=0)).max())


def reprojection_error(keypoints2d: Array, true2d: Array, joints: Joints = slice(None)) -> float:
    """Return the median distance of two sets of 2D keypoints (T, J, 2), px."""
    return float(np.median(np.linalg.norm(keypoints2d[:, joints] - true2d[:, joints], axis=-1)))


def root_path(poses3d: Array, root: Sequence[int]) -> Array:
    """Return where the root is, (T, 3), in the frame of the poses."""
    path: Array = poses3d[:, list(root)].mean(axis=1)
    return path


def root_relative(poses3d: Array, root: Sequence[int]) -> Array:
    """Return poses (T, J, 3) with the root at the origin in every frame."""
    return poses3d - root_path(poses3d, root)[:, None]


def clip_scale(predicted: Array, true: Array, root: Sequence[int], joints: Joints = slice(None)) -> float:
    """Return the one scale of a clip that brings root-relative poses nearest to the true ones (least squares)."""
    return _scale(root_relative(predicted, root)[:, joints], root_relative(true, root)[:, joints])


class Similarity(NamedTuple):
    """A similarity transform, or an array (...) of them.

    Attributes:
        scale: (...).
        rotation: (..., 3, 3), of rows: a point is turned by `point @ rotation`.
        origin: (..., 1, 3), the centre of the points that are moved.
        target: (..., 1, 3), where it is brought.
    """

    scale: Array
    rotation: Array
    origin: Array
    target: Array

    def apply(self, points: Array) -> Array:
        """Return points (..., N, 3) moved."""
        return self.scale[..., None, None] * ((points - self.origin) @ self.rotation) + self.target


def fit_similarity(predicted: Array, true: Array, scaled: bool = True) -> Similarity:
    """Return the transforms that bring sets of points (..., N, 3) nearest to the true ones (least squares).

    Umeyama 1991, Least-Squares Estimation of Transformation Parameters Between Two Point Patterns. They do not mirror.

    Args:
        predicted: points that are to be moved.
        true: where they should be.
        scaled: whether size is fitted too; otherwise the transforms are rigid.
    """
    origin, target = predicted.mean(axis=-2, keepdims=True), true.mean(axis=-2, keepdims=True)
    p, g = predicted - origin, true - target
    u, singular, vt = np.linalg.svd(np.swapaxes(p, -1, -2) @ g)
    handedness = np.sign(np.linalg.det(u @ vt))
    singular[..., -1] *= handedness
    u[..., -1] *= handedness[..., None]
    scale = singular.sum(axis=-1) / np.maximum((p**2).sum(axis=(-2, -1)), _TINY)
    return Similarity(scale if scaled else np.ones_like(scale), u @ vt, origin, target)


def align_similarity(predicted: Array, true: Array) -> Array:
    """Bring sets of points (..., N, 3) nearest to the true ones by a similarity transform each."""
    return fit_similarity(predicted, true).apply(predicted)


def _segment_error(predicted: Array, true: Array, n_aligned: int) -> float:
    """Return the mean distance once every segment is aligned by its first frames, mm."""
    aligned = np.empty(true.shape)
    for start in range(0, len(true), SEGMENT_FRAMES):
        segment = slice(start, start + SEGMENT_FRAMES)
        first = slice(start, start + n_aligned)
        transform = fit_similarity(predicted[first].reshape(-1, 3), true[first].reshape(-1, 3))
        aligned[segment] = transform.apply(predicted[segment])
    return _mean_distance(aligned, true)


def _scale(predicted: Array, true: Array) -> float:
    return float((predicted * true).sum() / max((predicted**2).sum(), _TINY))


def _mean_distance(a: Array, b: Array) -> float:
    """Return the mean distance, mm, between points (..., 3) in m; NaN where there are none."""
    distances = np.linalg.norm(a - b, axis=-1)
    return 1000 * float(distances.mean()) if distances.size else float("nan")

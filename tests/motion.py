"""Synthetic dances for the tests, and what to measure of a lift."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dancelift
from dancelift.synthetic import SyntheticClip, generate

_REAL_CLIPS = Path(__file__).parents[1] / "../shared/data/dance"

PEDESTRIAN = dancelift.Skeleton(
    "pedestrian",
    (
        "head", "r_shoulder", "r_hand", "l_shoulder", "l_hand", "root",
        "r_hip", "r_knee", "r_foot", "l_hip", "l_knee", "l_foot",
    ),
    landmarks={
        "head": {"left_ear": 0.5, "right_ear": 0.5}, "root": "mid_hip",
        "r_shoulder": "right_shoulder", "r_hand": "right_wrist",
        "l_shoulder": "left_shoulder", "l_hand": "left_wrist",
        "r_hip": "right_hip", "r_knee": "right_knee", "r_foot": "right_ankle",
        "l_hip": "left_hip", "l_knee": "left_knee", "l_foot": "left_ankle",
    },
)  # fmt: skip
"""A skeleton of a user's own: other names, another order, no elbows, and a joint between landmarks."""


def dance(n_frames: int = 60, **options: Any) -> SyntheticClip:
    """A short dance whose arrays cannot be written to."""
    clip = generate(n_frames, **options)
    for array in (clip.poses3d, clip.keypoints2d, clip.keypoints2d_clean):
        array.flags.writeable = False
    return clip


def real_clip(name: str, n_frames: int) -> tuple[np.ndarray, tuple[int, int], float]:
    """Detected keypoints, image size and frames per second of a real dance; where it is absent the test is skipped."""
    path = _REAL_CLIPS / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with np.load(path) as clip:
        width, height = (int(side) for side in clip["image_size"])
        return clip["keypoints2d_detected"][0, :n_frames].astype(float), (width, height), float(clip["fps"])


def lift(clip: SyntheticClip, keypoints2d: Any = None, **options: Any) -> dancelift.LiftResult:
    """Lift a clip, or other keypoints in its place, from two seeds unless told otherwise."""
    given = {"n_seeds": 2, "skeleton": clip.skeleton, "fps": clip.fps, "image_size": clip.image_size}
    return dancelift.lift(clip.keypoints2d if keypoints2d is None else keypoints2d, **(given | options))


def joint(skeleton: dancelift.Skeleton, landmark: str) -> int:
    """Index of the joint that marks a landmark."""
    index = skeleton.index(landmark)
    assert index is not None
    return index


def distance(poses3d: np.ndarray, skeleton: dancelift.Skeleton, a: str, b: str) -> np.ndarray:
    """(T,) distance between two landmarks, m."""
    return np.linalg.norm(poses3d[:, joint(skeleton, a)] - poses3d[:, joint(skeleton, b)], axis=1)


def hips(skeleton: dancelift.Skeleton) -> list[int]:
    """Indices of the joints that are the root."""
    return [joint(skeleton, "left_hip"), joint(skeleton, "right_hip")]


def flat_poses(clip: SyntheticClip, skeleton: dancelift.Skeleton) -> np.ndarray:
    """What 2D alone gives: the exact keypoints, all at the true depth of the mid-hip, (T, J, 3)."""
    depth = clip.poses3d[:, hips(skeleton), 2].mean(axis=1)[:, None, None]
    rays = clip.camera.rays(clip.keypoints2d_clean[..., :2])
    return depth * np.concatenate([rays, np.ones((*rays.shape[:2], 1))], axis=2)


def bend(poses3d: np.ndarray, skeleton: dancelift.Skeleton, side: str) -> np.ndarray:
    """(T,) sine of a knee's bend about the axis from right to left hip; positive is forward."""
    at = {name: poses3d[:, joint(skeleton, f"{side}_{name}")] for name in ("hip", "knee", "ankle")}
    axis = poses3d[:, joint(skeleton, "left_hip")] - poses3d[:, joint(skeleton, "right_hip")]
    thigh, shank = at["knee"] - at["hip"], at["ankle"] - at["knee"]
    norms = np.linalg.norm(thigh, axis=1) * np.linalg.norm(shank, axis=1) * np.linalg.norm(axis, axis=1)
    return (np.cross(thigh, shank) * axis).sum(axis=1) / norms


def with_knees_turned_over(poses3d: np.ndarray, skeleton: dancelift.Skeleton) -> np.ndarray:
    """The same poses with every knee on the other side of the line from hip to ankle: it bends backward."""
    poses = np.array(poses3d)
    for side in ("left", "right"):
        knee_index = joint(skeleton, f"{side}_knee")
        hip, ankle = (poses3d[:, joint(skeleton, f"{side}_{name}")] for name in ("hip", "ankle"))
        leg = (ankle - hip) / np.linalg.norm(ankle - hip, axis=1, keepdims=True)
        to_knee = poses3d[:, knee_index] - hip
        nearest = hip + (to_knee * leg).sum(axis=1, keepdims=True) * leg
        poses[:, knee_index] = 2 * nearest - poses3d[:, knee_index]
    return poses


def spoilt(kind: str, good: bytes) -> bytes:
    """What can become of a file: "empty", "text", "truncated" or "damaged"."""
    damaged = bytearray(good)
    middle = len(good) // 2
    for start in (60, 200, middle):
        damaged[start : start + 40] = b"\xff" * 40
    return {"empty": b"", "text": b"words\n", "truncated": good[:middle], "damaged": bytes(damaged)}[kind]

"""Small folders in the layouts of datasets with true 3D motion, of a synthetic dance filmed by calibrated cameras."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.evaluation.calibration import CalibratedCamera
from dancelift.synthetic import generate

IMAGE_SIZE = (1920, 1080)


def world_motion(
    n_frames: int, seed: int = 0, skeleton: str = "coco17", up_axis: int = 1, fps: float = 30
) -> np.ndarray:
    """(T, J, 3), m: a dance near the origin of a world whose `up_axis` points up."""
    clip = generate(n_frames, fps=fps, seed=seed, skeleton=skeleton)
    forward = np.cross(clip.up, [1.0, 0, 0])
    forward /= np.linalg.norm(forward)
    axes = np.stack([forward, clip.up, np.cross(forward, clip.up)])  # right-handed: y up
    points = (clip.poses3d - clip.poses3d.mean(axis=(0, 1))) @ axes.T
    points[..., 1] -= points[..., 1].min()
    return np.roll(points, up_axis - 1, axis=-1)


def ring_of_cameras(
    n: int,
    up_axis: int = 1,
    focal: float = 1500.0,
    centre: tuple[float, float] = (960, 540),
    distortion: Any = (0,) * 5,
) -> list[CalibratedCamera]:
    """Cameras 5 m from the origin and 1.6 m high that look at the dance."""
    matrix = np.array([[focal, 0, centre[0]], [0, 1.002 * focal, centre[1]], [0, 0, 1]])
    cameras = []
    for angle in 0.4 + 2 * np.pi * np.arange(n) / n:
        position = np.roll([5 * np.sin(angle), 1.6, 5 * np.cos(angle)], up_axis - 1)
        up = np.eye(3)[up_axis]
        z = 0.9 * up - position
        z /= np.linalg.norm(z)
        x = np.cross(z, up)
        x /= np.linalg.norm(x)
        rotation = np.stack([x, np.cross(z, x), z])
        cameras.append(CalibratedCamera(matrix, np.array(distortion, float), rotation, -rotation @ position))
    return cameras


def seen(cameras: list[CalibratedCamera], world: np.ndarray) -> np.ndarray:
    """(C, T, J, 3), px and score 1: exact, lens distortion included."""
    pixels = np.stack([camera.project(world) for camera in cameras])
    return np.concatenate([pixels, np.ones((*pixels.shape[:3], 1))], axis=-1)


def jittered(keypoints2d: np.ndarray, seed: int = 0, sigma: float = 4.0) -> np.ndarray:
    """The same with a detector's errors, px, and one joint missed at the start."""
    detected = np.array(keypoints2d)
    detected[..., :2] += np.random.default_rng(seed).normal(0, sigma, detected[..., :2].shape)
    detected[..., 0, 9, :] = 0
    return detected


def write_dance(folder: Path, clips: dict[str, str], n_frames: int = 24) -> Path:
    """Clips by name, with their genre, and split.json beside the folder: the first clip to fit, the others to test."""
    folder.mkdir(parents=True)
    for seed, (name, genre) in enumerate(clips.items()):
        world, cameras = world_motion(n_frames, seed), ring_of_cameras(2)
        keypoints2d = seen(cameras, world)
        np.savez(
            folder / f"{name}.npz",
            keypoints3d=world.astype(np.float32),
            keypoints2d_clean=keypoints2d.astype(np.float32),
            keypoints2d_detected=jittered(keypoints2d).astype(np.float32),
            R=np.stack([camera.rotation for camera in cameras]),
            t=np.stack([camera.translation for camera in cameras]),
            K=np.stack([camera.matrix for camera in cameras]),
            image_size=IMAGE_SIZE,
            fps=30.0,
            genre=genre,
            source="made up",
        )
    names = list(clips)
    (folder.parent / "split.json").write_text(json.dumps({"fit": names[:1], "test": names[1:]}))
    return folder


def write_aist(folder: Path, sequences: list[str], n_frames: int = 24) -> Path:
    """Annotations of sequences; the last one is in ignore_list.txt, the others in splits/pose_test.txt."""
    for name in ("keypoints2d", "keypoints3d", "cameras", "splits"):
        (folder / name).mkdir(parents=True)
    cameras = ring_of_cameras(9, distortion=(-0.1, 0.05, 0.001, -0.002, 0.01))
    for seed, name in enumerate(sequences):
        world = world_motion(n_frames, seed, fps=60)
        views = jittered(seen(cameras, world))
        views[views[..., 2] == 0] = np.nan
        timestamps = np.arange(n_frames) * 16667
        content2d = {"keypoints2d": views, "det_scores": np.ones((9, n_frames)), "timestamps": timestamps}
        content3d = {"keypoints3d": 100 * world + 1, "keypoints3d_optim": 100 * world}
        (folder / "keypoints2d" / f"{name}.pkl").write_bytes(pickle.dumps(content2d))
        (folder / "keypoints3d" / f"{name}.pkl").write_bytes(pickle.dumps(content3d))
    (folder / "cameras" / "mapping.txt").write_text("".join(f"{name} setting1\n" for name in sequences))
    entries = [
        {
            "name": f"c{i + 1:02}",
            "size": list(IMAGE_SIZE),
            "matrix": camera.matrix.tolist(),
            "rotation": rotation_vector(camera.rotation).tolist(),
            "translation": (100 * camera.translation).tolist(),
            "distortions": camera.distortion.tolist(),
        }
        for i, camera in enumerate(cameras)
    ]
    (folder / "cameras" / "setting1.json").write_text(json.dumps(entries))
    (folder / "splits" / "pose_test.txt").write_text("\n".join(sequences[:-1]))
    (folder / "ignore_list.txt").write_text(f"{sequences[-1]}\n")
    return folder


H36M_JOINTS = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]


def h36m_cameras() -> list[CalibratedCamera]:
    """Four cameras with the lens of Human3.6M's."""
    return ring_of_cameras(4, up_axis=2, focal=1145.0, centre=(512, 515), distortion=(-0.2, 0.24, -0.001, -0.0014, 0))


def write_h36m(folder: Path, clips: dict[str, list[str]], n_frames: int = 24, exact: bool = True) -> Path:
    """Actions by subject; keypoints as a detector gives them and, if `exact`, the projections too."""
    folder.mkdir(parents=True)
    poses: dict[str, Any] = {}
    detected: dict[str, Any] = {}
    clean: dict[str, Any] = {}
    for subject, actions in clips.items():
        for table in (poses, detected, clean):
            table[subject] = {}
        for action in actions:
            world = world_motion(n_frames, sum(map(ord, subject + action)), "h36m17", up_axis=2, fps=50)
            poses[subject][action] = np.zeros((n_frames, 32, 3), np.float32)
            poses[subject][action][:, H36M_JOINTS] = world
            views = seen(h36m_cameras(), world)[..., :2]
            noise = np.random.default_rng(1).normal(0, 3, views.shape)
            clean[subject][action] = list(views.astype(np.float32))
            detected[subject][action] = [np.concatenate([v, v[-1:]]).astype(np.float32) for v in views + noise]
    metadata = {"layout_name": "h36m", "num_joints": 17, "keypoints_symmetry": [[4, 5, 6, 11, 12, 13], [1, 2, 3]]}
    np.savez(folder / "data_3d_h36m.npz", positions_3d=poses)
    np.savez(folder / "data_2d_h36m_cpn_ft_h36m_dbb.npz", positions_2d=detected, metadata=metadata)
    if exact:
        np.savez(folder / "data_2d_h36m_gt.npz", positions_2d=clean, metadata=metadata)
    return folder


def rotation_vector(rotation: np.ndarray) -> np.ndarray:
    """Of a rotation matrix (3, 3): its axis times its angle, rad."""
    angle = np.arccos((np.trace(rotation) - 1) / 2)
    skew = (rotation - rotation.T) / (2 * np.sin(angle))
    return angle * np.array([skew[2, 1], skew[0, 2], skew[1, 0]])

"""Files of 2D keypoints as other programs write them, made from moving stick figures."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np

FPS = 25
# COCO-17 of somebody upright who faces the camera, in body heights: x right, y down from the top of the head.
_STANDING = np.array(
    [
        [0, 0.07],
        [0.02, 0.05],
        [-0.02, 0.05],
        [0.04, 0.06],
        [-0.04, 0.06],
        [0.11, 0.18],
        [-0.11, 0.18],
        [0.13, 0.35],
    ]
    + [[-0.13, 0.35], [0.14, 0.5], [-0.14, 0.5], [0.06, 0.5], [-0.06, 0.5], [0.07, 0.74], [-0.07, 0.74]]
    + [[0.07, 0.97], [-0.07, 0.97]]
)


def dancer(n_frames: int, n_joints: int = 17, *, x: Any = 600.0, height: float = 400.0, seed: int = 0) -> np.ndarray:
    """(T, J, 3): pixels and scores of somebody who sways at `x`, with jitter of 1 % of the height."""
    rng = np.random.default_rng(seed)
    body = _STANDING if n_joints == 17 else _STANDING[np.arange(n_joints) % 17] + np.arange(n_joints)[:, None] * 1e-3
    sway = 0.05 * np.sin(2 * np.pi * (np.arange(n_frames) / FPS + rng.random()))[:, None]
    keypoints = np.empty((n_frames, n_joints, 3))
    keypoints[..., 0] = np.broadcast_to(x, n_frames)[:, None] + height * (body[:, 0] + sway)
    keypoints[..., 1] = 200 + height * body[:, 1]
    keypoints[..., :2] += rng.normal(0, 0.01 * height, keypoints[..., :2].shape)
    keypoints[..., 2] = rng.uniform(0.6, 0.95, keypoints.shape[:2])
    return keypoints.round(3)


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def write_openpose(folder: Path, persons: list[np.ndarray], *, first: int = 0, ids: list[int] | None = None) -> Path:
    folder.mkdir()
    for t in range(len(persons[0])):
        people = [
            {
                "person_id": [ids[i] if ids else -1],
                "pose_keypoints_2d": person[t].ravel().tolist(),
                "face_keypoints_2d": [],
            }
            for i, person in enumerate(persons)
            if person[t].any()
        ]
        write_json(folder / f"video_{first + t:012}_keypoints.json", {"version": 1.3, "people": people})
    return folder


def coco_results(persons: list[np.ndarray], image_id: Any = int, shuffle: int | None = None) -> list[dict[str, Any]]:
    """A COCO results list; `shuffle` puts the persons of each image in random order."""
    rng = np.random.default_rng(shuffle)
    return [
        {
            "image_id": image_id(t),
            "category_id": 1,
            "keypoints": persons[i][t].ravel().tolist(),
            "score": float(persons[i][t, :, 2].mean()),
        }
        for t in range(len(persons[0]))
        for i in (rng.permutation(len(persons)) if shuffle is not None else range(len(persons)))
        if persons[i][t].any()
    ]


def alphapose_results(persons: list[np.ndarray], ids: list[Any]) -> list[dict[str, Any]]:
    return [
        {**entry, "box": [1.0, 2.0, 3.0, 4.0], "idx": ids[i]}
        for i, person in enumerate(persons)
        for entry in coco_results([person], "{}.jpg".format)
    ]


def mmpose_results(persons: list[np.ndarray], first: int = 0) -> dict[str, Any]:
    frames = []
    for t in range(len(persons[0])):
        instances = [
            {
                "keypoints": person[t, :, :2].tolist(),
                "keypoint_scores": person[t, :, 2].tolist(),
                "bbox": [[0.0, 0.0, 1.0, 1.0]],
                "bbox_score": 0.9,
            }
            for person in persons
            if person[t].any()
        ]
        frames.append({"frame_id": first + t, "instances": instances})
    return {"meta_info": {"dataset_name": "coco"}, "instance_info": frames}


def mediapipe_frames(keypoints: np.ndarray, image_size: tuple[int, int]) -> list[list[dict[str, float]]]:
    return [
        [
            {"x": x / image_size[0], "y": y / image_size[1], "z": -0.1, "visibility": score}
            for x, y, score in frame.tolist()
        ]
        for frame in keypoints
    ]


def write_aist(folder: Path, sequence: str, views: np.ndarray) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sequence}.pkl"
    n_frames = views.shape[1]
    content = {
        "keypoints2d": views,
        "det_scores": np.ones((len(views), n_frames)),
        "timestamps": np.arange(n_frames) * 16667,
    }
    path.write_bytes(pickle.dumps(content))
    return path


def write_videopose3d(path: Path, positions: dict[str, Any], metadata: dict[str, Any] | None = None) -> Path:
    np.savez_compressed(path, positions_2d=positions, **({} if metadata is None else {"metadata": metadata}))
    return path


def write_dance_clip(path: Path, detected: np.ndarray, clean: np.ndarray, image_size: tuple[int, int]) -> Path:
    cameras, n_frames = detected.shape[:2]
    np.savez_compressed(
        path,
        keypoints3d=np.zeros((n_frames, 17, 3), np.float32),
        keypoints2d_clean=clean.astype(np.float32),
        keypoints2d_detected=detected.astype(np.float32),
        R=np.tile(np.eye(3), (cameras, 1, 1)),
        t=np.zeros((cameras, 3)),
        K=np.tile(np.eye(3), (cameras, 1, 1)),
        image_size=np.array(image_size),
        fps=np.array(25.0),
        genre=np.array("waltz"),
        source=np.array("made up"),
    )
    return path

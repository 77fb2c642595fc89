"""What a lift comes to, and the file that it is kept in."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.body.motion import Motion
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera
from dancelift.errors import InputError
from dancelift.files import open_npz
from dancelift.geometry import turn_up

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class LiftResult:
    """3D motion of one dancer and how it was found.

    T frames, J joints, K seeds; camera frame: x right, y down, z forward.

    Attributes:
        poses3d: (T, J, 3), m, camera frame, the root's path included.
        keypoints2d: (T, J, 2), px: `poses3d` projected by `camera`.
        camera: the imaging parameters w_t.
        best_seed: k* = argmin_k sum_t e_t^k.
        seed_errors: (K, T), e_t^k: the weighted sum of all terms.
        seed_losses: each term's cost, (K, T), by name; they add up to `seed_errors`.
        seed_labels: what each seed assumed.
        bone_lengths: the clip's constant bone lengths, m, by "joint-joint"; left and right share one.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None.
        initial_poses3d: (K, T, J, 3), m: P* of every seed, if they were to be kept.
        seed_poses3d: (K, T, J, 3), m: every seed optimised, if they were to be kept.
        frame_seeds: (T,), of a clip that was lifted in windows, the seed that was chosen at each frame; None: k*.
    """

    poses3d: Array
    keypoints2d: Array
    camera: Camera
    best_seed: int
    seed_errors: Array
    seed_losses: dict[str, Array]
    seed_labels: tuple[str, ...]
    bone_lengths: dict[str, float]
    skeleton: Skeleton
    fps: float
    image_size: tuple[int, int] | None
    initial_poses3d: Array | None = None
    seed_poses3d: Array | None = None
    frame_seeds: Indices | None = None

    @property
    def losses(self) -> dict[str, float]:
        """Each term's total over the clip for the winner, by name."""
        chosen = self.best_seed if self.frame_seeds is None else self.frame_seeds
        frames = np.arange(len(self.poses3d))
        return {name: float(cost[chosen, frames].sum()) for name, cost in self.seed_losses.items()}

    def motion(self, name: str) -> Motion:
        """The lifted motion by that name, turned upright by the camera's direction of gravity."""
        up = np.array([0.0, -1.0, 0.0]) if self.camera.up is None else self.camera.up
        return Motion(name, "dancelift", self.poses3d @ turn_up(up).T, self.skeleton, self.fps)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as one npz, without pickle; `dancelift.load_lift` reads it."""
        about = {
            "format": _FORMAT,
            "best_seed": self.best_seed,
            "seed_labels": self.seed_labels,
            "bone_lengths": self.bone_lengths,
            "skeleton": {
                "name": self.skeleton.name,
                "joints": self.skeleton.joints,
                "landmarks": {
                    joint: landmark if isinstance(landmark, str) else dict(landmark)
                    for joint, landmark in self.skeleton.landmarks.items()
                },
            },
            "fps": self.fps,
            "image_size": self.image_size,
            "camera_model": self.camera.model,
            "focal_known": self.camera.focal_known,
        }
        arrays: dict[str, Any] = {"camera_matrix": self.camera.matrix}
        for name in _CAMERA_ARRAYS:
            value = getattr(self.camera, name)
            if value is not None:
                arrays[f"camera_{name}"] = value
        arrays |= {name: getattr(self, name) for name in _SEED_ARRAYS if getattr(self, name) is not None}
        arrays |= {
            "poses3d": self.poses3d,
            "keypoints2d": self.keypoints2d,
            "seed_losses": np.stack(list(self.seed_losses.values())),
            "terms": np.array(list(self.seed_losses)),
            "about": np.array(json.dumps(about)),
        }
        with open(path, "wb") as file:
            np.savez_compressed(file, **arrays)


_CAMERA_ARRAYS = ("scale", "shift", "up")
_SEED_ARRAYS = ("initial_poses3d", "seed_poses3d", "frame_seeds")


def load_lift(path: str | os.PathLike[str]) -> LiftResult:
    """Read what `LiftResult.save` wrote.

    Raises:
        InputError: the file is missing or is no lift result.
    """
    with open_npz(path, "a lift result, expected an npz that LiftResult.save wrote") as file:
        about = json.loads(str(file["about"]))
        if about["format"] != _FORMAT:
            raise InputError(f"{path}: lift result of format {about['format']}, expected {_FORMAT}")
        camera = Camera(
            file["camera_matrix"],
            about["camera_model"],
            about["focal_known"],
            **{name: file[f"camera_{name}"] for name in _CAMERA_ARRAYS if f"camera_{name}" in file},
        )
        losses = dict(zip(file["terms"].tolist(), file["seed_losses"], strict=True))
        return LiftResult(
            poses3d=file["poses3d"],
            keypoints2d=file["keypoints2d"],
            camera=camera,
            best_seed=about["best_seed"],
            seed_errors=np.sum(list(losses.values()), axis=0),
            seed_losses=losses,
            seed_labels=tuple(about["seed_labels"]),
            bone_lengths=about["bone_lengths"],
            skeleton=Skeleton(**about["skeleton"]),
            fps=about["fps"],
            image_size=None if about["image_size"] is None else tuple(about["image_size"]),
            **{name: file[name] for name in _SEED_ARRAYS if name in file},
        )

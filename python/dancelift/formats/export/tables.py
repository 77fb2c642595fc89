"""Plain numbers: CSV, a row a frame and a joint; JSON; and npz. All are in metres and in the times of the video."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.errors import InputError
from dancelift.formats.export.scene import Dancer, Scene, Up, from_y_up

COLUMNS = (
    "person", "frame", "time", "joint", "x", "y", "z", "seen", "deviation_across", "deviation_along"
)  # fmt: skip
"""Of a CSV file."""

_FORMAT = "dancelift motion 1"
_FINEST = 6  # decimals: a micrometre, a microsecond


def write_csv(scene: Scene, path: Path, up: Up) -> None:
    """Write a scene as a table with a row for each dancer, frame and joint; a value that is not known is empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for dancer in scene.dancers:
            poses = (dancer.poses3d @ from_y_up(up).T).tolist()
            deviations = dancer.deviations.tolist()
            for t, (number, time) in enumerate(zip(dancer.frame_numbers.tolist(), dancer.times.tolist(), strict=True)):
                for j, joint in enumerate(dancer.skeleton.joints):
                    numbers = [_text(value) for value in (*poses[t][j], *deviations[t][j])]
                    seen = int(dancer.seen[t, j])
                    writer.writerow([dancer.name, number, _text(time), joint, *numbers[:3], seen, *numbers[3:]])


def write_json(scene: Scene, path: Path, up: Up) -> None:
    """Write a scene as JSON: the dancers with their joints and bones, and the camera; null is not known."""
    turn = from_y_up(up)
    content: dict[str, Any] = {
        "format": _FORMAT, "provenance": scene.provenance, "fps": scene.fps, "unit": "m", "up": up, "camera": None,
        "persons": [_person(dancer, up) for dancer in scene.dancers],
    }  # fmt: skip
    if scene.camera is not None:
        content["camera"] = {
            "matrix": scene.camera.matrix.tolist(),
            "image_size": scene.camera.image_size,
            "rotation_to_world": (turn @ scene.camera.rotation).tolist(),
            "position": (turn @ scene.camera.position).tolist(),
        }
    path.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False), encoding="utf-8", newline="\n")


def write_npz(scene: Scene, path: Path, up: Up) -> None:
    """Write a scene as plain arrays: of one dancer (T, J, 3), of several (persons, T, J, 3) over the scene's frames.

    Raises:
        InputError: the dancers' skeletons differ.
    """
    skeleton = _one_skeleton(scene)
    several = len(scene.dancers) > 1
    shape = (len(scene.dancers), scene.n_frames, len(skeleton))
    poses, deviations = np.full((*shape, 3), np.nan), np.full((*shape, 2), np.nan)
    seen = np.zeros(shape, np.bool_)
    for i, dancer in enumerate(scene.dancers):
        frames = slice(dancer.first, dancer.first + len(dancer.poses3d))
        poses[i, frames] = dancer.poses3d @ from_y_up(up).T
        deviations[i, frames], seen[i, frames] = dancer.deviations, dancer.seen
    arrays: dict[str, Any] = {
        "poses3d": poses, "seen": seen, "deviations": deviations,
    }  # fmt: skip
    arrays = arrays if several else {name: array[0] for name, array in arrays.items()}
    arrays |= {
        "fps": np.array(scene.fps),
        "up": np.array(up),
        "source": np.array("dancelift"),
        "provenance": np.array(json.dumps(scene.provenance)),
        "persons": np.array([dancer.name for dancer in scene.dancers]),
        "joints": np.array(skeleton.joints),
        "frame_numbers": scene.frame_numbers,
        "times": scene.times,
    }
    if SKELETONS.get(skeleton.name) == skeleton:
        arrays["skeleton"] = np.array(skeleton.name)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _one_skeleton(scene: Scene) -> Skeleton:
    first, *others = (dancer.skeleton for dancer in scene.dancers)
    for other in others:
        if other.joints != first.joints:
            raise InputError(f"joints of '{first.name}' and of '{other.name}', expected one skeleton in an npz")
    return first


def _person(dancer: Dancer, up: Up) -> dict[str, Any]:
    names = dancer.skeleton.joints
    return {
        "name": dancer.name,
        "skeleton": dancer.skeleton.name,
        "joints": names,
        "bones": [[names[a], names[b]] for a, b, _ in dancer.skeleton.drawn_bones],
        "frames": dancer.frame_numbers.tolist(),
        "times": dancer.times.round(_FINEST).tolist(),
        "positions": _nested(dancer.poses3d @ from_y_up(up).T),
        "seen": dancer.seen.astype(int).tolist(),
        "deviations": _nested(dancer.deviations),
    }


def _nested(array: np.ndarray) -> Any:
    """Nested lists of an array's numbers, with None for what is not finite."""
    rounded = array.round(_FINEST).astype(object)
    rounded[~np.isfinite(array)] = None
    return rounded.tolist()


def _text(value: float) -> str:
    return f"{value:.{_FINEST}f}" if np.isfinite(value) else ""

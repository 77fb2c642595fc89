"""Several dancers in one room, of whom the truth is known: captured couples, and scenes made of clips of one dancer.

A made scene has clips of data/dance, each turned, sized and stood on one floor, whose dancers are carried about slowly:
round a circle, or to and fro on lines beside each other, so that they hide each other from the camera of the first
clip. A joint behind another dancer's trunk or limbs is hidden; who is mostly hidden is not found.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.floor import floor_height
from dancelift.body.skeleton import SKELETONS
from dancelift.camera import Camera
from dancelift.geometry import rotation
from dancelift.synthetic.detector import Detector, hidden_joints

FPS = 25.0
COCO17 = SKELETONS["coco17"]
LAYOUTS = ("circle", "lines")

_SPEED = {"circle": 0.3, "lines": 0.5}  # m/s, at which dancers are carried: slow, for standing feet slide with it
_SPACING = 1.2  # m, between neighbours on the circle
_LANES, _LINE = 0.55, 1.0  # m, between lines, and half of a line's length
_SIZES = 0.06  # standard deviation of the dancers' sizes, relative
_NEAREST = 0.35  # m, between two dancers
_MARGIN = 0.06  # of the picture's sides that stays empty
_MOSTLY_HIDDEN = 0.65  # share of a dancer's joints beyond which nobody is found
_TRUNK = (5, 6, 11, 12)  # shoulders and hips
_TRUNK_MARGIN = 1.25  # of what a trunk hides, beyond its joints


@dataclass(frozen=True, eq=False)
class Scene:
    """P dancers seen by one camera in T frames.

    Attributes:
        name: of the scene and the view.
        poses3d: (P, T, 17, 3), m, camera frame.
        keypoints2d: (P, T, 17, 3), px and score, as a detector gives them; 0, 0, 0 is not seen.
        camera: the true one.
        image_size: (width, height), px.
        fps: frames per second.
    """

    name: str
    poses3d: Array
    keypoints2d: Array
    camera: Camera
    image_size: tuple[int, int]
    fps: float


def couples(folder: Path) -> list[Scene]:
    """The captured couples, each take as either camera saw it."""
    scenes = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as take:
            for view, (matrix, turn, shift) in enumerate(zip(take["K"], take["R"], take["t"], strict=True)):
                scenes.append(
                    Scene(
                        f"{path.stem} view {view}",
                        (take["keypoints3d"] @ turn.T + shift).astype(float),
                        take["keypoints2d_detected"][view].astype(float),
                        Camera(matrix.astype(float), up=turn[:, 1].astype(float)),
                        (int(take["image_size"][0]), int(take["image_size"][1])),
                        float(take["fps"]),
                    )
                )
    return scenes


def made_scenes(data: Path, split: str, n_dancers: int, n_scenes: int, n_frames: int, away: float = 0.0) -> list[Scene]:
    """Scenes of so many dancers from the clips of one list of data/split.json; see `make_scene`."""
    names = json.loads((data / "split.json").read_text())[split]
    scenes = []
    for number in range(n_scenes):
        rng = np.random.default_rng([n_dancers, number])
        chosen = rng.choice(names, n_dancers, replace=False)
        layout = LAYOUTS[number % len(LAYOUTS)]
        scenes.append(make_scene([data / "dance" / f"{name}.npz" for name in chosen], layout, n_frames, rng, away))
    return scenes


def make_scene(clips: Sequence[Path], layout: str, n_frames: int, rng: np.random.Generator, away: float = 0.0) -> Scene:
    """One scene.

    Args:
        clips: of data/dance, one a dancer.
        layout: one of LAYOUTS.
        n_frames: T, at FPS.
        rng: of sizes, headings, phases and the detector.
        away: s for which every dancer is out of sight, once.
    """
    loaded = [dict(np.load(path)) for path in clips]
    dances = [_dance(clip, n_frames, rng) for clip in loaded]
    while True:
        paths = _paths(layout, len(dances), n_frames, rng)
        world = np.stack([dance + path[:, None] for dance, path in zip(dances, paths, strict=True)])
        hips = world[:, :, 11:13].mean(axis=2)
        apart = [np.linalg.norm(a - b, axis=1).min() for a, b in itertools.combinations(hips, 2)]
        if min(apart, default=1.0) > _NEAREST:
            break
        dances = [dance @ rotation(1, rng.uniform(0, 2 * np.pi)).T for dance in dances]
    view = int(rng.integers(len(loaded[0]["K"])))
    image_size = (int(loaded[0]["image_size"][0]), int(loaded[0]["image_size"][1]))
    matrix, turn = loaded[0]["K"][view].astype(float), loaded[0]["R"][view].astype(float)
    poses = _film(world, matrix, turn, image_size)
    camera = Camera(matrix, up=turn[:, 1])
    keypoints = _detect(poses, camera, rng)
    if away:
        n_away = round(away * FPS)
        for person in keypoints:
            start = rng.integers(round(2 * FPS), n_frames - n_away - round(2 * FPS))
            person[start : start + n_away] = 0
    return Scene(f"{layout}: {', '.join(path.stem for path in clips)}", poses, keypoints, camera, image_size, FPS)


def _dance(clip: dict[str, Any], n_frames: int, rng: np.random.Generator) -> Array:
    """The stretch (T, 17, 3) of a clip that travels least, about the origin of the floor, at FPS."""
    poses, fps = clip["keypoints3d"].astype(float), float(clip["fps"])
    times = np.arange(int((len(poses) - 1) / fps * FPS) + 1) / FPS * fps
    before = np.minimum(times.astype(int), len(poses) - 2)
    poses = poses[before] + (times - before)[:, None, None] * (poses[before + 1] - poses[before])
    if len(poses) < n_frames:  # forth and back
        poses = np.concatenate([poses, poses[-2:0:-1]])[:n_frames]
    hips = poses[:, 11:13].mean(axis=1)[:, [0, 2]]
    starts = range(0, len(poses) - n_frames + 1, 25)
    start = min(starts, key=lambda s: float(np.ptp(hips[s : s + n_frames], axis=0).max()))
    poses = poses[start : start + n_frames] * np.exp(rng.normal(0, _SIZES))
    middle = poses[:, 11:13].mean(axis=(0, 1))
    middle[1] = floor_height(poses, COCO17)
    return (poses - middle) @ rotation(1, rng.uniform(0, 2 * np.pi)).T


def _paths(layout: str, n: int, n_frames: int, rng: np.random.Generator) -> Array:
    """Where each dancer is carried, (n, T, 3), m."""
    paths = np.zeros((n, n_frames, 3))
    times = np.arange(n_frames) / FPS
    if layout == "circle":
        radius = 0.5 * _SPACING / np.sin(np.pi / max(n, 2))
        angle = 2 * np.pi * (np.arange(n)[:, None] / n + rng.random()) + _SPEED[layout] / radius * times
        paths[..., 0], paths[..., 2] = radius * np.cos(angle), radius * np.sin(angle)
        return paths
    phase = np.pi * np.arange(n)[:, None] + rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.5, (n, 1))
    paths[..., 0] = _LINE * np.sin(phase + _SPEED[layout] / _LINE * times)
    paths[..., 2] = _LANES * (np.arange(n)[:, None] - 0.5 * (n - 1))
    return paths @ rotation(1, rng.uniform(0, 2 * np.pi)).T


def _film(world: Array, matrix: Array, turn: Array, image_size: tuple[int, int]) -> Array:
    """The world in the frame of a camera that looks at its middle, as far away as it takes to see everybody."""
    middle = np.array([0, 0.5 * world[..., 1].max(), 0])
    size = np.array(image_size)
    for distance in np.arange(2.5, 20, 0.1):
        poses = (world - middle) @ turn.T + np.array([0, 0, distance])
        points = Camera(matrix).project(poses.reshape(-1, 17, 3))
        if poses[..., 2].min() > 1 and (points > _MARGIN * size).all() and (points < (1 - _MARGIN) * size).all():
            break
    return poses


def _detect(poses: Array, camera: Camera, rng: np.random.Generator) -> Array:
    """What a detector makes of the dancers (P, T, 17, 3), (P, T, 17, 3) px and score."""
    hidden = np.stack([_hidden(poses, person) for person in range(len(poses))])
    clean = np.stack([camera.project(person) for person in poses])
    height = _heights(poses)
    size = camera.focal * height[:, None] / poses[:, :, 11:13, 2].mean(axis=2)
    keypoints = Detector(COCO17, FPS).detect(clean, hidden, size, 1.0, rng)
    keypoints[hidden.mean(axis=2) > _MOSTLY_HIDDEN] = 0
    return keypoints


def _heights(poses: Array) -> Array:
    """(P,) m, by the length of the legs."""
    legs = np.linalg.norm(np.diff(poses[:, :, [11, 13, 15]], axis=2), axis=-1).sum(axis=2).mean(axis=1)
    return legs / (anatomy.THIGH + anatomy.SHANK)


def _hidden(poses: Array, person: int) -> Flags:
    """(T, 17) whether a dancer's joint is behind the own body or another's."""
    hidden = np.zeros(poses.shape[1:3], bool)
    for other, height in enumerate(_heights(poses)):
        joints = {name: poses[other, :, i] for i, name in enumerate(COCO17.joints)}
        joints["neck"] = poses[other, :, 5:7].mean(axis=1)
        joints["mid_hip"] = poses[other, :, 11:13].mean(axis=1)
        hidden |= hidden_joints(joints, poses[person], float(height))
        if other != person:
            hidden |= _behind_trunk(poses[person], poses[other][:, _TRUNK])
    return hidden


def _behind_trunk(joints: Array, trunk: Array) -> Flags:
    """(T, 17) whether joints (T, 17, 3) are behind the ellipse round the shoulders and hips (T, 4, 3) of another."""
    points, outline = joints[..., :2] / joints[..., 2:], trunk[..., :2] / trunk[..., 2:]
    middle = outline.mean(axis=1, keepdims=True)
    axes = _TRUNK_MARGIN * np.abs(outline - middle).max(axis=1, keepdims=True) + 0.08 / trunk[:, :1, 2:]
    inside = (((points - middle) / axes) ** 2).sum(axis=-1) < 1
    return inside & (joints[..., 2] > trunk[..., 2].mean(axis=1, keepdims=True))

"""A small taxonomy, dances that are labelled by it in an obvious way, and networks for it."""

from functools import lru_cache

import numpy as np

from dancelift.movement_labels import MovementLabels
from dancelift.part_features import JOINTS, features_3d
from dancelift.taxonomy import Movement, Part, Taxonomy

PARTS = {
    "left arm": (("left_shoulder", "left_elbow", "left_wrist"), ("left hand up", "left hand out", "left hand rises")),
    "head": (("nose",), ("head forward",)),
    "whole body": (("left_hip", "right_hip", "left_ankle", "right_ankle"), ("travels", "turns")),
}


def taxonomy(*parts: str) -> Taxonomy:
    """Of some parts of PARTS, all unless told otherwise. Movements of different parts alternate in their order."""
    chosen = {name: PARTS[name] for name in parts or PARTS}
    movements = [Movement(m, part, m, (), 0.2) for part, (_, of_part) in chosen.items() for m in of_part]
    movements = movements[::2] + movements[1::2]
    return Taxonomy(tuple(Part(name, joints) for name, (joints, _) in chosen.items()), tuple(movements))


def standing(n_frames: int) -> np.ndarray:
    """(T, 17, 3) poses of a body that stands at the origin and faces +z, m, y up."""
    at = {
        "nose": (0, 1.6, 0.1), "left_eye": (0.03, 1.65, 0.08), "left_ear": (0.07, 1.62, 0),
        "left_shoulder": (0.18, 1.4, 0), "left_elbow": (0.25, 1.12, 0), "left_wrist": (0.27, 0.88, 0.05),
        "left_hip": (0.1, 0.9, 0), "left_knee": (0.1, 0.5, 0.02), "left_ankle": (0.1, 0.08, 0),
    }  # fmt: skip
    at |= {f"right{name[4:]}": (-x, y, z) for name, (x, y, z) in at.items() if name != "nose"}
    return np.tile(np.array([at[joint] for joint in JOINTS], float), (n_frames, 1, 1))


@lru_cache
def dancing(n_frames: int, seed: int = 0, fps: float = 27.0) -> np.ndarray:
    """(T, 17, 3) poses of a body whose every joint sways about where it is when standing, m, y up."""
    rng = np.random.default_rng(seed)
    time = np.arange(n_frames)[:, None, None] / fps
    frequency, phase = rng.uniform(0.3, 0.9, (17, 3)), rng.uniform(0, 2 * np.pi, (17, 3))
    size = np.full((17, 3), 0.03)
    size[JOINTS.index("left_wrist")] = 0.4
    poses = standing(n_frames) + size * np.sin(2 * np.pi * frequency * time + phase)
    poses.flags.writeable = False
    return poses


def labelled(poses: np.ndarray, of: Taxonomy, fps: float = 27.0) -> MovementLabels:
    """What "left hand up" and "left hand out" say of poses that face +z; of the other movements nothing is known."""
    wrist, shoulder = poses[:, JOINTS.index("left_wrist")], poses[:, JOINTS.index("left_shoulder")]
    active = np.zeros((len(poses), len(of)), np.bool_)
    known = np.zeros_like(active)
    for name, flags in (
        ("left hand up", wrist[:, 1] > 1.0),
        ("left hand out", wrist[:, 0] - shoulder[:, 0] > 0.2),
        ("left hand rises", np.gradient(wrist[:, 1]) > 0),
    ):
        active[:, of.index(name)] = flags
        known[:, of.index(name)] = True
    return MovementLabels(active, known, fps, of)


def features(n_frames: int, seed: int, of: Taxonomy, fps: float = 27.0) -> np.ndarray:
    """(T, P, F) of a dance."""
    return features_3d(dancing(n_frames, seed, fps), fps, of)

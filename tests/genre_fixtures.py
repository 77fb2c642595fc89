"""Made-up dances of two genres, which differ in how fast the left hand goes up and down."""

from functools import lru_cache

import numpy as np

from dancelift.genre_features import Dance, channels
from dancelift.part_features import JOINTS
from dancelift.training.genre_data import GenreClip
from movement_fixtures import standing, taxonomy

TAXONOMY = taxonomy()
BEATS = {"quickstep": 1.2, "slow waltz": 0.3}
"""Hz, by genre."""

INPUTS = ("movements", "pose3d")


@lru_cache
def dance(genre: str, seed: int, seconds: float = 12.0, fps: float = 25.0) -> Dance:
    """In which "left hand up" tells the genre by its rhythm and all other movements mean nothing."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fps)) / fps
    swing = np.sin(2 * np.pi * (BEATS[genre] * time + rng.uniform()))
    poses3d = standing(len(time)) + rng.normal(0, 0.005, (len(time), 17, 3))
    poses3d[:, JOINTS.index("left_wrist"), 1] += 0.3 * swing
    movements = rng.uniform(0.3, 0.7, (1, len(TAXONOMY))) + rng.normal(0, 0.02, (len(time), len(TAXONOMY)))
    movements[:, TAXONOMY.index("left hand up")] = 0.5 + 0.45 * swing
    keypoints2d = np.dstack([poses3d[..., 0] * 100 + 500, 400 - poses3d[..., 1] * 100, np.ones(poses3d.shape[:2])])
    return Dance(fps, np.clip(movements, 0, 1).astype(np.float32), poses3d, keypoints2d)


def clip(genre: str, seed: int, inputs: tuple[str, ...] = INPUTS, seconds: float = 12.0) -> GenreClip:
    return GenreClip(f"{genre} {seed}", genre, (channels(dance(genre, seed, seconds), inputs),))


def clips(n_of_each: int, inputs: tuple[str, ...] = INPUTS) -> list[GenreClip]:
    return [clip(genre, seed, inputs) for genre in BEATS for seed in range(n_of_each)]

"""A recognition of a made-up clip, for tests of what is done with one."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

import numpy as np

import dancelift
from dancelift.recognition_result import Reason, Recognition
from dancelift.synthetic import generate
from dancelift.taxonomy import standard_taxonomy

N_FRAMES, FPS = 90, 30.0
GENRES = {"salsa": 0.7, "cha-cha": 0.25, "waltz": 0.05}
MOVEMENT = "left upper arm raising"
"""Takes place from frame 30 to 60 and is the reason for the genre; nothing else of its part does."""


@lru_cache(maxsize=1)
def lifted() -> tuple[dancelift.LiftResult, np.ndarray]:
    """A lift and the (T, 17, 3) keypoints it was made from."""
    clip = generate(N_FRAMES, seed=1)
    keypoints2d = np.concatenate([clip.keypoints2d[..., :2], np.ones((N_FRAMES, 17, 1))], axis=2)
    return dancelift.lift(keypoints2d, n_seeds=1, fps=FPS, image_size=clip.image_size), keypoints2d


def recognised(**changes: Any) -> Recognition:
    """A recognition, with some of its fields changed."""
    lift, keypoints2d = lifted()
    taxonomy = standard_taxonomy()
    movements = np.zeros((N_FRAMES, len(taxonomy)), np.float32)
    movements[30:60, taxonomy.index(MOVEMENT)] = 0.9
    for index in taxonomy.of_part("hips"):
        movements[index % 40 :: 40, index] = 1
    starts = np.arange(0.0, 2.5, 0.5)
    recognition = Recognition(
        lift=lift,
        keypoints2d=keypoints2d,
        movements=movements,
        thresholds=np.full(len(taxonomy), 0.4, np.float32),
        taxonomy=taxonomy,
        genre_probabilities=GENRES,
        window_times=np.stack([starts, starts + 1], axis=1),
        window_probabilities=np.tile(list(GENRES.values()), (len(starts), 1)),
        reasons=(Reason(MOVEMENT, "left upper arm", 1.0, 2.0, 0.3, "The left arm goes up."),),
        name="take <1>",
    )
    return dataclasses.replace(recognition, **changes)


WITHOUT_GENRE: dict[str, Any] = {
    "genre_probabilities": {},
    "window_times": np.empty((0, 2)),
    "window_probabilities": np.empty((0, 0)),
    "reasons": (),
}
"""Changes to a recognition of which only the movements are known."""

"""A small taxonomy, and random labels of it."""

import numpy as np

from dancelift.movement_labels import MovementLabels
from dancelift.taxonomy import Condition, Movement, Part, Taxonomy


def _movement(name: str, part: str, quantity: str = "elbow flexion", side: str = "left") -> Movement:
    return Movement(name, part, f"You do this: {name}.", (Condition(quantity, side, 60.0, 50.0),), 0.2)


TAXONOMY = Taxonomy(
    (Part("head", ("nose",)), Part("left forearm", ("left_elbow", "left_wrist")), Part("hips", ("left_hip",))),
    (
        _movement("head raised", "head"),
        _movement("head turned left", "head"),
        _movement("left elbow bent", "left forearm"),
        _movement("left elbow straight", "left forearm"),
        _movement("left elbow bends", "left forearm"),
        _movement("hips shift", "hips"),
    ),
)


def random_labels(
    seed: int, n_frames: int = 200, fps: float = 30.0, taxonomy: Taxonomy = TAXONOMY, share: float = 0.1
) -> MovementLabels:
    """Labels whose state changes in a `share` of the frames; of some parts nothing is known."""
    random = np.random.default_rng(seed)
    shape = n_frames, len(taxonomy)
    changes = random.random(shape) < share
    states = random.integers(0, 3, shape)
    last = np.maximum.accumulate(np.where(changes, np.arange(n_frames)[:, None], 0), axis=0)
    states = np.take_along_axis(states, last, axis=0)
    for part in taxonomy.parts:
        if random.random() < 0.2:
            states[:, taxonomy.of_part(part.name)] = 2
    return MovementLabels(states == 1, states < 2, fps, taxonomy)


def none_active(n_frames: int = 30, fps: float = 30.0, taxonomy: Taxonomy = TAXONOMY) -> MovementLabels:
    """Labels of a dancer who does nothing, all of them known."""
    shape = n_frames, len(taxonomy)
    return MovementLabels(np.zeros(shape, bool), np.ones(shape, bool), fps, taxonomy)


def same(one: MovementLabels, other: MovementLabels) -> bool:
    """Whether two clips' labels are equal in every frame."""
    return bool(
        np.array_equal(one.active, other.active)
        and np.array_equal(one.known, other.known)
        and one.fps == other.fps
        and one.taxonomy == other.taxonomy
    )

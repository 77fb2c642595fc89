"""Movement labels of 3D motion by the taxonomy's definitions, without a person or a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Flags
from dancelift.body.motion import Motion
from dancelift.errors import InputError
from dancelift.movements.conditions import holds, margins
from dancelift.movements.kinematics import BodyMotion
from dancelift.movements.labels import MIN_FRAMES, MovementLabels
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy


def label_movements(motion: Motion, taxonomy: Taxonomy | None = None) -> MovementLabels:
    """Label every frame of a motion with the movements that take place, by their definitions.

    A condition begins to hold where its quantity passes the onset and ceases where it falls back to the release, so
    that it does not flicker; at the clip's start it holds if the quantity is past the middle between the two. A
    movement takes place where all of its conditions hold; interruptions and then movements shorter than its
    `min_duration` are passed over. Where a joint that it needs is missing, it is not known.

    Args:
        motion: of one dancer, true or lifted.
        taxonomy: None: the standard one.

    Raises:
        InputError: the motion has fewer than two frames.
    """
    taxonomy = taxonomy or standard_taxonomy()
    if len(motion.poses3d) < MIN_FRAMES:
        raise InputError(f"{motion.name}: {len(motion.poses3d)} frames, expected at least {MIN_FRAMES}")
    body = BodyMotion(motion.as_coco17(), motion.fps)
    margin = margins(body, taxonomy.conditions)
    met, known = holds(margin), np.isfinite(margin)
    rows = {condition: row for row, condition in enumerate(taxonomy.conditions)}
    active = np.empty((len(taxonomy), len(motion.poses3d)), np.bool_)
    judged = np.empty_like(active)
    for i, movement in enumerate(taxonomy.movements):
        of_movement = [rows[condition] for condition in movement.when]
        active[i] = met[of_movement].all(axis=0)
        judged[i] = known[of_movement].all(axis=0)
    shortest = np.array([movement.min_duration for movement in taxonomy.movements]) * motion.fps
    active = ~_without_short(~active, shortest)
    active = _without_short(active, shortest)
    return MovementLabels((active & judged).T.copy(), judged.T.copy(), motion.fps, taxonomy, motion.start)


def _without_short(active: Flags, shortest: NDArray[np.float64]) -> Flags:
    """Remove the runs of fewer frames than `shortest` (M,) from flags (M, T), except at either end of the clip."""
    n_rows, n_frames = active.shape
    padded = np.zeros((n_rows, n_frames + 2), np.int8)
    padded[:, 1:-1] = active
    edges = np.diff(padded, axis=1)
    row, start = np.nonzero(edges == 1)
    _, end = np.nonzero(edges == -1)
    short = (end - start < np.round(shortest[row])) & (start > 0) & (end < n_frames)
    change = np.zeros((n_rows, n_frames + 1), np.int8)
    change[row[short], start[short]] = 1
    change[row[short], end[short]] = -1
    kept: Flags = active & (np.cumsum(change, axis=1, dtype=np.int8)[:, :-1] == 0)
    return kept

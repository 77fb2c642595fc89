"""Movement labels of 3D motion by the taxonomy's definitions, without a person or a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import InputError
from dancelift.kinematics import BodyMotion, get_quantity
from dancelift.motion import Motion
from dancelift.movement_labels import Flags, MovementLabels
from dancelift.taxonomy import Taxonomy, standard_taxonomy

Floats = NDArray[np.float32]

_LEAST_FRAMES = 2  # from which speeds are told


def label_movements(motion: Motion, taxonomy: Taxonomy | None = None) -> MovementLabels:
    """Which movements take place in every frame of a motion.

    A condition begins to hold where its quantity passes the threshold and ceases where it falls back to the other,
    so that it does not flicker; at the clip's start it is told by the middle between them. A movement takes
    place where all of its conditions hold; interruptions and then movements shorter than its `lasting` are passed
    over. Where a joint that it needs is missing, it is not known.

    Args:
        motion: of one dancer, true or lifted.
        taxonomy: None: the standard one.

    Raises:
        InputError: the motion has fewer than two frames.
    """
    taxonomy = taxonomy or standard_taxonomy()
    if len(motion.poses3d) < _LEAST_FRAMES:
        raise InputError(f"{motion.name}: {len(motion.poses3d)} frames, expected at least {_LEAST_FRAMES}")
    body = BodyMotion(motion.as_coco17(), motion.fps)
    conditions = list(dict.fromkeys(condition for movement in taxonomy.movements for condition in movement.when))
    measured = {(c.quantity, c.side): np.empty(0) for c in conditions}
    for quantity, side in measured:
        measured[quantity, side] = get_quantity(quantity).measure(body, side)
    values = np.stack([measured[c.quantity, c.side] for c in conditions]).astype(np.float32)
    signs = np.array([1 if c.is_above else -1 for c in conditions], np.float32)
    beyond = np.array([c.beyond for c in conditions], np.float32) * signs
    until = np.array([c.until for c in conditions], np.float32) * signs
    holds = _schmitt_trigger(values * signs[:, None], beyond, until)
    known = np.isfinite(values)
    rows = {condition: row for row, condition in enumerate(conditions)}
    active = np.empty((len(taxonomy), len(motion.poses3d)), np.bool_)
    judged = np.empty_like(active)
    for i, movement in enumerate(taxonomy.movements):
        of_movement = [rows[condition] for condition in movement.when]
        active[i] = holds[of_movement].all(axis=0)
        judged[i] = known[of_movement].all(axis=0)
    shortest = np.array([movement.lasting for movement in taxonomy.movements]) * motion.fps
    active = ~_without_short(~active, shortest)
    active = _without_short(active, shortest)
    return MovementLabels((active & judged).T.copy(), judged.T.copy(), motion.fps, taxonomy)


def _schmitt_trigger(values: Floats, beyond: Floats, until: Floats) -> Flags:
    """(C, T): whether each row is above `beyond` (C,), or was and has not come down to `until` since."""
    rises, falls = values > beyond[:, None], values < until[:, None]
    last = np.where(rises | falls, np.arange(values.shape[1], dtype=np.int32), 0)
    np.maximum.accumulate(last, axis=1, out=last)
    first = values[np.arange(len(values)), np.isfinite(values).argmax(axis=1)]  # that is known
    rises[:, 0] = first > (beyond + until) / 2
    state: Flags = np.take_along_axis(rises, last, axis=1)
    return state


def _without_short(active: Flags, shortest: NDArray[np.float64]) -> Flags:
    """(M, T) without the runs of fewer frames than `shortest` (M,); those at either end may go on and stay."""
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

"""Who is who from frame to frame, where a detector says only who is in each frame.

Each frame's persons are matched with those seen within the last half second, at the least total distance between their
joints. Who is unseen for longer is known again by `fragments`, which knows of place, size and build.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.formats.keypoints.main_persons import body_size

LONGEST_GAP = 0.5  # s: who is unseen for longer is not matched from frame to frame any more
HORIZON = 0.2  # s: how far a person's motion across the picture is carried on
# Distances below are between the joints of two detections, on average, in body sizes.
DUPLICATE = 0.05  # two detections in one frame closer than this are of one person
REACH = 0.3  # the furthest that a person gets from one frame to the next ...
REACH_PER_SECOND = 0.7  # ... and how much further in each second unseen
GROWTH = 1.5  # the factor by which a person's joints come apart or together from one frame to the next at most ...
GROWTH_PER_SECOND = 1.0  # ... and how much more in each second unseen
FEWEST_JOINTS = 4  # seen of both, that tell how large one is beside the other
ABSENCE_COST = 0.6  # of finding nobody where a person should be
NEWCOMER_COST = 0.1  # of being just found: keeps a short-lived ghost from taking over the person beside it
UNSEEN_COST = 0.5  # of each second unseen: who was just seen is taken before who may be hidden
IMPOSSIBLE = 9.0


@dataclass
class _Person:
    """Somebody seen in an earlier frame."""

    id: int
    frame: int  # when last seen
    keypoints: Array  # (J, 3), as then
    velocity: Array  # (2,) pixels per frame
    times_seen: int = 1

    def expected(self, frames_later: float) -> Array:
        shift: Array = np.append(self.velocity * frames_later, 0.0)
        return self.keypoints + shift

    def see(self, frame: int, keypoints: Array) -> None:
        both = (self.keypoints[:, 2] > 0) & (keypoints[:, 2] > 0)
        moved = np.median(keypoints[both, :2] - self.keypoints[both, :2], axis=0)
        self.velocity = 0.7 * self.velocity + 0.3 * moved / (frame - self.frame)
        self.frame, self.keypoints = frame, keypoints
        self.times_seen += 1


def associate(frames: Indices, keypoints: Array, fps: float) -> list[int | None]:
    """Number the person of each of N detections: `frames` (N,), `keypoints` (N, J, 3) pixels and scores.

    None for a second detection of somebody in the same frame.
    """
    ids: list[int | None] = [None] * len(frames)
    persons: list[_Person] = []
    n_persons = 0
    order = np.argsort(frames, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(frames[order])) + 1):
        frame = int(frames[rows[0]])
        persons = [person for person in persons if frame - person.frame <= LONGEST_GAP * fps]
        expected = [person.expected(min(frame - person.frame, HORIZON * fps)) for person in persons]
        distances = _distances(np.reshape(expected, (-1, *keypoints.shape[1:])), keypoints[rows])
        well_known = [person.times_seen >= fps for person in persons]
        own = _without_duplicates(keypoints[rows], distances[well_known])
        growths = _growths(np.reshape(expected, (-1, *keypoints.shape[1:])), keypoints[rows[own]])
        for row, person in zip(rows[own], _match(persons, distances[:, own], growths, frame, fps), strict=True):
            if person is None:
                person = _Person(n_persons, frame, keypoints[row], np.zeros(2))
                persons.append(person)
                n_persons += 1
            else:
                person.see(frame, keypoints[row])
            ids[row] = person.id
    return ids


def _without_duplicates(found: Array, distances: Array) -> Indices:
    """Which of D detections are persons of their own, given `distances` (P, D) from those long known."""
    surest_first = np.argsort(-found[..., 2].sum(axis=1), kind="stable")
    alike = np.tril(_distances(found, found)[np.ix_(surest_first, surest_first)] < DUPLICATE, -1)
    crossing = (distances[:, surest_first] < 2 * DUPLICATE).sum(axis=0) > 1  # two persons are expected there
    own: Indices = surest_first[~alike.any(axis=1) | crossing]
    return own


def _match(
    persons: Sequence[_Person], distances: Array, growths: Array, frame: int, fps: float
) -> list[_Person | None]:  # fmt: skip
    """Which person each of D detections in `frame` is, or None for somebody new.

    `distances` and `growths` (P, D) are those of the detections from the persons expected.
    """
    if not persons:
        return [None] * distances.shape[1]
    unseen_for = np.array([frame - person.frame for person in persons]) / fps
    newness = np.array([max(0.0, 1 - person.times_seen / fps) for person in persons])
    within_reach = distances <= (REACH + REACH_PER_SECOND * unseen_for)[:, None]
    within_reach &= growths <= (GROWTH + GROWTH_PER_SECOND * unseen_for)[:, None]
    cost = np.where(within_reach, distances + (NEWCOMER_COST * newness + UNSEEN_COST * unseen_for)[:, None], IMPOSSIBLE)
    # Absence costs all persons alike: else whoever is long gone would be pushed into another's place.
    absence = np.where(np.eye(len(persons), dtype=bool), ABSENCE_COST, IMPOSSIBLE)
    columns = assign(np.hstack([cost, absence]))
    person_in = dict(zip(columns.tolist(), persons, strict=True))
    return [person_in.get(i) for i in range(distances.shape[1])]


def _distances(a: Array, b: Array) -> Array:
    """Mean distance (A, B) in body sizes between the joints of each of (A, J, 3) and each of (B, J, 3)."""
    weight = np.minimum(a[:, None, :, 2], b[None, :, :, 2])
    size = np.maximum(body_size(a)[:, None], body_size(b)[None])
    distance = np.linalg.norm(a[:, None, :, :2] - b[None, :, :, :2], axis=-1) / size[..., None]
    # Clipped, so that one joint gone astray does not hide that the others agree.
    mean = (weight * np.minimum(distance, 1)).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1e-9)
    return np.where(weight.any(axis=-1), mean, IMPOSSIBLE)


def _growths(a: Array, b: Array) -> Array:
    """Factor (A, B), at least 1, between the sizes of (A, J, 3) and (B, J, 3), by the joints that both have."""
    both = (a[:, None, :, 2] > 0) & (b[None, :, :, 2] > 0)
    number = np.maximum(both.sum(axis=-1), 1)[..., None]

    def spread(of: Array) -> Array:
        middle = np.where(both[..., None], of, 0).sum(axis=2) / number
        squares = ((of - middle[:, :, None]) ** 2).sum(axis=-1)
        total: Array = np.sqrt(np.where(both, squares, 0).sum(axis=-1))
        return np.maximum(total, 1.0)

    one, other = spread(a[:, None, :, :2]), spread(b[None, :, :, :2])
    enough = both.sum(axis=-1) >= FEWEST_JOINTS
    return np.where(enough, np.maximum(one / other, other / one), 1.0)


def assign(cost: Array) -> Indices:
    """Return the column of each row, no two alike, at the least total cost (n, m), n <= m.

    Rows are added one by one along the shortest augmenting path (Jonker & Volgenant, Computing 38, 1987).
    """
    n, m = cost.shape
    row_price, column_price = np.zeros(n), np.zeros(m)
    row_of = np.full(m, -1)
    column_of = np.full(n, -1)
    for new_row in range(n):
        length = np.full(m, np.inf)  # of the shortest path to each column
        came_from = np.full(m, -1)  # the row before it on that path
        settled = np.zeros(m, dtype=bool)
        row, so_far = new_row, 0.0
        while True:
            through = so_far + cost[row] - row_price[row] - column_price
            shorter = ~settled & (through < length)
            length[shorter], came_from[shorter] = through[shorter], row
            column = int(np.where(settled, np.inf, length).argmin())
            so_far = length[column]
            if row_of[column] < 0:
                break
            settled[column] = True
            row = row_of[column]
        row_price[new_row] += so_far
        row_price[row_of[settled]] += so_far - length[settled]
        column_price[settled] -= so_far - length[settled]
        while column >= 0:  # shift every row on the path by one; only new_row had no column before
            row = came_from[column]
            row_of[column] = row
            column, column_of[row] = column_of[row], column
    return column_of

"""From persons found frame by frame to one track a person, for every format that lists persons by frame.

Where the file has no tracker's ids, each frame's persons are matched with those seen within the last
second, at the least total distance between their joints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.errors import warn
from dancelift.formats.source import Source, by_total_score
from dancelift.keypoints import Track, clean, pick_joints

DEFAULT_FPS = 30.0  # where nobody says
LONGEST_GAP = 1.0  # s: a person unseen for longer comes back as another
HORIZON = 0.2  # s: how far a person's motion across the picture is carried on
# Distances below are between the joints of two detections, on average, in body sizes.
DUPLICATE = 0.05  # two detections in one frame closer than this are of one person
REACH = 0.3  # the furthest that a person gets from one frame to the next ...
REACH_PER_SECOND = 0.7  # ... and how much further in each second unseen
ABSENCE_COST = 0.6  # of finding nobody where a person should be
NEWCOMER_COST = 0.1  # of being just found: keeps a short-lived ghost from taking over the person beside it
IMPOSSIBLE = 9.0
MAX_SPARSITY = 100  # frame numbers per frame found, above which the numbers are no frame numbers


@dataclass(frozen=True, eq=False)
class Detection:
    """One person in one frame."""

    frame: int
    keypoints: Array  # (J, 3), as in the file
    person: int | None = None  # a tracker's id


def tracks_of(
    source: Source,
    detections: Sequence[Detection],
    frames: Iterable[int],
    counts: Sequence[int],
    *,
    every_frame_listed: bool,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """One track a person, all over the same frames, the longest and most surely seen person first.

    `frames` are those that the file speaks of, with or without anybody in them; where it lists every frame of
    the video (`every_frame_listed`), missing numbers are warned of. `counts` are the format's joint counts.
    """
    timeline = _timeline(source, set(frames), every_frame_listed)
    nobody = source.error(f"nobody in any of {len(timeline)} frames; expected at least one person")
    if not detections:
        raise nobody
    shape = detections[0].keypoints.shape
    for detection in detections:
        if detection.keypoints.shape != shape:
            raise source.error(
                f"frame {detection.frame}: {len(detection.keypoints)} joints; "
                f"expected {len(detections[0].keypoints)} as in frame {detections[0].frame}"
            )
    at = np.array([detection.frame for detection in detections])
    picked, skeleton = pick_joints(
        np.stack([detection.keypoints for detection in detections]), source.skeleton, counts, source.error
    )
    keypoints = clean(picked, at, source.error)
    seen = np.flatnonzero(keypoints[..., 2].any(axis=1))
    if not len(seen):
        raise nobody
    at, keypoints = at[seen], keypoints[seen]
    fps = source.fps or fps

    ids = [detections[i].person for i in seen.tolist()]
    # AlphaPose without a tracker gives everybody the same id.
    tracked = None not in ids and len(set(zip(at.tolist(), ids, strict=True))) == len(ids)
    if not tracked:
        ids = associate(at, keypoints, fps or DEFAULT_FPS)

    rows: dict[int, list[int]] = {}
    for row, person in enumerate(ids):
        if person is not None:
            rows.setdefault(person, []).append(row)
    tracks = []
    for person, own in rows.items():
        keypoints2d = np.zeros((len(timeline), *keypoints.shape[1:]))
        keypoints2d[at[own] - timeline[0]] = keypoints[own]
        tracks.append(
            Track(
                keypoints2d=keypoints2d,
                skeleton=skeleton,
                fps=fps,
                image_size=source.image_size or image_size,
                name=f"person {person}",
                source=str(source.path),
                frame_numbers=timeline,
            )
        )
    tracks = by_total_score(tracks)
    return tracks if tracked else [replace(track, name=f"person {i}") for i, track in enumerate(tracks)]


def tracker_id(value: Any) -> int | None:
    """A tracker's id, which some write as 3.0 or [3]; None where there is none, or -1."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return int(value) if isinstance(value, (int, float)) and value >= 0 and value % 1 == 0 else None


def _timeline(source: Source, frames: set[int], every_frame_listed: bool) -> Indices:
    """Every frame number from the first to the last."""
    if not frames:
        raise source.error("no frames; expected at least one")
    first, last = min(frames), max(frames)
    if last - first >= MAX_SPARSITY * len(frames) or max(-first, last) > np.iinfo(np.int64).max:
        raise source.error(f"{len(frames)} images numbered {first} to {last}; expected frames of one video")
    if every_frame_listed and (missing := sorted(set(range(first, last + 1)) - frames)):
        warn(f"{source.path}: no frame {_ranges(missing)} between frames {first} and {last}; taken as unseen")
    return np.arange(first, last + 1)


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers for a message, such as "3, 7-9"."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    text = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return ", ".join(text[:10]) + (f" and {len(text) - 10} more gaps" if len(text) > 10 else "")


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
        for row, person in zip(rows[own], _match(persons, distances[:, own], frame, fps), strict=True):
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


def _match(persons: Sequence[_Person], distances: Array, frame: int, fps: float) -> list[_Person | None]:
    """Which person each of D detections in `frame` is, or None for somebody new, from `distances` (P, D)."""
    if not persons:
        return [None] * distances.shape[1]
    unseen_for = np.array([frame - person.frame for person in persons]) / fps
    newness = np.array([max(0.0, 1 - person.times_seen / fps) for person in persons])
    within_reach = distances <= (REACH + REACH_PER_SECOND * unseen_for)[:, None]
    cost = np.where(within_reach, distances + NEWCOMER_COST * newness[:, None], IMPOSSIBLE)
    # Absence costs all persons alike: else whoever is long gone would be pushed into another's place.
    absence = np.where(np.eye(len(persons), dtype=bool), ABSENCE_COST, IMPOSSIBLE)
    columns = assign(np.hstack([cost, absence]))
    person_in = dict(zip(columns.tolist(), persons, strict=True))
    return [person_in.get(i) for i in range(distances.shape[1])]


def _distances(a: Array, b: Array) -> Array:
    """Mean distance (A, B) in body sizes between the joints of each of (A, J, 3) and each of (B, J, 3)."""
    weight = np.minimum(a[:, None, :, 2], b[None, :, :, 2])
    size = np.maximum(_size(a)[:, None], _size(b)[None])
    distance = np.linalg.norm(a[:, None, :, :2] - b[None, :, :, :2], axis=-1) / size[..., None]
    # Clipped, so that one joint gone astray does not hide that the others agree.
    mean = (weight * np.minimum(distance, 1)).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1e-9)
    return np.where(weight.any(axis=-1), mean, IMPOSSIBLE)


def _size(keypoints: Array) -> Array:
    """Diagonal in pixels of the box round the seen joints of each of (N, J, 3), at least 1."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(axis=1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(axis=1)
    diagonal: Array = np.linalg.norm(high - low, axis=-1)
    return np.maximum(diagonal, 1.0)


def assign(cost: Array) -> Indices:
    """Column of each row, no two alike, at the least total cost (n, m), n <= m.

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

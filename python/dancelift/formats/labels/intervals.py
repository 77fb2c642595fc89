"""Between movement labels, which are flags for every frame, and what people annotate, which are intervals of time.

Frame t of a clip lasts from t / fps to (t + 1) / fps seconds; it belongs to an interval where its middle lies in it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Flags
from dancelift.errors import InputError
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy

MOST_FRAMES = 250_000
"""Of a clip that is annotated: more than an hour of 60 frames a second."""


@dataclass(frozen=True)
class Interval:
    """A time in which a movement takes place, or cannot be judged.

    Attributes:
        start: first frame.
        end: frame after the last one.
        movement: index in the taxonomy.
        active: it takes place; False: it cannot be judged.
    """

    start: int
    end: int
    movement: int
    active: bool


def annotated_parts(labels: MovementLabels) -> list[str]:
    """Return the names of the parts of which something is known, in the taxonomy's order."""
    taxonomy = labels.taxonomy
    return [part.name for part in taxonomy.parts if labels.known[:, taxonomy.of_part(part.name)].any()]


def intervals_within(labels: MovementLabels, part: str, frames: Flags) -> list[Interval]:
    """Return the intervals of a part's movements in some frames (T,), by time; each is as long as it can be."""
    found = [
        Interval(start, end, movement, bool(labels.active[start, movement]))
        for movement in labels.taxonomy.of_part(part)
        for start, end in constant_runs(
            np.stack([labels.active[:, movement], labels.known[:, movement], frames], axis=1)
        )
        if frames[start] and (labels.active[start, movement] or not labels.known[start, movement])
    ]
    return sorted(found, key=lambda interval: (interval.start, interval.movement))


def labels_of(
    intervals: Iterable[Interval],
    parts: Collection[str],
    taxonomy: Taxonomy,
    n_frames: int,
    fps: float,
    begin: float = 0.0,
) -> MovementLabels:
    """Return the labels of a clip, of which only some parts were annotated.

    Intervals may overlap: they are united, and where one says that a movement takes place and another that it cannot
    be judged, it takes place. What no interval of an annotated part covers does not take place.
    """
    shape = n_frames, len(taxonomy)
    active, doubtful, known = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    for part in parts:
        known[:, taxonomy.of_part(part)] = True
    for interval in intervals:
        flags = active if interval.active else doubtful
        flags[interval.start : interval.end, interval.movement] = True
    return MovementLabels(active, known & (active | ~doubtful), fps, taxonomy, begin)


def frames_between(start: float, end: float, n_frames: int, fps: float, begin: float = 0.0) -> tuple[int, int]:
    """Return the first frame, and the one after the last, of the time from `start` to `end`, in s.

    An interval has at least one frame, however short it is. It may end up to a frame after the clip.

    Raises:
        InputError: the times are in the wrong order, or outside the clip.
    """
    start, end = start - begin, end - begin
    if not (math.isfinite(start) and math.isfinite(end) and -0.5 / fps <= start < end):
        raise InputError(f"from {start:g} to {end:g} s, expected an end after the start, and neither below 0")
    if end * fps > n_frames + 1 or start * fps >= n_frames:
        raise InputError(
            f"from {start:g} to {end:g} s, expected within the clip, which lasts {n_frames / fps:g} s "
            f"({n_frames} frames of {fps:g} a second)"
        )
    first = max(0, min(round(start * fps), n_frames - 1))
    return first, min(max(round(end * fps), first + 1), n_frames)


def constant_runs(rows: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Return where (T, N) rows stay the same: first row and the one after the last of every stretch."""
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    bounds = [0, *changes.tolist(), len(rows)]
    return ((start, end) for start, end in zip(bounds[:-1], bounds[1:], strict=True) if start < end)

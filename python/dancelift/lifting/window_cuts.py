"""Where a long clip is cut into windows and sampled, and what is left out because nobody is seen for long."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.filters import runs

LEAST_FRAMES_SEEN = 8
"""Frames with a person in it, without which a window cannot be lifted by itself."""

SAMPLE = 200
"""Frames of a sample."""

_SAMPLES = (3, 6)  # from which what the frames share is found: least and most, one for so many frames
_FRAMES_OF_SAMPLE = 800


def choose_samples(person: Flags) -> list[int]:
    """First frames of samples spread over the clip, where someone is seen: in half of the frames, or else most often.

    Args:
        person: (T,) whether someone is seen.
    """
    starts = np.arange(0, len(person) - SAMPLE + 1, SAMPLE)
    seen = np.array([person[start : start + SAMPLE].sum() for start in starts], int)
    most = seen.max(initial=0)
    if most < LEAST_FRAMES_SEEN:
        return []
    good = starts[(seen > min(SAMPLE, most) / 2) & (seen >= LEAST_FRAMES_SEEN)]
    n_samples = int(np.clip(len(person) // _FRAMES_OF_SAMPLE, *_SAMPLES))
    return [int(good[i]) for i in np.unique(np.linspace(0, len(good) - 1, n_samples).round().astype(int))]


def cut_windows(person: Flags, n_frames: int, margin: int, reach: int) -> list[tuple[int, int]]:
    """Windows of about so many frames; longer ones where someone is seldom seen, none where nobody is for long.

    Args:
        person: (T,) whether someone is seen.
        n_frames: of a window.
        margin: frames without anybody that are solved before and after someone is seen.
        reach: least frames of a window.
    """
    n_frames = max(n_frames, reach)
    windows: list[tuple[int, int]] = []
    for start, stop in _parts(person, n_frames, margin):
        own = person[start:stop]
        edges = [0]
        for edge in np.linspace(0, len(own), math.ceil(len(own) / n_frames) + 1).round().astype(int)[1:]:
            if own[edges[-1] : edge].sum() >= LEAST_FRAMES_SEEN:
                edges.append(int(edge))
        edges[1:] = [*edges[1:-1], len(own)]
        windows += [(start + a, start + b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return windows


def _parts(person: Flags, n_frames: int, margin: int) -> list[tuple[int, int]]:
    """What is left of a clip without the times of more than `n_frames` frames, beyond the margins, with nobody."""
    bounds = [0]
    for start, stop in runs(~person):
        first = start + (margin if start else 0)
        after = stop - (margin if stop < len(person) else 0)
        if after - first > n_frames:
            bounds += [first, after]
    bounds.append(len(person))
    parts = zip(bounds[::2], bounds[1::2], strict=True)
    return [(start, stop) for start, stop in parts if person[start:stop].sum() >= LEAST_FRAMES_SEEN]


def between(windows: Sequence[tuple[int, int]], n_frames: int) -> list[tuple[int, int]]:
    """Frames of a clip that no window has: first and the one after the last of each stretch."""
    bounds = [0, *(edge for window in windows for edge in window), n_frames]
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]


def bridge(values: Array, left_out: Sequence[tuple[int, int]]) -> None:
    """Fill what is left out of values (T, ...), in place: from what is before evenly to what is after, if both are."""
    for start, stop in left_out:
        before, after = max(start - 1, 0), min(stop, len(values) - 1)
        ends = [values[at] for at in (before, after) if not start <= at < stop]
        share = np.arange(1, stop - start + 1).reshape(-1, *[1] * (values.ndim - 1)) / (stop - start + 1)
        values[start:stop] = ends[0] + share * (ends[-1] - ends[0])

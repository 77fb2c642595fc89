"""Stretches of a sequence that come back, by its similarity to itself: all times of each, none a part of another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from dancelift.arraytypes import Flags, Floats
from dancelift.choreography.local_alignment import Path, best_path, best_paths
from dancelift.filters import gaussian_smooth, runs

MIN_SCORE = 0.25
"""Mean similarity on stretches that run alike; 1 is that of equal moments."""

_COVERS = 0.75  # share of a stretch that another one must run alike with, to be a time of it
_ROUNDING = 0.08  # of that share, that is let go for the ends of a stretch


def repeats(similarity: Floats, n_least: int, break_width: float) -> list[list[tuple[int, int]]]:
    """Find the stretches of a sequence that come back.

    Args:
        similarity: (N, N) of every moment to every other one, above 0 where they are alike.
        n_least: moments of a stretch.
        break_width: standard deviation, in moments, of the filter of the similarity along a stretch, which ends where
            that is 0.

    Returns:
        Of each stretch all times, two or more, as the first moment and the one after the last, in the order of time.
    """
    return _disjoint(list(_families(similarity, n_least, break_width)), n_least)


def _families(similarity: Floats, n_least: int, break_width: float) -> Iterator[list[tuple[int, int]]]:
    """First moment and the one after the last of each time of each phrase, in the order of time."""
    n = len(similarity)
    lag = np.arange(n) - np.arange(n)[:, None]
    paths = _alike(np.where(lag >= n_least, similarity, -np.inf), n_least, n_least // 2, break_width)
    while paths:
        best = max(paths, key=lambda path: path.score)
        spans = _periods(best)
        for path in paths:
            spans += [image for image in _images(path, spans[0]) if not any(_overlap(image, span) for span in spans)]
        spans = [spans[0], *(span for span in spans[1:] if _is_alike(similarity, spans[0], span))]
        if len(spans) > 1:
            yield sorted(spans)
        covered = np.zeros(n, np.bool_)
        for start, end in spans:
            covered[start:end] = True
        paths = [piece for path in paths for piece in _outside(path, covered, similarity) if _is_long(piece, n_least)]


def _disjoint(families: list[list[tuple[int, int]]], n_least: int) -> list[list[tuple[int, int]]]:
    """Take out of each phrase those that take place more often and are a part of it every time."""
    found: list[list[tuple[int, int]]] = []
    for spans in sorted(families, key=lambda spans: -len(spans)):
        rest = spans
        for other in found:
            if len(other) > len(spans) and all(any(_overlap(span, part) for part in other) for span in rest):
                rest = [_without(span, other) for span in rest]
        if all(end - start >= n_least for start, end in rest):
            found.append(rest)
    return found


def _without(span: tuple[int, int], others: list[tuple[int, int]]) -> tuple[int, int]:
    """The longest piece of a span that is in none of the others."""
    free = np.zeros(span[1], np.bool_)
    free[span[0] :] = True
    for start, end in others:
        free[start:end] = False
    return max(runs(free), key=lambda piece: piece[1] - piece[0], default=(0, 0))


def _alike(similarity: Floats, n_least: int, aside: int, break_width: float) -> list[Path]:
    """Stretches that run alike for long enough."""
    strong = itertools.takewhile(lambda path: path.score >= MIN_SCORE * n_least, best_paths(similarity, aside))
    return [piece for path in strong for piece in _unbroken(path, similarity, break_width) if _is_long(piece, n_least)]


def _unbroken(path: Path, similarity: Floats, break_width: float) -> Iterator[Path]:
    """The pieces of a path on which it never runs through what is not alike for long."""
    along = similarity[path.rows, path.columns]
    yield from _pieces(path, gaussian_smooth(along.astype(float), break_width) > 0, similarity)


def _is_long(path: Path, n_least: int) -> bool:
    length = min(np.ptp(path.rows), np.ptp(path.columns)) + 1
    return bool(length >= n_least and path.score >= MIN_SCORE * len(path.rows))


def _periods(path: Path) -> list[tuple[int, int]]:
    """The two stretches of a path, or all periods of one that goes on where it repeats."""
    bounds = [int(path.rows[0])]
    while bounds[-1] <= path.rows[-1]:
        bounds.append(int(np.interp(bounds[-1], path.rows, path.columns)))
    if len(bounds) > 2:
        return list(itertools.pairwise(bounds))
    return [(int(each[0]), int(each[-1]) + 1) for each in (path.rows, path.columns)]


def _images(path: Path, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Where a path, which may be read either way, has what is in a span."""
    start, end = span
    for here, there in ((path.rows, path.columns), (path.columns, path.rows)):
        inside = (here >= start) & (here < end)
        if inside.any() and np.ptp(here[inside]) + 1 >= _COVERS * (end - start):
            first = there[inside][0] - (here[inside][0] - start)
            after = there[inside][-1] + (end - here[inside][-1])
            yield max(int(first), 0), int(after)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    common = min(one[1], other[1]) - max(one[0], other[0])
    return common > (1 - _COVERS) * min(one[1] - one[0], other[1] - other[0])


def _outside(path: Path, covered: Flags, similarity: Floats) -> Iterator[Path]:
    """The pieces of a path that are not within one phrase on both sides."""
    yield from _pieces(path, ~(covered[path.rows] & covered[path.columns]), similarity)


def _pieces(path: Path, kept: Flags, similarity: Floats) -> Iterator[Path]:
    for first, after in runs(kept):
        rows, columns = path.rows[first:after], path.columns[first:after]
        yield Path(rows, columns, float(similarity[rows, columns].sum()))


def _is_alike(similarity: Floats, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two spans run alike for nearly all of their length."""
    path = best_path(similarity[one[0] : one[1], other[0] : other[1]])
    if path is None:
        return False
    runs = min(np.ptp(path.rows) / (one[1] - one[0]), np.ptp(path.columns) / (other[1] - other[0]))
    return bool(runs >= _COVERS - _ROUNDING and path.score >= MIN_SCORE * len(path.rows))

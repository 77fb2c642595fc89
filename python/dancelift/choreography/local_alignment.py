"""Where two sequences run alike, at whatever pace between half and twice: local alignment by dynamic programming.

The score of a path through the matrix of similarities grows where they are positive and falls where they are negative;
a path begins and ends where that makes it best, so that each sequence may start later or end earlier than the other
one (Smith & Waterman 1981, Identification of common molecular subsequences, Journal of Molecular Biology 147). Steps go
forward in both sequences, as in Mueller 2021, Fundamentals of Music Processing, secs. 3.2.2 and 7.3: a path neither
turns back nor stands still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Floats, Indices

_STEPS = ((1, 1), (1, 2), (2, 1))


@dataclass(frozen=True, eq=False)
class Path:
    """A stretch in which two sequences run alike.

    Attributes:
        rows, columns: (L,) indices in the first and in the second sequence, each growing.
        score: sum of the similarities on it.
    """

    rows: Indices
    columns: Indices
    score: float


def best_path(similarity: Floats) -> Path | None:
    """Return the path of the highest score through similarities (N, M); None where none is positive."""
    return next(best_paths(similarity), None)


def best_paths(similarity: Floats, aside: int = 0) -> Iterator[Path]:
    """Yield paths through similarities (N, M), the highest score first, of which none meets another.

    Args:
        similarity: above 0 where two moments are alike, below where they are not; -inf where no path may go.
        aside: cells beside a path that no later path may enter.
    """
    similarity = similarity.copy()
    scores = np.zeros((similarity.shape[0] + 2, similarity.shape[1] + 2), np.float32)
    _score(scores, similarity, 0, len(similarity))
    highest = scores[2:].max(axis=1)
    while True:
        row = int(highest.argmax())
        score = float(highest[row])
        if score <= 0:
            return
        rows, columns = _trace(scores, row, int(scores[row + 2, 2:].argmax()))
        yield Path(rows, columns, score)
        for r, c in zip(rows, columns, strict=True):
            similarity[r, max(0, c - aside) : c + aside + 1] = -np.inf
            similarity[max(0, r - aside) : r + aside + 1, c] = -np.inf
        first = max(0, int(rows[0]) - aside)
        after = _score(scores, similarity, first, min(int(rows[-1]) + aside + 1, len(similarity)))
        highest[first:after] = scores[first + 2 : after + 2].max(axis=1)


def _score(scores: Floats, similarity: Floats, first: int, after: int) -> int:
    """Write the score of the best path that ends at each cell, for rows whose similarities have changed.

    Args:
        scores: (N + 2, M + 2), with two rows and columns of 0 before.
        similarity: (N, M).
        first, after: the first row that has changed, and the one after the last.

    Returns:
        The row before which scores have changed: what comes later is as it was.
    """
    n_same = 0
    for i in range(first, len(similarity)):
        before = np.maximum(scores[i + 1, 1:-1], np.maximum(scores[i + 1, :-2], scores[i, 1:-1]))
        row = np.maximum(before + similarity[i], 0)
        n_same = n_same + 1 if i >= after and np.array_equal(row, scores[i + 2, 2:]) else 0
        scores[i + 2, 2:] = row
        if n_same == 2:  # no step reaches further back
            return i + 1
    return len(similarity)


def _trace(scores: Floats, row: int, column: int) -> tuple[Indices, Indices]:
    """Rows and columns of the path that ends at a cell."""
    path = [(row, column)]
    while True:
        score, row, column = max(
            (float(scores[row + 2 - down, column + 2 - right]), row - down, column - right) for down, right in _STEPS
        )
        if score <= 0:
            break
        path.append((row, column))
    rows, columns = np.array(path[::-1], np.intp).T
    return rows, columns


def distances(a: Array, b: Array, largest: float) -> Floats:
    """Root mean square distance between points at each moment of one sequence and at each of another, (N, M).

    Args:
        a: (N, P, 3).
        b: (M, P, 3).
        largest: to which the distance of each point is cut, so that one that is astray does not decide.
    """
    total = np.zeros((len(a), len(b)), np.float32)
    for p in range(a.shape[1]):
        one, other = a[:, p].astype(np.float32), b[:, p].astype(np.float32)
        squared = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
        total += np.clip(squared, 0, largest**2)
    found: Floats = np.sqrt(total / a.shape[1])
    return found

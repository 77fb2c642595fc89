"""F scores of classifications, by counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def f_score(
    true_positives: NDArray[np.int64], false_positives: NDArray[np.int64], false_negatives: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return F = 2 TP / (2 TP + FP + FN) of counts of any shape; 0 where there is nothing to find and nothing found."""
    twice = 2 * true_positives
    score: NDArray[np.float64] = twice / np.maximum(twice + false_positives + false_negatives, 1)
    return score


def macro_f(counts: NDArray[np.int64]) -> float:
    """Return the mean of F = 2 TP / (2 TP + FP + FN) over G classes.

    Args:
        counts: (G, G), by the true class and the predicted one; a class that is in neither does not count.
    """
    total = counts.sum(axis=0) + counts.sum(axis=1)
    known = total > 0
    return float(np.mean(2 * counts.diagonal()[known] / total[known]))

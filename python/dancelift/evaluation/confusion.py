"""Confusions: how many of each kind were said to be of which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def macro_f(counts: NDArray[np.int64]) -> float:
    """Mean over G kinds of F = 2 TP / (2 TP + FP + FN).

    Args:
        counts: (G, G), by what they are and what they were said to be; a kind that there is none of and that was never
            said does not count.
    """
    total = counts.sum(axis=0) + counts.sum(axis=1)
    known = total > 0
    return float(np.mean(2 * counts.diagonal()[known] / total[known]))

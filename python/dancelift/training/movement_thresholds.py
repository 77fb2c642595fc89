"""The probability from which a movement counts as taking place, and the F score of that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Floats
from dancelift.f_score import f_score
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.movement_data import UNKNOWN

_N_BINS = 100  # of the probabilities, so that thresholds are found to 0.01
_MIN_POSITIVES = 30  # frames; with fewer, the F of a threshold is mostly chance
_DEFAULT_THRESHOLD = 0.5


class ProbabilityHistogram:
    """Accumulates, by predicted probability, in how many frames each of M movements does and does not take place."""

    def __init__(self, n_movements: int) -> None:
        self._counts = np.zeros((2, n_movements, _N_BINS), np.int64)

    def add(self, probabilities: Floats, targets: NDArray[np.int8]) -> None:
        """Count frames: (T, M) probabilities and targets, 1, 0 or UNKNOWN."""
        n_movements = probabilities.shape[1]
        bins = np.minimum((probabilities * _N_BINS).astype(np.int64), _N_BINS - 1)
        index = (targets.astype(np.int64) * n_movements + np.arange(n_movements)) * _N_BINS + bins
        found = np.bincount(index[targets != UNKNOWN], minlength=self._counts.size)
        self._counts += found.reshape(self._counts.shape)

    def best_threshold(self) -> float:
        """The probability that makes micro F greatest; 0.5 where next to nothing has been counted.

        One for all movements: a threshold for each, found on few clips, was worse on others.
        """
        if self._counts[1].sum() < _MIN_POSITIVES:
            return _DEFAULT_THRESHOLD
        scores = f_score(*(counts.sum(axis=0) for counts in self._outcomes()))
        return float(scores[1:].argmax() + 1) / _N_BINS  # not the first, by which every frame would be positive

    def f_scores(self, thresholds: Floats, taxonomy: Taxonomy) -> dict[str, float]:
        """Micro F of all movements, "F", and of those of each part, "F left foot", by (M,) thresholds."""
        at = np.rint(thresholds * _N_BINS).astype(int)
        outcomes = [counts[np.arange(len(at)), at] for counts in self._outcomes()]
        found = {"F": float(f_score(*(counts.sum() for counts in outcomes)))}
        for part in taxonomy.parts:
            movements = list(taxonomy.of_part(part.name))
            found[f"F {part.name}"] = float(f_score(*(counts[movements].sum() for counts in outcomes)))
        return found

    def _outcomes(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """True positives, false positives and false negatives (M, N_BINS) of thresholds at the bins' lower edges."""
        above = np.flip(np.cumsum(np.flip(self._counts, axis=2), axis=2), axis=2)
        return above[1], above[0], self._counts[1].sum(axis=1, keepdims=True) - above[1]

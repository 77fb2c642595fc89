"""From which probability on a movement counts as taking place, and how often that is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Floats
from dancelift.f_score import f_score
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.movement_data import UNKNOWN

_N_BINS = 100
_LEAST_POSITIVES = 30  # frames, fewer of which do not tell where a threshold should lie
_USUAL_THRESHOLD = 0.5


class Tally:
    """Counts, by probability, of the frames in which each of M movements does and does not take place."""

    def __init__(self, n_movements: int) -> None:
        self._counts = np.zeros((2, n_movements, _N_BINS), np.int64)

    def add(self, probabilities: Floats, targets: NDArray[np.int8]) -> None:
        """Count frames: (T, M) probabilities and targets, 1, 0 or UNKNOWN."""
        n_movements = probabilities.shape[1]
        bins = np.minimum((probabilities * _N_BINS).astype(np.int64), _N_BINS - 1)
        place = (targets.astype(np.int64) * n_movements + np.arange(n_movements)) * _N_BINS + bins
        found = np.bincount(place[targets != UNKNOWN], minlength=self._counts.size)
        self._counts += found.reshape(self._counts.shape)

    def best_threshold(self) -> float:
        """The probability that makes micro F greatest; 0.5 where next to nothing has been counted.

        One for all movements: their own ones, told by few clips, were worse on others.
        """
        if self._counts[1].sum() < _LEAST_POSITIVES:
            return _USUAL_THRESHOLD
        scores = f_score(*(counts.sum(axis=0) for counts in self._outcomes()))
        return float(scores[1:].argmax() + 1) / _N_BINS  # not the first, by which every frame would count

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
        """(M, N_BINS) true positives, false positives and false negatives from each bin's lower edge on."""
        above = np.flip(np.cumsum(np.flip(self._counts, axis=2), axis=2), axis=2)
        return above[1], above[0], self._counts[1].sum(axis=1, keepdims=True) - above[1]

"""How far a dance is from all dances that a genre model knows.

Windows of a dance are told apart by statistics of their channels. In the subspace in which known dances vary most the
distance is Mahalanobis' to the nearest genre's mean, with one covariance for all (Lee et al. 2018, A Simple Unified
Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks); outside it, where known dances hardly are,
it is the squared length of what the subspace leaves over (Wang et al. 2022, ViM: Out-Of-Distribution with Virtual-logit
Matching). Each is relative to what it is for known dances, so that they can be added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Floats

N_STATISTICS = 3
"""Of each channel: see `window_statistics`."""

_CHANGE = 5.0  # by which the change of a channel from frame to frame is multiplied, to be of the order of its deviation


@dataclass(frozen=True, eq=False)
class Novelty:
    """What known dances of G genres are like, by S statistics of their windows and D principal components of these.

    Attributes:
        mean: (S,) of the statistics.
        scale: (S,) by which they are divided.
        components: (D, S), orthonormal.
        genre_means: (G, D), of each genre.
        precision: (D, D), inverse of the covariance within genres.
        typical: (2,) median distance of known windows within the subspace and outside it.
        threshold: mean distance of the windows of a clip from which it is none of the known dances.
    """

    mean: Array
    scale: Array
    components: Array
    genre_means: Array
    precision: Array
    typical: Array
    threshold: float

    def distances(self, statistics: Array) -> Array:
        """Distances (W, 2) of windows within the subspace and outside it, by their statistics (W, S).

        Each is about 1 for windows of known dances.
        """
        centred = (statistics - self.mean) / self.scale
        within = centred @ self.components.T
        apart = within[:, None] - self.genre_means
        nearest = np.einsum("wgi,ij,wgj->wg", apart, self.precision, apart).min(axis=1)
        outside = ((centred - within @ self.components) ** 2).sum(axis=1)
        return np.column_stack([nearest, outside]) / self.typical

    def distance(self, windows: Iterable[Floats]) -> float:
        """Mean distance of the windows of a clip, (S, F) channels each; about 2 for known dances."""
        return float(self.distances(window_statistics(windows)).sum(axis=1).mean())


def window_statistics(windows: Iterable[Floats]) -> Array:
    """Statistics (W, 3 F) of windows of F channels: mean, standard deviation and mean change of each."""
    found = [
        np.concatenate([frames.mean(axis=0), frames.std(axis=0), _CHANGE * _mean_change(frames)]) for frames in windows
    ]
    return np.array(found, float)


def _mean_change(frames: Floats) -> Floats:
    change: Floats = np.abs(np.diff(frames, axis=0, prepend=frames[:1])).sum(axis=0) / max(len(frames) - 1, 1)
    return change

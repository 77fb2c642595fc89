"""Learning of what known dances are like, and of how far from them a dance may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dancelift.arraytypes import Array, Floats
from dancelift.genres.features import cut_windows
from dancelift.genres.novelty import Novelty, window_statistics
from dancelift.training.genre_data import GenreClip, stratified_folds

_COMPONENTS, _EXPLAINED = 20, 0.8  # at most so many, and so much of the variance: the rest is what is left over
_MIN_STD = 0.05  # of a statistic, added to each: what never varies in the training clips may vary a little
_KNOWN, _UNKNOWN = 97.5, 5.0  # percentiles of the distances of known clips, and of unknown ones, that bound it
_RIDGE = 1e-3  # of the mean variance, added to each: few windows may not vary in every direction
_MIN_TYPICAL = 1e-6
_TYPICAL = 2.0  # distance of a known dance, where no clip can be held out
_MARGIN = 1.5  # by which the threshold is above the farthest known clips, at most


def fit_novelty(
    clips: Sequence[GenreClip], genres: Sequence[str], window: float, unknown: Sequence[Floats] = (), n_folds: int = 7
) -> tuple[Novelty, dict[str, float]]:
    """Learn what the dances of clips are like.

    Dancers to come are farther from the known clips than held-out clips of the same dancers are. So the threshold is
    where it names 5 % of the unknown motion; but not below the known clips, each by what was learnt from others
    (cross-validation, 2.5 % beyond it), nor far above them.

    Args:
        clips: to learn from.
        genres: names, in their order.
        window: s, of the windows that a clip is cut into.
        unknown: (S, F) channels of dances and other motion of none of the genres, to set the threshold by.
        n_folds: of the cross-validation.

    Returns:
        What was learnt, and figures of it by name.
    """
    held_out = []
    for names in stratified_folds(clips, n_folds):
        learnt = _learn([clip for clip in clips if clip.name not in names], genres, window)
        held_out += [learnt.distance(cut_windows(clip.copies[0], window)) for clip in clips if clip.name in names]
    learnt = _learn(clips, genres, window)
    farthest = float(np.percentile(held_out, _KNOWN)) if held_out else _TYPICAL
    if not unknown:
        return replace(learnt, threshold=_MARGIN * farthest), {}
    others = [learnt.distance(cut_windows(frames, window)) for frames in unknown]
    threshold = float(np.clip(np.percentile(others, _UNKNOWN), farthest, _MARGIN * farthest))
    figures = {"unknown named": float(np.mean(np.array(others) <= threshold))}
    if held_out:
        figures["known lost"] = float(np.mean(np.array(held_out) > threshold))
    return replace(learnt, threshold=threshold), figures


def _learn(clips: Sequence[GenreClip], genres: Sequence[str], window: float) -> Novelty:
    """What the dances of clips are like; the threshold is yet to be set."""
    of_clips = [
        np.concatenate([window_statistics(cut_windows(copy, window)) for copy in clip.copies]) for clip in clips
    ]
    statistics = np.concatenate(of_clips)
    labels = np.repeat([genres.index(clip.genre) for clip in clips], [len(rows) for rows in of_clips])
    mean, scale = statistics.mean(axis=0), statistics.std(axis=0) + _MIN_STD
    centred = (statistics - mean) / scale
    _, deviations, components = np.linalg.svd(centred, full_matrices=False)
    explained = np.cumsum(deviations**2) / np.sum(deviations**2)
    components = components[: min(_COMPONENTS, 1 + int(np.searchsorted(explained, _EXPLAINED)))]
    within = centred @ components.T
    genre_means = np.array([within[labels == genre].mean(axis=0) for genre in range(len(genres))])
    apart: Array = within - genre_means[labels]
    covariance = apart.T @ apart / len(apart)
    ridge = _RIDGE * float(np.trace(covariance)) / len(covariance)
    precision = np.asarray(np.linalg.inv(covariance + ridge * np.eye(len(covariance))), float)
    learnt = Novelty(mean, scale, components, genre_means, precision, np.ones(2), math.inf)
    return replace(learnt, typical=np.maximum(np.median(learnt.distances(statistics), axis=0), _MIN_TYPICAL))

"""How well genres are predicted from a detector's keypoints, by the inputs of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import InputError
from dancelift.evaluation.baselines import SkeletonGraphNetwork, StatisticsRegression
from dancelift.f_score import macro_f
from dancelift.genres.features import Dance, channels
from dancelift.genres.model import GenreEnsemble, clip_log_probabilities, window_logits
from dancelift.training.genre_data import GenreClip
from dancelift.training.genre_fit import Device, GenreOptions, NetworkFactory, fit_ensemble, lstm

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """A line of the table: a network and its inputs.

    Attributes:
        name: as the paper has it.
        inputs: of `dancelift.genres.features.INPUTS`.
        movements_from: "3d": of the lifted motion, by definition or as a network predicts; "2d": those that a network
            predicts from keypoints.
        network: its factory; None: that of the LSTM.
        published: F that the paper reports, on other data; None: it does not.
    """

    name: str
    inputs: tuple[str, ...]
    movements_from: str = "3d"
    network: NetworkFactory | None = None
    published: float | None = None


ROWS = (
    Row("2D pose", ("pose2d",), published=0.44),
    Row("3D pose", ("pose3d",), published=0.47),
    Row("movements from 2D", ("movements",), movements_from="2d", published=0.50),
    Row("movements from 3D", ("movements",), published=0.55),
    Row("2D pose + movements", ("pose2d", "movements"), published=0.73),
    Row("3D pose + movements", ("pose3d", "movements"), published=0.86),
)
"""The ablation of Hu & Ahuja (2021)."""

BASELINES = (
    Row("logistic regression, movements from 3D", ("movements",), network=StatisticsRegression),
    Row("ST-GCN, 3D pose", ("pose3d",), network=SkeletonGraphNetwork),
)


@dataclass(frozen=True, eq=False)
class SeenDance:
    """One view of a clip.

    Attributes:
        name: of the clip.
        view: of the camera.
        genre: of the dance.
        copies: as it was seen, then augmented ones for training, by where the movements are from, see Row.
    """

    name: str
    view: str
    genre: str
    copies: Mapping[str, Sequence[Dance]]

    def channels(self, row: Row) -> tuple[NDArray[np.float32], ...]:
        """Compute the channels (S, F) of each copy, for a row's network."""
        return tuple(channels(dance, row.inputs) for dance in self.copies[row.movements_from])


@dataclass(frozen=True, eq=False)
class PredictedDance:
    """Predicted probabilities of the genres of one view of a clip.

    Attributes:
        name: of the clip.
        view: of the camera.
        genre: the true one.
        clip: (G,) probabilities.
        windows: (W, G) probabilities.
    """

    name: str
    view: str
    genre: str
    clip: NDArray[np.float64]
    windows: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GenreScores:
    """How well a row's networks predict genres.

    Attributes:
        row: what was trained.
        genres: (G,) that were distinguished.
        repeats: predictions of all dances, of each repeat of the training.
    """

    row: Row
    genres: Sequence[str]
    repeats: Sequence[Sequence[PredictedDance]]

    def among(self, genres: Sequence[str]) -> GenreScores:
        """Scores on the dances of some of the genres, if it is known that each is one of these.

        The others' probabilities are left out, and those that are left made to sum to 1.
        """
        kept = [self.genres.index(genre) for genre in genres]
        repeats = [
            [
                replace(dance, clip=_summing_to_1(dance.clip[kept]), windows=_summing_to_1(dance.windows[:, kept]))
                for dance in repeat
                if dance.genre in genres
            ]
            for repeat in self.repeats
        ]
        return GenreScores(self.row, genres, repeats)

    def confusion(self, repeat: int, by_window: bool) -> Counts:
        """Confusion matrix (G, G): views, or windows of them, by true and predicted genre."""
        return confusion(self.repeats[repeat], self.genres, by_window)

    def f(self, by_window: bool) -> tuple[float, float]:
        """Mean and standard deviation of macro F over the repeats."""
        found = [macro_f(self.confusion(repeat, by_window)) for repeat in range(len(self.repeats))]
        return float(np.mean(found)), float(np.std(found))


def confusion(dances: Iterable[PredictedDance], genres: Sequence[str], by_window: bool) -> Counts:
    """Confusion matrix (G, G): views, or windows of them, by true and predicted genre."""
    found = np.zeros((len(genres), len(genres)), np.int64)
    for dance in dances:
        predicted = np.atleast_1d((dance.windows if by_window else dance.clip).argmax(axis=-1))
        np.add.at(found[genres.index(dance.genre)], predicted, 1)
    return found


def _summing_to_1(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities, divided by their sum over the last axis."""
    found: NDArray[np.float64] = probabilities / probabilities.sum(axis=-1, keepdims=True)
    return found


def majority(training: Sequence[SeenDance], test: Sequence[SeenDance], genres: Sequence[str]) -> float:
    """Macro F of always predicting the genre of which there are most training clips."""
    n_clips = [len({dance.name for dance in training if dance.genre == genre}) for genre in genres]
    counts = np.zeros((len(genres), len(genres)), np.int64)
    for dance in test:
        if dance.genre in genres:
            counts[genres.index(dance.genre), int(np.argmax(n_clips))] += 1
    return macro_f(counts)


def predict(network: GenreEnsemble, dances: Iterable[SeenDance], row: Row, window: float) -> list[PredictedDance]:
    """Predict dances by a row's networks in evaluation mode, in windows of so many s."""
    found = []
    for dance in dances:
        logits = window_logits(network, dance.channels(row)[0], window)
        log_windows = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        clip = np.exp(clip_log_probabilities(log_windows))
        found.append(PredictedDance(dance.name, dance.view, dance.genre, clip, np.exp(log_windows)))
    return found


def score(
    row: Row,
    training: Sequence[SeenDance],
    test: Sequence[SeenDance],
    genres: Sequence[str],
    options: GenreOptions,
    random_seeds: Iterable[int],
    device: Device | None = None,
) -> GenreScores:
    """Train a row's networks, repeatedly, and predict the test dances.

    Args:
        row: what is trained.
        training: dances to train on; those of other genres are left out.
        test: dances to predict; those of other genres are left out.
        genres: to distinguish.
        options: of the training.
        random_seeds: of each repeat of the training.
        device: where to train; None: the default.

    Raises:
        InputError: a genre of the test has no training dance.
    """
    training, test = ([dance for dance in dances if dance.genre in genres] for dances in (training, test))
    unknown = {dance.genre for dance in test} - {dance.genre for dance in training}
    if unknown:
        raise InputError(f"no clip of {', '.join(sorted(unknown))} to train on, expected one of each genre of the test")
    clips = [GenreClip(dance.name, dance.genre, dance.channels(row)) for dance in training]

    factory = row.network or lstm(options)
    repeats = []
    for random_seed in random_seeds:
        network = fit_ensemble(factory, clips, row.inputs, genres, options, random_seed, device=device)
        repeats.append(predict(network, test, row, options.window))
    return GenreScores(row, genres, repeats)

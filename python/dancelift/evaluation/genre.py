"""How well dances are named from a detector's keypoints, by what a network is given to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import InputError
from dancelift.evaluation.baselines import SkeletonGraphNetwork, StatisticsRegression
from dancelift.f_score import macro_f
from dancelift.genres.features import Dance, channels
from dancelift.genres.model import GenreEnsemble, together, window_logits
from dancelift.training.genre_data import GenreClip
from dancelift.training.genre_fit import Device, GenreOptions, Network, fit_all, lstm

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """A line of the table: a network and what it reads.

    Attributes:
        name: as the paper has it.
        inputs: of `dancelift.genres.features.INPUTS`.
        movements_from: "3d", by definition on the lifted motion, or "2d", by a network on the keypoints.
        network: makes it from the number of channels and of genres; None: the LSTM.
        published: F that the paper reports, on other data; None: it does not.
    """

    name: str
    inputs: tuple[str, ...]
    movements_from: str = "3d"
    network: Network | None = None
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
        copies: as it was seen, then in the other ways that are learnt from, by the kind of network that told the
            movements.
    """

    name: str
    view: str
    genre: str
    copies: Mapping[str, Sequence[Dance]]

    def channels(self, row: Row) -> tuple[NDArray[np.float32], ...]:
        """(S, F) of each copy that a row's network reads."""
        return tuple(channels(dance, row.inputs) for dance in self.copies[row.movements_from])


@dataclass(frozen=True, eq=False)
class ToldDance:
    """What was said of one view of a clip.

    Attributes:
        name: of the clip.
        view: of the camera.
        genre: that it is.
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
    """How well a row's networks name dances.

    Attributes:
        row: what was trained.
        genres: (G,) that were told apart.
        runs: what was said of all dances, after training from each seed.
    """

    row: Row
    genres: Sequence[str]
    runs: Sequence[Sequence[ToldDance]]

    def among(self, genres: Sequence[str]) -> GenreScores:
        """What was said of the dances of some of the genres, were it known that each is one of these.

        The others' probabilities are left out, and those that are left made to sum to 1.
        """
        places = [self.genres.index(genre) for genre in genres]
        runs = [
            [
                replace(told, clip=_summing_to_1(told.clip[places]), windows=_summing_to_1(told.windows[:, places]))
                for told in run
                if told.genre in genres
            ]
            for run in self.runs
        ]
        return GenreScores(self.row, genres, runs)

    def confusion(self, run: int, by_window: bool) -> Counts:
        """(G, G) views, or windows of them, by what they are and what they were said to be."""
        return confusion(self.runs[run], self.genres, by_window)

    def f(self, by_window: bool) -> tuple[float, float]:
        """Mean and standard deviation of macro F over the runs."""
        found = [macro_f(self.confusion(run, by_window)) for run in range(len(self.runs))]
        return float(np.mean(found)), float(np.std(found))


def confusion(told: Iterable[ToldDance], genres: Sequence[str], by_window: bool) -> Counts:
    """(G, G) views, or windows of them, by what they are and what they were said to be."""
    found = np.zeros((len(genres), len(genres)), np.int64)
    for dance in told:
        said = np.atleast_1d((dance.windows if by_window else dance.clip).argmax(axis=-1))
        np.add.at(found[genres.index(dance.genre)], said, 1)
    return found


def _summing_to_1(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the last axis."""
    found: NDArray[np.float64] = probabilities / probabilities.sum(axis=-1, keepdims=True)
    return found


def majority(learnt: Sequence[SeenDance], test: Sequence[SeenDance], genres: Sequence[str]) -> float:
    """Macro F of always saying the genre of which there were most clips to learn from."""
    n_clips = [len({dance.name for dance in learnt if dance.genre == genre}) for genre in genres]
    counts = np.zeros((len(genres), len(genres)), np.int64)
    for dance in test:
        if dance.genre in genres:
            counts[genres.index(dance.genre), int(np.argmax(n_clips))] += 1
    return macro_f(counts)


def tell(network: GenreEnsemble, dances: Iterable[SeenDance], row: Row, window: float) -> list[ToldDance]:
    """What a row's networks in evaluation mode say of dances, by windows of so many s."""
    found = []
    for dance in dances:
        logits = window_logits(network, dance.channels(row)[0], window)
        log_windows = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        found.append(ToldDance(dance.name, dance.view, dance.genre, np.exp(together(log_windows)), np.exp(log_windows)))
    return found


def score(
    row: Row,
    learnt: Sequence[SeenDance],
    test: Sequence[SeenDance],
    genres: Sequence[str],
    options: GenreOptions,
    seeds: Iterable[int],
    device: Device | None = None,
) -> GenreScores:
    """Train a row's networks from each seed and let them name the test's dances.

    Args:
        row: what is trained.
        learnt: dances to learn from; those of other genres are left out.
        test: dances to name; those of other genres are left out.
        genres: to tell apart.
        options: of the training.
        seeds: of the trainings.
        device: where to train; None: as usual.

    Raises:
        InputError: a genre to tell is not among those learnt.
    """
    learnt, test = ([dance for dance in dances if dance.genre in genres] for dances in (learnt, test))
    unknown = {dance.genre for dance in test} - {dance.genre for dance in learnt}
    if unknown:
        raise InputError(f"no clip to learn {', '.join(sorted(unknown))} from, expected one of each genre of the test")
    clips = [GenreClip(dance.name, dance.genre, dance.channels(row)) for dance in learnt]

    runs = []
    for seed in seeds:
        network = fit_all(row.network or lstm(options), clips, row.inputs, genres, options, seed, device=device)
        runs.append(tell(network, test, row, options.window))
    return GenreScores(row, genres, runs)

"""Training of the network that names dances: fitted, and calibrated.

How sure the network may be is found by cross-validation: networks that have not seen a clip are asked for it, and one
temperature (Guo et al. 2017, On calibration of modern neural networks) makes their probabilities as sure as they are
right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.f_score import macro_f
from dancelift.genres.model import GenreModel, together, window_logits
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.genre_data import GenreClip, deal, genres_of
from dancelift.training.genre_fit import Device, GenreOptions, fit_all, lstm

_TEMPERATURES = np.geomspace(0.25, 16, 121)


def train_genres(
    clips: Sequence[GenreClip],
    taxonomy: Taxonomy,
    inputs: Sequence[str],
    folder: str | os.PathLike[str],
    options: GenreOptions | None = None,
    seed: int = 0,
    device: Device | None = None,
    progress: Callable[[str], object] | None = None,
) -> GenreModel:
    """Train LSTMs on clips, calibrated.

    Args:
        clips: to learn from.
        taxonomy: of the movements.
        inputs: that the channels were made from, see `dancelift.genres.features.INPUTS`.
        folder: of checkpoints and figures. Where it holds a run that was stopped, that goes on.
        options: None: the usual ones.
        seed: of the random numbers.
        device: where to train; None: as usual.
        progress: is told what begins.

    Raises:
        InputError: the clips cannot be learnt from, there is no such accelerator, or the folder is of another run.
    """
    options = options or GenreOptions()
    genres = genres_of(clips)
    folds = deal(clips, options.folds)
    folder = Path(folder)
    say = progress or (lambda _: None)
    held_out: dict[str, list[tuple[str, Array]]] = {}
    for k, names in enumerate(folds):
        say(f"fold {k + 1} of {len(folds)}")
        learnt = [clip for clip in clips if clip.name not in names]
        network = fit_all(lstm(options), learnt, inputs, genres, options, seed, folder / f"fold {k + 1}", device)
        for clip in clips:
            if clip.name in names:
                logits = window_logits(network, clip.copies[0], options.window)
                held_out.setdefault(clip.name, []).append((clip.genre, logits))
    say("all clips")
    network = fit_all(lstm(options), clips, inputs, genres, options, seed, folder / "all", device)
    answers = [answer for of_clip in held_out.values() for answer in of_clip]
    temperature = best_temperature(answers, genres) if answers else 1.0
    figures = {"temperature": temperature, **(_figures(answers, genres, temperature) if answers else {})}
    return GenreModel(network, genres, tuple(inputs), taxonomy, options.window, temperature, figures)


def best_temperature(answers: Sequence[tuple[str, Array]], genres: Sequence[str]) -> float:
    """That which makes the logits (W, G) of clips' windows most likely, every clip and every genre weighing the same.

    Args:
        answers: the genre and the logits of each clip.
        genres: in the order of the logits.
    """
    n_clips = {genre: sum(true == genre for true, _ in answers) for genre in genres}

    def loss(temperature: float) -> float:
        total = 0.0
        for true, logits in answers:
            scaled = logits / temperature
            surprise = np.logaddexp.reduce(scaled, axis=1) - scaled[:, genres.index(true)]
            total += float(surprise.mean()) / n_clips[true]
        return total

    return float(min(_TEMPERATURES, key=loss))


def _figures(answers: Sequence[tuple[str, Array]], genres: Sequence[str], temperature: float) -> dict[str, float]:
    """How much of the held-out views and their windows was rightly told, by genre and in all."""
    counts = np.zeros((2, len(genres), len(genres)), np.int64)
    for genre, logits in answers:
        true, scaled = genres.index(genre), logits / temperature
        log_windows = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        counts[0, true, together(log_windows).argmax()] += 1
        np.add.at(counts[1, true], log_windows.argmax(axis=1), 1)
    found = {}
    for what, of_what in zip(("views", "windows"), counts, strict=True):
        found[f"F {what}"] = macro_f(of_what)
        for genre, row, right in zip(genres, of_what, of_what.diagonal(), strict=True):
            if row.sum():
                found[f"{what} {genre}"] = float(right / row.sum())
    return found

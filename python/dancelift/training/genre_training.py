"""Training of the genre model: an ensemble of networks, calibrated.

The model is calibrated by cross-validation: networks that have not seen a clip predict it, and one temperature (Guo et
al. 2017, On calibration of modern neural networks) makes their probabilities as high as they are often right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array, Floats
from dancelift.f_score import macro_f
from dancelift.genres.model import GenreModel, MovementVectors, clip_log_probabilities, window_logits
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.genre_data import GenreClip, genres_of, stratified_folds
from dancelift.training.genre_fit import Device, GenreOptions, fit_ensemble, lstm
from dancelift.training.novelty_fit import fit_novelty

_TEMPERATURES = np.geomspace(0.25, 16, 121)  # in steps of 3.5 %, finer than few clips can determine


def train_genres(
    clips: Sequence[GenreClip],
    taxonomy: Taxonomy,
    inputs: Sequence[str],
    folder: str | os.PathLike[str],
    options: GenreOptions | None = None,
    random_seed: int = 0,
    device: Device | None = None,
    movement_vectors: MovementVectors = "definitions",
    unknown: Sequence[Floats] = (),
    progress: Callable[[str], object] | None = None,
) -> GenreModel:
    """Train an ensemble of LSTMs on clips and calibrate it.

    Args:
        clips: to train on.
        taxonomy: of the movements.
        inputs: that the channels were computed from, see `dancelift.genres.features.INPUTS`.
        folder: of checkpoints and figures. Where it holds a run that was stopped, that is resumed.
        options: None: the defaults.
        random_seed: of all random numbers.
        device: where to train; None: the default.
        movement_vectors: where the movements in the channels are from, see `GenreModel`.
        unknown: (S, F) channels of dances and other motion that is none of the genres, see `fit_novelty`.
        progress: called with the name of each step that begins.

    Raises:
        InputError: the clips are unfit for training, there is no such accelerator, or the folder is of another run.
    """
    options = options or GenreOptions()
    genres = genres_of(clips)
    folds = stratified_folds(clips, options.folds)
    folder = Path(folder)
    report = progress or (lambda _: None)
    held_out: dict[str, list[tuple[str, Array]]] = {}
    for k, names in enumerate(folds):
        report(f"fold {k + 1} of {len(folds)}")
        rest = [clip for clip in clips if clip.name not in names]
        subfolder = folder / f"fold {k + 1}"
        network = fit_ensemble(lstm(options), rest, inputs, genres, options, random_seed, subfolder, device)
        for clip in clips:
            if clip.name in names:
                logits = window_logits(network, clip.copies[0], options.window)
                held_out.setdefault(clip.name, []).append((clip.genre, logits))
    report("all clips")
    network = fit_ensemble(lstm(options), clips, inputs, genres, options, random_seed, folder / "all", device)
    predictions = [prediction for of_clip in held_out.values() for prediction in of_clip]
    temperature = best_temperature(predictions, genres) if predictions else 1.0
    novelty, novelty_figures = fit_novelty(clips, genres, options.window, unknown)
    figures = {
        "temperature": temperature,
        **(_figures(predictions, genres, temperature) if predictions else {}),
        **novelty_figures,
    }
    return GenreModel(
        network, genres, tuple(inputs), taxonomy, options.window, temperature, figures, movement_vectors, novelty
    )


def best_temperature(predictions: Sequence[tuple[str, Array]], genres: Sequence[str]) -> float:
    """The temperature that makes the logits (W, G) of clips' windows most likely.

    Every genre weighs the same, whatever its number of clips.

    Args:
        predictions: the true genre and the logits of each clip.
        genres: in the order of the logits.
    """
    n_clips = {genre: sum(true == genre for true, _ in predictions) for genre in genres}

    def loss(temperature: float) -> float:
        total = 0.0
        for true, logits in predictions:
            scaled = logits / temperature
            cross_entropy = np.logaddexp.reduce(scaled, axis=1) - scaled[:, genres.index(true)]
            total += float(cross_entropy.mean()) / n_clips[true]
        return total

    return float(min(_TEMPERATURES, key=loss))


def _figures(predictions: Sequence[tuple[str, Array]], genres: Sequence[str], temperature: float) -> dict[str, float]:
    """Share of the held-out views and of their windows that are predicted rightly, by genre, and macro F."""
    counts = np.zeros((2, len(genres), len(genres)), np.int64)
    for genre, logits in predictions:
        true, scaled = genres.index(genre), logits / temperature
        log_windows = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        counts[0, true, clip_log_probabilities(log_windows).argmax()] += 1
        np.add.at(counts[1, true], log_windows.argmax(axis=1), 1)
    found = {}
    for what, of_what in zip(("views", "windows"), counts, strict=True):
        found[f"F {what}"] = macro_f(of_what)
        for genre, row, right in zip(genres, of_what, of_what.diagonal(), strict=True):
            if row.sum():
                found[f"{what} {genre}"] = float(right / row.sum())
    return found

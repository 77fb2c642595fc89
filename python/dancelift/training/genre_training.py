"""Training of networks that name dances, by Lightning: it can be stopped and goes on where it was.

Loss: cross-entropy of windows, as many of every genre. There are few clips of a genre, so they are varied: by mirror
images, speed, noise, and by leaving out channels. How sure the network may be is found by cross-validation: networks
that have not seen a clip are asked for it, and one temperature (Guo et al. 2017, On calibration of modern neural
networks) makes their probabilities as sure as they are right.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dancelift.anatomy import Array
from dancelift.errors import InputError
from dancelift.evaluation.confusion import macro_f
from dancelift.genre_model import GenreArchitecture, GenreLSTM, GenreModel, Standardised, together, window_logits
from dancelift.taxonomy import Taxonomy
from dancelift.training.genre_data import Batch, Drawing, GenreClip, GenreData, deal, digest, genres_of
from dancelift.training.lightning_runs import (
    LAST,
    keep,
    learning_rate_share,
    loggers,
    new_trainer,
    quiet,
    read_checkpoint,
)

_TEMPERATURES = np.geomspace(0.25, 16, 121)


@dataclass(frozen=True)
class GenreOptions:
    """How to train.

    Attributes:
        projected: size to which the channels are reduced.
        hidden: size of the LSTM's hidden state.
        dropout: share of the channels, of what they are reduced to and of the last hidden state that is left out.
        drawing: of the windows that are learnt from.
        learning_rate: the highest.
        weight_decay: of AdamW.
        epochs: of `drawing.n_batches` steps each.
        folds: of the cross-validation, at most.
        window: s, of the pieces that a clip is told by.
    """

    projected: int = 24
    hidden: int = 32
    dropout: float = 0.6
    drawing: Drawing = field(default_factory=Drawing)
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 20
    folds: int = 4
    window: float = 4.0

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name == "drawing":
                continue
            value = getattr(self, each.name)
            low, high = _RANGES.get(each.name, (1, math.inf))
            if not low <= value <= high:
                raise InputError(f"{each.name} is {value}, expected {low:g} to {high:g}")


_RANGES = {
    "dropout": (0, 0.9), "learning_rate": (1e-7, 1), "weight_decay": (0, 10), "folds": (2, 100), "window": (0.5, 60)
}  # fmt: skip

Network = Callable[[int, int], Standardised]
"""Makes a network from the number of its channels and of the genres; its `forward` is that of GenreLSTM."""


@dataclass(frozen=True)
class Device:
    """Where to train.

    Attributes:
        accelerator: of Lightning: auto (a GPU where there is one), cpu, gpu, ...
        devices: of Lightning: how many of them.
    """

    accelerator: str = "auto"
    devices: int | str = 1


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
    """Train the LSTM on clips, calibrated.

    Args:
        clips: to learn from.
        taxonomy: of the movements.
        inputs: that the channels were made from, see `dancelift.genre_features.INPUTS`.
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
        network = fit(lstm(options), learnt, genres, options, seed, folder / f"fold {k + 1}", device)
        for clip in clips:
            if clip.name in names:
                logits = window_logits(network, clip.copies[0], options.window)
                held_out.setdefault(clip.name, []).append((clip.genre, logits))
    say("all clips")
    network = fit(lstm(options), clips, genres, options, seed, folder / "all", device)
    assert isinstance(network, GenreLSTM)
    answers = [answer for of_clip in held_out.values() for answer in of_clip]
    temperature = best_temperature(answers, genres) if answers else 1.0
    figures = {"temperature": temperature, **(_figures(answers, genres, temperature) if answers else {})}
    return GenreModel(network, genres, tuple(inputs), taxonomy, options.window, temperature, figures)


def fit(
    network: Network,
    clips: Sequence[GenreClip],
    genres: Sequence[str],
    options: GenreOptions,
    seed: int,
    folder: Path | None = None,
    device: Device | None = None,
) -> Standardised:
    """Train a network on clips; the weights of the last epoch are kept.

    Args:
        network: makes it.
        clips: to learn from.
        genres: names, in the order of the network's answers.
        options: of the training.
        seed: of the random numbers.
        folder: of checkpoints and figures, from which a run goes on; None: none are written.
        device: where to train; None: as usual.

    Returns:
        The network in evaluation mode.

    Raises:
        InputError: there is no such accelerator, or the folder is of another run.
    """
    device = device or Device()
    run = {
        "genres": list(genres),
        "options": {name: value for name, value in asdict(options).items() if name not in _WITHOUT_EFFECT},
        "seed": seed,
        "clips": digest(clips),
    }
    pl.seed_everything(seed, verbose=False)
    frames = np.concatenate([copy for clip in clips for copy in clip.copies])
    made = network(frames.shape[1], len(genres))
    made.expect_inputs_like(frames)
    lesson = _Lesson(made, options, seed, run)
    data = GenreData(clips, genres, options.drawing, made.spread.numpy().copy(), seed)
    last = None if folder is None else folder / f"{LAST}.ckpt"
    with quiet():
        trainer = new_trainer(
            device.accelerator,
            device.devices,
            max_epochs=options.epochs,
            callbacks=None if folder is None else [keep(folder, LAST)],
            enable_checkpointing=folder is not None,
            logger=False if folder is None else loggers(folder),
            enable_progress_bar=False,
        )
        begun = last is not None and last.exists()
        state = read_checkpoint(last, run) if last and begun else None
        if state and state["epoch"] + 1 >= options.epochs:
            lesson.load_state_dict(state["state_dict"])
        else:
            trainer.fit(lesson, data, ckpt_path=last if begun else None)
    return made.to(trainer.strategy.root_device).eval()


_WITHOUT_EFFECT = {"folds", "window"}  # on one network


class _Lesson(pl.LightningModule):
    """What Lightning has to know of a network, to train it.

    Args:
        network: that is trained.
        options: of the training.
        seed: of what is left out.
        run: what a checkpoint must have been made by to go on from it.
    """

    def __init__(self, network: Standardised, options: GenreOptions, seed: int, run: Mapping[str, Any]) -> None:
        super().__init__()
        self.network = network
        self._options, self._seed, self._run = options, seed, run

    def on_train_epoch_start(self) -> None:
        # a run that goes on draws what an unbroken one would
        torch.manual_seed(self._seed * 1_000_003 + self.current_epoch)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        x, lengths, targets = batch
        loss = functional.cross_entropy(self.network(x, lengths), targets)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(x))
        return loss

    def configure_optimizers(self) -> Any:
        options = self._options
        n_steps = options.epochs * options.drawing.n_batches
        optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(step / n_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run"] = dict(self._run)


def lstm(options: GenreOptions) -> Network:
    """Makes the LSTM."""

    def make(n_channels: int, n_genres: int) -> Standardised:
        return GenreLSTM(GenreArchitecture(n_channels, n_genres, options.projected, options.hidden, options.dropout))

    return make


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

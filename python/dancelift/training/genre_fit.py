"""Fitting of networks that name dances, by Lightning: it can be stopped and goes on where it was.

Loss: cross-entropy of windows, as many of every genre. There are few clips of a genre, so they are varied: by mirror
images, speed, noise, by leaving out channels, and by asking several networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dancelift.errors import InputError
from dancelift.genres.model import GenreArchitecture, GenreEnsemble, GenreLSTM, Standardised
from dancelift.training.genre_data import Batch, Channels, Drawing, GenreClip, GenreData, digest, pose_beside_movements
from dancelift.training.lightning_runs import (
    LAST,
    keep,
    learning_rate_share,
    loggers,
    new_trainer,
    quiet,
    read_checkpoint,
)


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
        members: networks that are asked together.
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
    members: int = 4
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


def fit_all(
    network: Network,
    clips: Sequence[GenreClip],
    inputs: Sequence[str],
    genres: Sequence[str],
    options: GenreOptions,
    seed: int,
    folder: Path | None = None,
    device: Device | None = None,
) -> GenreEnsemble:
    """Train the members of an ensemble on clips, one after another.

    Args:
        network: makes one of them.
        clips: to learn from.
        inputs: that the channels were made from, see `dancelift.genres.features.INPUTS`.
        genres: names, in the order of the networks' answers.
        options: of the training.
        seed: of the random numbers.
        folder: of checkpoints and figures, from which a run goes on; None: none are written.
        device: where to train; None: as usual.

    Returns:
        The ensemble in evaluation mode.

    Raises:
        InputError: there is no such accelerator, or the folder is of another run.
    """
    members = []
    for k in range(options.members):
        place = None if folder is None else folder / f"member {k + 1}"
        # so that trainings from other seeds share no member
        member_seed = seed * options.members + k
        members.append(_fit(network, clips, inputs, genres, options, member_seed, place, device or Device()))
    return GenreEnsemble(members).eval()


def _fit(
    network: Network,
    clips: Sequence[GenreClip],
    inputs: Sequence[str],
    genres: Sequence[str],
    options: GenreOptions,
    seed: int,
    folder: Path | None,
    device: Device,
) -> Standardised:
    """Train one network, see `fit_all`; the weights of the last epoch are kept."""
    run = {
        "inputs": list(inputs),
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
    pose = pose_beside_movements(inputs, frames.shape[1])
    channels = Channels(made.mean.numpy().copy(), made.spread.numpy().copy(), pose)
    data = GenreData(clips, genres, options.drawing, channels, seed)
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
    return made.to(trainer.strategy.root_device)


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

"""Training of ensembles of genre networks by Lightning; it can be stopped and resumed.

Loss: cross-entropy of windows, as many of every genre. There are few clips of a genre, so they are augmented: by mirror
images, speed, noise and dropout of channels.
"""

# ruff: noqa: E402

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from dancelift.errors import require

require("train", "training")

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dancelift.errors import InputError
from dancelift.genres.model import GenreArchitecture, GenreEnsemble, GenreLSTM, StandardizedNetwork
from dancelift.movements.torch_settings import one_thread
from dancelift.training.checkpoints import read_checkpoint
from dancelift.training.genre_data import (
    Batch,
    ChannelStatistics,
    GenreClip,
    GenreData,
    WindowSampling,
    digest,
    pose_beside_movements,
)
from dancelift.training.lightning_runs import (
    LAST,
    fit,
    keep,
    learning_rate_share,
    loggers,
    new_trainer,
    quiet,
)


@dataclass(frozen=True)
class GenreOptions:
    """Options of the training of genre networks.

    Attributes:
        projected: size to which the channels are reduced.
        hidden: size of the LSTM's hidden state.
        dropout: share of the channels, of what they are reduced to and of the last hidden state that is set to 0.
        sampling: of the windows to train on.
        learning_rate: the highest.
        weight_decay: of AdamW.
        epochs: of `sampling.n_batches` steps each.
        members: networks of the ensemble.
        folds: of the cross-validation, at most.
        window: s, length of the windows that a clip is cut into for a prediction.
    """

    projected: int = 24
    hidden: int = 32
    dropout: float = 0.6
    sampling: WindowSampling = field(default_factory=WindowSampling)
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    epochs: int = 20
    members: int = 4
    folds: int = 4
    window: float = 4.0

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name == "sampling":
                continue
            value = getattr(self, each.name)
            low, high = _RANGES.get(each.name, (1, math.inf))
            if not low <= value <= high:
                raise InputError(f"{each.name} is {value}, expected {low:g} to {high:g}")


_RANGES = {
    "dropout": (0, 0.9), "learning_rate": (1e-7, 1), "weight_decay": (0, 10), "folds": (2, 100), "window": (0.5, 60)
}  # fmt: skip

NetworkFactory = Callable[[int, int], StandardizedNetwork]
"""Makes a network from the number of its channels and of the genres; its `forward` is that of GenreLSTM."""


@dataclass(frozen=True)
class Device:
    """The hardware to train on.

    Attributes:
        accelerator: of Lightning: auto (a GPU where there is one), cpu, gpu, ...
        devices: of Lightning: how many of them.
    """

    accelerator: str = "auto"
    devices: int | str = 1


@one_thread()
def fit_ensemble(
    network: NetworkFactory,
    clips: Sequence[GenreClip],
    inputs: Sequence[str],
    genres: Sequence[str],
    options: GenreOptions,
    random_seed: int,
    folder: Path | None = None,
    device: Device | None = None,
) -> GenreEnsemble:
    """Train the members of an ensemble on clips, one after another.

    Args:
        network: makes one of them.
        clips: to train on.
        inputs: that the channels were computed from, see `dancelift.genres.features.INPUTS`.
        genres: names, in the order of the logits.
        options: of the training.
        random_seed: of all random numbers.
        folder: of checkpoints and figures, from which a run is resumed; None: none are written.
        device: where to train; None: the default.

    Returns:
        The ensemble in evaluation mode.

    Raises:
        InputError: there is no such accelerator, or the folder is of another run.
    """
    members = []
    for k in range(options.members):
        subfolder = None if folder is None else folder / f"member {k + 1}"
        # so that ensembles of other random seeds share no member
        member_random_seed = random_seed * options.members + k
        members.append(_fit(network, clips, inputs, genres, options, member_random_seed, subfolder, device or Device()))
    return GenreEnsemble(members).eval()


def _fit(
    factory: NetworkFactory,
    clips: Sequence[GenreClip],
    inputs: Sequence[str],
    genres: Sequence[str],
    options: GenreOptions,
    random_seed: int,
    folder: Path | None,
    device: Device,
) -> StandardizedNetwork:
    """Train one network, see `fit_ensemble`; the weights of the last epoch are kept."""
    run = {
        "inputs": list(inputs),
        "genres": list(genres),
        "options": {name: value for name, value in asdict(options).items() if name not in _WITHOUT_EFFECT},
        "random_seed": random_seed,
        "clips": digest(clips),
    }
    pl.seed_everything(random_seed, verbose=False)
    frames = np.concatenate([copy for clip in clips for copy in clip.copies])
    network = factory(frames.shape[1], len(genres))
    network.fit_standardizer(frames)
    module = _Module(network, options, random_seed, run)
    pose = pose_beside_movements(inputs, frames.shape[1])
    channels = ChannelStatistics(network.mean.numpy().copy(), network.scale.numpy().copy(), pose)
    data = GenreData(clips, genres, options.sampling, channels, random_seed)
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
            module.load_state_dict(state["state_dict"])
        else:
            fit(trainer, module, data, last if begun else None)
    return network.to(trainer.strategy.root_device)


_WITHOUT_EFFECT = {"folds", "window"}  # on one network


class _Module(pl.LightningModule):
    """A network with its loss and optimizer, for Lightning.

    Args:
        network: to train.
        options: of the training.
        random_seed: of the dropout.
        run: that a checkpoint must be of to be resumed.
    """

    def __init__(
        self, network: StandardizedNetwork, options: GenreOptions, random_seed: int, run: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.network = network
        self._options, self._random_seed, self._run = options, random_seed, run

    def on_train_epoch_start(self) -> None:
        # so that a resumed run draws the same numbers as an uninterrupted one
        torch.manual_seed(self._random_seed * 1_000_003 + self.current_epoch)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        x, lengths, targets = batch
        loss = functional.cross_entropy(self.network(x, lengths), targets)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(x))
        return loss

    def configure_optimizers(self) -> Any:
        options = self._options
        n_steps = options.epochs * options.sampling.n_batches
        optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(step / n_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run"] = dict(self._run)


def lstm(options: GenreOptions) -> NetworkFactory:
    """A factory of GenreLSTMs of the sizes in the options."""

    def make(n_channels: int, n_genres: int) -> StandardizedNetwork:
        return GenreLSTM(GenreArchitecture(n_channels, n_genres, options.projected, options.hidden, options.dropout))

    return make

"""Training of the part LSTMs by Lightning; it can be stopped and resumed.

Loss: binary cross-entropy where the label is known. Rare movements weigh more, by the square root of how much rarer
they are, up to a bound; the logits are adjusted by the log of the weight (as in Menon et al. 2021, Long-tail learning
via logit adjustment), so that the probabilities are calibrated all the same.
"""

# ruff: noqa: E402

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from dancelift.errors import require

require("train", "training")

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import EarlyStopping
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchmetrics.classification import MultilabelStatScores

from dancelift.errors import InputError
from dancelift.f_score import f_score
from dancelift.movements.lstms import Architecture, PartLSTMs
from dancelift.movements.model import MODEL_INPUTS, MovementModel, mixed
from dancelift.movements.taxonomy import Taxonomy
from dancelift.movements.torch_settings import one_thread
from dancelift.movements.weights_file import pack_state, unpack_state
from dancelift.training.checkpoints import read_checkpoint
from dancelift.training.lightning_runs import (
    LAST,
    fit,
    keep,
    learning_rate_share,
    loggers,
    new_trainer,
    quiet,
)
from dancelift.training.movement_data import UNKNOWN, Batch, MovementData, Phase, TrainingClip, check_clips, digest
from dancelift.training.movement_thresholds import ProbabilityHistogram

_MAX_WEIGHT = 5.0  # of a frame in which a rare movement takes place; more would let few frames rule the training
_MIN_LOG_ODDS = -6.0  # of the base rates: 1 in 400, so that a movement absent from the clips keeps a gradient
_WEIGHT_DECAY = 0.01
_MONITORED = "val_f"
_BEST = "best"  # checkpoint


@dataclass(frozen=True)
class TrainingOptions:
    """Options of the training of a movement network.

    Attributes:
        hidden: size of a part's hidden state.
        layers: of LSTM.
        delay: frames that are seen after the one that is predicted; None: as the input needs.
        dropout: share of the last hidden state's entries that are set to 0.
        window: frames of the windows to train on.
        errors: range of the factors by which the lift's error is scaled: a lift of a clip that its prior was trained on
            is better than others.
        batch_size: windows a step.
        learning_rate: the highest.
        validation_share: share of the clips that is held out, to choose the epoch and the threshold; none where there
            are too few clips.
        max_epochs: epochs at most; one has as many frames as the training data.
        patience: epochs without a better F on the validation clips, after which training stops.
    """

    hidden: int = 96
    layers: int = 1
    delay: int | None = None
    dropout: float = 0.3
    window: int = 160
    errors: tuple[float, float] = (0.5, 1.5)
    batch_size: int = 32
    learning_rate: float = 3e-3
    validation_share: float = 0.15
    max_epochs: int = 40
    patience: int = 12

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            low, high = _RANGES.get(field.name, (1, math.inf))
            if not low <= np.min(value) <= np.max(value) <= high:
                raise InputError(f"{field.name} is {value}, expected {low:g} to {high:g}")


_RANGES = {
    "delay": (0, 1000),
    "dropout": (0, 0.9),
    "learning_rate": (1e-7, 1),
    "validation_share": (0, 0.5),
    "errors": (0, 10),
}
_MAY_CHANGE = {"max_epochs", "patience"}  # when a run is resumed


@one_thread()
def train_movements(
    clips: Sequence[TrainingClip],
    taxonomy: Taxonomy,
    input: str,
    folder: str | os.PathLike[str],
    options: TrainingOptions | None = None,
    random_seed: int = 0,
    accelerator: str = "auto",
    devices: int | str = 1,
    progress: bool = True,
) -> MovementModel:
    """Train the part LSTMs on labelled clips; the weights of the epoch best on the validation clips are kept.

    Args:
        clips: to train on.
        taxonomy: of the movements.
        input: that the features were computed from, see `dancelift.movements.model.MODEL_INPUTS`.
        folder: of checkpoints and figures. Where it holds a run that was stopped, that is resumed.
        options: None: the defaults.
        random_seed: of all random numbers.
        accelerator: of Lightning: auto (a GPU where there is one), cpu, gpu, ...
        devices: of Lightning: how many of them.
        progress: whether to show a bar.

    Raises:
        InputError: the clips do not fit the taxonomy or each other, there is no such accelerator, or the folder is of
            another run.
    """
    options = options or TrainingOptions()
    check_clips(clips, taxonomy)
    if input not in MODEL_INPUTS:
        raise InputError(f"input {input!r}, expected one of {', '.join(MODEL_INPUTS)}")
    if options.delay is None:
        options = replace(options, delay=MODEL_INPUTS[input].delay)
    folder = Path(folder)
    run = {
        "taxonomy": taxonomy.hash,
        "input": input,
        "options": {name: value for name, value in asdict(options).items() if name not in _MAY_CHANGE},
        "random_seed": random_seed,
        "clips": digest(clips),
    }
    pl.seed_everything(random_seed, verbose=False)
    architecture = Architecture(
        clips[0].features.shape[-1], options.hidden, options.layers, options.delay or 0, options.dropout
    )
    data = MovementData(
        clips,
        options.validation_share,
        options.window,
        options.errors,
        architecture.delay,
        options.batch_size,
        random_seed,
    )
    network = _new_network(data.training, taxonomy, architecture)
    n_steps = options.max_epochs * len(data.train_dataloader())
    weight = _positive_weight(data.training)
    module = _Module(network, weight, taxonomy, options.learning_rate, n_steps, random_seed, run)
    monitored = _MONITORED if data.validation else None
    last = folder / f"{LAST}.ckpt"
    with quiet():
        trainer = new_trainer(
            accelerator,
            devices,
            max_epochs=options.max_epochs,
            callbacks=_callbacks(folder, monitored, options.patience),
            logger=loggers(folder),
            limit_val_batches=1.0 if monitored else 0,
            enable_progress_bar=progress,
        )
        begun = last.exists()
        if not begun or not _is_over(read_checkpoint(last, run), options):
            fit(trainer, module, data, last if begun else None)
    best = read_checkpoint(folder / f"{_BEST}.ckpt" if monitored else last, run)
    module.load_state_dict(best["state_dict"])
    network.load_state_dict(unpack_state(pack_state(network)))  # what a file keeps of it
    network.to(trainer.strategy.root_device).eval()
    histogram = _validate(network, data, taxonomy, input)
    thresholds = np.full(len(taxonomy), histogram.best_threshold(), np.float32)
    scores = histogram.f_scores(thresholds, taxonomy) if data.validation else {}
    figures = {"epochs": float(best["epoch"] + 1), **scores}
    return MovementModel(network, input, taxonomy, thresholds, _n_positives(clips), figures)


class _Module(pl.LightningModule):
    """The network with its loss, optimizer and validation, for Lightning.

    Args:
        network: to train.
        positive_weight: (M,) weight of a frame in which a movement takes place.
        taxonomy: of the movements.
        learning_rate: the highest.
        n_steps: of all epochs, for the schedule of the learning rate.
        random_seed: of the dropout.
        run: that a checkpoint must be of to be resumed.
    """

    def __init__(
        self,
        network: PartLSTMs,
        positive_weight: Tensor,
        taxonomy: Taxonomy,
        learning_rate: float,
        n_steps: int,
        random_seed: int,
        run: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("positive_weight", positive_weight)
        self._taxonomy, self._learning_rate, self._n_steps = taxonomy, learning_rate, n_steps
        self._random_seed, self._run = random_seed, run
        self._counts = MultilabelStatScores(len(taxonomy), average=None, ignore_index=UNKNOWN)

    def on_train_epoch_start(self) -> None:
        # so that a resumed run draws the same numbers as an uninterrupted one
        torch.manual_seed(self._random_seed * 1_000_003 + self.current_epoch)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        features, targets = batch
        logits = self.network.step(features)[0][:, self.network.architecture.delay :]
        known = targets != UNKNOWN
        weight = self.get_buffer("positive_weight")
        losses = functional.binary_cross_entropy_with_logits(
            logits + weight.log(), targets.clamp(min=0).to(logits), weight=known.to(logits), pos_weight=weight,
            reduction="sum",
        )  # fmt: skip
        loss = losses / known.sum().clamp(min=1)
        self.log("loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(features))
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        features, targets = batch
        logits = self.network.step(features)[0][:, self.network.architecture.delay :]
        self._counts.update(logits.sigmoid().flatten(0, 1), targets.flatten(0, 1).long())

    def on_validation_epoch_end(self) -> None:
        true_positives, false_positives, _, false_negatives, _ = self._counts.compute().T.cpu().numpy()
        self._counts.reset()
        groups = {_MONITORED: tuple(range(len(self._taxonomy)))}
        groups |= {f"{_MONITORED} {part.name}": self._taxonomy.of_part(part.name) for part in self._taxonomy.parts}
        for name, movements in groups.items():
            rows = list(movements)
            score = f_score(*(counts[rows].sum() for counts in (true_positives, false_positives, false_negatives)))
            self.log(name, torch.tensor(float(score)), prog_bar=name == _MONITORED)

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.network.parameters(), self._learning_rate, weight_decay=_WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(step / self._n_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run"] = dict(self._run)


def _new_network(phases: Sequence[Phase], taxonomy: Taxonomy, architecture: Architecture) -> PartLSTMs:
    """An untrained network with the standardizer of the features and the base rates of the movements."""
    network = PartLSTMs(taxonomy, architecture)
    n_frames = sum(len(phase.features) for phase in phases)
    mean = sum(phase.features.sum(axis=0, dtype=np.float64) for phase in phases) / n_frames
    square = sum(((phase.features - mean) ** 2).sum(axis=0) for phase in phases) / n_frames
    network.fit_standardizer(torch.from_numpy(mean), torch.from_numpy(np.sqrt(square)))
    n_active, n_not = _counts(phases)
    log_odds = torch.log((n_active + 1) / (n_not + 1))
    network.fit_base_rates(log_odds.clamp(_MIN_LOG_ODDS, -_MIN_LOG_ODDS).float())
    return network


def _positive_weight(phases: Sequence[Phase]) -> Tensor:
    """Weights (M,) of the frames in which a movement takes place, from 1 to _MAX_WEIGHT."""
    n_active, n_not = _counts(phases)
    return (n_not / n_active.clamp(min=1)).sqrt().clamp(1, _MAX_WEIGHT).float()


def _n_positives(clips: Sequence[TrainingClip]) -> NDArray[np.int64]:
    """Number of frames in which each movement takes place, (M,); several views of a clip count once."""
    once = {clip.name: clip.labels.active for clip in reversed(clips)}
    total: NDArray[np.int64] = np.sum([active.sum(axis=0) for active in once.values()], axis=0, dtype=np.int64)
    return total


def _counts(phases: Sequence[Phase]) -> tuple[Tensor, Tensor]:
    """Numbers of frames in which each movement takes place and in which it does not, (M,) each."""
    active, inactive = (sum((phase.targets == flag).sum(axis=0) for phase in phases) for flag in (1, 0))
    return torch.as_tensor(active, dtype=torch.float64), torch.as_tensor(inactive, dtype=torch.float64)


def _validate(network: PartLSTMs, data: MovementData, taxonomy: Taxonomy, input: str) -> ProbabilityHistogram:
    """Predict the movements of the validation clips."""
    histogram = ProbabilityHistogram(len(taxonomy))
    with torch.inference_mode():
        for features, targets in data.val_dataloader():
            logits = network.step(features.to(network.mean.device))[0][:, network.architecture.delay :]
            of_frames = features[:, : logits.shape[1]].flatten(0, 1).numpy()
            probabilities = mixed(logits.sigmoid().flatten(0, 1).cpu().numpy(), of_frames, input, taxonomy)
            histogram.add(probabilities, targets.flatten(0, 1).numpy())
    return histogram


def _callbacks(folder: Path, monitored: str | None, patience: int) -> list[pl.Callback]:
    """Keep the last epoch's checkpoint; of a monitored figure also the best one's, and stop when it gets no better."""
    if monitored is None:
        return [keep(folder, LAST)]
    stop = EarlyStopping(monitored, patience=patience, mode="max", check_on_train_epoch_end=True)
    return [
        stop,
        keep(folder, _BEST, monitored),
        keep(folder, LAST),
    ]  # last, so that its checkpoint has the others' states


def _is_over(checkpoint: Mapping[str, Any], options: TrainingOptions) -> bool:
    """Whether a run has no epoch left, or has not improved for `patience` epochs."""
    waited = [state["wait_count"] for state in checkpoint["callbacks"].values() if "wait_count" in state]
    return checkpoint["epoch"] + 1 >= options.max_epochs or any(n >= options.patience for n in waited)

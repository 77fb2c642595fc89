"""Training of the part LSTMs by Lightning: it can be stopped and goes on where it was.

Loss: binary cross-entropy where the label is known. Rare movements weigh more, by the square root of how much rarer
they are, up to a bound; the network is told the odds that this feigns (as in the logit adjustment of Menon et al. 2021,
Long-tail learning via logit adjustment), so that its probabilities are true ones all the same.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

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
from dancelift.movements.model import INPUT_KINDS, MovementModel
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.lightning_runs import (
    LAST,
    keep,
    learning_rate_share,
    loggers,
    new_trainer,
    quiet,
    read_checkpoint,
)
from dancelift.training.movement_data import UNKNOWN, Batch, Lane, MovementData, TrainingClip, check_clips, digest
from dancelift.training.movement_thresholds import Tally

_MOST_WEIGHT = 5.0  # of a frame in which a rare movement takes place
_LEAST_LOG_ODDS = -6.0  # of a movement, before anything has been learnt
_WEIGHT_DECAY = 0.01
_WATCHED = "val_f"
_BEST = "best"  # checkpoint


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        hidden: size of a part's hidden state.
        layers: of LSTM.
        delay: frames that are seen after the one that is answered for; None: as the input kind needs.
        dropout: share of the last hidden state's entries that are left out.
        window: frames of the pieces that are learnt from.
        errors: how far off lifted features are made, relative to how far off they are, from and to: a lift of a clip
            that its prior was learnt from is better than others.
        batch_size: windows a step.
        learning_rate: the highest.
        held_out: share of the clips that is not learnt from, but says when to stop and where the thresholds lie; none
            where there are too few clips.
        max_epochs: times that as many frames as there are are learnt from, at most.
        patience: epochs without a better F on what is held out, after which training stops.
    """

    hidden: int = 96
    layers: int = 1
    delay: int | None = None
    dropout: float = 0.3
    window: int = 160
    errors: tuple[float, float] = (0.5, 1.5)
    batch_size: int = 32
    learning_rate: float = 3e-3
    held_out: float = 0.15
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


_RANGES = {"delay": (0, 1000), "dropout": (0, 0.9), "learning_rate": (1e-7, 1), "held_out": (0, 0.5), "errors": (0, 10)}
_MAY_CHANGE = {"max_epochs", "patience"}  # when a run goes on


def train_movements(
    clips: Sequence[TrainingClip],
    taxonomy: Taxonomy,
    input_kind: str,
    folder: str | os.PathLike[str],
    options: TrainingOptions | None = None,
    seed: int = 0,
    accelerator: str = "auto",
    devices: int | str = 1,
    progress: bool = True,
) -> MovementModel:
    """Train the part LSTMs on labelled clips; of all epochs, the weights best on what is held out are kept.

    Args:
        clips: to learn from.
        taxonomy: of the movements.
        input_kind: what the features were made from, see `dancelift.movements.model.INPUT_KINDS`.
        folder: of checkpoints and figures. Where it holds a run that was stopped, that goes on.
        options: None: the usual ones.
        seed: of the random numbers.
        accelerator: of Lightning: auto (a GPU where there is one), cpu, gpu, ...
        devices: of Lightning: how many of them.
        progress: whether to show a bar.

    Raises:
        InputError: the clips do not fit the taxonomy or each other, there is no such accelerator, or the folder is of
            another run.
    """
    options = options or TrainingOptions()
    check_clips(clips, taxonomy)
    if input_kind not in INPUT_KINDS:
        raise InputError(f"input kind {input_kind!r}, expected one of {', '.join(INPUT_KINDS)}")
    if options.delay is None:
        options = replace(options, delay=INPUT_KINDS[input_kind].delay)
    folder = Path(folder)
    run = {
        "taxonomy": taxonomy.hash,
        "input_kind": input_kind,
        "options": {name: value for name, value in asdict(options).items() if name not in _MAY_CHANGE},
        "seed": seed,
        "clips": digest(clips),
    }
    pl.seed_everything(seed, verbose=False)
    architecture = Architecture(
        clips[0].features.shape[-1], options.hidden, options.layers, options.delay or 0, options.dropout
    )
    data = MovementData(
        clips, options.held_out, options.window, options.errors, architecture.delay, options.batch_size, seed
    )
    network = _new_network(data.learnt, taxonomy, architecture)
    n_steps = options.max_epochs * len(data.train_dataloader())
    lesson = _Lesson(network, _positive_weight(data.learnt), taxonomy, options.learning_rate, n_steps, seed, run)
    watched = _WATCHED if data.held_out else None
    last = folder / f"{LAST}.ckpt"
    with quiet():
        trainer = new_trainer(
            accelerator,
            devices,
            max_epochs=options.max_epochs,
            callbacks=_callbacks(folder, watched, options.patience),
            logger=loggers(folder),
            limit_val_batches=1.0 if watched else 0,
            enable_progress_bar=progress,
        )
        begun = last.exists()
        if not begun or not _is_over(read_checkpoint(last, run), options):
            trainer.fit(lesson, data, ckpt_path=last if begun else None)
    best = read_checkpoint(folder / f"{_BEST}.ckpt" if watched else last, run)
    lesson.load_state_dict(best["state_dict"])
    network.half().float()  # what a file keeps of it
    network.to(trainer.strategy.root_device).eval()
    tally = _tally(network, data, taxonomy)
    thresholds = np.full(len(taxonomy), tally.best_threshold(), np.float32)
    figures = {"epochs": float(best["epoch"] + 1), **(tally.f_scores(thresholds, taxonomy) if data.held_out else {})}
    return MovementModel(network, input_kind, taxonomy, thresholds, _n_learnt(clips), figures)


class _Lesson(pl.LightningModule):
    """What Lightning has to know of the network, to train it.

    Args:
        network: that is trained.
        positive_weight: (M,) of a frame in which a movement takes place.
        taxonomy: of the movements.
        learning_rate: the highest.
        n_steps: that are taken if no step is spared.
        seed: of what is left out.
        run: what a checkpoint must have been made by to go on from it.
    """

    def __init__(
        self,
        network: PartLSTMs,
        positive_weight: Tensor,
        taxonomy: Taxonomy,
        learning_rate: float,
        n_steps: int,
        seed: int,
        run: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("positive_weight", positive_weight)
        self._taxonomy, self._learning_rate, self._n_steps = taxonomy, learning_rate, n_steps
        self._seed, self._run = seed, run
        self._counts = MultilabelStatScores(len(taxonomy), average=None, ignore_index=UNKNOWN)

    def on_train_epoch_start(self) -> None:
        # a run that goes on draws what an unbroken one would
        torch.manual_seed(self._seed * 1_000_003 + self.current_epoch)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        features, targets = batch
        logits = self.network.advance(features)[0][:, self.network.architecture.delay :]
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
        logits = self.network.advance(features)[0][:, self.network.architecture.delay :]
        self._counts.update(logits.sigmoid().flatten(0, 1), targets.flatten(0, 1).long())

    def on_validation_epoch_end(self) -> None:
        true_positives, false_positives, _, false_negatives, _ = self._counts.compute().T.cpu().numpy()
        self._counts.reset()
        groups = {_WATCHED: tuple(range(len(self._taxonomy)))}
        groups |= {f"{_WATCHED} {part.name}": self._taxonomy.of_part(part.name) for part in self._taxonomy.parts}
        for name, movements in groups.items():
            rows = list(movements)
            score = f_score(*(counts[rows].sum() for counts in (true_positives, false_positives, false_negatives)))
            self.log(name, torch.tensor(float(score)), prog_bar=name == _WATCHED)

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.network.parameters(), self._learning_rate, weight_decay=_WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(step / self._n_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run"] = dict(self._run)


def _new_network(lanes: Sequence[Lane], taxonomy: Taxonomy, architecture: Architecture) -> PartLSTMs:
    """One that knows the spread of the features and how common the movements are."""
    network = PartLSTMs(taxonomy, architecture)
    n_frames = sum(len(lane.features) for lane in lanes)
    mean = sum(lane.features.sum(axis=0, dtype=np.float64) for lane in lanes) / n_frames
    square = sum(((lane.features - mean) ** 2).sum(axis=0) for lane in lanes) / n_frames
    network.expect_inputs_like(torch.from_numpy(mean), torch.from_numpy(np.sqrt(square)))
    n_active, n_not = _counts(lanes)
    log_odds = torch.log((n_active + 1) / (n_not + 1))
    network.expect_answers_like(log_odds.clamp(_LEAST_LOG_ODDS, -_LEAST_LOG_ODDS).float())
    return network


def _positive_weight(lanes: Sequence[Lane]) -> Tensor:
    """(M,), from 1 to _MOST_WEIGHT."""
    n_active, n_not = _counts(lanes)
    return (n_not / n_active.clamp(min=1)).sqrt().clamp(1, _MOST_WEIGHT).float()


def _n_learnt(clips: Sequence[TrainingClip]) -> NDArray[np.int64]:
    """(M,) frames in which each movement takes place, of several views of a clip counted once."""
    once = {clip.name: clip.labels.active for clip in reversed(clips)}
    total: NDArray[np.int64] = np.sum([active.sum(axis=0) for active in once.values()], axis=0, dtype=np.int64)
    return total


def _counts(lanes: Sequence[Lane]) -> tuple[Tensor, Tensor]:
    """(M,) frames in which a movement takes place, and in which it does not."""
    active, inactive = (sum((lane.targets == flag).sum(axis=0) for lane in lanes) for flag in (1, 0))
    return torch.as_tensor(active, dtype=torch.float64), torch.as_tensor(inactive, dtype=torch.float64)


def _tally(network: PartLSTMs, data: MovementData, taxonomy: Taxonomy) -> Tally:
    """What the network says of the clips that are held out."""
    tally = Tally(len(taxonomy))
    with torch.inference_mode():
        for features, targets in data.val_dataloader():
            logits = network.advance(features.to(network.mean.device))[0][:, network.architecture.delay :]
            tally.add(logits.sigmoid().flatten(0, 1).cpu().numpy(), targets.flatten(0, 1).numpy())
    return tally


def _callbacks(folder: Path, watched: str | None, patience: int) -> list[pl.Callback]:
    """Keep the last epoch's checkpoint; of a watched figure also the best one's, and stop when it gets no better."""

    if watched is None:
        return [keep(folder, LAST)]
    stop = EarlyStopping(watched, patience=patience, mode="max", check_on_train_epoch_end=True)
    return [stop, keep(folder, _BEST, watched), keep(folder, LAST)]  # the last one knows of the others


def _is_over(checkpoint: Mapping[str, Any], options: TrainingOptions) -> bool:
    """Whether a run has no epoch left, or has not got better for long enough."""
    waited = [state["wait_count"] for state in checkpoint["callbacks"].values() if "wait_count" in state]
    return checkpoint["epoch"] + 1 >= options.max_epochs or any(n >= options.patience for n in waited)

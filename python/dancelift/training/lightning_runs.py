"""What every training by Lightning needs: a trainer, figures of every epoch, and checkpoints to resume from."""

# ruff: noqa: E402

from __future__ import annotations

import logging
import math
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dancelift.errors import InputError, require
from dancelift.files import write

require("train", "training")

import lightning.pytorch as pl
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.utilities.exceptions import SIGTERMException

LAST = "last"
"""Name of the checkpoint of the last epoch."""

_LARGEST_GRADIENT = 1.0  # norm, to which longer ones are clipped
_WARM_UP = 0.05  # of the steps
_LAST_RATE = 0.02  # of the highest learning rate


def new_trainer(accelerator: str, devices: int | str, **options: Any) -> pl.Trainer:
    """A trainer of Lightning, for data that is sampled anew in every epoch.

    Args:
        accelerator: auto (a GPU where there is one), cpu, gpu, ...
        devices: how many of them.
        options: others of `lightning.pytorch.Trainer`.

    Raises:
        InputError: there is no such accelerator.
    """
    try:
        return pl.Trainer(
            accelerator=accelerator,
            devices=devices,
            log_every_n_steps=1,
            gradient_clip_val=_LARGEST_GRADIENT,
            reload_dataloaders_every_n_epochs=1,
            num_sanity_val_steps=0,
            enable_model_summary=False,
            plugins=[_WholeCheckpoints()],
            **options,
        )
    except (MisconfigurationException, ValueError, RuntimeError) as error:
        raise InputError(f"accelerator {accelerator!r}, devices {devices!r}: {error}") from error


class _WholeCheckpoints(TorchCheckpointIO):
    """Writes checkpoints beside their places, and not in the system's temporary folder, from where they are copied."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        write(Path(path), partial(torch.save, checkpoint))


def fit(trainer: pl.Trainer, module: pl.LightningModule, data: pl.LightningDataModule, begun: Path | None) -> None:
    """Train, from a checkpoint where one is begun; Ctrl-C and SIGTERM end the process as they do elsewhere.

    Raises:
        KeyboardInterrupt: Ctrl-C, of which Lightning makes an exit with code 1.
        SystemExit: SIGTERM, with code 143, of which Lightning makes one with code 0.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, data, ckpt_path=begun)
    except SIGTERMException:
        raise SystemExit(128 + signal.SIGTERM) from None
    except SystemExit as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def keep(folder: Path, name: str, monitored: str | None = None) -> ModelCheckpoint:
    """A callback that keeps NAME.ckpt of the last epoch, or of the epoch in which a monitored figure is highest."""
    return ModelCheckpoint(
        folder, name, monitor=monitored, mode="max", save_on_train_epoch_end=True, enable_version_counter=False
    )


def learning_rate_share(progress: float) -> float:
    """Learning rate relative to the highest, after a share of the steps: linear warm-up, then half a cosine."""
    if progress < _WARM_UP:
        return (progress + 1e-3) / _WARM_UP
    done = min(1.0, (progress - _WARM_UP) / (1 - _WARM_UP))
    return _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def loggers(folder: Path) -> list[Logger]:
    """Loggers of the figures of every epoch: log/version_*/metrics.csv, and TensorBoard where that is installed."""
    found: list[Logger] = [CSVLogger(folder, "log", flush_logs_every_n_steps=1)]
    if find_spec("tensorboard"):
        found.append(TensorBoardLogger(folder, "tensorboard"))
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress Lightning's remarks about hardware, and its advice that does not apply here."""
    logger = logging.getLogger("lightning.pytorch.utilities.rank_zero")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in _ADVICE:
                warnings.filterwarnings("ignore", message)
            yield
    finally:
        logger.setLevel(level)


_ADVICE = (
    ".*does not have many workers",  # windows are cut faster than a worker could send them
    "Checkpoint directory .* exists and is not empty",  # a run is resumed there
    ".*treespec, LeafSpec.* is deprecated",  # Lightning's own use of PyTorch
)

"""Checkpoints of trainings, from which a run that was stopped goes on."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from dancelift.errors import InputError


def read_checkpoint(path: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """Read a checkpoint, whose "run" must be that of this training.

    Raises:
        InputError: it is damaged, or of another run.
    """
    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        theirs = found["run"]
    except (OSError, KeyError, TypeError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path}: no checkpoint of this training ({error}), expected one, or another folder"
        ) from error
    different = sorted(key for key in run if theirs.get(key) != run[key])
    if different:
        raise InputError(
            f"{path}: of a run with other {', '.join(different)}, expected the same to resume it, or another folder"
        )
    return found

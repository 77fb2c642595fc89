"""Weights of networks that have learnt nothing, for what only has to run."""

from pathlib import Path

import numpy as np
import torch

from dancelift.movement_model import INPUT_KINDS, MovementModel
from dancelift.part_lstms import Architecture, PartLSTMs
from dancelift.taxonomy import Taxonomy, standard_taxonomy
from movement_fixtures import standing


def write_weights(path: Path, input_kind: str, of: Taxonomy | None = None) -> Path:
    """Of a network for the standard taxonomy or another; all of its types count as learnt."""
    of = of or standard_taxonomy()
    torch.manual_seed(0)
    n_channels = INPUT_KINDS[input_kind].features(standing(3), 30.0, of).shape[-1]
    network = PartLSTMs(of, Architecture(n_channels, hidden=4))
    thresholds = np.full(len(of), 0.5, np.float32)
    MovementModel(network, input_kind, of, thresholds, np.full(len(of), 300), {}).save(path)
    return path

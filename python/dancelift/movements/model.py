"""A trained network that predicts movements: whole clips or frame by frame, and the file that it is kept in."""

# ruff: noqa: E402

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Literal

from dancelift.errors import InputError, require

require("recognize", "a movement model", "torch", "safetensors")

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dancelift.arraytypes import Array, Floats
from dancelift.files import DATA
from dancelift.frame_rate import at_net_rate, between, from_net_rate, net_rate
from dancelift.movements.features import by_definition, features_2d, features_3d
from dancelift.movements.labels import MovementLabels
from dancelift.movements.lstms import Architecture, PartLSTMs
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from dancelift.movements.torch_settings import find_device, one_thread
from dancelift.movements.weights_file import load_network, open_weights, pack_state, unpack_state, write_weights
from dancelift.provenance import hash_of
from dancelift.stored import StoredJson


@dataclass(frozen=True)
class ModelInput:
    """An input that a movement network can have.

    Attributes:
        features: computes (T, P, F) from joints (T, 17, 3), frames per second and a taxonomy.
        delay: frames that a network should see after the one it predicts, besides those that the features look ahead.
        definition_weight: of what the definitions say in the prediction, beside the network's probability.
    """

    features: Callable[[Array, float, Taxonomy], Floats]
    delay: int
    definition_weight: float = 0.0


# Features of 3D look ahead by themselves, those of 2D do not; 8 frames are about 0.3 s at the networks' rate.
# A network is better than the definitions for dancers like those that it has seen, and worse for others: it overrules
# them where it is sure. The weight is the one that was best for both in cross-validation by clip and by dancer.
MODEL_INPUTS = {
    "3d": ModelInput(features_3d, delay=0, definition_weight=0.3),
    "2d": ModelInput(features_2d, delay=8),
}
"""The inputs that a movement network can have, by name: poses in 3D, or keypoints in 2D."""

_FORMAT = "dancelift movements 2"
_LARGEST_SIZE, _MOST_LAYERS, _LONGEST_DELAY = 4096, 16, 250  # of an architecture
_FRAMES_AT_ONCE = 2048  # frames of one pass, so that a long clip needs no more memory than a short one
_THRESHOLDS, _N_POSITIVES = "thresholds", "n_positives"  # of the file's tensors, beside the network's


@dataclass(frozen=True, eq=False)
class MovementModel:
    """Predicts the M movements of a taxonomy from a dancer's joints.

    Attributes:
        network: in evaluation mode, on the device that it runs on.
        input: "3d" or "2d", see MODEL_INPUTS.
        taxonomy: of the movements.
        thresholds: (M,) probability from which a movement counts as taking place.
        n_positives: (M,) frames of the training data in which each movement took place.
        figures: what was measured in training, by name.
    """

    network: PartLSTMs
    input: str
    taxonomy: Taxonomy
    thresholds: Floats
    n_positives: NDArray[np.int64]
    figures: Mapping[str, float]

    def features(self, joints: Array, fps: float) -> Floats:
        """Compute the network's features (T, P, F) from poses (T, 17, 3) in 3D or keypoints (T, 17, 3) in 2D, COCO-17.

        Raises:
            InputError: see `features_3d` and `features_2d`.
        """
        return MODEL_INPUTS[self.input].features(joints, fps, self.taxonomy)

    @one_thread()
    def probabilities(self, features: Floats, fps: float) -> Floats:
        """Predict the probability (T, M) of every movement at every frame.

        A clip of a higher frame rate than the network's is split into its phases, interleaved clips of about the
        network's rate; one of a lower rate is interpolated.

        Args:
            features: (T, P, F), T > 0.
            fps: frames per second.

        Raises:
            InputError: the features are of another shape.
        """
        self.check(features)
        phases = at_net_rate(features, fps)
        longest = len(phases[0])
        batch = np.stack([np.concatenate([phase, phase[-1:].repeat(longest - len(phase), axis=0)]) for phase in phases])
        x = self.network.pad(torch.from_numpy(batch))
        state, found = None, []
        with torch.inference_mode():
            for start in range(0, x.shape[1], _FRAMES_AT_ONCE):
                piece = x[:, start : start + _FRAMES_AT_ONCE].to(self.network.mean.device)
                logits, state = self.network.step(piece, state)
                found.append(logits.sigmoid().cpu())
        probabilities = torch.cat(found, dim=1)[:, self.network.architecture.delay :].numpy()
        return mixed(from_net_rate(list(probabilities), len(features), fps), features, self.input, self.taxonomy)

    def label(self, features: Floats, fps: float) -> MovementLabels:
        """Predict which movements take place, by the thresholds.

        Raises:
            InputError: see `probabilities`.
        """
        active = self.probabilities(features, fps) >= self.thresholds
        return MovementLabels(active, np.ones_like(active), fps, self.taxonomy)

    def check(self, features: Floats) -> None:
        """Raise InputError unless these are features (T, P, F), T > 0, of the network's P parts and F channels."""
        expected = tuple(self.network.mean.shape)
        if features.ndim != 3 or features.shape[1:] != expected or not len(features):
            raise InputError(
                f"features are of shape {features.shape}, expected (frames, {', '.join(map(str, expected))})"
            )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that a prediction depends on, which is the same after it was saved and loaded."""
        return hash_of(self._about(), {name: tensor.cpu().numpy() for name, tensor in self._tensors().items()})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as safetensors, large weights in 8 bits; what is not a tensor is JSON in the metadata's "about"."""
        write_weights(path, self._tensors(), {**self._about(), "figures": dict(self.figures)})

    def _about(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "taxonomy": self.taxonomy.hash,
            "input": self.input,
            "architecture": asdict(self.network.architecture),
        }

    def _tensors(self) -> dict[str, Tensor]:
        thresholds, n_positives = torch.from_numpy(self.thresholds), torch.from_numpy(self.n_positives)
        return pack_state(self.network) | {_THRESHOLDS: thresholds, _N_POSITIVES: n_positives}


def mixed(probabilities: Floats, features: Floats, input: str, taxonomy: Taxonomy) -> Floats:
    """A network's probabilities (T, M), mixed with what the definitions there are say of its features (T, P, F)."""
    weight = MODEL_INPUTS[input].definition_weight
    if not weight:
        return probabilities
    weights = np.array([weight if movement.when else 0 for movement in taxonomy.movements], np.float32)
    found: Floats = (1 - weights) * probabilities + weights * by_definition(features, taxonomy)
    return found


def load_movement_model(
    source: str | os.PathLike[str] = "3d",
    *,
    input: Literal["3d", "2d"] | None = None,
    taxonomy: Taxonomy | None = None,
    device: str | None = None,
) -> MovementModel:
    """Load a movement model: one that ships, or a file that `MovementModel.save` wrote.

    Args:
        source: "3d" or "2d": the model that ships for that input; else the path of a file.
        input: that the model must have; None: any.
        taxonomy: that it must be for; None: the standard one.
        device: of torch; None: a GPU where there is one.

    Raises:
        InputError: the file is missing, damaged, no movement model or one for another taxonomy or input, or there is no
            such device.
    """
    taxonomy = taxonomy or standard_taxonomy()
    path = DATA / f"movements_{source}.safetensors" if source in MODEL_INPUTS else source
    found = find_device(device)
    with open_weights(path, "a movement model, expected what MovementModel.save wrote", taxonomy) as (tensors, about):
        if about["format"] != _FORMAT:
            raise InputError(
                f"{path}: weights of another format, {about['format']}, expected {_FORMAT}: train them again"
            )
        thresholds, n_positives = tensors.pop(_THRESHOLDS).numpy(), tensors.pop(_N_POSITIVES).numpy()
        if not thresholds.shape == n_positives.shape == (len(taxonomy),) or about["input"] not in MODEL_INPUTS:
            raise InputError(
                f"{path}: {thresholds.shape} thresholds for {about['input']!r} input, "
                f"expected ({len(taxonomy)},) for one of {', '.join(MODEL_INPUTS)}"
            )
        if input not in (None, about["input"]):
            raise InputError(
                f"{path}: weights for {about['input']} input, expected those of "
                f"`dancelift train movements --input {input}`"
            )
        if not (n_positives >= 0).all():
            raise InputError(f"n_positives go down to {n_positives.min()}, expected numbers of frames")
        architecture = _architecture(StoredJson(about["architecture"]))
        network = load_network(lambda: PartLSTMs(taxonomy, architecture), unpack_state(tensors))
        figures = about.numbers("figures", finite=False)
    return MovementModel(network.to(found).eval(), about["input"], taxonomy, thresholds, n_positives, figures)


def _architecture(about: StoredJson) -> Architecture:
    """The sizes of a network, each within reason."""
    about.only(*(field.name for field in fields(Architecture)))
    return Architecture(
        n_channels=about.whole("n_channels", 1, _LARGEST_SIZE),
        hidden=about.whole("hidden", 1, _LARGEST_SIZE),
        layers=about.whole("layers", 1, _MOST_LAYERS),
        delay=about.whole("delay", 0, _LONGEST_DELAY),
        dropout=about.number("dropout", 0, 0.99),
    )


class MovementStream:
    """Predicts a dance frame by frame, as `MovementModel.probabilities` would, as soon as it can.

    Args:
        model: that predicts the movements.
        fps: frames per second of what is pushed.
    """

    def __init__(self, model: MovementModel, fps: float) -> None:
        self._model = model
        stride, repeat = net_rate(fps)
        self._phases = [_Phase(model.network, repeat) for _ in range(stride)]
        self._waiting: deque[Floats] = deque()  # features of the frames that have no probabilities yet
        self._n_pushed = 0

    @one_thread()
    def push(self, features: Floats) -> Floats | None:
        """Add the next frame.

        Args:
            features: (P, F).

        Returns:
            (M,) probabilities of the earliest frame that has none yet, or None while too little of what follows it is
            known.

        Raises:
            InputError: the features are of another shape.
        """
        self._model.check(features[None])
        phase = self._phases[self._n_pushed % len(self._phases)]
        self._n_pushed += 1
        self._waiting.append(features)
        probabilities = phase.push(features)
        return None if probabilities is None else self._mixed(probabilities)

    @one_thread()
    def finish(self) -> Floats:
        """End the dance: (N, M) probabilities of the frames that have none yet."""
        rest = np.empty((len(self._waiting), len(self._model.taxonomy)), np.float32)
        n_found, frame = 0, self._n_pushed
        while n_found < len(rest):
            phase = self._phases[frame % len(self._phases)]
            probabilities = None if phase.last is None else phase.push(phase.last)
            if probabilities is not None:
                rest[n_found] = self._mixed(probabilities)
                n_found += 1
            frame += 1
        return rest

    def _mixed(self, probabilities: Floats) -> Floats:
        """The network's probabilities (M,) of the earliest waiting frame, with what the definitions say of it."""
        features = self._waiting.popleft()
        found: Floats = mixed(probabilities[None], features[None], self._model.input, self._model.taxonomy)[0]
        return found


class _Phase:
    """One of the interleaved clips that a stream of a higher frame rate consists of.

    Attributes:
        last: (P, F), the latest frame, or None.
    """

    def __init__(self, network: PartLSTMs, repeat: int) -> None:
        self.last: Floats | None = None
        self._network, self._repeat = network, repeat
        self._state: Tensor | None = None
        self._n_steps = 0

    def push(self, features: Floats) -> Floats | None:
        """Add a frame (P, F); returns the probabilities (M,) of the frame that can now be predicted, or None."""
        steps = features[None] if self.last is None else between(self.last[None], features[None], self._repeat)
        self.last = features
        with torch.inference_mode():
            x = torch.from_numpy(steps).to(self._network.mean.device)
            logits, self._state = self._network.step(x[None], self._state)
        first = self._n_steps - self._network.architecture.delay
        self._n_steps += len(steps)
        for predicted, logit in enumerate(logits[0], start=first):
            if predicted >= 0 and predicted % self._repeat == 0:
                found: Floats = logit.sigmoid().cpu().numpy()
                return found
        return None

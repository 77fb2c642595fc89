"""A trained network that predicts the genre of a dance, and the file that it is kept in.

The network of Hu & Ahuja (2021, Unsupervised 3D Pose Estimation for Hierarchical Dance Video Recognition, sec. 2.4):
an LSTM reads all that the body parts do and, if it is given, the pose; softmax(W h_T + b) of its last hidden state h_T
are the genres' probabilities. Networks trained on few clips scatter, so that there is an ensemble of them, which differ
in their random start and in the order of their training data (Lakshminarayanan, Pritzel & Blundell 2017, Simple and
Scalable Predictive Uncertainty Estimation using Deep Ensembles).
"""

# ruff: noqa: E402

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Literal, get_args

from dancelift.errors import InputError, require

require("recognize", "a genre model", "torch", "safetensors")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from dancelift.arraytypes import Array, Floats
from dancelift.files import DATA
from dancelift.genres.features import BANDWIDTH, INPUTS, RATE, Dance, channels, cut_windows, window_bounds
from dancelift.genres.novelty import N_STATISTICS, Novelty
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from dancelift.movements.torch_settings import find_device, one_thread
from dancelift.movements.weights_file import load_network, open_weights, write_weights
from dancelift.provenance import hash_of
from dancelift.stored import StoredJson

SKELETON = "coco17"
"""The skeleton of the poses and keypoints that the network reads."""

MovementVectors = Literal["probabilities", "definitions"]
"""Where the movements that a genre model reads are from: a movement model's probabilities, or their definitions."""

_FORMAT = "dancelift genre 4"
_NOVELTY = "novelty."  # prefix of its tensors
_NOVELTY_ARRAYS = tuple(field.name for field in fields(Novelty) if field.name != "threshold")
_SHIPPED = DATA / "genre.safetensors"
_MIN_STD = 0.1  # of a channel; one that varies less, such as a rare movement, is not blown up to unit variance
_LARGEST_SIZE, _MOST_MEMBERS = 4096, 100  # of an architecture and an ensemble
_LONGEST_WINDOW = 3600.0  # s
_LEAST_TEMPERATURE, _LEAST_THRESHOLD = 1e-3, 1e-6
_WINDOWS_AT_ONCE = 256  # windows of one pass, so that a long clip needs no more memory than a short one


@dataclass(frozen=True)
class GenreArchitecture:
    """Sizes of the network.

    Attributes:
        n_channels: F, that it reads.
        n_genres: G, that it predicts.
        projected: size to which the channels are reduced before the LSTM.
        hidden: size of the LSTM's hidden state.
        dropout: share of the channels, of what they are reduced to and of h_T that training sets to 0.
    """

    n_channels: int
    n_genres: int
    projected: int = 24
    hidden: int = 32
    dropout: float = 0.3


class StandardizedNetwork(nn.Module):
    """Base of the networks that predict genres, which begin by standardizing their channels.

    Attributes:
        mean: (F,) of the channels, which is subtracted from them.
        scale: (F,) by which they are then divided.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_channels))
        self.register_buffer("scale", torch.ones(n_channels))

    def fit_standardizer(self, frames: Floats) -> None:
        """Take the mean and the standard deviation of the channels from frames (N, F)."""
        self.mean.copy_(torch.from_numpy(frames.mean(axis=0)))
        self.scale.copy_(torch.from_numpy(np.maximum(frames.std(axis=0), _MIN_STD)))

    def standardize(self, x: Tensor) -> Tensor:
        """Channels (..., F) of about mean 0 and standard deviation 1."""
        return (x - self.mean) / self.scale


class GenreLSTM(StandardizedNetwork):
    """Predicts the logits of genres from sequences of channels.

    Attributes:
        architecture: of the network.
    """

    def __init__(self, architecture: GenreArchitecture) -> None:
        super().__init__(architecture.n_channels)
        self.architecture = architecture
        self.project = nn.Linear(architecture.n_channels, architecture.projected)
        self.lstm = nn.LSTM(architecture.projected, architecture.hidden, batch_first=True)
        self.output = nn.Linear(architecture.hidden, architecture.n_genres)
        self.dropout = nn.Dropout(architecture.dropout)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), W h_T + b, of sequences (B, S, F) of which the first `lengths` (B,) frames count."""
        y = self.dropout(torch.tanh(self.project(self.dropout(self.standardize(x)))))
        packed = pack_padded_sequence(y, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (last, _) = self.lstm(packed)
        logits: Tensor = self.output(self.dropout(last[-1]))
        return logits


class GenreEnsemble(nn.Module):
    """Networks of the same inputs and genres, whose logits are averaged.

    That is, up to what makes them sum to 1, the geometric mean of their probabilities.
    """

    def __init__(self, members: Iterable[StandardizedNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        return torch.stack([member(x, lengths) for member in self.members]).mean(dim=0)


@dataclass(frozen=True, eq=False)
class GenrePrediction:
    """Predicted probabilities of the G genres of a clip, in W windows of time and in all.

    Attributes:
        times: (W, 2), s, start and end of each window.
        windows: (W, G), probabilities in each window.
        clip: (G,), probabilities for the whole clip: the geometric mean of the windows', made to sum to 1.
        novelty: how far the clip is from all known dances, relative to how far one of them may be: above 1 it is
            none of them. NaN: not known.
    """

    times: Array
    windows: Array
    clip: Array
    novelty: float


@dataclass(frozen=True, eq=False)
class GenreModel:
    """Predicts the genre of a dance.

    Attributes:
        network: of GenreLSTMs of one architecture, in evaluation mode, on the device that it runs on.
        genres: (G,) names, in the order of the probabilities.
        inputs: of the network, some of `dancelift.genres.features.INPUTS`.
        taxonomy: of the movements.
        window: s, length of the windows that a clip is cut into; each begins in the middle of the one before.
        temperature: by which logits are divided, so that probabilities are as sure as they are right.
        figures: what was measured in training, by name.
        movement_vectors: where the movements that it reads are from: a movement model's "probabilities" (Hu & Ahuja
            2021, sec. 2.4), or their "definitions".
        novelty: how far from the dances that it knows one may be; None: not known.
    """

    network: GenreEnsemble
    genres: tuple[str, ...]
    inputs: tuple[str, ...]
    taxonomy: Taxonomy
    window: float
    temperature: float
    figures: Mapping[str, float]
    movement_vectors: MovementVectors = "definitions"
    novelty: Novelty | None = None

    @property
    def architecture(self) -> GenreArchitecture:
        """The architecture of each member of the network."""
        first = self.network.members[0]
        assert isinstance(first, GenreLSTM)
        return first.architecture

    def predict(self, dance: Dance) -> GenrePrediction:
        """Predict the genres' probabilities, in windows and in the whole dance; a short dance is one shorter window.

        Raises:
            InputError: the dance lacks what the network reads, or has movements of another taxonomy.
        """
        if "movements" in self.inputs and dance.movements is not None:
            found = dance.movements.shape
            if len(found) != 2 or found[1] != len(self.taxonomy):
                raise InputError(f"movements are of shape {found}, expected (frames, {len(self.taxonomy)})")
        frames = channels(dance, self.inputs)
        bounds = window_bounds(len(frames), self.window)
        log_windows = self.log_probabilities(frames)
        novelty = math.nan
        if self.novelty is not None:
            novelty = self.novelty.distance(cut_windows(frames, self.window)) / self.novelty.threshold
        return GenrePrediction(bounds / RATE, np.exp(log_windows), np.exp(clip_log_probabilities(log_windows)), novelty)

    def log_probabilities(self, frames: Floats) -> Array:
        """Predict the log probabilities (W, G) in each window of the channels (S, F) of a dance."""
        logits = window_logits(self.network, frames, self.window) / self.temperature
        found: Array = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return found

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that a prediction depends on, which is the same after it was saved and loaded."""
        return hash_of(self._about(), {name: tensor.cpu().numpy() for name, tensor in self._tensors().items()})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as safetensors; what is not a tensor is JSON in the metadata's "about"."""
        write_weights(path, self._tensors(), {**self._about(), "figures": dict(self.figures)})

    def _about(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "genres": self.genres,
            "inputs": self.inputs,
            "taxonomy": self.taxonomy.hash,
            "skeleton": SKELETON,
            "features": _FEATURES,
            "architecture": asdict(self.architecture),
            "members": len(self.network.members),
            "window": self.window,
            "temperature": self.temperature,
            "movement_vectors": self.movement_vectors,
            "novelty_threshold": None if self.novelty is None else self.novelty.threshold,
        }

    def _tensors(self) -> dict[str, Tensor]:
        tensors = dict(self.network.state_dict())
        if self.novelty is not None:
            tensors |= {
                f"{_NOVELTY}{name}": torch.from_numpy(getattr(self.novelty, name).astype(np.float32))
                for name in _NOVELTY_ARRAYS
            }
        return tensors


def load_genre_model(
    path: str | os.PathLike[str] | None = None, *, taxonomy: Taxonomy | None = None, device: str | None = None
) -> GenreModel:
    """Load a genre model: the one that ships, or a file that `GenreModel.save` wrote.

    Args:
        path: of the file; None: the model that ships.
        taxonomy: of the movements that it must be for; None: the standard one.
        device: of torch; None: a GPU where there is one.

    Raises:
        InputError: the file is missing, damaged, no genre model or one for another taxonomy, skeleton or other
            features, or there is no such device.
    """
    path, taxonomy, found = path or _SHIPPED, taxonomy or standard_taxonomy(), find_device(device)
    with open_weights(path, "a genre model, expected what GenreModel.save wrote", taxonomy) as (tensors, about):
        _check_about(path, about)
        architecture = _architecture(StoredJson(about["architecture"]))
        inputs, genres = about.names("inputs"), about.names("genres", architecture.n_genres)
        n_channels = sum(INPUTS[name].n_channels or len(taxonomy) for name in inputs)
        if architecture.n_channels != n_channels or len(set(genres)) < len(genres):
            raise InputError(
                f"{architecture.n_channels} channels for {', '.join(inputs)} and genres {', '.join(genres)}, "
                f"expected {n_channels} channels and different genres"
            )
        novelty = None if about["novelty_threshold"] is None else _novelty(tensors, about, architecture)
        n_members = about.whole("members", 1, _MOST_MEMBERS)
        network = load_network(lambda: GenreEnsemble(GenreLSTM(architecture) for _ in range(n_members)), tensors)
        return GenreModel(
            network.to(found).eval(),
            genres,
            inputs,
            taxonomy,
            about.number("window", 1 / RATE, _LONGEST_WINDOW),
            about.number("temperature", _LEAST_TEMPERATURE, 1 / _LEAST_TEMPERATURE),
            about.numbers("figures", finite=False),
            about["movement_vectors"],
            novelty,
        )


def _architecture(about: StoredJson) -> GenreArchitecture:
    """The sizes of a network, each within reason."""
    about.only(*(field.name for field in fields(GenreArchitecture)))
    sizes = {name: about.whole(name, 1, _LARGEST_SIZE) for name in ("n_channels", "n_genres", "projected", "hidden")}
    return GenreArchitecture(dropout=about.number("dropout", 0, 0.99), **sizes)


def _novelty(tensors: dict[str, Tensor], about: StoredJson, architecture: GenreArchitecture) -> Novelty:
    """What known dances are like, taken out of the tensors."""
    arrays = {name: tensors.pop(f"{_NOVELTY}{name}").double().numpy() for name in _NOVELTY_ARRAYS}
    n_statistics, n_components = N_STATISTICS * architecture.n_channels, len(arrays["components"])
    for name, shape in {
        "mean": (n_statistics,),
        "scale": (n_statistics,),
        "components": (n_components, n_statistics),
        "genre_means": (architecture.n_genres, n_components),
        "precision": (n_components, n_components),
        "typical": (2,),
    }.items():
        if arrays[name].shape != shape:
            raise InputError(f"{_NOVELTY}{name} has shape {arrays[name].shape}, expected {shape}")
    if not (arrays["typical"] > 0).all():
        raise InputError(f"{_NOVELTY}typical is {arrays['typical'].tolist()}, expected numbers above 0")
    return Novelty(**arrays, threshold=about.number("novelty_threshold", _LEAST_THRESHOLD))


_FEATURES = {"rate": RATE, "bandwidth": BANDWIDTH}


def _check_about(path: str | os.PathLike[str], about: StoredJson) -> None:
    """Raise InputError unless the weights are for these poses and features."""
    for name, value in {"format": _FORMAT, "skeleton": SKELETON, "features": _FEATURES}.items():
        if about[name] != value:
            raise InputError(f"{path}: weights of another {name}, {about[name]}, expected {value}: train them again")
    if about["movement_vectors"] not in get_args(MovementVectors):
        expected = " or ".join(get_args(MovementVectors))
        raise InputError(f"{path}: weights for movements from {about['movement_vectors']!r}, expected {expected}")
    inputs = about["inputs"]
    known = isinstance(inputs, list) and inputs and all(isinstance(name, str) and name in INPUTS for name in inputs)
    if not known or len(set(inputs)) < len(inputs):
        raise InputError(f"{path}: weights for inputs {inputs}, expected some of {', '.join(INPUTS)}")


@one_thread()
def window_logits(network: nn.Module, frames: Floats, window: float) -> Array:
    """Predict the logits (W, G) of each window, of `window` s, of channels (S, F), by a network in evaluation mode."""
    pieces = [torch.from_numpy(piece) for piece in cut_windows(frames, window)]
    device = next(network.parameters()).device
    found = []
    with torch.inference_mode():
        for i in range(0, len(pieces), _WINDOWS_AT_ONCE):
            batch = torch.stack(pieces[i : i + _WINDOWS_AT_ONCE]).to(device)
            found.append(network(batch, torch.full((len(batch),), batch.shape[1])).cpu())
    logits: Array = torch.cat(found).double().numpy()
    return logits


def clip_log_probabilities(log_windows: Array) -> Array:
    """Log probabilities (G,) of a whole clip, from those (W, G) of its windows: their mean, made to sum to 1.

    Windows of a clip are far from independent, so they are not multiplied.
    """
    mean = log_windows.mean(axis=0)
    found: Array = mean - np.logaddexp.reduce(mean)
    return found

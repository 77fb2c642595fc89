"""A trained network that names a dance, and the file that it is kept in.

The network of Hu & Ahuja (2021, Unsupervised 3D Pose Estimation for Hierarchical Dance Video Recognition, sec. 2.4):
an LSTM reads all that the body parts do and, if it is given, the pose; softmax(W h_T + b) of its last hidden state h_T
are the genres' probabilities. Networks that have learnt from few clips scatter, so that several are asked, which
differ in their random start and in what they were shown when (Lakshminarayanan, Pritzel & Blundell 2017, Simple and
Scalable Predictive Uncertainty Estimation using Deep Ensembles).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from dancelift.arraytypes import Array, Floats
from dancelift.errors import InputError
from dancelift.files import DATA
from dancelift.genres.features import BANDWIDTH, INPUTS, RATE, Dance, channels
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from dancelift.movements.weights_file import find_device, open_weights, write_weights

SKELETON = "coco17"
"""Of the poses and keypoints that are read."""

_FORMAT = "dancelift genre 2"
_SHIPPED = DATA / "genre.safetensors"
_LEAST_SPREAD = 0.1  # of a channel, below which it is not spread out further
_AT_ONCE = 256  # windows that are read in one go


@dataclass(frozen=True)
class GenreArchitecture:
    """Of the network.

    Attributes:
        n_channels: F, that it reads.
        n_genres: G.
        projected: size to which the channels are reduced before the LSTM.
        hidden: size of the LSTM's hidden state.
        dropout: share of the channels, of what they are reduced to and of h_T that training leaves out.
    """

    n_channels: int
    n_genres: int
    projected: int = 24
    hidden: int = 32
    dropout: float = 0.3


class Standardised(nn.Module):
    """What every network that names dances begins with: channels of mean 0 and spread 1.

    Attributes:
        mean: (F,) of the channels, which is taken off them.
        spread: (F,) by which they are then divided.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_channels))
        self.register_buffer("spread", torch.ones(n_channels))

    def expect_inputs_like(self, frames: Floats) -> None:
        """Take mean and spread from frames (N, F)."""
        self.mean.copy_(torch.from_numpy(frames.mean(axis=0)))
        self.spread.copy_(torch.from_numpy(np.maximum(frames.std(axis=0), _LEAST_SPREAD)))

    def standardise(self, x: Tensor) -> Tensor:
        """Of channels (..., F)."""
        return (x - self.mean) / self.spread


class GenreLSTM(Standardised):
    """Logits of genres from sequences of channels.

    Attributes:
        architecture: of the network.
    """

    def __init__(self, architecture: GenreArchitecture) -> None:
        super().__init__(architecture.n_channels)
        self.architecture = architecture
        self.project = nn.Linear(architecture.n_channels, architecture.projected)
        self.lstm = nn.LSTM(architecture.projected, architecture.hidden, batch_first=True)
        self.answer = nn.Linear(architecture.hidden, architecture.n_genres)
        self.dropout = nn.Dropout(architecture.dropout)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), W h_T + b, of sequences (B, S, F) of which the first `lengths` (B,) frames count."""
        y = self.dropout(torch.tanh(self.project(self.dropout(self.standardise(x)))))
        packed = pack_padded_sequence(y, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (last, _) = self.lstm(packed)
        logits: Tensor = self.answer(self.dropout(last[-1]))
        return logits


class GenreEnsemble(nn.Module):
    """Networks that read and tell the same; together they say the mean of their logits.

    That is, up to what makes them sum to 1, the geometric mean of their probabilities.
    """

    def __init__(self, members: Iterable[Standardised]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        return torch.stack([member(x, lengths) for member in self.members]).mean(dim=0)


@dataclass(frozen=True, eq=False)
class GenresTold:
    """What was told of a clip, of W windows of time and G genres.

    Attributes:
        times: (W, 2), s, start and end of each window.
        windows: (W, G), probabilities in each window.
        clip: (G,), probabilities for the whole clip: the geometric mean of the windows', made to sum to 1.
    """

    times: Array
    windows: Array
    clip: Array


@dataclass(frozen=True, eq=False)
class GenreModel:
    """Names a dance.

    Attributes:
        network: of GenreLSTMs of one architecture, in evaluation mode, on the device that it runs on.
        genres: (G,) names, in the order of the probabilities.
        inputs: what it reads, some of `dancelift.genres.features.INPUTS`.
        taxonomy: of the movements.
        window: s, of the pieces that a clip is told by; each begins in the middle of the one before.
        temperature: by which logits are divided, so that probabilities are as sure as they are right.
        figures: what was measured in training, by name.
    """

    network: GenreEnsemble
    genres: tuple[str, ...]
    inputs: tuple[str, ...]
    taxonomy: Taxonomy
    window: float
    temperature: float
    figures: Mapping[str, float]

    @property
    def architecture(self) -> GenreArchitecture:
        """Of each member of the network."""
        first = self.network.members[0]
        assert isinstance(first, GenreLSTM)
        return first.architecture

    def probabilities(self, dance: Dance) -> GenresTold:
        """Of the genres, in windows and in the whole dance; one shorter than a window is told as it is.

        Raises:
            InputError: the dance lacks what the network reads, or has movements of another taxonomy.
        """
        if "movements" in self.inputs and dance.movements is not None:
            found = dance.movements.shape
            if len(found) != 2 or found[1] != len(self.taxonomy):
                raise InputError(f"movements are of shape {found}, expected (frames, {len(self.taxonomy)})")
        read = channels(dance, self.inputs)
        frames = cut(len(read), self.window)
        log_windows = self.log_probabilities(read)
        return GenresTold(frames / RATE, np.exp(log_windows), np.exp(together(log_windows)))

    def log_probabilities(self, read: Floats) -> Array:
        """(W, G) in each window, of channels (S, F)."""
        logits = window_logits(self.network, read, self.window) / self.temperature
        found: Array = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as safetensors; what is not a tensor is JSON in the metadata's "about"."""
        about = {
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
            "figures": dict(self.figures),
        }
        write_weights(path, self.network.state_dict(), about)

    @staticmethod
    def load(path: str | os.PathLike[str], taxonomy: Taxonomy, device: str | None = None) -> GenreModel:
        """Read what `save` wrote.

        Args:
            path: of the file.
            taxonomy: that it must be for.
            device: of torch; None: a GPU where there is one.

        Raises:
            InputError: the file is missing, damaged, no genre model or one for another taxonomy, skeleton or kind of
                features, or there is no such device.
        """
        where = find_device(device)
        with open_weights(path, "a genre model, expected what GenreModel.save wrote", taxonomy) as (tensors, about):
            _check_about(path, about)
            architecture = GenreArchitecture(**about["architecture"])
            network = GenreEnsemble(GenreLSTM(architecture) for _ in range(about["members"]))
            network.load_state_dict(tensors)
            return GenreModel(
                network.to(where).eval(),
                tuple(about["genres"]),
                tuple(about["inputs"]),
                taxonomy,
                float(about["window"]),
                float(about["temperature"]),
                {str(name): float(value) for name, value in about["figures"].items()},
            )


def load_genre_model(path: str | os.PathLike[str] | None = None) -> GenreModel:
    """A network that names dances by the standard taxonomy's movements.

    Args:
        path: of its weights; None: those that ship.

    Raises:
        InputError: the weights cannot be used.
    """
    return GenreModel.load(path or _SHIPPED, standard_taxonomy())


_FEATURES = {"rate": RATE, "bandwidth": BANDWIDTH}


def _check_about(path: str | os.PathLike[str], about: Mapping[str, object]) -> None:
    """Raise InputError unless the weights are for these poses and features."""
    for name, value in {"format": _FORMAT, "skeleton": SKELETON, "features": _FEATURES}.items():
        if about[name] != value:
            raise InputError(f"{path}: weights of another {name}, {about[name]}, expected {value}: train them again")
    inputs = about["inputs"]
    if not isinstance(inputs, list) or not inputs or not set(inputs) <= set(INPUTS):
        raise InputError(f"{path}: weights for inputs {inputs}, expected some of {', '.join(INPUTS)}")


def cut(n_frames: int, window: float) -> Array:
    """(W, 2) first frame and end of the windows, of `window` s, of S frames at RATE; the last one ends with them."""
    length = round(window * RATE)
    starts = np.arange(0, max(n_frames - length, 0) + 1, max(1, length // 2))
    if starts[-1] + length < n_frames:
        starts = np.append(starts, n_frames - length)
    return np.stack([starts, np.minimum(starts + length, n_frames)], axis=1).astype(float)


def window_logits(network: nn.Module, read: Floats, window: float) -> Array:
    """(W, G) that a network in evaluation mode says of each window of channels (S, F)."""
    pieces = [torch.from_numpy(read[int(start) : int(end)]) for start, end in cut(len(read), window)]
    device = next(network.parameters()).device
    found = []
    with torch.inference_mode():
        for i in range(0, len(pieces), _AT_ONCE):
            batch = torch.stack(pieces[i : i + _AT_ONCE]).to(device)
            found.append(network(batch, torch.full((len(batch),), batch.shape[1])).cpu())
    logits: Array = torch.cat(found).double().numpy()
    return logits


def together(log_windows: Array) -> Array:
    """(G,) log probabilities of a whole clip, of those (W, G) of its windows: their mean, made to sum to 1.

    Windows of a clip are far from independent, so they are not multiplied.
    """
    mean = log_windows.mean(axis=0)
    found: Array = mean - np.logaddexp.reduce(mean)
    return found

"""A trained network that tells movements: whole clips or frame by frame, and the file that it is kept in."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dancelift.arraytypes import Array, Floats
from dancelift.errors import InputError
from dancelift.files import DATA
from dancelift.frame_rate import at_net_rate, between, from_net_rate, net_rate
from dancelift.movements.features import features_2d, features_3d
from dancelift.movements.labels import MovementLabels
from dancelift.movements.lstms import Architecture, PartLSTMs
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from dancelift.movements.weights_file import find_device, open_weights, write_weights


@dataclass(frozen=True)
class InputKind:
    """What a network can read.

    Attributes:
        features: (T, P, F) of joints (T, 17, 3), frames per second and a taxonomy.
        delay: frames that a network should see after the one it answers for, beyond what the features look ahead.
    """

    features: Callable[[Array, float, Taxonomy], Floats]
    delay: int


INPUT_KINDS = {"3d": InputKind(features_3d, delay=0), "2d": InputKind(features_2d, delay=8)}
"""By name."""

_AT_ONCE = 2048  # frames that are read in one go, so that a long clip needs no more memory than a short one
_THRESHOLDS, _N_LEARNT = "thresholds", "n_learnt"  # of the file's tensors, beside the network's


@dataclass(frozen=True, eq=False)
class MovementModel:
    """Tells the M movements of a taxonomy from a dancer's joints.

    Attributes:
        network: in evaluation mode, on the device that it runs on.
        input_kind: "3d" or "2d", see INPUT_KINDS.
        taxonomy: of the movements.
        thresholds: (M,) probability from which a movement counts as taking place.
        n_learnt: (M,) frames in which each movement took place in what was learnt from.
        figures: what was measured in training, by name.
    """

    network: PartLSTMs
    input_kind: str
    taxonomy: Taxonomy
    thresholds: Floats
    n_learnt: NDArray[np.int64]
    figures: Mapping[str, float]

    def features(self, joints: Array, fps: float) -> Floats:
        """(T, P, F) that the network reads: of poses (T, 17, 3) in 3D or keypoints (T, 17, 3) in 2D, COCO-17.

        Raises:
            InputError: see `features_3d` and `features_2d`.
        """
        return INPUT_KINDS[self.input_kind].features(joints, fps, self.taxonomy)

    def probabilities(self, features: Floats, fps: float) -> Floats:
        """Probability (T, M) of every movement at every frame.

        A clip of a higher frame rate than the network's is read as several interleaved ones, one of a lower rate is
        interpolated.

        Args:
            features: (T, P, F), T > 0.
            fps: frames per second.

        Raises:
            InputError: the features are of another shape.
        """
        self.check(features)
        lanes = at_net_rate(features, fps)
        longest = len(lanes[0])
        together = np.stack([np.concatenate([lane, lane[-1:].repeat(longest - len(lane), axis=0)]) for lane in lanes])
        x = self.network.go_on(torch.from_numpy(together))
        state, found = None, []
        with torch.inference_mode():
            for start in range(0, x.shape[1], _AT_ONCE):
                piece = x[:, start : start + _AT_ONCE].to(self.network.mean.device)
                logits, state = self.network.advance(piece, state)
                found.append(logits.sigmoid().cpu())
        answers = torch.cat(found, dim=1)[:, self.network.architecture.delay :].numpy()
        return from_net_rate(list(answers), len(features), fps)

    def label(self, features: Floats, fps: float) -> MovementLabels:
        """Which movements take place, by the thresholds.

        Raises:
            InputError: see `probabilities`.
        """
        active = self.probabilities(features, fps) >= self.thresholds
        return MovementLabels(active, np.ones_like(active), fps, self.taxonomy)

    def check(self, features: Floats) -> None:
        """Raise InputError unless these are features (T, P, F), T > 0, that the network can read."""
        expected = tuple(self.network.mean.shape)
        if features.ndim != 3 or features.shape[1:] != expected or not len(features):
            raise InputError(
                f"features are of shape {features.shape}, expected (frames, {', '.join(map(str, expected))})"
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as safetensors, in half precision; what is not a tensor is JSON in the metadata's "about"."""
        about = {
            "taxonomy": self.taxonomy.hash,
            "input_kind": self.input_kind,
            "architecture": asdict(self.network.architecture),
            "figures": dict(self.figures),
        }
        tensors = {name: tensor.half() for name, tensor in self.network.state_dict().items()}
        tensors |= {_THRESHOLDS: torch.from_numpy(self.thresholds), _N_LEARNT: torch.from_numpy(self.n_learnt)}
        write_weights(path, tensors, about)

    @staticmethod
    def load(path: str | os.PathLike[str], taxonomy: Taxonomy, device: str | None = None) -> MovementModel:
        """Read what `save` wrote.

        Args:
            path: of the file.
            taxonomy: that it must be for.
            device: of torch; None: a GPU where there is one.

        Raises:
            InputError: the file is missing, damaged, no movement model or one for another taxonomy, or there is no
                such device.
        """
        where = find_device(device)
        with open_weights(path, "a movement model, expected what MovementModel.save wrote", taxonomy) as (
            tensors,
            about,
        ):
            thresholds, n_learnt = tensors.pop(_THRESHOLDS).numpy(), tensors.pop(_N_LEARNT).numpy()
            if not thresholds.shape == n_learnt.shape == (len(taxonomy),) or about["input_kind"] not in INPUT_KINDS:
                raise InputError(
                    f"{path}: {thresholds.shape} thresholds for {about['input_kind']!r} input, "
                    f"expected ({len(taxonomy)},) for one of {', '.join(INPUT_KINDS)}"
                )
            network = PartLSTMs(taxonomy, Architecture(**about["architecture"]))
            network.load_state_dict(tensors)
            figures = {str(name): float(value) for name, value in about["figures"].items()}
        return MovementModel(network.to(where).eval(), about["input_kind"], taxonomy, thresholds, n_learnt, figures)


def load_model(input_kind: str, path: str | os.PathLike[str] | None = None) -> MovementModel:
    """A network that reads an input of that kind, for the standard taxonomy.

    Args:
        input_kind: one of INPUT_KINDS.
        path: of its weights; None: those that ship.

    Raises:
        InputError: the weights cannot be used, or are for another kind of input.
    """
    path = path or DATA / f"movements_{input_kind}.safetensors"
    model = MovementModel.load(path, standard_taxonomy())
    if model.input_kind != input_kind:
        raise InputError(
            f"{path}: weights for {model.input_kind} input, expected those of "
            f"`dancelift train movements --input {input_kind}`"
        )
    return model


class MovementStream:
    """Reads a dance frame by frame and says what `MovementModel.probabilities` would, as soon as it can.

    Args:
        model: that tells the movements.
        fps: frames per second of what is pushed.
    """

    def __init__(self, model: MovementModel, fps: float) -> None:
        self._model = model
        stride, repeat = net_rate(fps)
        self._lanes = [_Lane(model.network, repeat) for _ in range(stride)]
        self._n_pushed = self._n_answered = 0

    def push(self, features: Floats) -> Floats | None:
        """Read the next frame.

        Args:
            features: (P, F).

        Returns:
            (M,) probabilities of the earliest frame that has not been answered for, once enough is known of what
            follows it; else None.

        Raises:
            InputError: the features are of another shape.
        """
        self._model.check(features[None])
        lane = self._lanes[self._n_pushed % len(self._lanes)]
        self._n_pushed += 1
        answer = lane.read(features)
        self._n_answered += answer is not None
        return answer

    def finish(self) -> Floats:
        """(N, M) probabilities of the frames that have not been answered for; the dance is over."""
        rest = np.empty((self._n_pushed - self._n_answered, len(self._model.taxonomy)), np.float32)
        n_found, frame = 0, self._n_pushed
        while n_found < len(rest):
            lane = self._lanes[frame % len(self._lanes)]
            answer = None if lane.last is None else lane.read(lane.last)
            if answer is not None:
                rest[n_found] = answer
                n_found += 1
            frame += 1
        self._n_answered = self._n_pushed
        return rest


class _Lane:
    """One of the interleaved clips that a stream consists of.

    Attributes:
        last: (P, F), the frame read last, or None.
    """

    def __init__(self, network: PartLSTMs, repeat: int) -> None:
        self.last: Floats | None = None
        self._network, self._repeat = network, repeat
        self._state: Tensor | None = None
        self._n_read = 0

    def read(self, features: Floats) -> Floats | None:
        """Probabilities (M,) of the frame that (P, F) lets one answer for, if any."""
        steps = features[None] if self.last is None else between(self.last[None], features[None], self._repeat)
        self.last = features
        with torch.inference_mode():
            x = torch.from_numpy(steps).to(self._network.mean.device)
            logits, self._state = self._network.advance(x[None], self._state)
        first = self._n_read - self._network.architecture.delay
        self._n_read += len(steps)
        for answered, logit in enumerate(logits[0], start=first):
            if answered >= 0 and answered % self._repeat == 0:
                found: Floats = logit.sigmoid().cpu().numpy()
                return found
        return None

"""Training data of the movement networks: labelled clips, split into training and validation, cut into windows."""

# ruff: noqa: E402

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dancelift.errors import require

require("train", "training")

import lightning.pytorch as pl
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dancelift.arraytypes import Floats
from dancelift.errors import InputError
from dancelift.frame_rate import at_net_rate
from dancelift.movements.labels import MIN_FRAMES, MovementLabels
from dancelift.movements.taxonomy import Taxonomy

UNKNOWN = -1
"""Target of a movement at a frame where it is not known, or where there is no frame."""

_VALIDATION_WINDOW = 600  # frames; a window starts without a memory, so that long ones are nearer to whole clips

Batch = tuple[Tensor, Tensor]
"""A batch: features (B, W + delay, P, F) and targets (B, W, M), which are 1, 0 or UNKNOWN."""


@dataclass(frozen=True, eq=False)
class TrainingClip:
    """A labelled clip of T frames.

    Attributes:
        name: of the motion; clips of one name, such as several views of it, are all for training or all for validation.
        features: (T, P, F), see `dancelift.movements.features`.
        labels: of the same frames.
        exact: (T, P, F), features of the true motion, where that is known: lifts that err less or more have features
            on the line through the two.
    """

    name: str
    features: Floats
    labels: MovementLabels
    exact: Floats | None = None


@dataclass(frozen=True, eq=False)
class Phase:
    """A clip at the networks' frame rate: every n-th frame of one of a higher rate (polyphase), interpolated otherwise.

    Attributes:
        features: (T, P, F).
        targets: (T, M): 1, 0 or UNKNOWN.
        exact: (T, P, F), see TrainingClip; where these are not known, the features.
    """

    features: Floats
    targets: NDArray[np.int8]
    exact: Floats


def phases(clips: Iterable[TrainingClip]) -> list[Phase]:
    """Bring clips to the networks' frame rate; one of a higher rate becomes several phases."""
    found = []
    for clip in clips:
        fps = clip.labels.fps
        flags = [at_net_rate(a.astype(np.float32), fps) for a in (clip.labels.active, clip.labels.known)]
        both = [at_net_rate(x, fps) for x in (clip.features, clip.features if clip.exact is None else clip.exact)]
        for features, exact, active, known in zip(*both, *flags, strict=True):
            found.append(Phase(features, np.where(known == 1, active >= 0.5, UNKNOWN).astype(np.int8), exact))
    return found


@dataclass(frozen=True)
class Window:
    """A window of the training data.

    Attributes:
        phase: its index.
        start: first frame.
        error: scale of the lift's error: 0 are the features of the true motion, 1 those of the lifted one.
    """

    phase: int
    start: int
    error: float = 1.0


class WindowDataset(Dataset[Batch]):
    """Batches of windows of clips. A window that exceeds its clip is padded with the last frame, as the network pads.

    Args:
        phases: that the windows are cut from.
        windows: to cut.
        length: W of a window, frames.
        delay: frames after the window that the network has to see.
        batch_size: B.
    """

    def __init__(
        self, phases: Sequence[Phase], windows: Sequence[Window], length: int, delay: int, batch_size: int
    ) -> None:
        self._phases, self._length, self._delay = phases, length, delay
        self._batches = [windows[i : i + batch_size] for i in range(0, len(windows), batch_size)]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        if index >= len(self):
            raise IndexError(index)
        features, targets = [], []
        for window in self._batches[index]:
            phase = self._phases[window.phase]
            frames = np.arange(window.start, window.start + self._length + self._delay)
            frames = np.minimum(frames, len(phase.features) - 1)
            exact = phase.exact[frames]
            features.append(exact + np.float32(window.error) * (phase.features[frames] - exact))
            target = np.full((self._length, phase.targets.shape[1]), UNKNOWN, np.int8)
            there = phase.targets[window.start : window.start + self._length]
            target[: len(there)] = there
            targets.append(target)
        return torch.from_numpy(np.stack(features)), torch.from_numpy(np.stack(targets))


class MovementData(pl.LightningDataModule):
    """Windows of clips: sampled anew in every epoch for training, all of them in order for validation.

    The samples of an epoch depend on the random seed and its number alone, so that training can be resumed.

    Attributes:
        training: clips to train on.
        validation: clips that are held out; may be none.

    Args:
        clips: that are checked already, see `check_clips`.
        validation_share: share of their names that is held out.
        window: frames of a window for training.
        errors: range from which a window's `Window.error` is drawn.
        delay: of the network, frames.
        batch_size: windows a step.
        random_seed: of the samples.
    """

    def __init__(
        self,
        clips: Sequence[TrainingClip],
        validation_share: float,
        window: int,
        errors: tuple[float, float],
        delay: int,
        batch_size: int,
        random_seed: int,
    ) -> None:
        super().__init__()
        names = _validation_names([clip.name for clip in clips], validation_share)
        self.training = phases(clip for clip in clips if clip.name not in names)
        self.validation = phases(clip for clip in clips if clip.name in names)
        self._window, self._errors, self._delay, self._batch_size = window, errors, delay, batch_size
        self._random_seed = random_seed

    def train_dataloader(self) -> DataLoader[Batch]:
        epoch = self.trainer.current_epoch if self.trainer else 0
        rng = np.random.default_rng([self._random_seed, epoch])
        windows = []
        for i, phase in enumerate(self.training):
            n_frames = len(phase.features)
            starts = rng.integers(0, max(1, n_frames - self._window + 1), max(1, round(n_frames / self._window)))
            windows += [Window(i, int(start), rng.uniform(*self._errors)) for start in starts]
        order = rng.permutation(len(windows))
        return self._loader(self.training, [windows[k] for k in order], self._window)

    def val_dataloader(self) -> DataLoader[Batch]:
        windows = [
            Window(i, start)
            for i, phase in enumerate(self.validation)
            for start in range(0, len(phase.features), _VALIDATION_WINDOW)
        ]
        return self._loader(self.validation, windows, _VALIDATION_WINDOW)

    def _loader(self, phases: Sequence[Phase], windows: Sequence[Window], length: int) -> DataLoader[Batch]:
        dataset = WindowDataset(phases, windows, length, self._delay, self._batch_size)
        # its own generator: it would otherwise draw from the one that training draws from, and not always as often
        return DataLoader(dataset, batch_size=None, generator=torch.Generator())


def check_clips(clips: Sequence[TrainingClip], taxonomy: Taxonomy) -> None:
    """Raise InputError unless clips are fit for training: of one shape, labelled in every frame by the taxonomy."""
    if not clips:
        raise InputError("no clips to train on, expected at least one")
    expected = (len(taxonomy.parts), clips[0].features.shape[-1])
    for clip in clips:
        features, labels = clip.features, clip.labels
        if features.ndim != 3 or features.shape[1:] != expected:
            raise InputError(
                f"{clip.name}: features are of shape {features.shape}, expected (frames, {expected[0]}, {expected[1]})"
            )
        if len(features) < MIN_FRAMES:
            raise InputError(f"{clip.name}: {len(features)} frames, expected at least {MIN_FRAMES}")
        if labels.taxonomy.hash != taxonomy.hash:
            raise InputError(
                f"{clip.name}: labels of another taxonomy, {labels.taxonomy.hash[:12]}, expected {taxonomy.hash[:12]}"
            )
        if len(labels) != len(features):
            raise InputError(
                f"{clip.name}: labels of {len(labels)} frames, expected {len(features)} as of the features"
            )
        if clip.exact is not None and clip.exact.shape != features.shape:
            raise InputError(f"{clip.name}: exact features are of shape {clip.exact.shape}, expected {features.shape}")
        n_bad = int((~np.isfinite(features)).sum())
        if n_bad:
            raise InputError(f"{clip.name}: {n_bad} features are not finite, expected numbers")


def digest(clips: Iterable[TrainingClip]) -> str:
    """Hash of the training data: of the clips' names, features and labels."""
    found = hashlib.blake2b(digest_size=16)
    for clip in clips:
        found.update(f"{clip.name} {clip.features.shape} {clip.labels.fps}".encode())
        for array in (clip.features, clip.exact, clip.labels.active, clip.labels.known):
            if array is None:
                continue
            found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def _validation_names(names: Iterable[str], share: float) -> set[str]:
    """Every k-th of the different names, so that every genre is in the validation set if they are sorted by genre."""
    different = list(dict.fromkeys(names))
    if share <= 0:
        return set()
    every = max(2, round(1 / share))
    return set(different[every // 2 :: every]) if len(different) >= every else set()

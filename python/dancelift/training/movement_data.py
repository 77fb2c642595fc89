"""What the movement networks learn from: labelled clips, of which some are held out, cut into windows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import lightning.pytorch as pl
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dancelift.arraytypes import Floats
from dancelift.errors import InputError
from dancelift.frame_rate import at_net_rate
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy

UNKNOWN = -1
"""Target of a movement at a frame where it is not known, or where there is no frame."""

_HELD_OUT_WINDOW = 600  # frames
_LEAST_FRAMES = 2

Batch = tuple[Tensor, Tensor]
"""Features (B, W + delay, P, F) and targets (B, W, M): 1, 0 or UNKNOWN."""


@dataclass(frozen=True, eq=False)
class TrainingClip:
    """A labelled clip of T frames.

    Attributes:
        name: of the motion; clips of one name, such as several views of it, are held out together.
        features: (T, P, F), see `dancelift.movements.features`.
        labels: of the same frames.
        exact: (T, P, F), those of the true motion, where they are known: between and beyond the two lie those that
            other mistakes of the lift would make.
    """

    name: str
    features: Floats
    labels: MovementLabels
    exact: Floats | None = None


@dataclass(frozen=True, eq=False)
class Lane:
    """A clip at the networks' frame rate, or one of the interleaved ones that it consists of.

    Attributes:
        features: (T, P, F).
        targets: (T, M): 1, 0 or UNKNOWN.
        exact: (T, P, F), see TrainingClip; where these are not known, the features.
    """

    features: Floats
    targets: NDArray[np.int8]
    exact: Floats


def lanes_of(clips: Iterable[TrainingClip]) -> list[Lane]:
    """Clips at the networks' frame rate."""
    found = []
    for clip in clips:
        fps = clip.labels.fps
        flags = [at_net_rate(a.astype(np.float32), fps) for a in (clip.labels.active, clip.labels.known)]
        both = [at_net_rate(x, fps) for x in (clip.features, clip.features if clip.exact is None else clip.exact)]
        for features, exact, active, known in zip(*both, *flags, strict=True):
            found.append(Lane(features, np.where(known == 1, active >= 0.5, UNKNOWN).astype(np.int8), exact))
    return found


@dataclass(frozen=True)
class Place:
    """Of a window.

    Attributes:
        lane: index of the clip.
        start: first frame.
        error: how far off the features are, relative to how far off they were lifted.
    """

    lane: int
    start: int
    error: float = 1.0


class Windows(Dataset[Batch]):
    """Batches of windows of clips. One that goes beyond its clip goes on with the last frame, as the network does.

    Args:
        lanes: that are cut.
        places: of the windows.
        length: W of a window, frames.
        delay: frames after the window that the network has to see.
        batch_size: B.
    """

    def __init__(
        self, lanes: Sequence[Lane], places: Sequence[Place], length: int, delay: int, batch_size: int
    ) -> None:
        self._lanes, self._length, self._delay = lanes, length, delay
        self._batches = [places[i : i + batch_size] for i in range(0, len(places), batch_size)]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        if index >= len(self):
            raise IndexError(index)
        features, targets = [], []
        for place in self._batches[index]:
            lane = self._lanes[place.lane]
            frames = np.arange(place.start, place.start + self._length + self._delay)
            frames = np.minimum(frames, len(lane.features) - 1)
            exact = lane.exact[frames]
            features.append(exact + np.float32(place.error) * (lane.features[frames] - exact))
            target = np.full((self._length, lane.targets.shape[1]), UNKNOWN, np.int8)
            there = lane.targets[place.start : place.start + self._length]
            target[: len(there)] = there
            targets.append(target)
        return torch.from_numpy(np.stack(features)), torch.from_numpy(np.stack(targets))


class MovementData(pl.LightningDataModule):
    """Windows of clips: drawn anew for every epoch to learn from, in order of those held out.

    The draws of an epoch depend on the seed and its number alone, so that training can go on where it was stopped.

    Attributes:
        learnt: clips that are learnt from.
        held_out: those that are not; may be none.

    Args:
        clips: that are checked already, see `check_clips`.
        held_out: share of their names.
        window: frames of a window that is learnt from.
        errors: range from which a window's `Place.error` is drawn.
        delay: of the network, frames.
        batch_size: windows a step.
        seed: of the draws.
    """

    def __init__(
        self,
        clips: Sequence[TrainingClip],
        held_out: float,
        window: int,
        errors: tuple[float, float],
        delay: int,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        names = _held_out_names([clip.name for clip in clips], held_out)
        self.learnt = lanes_of(clip for clip in clips if clip.name not in names)
        self.held_out = lanes_of(clip for clip in clips if clip.name in names)
        self._window, self._errors, self._delay, self._batch_size, self._seed = window, errors, delay, batch_size, seed

    def train_dataloader(self) -> DataLoader[Batch]:
        epoch = self.trainer.current_epoch if self.trainer else 0
        rng = np.random.default_rng([self._seed, epoch])
        places = []
        for i, lane in enumerate(self.learnt):
            n_frames = len(lane.features)
            starts = rng.integers(0, max(1, n_frames - self._window + 1), max(1, round(n_frames / self._window)))
            places += [Place(i, int(start), rng.uniform(*self._errors)) for start in starts]
        order = rng.permutation(len(places))
        return self._loader(self.learnt, [places[k] for k in order], self._window)

    def val_dataloader(self) -> DataLoader[Batch]:
        places = [
            Place(i, start)
            for i, lane in enumerate(self.held_out)
            for start in range(0, len(lane.features), _HELD_OUT_WINDOW)
        ]
        return self._loader(self.held_out, places, _HELD_OUT_WINDOW)

    def _loader(self, lanes: Sequence[Lane], places: Sequence[Place], length: int) -> DataLoader[Batch]:
        windows = Windows(lanes, places, length, self._delay, self._batch_size)
        # its own generator: it would otherwise draw from the one that training draws from, and not always as often
        return DataLoader(windows, batch_size=None, generator=torch.Generator())


def check_clips(clips: Sequence[TrainingClip], taxonomy: Taxonomy) -> None:
    """Raise InputError unless clips can be learnt from: of one shape, labelled in every frame by the taxonomy."""
    if not clips:
        raise InputError("no clips to learn movements from, expected at least one")
    expected = (len(taxonomy.parts), clips[0].features.shape[-1])
    for clip in clips:
        features, labels = clip.features, clip.labels
        if features.ndim != 3 or features.shape[1:] != expected:
            raise InputError(
                f"{clip.name}: features are of shape {features.shape}, expected (frames, {expected[0]}, {expected[1]})"
            )
        if len(features) < _LEAST_FRAMES:
            raise InputError(f"{clip.name}: {len(features)} frames, expected at least {_LEAST_FRAMES}")
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
    """Tells what is learnt from: of names, features and labels."""
    found = hashlib.blake2b(digest_size=16)
    for clip in clips:
        found.update(f"{clip.name} {clip.features.shape} {clip.labels.fps}".encode())
        for array in (clip.features, clip.exact, clip.labels.active, clip.labels.known):
            if array is None:
                continue
            found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def _held_out_names(names: Iterable[str], share: float) -> set[str]:
    """Every k-th of the different names, so that the kinds of dance that they are sorted by are all held out."""
    different = list(dict.fromkeys(names))
    if share <= 0:
        return set()
    every = max(2, round(1 / share))
    return set(different[every // 2 :: every]) if len(different) >= every else set()

"""Training data of the genre networks: windows of clips, as many of every genre."""

# ruff: noqa: E402

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dancelift.errors import require, warn

require("train", "training")

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from dancelift.arraytypes import Flags, Floats
from dancelift.errors import InputError
from dancelift.genres.features import RATE, channel_slices
from dancelift.movements.labels import MIN_FRAMES

Batch = tuple[Tensor, Tensor, Tensor]
"""A batch: channels (B, S, F), frames of each sequence that count (B,), and genres (B,)."""


@dataclass(frozen=True, eq=False)
class GenreClip:
    """A view of a clip.

    Attributes:
        name: of the clip; all views of it are in one fold.
        genre: of the dance.
        copies: (S, F) channels at RATE, see `dancelift.genres.features`: as they were seen, then augmented ones, such
            as mirror images.
    """

    name: str
    genre: str
    copies: tuple[Floats, ...]


@dataclass(frozen=True)
class WindowSampling:
    """How windows are sampled and augmented.

    Attributes:
        lengths: s, of a window, from and to; a shorter clip is taken whole.
        stretch: by which share a window may be faster or slower than it was danced.
        noise: standard deviation of what is added to a channel, for a window and for each frame of it, relative to
            the channel's.
        pose_dropout: probability that a window loses its pose, where the network reads it beside the movements: all
            its channels are their mean. For a pose shows who dances, and there are few dancers of a genre.
        batch_size: windows a step, of each genre in turn.
        n_batches: of an epoch.
    """

    lengths: tuple[float, float] = (3.0, 8.0)
    stretch: float = 0.1
    noise: float = 0.2
    pose_dropout: float = 0.5
    batch_size: int = 16
    n_batches: int = 20


@dataclass(frozen=True, eq=False)
class ChannelStatistics:
    """What the augmentation needs to know of the F channels.

    Attributes:
        mean: (F,).
        std: (F,), standard deviation.
        pose: (F,), whether a channel is of a pose that is read beside the movements.
    """

    mean: Floats
    std: Floats
    pose: Flags


def pose_beside_movements(inputs: Sequence[str], n_channels: int) -> Flags:
    """Whether each channel (F,) is of a pose beside movements; none if there are only poses or only movements."""
    movements = channel_slices(inputs, n_channels).get("movements")
    found = np.full(n_channels, movements is not None)
    if movements is not None:
        found[movements] = False
    return found


class GenreData(pl.LightningDataModule):
    """Windows sampled anew in every epoch; they depend on the random seed and the epoch alone: a run can be resumed.

    Args:
        clips: to train on.
        genres: names, in their order.
        sampling: of the windows.
        channels: of the clips.
        random_seed: of the samples.
    """

    def __init__(
        self,
        clips: Sequence[GenreClip],
        genres: Sequence[str],
        sampling: WindowSampling,
        channels: ChannelStatistics,
        random_seed: int,
    ) -> None:
        super().__init__()
        self._of_genres = [[clip for clip in clips if clip.genre == genre] for genre in genres]
        self._sampling, self._channels, self._random_seed = sampling, channels, random_seed

    def train_dataloader(self) -> DataLoader[Batch]:
        epoch = self.trainer.current_epoch if self.trainer else 0
        windows = _Windows(self._of_genres, self._sampling, self._channels, (self._random_seed, epoch))
        # its own generator: it would otherwise draw from the one that training draws from
        return DataLoader(windows, batch_size=None, generator=torch.Generator())


class _Windows(Dataset[Batch]):
    """The windows of one epoch."""

    def __init__(
        self,
        of_genres: Sequence[Sequence[GenreClip]],
        sampling: WindowSampling,
        channels: ChannelStatistics,
        random_seed: tuple[int, int],
    ) -> None:
        self._of_genres, self._sampling, self._channels = of_genres, sampling, channels
        self._random_seed = random_seed

    def __len__(self) -> int:
        return self._sampling.n_batches

    def __getitem__(self, index: int) -> Batch:
        if index >= len(self):
            raise IndexError(index)
        rng = np.random.default_rng([*self._random_seed, index])
        targets = (np.arange(self._sampling.batch_size) + index) % len(self._of_genres)
        windows = [self._sample(self._of_genres[int(genre)], rng) for genre in targets]
        lengths = np.array([len(window) for window in windows])
        padded = np.zeros((len(windows), lengths.max(), windows[0].shape[1]), np.float32)
        for row, window in zip(padded, windows, strict=True):
            row[: len(window)] = window
        return torch.from_numpy(padded), torch.from_numpy(lengths), torch.from_numpy(targets)

    def _sample(self, clips: Sequence[GenreClip], rng: np.random.Generator) -> Floats:
        """A window (S, F) of one of the clips of a genre."""
        sampling, channels = self._sampling, self._channels
        copies = clips[int(rng.integers(len(clips)))].copies
        whole = copies[int(rng.integers(len(copies)))]
        n_frames = max(MIN_FRAMES, round(rng.uniform(*sampling.lengths) * RATE))
        speed = np.exp(rng.uniform(-1, 1) * np.log1p(sampling.stretch))
        n_danced = min((n_frames - 1) * speed, len(whole) - 1)
        start = rng.uniform(0, len(whole) - 1 - n_danced)
        at = start + np.arange(0, n_danced + 1e-6, speed)
        before = np.minimum(at.astype(int), len(whole) - 2)
        share = (at - before)[:, None]
        window = whole[before] * (1 - share) + whole[before + 1] * share
        noise = rng.standard_normal((1, window.shape[1])) + rng.standard_normal(window.shape)
        found: Floats = (window + sampling.noise * channels.std * noise).astype(np.float32)
        if rng.uniform() < sampling.pose_dropout:
            found[:, channels.pose] = channels.mean[channels.pose]
        return found


def genres_of(clips: Sequence[GenreClip]) -> tuple[str, ...]:
    """Names of the genres, sorted.

    Raises:
        InputError: the clips are unfit for training: they are of fewer than two genres, one has no genre, or they are
            of different channels or too short.
    """
    if not clips:
        raise InputError("no clips to train on, expected some of at least two genres")
    n_channels = clips[0].copies[0].shape[1:]
    for clip in clips:
        if not clip.genre:
            raise InputError(f"{clip.name}: has no genre, expected its name")
        for copy in clip.copies:
            if copy.ndim != 2 or copy.shape[1:] != n_channels:
                raise InputError(f"{clip.name}: channels are of shape {copy.shape}, expected (frames, *{n_channels})")
            if len(copy) < MIN_FRAMES:
                raise InputError(
                    f"{clip.name}: {len(copy)} frames at {RATE:g} Hz, expected at least {MIN_FRAMES} to train on"
                )
            if not np.isfinite(copy).all():
                raise InputError(f"{clip.name}: channels are not finite, expected numbers")
    genres = tuple(sorted({clip.genre for clip in clips}))
    if len(genres) < 2:
        raise InputError(f"clips of one genre only, {genres[0]}, expected at least two")
    return genres


def stratified_folds(clips: Sequence[GenreClip], n_folds: int) -> list[set[str]]:
    """Names of the clips that each fold of a cross-validation holds out, stratified by genre.

    A genre of a single clip is never held out: nothing would be left to train on. That is warned of.

    Returns:
        No more than `n_folds` sets, none of them empty.
    """
    names = {genre: sorted({clip.name for clip in clips if clip.genre == genre}) for genre in genres_of(clips)}
    single = [genre for genre, of_genre in names.items() if len(of_genre) == 1]
    if single:
        warn(f"one clip only of {', '.join(single)}: how well that is recognised is not known, expected at least two")
    folds: list[set[str]] = [set() for _ in range(n_folds)]
    held_out = [name for of_genre in names.values() if len(of_genre) > 1 for name in of_genre]
    for i, name in enumerate(held_out):
        folds[i % n_folds].add(name)
    return [fold for fold in folds if fold]


def digest(clips: Iterable[GenreClip]) -> str:
    """Hash of the training data: of the clips' names, genres and channels."""
    found = hashlib.blake2b(digest_size=16)
    for clip in clips:
        found.update(f"{clip.name} {clip.genre}".encode())
        for copy in clip.copies:
            found.update(f"{copy.shape}".encode())
            found.update(np.ascontiguousarray(copy).data)
    return found.hexdigest()

"""Why a dance was named as it was: the movements that carried the decision, and when.

What a movement is worth is told by taking it away: its probability set to 0 throughout the clip, and the genre told
anew (feature ablation, Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks). When it counts most
is told by integrated gradients (Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks), from the dance
without any movement to the dance as it is. Both by Captum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from captum.attr import FeatureAblation, IntegratedGradients
from torch import Tensor, nn

from dancelift.arraytypes import Array, Flags
from dancelift.genres.features import RATE, Dance, channels, places
from dancelift.genres.model import GenreModel, cut
from dancelift.movements.taxonomy import Movement
from dancelift.recognition.result import Reason

_MOVEMENTS = "movements"
_ABSENT = -1.0  # channel of a movement that does not take place
_N_STEPS = 24  # of the integral
_LEAST_SHARE = 0.02  # of the frames, in which a movement must take place to be named
_LONGEST_GAP = 0.4  # s, between two times that count as one moment
_LONGEST_MOMENT = 4.0  # s


def explain(model: GenreModel, dance: Dance, active: Flags, n_reasons: int = 6) -> tuple[Reason, ...]:
    """The movements without which the dance's genre would be the least likely.

    Args:
        model: that named the dance.
        dance: as it was told by.
        active: (T, M) whether each movement takes place.
        n_reasons: at most.

    Returns:
        The weightiest first, by the log odds of the genre; empty where the model reads no movements.
    """
    if _MOVEMENTS not in model.inputs or dance.movements is None:
        return ()
    genre = int(model.probabilities(dance).clip.argmax())
    frequent = np.flatnonzero(active.mean(axis=0) >= _LEAST_SHARE)
    worth = _worth(model, dance, genre)
    chosen = sorted(frequent, key=lambda m: -worth[m])[:n_reasons]
    when = _importance(model, dance, genre)
    whole = float(model.probabilities(dance).clip[genre])
    reasons: list[Reason] = []
    for rank, m in enumerate(chosen):
        if worth[m] <= 0:
            break
        left = float(model.probabilities(without(dance, [int(each) for each in chosen[: rank + 1]])).clip[genre])
        start, end = _moment(active[:, m], when[:, m], dance.fps)
        movement, share = model.taxonomy.movements[m], float(active[:, m].mean())
        text = _words(movement, share, start, end)
        reasons.append(Reason(movement.name, movement.part, start, end, whole - left, text))
    return tuple(reasons)


def without(dance: Dance, movements: list[int]) -> Dance:
    """The dance if some movements, by their index, never took place."""
    assert dance.movements is not None
    left = dance.movements.copy()
    left[:, movements] = 0
    return replace(dance, movements=left)


class _LogOdds(nn.Module):
    """Of a genre, in each window (W, S, F)."""

    def __init__(self, model: GenreModel, genre: int) -> None:
        super().__init__()
        self._network, self._genre = model.network, genre

    def forward(self, x: Tensor) -> Tensor:
        """(W,)."""
        logits = self._network(x, torch.full((len(x),), x.shape[1]))
        others = torch.cat([logits[:, : self._genre], logits[:, self._genre + 1 :]], dim=1)
        odds: Tensor = logits[:, self._genre] - torch.logsumexp(others, dim=1)
        return odds


def _windows(model: GenreModel, dance: Dance) -> tuple[Tensor, Array, slice]:
    """(W, S, F) that the network reads, (W, 2) its frames, and where the movements are among the F channels."""
    read = channels(dance, model.inputs)
    frames = cut(len(read), model.window)
    pieces = torch.stack([torch.from_numpy(read[int(start) : int(end)]) for start, end in frames])
    device = next(model.network.parameters()).device
    return pieces.to(device), frames, places(model.inputs, read.shape[1])[_MOVEMENTS]


def _worth(model: GenreModel, dance: Dance, genre: int) -> Array:
    """(M,) by how much the log odds of a genre fall, in the mean over the windows, without each movement."""
    x, _, place = _windows(model, dance)
    groups = torch.zeros(x.shape[-1], dtype=torch.long)
    groups[place] = torch.arange(1, len(model.taxonomy) + 1)
    baseline = x.clone()
    baseline[..., place] = _ABSENT
    with torch.no_grad():
        found = FeatureAblation(_LogOdds(model, genre)).attribute(
            x, baseline, feature_mask=groups.expand_as(x[:1]).to(x.device)
        )
    worth: Array = found[:, 0, place].mean(dim=0).double().cpu().numpy()
    return worth


def _importance(model: GenreModel, dance: Dance, genre: int) -> Array:
    """(T, M) by how much each movement raises the log odds of a genre at each frame."""
    x, frames, place = _windows(model, dance)
    baseline = x.clone()
    baseline[..., place] = _ABSENT
    with torch.backends.cudnn.flags(enabled=False):  # which has no gradients outside training
        found = IntegratedGradients(_LogOdds(model, genre)).attribute(x, baseline, n_steps=_N_STEPS)
    of_windows = found[..., place].detach().double().cpu().numpy()
    n_read = int(frames[-1, 1])
    total, times = np.zeros((n_read, len(model.taxonomy))), np.zeros((n_read, 1))
    for (start, end), values in zip(frames.astype(int), of_windows, strict=True):
        total[start:end] += values
        times[start:end] += 1
    assert dance.movements is not None
    at = np.minimum((np.arange(len(dance.movements)) * RATE / dance.fps).astype(int), n_read - 1)
    importance: Array = (total / np.maximum(times, 1))[at]
    return importance


def _moment(active: Flags, importance: Array, fps: float) -> tuple[float, float]:
    """Start and end, s, of the time in which a movement takes place and counts most."""
    frames = np.flatnonzero(active)
    breaks = np.flatnonzero(np.diff(frames) > _LONGEST_GAP * fps) + 1
    longest = max(1, round(_LONGEST_MOMENT * fps))
    best = (-np.inf, 0, 1)
    for run in np.split(frames, breaks):
        for i in range(0, len(run), longest):
            piece = run[i : i + longest]
            best = max(best, (float(importance[piece].sum()), int(piece[0]), int(piece[-1]) + 1))
    return best[1] / fps, best[2] / fps


def _words(movement: Movement, share: float, start: float, end: float) -> str:
    """In a dancer's words."""
    return f"{movement.dancer} That is so {share:.0%} of the time, and counts most from {start:.1f} to {end:.1f} s."

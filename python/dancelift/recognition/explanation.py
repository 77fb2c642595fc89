"""Why a genre was predicted: the movements that carried the decision, and when.

How much a movement contributes is found by ablation: its probability is set to 0 throughout the clip, and the genre is
predicted anew (Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks). When it counts most is
found by integrated gradients (Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks), from the dance
without any movement to the dance as it is. Both by Captum.
"""

# ruff: noqa: E402

from __future__ import annotations

from dataclasses import replace

from dancelift.errors import require

require("recognize", "explaining a recognition")

import numpy as np
import torch
from captum.attr import FeatureAblation, IntegratedGradients
from torch import Tensor, nn

from dancelift.arraytypes import Array, Flags
from dancelift.genres.features import RATE, Dance, channel_slices, channels, window_bounds
from dancelift.genres.model import GenreModel
from dancelift.movements.taxonomy import Movement
from dancelift.movements.torch_settings import one_thread
from dancelift.recognition.result import Reason

_MOVEMENTS = "movements"
_ABSENT = -1.0  # channel of a movement that does not take place
_N_STEPS = 24  # of the integral
_MIN_SHARE = 0.02  # of the frames, in which a movement must take place: a rarer one is no reason that people can see
_MAX_GAP = 0.4  # s, about a beat, between two times that count as one moment
_MAX_MOMENT = 4.0  # s, the window of the shipped model


@one_thread()
def explain(model: GenreModel, dance: Dance, active: Flags, n_reasons: int = 6) -> tuple[Reason, ...]:
    """Find the movements without which the dance's genre would be the least likely.

    Args:
        model: that predicted the genre.
        dance: that it was predicted from.
        active: (T, M) whether each movement takes place.
        n_reasons: at most.

    Returns:
        The most important first, by the log odds of the genre; empty where the model reads no movements.
    """
    if _MOVEMENTS not in model.inputs or dance.movements is None:
        return ()
    probabilities = model.predict(dance).clip
    genre = int(probabilities.argmax())
    frequent = np.flatnonzero(active.mean(axis=0) >= _MIN_SHARE)
    contribution = _contribution(model, dance, genre)
    chosen = sorted(frequent, key=lambda m: -contribution[m])[:n_reasons]
    importance = _importance(model, dance, genre)
    whole = float(probabilities[genre])
    reasons: list[Reason] = []
    for rank, m in enumerate(chosen):
        if contribution[m] <= 0:
            break
        left = float(model.predict(without(dance, [int(each) for each in chosen[: rank + 1]])).clip[genre])
        start, end = _moment(active[:, m], importance[:, m], dance.fps)
        movement, share = model.taxonomy.movements[m], float(active[:, m].mean())
        text = _words(movement, share, start, end)
        reasons.append(Reason(movement.name, movement.part, start, end, whole - left, text))
    return tuple(reasons)


def without(dance: Dance, movements: list[int]) -> Dance:
    """The dance in which some movements, by their index, never take place."""
    assert dance.movements is not None
    left = dance.movements.copy()
    left[:, movements] = 0
    return replace(dance, movements=left)


class _LogOdds(nn.Module):
    """Log odds of a genre in each window of channels (W, S, F)."""

    def __init__(self, model: GenreModel, genre: int) -> None:
        super().__init__()
        self._network, self._genre = model.network, genre

    def forward(self, x: Tensor) -> Tensor:
        """Compute the log odds (W,) of windows (W, S, F)."""
        logits = self._network(x, torch.full((len(x),), x.shape[1]))
        others = torch.cat([logits[:, : self._genre], logits[:, self._genre + 1 :]], dim=1)
        odds: Tensor = logits[:, self._genre] - torch.logsumexp(others, dim=1)
        return odds


def _windows(model: GenreModel, dance: Dance) -> tuple[Tensor, Array, slice]:
    """Windows (W, S, F) of a dance, the first frame and the end of each (W, 2), and which channels are movements."""
    frames = channels(dance, model.inputs)
    bounds = window_bounds(len(frames), model.window)
    windows = torch.stack([torch.from_numpy(frames[int(start) : int(end)]) for start, end in bounds])
    device = next(model.network.parameters()).device
    return windows.to(device), bounds, channel_slices(model.inputs, frames.shape[1])[_MOVEMENTS]


def _contribution(model: GenreModel, dance: Dance, genre: int) -> Array:
    """By how much the log odds of a genre fall without each movement, (M,), in the mean over the windows."""
    x, _, movements = _windows(model, dance)
    groups = torch.zeros(x.shape[-1], dtype=torch.long)
    groups[movements] = torch.arange(1, len(model.taxonomy) + 1)
    baseline = x.clone()
    baseline[..., movements] = _ABSENT
    with torch.no_grad():
        found = FeatureAblation(_LogOdds(model, genre)).attribute(
            x, baseline, feature_mask=groups.expand_as(x[:1]).to(x.device)
        )
    contribution: Array = found[:, 0, movements].mean(dim=0).double().cpu().numpy()
    return contribution


def _importance(model: GenreModel, dance: Dance, genre: int) -> Array:
    """By how much each movement raises the log odds of a genre at each frame, (T, M)."""
    x, bounds, movements = _windows(model, dance)
    baseline = x.clone()
    baseline[..., movements] = _ABSENT
    with torch.backends.cudnn.flags(enabled=False):  # which has no gradients outside training
        found = IntegratedGradients(_LogOdds(model, genre)).attribute(x, baseline, n_steps=_N_STEPS)
    of_windows = found[..., movements].detach().double().cpu().numpy()
    n_frames = int(bounds[-1, 1])
    total, count = np.zeros((n_frames, len(model.taxonomy))), np.zeros((n_frames, 1))
    for (start, end), values in zip(bounds.astype(int), of_windows, strict=True):
        total[start:end] += values
        count[start:end] += 1
    assert dance.movements is not None
    at = np.minimum((np.arange(len(dance.movements)) * RATE / dance.fps).astype(int), n_frames - 1)
    importance: Array = (total / np.maximum(count, 1))[at]
    return importance


def _moment(active: Flags, importance: Array, fps: float) -> tuple[float, float]:
    """Start and end, s, of the time in which a movement takes place and counts most."""
    frames = np.flatnonzero(active)
    breaks = np.flatnonzero(np.diff(frames) > _MAX_GAP * fps) + 1
    longest = max(1, round(_MAX_MOMENT * fps))
    best = (-np.inf, 0, 1)
    for run in np.split(frames, breaks):
        for i in range(0, len(run), longest):
            piece = run[i : i + longest]
            best = max(best, (float(importance[piece].sum()), int(piece[0]), int(piece[-1]) + 1))
    return best[1] / fps, best[2] / fps


def _words(movement: Movement, share: float, start: float, end: float) -> str:
    """A reason in a dancer's words."""
    return f"{movement.dancer} That is so {share:.0%} of the time, and counts most from {start:.1f} to {end:.1f} s."

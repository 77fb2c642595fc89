"""Baselines of the genre network: a regression that ignores the order of frames, and a usual network for skeletons."""

# ruff: noqa: E402

from __future__ import annotations

from collections.abc import Sequence

from dancelift.errors import require

require("train", "training")

import torch
from torch import Tensor, nn

from dancelift.genres.features import BONES
from dancelift.genres.model import StandardizedNetwork

_TRUNK = BONES.index("trunk")
_EDGES = (  # pairs of bones that share a joint, from the trunk outwards
    *(("trunk", axis) for axis in ("hips", "shoulders")),
    *(("hips", f"{side}_knee") for side in ("left", "right")),
    *(("shoulders", f"{side}_elbow") for side in ("left", "right")),
    *((f"{side}_knee", f"{side}_ankle") for side in ("left", "right")),
    *((f"{side}_elbow", f"{side}_wrist") for side in ("left", "right")),
)
_TEMPORAL_KERNEL = 9  # frames, as in the paper
_CHANNELS = (16, 32, 32)
_DROPOUT = 0.3


class StatisticsRegression(StandardizedNetwork):
    """Logistic regression on the mean and the standard deviation of every channel over a window."""

    def __init__(self, n_channels: int, n_genres: int) -> None:
        super().__init__(n_channels)
        self.output = nn.Linear(2 * n_channels, n_genres)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        x, mask = self.standardize(x), _mask(x, lengths)
        mean = (x * mask).sum(dim=1) / lengths[:, None]
        variance = ((x - mean[:, None]) ** 2 * mask).sum(dim=1) / lengths[:, None]
        logits: Tensor = self.output(torch.cat([mean, (variance + 1e-6).sqrt()], dim=1))
        return logits


class SkeletonGraphNetwork(StandardizedNetwork):
    """ST-GCN (Yan et al. 2018, Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action Recognition).

    Its nodes are the bones of the channels "pose3d"; its neighbourhoods are split in three as in the paper's spatial
    configuration: the bone itself, those nearer to the trunk and those further from it. It is smaller than the
    paper's, for there are few clips.
    """

    partitions: Tensor

    def __init__(self, n_channels: int, n_genres: int) -> None:
        super().__init__(n_channels)
        self.register_buffer("partitions", _partitions())
        sizes = [n_channels // len(BONES), *_CHANNELS]
        self.blocks = nn.ModuleList(_Block(a, b) for a, b in zip(sizes, sizes[1:], strict=False))
        self.output = nn.Linear(sizes[-1], n_genres)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        mask = _mask(x, lengths)[..., None]
        y = self.standardize(x).view(*x.shape[:2], len(BONES), -1)
        for block in self.blocks:
            y = block(y, self.partitions, mask)
        pooled = (y * mask).sum(dim=(1, 2)) / (lengths[:, None] * len(BONES))
        logits: Tensor = self.output(pooled)
        return logits


class _Block(nn.Module):
    """A graph convolution, then one over time, with a skip connection."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.mix = nn.Linear(n_in, 3 * n_out)
        self.temporal = nn.Conv1d(n_out, n_out, _TEMPORAL_KERNEL, padding=_TEMPORAL_KERNEL // 2)
        self.norms = nn.ModuleList(nn.LayerNorm(n_out) for _ in range(2))
        self.skip = nn.Linear(n_in, n_out)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, partitions: Tensor, mask: Tensor) -> Tensor:
        """Map channels (B, S, N, C) of N nodes over time to (B, S, N, D), of which the frames in the mask count."""
        batch, n_frames, n_nodes, _ = x.shape
        mixed = self.mix(x).view(batch, n_frames, n_nodes, 3, -1)
        y = torch.relu(self.norms[0](torch.einsum("bsnpd,pmn->bsmd", mixed, partitions))) * mask
        y = self.temporal(y.permute(0, 2, 3, 1).flatten(0, 1))
        y = y.view(batch, n_nodes, -1, n_frames).permute(0, 3, 1, 2)
        found: Tensor = torch.relu(self.dropout(self.norms[1](y)) + self.skip(x))
        return found


def _partitions() -> Tensor:
    """Normalised adjacency (3, N, N): of a bone to itself, to its neighbours nearer to the trunk and to those further
    from it; rows sum to 1 where there are any."""
    away = _distances()
    found = torch.zeros(3, len(BONES), len(BONES))
    found[0] = torch.eye(len(BONES))
    for names in _EDGES:
        a, b = (BONES.index(name) for name in names)
        nearer, further = (a, b) if away[a] < away[b] else (b, a)
        found[1, further, nearer] = found[2, nearer, further] = 1
    return found / found.sum(dim=2, keepdim=True).clamp(min=1)


def _distances() -> Sequence[int]:
    """Distances of the BONES from the trunk, counted in bones."""
    found = {_TRUNK: 0}
    for a, b in _EDGES:
        found[BONES.index(b)] = found[BONES.index(a)] + 1
    return [found[i] for i in range(len(BONES))]


def _mask(x: Tensor, lengths: Tensor) -> Tensor:
    """Mask (B, S, 1): 1 at the frames that count, 0 at the padding."""
    frames = torch.arange(x.shape[1], device=x.device)
    return (frames[None, :, None] < lengths[:, None, None].to(x.device)).to(x)

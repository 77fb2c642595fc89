"""What the genre network is compared with: networks that know less of time, and one that is usual for skeletons."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dancelift.genres.features import BONES
from dancelift.genres.model import Standardised

_TRUNK = BONES.index("trunk")
_MEETS = (  # bones that share a joint, from the trunk outwards
    *(("trunk", axis) for axis in ("hips", "shoulders")),
    *(("hips", f"{side}_knee") for side in ("left", "right")),
    *(("shoulders", f"{side}_elbow") for side in ("left", "right")),
    *((f"{side}_knee", f"{side}_ankle") for side in ("left", "right")),
    *((f"{side}_elbow", f"{side}_wrist") for side in ("left", "right")),
)
_TEMPORAL_KERNEL = 9  # frames, as in the paper
_CHANNELS = (16, 32, 32)
_DROPOUT = 0.3


class StatisticsRegression(Standardised):
    """Logistic regression on the mean and the standard deviation of every channel over a window."""

    def __init__(self, n_channels: int, n_genres: int) -> None:
        super().__init__(n_channels)
        self.answer = nn.Linear(2 * n_channels, n_genres)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        x, there = self.standardise(x), _there(x, lengths)
        mean = (x * there).sum(dim=1) / lengths[:, None]
        variance = ((x - mean[:, None]) ** 2 * there).sum(dim=1) / lengths[:, None]
        logits: Tensor = self.answer(torch.cat([mean, (variance + 1e-6).sqrt()], dim=1))
        return logits


class SkeletonGraphNetwork(Standardised):
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
        self.answer = nn.Linear(sizes[-1], n_genres)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, G), see GenreLSTM."""
        there = _there(x, lengths)[..., None]
        y = self.standardise(x).view(*x.shape[:2], len(BONES), -1)
        for block in self.blocks:
            y = block(y, self.partitions, there)
        pooled = (y * there).sum(dim=(1, 2)) / (lengths[:, None] * len(BONES))
        logits: Tensor = self.answer(pooled)
        return logits


class _Block(nn.Module):
    """One graph convolution, then one over time, past which the input is passed on."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.mix = nn.Linear(n_in, 3 * n_out)
        self.over_time = nn.Conv1d(n_out, n_out, _TEMPORAL_KERNEL, padding=_TEMPORAL_KERNEL // 2)
        self.norms = nn.ModuleList(nn.LayerNorm(n_out) for _ in range(2))
        self.pass_on = nn.Linear(n_in, n_out)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, partitions: Tensor, there: Tensor) -> Tensor:
        """(B, S, N, D) of (B, S, N, C), channels of N nodes over time, of which the frames count that are `there`."""
        batch, n_frames, n_nodes, _ = x.shape
        mixed = self.mix(x).view(batch, n_frames, n_nodes, 3, -1)
        y = torch.relu(self.norms[0](torch.einsum("bsnpd,pmn->bsmd", mixed, partitions))) * there
        y = self.over_time(y.permute(0, 2, 3, 1).flatten(0, 1))
        y = y.view(batch, n_nodes, -1, n_frames).permute(0, 3, 1, 2)
        found: Tensor = torch.relu(self.dropout(self.norms[1](y)) + self.pass_on(x))
        return found


def _partitions() -> Tensor:
    """(3, N, N): what a bone hears of itself, of its neighbours nearer to the trunk and further from it; rows sum to 1
    where there are any."""
    away = _distances()
    found = torch.zeros(3, len(BONES), len(BONES))
    found[0] = torch.eye(len(BONES))
    for names in _MEETS:
        a, b = (BONES.index(name) for name in names)
        nearer, further = (a, b) if away[a] < away[b] else (b, a)
        found[1, further, nearer] = found[2, nearer, further] = 1
    return found / found.sum(dim=2, keepdim=True).clamp(min=1)


def _distances() -> Sequence[int]:
    """Of each of BONES from the trunk, in bones."""
    found = {_TRUNK: 0}
    for a, b in _MEETS:
        found[BONES.index(b)] = found[BONES.index(a)] + 1
    return [found[i] for i in range(len(BONES))]


def _there(x: Tensor, lengths: Tensor) -> Tensor:
    """(B, S, 1), 1 at the frames that count."""
    frames = torch.arange(x.shape[1], device=x.device)
    return (frames[None, :, None] < lengths[:, None, None].to(x.device)).to(x)

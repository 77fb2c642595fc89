"""What people lift with otherwise: networks that say a pose in every frame, here with random weights, for speed only.

    python -m peers.lifting_networks THREADS FRAMES

Prints how long each takes for a clip, as JSON. Both are written after the descriptions in their papers:

- VideoPose3D: Pavllo et al. 2019, 3D Human Pose Estimation in Video with Temporal Convolutions and Semi-Supervised
  Training (arXiv:1811.11742), sec. 3: 4 residual blocks of 1024 channels, filters of 3 frames, a field of 243.
- MotionBERT: Zhu et al. 2023, MotionBERT: A Unified Perspective on Learning Human Motion Representations
  (arXiv:2210.06551), sec. 3 and 4.1: DSTformer of depth 5, 8 heads, 512 features, clips of 243 frames.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

_JOINTS = 17
_REPEATS = 5


class VideoPose3D(nn.Module):
    """Dilated convolutions without padding: a clip (B, T + 242, 34) of pixels to joints (B, T, 51)."""

    PUBLISHED = 16.95e6  # parameters, as the paper says of the one of 243 frames
    FIELD = 243

    def __init__(self, channels: int = 1024, n_blocks: int = 4) -> None:
        super().__init__()
        self.expand = _convolution(2 * _JOINTS, channels, 3, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(_convolution(channels, channels, 3, 3 ** (i + 1)), _convolution(channels, channels, 1, 1))
            for i in range(n_blocks)
        )
        self.shrink = nn.Conv1d(channels, 3 * _JOINTS, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.expand(x.transpose(1, 2))
        for i, block in enumerate(self.blocks):
            lost = 3 ** (i + 1)
            x = x[:, :, lost:-lost] + block(x)
        found: Tensor = self.shrink(x).transpose(1, 2)
        return found

    def lift(self, keypoints: Tensor) -> Tensor:
        """A clip (T, 17, 2): its first and last frame go on beyond its ends."""
        around = (self.FIELD - 1) // 2
        x = keypoints.flatten(1)
        padded = torch.cat([x[:1].expand(around, -1), x, x[-1:].expand(around, -1)])
        found: Tensor = self(padded[None])[0]
        return found


def _convolution(n_in: int, n_out: int, width: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(n_in, n_out, width, dilation=dilation, bias=False), nn.BatchNorm1d(n_out), nn.ReLU())


class MotionBERT(nn.Module):
    """DSTformer: attention among the joints of a frame and among the frames of a joint, in both orders, fused."""

    PUBLISHED = 42.5e6  # parameters, as its authors say
    LONGEST = 243

    def __init__(self, n_features: int = 512, depth: int = 5, n_heads: int = 8) -> None:
        super().__init__()
        self.embed = nn.Linear(3, n_features)
        self.of_joint = nn.Parameter(0.02 * torch.randn(1, 1, _JOINTS, n_features))
        self.of_frame = nn.Parameter(0.02 * torch.randn(1, self.LONGEST, 1, n_features))
        self.layers = nn.ModuleList(_DualStream(n_features, n_heads) for _ in range(depth))
        self.norm = nn.LayerNorm(n_features)
        self.representation = nn.Sequential(nn.Linear(n_features, n_features), nn.Tanh())
        self.head = nn.Linear(n_features, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x) + self.of_joint + self.of_frame[:, : x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        found: Tensor = self.head(self.representation(self.norm(x)))
        return found

    def lift(self, keypoints: Tensor) -> Tensor:
        """A clip (T, 17, 2), in parts of at most LONGEST frames."""
        scored = torch.cat([keypoints, torch.ones_like(keypoints[..., :1])], dim=2)
        return torch.cat([self(part[None])[0] for part in scored.split(self.LONGEST)])


class _DualStream(nn.Module):
    def __init__(self, n_features: int, n_heads: int) -> None:
        super().__init__()
        self.space_first = nn.ModuleList([_Attention(n_features, n_heads, 2), _Attention(n_features, n_heads, 1)])
        self.time_first = nn.ModuleList([_Attention(n_features, n_heads, 1), _Attention(n_features, n_heads, 2)])
        self.share = nn.Linear(2 * n_features, 2)

    def forward(self, x: Tensor) -> Tensor:
        one, other = x, x
        for block in self.space_first:
            one = block(one)
        for block in self.time_first:
            other = block(other)
        share = self.share(torch.cat([one, other], dim=3)).softmax(dim=3)
        mixed: Tensor = share[..., :1] * one + share[..., 1:] * other
        return mixed


class _Attention(nn.Module):
    """Self-attention and a perceptron of twice the width, of (B, T, J, C) along one axis."""

    def __init__(self, n_features: int, n_heads: int, axis: int) -> None:
        super().__init__()
        self.axis, self.n_heads = axis, n_heads
        self.norm, self.norm2 = nn.LayerNorm(n_features), nn.LayerNorm(n_features)
        self.queries_keys_values = nn.Linear(n_features, 3 * n_features)
        self.project = nn.Linear(n_features, n_features)
        self.perceptron = nn.Sequential(
            nn.Linear(n_features, 2 * n_features), nn.GELU(), nn.Linear(2 * n_features, n_features)
        )

    def forward(self, x: Tensor) -> Tensor:
        along = x if self.axis == 2 else x.transpose(1, 2)
        y = self.queries_keys_values(self.norm(along))
        query, key, value = y.unflatten(-1, (3, self.n_heads, -1)).permute(3, 0, 1, 4, 2, 5)
        y = nn.functional.scaled_dot_product_attention(query, key, value)
        along = along + self.project(y.transpose(2, 3).flatten(-2))
        along = along + self.perceptron(self.norm2(along))
        return along if self.axis == 2 else along.transpose(1, 2)


NETWORKS: dict[str, Callable[[], VideoPose3D | MotionBERT]] = {"VideoPose3D": VideoPose3D, "MotionBERT": MotionBERT}


def main() -> None:
    n_threads, n_frames = map(int, sys.argv[1:])
    torch.set_num_threads(n_threads)
    torch.manual_seed(0)
    keypoints = torch.randn(n_frames, _JOINTS, 2)
    found = {}
    for name, make in NETWORKS.items():
        network = make().eval()
        times = []
        with torch.inference_mode():
            network.lift(keypoints[:30])
            for _ in range(_REPEATS):
                begin = time.perf_counter()
                lifted = network.lift(keypoints)
                times.append(time.perf_counter() - begin)
        assert len(lifted) == n_frames
        found[name] = {
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "published": network.PUBLISHED,
            "seconds": round(statistics.median(times), 4),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()

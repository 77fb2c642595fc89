"""Training of the pose network by torch, on a GPU where there is one."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dancelift.arraytypes import Array
from dancelift.errors import InputError
from dancelift.files import write
from dancelift.movements.torch_settings import find_device
from dancelift.priors.pose_net import N_FEATURES, N_JOINTS, N_OUTPUTS, PoseNet, split_outputs
from dancelift.rounding import rounded
from dancelift.training.checkpoints import read_checkpoint
from dancelift.training.muon import Muon
from dancelift.training.random_views import ANY_POSE, Batch, RandomViews, Variety

DILATIONS = (1, 2, 4, 8, 16, 1, 2, 4, 8, 16)
"""Frames between the taps of the blocks' convolutions."""

LEARNING_RATE = 1e-3
"""Default highest learning rate."""

_HIDDEN_RATE = 20.0  # times the learning rate: that of the blocks' matrices, which Muon learns; AdamW learns the rest

Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]

_CLIP_CONTEXT = (2, 5, 8)  # blocks that also see the mean of the features over the clip
_DROPOUT = 0.1
_WARM_UP = 200  # steps
_BETAS = (0.9, 0.98)
_WEIGHT_DECAY = 0.01
_LARGEST_GRADIENT = 1.0
_AVERAGING = 0.998  # of the weights, from step to step
_SEEDS_APART = 1_000_003  # so that trainings from other random seeds share no draw
_CHECKPOINT_STEPS = 250
_HEAD_WEIGHT = 0.3  # of the head's joints, relative to the others: there are five, close together

_PROBE_WINDOWS, _PROBE_RUNS = 4, 3
_WORTHWHILE = 1.2  # times as fast as float32 bfloat16 must be: less is within the noise of the measurement

# weights of the losses beside the mean distance in m
_VELOCITY, _LIKELIHOOD, _UP, _CONTACT = 1.0, 0.02, 0.1, 0.02


@dataclass(frozen=True)
class Lesson:
    """What a network is shown for some of the steps.

    Attributes:
        share: of all steps.
        variety: of what is shown.
        strength: of the random changes to bodies and movements, see `RandomViews`.
    """

    share: float
    variety: Variety
    strength: float


class _RmsNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise channels (B, C, T)."""
        return x * torch.rsqrt((x * x).mean(1, keepdim=True) + 1e-5) * self.gain[:, None]


class _Block(nn.Module):
    def __init__(self, channels: int, dilation: int, clip_context: bool) -> None:
        super().__init__()
        self.norm = _RmsNorm(channels)
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation, padding=dilation, padding_mode="replicate")
        self.clip = nn.Linear(channels, channels) if clip_context else None
        self.dropout = nn.Dropout(_DROPOUT)
        self.mix = nn.Conv1d(channels, channels, 1)
        for parameter in self.mix.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Map channels (B, C, T) to channels (B, C, T)."""
        normal = self.norm(x)
        y = self.conv(normal)
        if self.clip is not None:
            y = y + self.clip(normal.mean(2))[:, :, None]
        change: Tensor = self.mix(self.dropout(functional.gelu(y, approximate="tanh")))
        return x + change


class _Network(nn.Module):
    """The network of `PoseNet`, for training."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(N_FEATURES, channels, 1)
        self.blocks = nn.ModuleList(
            _Block(channels, dilation, i in _CLIP_CONTEXT) for i, dilation in enumerate(DILATIONS)
        )
        self.norm = _RmsNorm(channels)
        self.last = nn.Conv1d(channels, N_OUTPUTS, 1)
        with torch.no_grad():
            for parameter, scale in zip(self.last.parameters(), (0.1, 0.0), strict=True):
                parameter.mul_(scale)

    def forward(self, x: Tensor) -> Tensor:
        """Map features (B, T, N_FEATURES) to outputs (B, T, N_OUTPUTS)."""
        h = self.first(x.transpose(1, 2))
        for block in self.blocks:
            h = block(h)
        out: Tensor = self.last(self.norm(h)).transpose(1, 2)
        return out

    def as_pose_net(self) -> PoseNet:
        """Convert to the network that runs on numpy."""
        state = self.state_dict()
        weights = {name: state[parameter].float().cpu().numpy().T for name, parameter in self._names().items()}
        weights = {name: array[0] if len(array) == 1 else array for name, array in weights.items()}  # taps of 1 frame
        return PoseNet({name: np.ascontiguousarray(array) for name, array in weights.items()}, DILATIONS)

    def load_pose_net(self, net: PoseNet) -> None:
        """Take the weights of a network that runs on numpy.

        Raises:
            InputError: it is of another size.
        """
        state, names = self.state_dict(), self._names()
        if net.dilations != DILATIONS or net.weights.keys() != names.keys():
            raise InputError(f"network of dilations {net.dilations}, expected {DILATIONS}")
        for name, parameter in names.items():
            array = np.asarray(net.weights[name], np.float32).T
            if array.size != state[parameter].numel():
                expected = tuple(state[parameter].shape)
                raise InputError(f"network: {name} is of shape {array.T.shape}, expected {expected}, reversed")
            state[parameter] = torch.from_numpy(array.reshape(state[parameter].shape).copy())
        self.load_state_dict(state)

    def _names(self) -> dict[str, str]:
        """Parameter of this module for every weight of `PoseNet`, which has its axes reversed."""
        names = {
            "in": "first.weight", "in_bias": "first.bias", "gain": "norm.gain",
            "out": "last.weight", "out_bias": "last.bias",
        }  # fmt: skip
        for i in range(len(self.blocks)):
            here, there = f"block{i}", f"blocks.{i}"
            names |= {
                f"{here}.gain": f"{there}.norm.gain",
                f"{here}.conv": f"{there}.conv.weight",
                f"{here}.conv_bias": f"{there}.conv.bias",
                f"{here}.mix": f"{there}.mix.weight",
                f"{here}.mix_bias": f"{there}.mix.bias",
            }
            if i in _CLIP_CONTEXT:
                names |= {f"{here}.clip": f"{there}.clip.weight", f"{here}.clip_bias": f"{there}.clip.bias"}
        return names


def train_pose_net(
    motions: Sequence[tuple[Array, float]],
    n_steps: int = 7000,
    channels: int = 256,
    batch_size: int = 24,
    n_frames: int = 128,
    lessons: Sequence[Lesson] = (Lesson(1.0, ANY_POSE, 1.0),),
    learning_rate: float = LEARNING_RATE,
    random_seed: int = 0,
    device: str | None = None,
    precision: Precision = "auto",
    start: PoseNet | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int, int, float], object] | None = None,
) -> PoseNet:
    """Train a network to predict the 3D pose from 2D keypoints seen by random cameras.

    Args:
        motions: (T, J, 3) joints of NET_SKELETON, m, world frame with y up, and frames per second of each.
        n_steps: of stochastic gradient descent (Muon and AdamW), with a learning rate that falls linearly to 0.
        channels: of the network.
        batch_size: windows a step.
        n_frames: of a window.
        lessons: what is shown, one after the other; their shares are of sum 1.
        learning_rate: the highest of AdamW, to which Muon's is proportional.
        random_seed: of all random numbers.
        device: of torch; None: a GPU where there is one.
        precision: "float32", or "bfloat16" where autocast does that. "auto": bfloat16 on a GPU, and on a CPU if it is
            measured to be faster there; a CPU without instructions for it takes ten times as long.
        start: whose weights are learnt further; None: random ones.
        checkpoint: file that the state is kept in every few minutes, and from which a run that was stopped goes on; it
            then ends where an unbroken one would. None: none is kept.
        progress: called with the steps done, their number and the mean distance to the true joints of late, m.

    Raises:
        InputError: there is no such device or precision, the network to start from is of another size, or the
            checkpoint is damaged or of another run.
    """
    found = find_device(device)
    bfloat16 = _uses_bfloat16(precision, found, channels, n_frames)
    torch.manual_seed(random_seed)
    network = _Network(channels)
    if start is not None:
        network.load_pose_net(start)
    network.to(found)
    average = copy.deepcopy(network)
    hidden = [weight for weight in network.blocks.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if all(weight is not one for one in hidden)]
    optimizers = [
        Muon(hidden, _HIDDEN_RATE * learning_rate, _WEIGHT_DECAY, torch.bfloat16 if bfloat16 else torch.float32),
        torch.optim.AdamW(others, learning_rate, _BETAS, weight_decay=_WEIGHT_DECAY),
    ]
    rates = [_HIDDEN_RATE * learning_rate, learning_rate]
    begun, of_late = 0, math.nan
    run = {
        "n_steps": n_steps, "channels": channels, "batch_size": batch_size, "n_frames": n_frames,
        "lessons": [astuple(lesson) for lesson in lessons], "learning_rate": learning_rate,
        "random_seed": random_seed, "bfloat16": bfloat16, "starts": start is not None,
        "motions": [(len(poses), float(fps)) for poses, fps in motions],
    }  # fmt: skip
    if checkpoint is not None and checkpoint.exists():
        state = read_checkpoint(checkpoint, run)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        for optimizer, theirs in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(theirs)
        begun, of_late = state["step"], state["of_late"]
    views = [RandomViews(motions, n_frames, each.strength, random_seed, each.variety) for each in lessons]
    ends = np.cumsum([lesson.share for lesson in lessons])[:-1] * n_steps
    for step, batch in enumerate(_batches(views, ends, batch_size, begun, n_steps), begun):
        torch.manual_seed(random_seed * _SEEDS_APART + step)  # so that a run that goes on drops out the same
        for optimizer, rate in zip(optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / _WARM_UP) * (1 - step / n_steps)
        with torch.autocast(found.type, torch.bfloat16, enabled=bfloat16):
            out = network(torch.from_numpy(batch.x).to(found))
        distance, loss = _loss(out.float(), batch)
        network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        for optimizer in optimizers:
            optimizer.step()
        keep = min(_AVERAGING, step / (step + 20))
        with torch.no_grad():
            for mean, weight in zip(average.parameters(), network.parameters(), strict=True):
                mean.lerp_(weight, 1 - keep)
        of_late = distance if math.isnan(of_late) else 0.98 * of_late + 0.02 * distance
        if checkpoint is not None and (step + 1) % _CHECKPOINT_STEPS == 0:
            state = {
                "run": run, "step": step + 1, "of_late": of_late, "network": network.state_dict(),
                "average": average.state_dict(), "optimizers": [each.state_dict() for each in optimizers],
            }  # fmt: skip
            write(checkpoint, partial(torch.save, state))
        if progress is not None:
            progress(step + 1, n_steps, of_late)
    trained = average.as_pose_net()
    return replace(trained, weights=rounded(trained.weights))  # as it is once it is saved


def _uses_bfloat16(precision: Precision, device: torch.device, channels: int, n_frames: int) -> bool:
    if precision not in ("auto", "float32", "bfloat16"):
        raise InputError(f"precision is {precision!r}, expected auto, float32 or bfloat16")
    if precision == "auto" and device.type == "cpu":
        return _bfloat16_is_faster(channels, n_frames)
    return precision != "float32"


@cache  # so that trainings of one process compute alike
def _bfloat16_is_faster(channels: int, n_frames: int) -> bool:
    """Whether the CPU runs a block forward and backward faster in bfloat16 than in float32, measured."""
    block = _Block(channels, 1, clip_context=False)
    x = torch.randn(_PROBE_WINDOWS, channels, n_frames)

    def seconds(bfloat16: bool) -> float:
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            out = block(x)
        out.float().sum().backward()
        return time.perf_counter() - start

    for bfloat16 in (False, True):  # the first run of each is slower
        seconds(bfloat16)
    float32, half = (min(seconds(bfloat16) for _ in range(_PROBE_RUNS)) for bfloat16 in (False, True))
    return _WORTHWHILE * half < float32


def _batches(views: Sequence[RandomViews], ends: Array, batch_size: int, first: int, end: int) -> Iterator[Batch]:
    """Batches by their numbers from `first` up to `end`, each made while the one before is trained on.

    Up to the numbers `ends` they are of the first views, the second ones and so on.
    """

    def make(i: int) -> Batch:
        return views[int(np.searchsorted(ends, i, side="right"))].batch(batch_size, i)

    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(make, first)
        for i in range(first, end):
            batch = following.result()
            if i + 1 < end:
                following = maker.submit(make, i + 1)
            yield batch


def _loss(out: Tensor, batch: Batch) -> tuple[float, Tensor]:
    """Mean distance to the true joints, m, and the loss."""
    poses, log_deviation, up, contact = split_outputs(out)
    truth: Any = [torch.from_numpy(part).to(out.device) for part in (batch.poses3d, batch.up, batch.contact)]
    true_poses, true_up, true_contact = truth
    weight = torch.ones(N_JOINTS, device=out.device)
    weight[:5] = _HEAD_WEIGHT
    weight = weight / weight.mean()
    away = poses - true_poses
    distance = (away.norm(dim=-1) * weight).mean()
    velocity = ((away[:, 1:] - away[:, :-1]).norm(dim=-1) * weight).mean()
    # the likelihood trains the predicted deviation, not the pose
    square = torch.stack([away[..., :2].square().mean(-1), away[..., 2].square()], dim=-1).detach()
    likelihood = (log_deviation + 0.5 * square * torch.exp(-2 * log_deviation)).sum(-1).mean()
    tilt = (1 - functional.cosine_similarity(up, true_up, dim=-1)).mean()
    standing = functional.binary_cross_entropy_with_logits(contact, true_contact)
    total = distance + _VELOCITY * velocity + _LIKELIHOOD * likelihood + _UP * tilt + _CONTACT * standing
    return float(distance.detach()), total

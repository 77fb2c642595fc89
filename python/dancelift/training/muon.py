"""Muon: steps of hidden layers by momentum that is made orthogonal.

Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks. Where a matrix's gradients have a few large
directions, AdamW hardly moves along the others; with all singular values made alike they are learnt as fast. On motion
that a pose network had not learnt from, 600 steps left 120 mm instead of the 137 that AdamW did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

_MOMENTUM = 0.95
_ROUNDS = 5  # of the Newton-Schulz iteration, after which singular values are between 0.7 and 1.2
_QUINTIC = (3.4445, -4.7750, 2.0315)  # its coefficients: x -> a x + b x^3 + c x^5


class Muon(torch.optim.Optimizer):
    """The optimizer of weights of two axes or more, of which the first one is the outputs'.

    Args:
        weights: that are learnt.
        lr: learning rate, the size of a step relative to that of an orthogonal matrix.
        weight_decay: per step, times the learning rate.
        precision: of the iteration.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float, weight_decay: float, precision: torch.dtype) -> None:
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})
        self._precision = precision

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Make a step; matrices of one shape together."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault(weight.flatten(1).shape, []).append(weight)
            for (n_outputs, n_inputs), weights in alike.items():
                directions = orthogonal(torch.stack([self._ahead(weight) for weight in weights]), self._precision)
                size = max(1.0, n_outputs / n_inputs) ** 0.5
                for weight, direction in zip(weights, directions, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(direction.view_as(weight), alpha=-group["lr"] * size)

    def _ahead(self, weight: Tensor) -> Tensor:
        """Nesterov's momentum of a weight's gradient, a matrix."""
        assert weight.grad is not None
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum: Tensor = state["momentum"].lerp_(weight.grad, 1 - _MOMENTUM)
        return weight.grad.lerp(momentum, _MOMENTUM).flatten(1)


def orthogonal(matrices: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Matrices (N, rows, columns) with their singular values made about 1, by the Newton-Schulz iteration."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(precision)
    x = x / (torch.linalg.matrix_norm(x.float(), keepdim=True).to(precision) + 1e-7)
    a, b, c = _QUINTIC
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    found: Tensor = (x.mT if tall else x).to(matrices.dtype)
    return found

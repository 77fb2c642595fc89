"""The objective of all seeds in one batch of PyTorch, and which number of threads it is faster with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from dancelift.arraytypes import Array

from .objective import TERMS, Free
from .peer import Task
from .residuals import term_costs, total, unknowns

_TRIALS = 3


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    """See `Peer.term_totals`; in double precision."""
    objective = task.objective.mapped(torch.as_tensor)
    with torch.no_grad():
        costs = term_costs(torch, objective, unknowns(torch, objective, Free(*map(torch.as_tensor, free))))
    return dict(zip(TERMS, costs.sum(2).T.numpy(), strict=True))


@dataclass
class Batch:
    """All seeds, in single precision: twice as fast, and it tells the objective to 1e-6."""

    task: Task

    def __post_init__(self) -> None:
        self.objective = self.task.objective.mapped(_single)
        self.free = [_single(part).requires_grad_() for part in self.task.objective.start()]

    def backward(self) -> Array:
        """(K,) objectives; the gradients are set."""
        for part in self.free:
            part.grad = None
        costs = total(torch, self.objective, unknowns(torch, self.objective, Free(*self.free)))
        costs.sum().backward()
        found: Array = costs.detach().numpy().astype(float)
        return found


def _single(array: Array) -> torch.Tensor:
    return torch.as_tensor(np.asarray(array), dtype=torch.float32)


def choose_threads(n_threads: int, work: Callable[[], object]) -> float:
    """The number of them, at most `n_threads`, with which some work is done sooner; s that it took to find it."""
    begin = time.perf_counter()
    seconds = {}
    for n in range(1, n_threads + 1):
        torch.set_num_threads(n)
        work()
        start = time.perf_counter()
        for _ in range(_TRIALS):
            work()
        seconds[n] = time.perf_counter() - start
    torch.set_num_threads(min(seconds, key=seconds.__getitem__))
    return time.perf_counter() - begin

"""PyTorch: LBFGS with a strong Wolfe line search, over all seeds at once."""

from __future__ import annotations

import time

import numpy as np
import torch

from .peer import Task, Trace
from .torch_objective import Batch, choose_threads, term_totals

__all__ = ["solve", "term_totals"]

_HISTORY = 20
_MOST_EVALUATIONS = 3000
_TOLERANCE = 1e-6  # relative decrease over that many iterations below which it stops
_ITERATIONS = 20


def solve(task: Task) -> Trace:
    batch = Batch(task)
    setup = choose_threads(task.n_threads, batch.backward)
    scale = 1 / float(batch.backward().sum())  # a sum of thousands would have the first step fail
    optimizer = torch.optim.LBFGS(
        batch.free, max_iter=_ITERATIONS, history_size=_HISTORY, line_search_fn="strong_wolfe", tolerance_grad=0.0,
        tolerance_change=0.0,
    )  # fmt: skip
    seconds: list[float] = []
    costs: list[np.ndarray] = []
    begin = time.perf_counter()

    def closure() -> float:
        costs.append(batch.backward())
        for part in batch.free:
            assert part.grad is not None
            part.grad *= scale
        seconds.append(time.perf_counter() - begin)
        return float(costs[-1].sum()) * scale

    least = np.inf
    while len(costs) < _MOST_EVALUATIONS and time.perf_counter() - begin < task.budget:
        optimizer.step(closure)  # type: ignore[no-untyped-call]
        now = float(np.min([cost.sum() for cost in costs[-_ITERATIONS:]]))
        if least - now < _TOLERANCE * now:
            break
        least = now
    n_seeds = task.objective.n_seeds
    found = np.minimum.accumulate(np.array(costs), axis=0)
    return Trace([np.array(seconds)] * n_seeds, list(found.T), n_seeds, setup)

"""dancelift itself: how far it is after so many iterations, and when it returns."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array

from .objective import TERMS, Free, Unknowns
from .peer import Task, Trace
from .residuals import unknowns

_LEAST_GAIN = 1e-3  # of some seed by one more iteration, relative, below which further ones tell nothing


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    costs = task.problem.evaluate(core_unknowns(unknowns(np, task.objective, free)))
    return dict(zip(TERMS, costs.sum(axis=2).T, strict=True))


def core_unknowns(u: Unknowns) -> _core.Unknowns:
    """As dancelift has them."""
    return _core.Unknowns(
        poses=u.poses,
        imaging=u.log_focal[:, None],
        log_lengths=u.log_lengths,
        up=u.up,
        floor=u.floor,
        depth=u.depth,
    )


def solve(task: Task) -> Trace:
    """A run from the start for every number of iterations: all that `LiftProblem.solve` does is in the time of each.

    Where no seed is given up, all do the same, and each is charged its share of a run; else all of it.
    """
    begin = time.perf_counter()
    seconds, costs = [0.0], [core_errors(task, 0)[1]]
    gain = np.inf
    while gain > _LEAST_GAIN and time.perf_counter() - begin < task.budget:
        took, found = core_errors(task, len(seconds))
        gain = float(np.max(1 - found / costs[-1]))
        seconds.append(took)
        costs.append(np.minimum(found, costs[-1]))
    took, found = core_errors(task)
    seconds.append(took)
    costs.append(found)
    n_seeds = task.objective.n_seeds
    lanes = min(task.n_threads, n_seeds) if task.setting else n_seeds
    times = np.maximum.accumulate(seconds) * lanes / n_seeds
    return Trace([times] * n_seeds, list(np.array(costs).T), lanes)


def core_errors(task: Task, n_iterations: int | None = None) -> tuple[float, Array]:
    """Seconds and (K,) objectives; None: as many iterations as it takes."""
    options: Any = _core.SolverOptions()
    if n_iterations is not None:
        options.max_iterations = n_iterations
    if task.setting:
        options.give_up_above = task.setting
    with mock.patch.object(_core, "SolverOptions", lambda: options):
        begin = time.perf_counter()
        found = replace(task.problem).solve(n_threads=task.n_threads)  # nothing is prepared
        return time.perf_counter() - begin, found.errors.sum(axis=1)

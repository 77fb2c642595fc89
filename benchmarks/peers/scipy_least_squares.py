"""scipy.optimize.least_squares: trust region, sparse Jacobian, its linear problems by LSMR; seeds side by side."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy.optimize import least_squares

from dancelift.arraytypes import Array

from .memory import peak_mb
from .objective import Free, Objective
from .peer import Task, Trace
from .sparse import Stacked

_TOLERANCE = 1e-4  # as dancelift
_LSMR = {"atol": 1e-5, "btol": 1e-5}  # of 1e-4, 1e-5 and 1e-6 the one that is there first


class _OverBudgetError(Exception):
    """The peer's time is up."""


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    totals = []
    for k in range(task.objective.n_seeds):
        stacked = Stacked(task.objective.of_seed(k))
        values = stacked.values(stacked.x(Free(*(part[k : k + 1] for part in free))))
        totals.append(0.5 * values @ values + stacked.constant())
    return {"total": np.array(totals)}


def solve(task: Task) -> Trace:
    lanes = min(task.n_threads, task.objective.n_seeds)
    deadline = time.perf_counter() + task.budget
    objectives = [task.objective.of_seed(k) for k in range(task.objective.n_seeds)]
    with ProcessPoolExecutor(lanes, multiprocessing.get_context("spawn")) as pool:
        begin = time.perf_counter()
        list(pool.map(time.sleep, [0.1] * lanes))  # the processes start
        setup = time.perf_counter() - begin
        traces = list(pool.map(_optimise, objectives, [deadline + setup] * len(objectives)))
    seconds, costs, peaks = zip(*traces, strict=True)
    return Trace(seconds, costs, lanes, setup, lanes * max(peaks))


def _optimise(objective: Objective, deadline: float) -> tuple[Array, Array, float]:
    """Times and objectives of one seed, and MB that its process has held."""
    stacked, begin = Stacked(objective), time.perf_counter()
    trace: list[tuple[float, float]] = []

    def values(x: Array) -> Array:
        found = stacked.values(x)
        trace.append((time.perf_counter() - begin, 0.5 * float(found @ found) + stacked.constant()))
        if time.perf_counter() > deadline and len(trace) > 1:
            raise _OverBudgetError
        return found

    try:
        least_squares(
            values, stacked.start(), stacked.jacobian, x_scale="jac", ftol=_TOLERANCE, xtol=None, gtol=None,
            tr_solver="lsmr", tr_options=_LSMR,
        )  # fmt: skip
    except _OverBudgetError:
        pass
    seconds, costs = np.array(trace).T
    return seconds, np.minimum.accumulate(costs), peak_mb()

"""pyceres: Ceres with cost functions in Python, one of all residuals of a frame, as each call of one is dear."""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import Any

import numpy as np
import pyceres

from dancelift.arraytypes import Array

from .objective import Constants, Free, Indices, Objective
from .peer import Task, Trace
from .residuals import WHOLE_CLIP, residuals, unknowns
from .sparse import Stacked

_TOLERANCE = 1e-4  # as dancelift
_REACH = 2  # frames before it that a frame's residuals look at
_OF_FRAMES = ("keypoints", "seen")  # (T, ...)
_OF_SEEDS_AND_FRAMES = ("poses", "trust", "below", "above")  # (K, T, ...)


class _Window:
    """The residuals of one frame of one seed; WHOLE_CLIP: those of none."""

    def __init__(self, objective: Objective, frame: int) -> None:
        self.first, self.last = max(0, frame - _REACH), max(0, frame)
        self.frame = frame
        self.stacked = Stacked(_cut(objective, self.first, self.last + 1))

    @cached_property
    def rows(self) -> Indices:
        """Among those of `stacked`."""
        objective, first_row, rows = self.stacked.objective, 0, []
        for r in residuals(np, objective, unknowns(np, objective, objective.start())).values():
            shape = r.values.shape[1:]
            row = first_row + np.arange(math.prod(shape)).reshape(shape[0], math.prod(shape[1:]))
            if (r.first_frame == WHOLE_CLIP) == (self.frame == WHOLE_CLIP):
                rows.append(row[-1:].ravel())
            first_row += r.values.size
        return np.concatenate(rows)

    def blocks(self, free: Free) -> list[Array]:
        """Of the unknowns: the poses of the frames, the depth of the last one, the shared ones."""
        if self.frame == WHOLE_CLIP:
            return [free.shared[0]]
        poses = [free.poses[0, t].reshape(-1) for t in range(self.first, self.last + 1)]
        return [*poses, free.depth[0, self.last : self.last + 1], free.shared[0]]

    def x(self, blocks: list[Array]) -> Array:
        """As `stacked` takes them."""
        n_frames = self.last + 1 - self.first
        if self.frame == WHOLE_CLIP:
            return np.concatenate([self.stacked.start()[: -len(blocks[0])], blocks[0]])
        return np.concatenate([*blocks[:n_frames], np.zeros(n_frames - 1), *blocks[n_frames:]])

    def split(self, jacobian: Array) -> list[Array]:
        """Columns of each block."""
        n_frames, n_shared = self.last + 1 - self.first, self.stacked.objective.start().shared.shape[1]
        if self.frame == WHOLE_CLIP:
            return [jacobian[:, -n_shared:]]
        poses = np.split(jacobian[:, : -n_shared - n_frames], n_frames, axis=1)
        return [*poses, jacobian[:, -n_shared - 1 : -n_shared], jacobian[:, -n_shared:]]


def _cut(objective: Objective, first: int, end: int) -> Objective:
    c: Constants = objective.constants
    parts = {name: getattr(c, name)[first:end] for name in _OF_FRAMES}
    parts |= {name: getattr(c, name)[:, first:end] for name in _OF_SEEDS_AND_FRAMES}
    return Objective(objective.structure, c._replace(**parts, standing=c.standing[:, first : end - 1]))


class _Cost(pyceres.CostFunction):  # type: ignore[misc]
    """As Ceres asks for it."""

    def __init__(self, window: _Window, blocks: list[Array]) -> None:
        pyceres.CostFunction.__init__(self)
        self._window = window
        self.set_num_residuals(len(window.rows))
        self.set_parameter_block_sizes([len(block) for block in blocks])

    def Evaluate(self, parameters: list[Array], values: Array, jacobians: list[Array | None] | None) -> bool:  # noqa: N802
        window = self._window
        x = window.x([np.array(block) for block in parameters])
        values[:] = window.stacked.values(x)[window.rows]
        if jacobians is not None:
            dense = window.stacked.jacobian(x).toarray()[window.rows]
            for out, found in zip(jacobians, window.split(dense), strict=True):
                if out is not None:
                    out[:] = found.ravel()
        return True


def _costs(objective: Objective, free: Free) -> list[tuple[_Cost, list[Array]]]:
    """Of one seed, and the unknowns that they are of, which share the memory of `free`."""
    windows = [_Window(objective, frame) for frame in (WHOLE_CLIP, *range(objective.n_frames))]
    return [(_Cost(window, window.blocks(free)), window.blocks(free)) for window in windows]


def _problem(objective: Objective, free: Free) -> tuple[pyceres.Problem, list[_Cost]]:
    """Of one seed, on the unknowns where they lie in memory; the costs have to outlive it."""
    problem, costs = pyceres.Problem(), []
    for frame in (WHOLE_CLIP, *range(objective.n_frames)):
        window = _Window(objective, frame)
        blocks = window.blocks(free)
        costs.append(_Cost(window, blocks))
        problem.add_residual_block(costs[-1], None, blocks)
    return problem, costs


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    totals = []
    for k in range(task.objective.n_seeds):
        objective = task.objective.of_seed(k)
        problem, _costs = _problem(objective, Free(*(np.array(part[k : k + 1]) for part in free)))
        options, summary = _options(), pyceres.SolverSummary()
        options.max_num_iterations = 0
        pyceres.solve(options, problem, summary)
        totals.append(summary.initial_cost + Stacked(objective).constant())
    return {"total": np.array(totals)}


def _options() -> pyceres.SolverOptions:
    options = pyceres.SolverOptions()
    options.linear_solver_type = pyceres.LinearSolverType.SPARSE_NORMAL_CHOLESKY
    options.function_tolerance = _TOLERANCE
    options.num_threads = 1  # cost functions in Python take turns
    options.logging_type = pyceres.LoggingType.SILENT
    return options


class _Notes(pyceres.IterationCallback):  # type: ignore[misc]
    """Notes the time and the cost of every step."""

    def __init__(self, begin: float, deadline: float) -> None:
        pyceres.IterationCallback.__init__(self)
        self.begin, self.deadline = begin, deadline
        self.points: list[tuple[float, float]] = []

    def __call__(self, summary: Any) -> Any:
        now = time.perf_counter()
        self.points.append((now - self.begin, summary.cost))
        ends = now > self.deadline
        return pyceres.CallbackReturnType.SOLVER_ABORT if ends else pyceres.CallbackReturnType.SOLVER_CONTINUE


def solve(task: Task) -> Trace:
    deadline = time.perf_counter() + task.budget
    seconds, costs = [], []
    for k in range(task.objective.n_seeds):
        begin = time.perf_counter()
        objective = task.objective.of_seed(k)
        problem, _costs = _problem(objective, objective.start())
        notes = _Notes(begin, deadline)
        options = _options()
        options.callbacks = [notes]
        pyceres.solve(options, problem, pyceres.SolverSummary())
        trace = np.array(notes.points)
        seconds.append(trace[:, 0])
        costs.append(np.minimum.accumulate(trace[:, 1] + Stacked(objective).constant()))
    return Trace(seconds, costs, lanes=1)

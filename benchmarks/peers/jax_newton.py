"""JAX: Gauss and Newton's method with Levenberg and Marquardt's damping, in double precision.

Every seed is compiled code of one thread, seeds side by side on as many devices as threads may be used: a batch of
seeds on one device is slower a seed, as it leaves the caches, and its small operations gain nothing from threads.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

_FLAGS = "--xla_force_host_platform_device_count=2 --xla_cpu_multi_thread_eigen=false"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_FLAGS}"  # read when JAX is first used

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from dancelift.arraytypes import Array  # noqa: E402

from .jax_system import step, system  # noqa: E402
from .objective import TERMS, Constants, Free, Objective, Structure  # noqa: E402
from .peer import Task, Trace  # noqa: E402
from .residuals import term_costs, total, unknowns  # noqa: E402

_TOLERANCE = 1e-4  # as dancelift
_MOST_STEPS = 50
_FIRST_DAMPING, _GROW, _SHRINK, _LEAST_DAMPING, _MOST_DAMPING = 1e-4, 8.0, 10.0, 1e-12, 1e12

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    costs = np.asarray(jax.jit(partial(_terms, task.objective.structure))(task.objective.constants, free))
    return dict(zip(TERMS, costs.T, strict=True))


def _terms(structure: Structure, constants: Constants, free: Free) -> jax.Array:
    objective = Objective(structure, constants)
    totals: jax.Array = term_costs(jnp, objective, unknowns(jnp, objective, free)).sum(axis=2)
    return totals


class _Compiled:
    """The objective and a step of one seed, for a structure and a number of frames."""

    def __init__(self, structure: Structure) -> None:
        self.cost = jax.jit(partial(_cost, structure))
        self.try_step = jax.jit(partial(_try_step, structure))


def _cost(structure: Structure, constants: Constants, free: Free) -> jax.Array:
    objective = Objective(structure, constants)
    cost: jax.Array = total(jnp, objective, unknowns(jnp, objective, free))[0]
    return cost


def _try_step(structure: Structure, constants: Constants, free: Free, damping: float) -> tuple[Free, jax.Array]:
    """Where a step leads, and the objective there."""
    equations = system(Objective(structure, constants), free)
    found = step(jax.tree.map(lambda part: part[0], equations), damping)
    trial = Free(*(at + by for at, by in zip(free, found, strict=True)))
    return trial, _cost(structure, constants, trial)


def solve(task: Task) -> Trace:
    n_seeds = task.objective.n_seeds
    devices = jax.devices()[: min(task.n_threads, n_seeds)]
    compiled = _Compiled(task.objective.structure)
    begin = time.perf_counter()
    for device in devices:
        _optimise(compiled, task.objective.of_seed(0), device, n_steps=1)
    setup = time.perf_counter() - begin

    free: SimpleQueue[jax.Device] = SimpleQueue()
    for device in devices:
        free.put(device)
    deadline = time.perf_counter() + task.budget

    def optimise(k: int) -> tuple[Array, Array]:
        device = free.get()
        try:
            return _optimise(compiled, task.objective.of_seed(k), device, _MOST_STEPS, deadline)
        finally:
            free.put(device)

    with ThreadPoolExecutor(len(devices)) as pool:
        traces = list(pool.map(optimise, range(n_seeds)))
    return Trace([seconds for seconds, _ in traces], [costs for _, costs in traces], len(devices), setup)


def _optimise(
    compiled: _Compiled, objective: Objective, device: jax.Device, n_steps: int, deadline: float = np.inf
) -> tuple[Array, Array]:
    """Times and objectives of one seed."""
    begin = time.perf_counter()
    constants = jax.device_put(objective.constants, device)
    free = jax.device_put(objective.start(), device)
    cost, damping = float(compiled.cost(constants, free)), _FIRST_DAMPING
    trace = [(time.perf_counter() - begin, cost)]
    for _ in range(n_steps):
        trial, found = compiled.try_step(constants, free, damping)
        new = float(found)
        ends = damping > _MOST_DAMPING
        if new < cost:
            ends = cost - new <= _TOLERANCE * cost  # of a step that is taken, as Ceres has it
            free, cost, damping = trial, new, max(damping / _SHRINK, _LEAST_DAMPING)
        else:
            damping *= _GROW
        now = time.perf_counter()
        trace.append((now - begin, cost))
        if ends or now > deadline:
            break
    seconds, costs = np.array(trace).T
    return seconds, costs

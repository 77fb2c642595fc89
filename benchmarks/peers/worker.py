"""A process of one peer on one problem; benchmarks/speed.py starts it.

python -m peers.worker MODE PEER SETTING THREADS BUDGET PROBLEM OUT, MODE is one of

check: whether the peer's objective is dancelift's; fails, saying where, if not.
solve: writes a trace, as an npz.
lift: writes how long a lift takes and, of a clip that is solved as a whole, its parts and its solver by itself, and
what memory; PROBLEM is a workload then.
"""

from __future__ import annotations

import copyreg
import pickle
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.misreadings import find_misreading
from dancelift.lifting.moving_camera import warn_of_moving_camera
from dancelift.lifting.options import LiftOptions, default_sigmas
from dancelift.lifting.problem import LiftProblem, make_problem
from dancelift.lifting.solve import solve_seeds
from dancelift.lifting.windows import LONGEST
from dancelift.priors.prior import get_prior
from dancelift.seeding.net_reader import NetReader
from workloads import Workload

from . import dancelift_chain
from .memory import peak_mb
from .objective import Free, Objective, objective_of
from .peer import Peer, Task, Trace
from .roster import ROSTER

_AGREEMENT = 1e-9  # relative, of each term with dancelift's own
_REPEATS, _SMALL = 5, 20_000  # runs, of a lift of so many frames, all seeds taken together
_NOTHING = 1e-12  # of the whole objective: a term below that is as good as none


def _sigmas(values: dict[str, float]) -> _core.Sigmas:
    sigmas = _core.Sigmas()
    for name, value in values.items():
        setattr(sigmas, name, value)
    return sigmas


def _reduce(sigmas: _core.Sigmas) -> tuple[object, tuple[dict[str, float]]]:
    return _sigmas, ({name: getattr(sigmas, name) for name in default_sigmas()},)


copyreg.pickle(_core.Sigmas, _reduce)  # type: ignore[arg-type]


def save_problem(path: Path, problem: LiftProblem | Workload) -> None:
    """For the processes of the peers."""
    path.write_bytes(pickle.dumps(problem))


def disagreement(peer: Peer, task: Task) -> str:
    """Which term of a peer's objective is not dancelift's, and by how much; empty: none."""
    for where, free in (("at the start", task.objective.start()), ("beside the start", beside_start(task.objective))):
        expected = dancelift_chain.term_totals(task, free)
        expected["total"] = np.sum(list(expected.values()), axis=0)
        found = peer.term_totals(task, free)
        if "total" not in found:
            found["total"] = np.sum(list(found.values()), axis=0)
        for name, value in found.items():
            allowed = _AGREEMENT * np.abs(expected[name]) + _NOTHING * expected["total"]
            worst = int(np.argmax(np.abs(value - expected[name]) - allowed))
            if not abs(value[worst] - expected[name][worst]) <= allowed[worst]:
                return f"{name} {where} is {value[worst]:.12g}, expected {expected[name][worst]:.12g}"
    return ""


def beside_start(objective: Objective) -> Free:
    """A point at which every term costs something."""
    rng = np.random.default_rng(0)
    sizes = Free(poses=0.1, depth=0.02, shared=0.05)
    return Free(*(at + size * rng.normal(size=at.shape) for at, size in zip(objective.start(), sizes, strict=True)))


def save_trace(path: Path, trace: Trace, **numbers: float) -> None:
    arrays: dict[str, Array] = {f"seconds{k}": seconds for k, seconds in enumerate(trace.seconds)}
    arrays |= {f"costs{k}": costs for k, costs in enumerate(trace.costs)}
    numbers |= {"n_seeds": len(trace.costs), "lanes": trace.lanes, "setup": trace.setup}
    np.savez(path, allow_pickle=False, **numbers, **arrays)


def main() -> None:
    mode, name, setting, n_threads, budget, problem_path, out = sys.argv[1:]
    problem: Any = pickle.loads(Path(problem_path).read_bytes())
    if mode == "lift":
        np.savez(out, allow_pickle=False, **time_lift(problem, int(n_threads)))
        return
    task = Task(problem, objective_of(problem), int(n_threads), float(budget), float(setting))
    begin = time.perf_counter()
    (peer,) = (entry.peer() for entry in ROSTER if entry.name == name)
    importing = time.perf_counter() - begin
    if mode == "check":
        found = disagreement(peer, task)
        if found:
            sys.exit(f"{name}: {found}")
        return
    before = peak_mb()
    trace = peer.solve(task)
    peak, before = (trace.peak, 0.0) if trace.peak else (peak_mb(), before)
    save_trace(Path(out), trace, importing=importing, before=before, peak=peak)


def time_lift(workload: Workload, n_threads: int) -> dict[str, float]:
    """s of a whole lift, of its parts and of its solver alone, medians of some, and the most MB that it holds.

    Of processor time, the least is told: others that run on the machine at the same time add to it.
    """
    clip, options = workload.clip_of(), LiftOptions(n_seeds=workload.n_seeds, n_threads=n_threads)
    lift_clip(clip.frames(slice(0, 30)), LiftOptions(n_seeds=1, n_threads=1))  # what is done once only
    repeats = _REPEATS if workload.n_frames * workload.n_seeds <= _SMALL else 1

    def seconds(work: Callable[[], object]) -> float:
        times = []
        for _ in range(repeats):
            begin = time.perf_counter()
            work()
            times.append(time.perf_counter() - begin)
        return statistics.median(times)

    processor: list[float] = []

    def lift() -> None:
        begin = time.process_time()
        lift_clip(clip, options)
        processor.append(time.process_time() - begin)

    measured = {"lift": seconds(lift), "processor": min(processor), "peak": peak_mb()}
    if workload.n_frames <= LONGEST:
        problem = workload.problem()
        measured["solve"] = seconds(lambda: replace(problem).solve(n_threads=n_threads))  # nothing is prepared
        parts = [_parts(clip, options) for _ in range(repeats)]
        measured |= {name: statistics.median(part[name] for part in parts) for name in PARTS}
        measured["finishing"] = max(0.0, measured["lift"] - sum(measured[name] for name in PARTS))
    return measured


PARTS = ("reading", "seeding", "solving")
"""Of a lift, in their order: is the clip what it seems, where it starts, and the solver."""


def _parts(clip: Clip, options: LiftOptions) -> dict[str, float]:
    """s of each of PARTS."""
    reader, prior = NetReader(options.threads), get_prior(options.prior)
    times = [time.perf_counter()]
    find_misreading(clip, reader)
    warn_of_moving_camera(clip, reader)
    times.append(time.perf_counter())
    problem = make_problem(clip, options, prior, reader)
    times.append(time.perf_counter())
    solve_seeds(problem, options, None)
    times.append(time.perf_counter())
    return dict(zip(PARTS, np.diff(times).tolist(), strict=True))


if __name__ == "__main__":
    main()

"""How far dancelift's solver is from what the processor could do."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import programs
from dancelift import _core
from dancelift.evaluation.tables import Table
from dancelift.lifting.problem import LiftProblem

_PROGRAM = "limit"
_FEW, _MANY = 1, 3  # iterations: the difference is what they take, without what comes before and after
_REPEATS = 5
_SLACK = 2  # rows of the frame after the next begin at that many columns before their own
_BYTES = 4  # of a number


def missing() -> str:
    """What it takes to measure and is not there; empty: nothing."""
    return programs.missing(_PROGRAM)


def measure(problem: LiftProblem) -> dict[str, Any]:
    """On one thread: what an iteration of a seed of a perspective clip takes, its parts, and the processor's limits."""
    n_frames, n_joints, _ = problem.clip.keypoints2d.shape
    n, n_shared = 3 * n_joints + 1, len(problem.lengths) + 4  # depth; focal length, up (2), floor
    arguments = map(str, (n_frames, n, n_shared, _SLACK))
    found: dict[str, Any] = json.loads(
        subprocess.run([programs.build(_PROGRAM), *arguments], check=True, capture_output=True, text=True).stdout
    )
    entries = [n - j + n + min(n, j + _SLACK + 1) + n_shared + 1 for j in range(n)]  # of each column of a frame
    few, many = _seconds(problem, _FEW), _seconds(problem, _MANY)
    solved = problem.solve()
    begin = time.perf_counter()
    problem.evaluate(solved.unknowns)
    return found | {
        "frames": n_frames,
        "unknowns": n,
        "shared": n_shared,
        "flops": n_frames * sum(count**2 for count in entries),
        "factor_bytes": n_frames * _BYTES * sum(entries),
        "iteration": (many - few) / (_MANY - _FEW) / problem.n_seeds,
        "evaluate": (time.perf_counter() - begin) / problem.n_seeds,
    }


def _seconds(problem: LiftProblem, n_iterations: int) -> float:
    """That so many iterations of every seed take."""
    options = _core.SolverOptions()
    options.max_iterations, options.tolerance, options.final_tolerance = n_iterations, 0, 0
    times = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        _core.lift(
            objective=problem._objective,
            keypoints=problem.clip.keypoints2d,
            seeds=problem._core_seeds,
            options=options,
            n_threads=1,
        )
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def section(record: Mapping[str, Any]) -> str:
    """Markdown of a section of BENCHMARK.md, from what speed.json holds; empty: there is none."""
    limit = record.get("limit")
    if not limit:
        return ""
    at_peak, at_bandwidth = limit["flops"] / limit["peak_flops"], 2 * limit["factor_bytes"] / limit["copied_bytes"]
    rest = limit["iteration"] - limit["eliminate"] - limit["substitute"] - limit["evaluate"]
    share = {
        name: f"{100 * limit[name] / limit['iteration']:.0f} %" for name in ("eliminate", "substitute", "evaluate")
    }
    rows = [
        ["an iteration", _ms(limit["iteration"]), "100 %"],
        [f"elimination, {limit['kernel']} kernel", _ms(limit["eliminate"]), share["eliminate"]],
        ["- its flops at the core's peak", _ms(at_peak), ""],
        ["- its factor written and read once, at the rate of memory", _ms(at_bandwidth), ""],
        ["back substitution", _ms(limit["substitute"]), share["substitute"]],
        ["evaluating the terms at the new point", _ms(limit["evaluate"]), share["evaluate"]],
        ["linearising them, adding them up, the rest", _ms(rest), f"{100 * rest / limit['iteration']:.0f} %"],
    ]
    rate = limit["flops"] / limit["eliminate"]
    table = Table("", ["of one seed, one thread", "ms", ""], rows).markdown().partition("\n\n")[2].rstrip()
    return "\n\n".join(
        [
            "## How far from the limit",
            f"{limit['frames']} frames of {limit['unknowns']} unknowns and {limit['shared']} shared ones. Eliminating "
            f"them takes {limit['flops']:.2g} flops (the sum of squares of the factor's column counts) and "
            f"leaves {limit['factor_bytes'] / 1e6:.1f} MB. In one second this core does "
            f"{limit['peak_flops'] / 1e9:.0f} Gflop of single precision multiply-adds, and copies "
            f"{limit['copied_bytes'] / 1e9:.1f} GB, read and written, by `memcpy`. The elimination does "
            f"{rate / 1e9:.0f} Gflop/s, **{100 * rate / limit['peak_flops']:.0f} % of the peak**; that rows are "
            "padded to whole registers is in the time and not in the flops.",
            table,
        ]
    )


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}"

"""Ceres as its documentation has it: a residual block per term per joint; benchmarks/plain_ceres is the program."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

import programs
from dancelift.arraytypes import Array

from .objective import Free, Objective
from .peer import Task, Trace
from .residuals import unknowns

_PROGRAM = "plain_ceres"
_TOLERANCE = 1e-4  # as dancelift


def missing() -> str:
    """What it lacks to be built; empty: nothing."""
    return programs.missing(_PROGRAM)


def term_totals(task: Task, free: Free) -> dict[str, Array]:
    totals = _run("costs", task.objective, free)
    return {**totals, "seed_prior": task.objective.constants.seed_prior.sum(1) * task.objective.constants.error_scale}


def solve(task: Task) -> Trace:
    found = _run("solve", task.objective, task.objective.start(), str(_TOLERANCE), str(task.n_threads))
    traces = [found[f"seed{k}"].reshape(-1, 2) for k in range(task.objective.n_seeds)]
    return Trace(
        [trace[:, 0] for trace in traces],
        [np.minimum.accumulate(trace[:, 1]) for trace in traces],
        lanes=int(found["lanes"][0]),
        peak=found["peak"][0] * 1024 / 1e6,
    )


def _run(mode: str, objective: Objective, free: Free, *arguments: str) -> dict[str, Array]:
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "in", Path(folder) / "out"
        _write(given, _arrays(objective, free))
        subprocess.run([programs.build(_PROGRAM), mode, given, found, *arguments], check=True)
        return _read(found)


def _arrays(objective: Objective, free: Free) -> dict[str, Array]:
    s = objective.structure
    numbers = {
        "n_seeds": objective.n_seeds,
        "n_frames": objective.n_frames,
        "n_joints": s.n_joints,
        "robust": s.robust,
        "contact_robust": s.contact_robust,
        "focal_known": s.focal_known,
    }
    joints = {
        "bone_joints": s.bones,
        "head_joints": s.head,
        "hinges": s.hinges,
        "feet": s.feet,
    }
    start = {f"start_{name}": x for name, x in unknowns(np, objective, free)._asdict().items()}
    arrays = {**numbers, **joints, **objective.constants._asdict(), **start}
    return {name: np.asarray(array, float) for name, array in arrays.items()}


def _write(path: Path, arrays: dict[str, Array]) -> None:
    with path.open("wb") as file:
        for name, array in arrays.items():
            file.write(f"{name} {array.size}\n".encode() + array.tobytes())


def _read(path: Path) -> dict[str, Array]:
    arrays, at, content = {}, 0, path.read_bytes()
    while at < len(content):
        end = content.index(b"\n", at)
        name, size = content[at:end].decode().split()
        arrays[name] = np.frombuffer(content, float, int(size), end + 1)
        at = end + 1 + 8 * int(size)
    return arrays

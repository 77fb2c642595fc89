"""How fast solvers reach the minimum of the same objective from the same seeds: dancelift and its peers.

    python benchmarks/speed.py [--workloads REGEX] [--peers NAME ...] [--quick] [--threads N] [--output DIR]

Writes BENCHMARK.md, speed.json and speed.svg beside this file. Needs the extra `benchmark`, a peer whose library is
not installed is left out; the plain Ceres program is built with the Ceres of the system.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dancelift import _core
from machine import machine
from peers.peer import Trace
from peers.roster import ROSTER, Entry
from peers.worker import save_problem
from speed_figures import best_of, figures
from speed_limit import measure, missing
from speed_report import best_settings, write
from workloads import QUICK, WORKLOADS, Workload

_HERE = Path(__file__).parent
_BUDGET = 180.0  # s of a peer on one workload; what is not done by then is said to be cut off
_LIBRARIES = ("numpy", "scipy", "torch", "jax", "pyceres", "matplotlib")
_SCALING = [(frames, 16) for frames in (300, 1000, 3000, 9000, 10000)] + [(300, seeds) for seeds in (1, 4, 64)]
_QUICK_SCALING = [(30, 2), (60, 2), (30, 4)]
LIMITED: dict[str, dict[str, str]] = {
    "avx2": {"DANCELIFT_KERNELS": "avx2", "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2"},
    "avx512": {},
    "baseline": {},
}
"""What makes the core, NumPy's BLAS and PyTorch use no wider instructions than those kernels do, by name."""

_NOTES = (
    "Ceres, plain C++: benchmarks/plain_ceres, automatic differentiation, SPARSE_NORMAL_CHOLESKY by "
    "the library that Ceres chooses, seeds by OpenMP.",
    "JAX: double precision, block elimination in the order of time under `lax.scan`, each seed compiled code of one "
    "thread; a `vmap` over the seeds of a thread takes longer a seed.",
    "SciPy: trust region with LSMR, analytic sparse Jacobian, seeds in processes side by side.",
    "PyTorch: single precision, all seeds in one batch, the number of threads with which a step is faster; of Adam's "
    "rates the best one is shown, all are in speed.json. Adam ends after 1500 "
    "steps and LBFGS after 3000 evaluations, there or not.",
    "pyceres: cost functions in Python, one a frame, so one seed only.",
    "jaxls is not here: what has that name on PyPI is a language server.",
    "A peer that is not run on a workload would take minutes there.",
)


class RefusedError(Exception):
    """A peer's objective is not dancelift's: it is not timed."""


@dataclasses.dataclass(frozen=True)
class Bench:
    """Where and how peers are run."""

    folder: Path
    n_threads: int
    budget: float

    def check(self, entry: Entry, problem: Path) -> None:
        """That the peer's objective is dancelift's.

        Raises:
            RefusedError: it is not; the message names the term.
        """
        done = self._worker("check", entry, entry.settings[0], problem, self.n_threads)
        if done.returncode:
            raise RefusedError(done.stderr.strip().splitlines()[-1])

    def solve(self, entry: Entry, setting: float, problem: Path, n_threads: int) -> tuple[Trace, dict[str, float]]:
        """A trace, and s of imports, MB before and at most."""
        done = self._worker("solve", entry, setting, problem, n_threads)
        if done.returncode:
            raise RuntimeError(f"{entry.name} failed:\n{done.stderr}")
        with np.load(self._out) as found:
            seeds = range(int(found["n_seeds"]))
            trace = Trace(
                [found[f"seconds{k}"] for k in seeds],
                [found[f"costs{k}"] for k in seeds],
                int(found["lanes"]),
                float(found["setup"]),
                float(found["peak"]),
            )
            return trace, {name: round(float(found[name]), 2) for name in ("importing", "before", "peak")}

    def lift(self, workload: Path, n_threads: int, kernels: str) -> dict[str, float]:
        """s of a lift, its parts and its solver, and MB of the process, with instructions of these kernels at most."""
        limited = dataclasses.replace(ROSTER[0], environment={**ROSTER[0].environment, **LIMITED[kernels]})
        done = self._worker("lift", limited, 0.0, workload, n_threads)
        if done.returncode:
            raise RuntimeError(f"dancelift failed:\n{done.stderr}")
        with np.load(self._out) as found:
            return {name: round(float(found[name]), 4) for name in found.files}

    def networks(self, n_threads: int, n_frames: int, kernels: str) -> dict[str, dict[str, float]]:
        """Parameters and s for a clip of networks that people lift with."""
        done = subprocess.run(
            [sys.executable, "-m", "peers.lifting_networks", str(n_threads), str(n_frames)],
            env={**os.environ, **LIMITED[kernels], "PYTHONPATH": str(_HERE)},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"networks failed:\n{done.stderr}")
        found: dict[str, dict[str, float]] = json.loads(done.stdout)
        return found

    @property
    def _out(self) -> Path:
        return self.folder / "trace.npz"

    def _worker(
        self, mode: str, entry: Entry, setting: float, problem: Path, n_threads: int
    ) -> subprocess.CompletedProcess[str]:
        arguments = [mode, entry.name, str(setting), str(n_threads), str(self.budget), str(problem), str(self._out)]
        elsewhere = filter(None, [os.environ.get("PYTHONPATH")])
        return subprocess.run(
            [sys.executable, "-m", "peers.worker", *arguments],
            env={**os.environ, **entry.environment, "PYTHONPATH": os.pathsep.join([str(_HERE), *elsewhere])},
            capture_output=True,
            text=True,
        )


def compare(workload: Workload, entries: Sequence[Entry], bench: Bench) -> list[dict[str, Any]]:
    """A row for every peer and setting on one workload."""
    about = {
        "workload": workload.name,
        "frames": workload.n_frames,
        "seeds": workload.n_seeds,
        "synthetic": not workload.clip and workload.skeleton == WORKLOADS[0].skeleton,
    }
    path = bench.folder / "problem"
    save_problem(path, workload.problem())
    rows: list[dict[str, Any]] = []
    traces: dict[int, Trace] = {}  # of rows, by index
    for entry in entries:
        row = {**about, "peer": entry.name, "title": entry.title, "knob": entry.knob}
        skipped = entry.skips(workload)
        if skipped:
            rows.append({**row, "skipped": skipped})
            continue
        bench.check(entry, path)
        for setting in entry.settings:
            trace, measured = bench.solve(entry, setting, path, bench.n_threads)
            traces[len(rows)] = trace
            rows.append({**row, "setting": setting, "setup": round(trace.setup, 2), "lanes": trace.lanes, **measured})
    if traces:
        best = best_of(list(traces.values()))
        for i, trace in traces.items():
            found = figures(trace, best)
            rows[i] |= {**found.as_json(), "cut_off": found.returns >= bench.budget}
    return rows


def scaling(sizes: Sequence[tuple[int, int]], bench: Bench, kernels: str) -> Iterator[dict[str, Any]]:
    """dancelift alone by frames and seeds, on one thread and on all, with these kernels."""
    for frames, seeds in tqdm(sizes, "scaling", leave=False, disable=not sys.stderr.isatty()):
        path = bench.folder / "workload"
        save_problem(path, Workload(frames, seeds))
        for n_threads in sorted({1, bench.n_threads}):
            size = {"frames": frames, "seeds": seeds, "threads": n_threads, "kernels": kernels}
            yield {**size, **bench.lift(path, n_threads, kernels)}
            if (frames, seeds) == sizes[0]:
                for lesser in _lesser(kernels):
                    yield {**size, "kernels": lesser, **bench.lift(path, n_threads, lesser)}


def networks(n_frames: int, bench: Bench, kernels: str) -> Iterator[dict[str, Any]]:
    """The networks that people lift with, on the same processors."""
    if importlib.util.find_spec("torch") is None:
        return
    for n_threads in sorted({1, bench.n_threads}):
        for each in (kernels, *_lesser(kernels)):
            for name, found in bench.networks(n_threads, n_frames, each).items():
                yield {"name": name, "frames": n_frames, "threads": n_threads, "kernels": each, **found}


def _lesser(kernels: str) -> list[str]:
    """A processor with AVX2 only, if this one has more."""
    return ["avx2"] if kernels == "avx512" else []


def save(record: Mapping[str, Any], folder: Path) -> None:
    """speed.json, and what is written from it."""
    (folder / "speed.json").write_text(json.dumps(record, indent=1) + "\n")
    write(record, folder)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [entry.name for entry in ROSTER]
    parser.add_argument("--workloads", default="", metavar="REGEX", help="those whose name it matches, and no scaling")
    parser.add_argument("--peers", nargs="+", default=names, choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="small workloads, to see that everything runs")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--output", type=Path, default=_HERE, metavar="DIR", help="default: beside this file")
    args = parser.parse_args(argv)

    chosen = [one for one in (QUICK if args.quick else WORKLOADS) if re.search(args.workloads, one.name)]
    entries = [entry for entry in ROSTER if entry.name in args.peers]
    sizes = [] if args.workloads else _QUICK_SCALING if args.quick else _SCALING
    record: dict[str, Any] = {
        "command": shlex.join(["python", "benchmarks/speed.py", *(sys.argv[1:] if argv is None else argv)]),
        "machine": {
            **machine(args.threads, _LIBRARIES),
            "Ceres": _core.describe_ceres(),
            "kernels": _core.describe_kernels(),
        },
        "workloads": {},
        "rows": [],
        "scaling": [],
        "networks": [],
        "notes": _NOTES,
    }
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), args.threads, _BUDGET)
        for workload in tqdm(chosen, unit="workload", leave=False, disable=not sys.stderr.isatty()):
            record["workloads"][workload.name] = workload.missing() and f"Not run: {workload.missing()}."
            found = [] if workload.missing() else compare(workload, entries, bench)
            record["rows"] += found
            kept = {row["peer"]: (row["setting"],) for row in best_settings(found) if "setting" in row}
            entries = [dataclasses.replace(entry, settings=kept.get(entry.name, entry.settings)) for entry in entries]
            save(record, args.output)  # what is known, should a later one fail
        kernels = _core.describe_kernels()
        record["scaling"] = list(scaling(sizes, bench, kernels))
        if sizes:
            record["networks"] = list(networks(sizes[0][0], bench, kernels))
    if not args.workloads and not missing():
        record["limit"] = measure((QUICK if args.quick else WORKLOADS)[0].problem())
    save(record, args.output)
    for line in (args.output / "BENCHMARK.md").read_text().splitlines():
        if line.startswith(("## ", "| ")):
            print(line)


if __name__ == "__main__":
    main()

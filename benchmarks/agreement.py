"""Whether the seed that the chain solver picks, and its poses, are those of Ceres after convergence.

    python benchmarks/agreement.py [DANCE] [--clips NAME ...] [--frames 300] [--n-seeds 16] [--references DIR]

Writes AGREEMENT.md beside this file. Ceres takes half a minute a clip: what it found is kept in DIR.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.evaluation.tables import Table
from dancelift.lifting.problem import LiftProblem
from workloads import DANCE, Workload

_HERE = Path(__file__).parent
_ALL = (1e-6, 100)  # of Ceres on every seed: the relative decrease at which it stops, and its most iterations
_CHOSEN = (1e-9, 200)  # on the one that is chosen, for its poses
_MOST_WORSE, _MOST_APART = 0.5, 1.0  # %, mm
_HIPS = [11, 12]
_COLUMNS = ["clip", "seed", "Ceres' best", "worse, %", "error, %", "mean, mm", "about the root, mm", "greatest, mm"]
_ABOUT = """\
- **seed** is picked by the default solver, **Ceres' best** is the one of least error after Ceres on all seeds
- **worse**: by how much the error of the seed picked, after Ceres, is above that of Ceres' best
- **error**: by how much the error of the seed picked is above its own after Ceres
- **mm**: distance of its joints from Ceres' for the same seed, in the camera frame, about the root, and the greatest"""


def by_ceres(problem: LiftProblem, tolerance: float, iterations: int, n_threads: int) -> _core.SolvedSeeds:
    """Every seed, solved to convergence."""
    options = _core.SolverOptions()
    options.solver, options.final_tolerance, options.max_iterations = _core.Solver.CERES, tolerance, iterations
    return _core.lift(
        objective=problem._objective,
        keypoints=problem.clip.keypoints2d,
        seeds=problem._core_seeds,
        options=options,
        n_threads=n_threads,
    )


def reference_errors(problem: LiftProblem, kept: Path, n_threads: int) -> Array:
    """(K,) after convergence by Ceres, from the file if it is there."""
    if not kept.is_file():
        np.savez(kept, errors=by_ceres(problem, *_ALL, n_threads).errors.sum(axis=1))
    with np.load(kept) as found:
        errors: Array = found["errors"]
    return errors


def compare(problem: LiftProblem, errors: Array, n_threads: int) -> dict[str, float]:
    """What AGREEMENT.md has of one clip, given its seeds' errors by Ceres."""
    found = problem.solve(n_threads=n_threads)
    best = found.best_seed
    reference = by_ceres(problem.only(best), *_CHOSEN, n_threads)
    poses, expected = found.unknowns.poses[best], reference.unknowns.poses[0]
    roots = [one[:, _HIPS].mean(axis=1, keepdims=True) for one in (poses, expected)]
    apart = np.linalg.norm(poses - expected, axis=-1)
    about_root = np.linalg.norm(poses - roots[0] - expected + roots[1], axis=-1)
    return {
        "seed": best,
        "reference": int(errors.argmin()),
        "worse": 100 * float(errors[best] / errors.min() - 1),
        "error": 100 * float(found.errors[best].sum() / reference.errors.sum() - 1),
        "mean": 1e3 * float(apart.mean()),
        "about_root": 1e3 * float(about_root.mean()),
        "greatest": 1e3 * float(apart.max()),
    }


def markdown(rows: dict[str, dict[str, float]], command: str) -> str:
    """AGREEMENT.md."""
    cells = [
        [name, f"{row['seed'] + 1}", f"{row['reference'] + 1}", f"{row['worse']:.2f}", f"{row['error']:+.4f}"]
        + [f"{row[what]:.2f}" for what in ("mean", "about_root", "greatest")]
        for name, row in rows.items()
    ]
    as_good = sum(row["worse"] <= _MOST_WORSE for row in rows.values())
    there = sum(row["mean"] <= _MOST_APART for row in rows.values())
    all_there = sum(row["greatest"] <= _MOST_APART for row in rows.values())
    return (
        "\n\n".join(
            [
                "# Agreement with Ceres",
                f"Written by `{command}`: detected keypoints of the first view, `fit` and `test`. Ceres ends where a "
                f"step gains less than {_ALL[0]:g} of the error, for the seed picked {_CHOSEN[0]:g}.",
                f"The seed picked is within {_MOST_WORSE} % of Ceres' best in **{as_good} of {len(rows)}** clips. Its "
                f"joints are within {_MOST_APART:g} mm of Ceres' on average in {there} of them, and every single one "
                f"in every frame in {all_there}.",
                Table("", _COLUMNS, cells).markdown().partition("\n\n")[2].rstrip(),
                _ABOUT,
            ]
        )
        + "\n"
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dance", nargs="?", type=Path, default=DANCE, help="folder of the clips")
    parser.add_argument("--clips", nargs="+", metavar="NAME", help="default: all of split.json")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--n-seeds", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--references", type=Path, default=_HERE.parent / "build" / "agreement", metavar="DIR")
    parser.add_argument("--output", type=Path, default=_HERE, metavar="DIR", help="default: beside this file")
    args = parser.parse_args(argv)
    args.references.mkdir(parents=True, exist_ok=True)
    if args.clips is None:
        split = json.loads((args.dance.parent / "split.json").read_text())
        args.clips = split["fit"] + split["test"]
    rows = {}
    for name in tqdm(args.clips, unit="clip", disable=not sys.stderr.isatty()):
        problem = Workload(args.frames, args.n_seeds, clip=name).problem(args.dance)
        kept = args.references / f"{name}-{args.frames}x{args.n_seeds}.npz"
        rows[name] = compare(problem, reference_errors(problem, kept, args.threads), args.threads)
    options = sys.argv[1:] if argv is None else argv
    text = markdown(rows, " ".join(["python benchmarks/agreement.py", *options]))
    (args.output / "AGREEMENT.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()

"""What a clip's seeds come to, and the whole of a short clip solved at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dancelift.arraytypes import Array, Indices
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem
from dancelift.lifting.unseen_joints import SolvedSeeds, joints_to_solve, of_joints, with_unseen

Progress: TypeAlias = "Callable[[int, int], object]"
"""What is called with the number of seeds done and of all seeds; of a long clip, those of every window."""

_THREADS_OF_SEED = 2  # that one seed can make use of


@dataclass(frozen=True, eq=False)
class SeedSolution:
    """Where one seed of a problem ended; T frames, J joints, B bone lengths.

    Attributes:
        poses: (T, J, 3), m, as `LiftProblem.poses3d`.
        imaging: (1,) or (3 T,), as `LiftProblem.imaging`.
        log_lengths: (B,), log of each bone's length, m.
        up: (3,), unit vector against gravity, camera frame.
    """

    poses: Array
    imaging: Array
    log_lengths: Array
    up: Array


@dataclass(frozen=True, eq=False)
class Solution:
    """What a clip's seeds come to; T frames, J joints, K seeds.

    Attributes:
        problem: what was solved; of a long clip, its first window.
        chosen: the seed that is chosen at each frame.
        terms: (K, len(TERMS), T), each term's cost.
        frame_seeds: (T,), the seed that is chosen at each frame; None: one for the whole clip.
        labels: of the seeds.
        seeds: each of them, if they were to be kept.
        initial: (K, T, J, 3), m, P* in the camera frame, if it was to be kept.
        uncertainty: (T, J), standard deviation of the depth by P* of the seed that is chosen, m.
    """

    problem: LiftProblem
    chosen: SeedSolution
    terms: Array
    frame_seeds: Indices | None
    labels: tuple[str, ...]
    seeds: list[SeedSolution] | None
    initial: Array | None
    uncertainty: Array


def solve_seeds(problem: LiftProblem, options: LiftOptions, progress: Progress | None) -> SolvedSeeds:
    """Optimise every seed of a problem by the solver and the threads that are asked for."""
    n_threads = min(options.threads, max(problem.n_seeds, _THREADS_OF_SEED))
    clip = problem.clip
    joints = joints_to_solve(clip.skeleton, clip.seen_at_all)
    if len(joints) < len(clip.skeleton):
        part = of_joints(problem, joints)
        return with_unseen(problem, part, joints, part.solve(options.solver, n_threads, progress, options.tolerance))
    solved = problem.solve(options.solver, n_threads, progress, options.tolerance)
    return SolvedSeeds(solved.best_seed, solved.errors, solved.terms, solved.unknowns)


def solve_whole(problem: LiftProblem, options: LiftOptions, progress: Progress | None) -> Solution:
    """Every frame at once."""
    solved = solve_seeds(problem, options, progress)
    return Solution(
        problem,
        chosen=solution_of(solved, solved.best_seed),
        terms=solved.terms,
        frame_seeds=None,
        labels=problem.seeds.labels,
        seeds=[solution_of(solved, k) for k in range(problem.n_seeds)] if options.keep_seeds else None,
        initial=problem.seeds.poses3d if options.keep_seeds else None,
        uncertainty=problem.seeds.uncertainty[solved.best_seed],
    )


def solution_of(solved: SolvedSeeds, k: int) -> SeedSolution:
    """Where the k-th seed ended."""
    found = solved.unknowns
    return SeedSolution(found.poses[k], found.imaging[k], found.log_lengths[k], found.up[k])

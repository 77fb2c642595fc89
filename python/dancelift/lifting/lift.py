"""Lifting: 2D keypoints of one dancer to 3D motion (Hu & Ahuja 2021, sec. 2.2)."""

from __future__ import annotations

import dataclasses
import itertools
import math
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera
from dancelift.checks import check_count, check_image_size
from dancelift.errors import InputError
from dancelift.lifting.problem import make_problem
from dancelift.lifting.result import LiftResult
from dancelift.lifting.windows import LONGEST, Run, solve_whole, solve_windows
from dancelift.priors.prior import PosePrior

TERMS: tuple[str, ...] = _core.TERMS
"""Names of the objective's terms."""

SOLVERS = ("chain", "ceres")
"""That `lift` can be asked for."""

_LIMB_VARIATION = 0.01  # relative, of a limb's length over the clip


def lift(
    keypoints2d: Any,
    n_seeds: int = 16,
    skeleton: str | Skeleton = "coco17",
    fps: float = 30.0,
    image_size: tuple[int, int] | None = None,
    camera: Camera | Any | None = None,
    prior: str | os.PathLike[str] | PosePrior = "default",
    height: float | None = None,
    weights: Mapping[str, float] | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    keep_seeds: bool = False,
    solver: str = "chain",
) -> LiftResult:
    """Lift the 2D keypoints of one dancer to 3D motion.

    `n_seeds` hypotheses about the motion and the camera are drawn from the prior given the keypoints; each is
    optimised over the clip under one objective, and the one with the least total error is returned
    (Hu & Ahuja 2021, sec. 2.2). The same input and `seed` give the same output, bit for bit, for any `n_threads`.

    A clip of more than 1500 frames is lifted in windows of about 1000, in memory that grows with the result only: the
    focal length, the bones' lengths, gravity and the floor are the whole clip's, seeds are each window's own, and the
    motion runs on from one to the next without a seam.

    Args:
        keypoints2d: (T, J, 2) or (T, J, 3), px, x right, y down, and a score of 0 to 1. NaN or a score of 0 is not
            seen; what is not seen is filled in.
        n_seeds: K. One is the most likely hypothesis alone.
        skeleton: "coco17", "halpe26", "body25", "h36m17", "blazepose33" or a Skeleton.
        fps: frames per second.
        image_size: (width, height), px. Without it and without `camera` the image is assumed to be centred on the
            dancer, with a warning.
        camera: None: the focal length is estimated. A 3x3 intrinsics matrix K in px, or a Camera.
        prior: "anthropometric" (uses no 3D data at all), "default" (the best that ships), a file, or a PosePrior.
        height: of the dancer, m, if known: it sets the metric scale.
        weights: standard deviations that replace the objective's defaults, by name, see `default_weights`.
        seed: of the random draws.
        n_threads: threads that optimise seeds side by side; None: one a processor.
        progress: called with the number of seeds done and of all seeds.
        keep_seeds: whether the result has the poses of every seed, before and after.
        solver: "chain", made for this objective, which gives up seeds that cannot win, or "ceres", which solves every
            seed to convergence: the reference, many times slower.

    Returns:
        The motion, the camera, and every seed's error.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        SolverError: a seed could not be optimised.
        KeyboardInterrupt: Ctrl-C; the lift is given up within half a second.
    """
    n_threads = _processors() if n_threads is None else check_count("n_threads", n_threads)
    if solver not in SOLVERS:
        raise InputError(f"solver is {solver!r}, expected {' or '.join(map(repr, SOLVERS))}")
    of_clip: dict[str, Any] = {
        "keypoints2d": keypoints2d,
        "n_seeds": n_seeds,
        "skeleton": skeleton,
        "image_size": image_size,
        "camera": camera,
    }
    make = partial(make_problem, fps=fps, prior=prior, height=height, weights=weights, seed=seed)
    run = Run(n_threads, progress, keep_seeds, ceres=solver == "ceres")
    if _length(keypoints2d) > LONGEST:
        solution = solve_windows(make, **of_clip, run=run)
    else:
        solution = solve_whole(make(**of_clip), run)
    problem = solution.problem

    def final(poses: Array, imaging: Array, log_lengths: Array, up: Array) -> tuple[Camera, Array, dict[str, float]]:
        lengths = np.exp(log_lengths)
        size = _metric_size(lengths, problem.lengths, problem.skeleton)
        by_name = dict(zip(problem.skeleton.length_names, (size * lengths).tolist(), strict=True))
        return *_final(problem.camera, imaging, poses, up, size, by_name, problem.skeleton), by_name

    final_camera, poses3d, bone_lengths = final(solution.poses, solution.imaging, solution.log_lengths, solution.up)
    errors = solution.terms.sum(axis=1)
    return LiftResult(
        poses3d=poses3d,
        keypoints2d=final_camera.project(poses3d),
        camera=final_camera,
        best_seed=int(np.argmin(errors.sum(axis=1))),
        seed_errors=errors,
        seed_losses={name: solution.terms[:, i] for i, name in enumerate(TERMS)},
        seed_labels=solution.labels,
        bone_lengths=bone_lengths,
        skeleton=problem.skeleton,
        fps=problem.fps,
        image_size=check_image_size(image_size),
        initial_poses3d=solution.initial,
        seed_poses3d=None if solution.seeds is None else np.stack([final(*seed)[1] for seed in solution.seeds]),
        frame_seeds=solution.frame_seeds,
    )


def _length(keypoints2d: Any) -> int:
    """Of what may be no array; what is none is refused elsewhere."""
    try:
        return len(keypoints2d)
    except TypeError:
        return 0


def _processors() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _metric_size(found: Array, average: list[float], skeleton: Skeleton) -> float:
    """By how much to enlarge the whole scene for the bones to add up to those of an average body of that height.

    A larger body further away looks the same: the images cannot tell the size.
    """
    bones = [length for _, _, length, _ in skeleton.bones]
    return float(np.asarray(average)[bones].sum() / found[bones].sum())


def _steady_limbs(poses: Array, lengths: Mapping[str, float], skeleton: Skeleton) -> Array:
    """Poses (T, J, 3) whose limbs vary about their lengths (m, by name) by at most _LIMB_VARIATION, root mean square.

    The optimisation lets bones vary, because motion capture and detectors do; a skeleton that is to be animated must
    not. Directions stay, from the trunk outwards.
    """
    poses = poses.copy()
    names = {frozenset(bone[:2]): skeleton.length_names[bone[2]] for bone in skeleton.bones}
    for limb, extremity in zip(skeleton.limbs, skeleton.extremities, strict=True):
        moved = np.zeros((len(poses), 3))
        for parent, joint in itertools.pairwise(limb):
            bone = poses[:, joint] + moved - poses[:, parent]
            found = np.maximum(np.linalg.norm(bone, axis=1), 1e-9)
            usual = lengths[names[frozenset((parent, joint))]]
            deviation = np.sqrt(((found / usual - 1) ** 2).mean())
            steady = usual + (found - usual) * min(1.0, _LIMB_VARIATION / max(float(deviation), 1e-9))
            end = poses[:, parent] + bone * (steady / found)[:, None]
            moved = end - poses[:, joint]
            poses[:, joint] = end
        for joint in extremity:
            poses[:, joint] += moved
    return poses


def _final(
    initial: Camera,
    imaging: Array,
    poses: Array,
    up: Array,
    size: float,
    lengths: Mapping[str, float],
    skeleton: Skeleton,
) -> tuple[Camera, Array]:
    """A seed's camera, and its poses with their path in the camera frame, enlarged by `size`."""
    poses = _steady_limbs(size * poses, lengths, skeleton)
    if initial.model == "weak_perspective":
        log_scale, shift = imaging.reshape(-1, 3)[:, 0], imaging.reshape(-1, 3)[:, 1:]
        camera = dataclasses.replace(initial, scale=np.exp(log_scale) / size, shift=shift, up=up)
        return camera, poses + camera.root_path[:, None]
    matrix = initial.matrix.copy()
    matrix[:2, :2] *= math.exp(imaging[0]) / initial.focal
    return dataclasses.replace(initial, matrix=matrix, up=up), poses

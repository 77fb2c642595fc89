"""Lifting: 2D keypoints of one dancer to 3D motion (Hu & Ahuja 2021, sec. 2.2)."""

from __future__ import annotations

import dataclasses
import itertools
import math
import os
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera
from dancelift.errors import warn
from dancelift.lifting.deviation import joint_deviations
from dancelift.lifting.misreadings import find_misreading
from dancelift.lifting.moving_camera import warn_of_moving_camera
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem, keypoint_noise, make_problem
from dancelift.lifting.result import LiftResult, join_takes
from dancelift.lifting.solve import Progress, SeedSolution, solve_whole
from dancelift.lifting.windows import LONGEST, solve_windows
from dancelift.priors.prior import PosePrior, get_prior
from dancelift.provenance import Provenance
from dancelift.seeding.net_reader import NetReader

TERMS: tuple[str, ...] = _core.TERMS
"""Names of the objective's terms."""

_LIMB_VARIATION = 0.01  # relative, of a limb's length over the clip


def lift(
    keypoints2d: ArrayLike,
    *,
    n_seeds: int = 16,
    skeleton: str | Skeleton = "coco17",
    fps: float = 30.0,
    image_size: tuple[int, int] | None = None,
    camera: Camera | ArrayLike | None = None,
    prior: str | os.PathLike[str] | PosePrior = "default",
    height: float | None = None,
    sigmas: Mapping[str, float] | None = None,
    random_seed: int = 0,
    n_threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    keep_seeds: bool = False,
    solver: str = "chain",
    tolerance: float = 1e-8,
) -> LiftResult:
    """Lift the 2D keypoints of one dancer to 3D motion.

    `n_seeds` hypotheses about the motion and the camera are drawn from the prior given the keypoints; each is
    optimised over the clip under one objective, and the one with the least total error is returned
    (Hu & Ahuja 2021, sec. 2.2). The same input and `random_seed` give the same output, bit for bit, for any
    `n_threads`.

    A clip of more than 3000 frames is lifted in windows, in memory that grows with the result only: the
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
        height: of the dancer, m, if known: it sets the metric scale; None: 1.70 m.
        sigmas: standard deviations that replace the objective's defaults, by name, see `default_sigmas`.
        random_seed: of the random draws.
        n_threads: threads to use; None: one a processor.
        progress: called with the number of seeds done and of all seeds.
        keep_seeds: whether the result has the poses of every seed, before and after.
        solver: "chain", made for this objective, which gives up seeds that cannot win, or "ceres", which solves every
            seed to convergence: the reference, many times slower.
        tolerance: relative decrease of the error in a step at which the seed that is chosen has converged; 1e-5 takes
            half the steps, and joints are where they are at 1e-8 within 0.1 mm on average.

    Returns:
        The motion, the camera, and every seed's error.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        SolverError: a seed could not be optimised.
        KeyboardInterrupt: Ctrl-C; the lift is given up within half a second.
    """
    options = LiftOptions(n_seeds, prior, height, sigmas, random_seed, n_threads, keep_seeds, solver, tolerance)
    clip = Clip.of(keypoints2d, skeleton=skeleton, fps=fps, image_size=image_size, camera=camera)
    return lift_clip(clip, options, progress)


def lift_clip(clip: Clip, options: LiftOptions, progress: Progress | None = None) -> LiftResult:
    """Lift a clip, see `lift`; takes that were cut together are lifted by themselves."""
    prior = get_prior(options.prior)
    reader = NetReader(options.threads)
    misreading = find_misreading(clip, reader)
    read = clip
    if misreading is not None:
        warn(f"keypoints2d: {misreading.message}")
        read = misreading.read(clip)
    warn_of_moving_camera(read, reader)
    result = _lift_takes(read, options, prior, reader, progress)
    if misreading is not None:
        result = misreading.restore(result)
    return dataclasses.replace(result, observed2d=clip.keypoints2d, provenance=provenance_of(clip, options, prior))


def provenance_of(clip: Clip, options: LiftOptions, prior: PosePrior) -> Provenance:
    """Return how the lift of a clip is made."""
    return Provenance.here(options.made_by, {"keypoints2d": clip.hash, "prior": prior.hash})


def _lift_takes(
    clip: Clip, options: LiftOptions, prior: PosePrior, reader: NetReader, progress: Progress | None
) -> LiftResult:
    clip = dataclasses.replace(clip, ever_seen=clip.seen_at_all)
    ends = [*clip.takes[1:], len(clip)]
    takes = [clip.frames(slice(start, end)) for start, end in zip(clip.takes, ends, strict=True)]
    n_seeds = options.n_seeds

    def progress_of(k: int) -> Progress | None:
        if progress is None or len(takes) == 1:
            return progress
        return lambda done, n: progress(k * n_seeds + done * n_seeds // n, len(takes) * n_seeds)

    results = [_lift_take(take, options, prior, reader, progress_of(k)) for k, take in enumerate(takes)]
    return results[0] if len(results) == 1 else join_takes(results)


def _lift_take(
    clip: Clip, options: LiftOptions, prior: PosePrior, reader: NetReader, progress: Progress | None
) -> LiftResult:
    if len(clip) > LONGEST:
        solution = solve_windows(clip, options, prior, progress)
    else:
        solution = solve_whole(make_problem(clip, options, prior, reader), options, progress)
    problem = solution.problem
    camera, poses3d, bone_lengths = final_poses(problem, solution.chosen, options.size)
    errors = solution.terms.sum(axis=1)
    seeds = None
    if solution.seeds is not None:
        seeds = np.stack([final_poses(problem, seed, options.size)[1] for seed in solution.seeds])
    return LiftResult(
        poses3d=poses3d,
        keypoints2d=camera.project(poses3d),
        camera=camera,
        best_seed=int(np.argmin(errors.sum(axis=1))),
        seed_errors=errors,
        seed_losses={name: solution.terms[:, i] for i, name in enumerate(TERMS)},
        seed_labels=solution.labels,
        bone_lengths=bone_lengths,
        skeleton=clip.skeleton,
        fps=clip.fps,
        image_size=clip.image_size,
        initial_poses3d=None if solution.initial is None else options.size * solution.initial,
        seed_poses3d=seeds,
        frame_seeds=solution.frame_seeds,
        frame_numbers=clip.frame_numbers,
        times=clip.times,
        seen=clip.seen,
        deviations=options.size * joint_deviations(solution.uncertainty, clip.seen, keypoint_noise(clip)),
    )


def final_poses(problem: LiftProblem, solution: SeedSolution, size: float) -> tuple[Camera, Array, dict[str, float]]:
    """A seed's camera, its poses with their path in the camera frame, m, and its bones' lengths by name, m.

    All of it is of a dancer of that size, see `LiftOptions.size`.
    """
    skeleton, initial = problem.clip.skeleton, problem.clip.camera
    found = np.exp(solution.log_lengths)
    size *= _metric_size(found, problem.lengths, skeleton)
    lengths = dict(zip(skeleton.length_names, (size * found).tolist(), strict=True))
    poses, imaging, up = _steady_limbs(size * solution.poses, lengths, skeleton), solution.imaging, solution.up
    if problem.is_weak_perspective:
        log_scale, shift = imaging.reshape(-1, 3)[:, 0], imaging.reshape(-1, 3)[:, 1:]
        camera = dataclasses.replace(initial, scale=np.exp(log_scale) / size, shift=shift, up=up)
        return camera, poses + camera.root_path[:, None], lengths
    matrix = initial.matrix.copy()
    matrix[:2, :2] *= math.exp(imaging[0]) / initial.focal
    return dataclasses.replace(initial, matrix=matrix, up=up), poses, lengths


def _metric_size(found: Array, average: list[float], skeleton: Skeleton) -> float:
    """By how much to enlarge the whole scene for the bones to add up to those of an average body."""
    bones = [bone.length for bone in skeleton.bones]
    return float(np.asarray(average)[bones].sum() / found[bones].sum())


def _steady_limbs(poses: Array, lengths: Mapping[str, float], skeleton: Skeleton) -> Array:
    """Poses (T, J, 3) whose limbs vary about their lengths (m, by name) by at most _LIMB_VARIATION, root mean square.

    The optimisation lets bones vary, because motion capture and detectors do; a skeleton that is to be animated must
    not. Directions stay, from the trunk outwards.
    """
    poses = poses.copy()
    names = {frozenset((bone.a, bone.b)): skeleton.length_names[bone.length] for bone in skeleton.bones}
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

"""A lift of which some keypoints were corrected: only what is about them is solved again, everything else stays.

Each stretch is solved as a window of a long clip is (see `lifting.windows`): with the camera and the bones of the lift,
following on the frames before it, which are held; where it ends, it passes over into what was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.clip import Clip
from dancelift.errors import InputError
from dancelift.lifting.deviation import joint_deviations
from dancelift.lifting.lift import TERMS, provenance_of
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import keypoint_noise, make_problem
from dancelift.lifting.result import LiftResult
from dancelift.lifting.solve import Progress, solution_of, solve_seeds
from dancelift.priors.prior import get_prior
from dancelift.provenance import hash_of

_AROUND = 0.75  # s before and after a correction that are solved again
_PASSING = 0.35  # s of these, in which a solution passes over into the one that was there
_LEAD = 1.0  # s before, that the seeds see too
_CONTEXT = 1.5  # s after, that are solved with
_REACH = 2  # frames back that the objective's terms reach


def relift(result: LiftResult, clip: Clip, options: LiftOptions, progress: Progress | None = None) -> LiftResult:
    """Solve a lift again about the keypoints that are certain.

    Args:
        result: the lift before they were.
        clip: that it was of, with some keypoints certain.
        options: of the lift.
        progress: called with the number of seeds done and of all seeds.

    Returns:
        The lift, in which frames further away from a correction are, bit for bit, as they were. The errors of those
        that were solved again are those of their new solution, whatever the seed.

    Raises:
        InputError: the lift is not of the clip, or of a kind that cannot be solved in part.
    """
    _check(result, clip)
    clip = replace(clip, ever_seen=clip.seen_at_all)
    corrected = np.flatnonzero(clip.certain.any(axis=1)) if clip.certain is not None else np.array([], int)
    poses, deviations = result.poses3d.copy(), result.deviations.copy()
    losses = {name: cost.copy() for name, cost in result.seed_losses.items()}
    stretches = list(_stretches(corrected, len(clip), round(_AROUND * clip.fps)))
    prior = get_prior(options.prior)
    size = options.size
    lengths = np.log([result.bone_lengths[name] / size for name in clip.skeleton.length_names])
    noise = keypoint_noise(clip)
    for n_done, (start, stop) in enumerate(stretches):
        begin = max(0, start - round(_LEAD * clip.fps))
        end = min(len(clip), stop + round(_CONTEXT * clip.fps))
        camera = replace(result.camera, focal_known=True)
        problem = make_problem(replace(clip, camera=camera).frames(slice(begin, end)), options, prior)
        n_seeds = problem.n_seeds
        up = problem.seeds.up if camera.up is None else np.tile(camera.up, (n_seeds, 1))
        lead = min(_REACH, start)
        problem = replace(
            problem,
            seeds=replace(problem.seeds, up=up),
            log_lengths=np.tile(lengths, (n_seeds, 1)),
            shared_held=True,
        ).frames(slice(start - lead - begin, end - begin))
        starts = problem.poses3d.copy()
        starts[:, :lead] = poses[start - lead : start] / size
        problem = replace(problem, poses3d=starts, n_held=lead)
        solved = solve_seeds(problem, options, None)
        own = slice(lead, lead + stop - start)
        best = int(np.argmin(solved.errors[:, own].sum(axis=1)))
        share = _share(start, stop, len(clip), round(_PASSING * clip.fps))[:, None, None]
        poses[start:stop] += share * (size * solution_of(solved, best).poses[own] - poses[start:stop])
        for i, name in enumerate(TERMS):
            losses[name][:, start:stop] = solved.terms[best, i, own]
        if deviations.size:
            uncertainty = problem.seeds.uncertainty[best, own]
            deviations[start:stop] = size * joint_deviations(uncertainty, clip.seen[start:stop], noise)
        if progress is not None:
            progress((n_done + 1) * options.n_seeds, len(stretches) * options.n_seeds)
    projected = result.keypoints2d.copy()
    for start, stop in stretches:
        projected[start:stop] = result.camera.project(poses[start:stop])
    provenance = provenance_of(clip, options, prior)
    before = hash_of(None, {"poses3d": result.poses3d, "camera": result.camera.matrix})
    return replace(
        result,
        provenance=replace(provenance, hashes={**provenance.hashes, "lift before": before}),
        poses3d=poses,
        keypoints2d=projected,
        seed_losses=losses,
        seed_errors=np.sum(list(losses.values()), axis=0),
        deviations=deviations,
        seen=_seen(result.seen, clip, stretches),
        observed2d=clip.keypoints2d,
        initial_poses3d=None,
        seed_poses3d=None,
    )


def _check(result: LiftResult, clip: Clip) -> None:
    if len(result.poses3d) != len(clip) or result.skeleton.joints != clip.skeleton.joints:
        raise InputError(
            f"the lift before has {result.poses3d.shape[:2]} frames and joints, expected those of the keypoints, "
            f"{clip.keypoints2d.shape[:2]}"
        )
    if not np.array_equal(result.frame_numbers, clip.frame_numbers):
        raise InputError(
            f"the lift before is of frames {result.frame_numbers[0]} to {result.frame_numbers[-1]}, expected those of "
            f"the keypoints, {clip.frame_numbers[0]} to {clip.frame_numbers[-1]}"
        )
    if result.takes is not None or result.left_right_swapped or result.camera.model != "perspective":
        raise InputError(
            "the lift before is of several takes, of exchanged sides or by weak perspective, expected one by a single "
            "perspective camera: lift it anew with the corrections"
        )


def _stretches(corrected: Indices, n_frames: int, around: int) -> Iterator[tuple[int, int]]:
    """Frames (start, stop) about those that were corrected; those that touch are one."""
    groups = np.split(corrected, np.flatnonzero(np.diff(corrected) > 2 * around) + 1) if len(corrected) else []
    for group in groups:
        yield max(0, int(group[0]) - around), min(n_frames, int(group[-1]) + around + 1)


def _share(start: int, stop: int, n_frames: int, passing: int) -> Array:
    """(stop - start,) share of the new solution, which falls to 0 where the stretch ends within the clip."""
    from_start = np.arange(stop - start) + 1.0 if start else np.full(stop - start, np.inf)
    from_end = np.arange(stop - start, 0, -1.0) if stop < n_frames else np.full(stop - start, np.inf)
    near: Array = np.minimum(np.minimum(from_start, from_end) / (passing + 1), 1.0)
    return 0.5 - 0.5 * np.cos(np.pi * near)


def _seen(before: Flags, clip: Clip, stretches: list[tuple[int, int]]) -> Flags:
    seen = before.copy()
    for start, stop in stretches:
        seen[start:stop] = clip.seen[start:stop]
    return seen

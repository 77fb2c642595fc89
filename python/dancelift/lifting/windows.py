"""Long clips, solved a window at a time, in memory that does not grow with them.

What all frames share, the focal length, the bones' lengths, the direction of up and the floor, is found first, from
samples of the clip that are solved as one. Then each window is solved with that held, by seeds of its own and the one
with the least error is kept (Hu & Ahuja 2021, sec. 2.2, optimise a window too). A window starts from the last frames of
the one before, which are held, and sees a little beyond its end: what is further away no longer moves it. Where nobody
is seen for longer than a window, nothing is solved: the dancer goes evenly from the last pose before to the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Indices
from dancelift.body.clip import Clip
from dancelift.camera import Camera
from dancelift.errors import InputError
from dancelift.lifting.contact import Contacts
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem, make_problem
from dancelift.lifting.solve import Progress, SeedSolution, Solution, solve_seeds, solve_whole
from dancelift.lifting.unseen_joints import SolvedSeeds
from dancelift.lifting.window_cuts import LEAST_FRAMES_SEEN, SAMPLE, between, bridge, choose_samples, cut_windows
from dancelift.priors.prior import PosePrior
from dancelift.seeding.seeds import Seeds

LONGEST = 3000
"""Frames of a clip that is solved as a whole."""

_WINDOW = 1500  # frames, at most
_CONTEXT = 3.0  # s beyond a window's end that it is solved with
_LEAD = 1.0  # s before its start that its seeds see
_REACH = 2  # frames back that the objective's terms reach
_LONGEST_WHOLE = 10000  # frames that are solved as one where someone is seen too seldom for windows
_SAMPLE_SEEDS = 3  # at most, of each: what the network expects
_ROUGHLY, _NEARLY = 1e-4, 1e-6  # tolerances that tell the best seed of a sample, and what the frames share


def solve_windows(
    clip: Clip, options: LiftOptions, prior: PosePrior, progress: Progress | None, n_frames: int = _WINDOW
) -> Solution:
    """Solve a clip a window at a time.

    Args:
        clip: what is lifted.
        options: of the lift.
        prior: what is believed of the dancer.
        progress: see `Progress`.
        n_frames: of a window.

    Raises:
        InputError: someone is seen too seldom.
    """
    samples = choose_samples(clip.shows_person)
    windows = cut_windows(clip.shows_person, n_frames, round(_CONTEXT * clip.fps), _REACH)
    if not samples or not windows:
        if len(clip) > _LONGEST_WHOLE:
            raise InputError(
                f"keypoints2d: a person is seen in {clip.shows_person.sum()} of {len(clip)} frames, nowhere in "
                f"{LEAST_FRAMES_SEEN} of {SAMPLE}; expected a part of the clip in which somebody is"
            )
        return solve_whole(make_problem(clip, options, prior), options, progress)

    few_seeds = replace(
        options, n_seeds=min(options.n_seeds, _SAMPLE_SEEDS), tolerance=max(_ROUGHLY, options.tolerance)
    )
    n_all = len(samples) * (few_seeds.n_seeds if few_seeds.n_seeds > 1 else 0) + len(windows) * options.n_seeds
    n_done = 0

    def solve(problem: LiftProblem, options: LiftOptions) -> SolvedSeeds:
        nonlocal n_done
        solved = solve_seeds(problem, options, progress and (lambda done, _: progress(n_done + done, n_all)))
        n_done += problem.n_seeds
        return solved

    winners = []
    for sample in samples:
        problem = make_problem(clip.frames(slice(sample, sample + SAMPLE)), few_seeds, prior)
        best = solve(problem, few_seeds).best_seed if problem.n_seeds > 1 else 0
        winners.append(problem.only(best))
    joined = _join(winners)
    shared = _Shared.of(joined, solve_seeds(joined, replace(options, tolerance=max(_NEARLY, options.tolerance)), None))

    seen_by_shared = replace(clip, camera=shared.camera)
    merged: _Merged | None = None
    for start, stop in windows:
        begin = max(0, start - max(_REACH, round(_LEAD * clip.fps)))
        end = min(len(clip), stop + round(_CONTEXT * clip.fps))
        problem = shared.held_in(make_problem(seen_by_shared.frames(slice(begin, end)), options, prior))
        lead = _REACH if merged is not None and merged.goes_up_to(start) else 0
        problem = problem.frames(slice(start - lead - begin, end - begin))
        if merged is None:
            merged = _Merged(problem, len(clip), options.keep_seeds)
        else:
            problem = merged.continued(problem, lead)
        merged.add(problem, solve(problem, options), lead, start, stop)
    assert merged is not None
    merged.fill(between(windows, len(clip)))
    return merged.solution(shared)


def _join(samples: Sequence[LiftProblem]) -> LiftProblem:
    """Problems of one seed each as takes of one clip."""

    def joined(of: Callable[[LiftProblem], Array], axis: int = 1) -> Array:
        return np.concatenate([of(one) for one in samples], axis=axis)

    def mean(of: Callable[[LiftProblem], Array]) -> Array:
        average: Array = np.mean([of(one) for one in samples], axis=0)
        return average

    like = sorted(samples, key=lambda one: one.sigmas.reprojection)[len(samples) // 2]
    up = mean(lambda one: one.seeds.up)
    return replace(
        like,
        clip=replace(like.clip, keypoints2d=joined(lambda one: one.clip.keypoints2d, axis=0), certain=None),
        seeds=Seeds(
            poses3d=joined(lambda one: one.seeds.poses3d),
            uncertainty=joined(lambda one: one.seeds.uncertainty),
            acceleration=joined(lambda one: one.seeds.acceleration),
            prior=joined(lambda one: one.seeds.prior),
            depth=joined(lambda one: one.seeds.depth),
            up=up / np.linalg.norm(up),
            bone_softness=np.exp(mean(lambda one: np.log(one.seeds.bone_softness))),
            error_scale=np.ones(1),
            labels=like.seeds.labels,
            person_height=float(np.median([one.seeds.person_height for one in samples])),
        ),
        contacts=Contacts(
            joined(lambda one: one.contacts.on_floor),
            joined(lambda one: one.contacts.standing),
            np.median([one.contacts.floor for one in samples], axis=0),
        ),
        poses3d=joined(lambda one: one.poses3d),
        imaging=joined(lambda one: one.imaging) if like.imaging.shape[1] > 1 else like.imaging,
        takes=tuple(np.cumsum([0, *(len(one.clip) for one in samples[:-1])]).tolist()),
    )


@dataclass(frozen=True, eq=False)
class _Shared:
    """What the windows have in common; `costs` (len(TERMS),) of the terms of no frame, over the clip."""

    problem: LiftProblem
    camera: Camera
    log_lengths: Array
    up: Array
    floor: float
    costs: Array

    @staticmethod
    def of(joined: LiftProblem, solved: SolvedSeeds) -> _Shared:
        camera, found = joined.clip.camera, solved.unknowns
        names = {"length_prior", "gravity_prior"}
        if camera.model == "perspective":
            matrix = camera.matrix.copy()
            matrix[:2, :2] *= math.exp(found.imaging[0, 0]) / camera.focal
            camera = replace(camera, matrix=matrix, focal_known=True)
            names.add("camera_prior")
        costs = solved.terms[0].sum(axis=1) * np.array([name in names for name in _core.TERMS])
        return _Shared(joined, camera, found.log_lengths[0], found.up[0], float(found.floor[0]), costs)

    def held_in(self, problem: LiftProblem) -> LiftProblem:
        """A window's problem with what it shares with the others."""
        n_seeds = problem.n_seeds
        return replace(
            problem,
            sigmas=self.problem.sigmas,
            seeds=replace(
                problem.seeds, up=np.tile(self.up, (n_seeds, 1)), person_height=self.problem.seeds.person_height
            ),
            contacts=replace(problem.contacts, floor=np.full(n_seeds, self.floor)),
            log_lengths=np.tile(self.log_lengths, (n_seeds, 1)),
            shared_held=True,
        )


class _Merged:
    """The solutions of the windows so far, as one of the whole clip."""

    def __init__(self, first: LiftProblem, n_frames: int, keep_seeds: bool) -> None:
        n_seeds, _, n_joints, _ = first.poses3d.shape
        self._first = first
        self._weak = first.is_weak_perspective
        self._end = 0
        self._poses = np.empty((n_frames, n_joints, 3))
        self._uncertainty = np.empty((n_frames, n_joints))
        self._imaging = np.empty(3 * n_frames) if self._weak else first.imaging[0].copy()
        self._terms = np.empty((n_seeds, len(_core.TERMS), n_frames))
        self._frame_seeds: Indices = np.empty(n_frames, int)
        self._labels: list[list[str]] = [[] for _ in range(n_seeds)]
        all_poses = (n_seeds, n_frames, n_joints, 3)
        self._initial = np.empty(all_poses) if keep_seeds else None
        self._seed_poses = np.empty(all_poses) if keep_seeds else None
        self._seed_imaging = np.empty((n_seeds, 3 * n_frames)) if keep_seeds and self._weak else None

    def goes_up_to(self, frame: int) -> bool:
        """Whether the frame before is solved."""
        return self._end == frame

    def fill(self, left_out: Sequence[tuple[int, int]]) -> None:
        """Fill frames that were not solved: evenly from what is before to what is after."""
        if not left_out:
            return
        solved = np.ones(len(self._poses), np.bool_)
        for start, stop in left_out:
            solved[start:stop] = False
            self._frame_seeds[start:stop] = self._frame_seeds[start - 1 if start else min(stop, len(solved) - 1)]
        self._terms[:, :, ~solved] = 0
        self._uncertainty[~solved] = self._uncertainty[solved].max(axis=0)
        bridge(self._poses, left_out)
        for poses in (self._initial, self._seed_poses):
            if poses is not None:
                bridge(np.swapaxes(poses, 0, 1), left_out)
        if self._weak:
            bridge(self._imaging.reshape(-1, 3), left_out)
        if self._seed_imaging is not None:
            bridge(np.swapaxes(self._seed_imaging.reshape(len(self._seed_imaging), -1, 3), 0, 1), left_out)

    def continued(self, problem: LiftProblem, lead: int) -> LiftProblem:
        """A problem whose first `lead` frames are the last ones solved, held as they were."""
        poses, imaging = problem.poses3d.copy(), problem.imaging.copy()
        poses[:, :lead] = self._poses[self._end - lead : self._end]
        if self._weak:
            imaging[:, : 3 * lead] = self._imaging[3 * (self._end - lead) : 3 * self._end]
        return replace(problem, poses3d=poses, imaging=imaging, n_held=lead)

    def add(self, problem: LiftProblem, solved: SolvedSeeds, lead: int, start: int, stop: int) -> None:
        """A window's frames from `start` up to `stop`, which follow on `lead` frames in its solution."""
        frames, own = slice(start, stop), slice(lead, lead + stop - start)
        errors, found = solved.errors[:, own].sum(axis=1), solved.unknowns
        best = int(np.argmin(errors))
        self._poses[frames] = found.poses[best, own]
        self._uncertainty[frames] = problem.seeds.uncertainty[best, own]
        self._terms[:, :, frames] = solved.terms[:, :, own]
        self._frame_seeds[frames] = best
        if self._weak:
            self._imaging[3 * start : 3 * stop] = found.imaging[best, 3 * own.start : 3 * own.stop]
        for known, label in zip(self._labels, problem.seeds.labels, strict=True):
            if label not in known:
                known.append(label)
        if self._initial is not None and self._seed_poses is not None:
            self._initial[:, frames] = problem.seeds.poses3d[:, own]
            self._seed_poses[:, frames] = found.poses[:, own]
        if self._seed_imaging is not None:
            self._seed_imaging[:, 3 * start : 3 * stop] = found.imaging[:, 3 * own.start : 3 * own.stop]
        self._end = stop

    def solution(self, shared: _Shared) -> Solution:
        self._terms += (shared.costs / len(self._poses))[:, None]
        first = self._first.clip
        camera = replace(first.camera, focal_known=shared.problem.clip.camera.focal_known)
        return Solution(
            problem=replace(self._first, clip=replace(first, camera=camera)),
            chosen=SeedSolution(self._poses, self._imaging, shared.log_lengths, shared.up),
            terms=self._terms,
            frame_seeds=self._frame_seeds,
            labels=tuple(" or ".join(known) for known in self._labels),
            seeds=None if self._seed_poses is None else list(self._seeds(shared)),
            initial=self._initial,
            uncertainty=self._uncertainty,
        )

    def _seeds(self, shared: _Shared) -> Iterator[SeedSolution]:
        assert self._seed_poses is not None
        for k, poses in enumerate(self._seed_poses):
            imaging = self._imaging if self._seed_imaging is None else self._seed_imaging[k]
            yield SeedSolution(poses, imaging, shared.log_lengths, shared.up)

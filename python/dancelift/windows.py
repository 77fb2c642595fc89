"""Long clips, solved a window at a time, in memory that does not grow with them.

What all frames share, the focal length, the bones' lengths, the direction of up and the floor, is found first, from
samples of the clip that are solved as one. Then each window is solved with that held, by seeds of its own and the one
with the least error is kept (Hu & Ahuja 2021, sec. 2.2, optimise a window too). A window starts from the last frames of
the one before, which are held, and sees a little beyond its end: what is further away no longer moves it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.anatomy import Array, Indices
from dancelift.camera import Camera, first_camera
from dancelift.checks import Flags, check_count, check_image_size, check_keypoints, frames_with_person
from dancelift.contact import Contacts
from dancelift.errors import DanceliftWarning
from dancelift.lift_problem import LiftProblem
from dancelift.seeds import Seeds
from dancelift.skeleton import get_skeleton

LONGEST = 1500
"""Frames of a clip that is solved as a whole."""

_WINDOW = 1000  # frames
_CONTEXT = 3.0  # s beyond a window's end that it is solved with
_LEAD = 1.0  # s before its start that its seeds see
_THREADS_OF_SEED = 2  # that one seed can make use of
_REACH = 2  # frames back that the objective's terms reach
_SAMPLES, _SAMPLE = 6, 200  # from which what the frames share is found: their number and frames
_SAMPLE_SEEDS = 3  # at most, of each: what the network expects
_LEAST_SEEN = 8  # frames with a person in it, without which a window cannot be lifted by itself


@dataclass(frozen=True, eq=False)
class Solution:
    """What a clip's seeds come to, T frames, J joints, K seeds.

    Attributes:
        problem: what was solved; of a long clip, its first window.
        poses: (T, J, 3), m, of the seed that is chosen at each frame, as `LiftProblem.poses3d`.
        imaging: (1,) or (3 T,), as `LiftProblem.imaging`.
        log_lengths: (B,), log of each bone's length, m.
        up: (3,), unit vector against gravity, camera frame.
        terms: (K, len(TERMS), T), each term's cost.
        frame_seeds: (T,), the seed that is chosen at each frame; None: one for the whole clip.
        labels: of the seeds.
        seeds: `poses`, `imaging`, `log_lengths` and `up` of each seed, if they were to be kept.
        initial: (K, T, J, 3), m, P* in the camera frame, if it was to be kept.
    """

    problem: LiftProblem
    poses: Array
    imaging: Array
    log_lengths: Array
    up: Array
    terms: Array
    frame_seeds: Indices | None
    labels: tuple[str, ...]
    seeds: list[tuple[Array, Array, Array, Array]] | None
    initial: Array | None


@dataclass(frozen=True)
class Run:
    """How seeds are solved and what is kept of them.

    Attributes:
        n_threads: that optimise seeds side by side.
        progress: called with the number of seeds done and of all seeds; of a long clip, those of every window.
        keep_seeds: whether the solution has every seed.
        ceres: whether Ceres solves every seed.
    """

    n_threads: int = 1
    progress: Callable[[int, int], object] | None = None
    keep_seeds: bool = False
    ceres: bool = False

    def solve(self, problem: LiftProblem, progress: Callable[[int, int], object] | None) -> _core.SolvedSeeds:
        """See `LiftProblem.solve`."""
        return problem.solve(min(self.n_threads, max(problem.n_seeds, _THREADS_OF_SEED)), progress, self.ceres)


def solve_whole(problem: LiftProblem, run: Run) -> Solution:
    """Every frame at once."""
    found = run.solve(problem, run.progress)
    best = found.best_seed
    seeds = [_of_seed(found.unknowns, k) for k in range(problem.n_seeds)] if run.keep_seeds else None
    return Solution(
        problem,
        *_of_seed(found.unknowns, best),
        terms=found.terms,
        frame_seeds=None,
        labels=problem.seeds.labels,
        seeds=seeds,
        initial=problem.seeds.poses3d if run.keep_seeds else None,
    )


def _of_seed(found: _core.Unknowns, k: int) -> tuple[Array, Array, Array, Array]:
    return found.poses[k], found.imaging[k], found.log_lengths[k], found.up[k]


def solve_windows(
    make: Callable[..., LiftProblem],
    keypoints2d: Any,
    n_seeds: int,
    skeleton: Any,
    image_size: Any,
    camera: Any,
    run: Run,
    n_frames: int = _WINDOW,
) -> Solution:
    """A window at a time.

    Args:
        make: `make_problem` of all that is not given here.
        keypoints2d, n_seeds, skeleton, image_size, camera: see `dancelift.lift`.
        run: how it is solved.
        n_frames: of a window.
    """
    skeleton = get_skeleton(skeleton)
    n_seeds = check_count("n_seeds", n_seeds)
    image_size = check_image_size(image_size)
    keypoints = check_keypoints(keypoints2d, skeleton, image_size)
    first = first_camera(camera, image_size, keypoints)
    person = frames_with_person(keypoints[..., 2] > 0, skeleton)
    samples = _choose_samples(person)
    windows = _cut(person, n_frames)
    if not samples:
        problem = make(keypoints, n_seeds=n_seeds, skeleton=skeleton, image_size=image_size, camera=first)
        return solve_whole(problem, run)

    def make_quietly(frames: slice, seen_by: Camera, most_seeds: int = n_seeds) -> LiftProblem:
        with warnings.catch_warnings():  # that the whole clip has already given
            warnings.simplefilter("ignore", DanceliftWarning)
            of_frames = {"keypoints2d": keypoints[frames], "image_size": None, "camera": seen_by}
            return make(**of_frames, skeleton=skeleton, n_seeds=min(n_seeds, most_seeds))

    n_done = 0

    def solve(problem: LiftProblem) -> _core.SolvedSeeds:
        nonlocal n_done
        total = len(samples) * min(n_seeds, _SAMPLE_SEEDS) + len(windows) * n_seeds
        progress = run.progress
        found = run.solve(problem, progress and (lambda done, _: progress(n_done + done, total)))
        n_done += problem.n_seeds
        return found

    winners = []
    for sample in samples:
        problem = make_quietly(slice(sample, sample + _SAMPLE), first, _SAMPLE_SEEDS)
        winners.append(only_seed(problem, solve(problem).best_seed))
    joined = _join(winners)
    shared = _Shared.of(joined, run.solve(joined, None))

    merged: _Merged | None = None
    for start, stop in windows:
        begin = max(0, start - max(_REACH, round(_LEAD * joined.fps)))
        end = min(len(keypoints), stop + round(_CONTEXT * joined.fps))
        problem = shared.held_in(make_quietly(slice(begin, end), shared.camera))
        lead = 0 if merged is None else _REACH
        problem = problem.window(start - lead - begin, end - begin)
        if merged is None:
            merged = _Merged(problem, len(keypoints), run.keep_seeds)
        else:
            problem = merged.continued(problem, lead)
        merged.add(problem, solve(problem), lead, start, stop)
    assert merged is not None
    return merged.solution(shared)


def _choose_samples(person: Flags) -> list[int]:
    """First frames of samples spread over the clip, where someone is seen."""
    starts = range(0, len(person) - _SAMPLE + 1, _SAMPLE)
    good = [start for start in starts if person[start : start + _SAMPLE].mean() > 0.5]
    return [good[i] for i in np.unique(np.linspace(0, len(good) - 1, _SAMPLES).round().astype(int))] if good else []


def _cut(person: Flags, n_frames: int) -> list[tuple[int, int]]:
    """Windows of about so many frames; longer ones where nobody is seen."""
    n_frames = max(n_frames, _REACH)
    edges = [0]
    for edge in np.linspace(0, len(person), math.ceil(len(person) / n_frames) + 1).round().astype(int)[1:]:
        if person[edges[-1] : edge].sum() >= _LEAST_SEEN:
            edges.append(int(edge))
    edges[1:] = [*edges[1:-1], len(person)]
    return list(zip(edges[:-1], edges[1:], strict=True))


def only_seed(problem: LiftProblem, k: int) -> LiftProblem:
    """The same problem with the k-th of its seeds only."""

    def only(of: Any, names: Sequence[str]) -> dict[str, Any]:
        return {name: getattr(of, name)[k : k + 1] for name in names}

    seeds, contacts = problem.seeds, problem.contacts
    return replace(
        problem,
        **only(problem, ("poses3d", "imaging", "log_lengths")),
        seeds=replace(seeds, **only(seeds, [name for name in vars(seeds) if name != "person_height"])),
        contacts=replace(contacts, **only(contacts, list(vars(contacts)))),
    )


def _join(samples: Sequence[LiftProblem]) -> LiftProblem:
    """Problems of one seed each as takes of one clip."""

    def joined(of: Callable[[LiftProblem], Array], axis: int = 1) -> Array:
        return np.concatenate([of(one) for one in samples], axis=axis)

    def mean(of: Callable[[LiftProblem], Array]) -> Array:
        average: Array = np.mean([of(one) for one in samples], axis=0)
        return average

    like = sorted(samples, key=lambda one: one.weights.reprojection)[len(samples) // 2]
    up = mean(lambda one: one.seeds.up)
    return replace(
        like,
        keypoints2d=joined(lambda one: one.keypoints2d, axis=0),
        seeds=Seeds(
            poses3d=joined(lambda one: one.seeds.poses3d),
            uncertainty=joined(lambda one: one.seeds.uncertainty),
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
        takes=tuple(np.cumsum([0, *(len(one.keypoints2d) for one in samples[:-1])]).tolist()),
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
    def of(joined: LiftProblem, found: _core.SolvedSeeds) -> _Shared:
        camera = joined.camera
        names = {"length_prior", "gravity_prior"}
        if camera.model == "perspective":
            matrix = camera.matrix.copy()
            matrix[:2, :2] *= math.exp(found.unknowns.imaging[0, 0]) / camera.focal
            camera = replace(camera, matrix=matrix, focal_known=True)
            names.add("camera_prior")
        costs = found.terms[0].sum(axis=1) * np.array([name in names for name in _core.TERMS])
        shared = found.unknowns
        return _Shared(joined, camera, shared.log_lengths[0], shared.up[0], float(shared.floor[0]), costs)

    def held_in(self, problem: LiftProblem) -> LiftProblem:
        """A window's problem with what it shares with the others."""
        n_seeds = problem.n_seeds
        return replace(
            problem,
            weights=self.problem.weights,
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
        self._weak = first.camera.model == "weak_perspective"
        self._end = 0
        self._poses = np.empty((n_frames, n_joints, 3))
        self._imaging = np.empty(3 * n_frames) if self._weak else first.imaging[0].copy()
        self._terms = np.empty((n_seeds, len(_core.TERMS), n_frames))
        self._frame_seeds: Indices = np.empty(n_frames, int)
        self._labels: list[list[str]] = [[] for _ in range(n_seeds)]
        all_poses = (n_seeds, n_frames, n_joints, 3)
        self._initial = np.empty(all_poses) if keep_seeds else None
        self._seed_poses = np.empty(all_poses) if keep_seeds else None
        self._seed_imaging = np.empty((n_seeds, 3 * n_frames)) if keep_seeds and self._weak else None

    def continued(self, problem: LiftProblem, lead: int) -> LiftProblem:
        """A problem whose first `lead` frames are the last ones solved, held as they were."""
        poses, imaging = problem.poses3d.copy(), problem.imaging.copy()
        poses[:, :lead] = self._poses[self._end - lead : self._end]
        if self._weak:
            imaging[:, : 3 * lead] = self._imaging[3 * (self._end - lead) : 3 * self._end]
        return replace(problem, poses3d=poses, imaging=imaging, n_held=lead)

    def add(self, problem: LiftProblem, found: _core.SolvedSeeds, lead: int, start: int, stop: int) -> None:
        """A window's frames from `start` up to `stop`, which follow on `lead` frames in its solution."""
        frames, own = slice(start, stop), slice(lead, lead + stop - start)
        errors = found.errors[:, own].sum(axis=1)
        best = int(np.argmin(errors))
        self._poses[frames] = found.unknowns.poses[best, own]
        self._terms[:, :, frames] = found.terms[:, :, own]
        self._frame_seeds[frames] = best
        if self._weak:
            self._imaging[3 * start : 3 * stop] = found.unknowns.imaging[best, 3 * own.start : 3 * own.stop]
        for known, label in zip(self._labels, problem.seeds.labels, strict=True):
            if label not in known:
                known.append(label)
        if self._initial is not None and self._seed_poses is not None:
            self._initial[:, frames] = problem.seeds.poses3d[:, own]
            self._seed_poses[:, frames] = found.unknowns.poses[:, own]
        if self._seed_imaging is not None:
            self._seed_imaging[:, 3 * start : 3 * stop] = found.unknowns.imaging[:, 3 * own.start : 3 * own.stop]
        self._end = stop

    def solution(self, shared: _Shared) -> Solution:
        self._terms += (shared.costs / len(self._poses))[:, None]
        camera = replace(self._first.camera, focal_known=shared.problem.camera.focal_known)
        return Solution(
            problem=replace(self._first, camera=camera),
            poses=self._poses,
            imaging=self._imaging,
            log_lengths=shared.log_lengths,
            up=shared.up,
            terms=self._terms,
            frame_seeds=self._frame_seeds,
            labels=tuple(" or ".join(known) for known in self._labels),
            seeds=None if self._seed_poses is None else list(self._seeds(shared)),
            initial=self._initial,
        )

    def _seeds(self, shared: _Shared) -> Iterator[tuple[Array, Array, Array, Array]]:
        assert self._seed_poses is not None
        for k, poses in enumerate(self._seed_poses):
            imaging = self._imaging if self._seed_imaging is None else self._seed_imaging[k]
            yield poses, imaging, shared.log_lengths, shared.up

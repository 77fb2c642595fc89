"""Lifting while the dancer dances: frame by frame, with a bounded delay.

Every few frames the last two seconds and what has come since are seeded anew, and the frames that have not been given
yet are solved, following on the last two that were, as the windows of a long clip do (see `lifting.windows`). A frame
is given when enough of what follows it is known; what lies ahead of it is known provisionally. Bones, direction of up
and floor are free at first, and then refined every few seconds; the focal length is the camera's, or the usual one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from dancelift import _core
from dancelift.arraytypes import Array, Flags
from dancelift.body.clip import Clip
from dancelift.body.cut_off import find_cut_off
from dancelift.body.skeleton import Skeleton, get_skeleton
from dancelift.body.takes import find_takes
from dancelift.camera import Camera, first_camera
from dancelift.checks import check_fps, check_image_size
from dancelift.errors import InputError
from dancelift.keypoints import clean
from dancelift.lifting.lift import final_poses
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem, make_problem
from dancelift.lifting.solve import solution_of, solve_seeds
from dancelift.lifting.unseen_joints import SolvedSeeds
from dancelift.priors.prior import PosePrior, get_prior

LOOK_AHEAD = 0.5
"""s after a frame that are known when it is given, at most."""

_STEP = 1 / 6  # s of dance that are solved and given at once
_LEAD = 2.0  # s before what is solved, that its seeds see
_REACH = 2  # frames back that the objective's terms reach
_SETTLED = 3.0  # s of dance, from which on bones, up and floor are held while frames are solved
_REFINED_EVERY, _REFINED_FROM = 2.0, 5.0  # s: how often they are found anew, and from how much of the dance
_LONGEST_MEMORY = 4.0  # times they are found, that the newest is averaged with
_LEAST_FRAMES = 8  # frames with a person in it, without which nothing can be lifted
_BRIDGED = 0.5  # s without anybody before a frame, through which the motion is filled in
_LONGEST_GAP = 1.0  # s without a frame, after which the dance starts anew


@dataclass(frozen=True, eq=False)
class LiftedFrame:
    """One frame of a dance as it is lifted live; J joints.

    Attributes:
        number: of the frame at the stream's even rate, from 0.
        time: s, on the clock of what was pushed.
        poses3d: (J, 3), m, camera frame: x right, y down, z forward; NaN while nobody is seen.
        keypoints2d: (J, 2), px, the same projected; NaN while nobody is seen.
        seen: (J,) whether a joint was seen in this frame.
        ahead: (A, J, 3) what is known provisionally of the frames that follow, m, camera frame.
        up: (3,) unit vector against gravity, camera frame.
    """

    number: int
    time: float
    poses3d: Array
    keypoints2d: Array
    seen: Flags
    ahead: Array
    up: Array


class LiftStream:
    """Lifts a dance frame by frame.

    Args:
        skeleton: of the keypoints.
        fps: frames per second at which frames are given; what is pushed at other times goes to the nearest of them.
        image_size: (width, height), px.
        camera: a Camera, a 3x3 K in px, or None: of the usual focal length.
        prior: as for `dancelift.lift`; one with networks is fast enough.
        height: of the dancer, m.
        look_ahead: s after a frame that are known when it is given, at most.
        n_seeds: hypotheses of each step.
        n_threads: None: one a processor.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
    """

    def __init__(
        self,
        *,
        skeleton: str | Skeleton = "coco17",
        fps: float = 30.0,
        image_size: tuple[int, int] | None = None,
        camera: Camera | ArrayLike | None = None,
        prior: str | os.PathLike[str] | PosePrior = "default",
        height: float | None = None,
        look_ahead: float = LOOK_AHEAD,
        n_seeds: int = 1,
        n_threads: int | None = None,
    ) -> None:
        self.skeleton, self.fps = get_skeleton(skeleton), check_fps(fps)
        self.image_size = check_image_size(image_size)
        if self.image_size is None and camera is None:
            raise InputError("image_size is None, expected (width, height) in px, or a camera")
        found = first_camera(camera, self.image_size, np.zeros((0, len(self.skeleton), 3)))
        if found.model != "perspective":
            raise InputError(f"camera: model {found.model!r}, expected 'perspective' for a stream")
        self.camera = replace(found, focal_known=True)
        self._options = LiftOptions(n_seeds=n_seeds, prior=prior, height=height, n_threads=n_threads)
        self._prior = get_prior(prior)
        self._step = max(1, round(_STEP * self.fps))
        self._n_ahead = round(look_ahead * self.fps) - self._step
        if self._n_ahead < _REACH:
            least = (self._step + _REACH) / self.fps
            raise InputError(f"look_ahead is {look_ahead:g}, expected at least {least:.2f} s")
        self._first_time: float | None = None
        self._n_dropped = 0  # frames at the beginning that are not kept any more
        self._keypoints: list[Array] = []  # of the frames that are kept
        self._start = 0  # of the take, among all frames
        self._n_given = 0
        self._held: Array | None = None  # (_REACH, J, 3) the last frames that were given, as they were solved
        self._shared: _Shared | None = None
        self._refined_at = 0

    def push(self, keypoints2d: ArrayLike | None, time: float | None = None) -> list[LiftedFrame]:
        """Add the next frame.

        Args:
            keypoints2d: (J, 2) or (J, 3), px and score, as for `dancelift.lift`; None: nobody is seen.
            time: s, rising; None: one frame after the one before.

        Returns:
            The frames that can be given now, in order: often none.

        Raises:
            InputError: the keypoints are of another shape or not finite, or time runs backwards.
        """
        found = self._cleaned(keypoints2d)
        number = self._number(time)
        given: list[LiftedFrame] = []
        if number - self._n_pushed > _LONGEST_GAP * self.fps:
            given += self._give_up_to(self._n_pushed)
            self._start_take(number)
        while self._n_pushed < number:  # frames that were not taken
            self._keypoints.append(np.zeros_like(found))
        if number == self._n_pushed:
            self._keypoints.append(found)
        else:  # two at one time
            self._keypoints[-1] = found
        while self._n_pushed - self._n_given >= self._n_ahead + self._step:
            given += self._give(self._n_given + self._step)
        return given

    def finish(self) -> list[LiftedFrame]:
        """End the dance: the frames that have not been given yet."""
        return self._give_up_to(self._n_pushed)

    @property
    def _n_pushed(self) -> int:
        return self._n_dropped + len(self._keypoints)

    def _cleaned(self, keypoints2d: ArrayLike | None) -> Array:
        shape = (len(self.skeleton), 3)
        if keypoints2d is None:
            return np.zeros(shape)
        try:
            array = np.asarray(keypoints2d, np.float64)
        except (TypeError, ValueError):
            array = np.empty(0)
        if array.shape not in (shape, (shape[0], 2)):
            raise InputError(
                f"keypoints of shape {array.shape}, expected {shape} or {(shape[0], 2)} of skeleton "
                f"{self.skeleton.name!r}"
            )
        found: Array = clean(array[None], error=lambda text: InputError(f"keypoints: {text}"), warn=lambda _: None)[0]
        return found

    def _number(self, time: float | None) -> int:
        """The number of the frame at a time."""
        if time is None:
            return self._n_pushed
        if self._first_time is None:
            self._first_time = time - self._n_pushed / self.fps
        number = round((time - self._first_time) * self.fps)
        if not math.isfinite(time) or number < self._n_pushed - 1:
            raise InputError(f"time is {time!r}, expected one after that of the frame before")
        return number

    def _start_take(self, number: int) -> None:
        self._keypoints, self._n_dropped = [], number
        self._start = self._n_given = number
        self._held = None

    def _clip(self, start: int, stop: int) -> Clip:
        """The frames from `start` up to `stop` as they were pushed, with joints that the picture cuts off unseen."""
        keypoints = np.stack(self._keypoints[start - self._n_dropped : stop - self._n_dropped])
        keypoints[find_cut_off(keypoints, self.skeleton, self.fps, self.image_size)] = 0
        numbers = np.arange(start, stop)
        any_joint = np.ones(len(self.skeleton), np.bool_)  # one that is not seen yet may be
        seconds = numbers / self.fps
        return Clip(
            keypoints, self.skeleton, self.fps, self.image_size, self.camera, numbers, seconds, ever_seen=any_joint
        )

    def _give_up_to(self, stop: int) -> list[LiftedFrame]:
        given: list[LiftedFrame] = []
        while self._n_given < stop:
            given += self._give(min(stop, self._n_given + self._step))
        return given

    def _give(self, stop: int) -> list[LiftedFrame]:
        """Solve the frames that have not been given, and give those up to `stop`."""
        begin = max(self._start, self._n_given - max(_REACH, round(_LEAD * self.fps)), self._n_dropped)
        clip = self._clip(begin, self._n_pushed)
        cut = next((begin + take for take in find_takes(clip.keypoints2d, self.skeleton, self.fps)[1:]
                    if begin + take > self._n_given), None)  # fmt: skip
        if cut is not None:
            stop, clip = min(stop, cut), self._clip(begin, cut)
        lately = clip.shows_person[max(0, self._n_given - begin - round(_BRIDGED * self.fps)) :]
        if clip.shows_person.sum() < min(_LEAST_FRAMES, len(clip)) or not lately.any():
            found, ahead, up = self._nobody(stop - self._n_given), np.empty((0, len(self.skeleton), 3)), _LEVEL
            self._held = None
            self._start = stop
        else:
            poses, up = self._solve(clip, begin)
            found, ahead = poses[: stop - self._n_given], poses[stop - self._n_given :]
        frames = list(self._frames(found, ahead, up))
        self._n_given = stop
        if cut == stop:
            self._start, self._held = stop, None
        elif self._held is not None and self._n_given - self._refined_at >= _REFINED_EVERY * self.fps:
            self._refine()
        self._forget()
        return frames

    def _nobody(self, n_frames: int) -> Array:
        return np.full((n_frames, len(self.skeleton), 3), np.nan)

    def _frames(self, found: Array, ahead: Array, up: Array) -> Iterator[LiftedFrame]:
        first = self._first_time or 0.0
        with np.errstate(invalid="ignore"):
            projected = self.camera.project(found)
        for i, pose in enumerate(found):
            number = self._n_given + i
            yield LiftedFrame(
                number,
                first + number / self.fps,
                pose,
                projected[i],
                self._keypoints[number - self._n_dropped][:, 2] > 0,
                np.concatenate([found[i + 1 :], ahead]),
                up,
            )

    def _solve(self, clip: Clip, begin: int) -> tuple[Array, Array]:
        """The poses (N, J, 3), m, of the frames that have not been given, and the direction of up (3,)."""
        problem = make_problem(clip, self._options, self._prior)
        if self._shared is not None:
            problem = self._shared.held_in(problem)
        lead = 0 if self._held is None else len(self._held)
        problem = problem.frames(slice(self._n_given - lead - begin, len(clip)))
        if self._held is not None:
            poses = problem.poses3d.copy()
            poses[:, :lead] = self._held
            problem = replace(problem, poses3d=poses, n_held=lead)
        solved = solve_seeds(problem, self._options, None)
        best = solution_of(solved, solved.best_seed)
        if self._shared is None and self._n_given - self._start >= _SETTLED * self.fps:
            self._shared = _Shared.of(problem, solved)
        n_given = min(self._step, len(best.poses) - lead)
        self._held = best.poses[lead : lead + n_given][-_REACH:] if n_given >= _REACH else self._held
        _, poses, _ = final_poses(problem, best, self._options.size)
        return poses[lead:], best.up

    def _refine(self) -> None:
        """Find bones, up and floor anew from the last seconds, all of them free."""
        start = max(self._start, self._n_dropped, self._n_given - round(_REFINED_FROM * self.fps))
        self._refined_at = self._n_given
        if self._n_given - start < _SETTLED * self.fps:
            return
        clip = self._clip(start, self._n_given)
        if clip.shows_person.mean() < 0.5:
            return
        problem = make_problem(clip, replace(self._options, n_seeds=1), self._prior)
        found = _Shared.of(problem, solve_seeds(problem, self._options, None))
        before, self._shared = self._shared, found if self._shared is None else self._shared.averaged(found)
        if self._held is not None and before is not None:
            size = np.exp((self._shared.log_lengths - before.log_lengths).mean())
            self._held = size * self._held

    def _forget(self) -> None:
        """Drop the frames that nothing looks back to any more."""
        n_old = self._n_given - round(max(_REFINED_FROM, _LEAD) * self.fps) - self._n_dropped
        if n_old > 0:
            del self._keypoints[:n_old]
            self._n_dropped += n_old


_LEVEL = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, eq=False)
class _Shared:
    """What the frames have in common, and how noisy the keypoints are; `n_found` times it was found."""

    sigmas: _core.Sigmas
    person_height: float
    log_lengths: Array
    up: Array
    floor: float
    n_found: float = 1.0

    @staticmethod
    def of(problem: LiftProblem, solved: SolvedSeeds) -> _Shared:
        best, found = solved.best_seed, solved.unknowns
        return _Shared(
            problem.sigmas, problem.seeds.person_height, found.log_lengths[best], found.up[best],
            float(found.floor[best]),
        )  # fmt: skip

    def averaged(self, newer: _Shared) -> _Shared:
        n = min(self.n_found + 1, _LONGEST_MEMORY)

        def mean(old: Array, new: Array) -> Array:
            return old + (new - old) / n

        up = mean(self.up, newer.up)
        return replace(
            newer, log_lengths=mean(self.log_lengths, newer.log_lengths), up=up / np.linalg.norm(up), n_found=n
        )

    def held_in(self, problem: LiftProblem) -> LiftProblem:
        n_seeds = problem.n_seeds
        return replace(
            problem,
            sigmas=self.sigmas,
            seeds=replace(problem.seeds, up=np.tile(self.up, (n_seeds, 1)), person_height=self.person_height),
            contacts=replace(problem.contacts, floor=np.full(n_seeds, self.floor)),
            log_lengths=np.tile(self.log_lengths, (n_seeds, 1)),
            shared_held=True,
        )

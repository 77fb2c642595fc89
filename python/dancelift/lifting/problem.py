"""What a lift solves (Hu & Ahuja 2021, sec. 2.2): the objective, the same for all seeds, and where each starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Flags
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Foot
from dancelift.camera import Camera
from dancelift.filters import jitter
from dancelift.lifting.contact import Contacts, find_contacts
from dancelift.lifting.options import SOLVERS, LiftOptions, core_sigmas
from dancelift.priors.prior import PosePrior
from dancelift.seeding.experts import net_inputs
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.seeds import Seeds, make_seeds
from dancelift.seeding.tempo import typical_speed

_REFERENCE_HEIGHT = 440.0  # px, of a dancer in the image, as in the core: kReferenceHeight in cpp/dancelift/terms.hpp
_USUAL_JITTER = 2.0  # px, of a usual detector on a dancer of that height
_NOISE_RANGE = (0.5, 2.0)  # relative to that: jitter does not show errors that last
_UNEXPECTED = 20 / 7  # times the deviation of accelerations that nobody expects, of a prior without networks
_ORDINARY_SPEED = 1.0  # see `typical_speed`; what is faster accelerates more
_CERTAINTY = 6.0  # times as exact as what a detector finds is what a person has corrected
_CERTAIN_DEVIATION = 0.01  # m, of a seed's joint at a certain keypoint
_LEAST_FRAMES = 8  # from which jitter is measured


@dataclass(frozen=True, eq=False)
class LiftProblem:
    """One clip's objective and K starts; T frames, J joints, B bone lengths. `make_problem` makes it.

    Attributes:
        clip: what is lifted.
        sigmas: standard deviation of every term's residual.
        lengths: (B,), m, the prior of each of the skeleton's bone lengths.
        feet: of the skeleton, on a body of STANDARD_HEIGHT.
        seeds: K of them.
        contacts: of the feet with the floor, of each seed.
        poses3d: (K, T, J, 3), m, where the optimisation starts and P*: relative to the root on its ray if the camera is
            weak-perspective, else in the camera frame.
        imaging: (K, 1), log of the focal length, or (K, 3 T), each frame's log scale and shift in px, where it starts.
        log_lengths: (K, B), log of each bone's length, m, where it starts.
        n_held: first frames, whose poses and imaging stay where they start.
        shared_held: whether all that frames share stays where it starts: focal length, bone lengths, up and floor.
        takes: first frame of every take; motion in one says nothing about that in another.
    """

    clip: Clip
    sigmas: _core.Sigmas
    lengths: list[float]
    feet: tuple[Foot, ...]
    seeds: Seeds
    contacts: Contacts
    poses3d: Array
    imaging: Array
    log_lengths: Array
    n_held: int = 0
    shared_held: bool = False
    takes: tuple[int, ...] = (0,)

    @property
    def n_seeds(self) -> int:
        """K."""
        return len(self.poses3d)

    @property
    def is_weak_perspective(self) -> bool:
        """Whether each frame has imaging parameters of its own."""
        return self.clip.camera.model == "weak_perspective"

    def frames(self, frames: slice) -> LiftProblem:
        """The same problem for some frames only of a clip of one take; the slice has a start and an end."""
        imaging = self.imaging
        if self.is_weak_perspective:
            imaging = imaging[:, 3 * frames.start : 3 * frames.stop]
        return replace(
            self,
            clip=self.clip.frames(frames),
            seeds=self.seeds.frames(frames),
            contacts=self.contacts.frames(frames),
            poses3d=self.poses3d[:, frames],
            imaging=imaging,
        )

    def only(self, k: int) -> LiftProblem:
        """The same problem with the k-th of its seeds only."""
        one = slice(k, k + 1)
        return replace(
            self,
            seeds=self.seeds.only(k),
            contacts=self.contacts.only(k),
            poses3d=self.poses3d[one],
            imaging=self.imaging[one],
            log_lengths=self.log_lengths[one],
        )

    def solve(
        self,
        solver: str = "chain",
        n_threads: int = 1,
        progress: Callable[[int, int], object] | None = None,
        tolerance: float = 1e-8,
    ) -> _core.SolvedSeeds:
        """Optimise every seed and choose one.

        Args:
            solver: one of SOLVERS; Ceres, the reference, is many times slower.
            n_threads: that optimise seeds side by side.
            progress: called with the number of seeds done and of all seeds.
            tolerance: see `LiftOptions`.

        Raises:
            SolverError: a seed could not be optimised.
        """
        options = _core.SolverOptions()
        options.solver, options.final_tolerance = SOLVERS[solver], tolerance
        return _core.lift(
            objective=self._objective,
            keypoints=self._weighted_keypoints,
            seeds=self._core_seeds,
            options=options,
            n_threads=n_threads,
            progress=progress,
        )

    def evaluate(self, unknowns: _core.Unknowns) -> Array:
        """What every term costs each seed at each frame, (K, len(TERMS), T), at a point as `solve` finds it."""
        return _core.evaluate(
            objective=self._objective, keypoints=self._weighted_keypoints, seeds=self._core_seeds, unknowns=unknowns
        )

    @property
    def _weighted_keypoints(self) -> Array:
        """The keypoints with scores as the objective weighs them: those that are certain count as more exact."""
        clip = self.clip
        if clip.certain is None:
            return clip.keypoints2d
        exactness = np.where(clip.certain, _CERTAINTY, 1.0)[..., None]
        return np.concatenate([clip.keypoints2d[..., :2], clip.keypoints2d[..., 2:] * exactness], axis=2)

    @cached_property
    def _objective(self) -> _core.Objective:
        skeleton, camera = self.clip.skeleton, self.clip.camera
        return _core.Objective(
            skeleton=_core.Skeleton(
                n_joints=len(skeleton),
                bones=skeleton.bones,
                head=skeleton.head,
                hinges=skeleton.hinges,
                feet=self.feet,
                mean_lengths=self.lengths,
            ),
            sigmas=self.sigmas,
            fps=self.clip.fps,
            person_height=self.seeds.person_height,
            intrinsics=camera.intrinsics,
            focal_known=camera.focal_known,
            weak_perspective=self.is_weak_perspective,
            shared_held=self.shared_held,
            n_held=self.n_held,
            takes=self.takes,
        )

    @cached_property
    def _core_seeds(self) -> _core.Seeds:
        return _core.Seeds(
            poses=self.poses3d,
            uncertainty=self.seeds.uncertainty,
            acceleration=self.seeds.acceleration,
            imaging=self.imaging,
            log_lengths=self.log_lengths,
            up=self.seeds.up,
            floor=self.contacts.floor,
            on_floor=self.contacts.on_floor,
            standing=self.contacts.standing,
            prior=self.seeds.prior,
            bone_softness=self.seeds.bone_softness,
            error_scale=self.seeds.error_scale,
        )


def make_problem(clip: Clip, options: LiftOptions, prior: PosePrior, reader: NetReader | None = None) -> LiftProblem:
    """The problem of lifting a clip.

    Args:
        clip: what is lifted.
        options: of the lift, but for its prior and the height, which only enlarges what is found.
        prior: what is believed of the dancer.
        reader: has asked the networks about the clip before; None: nobody has.
    """
    reader = reader or NetReader(options.threads)
    noise = keypoint_noise(clip)
    sigmas = core_sigmas(options.sigmas)
    sigmas.reprojection *= noise
    sigmas.acceleration3d *= max(1.0, typical_speed(*net_inputs(clip), clip.fps) / _ORDINARY_SPEED)
    if not prior.nets:
        sigmas.acceleration3d *= _UNEXPECTED
    seeds = make_seeds(clip, options.n_seeds, prior, noise, options.random_seed, reader)
    feet = clip.skeleton.feet(STANDARD_HEIGHT)
    lengths = prior.bone_lengths(clip.skeleton)
    weak = clip.camera.model == "weak_perspective"
    if clip.certain is not None and not weak:
        seeds = _through_certain(seeds, clip, clip.certain)
    poses, imaging = (_weak_perspective_start if weak else _perspective_start)(seeds, clip.camera)
    return LiftProblem(
        clip=clip,
        sigmas=sigmas,
        lengths=lengths,
        feet=feet,
        seeds=seeds,
        contacts=find_contacts(clip, seeds.poses3d, seeds.up, feet, seeds.contact),
        poses3d=poses,
        imaging=imaging,
        log_lengths=np.tile(np.log(lengths), (len(poses), 1)),
    )


def _through_certain(seeds: Seeds, clip: Clip, certain: Flags) -> Seeds:
    """The seeds with the joints whose keypoints (T, J) are certain on the rays of these, and held there.

    A detected keypoint that is far from everything about it is taken for an outlier; one that is certain must not be.
    """
    poses, uncertainty = seeds.poses3d.copy(), seeds.uncertainty.copy()
    rays = clip.camera.rays(clip.keypoints2d[certain][:, :2])
    poses[:, certain, :2] = rays * poses[:, certain, 2:]
    uncertainty[:, certain] = np.minimum(uncertainty[:, certain], _CERTAIN_DEVIATION)
    return replace(seeds, poses3d=poses, uncertainty=uncertainty)


def keypoint_noise(clip: Clip) -> float:
    """How noisy the keypoints are, relative to a usual detector's, as far as their jitter tells."""
    keypoints, seen = clip.keypoints2d, clip.seen
    y = np.where(seen, keypoints[..., 1], np.nan)[seen.sum(axis=1) > 1]
    person = float(np.median(np.nanmax(y, axis=1) - np.nanmin(y, axis=1))) if len(y) else 0.0
    if len(keypoints) < _LEAST_FRAMES or person <= 0:
        return 1.0
    return float(np.clip(jitter(keypoints) * _REFERENCE_HEIGHT / (person * _USUAL_JITTER), *_NOISE_RANGE))


def _perspective_start(seeds: Seeds, camera: Camera) -> tuple[Array, Array]:
    return seeds.poses3d, np.full((len(seeds.poses3d), 1), math.log(camera.focal))


def _weak_perspective_start(seeds: Seeds, camera: Camera) -> tuple[Array, Array]:
    """Poses relative to a root on the rays at its depth, and (K, 3 T) log scale and shift of that root."""
    depth = seeds.depth[..., None, None]
    on_root_plane = seeds.poses3d[..., :2] / seeds.poses3d[..., 2:] * depth
    root = np.concatenate([on_root_plane.mean(axis=2, keepdims=True), depth], axis=3)
    poses = np.concatenate([on_root_plane, seeds.poses3d[..., 2:]], axis=3) - root
    shift = camera.matrix[:2] @ (root / depth)[:, :, 0, :, None]
    imaging = np.concatenate([np.log(camera.focal / depth[..., 0]), shift[..., 0]], axis=2)
    return poses, imaging.reshape(len(poses), -1)

"""What a lift solves (Hu & Ahuja 2021, sec. 2.2): the objective, the same for all seeds, and where each starts."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dancelift import _core
from dancelift.anatomy import STANDARD_HEIGHT, Array
from dancelift.camera import Camera, first_camera
from dancelift.checks import check_count, check_image_size, check_keypoints, check_positive, check_random_seed
from dancelift.contact import Contacts, find_contacts
from dancelift.errors import InputError
from dancelift.filters import jitter
from dancelift.prior import PosePrior, get_prior
from dancelift.seeds import Seeds, make_seeds
from dancelift.skeleton import Skeleton, get_skeleton

_TALLEST = 3.0  # m
_FASTEST = 1000.0  # frames per second
_USUAL_HEIGHT, _USUAL_JITTER = 440.0, 2.0  # px: a dancer in the image, and a usual detector's jitter on him
_NOISE_RANGE = (0.5, 2.0)  # relative to that: jitter does not tell of errors that last
_LEAST_FRAMES = 8  # from which jitter is told


@dataclass(frozen=True, eq=False)
class LiftProblem:
    """One clip's objective and K starts, T frames, J joints; see `dancelift.lift`.

    Attributes:
        keypoints2d: (T, J, 3), px and score; score 0 is not seen.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None.
        camera: as it is known or first guessed.
        weights: standard deviation of every term's residual.
        lengths: m, the prior of each of the skeleton's bone lengths.
        feet: of the skeleton, on a body of the dancer's height, see `Skeleton.feet`.
        seeds: K of them.
        contacts: of the feet with the floor, of each seed.
        poses3d: (K, T, J, 3), m, where the optimisation starts and P*: relative to the root on its ray if the camera is
            weak-perspective, else in the camera frame.
        imaging: (K, 1), log of the focal length, or (K, 3 T), each frame's log scale and shift in px, where it starts.
        log_lengths: (K, B), log of each bone's length, m, where it starts.
        n_held: first frames, whose poses and imaging stay where they start.
        shared_held: whether all that frames share stays where it starts: focal length, bone lengths, up and floor.
        takes: first frame of every take; motion in one tells nothing about that in another.
    """

    keypoints2d: Array
    skeleton: Skeleton
    fps: float
    image_size: tuple[int, int] | None
    camera: Camera
    weights: _core.Sigmas
    lengths: list[float]
    feet: tuple[tuple[int, float, float], ...]
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

    def window(self, start: int, stop: int) -> LiftProblem:
        """The same problem for the frames from `start` up to `stop` of a clip of one take."""
        frames = slice(start, stop)
        seeds = ("poses3d", "uncertainty", "prior", "depth")
        of_frames = {name: getattr(self.seeds, name)[:, frames] for name in seeds}
        of_feet = {name: getattr(self.contacts, name)[:, frames] for name in ("on_floor", "standing")}
        weak = self.imaging.shape[1] > 1
        return replace(
            self,
            keypoints2d=self.keypoints2d[frames],
            seeds=replace(self.seeds, **of_frames),
            contacts=replace(self.contacts, **of_feet),
            poses3d=self.poses3d[:, frames],
            imaging=self.imaging[:, 3 * start : 3 * stop] if weak else self.imaging,
        )

    def solve(
        self, n_threads: int = 1, progress: Callable[[int, int], object] | None = None, ceres: bool = False
    ) -> _core.SolvedSeeds:
        """Optimise every seed and choose one.

        Args:
            n_threads: that optimise seeds side by side.
            progress: called with the number of seeds done and of all seeds.
            ceres: whether Ceres solves every seed to convergence: the reference, and slower.

        Raises:
            SolverError: a seed could not be optimised.
        """
        options = _core.SolverOptions()
        options.solver = _core.Solver.CERES if ceres else _core.Solver.CHAIN
        return _core.lift(
            objective=self._objective,
            keypoints=self.keypoints2d,
            seeds=self._core_seeds,
            options=options,
            n_threads=n_threads,
            progress=progress,
        )

    def evaluate(self, unknowns: _core.Unknowns) -> Array:
        """What every term costs each seed at each frame, (K, len(TERMS), T), at a point as `solve` finds it."""
        return _core.evaluate(
            objective=self._objective, keypoints=self.keypoints2d, seeds=self._core_seeds, unknowns=unknowns
        )

    @cached_property
    def _objective(self) -> _core.Objective:
        return _core.Objective(
            skeleton=_core.Skeleton(
                n_joints=len(self.skeleton),
                bones=self.skeleton.bones,
                head=self.skeleton.head,
                hinges=self.skeleton.hinges,
                feet=self.feet,
                mean_lengths=self.lengths,
            ),
            sigmas=self.weights,
            fps=self.fps,
            person_height=self.seeds.person_height,
            intrinsics=self.camera.intrinsics,
            focal_known=self.camera.focal_known,
            weak_perspective=self.camera.model == "weak_perspective",
            shared_held=self.shared_held,
            n_held=self.n_held,
            takes=self.takes,
        )

    @cached_property
    def _core_seeds(self) -> _core.Seeds:
        return _core.Seeds(
            poses=self.poses3d,
            uncertainty=self.seeds.uncertainty,
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


def make_problem(
    keypoints2d: Any,
    n_seeds: int,
    skeleton: str | Skeleton,
    fps: float,
    image_size: tuple[int, int] | None,
    camera: Camera | Any | None,
    prior: str | os.PathLike[str] | PosePrior,
    height: float | None,
    weights: Mapping[str, float] | None,
    seed: int,
) -> LiftProblem:
    """The problem of lifting a clip; the arguments are those of `dancelift.lift`.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
    """
    skeleton = get_skeleton(skeleton)
    n_seeds = check_count("n_seeds", n_seeds)
    fps = check_positive("fps", fps, "frames per second", _FASTEST)
    height = STANDARD_HEIGHT if height is None else check_positive("height", height, "metres", _TALLEST)
    seed = check_random_seed(seed)
    image_size = check_image_size(image_size)
    keypoints = check_keypoints(keypoints2d, skeleton, image_size)
    first = first_camera(camera, image_size, keypoints)
    core_weights = _core_weights(weights)

    pose_prior = get_prior(prior)
    noise = _noise(keypoints)
    core_weights.reprojection *= noise
    seeds = make_seeds(keypoints, n_seeds, skeleton, fps, first, pose_prior, height, noise, seed)
    feet = skeleton.feet(height)
    lengths = pose_prior.bone_lengths(skeleton, height)
    weak = first.model == "weak_perspective"
    poses, imaging = _weak_perspective_start(seeds, first) if weak else _perspective_start(seeds, first)
    return LiftProblem(
        keypoints2d=keypoints,
        skeleton=skeleton,
        fps=fps,
        image_size=image_size,
        camera=first,
        weights=core_weights,
        lengths=lengths,
        feet=feet,
        seeds=seeds,
        contacts=find_contacts(keypoints, seeds.poses3d, seeds.up, skeleton, feet, fps, first),
        poses3d=poses,
        imaging=imaging,
        log_lengths=np.tile(np.log(lengths), (len(poses), 1)),
    )


def default_weights() -> dict[str, float]:
    """The objective's standard deviations by name: of each term's residual, in px, m, their rates, rad or a ratio.

    Pixels are those of a dancer who is 440 px tall in the image, and `reprojection` is that of a usual detector: it is
    scaled by the clip's own jitter. `seed_consistency` multiplies what the seed says of its own uncertainty,
    `bone_length` how much the seed lets bones vary. `robust` and `contact_robust` are numbers of standard deviations
    beyond which a keypoint is an outlier and a contact mistaken.
    """
    defaults = _core.Sigmas()
    return {name: getattr(defaults, name) for name in dir(defaults) if not name.startswith("_")}


def _core_weights(weights: Mapping[str, float] | None) -> _core.Sigmas:
    core = _core.Sigmas()
    if not isinstance(weights, Mapping | None):
        raise InputError(f"weights is {weights!r}, expected a mapping of names to standard deviations")
    for name, value in (weights or {}).items():
        if name not in default_weights():
            raise InputError(f"weights: {name!r} is unknown, expected one of {', '.join(default_weights())}")
        if value != math.inf:  # a term that is left out
            value = check_positive(f"weights[{name!r}]", value, "standard deviation")
        setattr(core, name, value)
    return core


def _noise(keypoints: Array) -> float:
    """Of the keypoints, relative to a usual detector's, as far as their jitter tells."""
    seen = keypoints[..., 2] > 0
    y = np.where(seen, keypoints[..., 1], np.nan)[seen.sum(axis=1) > 1]
    person = float(np.median(np.nanmax(y, axis=1) - np.nanmin(y, axis=1))) if len(y) else 0.0
    if len(keypoints) < _LEAST_FRAMES or person <= 0:
        return 1.0
    return float(np.clip(jitter(keypoints) * _USUAL_HEIGHT / (person * _USUAL_JITTER), *_NOISE_RANGE))


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

"""What a lift minimises, as plain arrays: the unknowns, the constants and which joints the residuals are of.

Of K seeds, T frames, J joints, B shared bone lengths and F joints of the feet; perspective cameras. It says the same as
the C++ core in another way, so that peers solve what dancelift solves, and each can be held to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.errors import InputError
from dancelift.lifting.problem import LiftProblem

Indices = NDArray[np.int64]
Tensor = Any
"""An array of the namespace that is used: numpy, torch or jax.numpy."""

_REFERENCE_HEIGHT = 440.0  # px: of the dancer for whom standard deviations in pixels are stated
_LEAST_CONTACT = 0.01


class Unknowns(NamedTuple):
    """What is solved for."""

    poses: Tensor  # (K, T, J, 3) m, camera frame
    log_focal: Tensor  # (K,) of px
    log_lengths: Tensor  # (K, B) of m
    up: Tensor  # (K, 3) unit vector against gravity, camera frame
    floor: Tensor  # (K,) its height along `up`, m
    depth: Tensor  # (K, T) log of each frame's depth relative to the seed's


class Free(NamedTuple):
    """The unknowns without constraints: a solver may go anywhere.

    `shared` has the log focal length, the log bone lengths, how far `up` is tilted in two directions across where it
    starts, and the floor: S = B + 4 numbers.
    """

    poses: Tensor  # (K, T, J, 3) m, camera frame
    depth: Tensor  # (K, T)
    shared: Tensor  # (K, S)


class Constants(NamedTuple):
    """Every number of the objective; a weight is 1 / standard deviation, 0 where a residual does not count."""

    keypoints: Tensor  # (T, J, 2) px
    seen: Tensor  # (T, J) weight of reprojection, 1/px
    smooth2d: Tensor  # () of a difference of two frames, 1/px
    smooth3d: Tensor  # () likewise, 1/m
    acceleration3d: Tensor  # () of a second difference, 1/m
    expected: Tensor  # (K, T - 2, J, 3) what is expected of it, m
    poses: Tensor  # (K, T, J, 3) P*, and where the poses start, m
    trust: Tensor  # (K, T, J) weight of seed_consistency, 1/m
    seed_depth: Tensor  # ()
    bones: Tensor  # (K, bones) 1/m
    head: Tensor  # (K, head) 1/m
    sign: Tensor  # (hinges,) +1 bends like a knee, -1 like an elbow
    tolerance: Tensor  # (hinges,) sine of the angle that is allowed the wrong way
    joint_limit: Tensor  # () 1/rad
    standing: Tensor  # (K, T - 1, F) weight of foot_sliding, 1/m
    rest: Tensor  # (F,) m
    below: Tensor  # (K, T, F) weight of a foot below the floor, 1/m
    above: Tensor  # (K, T, F) and above it
    gravity: Tensor  # (K,) 1/rad
    up: Tensor  # (K, 3) where it starts
    across: Tensor  # (K, 3, 2) two directions across it
    floor: Tensor  # (K,) where it starts, m
    log_lengths: Tensor  # (B,) where they start
    length_prior: Tensor  # ()
    log_focal: Tensor  # (K,) where it starts
    camera_prior: Tensor  # ()
    stretch: Tensor  # (2,) 1 and the camera's aspect
    shear: Tensor  # (2,) its skew and 0
    centre: Tensor  # (2,) px
    seed_prior: Tensor  # (K, T) cost of choosing each seed
    error_scale: Tensor  # (K,)


_OF_SEEDS = (
    "expected", "poses", "trust", "bones", "head", "standing", "below", "above", "gravity", "up", "across", "floor",
    "log_focal", "seed_prior", "error_scale",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Structure:
    """Which joints the residuals are of.

    Attributes:
        n_joints: J.
        n_lengths: B.
        bones: (bones, 3) two joints and their shared length.
        head: (head, 3) likewise.
        hinges: (hinges, 5) left, right, middle, distal, and from which of left and right the limb hangs.
        feet: (F,) joints.
        robust: standard deviations at which Cauchy's loss of reprojection and acceleration3d sets in.
        contact_robust: likewise of foot_sliding and floor.
        focal_known: whether the focal length stays where it starts.
    """

    n_joints: int
    n_lengths: int
    bones: Indices
    head: Indices
    hinges: Indices
    feet: Indices
    robust: float
    contact_robust: float
    focal_known: bool


@dataclass(frozen=True, eq=False)
class Objective:
    """What is minimised: sum of rho(|r|^2) / 2 over all residuals, and the seeds' prior, times their error scale."""

    structure: Structure
    constants: Constants

    @property
    def n_seeds(self) -> int:
        """K."""
        return len(self.constants.poses)

    @property
    def n_frames(self) -> int:
        """T."""
        return len(self.constants.keypoints)

    def mapped(self, convert: Callable[[Any], Tensor]) -> Objective:
        """The same in another namespace or precision."""
        return Objective(self.structure, Constants(*map(convert, self.constants)))

    def of_seed(self, k: int) -> Objective:
        """The same of one seed alone."""
        one = {name: getattr(self.constants, name)[k : k + 1] for name in _OF_SEEDS}
        return Objective(self.structure, self.constants._replace(**one))

    def start(self) -> Free:
        """Where the seeds start; of numpy."""
        c, n_seeds = self.constants, self.n_seeds
        lengths = np.tile(c.log_lengths, (n_seeds, 1))
        shared = np.concatenate([c.log_focal[:, None], lengths, np.zeros((n_seeds, 2)), c.floor[:, None]], axis=1)
        return Free(np.array(c.poses), np.zeros((n_seeds, self.n_frames)), shared)


def objective_of(problem: LiftProblem) -> Objective:
    """The objective of a lift, of numpy.

    Raises:
        InputError: the camera is weak-perspective, or a term asks for what peers do not have.
    """
    clip, sigmas = problem.clip, problem.sigmas
    if clip.camera.model != "perspective":
        raise InputError(f"camera model is {clip.camera.model!r}, expected 'perspective'")
    if np.isfinite(sigmas.acceleration2d):
        raise InputError(f"sigmas['acceleration2d'] is {sigmas.acceleration2d}, expected infinity")
    skeleton, seeds = clip.skeleton, problem.seeds
    aspect, skew, *centre = clip.camera.intrinsics
    bones, head, hinges = (_rows(rows) for rows in (skeleton.bones, skeleton.head, skeleton.hinges))
    feet = np.array(problem.feet, float).reshape(-1, 3)
    focal_known = clip.camera.focal_known
    structure = Structure(
        n_joints=len(skeleton),
        n_lengths=len(problem.lengths),
        bones=bones[:, :3].astype(int),
        head=head[:, :3].astype(int),
        hinges=hinges[:, :5].astype(int),
        feet=feet[:, 0].astype(int),
        robust=sigmas.robust,
        contact_robust=sigmas.contact_robust,
        focal_known=focal_known,
    )
    pixels = seeds.person_height / _REFERENCE_HEIGHT
    on_floor, standing = problem.contacts.on_floor, problem.contacts.standing
    both = np.sqrt(standing[:, 1:] * standing[:, :-1])
    share = np.where(on_floor > _LEAST_CONTACT, np.sqrt(on_floor), 0)
    softness = seeds.bone_softness[:, None]
    constants = Constants(
        keypoints=clip.keypoints2d[..., :2],
        seen=clip.keypoints2d[..., 2] / (sigmas.reprojection * pixels),
        smooth2d=np.array(clip.fps / (sigmas.smooth2d * pixels)),
        smooth3d=np.array(clip.fps / sigmas.smooth3d),
        acceleration3d=np.array(clip.fps**2 / sigmas.acceleration3d),
        expected=seeds.acceleration[:, 2:],
        poses=problem.poses3d,
        trust=1 / (sigmas.seed_consistency * seeds.uncertainty),
        seed_depth=np.array(1 / sigmas.seed_depth),
        bones=1 / (sigmas.bone_length * softness * bones[:, 3]),
        head=np.ones_like(softness) / (sigmas.head_rigidity * head[:, 3]),
        sign=hinges[:, 5],
        tolerance=hinges[:, 6],
        joint_limit=np.array(1 / sigmas.joint_limit),
        standing=np.where(both > _LEAST_CONTACT, both, 0) * clip.fps / sigmas.foot_sliding,
        rest=feet[:, 1],
        below=share / sigmas.floor,
        above=share / np.hypot(sigmas.floor, feet[:, 2]),
        gravity=np.where((share > 0).any(axis=(1, 2)) & np.isfinite(sigmas.floor), 1 / sigmas.gravity_prior, 0),
        up=seeds.up,
        across=_across(seeds.up),
        floor=problem.contacts.floor,
        log_lengths=np.log(problem.lengths),
        length_prior=np.array(1 / sigmas.length_prior),
        log_focal=problem.imaging[:, 0],
        camera_prior=np.array(0.0 if focal_known else 1 / sigmas.camera_prior),
        stretch=np.array([1.0, aspect]),
        shear=np.array([skew, 0.0]),
        centre=np.array(centre),
        seed_prior=seeds.prior / sigmas.seed_prior**2,
        error_scale=seeds.error_scale,
    )
    return Objective(structure, constants)


def _rows(rows: Any) -> Array:
    return np.array(rows, float).reshape(len(rows), -1) if len(rows) else np.zeros((0, 7))


def _across(up: Array) -> Array:
    """(K, 3, 2) unit vectors across those of `up` and each other."""
    nearest = np.eye(3)[np.argmin(np.abs(up), axis=1)]
    first = np.cross(up, nearest)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(up, first)], axis=2)


TERMS: tuple[str, ...] = _core.TERMS

"""
The C++ core of dancelift: multi-seed lifting.
"""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

__all__: list[str] = [
    "Objective",
    "Seeds",
    "Skeleton",
    "SolverOptions",
    "TERMS",
    "Weights",
    "describe_ceres",
    "describe_kernel",
    "evaluate",
    "lift",
]

class Skeleton:
    """
    Bones, rigid head and hinges of a body, by joint index.
    """
    def __init__(
        self,
        n_joints: typing.SupportsInt | typing.SupportsIndex,
        bones: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        head: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        hinges: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsInt | typing.SupportsIndex,
                bool,
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        feet: collections.abc.Sequence[
            tuple[
                typing.SupportsInt | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
                typing.SupportsFloat | typing.SupportsIndex,
            ]
        ],
        mean_lengths: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    ) -> None:
        """
        bones and head: (joint, joint, shared length, softness); hinges: (left, right, middle, distal, on_left, sign, tolerance); feet: (joint, rest, rise), m; mean_lengths: m, the prior of each shared length.
        """

class Weights:
    """
    Standard deviation of each term's residual; infinity leaves the term out.
    """
    def __init__(self) -> None: ...
    @property
    def acceleration2d(self) -> float:
        """
        px/s^2
        """
    @acceleration2d.setter
    def acceleration2d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def acceleration3d(self) -> float:
        """
        m/s^2
        """
    @acceleration3d.setter
    def acceleration3d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def bone_length(self) -> float:
        """
        m
        """
    @bone_length.setter
    def bone_length(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def camera_prior(self) -> float:
        """
        relative
        """
    @camera_prior.setter
    def camera_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def contact_robust(self) -> float:
        """
        sigmas beyond which a contact is mistaken
        """
    @contact_robust.setter
    def contact_robust(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def floor(self) -> float:
        """
        m
        """
    @floor.setter
    def floor(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def foot_sliding(self) -> float:
        """
        m/s
        """
    @foot_sliding.setter
    def foot_sliding(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def gravity_prior(self) -> float:
        """
        rad
        """
    @gravity_prior.setter
    def gravity_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def head_rigidity(self) -> float:
        """
        m
        """
    @head_rigidity.setter
    def head_rigidity(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def joint_limit(self) -> float:
        """
        rad
        """
    @joint_limit.setter
    def joint_limit(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def length_prior(self) -> float:
        """
        relative
        """
    @length_prior.setter
    def length_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def reprojection(self) -> float:
        """
        px, at detector score 1
        """
    @reprojection.setter
    def reprojection(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def robust(self) -> float:
        """
        sigmas beyond which a reprojection is an outlier
        """
    @robust.setter
    def robust(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_consistency(self) -> float:
        """
        times the seed's own uncertainty
        """
    @seed_consistency.setter
    def seed_consistency(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_depth(self) -> float:
        """
        relative
        """
    @seed_depth.setter
    def seed_depth(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_prior(self) -> float:
        """
        its square divides the cost of choosing a seed
        """
    @seed_prior.setter
    def seed_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def smooth2d(self) -> float:
        """
        px/s
        """
    @smooth2d.setter
    def smooth2d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def smooth3d(self) -> float:
        """
        m/s
        """
    @smooth3d.setter
    def smooth3d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class Objective:
    """
    What is solved, the same for every seed.
    """
    def __init__(
        self,
        skeleton: Skeleton,
        weights: Weights,
        fps: typing.SupportsFloat | typing.SupportsIndex,
        person_height: typing.SupportsFloat | typing.SupportsIndex,
        intrinsics: tuple[
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ],
        focal_known: bool,
        weak_perspective: bool,
        shared_held: bool = False,
        n_held: typing.SupportsInt | typing.SupportsIndex = 0,
        since: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = [],
    ) -> None:
        """
        person_height: of the dancer in the image, px; intrinsics: (aspect, skew, cx, cy) of dancelift.Camera; shared_held: whether what all frames share stays where each seed starts; n_held: first frames that do; since (T): frames since the take began, or empty.
        """

class SolverOptions:
    """
    How seeds are solved and when they count as converged.
    """
    def __init__(self) -> None: ...
    @property
    def ceres(self) -> bool:
        """
        whether Ceres solves the seeds: the reference
        """
    @ceres.setter
    def ceres(self, arg0: bool) -> None: ...
    @property
    def final_tolerance(self) -> float:
        """
        of the chosen seed and, by Ceres, of all
        """
    @final_tolerance.setter
    def final_tolerance(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def give_up_above(self) -> float:
        """
        times the least error then
        """
    @give_up_above.setter
    def give_up_above(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def give_up_after(self) -> int:
        """
        iterations
        """
    @give_up_after.setter
    def give_up_after(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def max_iterations(self) -> int: ...
    @max_iterations.setter
    def max_iterations(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def tolerance(self) -> float:
        """
        relative decrease of the error, of every seed
        """
    @tolerance.setter
    def tolerance(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class Seeds:
    """
    Where K solves start.
    """
    def __init__(
        self,
        poses: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        uncertainty: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        imaging: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        log_lengths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        up: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        floor: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        on_floor: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        standing: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        prior: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        bone_softness: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        error_scale: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> None:
        """
        poses (K, T, J, 3) m; uncertainty (K, T, J) m; imaging (K, 1) or (K, 3T); log_lengths (K, B); up (K, 3); floor (K) m; on_floor and standing (K, T, feet); prior (K, T); bone_softness and error_scale (K).
        """

def describe_ceres() -> str:
    """
    Ceres' version and its sparse linear algebra.
    """

def describe_kernel() -> str:
    """
    The kind of processor for which the elimination that runs was compiled.
    """

def evaluate(
    objective: Objective,
    keypoints: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seeds: Seeds,
    poses: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    imaging: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    log_lengths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    up: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    floor: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    depth: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]:
    """
    What every term costs at a point, (K, len(TERMS), T): poses (K, T, J, 3) m; imaging and log_lengths as in Seeds; up (K, 3); floor (K) m; depth (K, T), log of each frame's depth relative to the seed's.
    """

def lift(
    objective: Objective,
    keypoints: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seeds: Seeds,
    solver: SolverOptions,
    n_threads: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any = None,
) -> dict:
    """
    Optimise K seeds and choose one. keypoints (T, J, 3) px and score. Returns a dict of arrays over the seeds, terms as (K, len(TERMS), T), and the index of the best seed.
    """

TERMS: tuple = (
    "reprojection",
    "smooth2d",
    "acceleration2d",
    "smooth3d",
    "acceleration3d",
    "seed_consistency",
    "seed_depth",
    "bone_length",
    "head_rigidity",
    "joint_limit",
    "foot_sliding",
    "floor",
    "gravity_prior",
    "length_prior",
    "camera_prior",
    "seed_prior",
)
__version__: str = "0.1.0"

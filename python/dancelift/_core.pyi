"""
The C++ core of dancelift: lifting by several seeds.

K seeds, T frames, J joints, B bone lengths. Poses are in m, camera frame: x right, y down, z forward. What cannot be
used is refused by dancelift.errors.InputError, with the argument's name, its value and what was expected.
"""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

__all__: list[str] = [
    "BodyTurns",
    "KEYPOINT_NOISE",
    "NEIGHBOUR_TEMPERING",
    "Objective",
    "PoseNetwork",
    "SIDEWAYS_NOISE",
    "Seeds",
    "ShapeModel",
    "Sigmas",
    "Skeleton",
    "SolvedSeeds",
    "Solver",
    "SolverOptions",
    "TERMS",
    "Unknowns",
    "describe_ceres",
    "describe_kernels",
    "evaluate",
    "gaussian_smooth",
    "lift",
    "likeliest_turn",
    "place",
    "running_median",
    "smooth_depth",
    "view_rotations",
]

class Skeleton:
    """
    Bones, rigid head, hinges and feet of a body, by joint index.
    """
    def __init__(
        self,
        *,
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
        Describe a body.

        Args:
            n_joints: J.
            bones: (a, b, length, softness) of limbs and trunk: two joints, the index of their shared length, and what
                multiplies its standard deviation.
            head: the same of pairs of points that are rigid on the head.
            hinges: (left, right, middle, distal, on_left, sign, tolerance) of knees and elbows: left and right hip or shoulder,
                knee or elbow, ankle or wrist, whether the limb hangs from the left, +1 if it bends like a knee or -1 like an
                elbow, and the sine of the angle that is allowed the wrong way.
            feet: (joint, rest, rise) of ankles, heels and toes: height above the floor of a foot that is flat on it, m, and by
                how much more when it stands on its ball.
            mean_lengths: (B,), m, the prior of each shared length.
        """

class Sigmas:
    """
    Standard deviation of each term's residual; infinity leaves the term out.

    Pixels are those of a dancer who is 440 px tall in the image.
    """
    def __init__(self) -> None:
        """
        Take the defaults.
        """
    @property
    def acceleration2d(self) -> float:
        """
        Acceleration of a joint in the image (px/s^2).
        """
    @acceleration2d.setter
    def acceleration2d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def acceleration3d(self) -> float:
        """
        Acceleration of a joint, less what the seed makes one expect of it about the mid-hip (m/s^2).
        """
    @acceleration3d.setter
    def acceleration3d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def bone_length(self) -> float:
        """
        Length of a bone in a frame about that of the clip; multiplied by the seed's own softness (m).
        """
    @bone_length.setter
    def bone_length(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def camera_prior(self) -> float:
        """
        Focal length, or scale of a frame, relative to the seed's (ratio).
        """
    @camera_prior.setter
    def camera_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def contact_robust(self) -> float:
        """
        Beyond which a contact counts as mistaken (standard deviations).
        """
    @contact_robust.setter
    def contact_robust(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def floor(self) -> float:
        """
        Height above the floor of a foot that is on it (m).
        """
    @floor.setter
    def floor(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def foot_sliding(self) -> float:
        """
        Speed of a foot that stands (m/s).
        """
    @foot_sliding.setter
    def foot_sliding(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def gravity_prior(self) -> float:
        """
        Angle of up from where the seed has it (rad).
        """
    @gravity_prior.setter
    def gravity_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def head_rigidity(self) -> float:
        """
        Distance of two points of the head in a frame about that of the clip (m).
        """
    @head_rigidity.setter
    def head_rigidity(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def joint_limit(self) -> float:
        """
        Angle by which a knee or an elbow bends the wrong way (rad).
        """
    @joint_limit.setter
    def joint_limit(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def length_prior(self) -> float:
        """
        Length of a bone, relative to the average body's (ratio).
        """
    @length_prior.setter
    def length_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def reprojection(self) -> float:
        """
        Distance of a projected joint from its keypoint, at a detector score of 1 (px).
        """
    @reprojection.setter
    def reprojection(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def robust(self) -> float:
        """
        Beyond which a keypoint, or an acceleration, counts as an outlier (standard deviations).
        """
    @robust.setter
    def robust(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_consistency(self) -> float:
        """
        Distance of a joint from where the seed has it, relative to the seed's own uncertainty (ratio).
        """
    @seed_consistency.setter
    def seed_consistency(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_depth(self) -> float:
        """
        Depth of a frame, relative to the seed's (ratio).
        """
    @seed_depth.setter
    def seed_depth(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed_prior(self) -> float:
        """
        Its square divides the cost of choosing a seed's hypothesis (ratio).
        """
    @seed_prior.setter
    def seed_prior(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def smooth2d(self) -> float:
        """
        Speed of a joint in the image (px/s).
        """
    @smooth2d.setter
    def smooth2d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def smooth3d(self) -> float:
        """
        Speed of a joint (m/s).
        """
    @smooth3d.setter
    def smooth3d(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class Objective:
    """
    What is solved, the same for every seed.
    """
    def __init__(
        self,
        *,
        skeleton: Skeleton,
        sigmas: Sigmas,
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
        takes: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] = [0],
    ) -> None:
        """
        State what is solved.

        Args:
            skeleton: of the dancer.
            sigmas: of the terms.
            fps: frames per second.
            person_height: of the dancer in the image, px.
            intrinsics: (aspect, skew, cx, cy) of the camera, the skew as a fraction of the focal length.
            focal_known: whether the focal length stays where each seed starts.
            weak_perspective: whether every frame has a scale and a shift instead of a focal length.
            shared_held: whether all that frames share stays where each seed starts.
            n_held: first frames that do.
            takes: first frame of each take; motion in one tells nothing of that in another.
        """

class Seeds:
    """
    Where K solves start.
    """
    def __init__(
        self,
        *,
        poses: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        uncertainty: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        acceleration: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
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
        Copy where they start.

        Args:
            poses: (K, T, J, 3), P*, m.
            uncertainty: (K, T, J), of each joint, m.
            acceleration: (K, T, J, 3), expected P_t - 2 P_{t-1} + P_{t-2} of each joint, m.
            imaging: (K, 1), log of the focal length, or (K, 3 T), log of the scale and the shift of each frame.
            log_lengths: (K, B), log of each shared bone length, m.
            up: (K, 3), unit vectors against gravity.
            floor: (K,), height of the floor along `up`, m.
            on_floor: (K, T, feet), probability that a joint of the foot is on the floor.
            standing: (K, T, feet), probability that it is there and does not move.
            prior: (K, T), cost of choosing the seed's hypothesis.
            bone_softness: (K,), multiplies the standard deviation of every bone's length.
            error_scale: (K,), multiplies every error.
        """

class Solver:
    """
    What seeds are solved by.

    Members:

      CHAIN : Made for clips; seeds that cannot win are given up.

      CERES : Every seed by Ceres, to convergence: the reference.
    """

    CERES: typing.ClassVar[Solver]
    CHAIN: typing.ClassVar[Solver]
    __members__: typing.ClassVar[dict[str, Solver]]
    @typing.overload
    def __eq__(self, other: Solver) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Solver) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class SolverOptions:
    """
    How seeds are solved and when they count as converged.

    A tolerance is the relative decrease of the error in one step below which a seed has converged.
    """
    def __init__(self) -> None:
        """
        Take the defaults.
        """
    @property
    def final_tolerance(self) -> float:
        """
        Tolerance of the seed that is chosen and, by Ceres, of all.
        """
    @final_tolerance.setter
    def final_tolerance(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def give_up_above(self) -> float:
        """
        Times the least error then, above which a seed cannot win.
        """
    @give_up_above.setter
    def give_up_above(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def give_up_after(self) -> int:
        """
        Iterations after which seeds that cannot win are given up.
        """
    @give_up_after.setter
    def give_up_after(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def max_iterations(self) -> int | None:
        """
        Iterations of each seed, at most; None is the solver's own default.
        """
    @max_iterations.setter
    def max_iterations(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    @property
    def solver(self) -> Solver:
        """
        What the seeds are solved by.
        """
    @solver.setter
    def solver(self, arg0: Solver) -> None: ...
    @property
    def tolerance(self) -> float:
        """
        Tolerance of every seed.
        """
    @tolerance.setter
    def tolerance(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class Unknowns:
    """
    All that the optimisation of K seeds finds.
    """
    def __init__(
        self,
        *,
        poses: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        imaging: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        log_lengths: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        up: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        floor: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        depth: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> None:
        """
        Hold these arrays; those of float64 in C order are not copied.
        """
    @property
    def depth(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Log of each frame's depth relative to the seed's (K, T).
        """
    @property
    def floor(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Height of the floor along `up` (K,), m.
        """
    @property
    def imaging(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Log of the focal length (K, 1), or log scale and shift of each frame (K, 3 T).
        """
    @property
    def log_lengths(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Log of each shared bone length (K, B), m.
        """
    @property
    def poses(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Poses (K, T, J, 3), m.
        """
    @property
    def up(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Unit vectors against gravity (K, 3).
        """

class SolvedSeeds:
    """
    What K seeds come to.
    """
    @property
    def best_seed(self) -> int:
        """
        The seed with the least total error, k*.
        """
    @property
    def converged(self) -> list[bool]:
        """
        Whether each seed converged.
        """
    @property
    def errors(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        The sum of all terms, e_t^k (K, T).
        """
    @property
    def iterations(self) -> list[int]:
        """
        Iterations of each seed.
        """
    @property
    def terms(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Each term's cost at each frame (K, len(TERMS), T).
        """
    @property
    def unknowns(self) -> Unknowns:
        """
        Where each seed ended.
        """

class PoseNetwork:
    """
    The temporal network of a pose prior, ready to run.
    """
    def __init__(
        self,
        *,
        weights: collections.abc.Mapping[str, typing.Annotated[numpy.typing.ArrayLike, numpy.float32]],
        dilations: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    ) -> None:
        """
        Take the weights.

        Args:
            weights: by name, see dancelift.priors.pose_net.PoseNet.
            dilations: of the blocks' convolutions, frames.
        """
    def run(
        self,
        features: typing.Annotated[numpy.typing.ArrayLike, numpy.float32],
        *,
        n_threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        Return the outputs (B, T, outputs) of B clips; they do not depend on n_threads.

        Args:
            features: (B, T, features) of the clips.
            n_threads: threads that read clips side by side.
        """

class BodyTurns:
    """
    The turns of a body over a clip under B assumptions, and where it is.
    """
    @property
    def corrected(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        The same without the perspective that enlarges what is near (B, T, S, 2).
        """
    @property
    def cost(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Minus log likelihood (B, T).
        """
    @property
    def depth(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of the mid-hip (B, T), m.
        """
    @property
    def greatest(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Log likelihood of the likeliest yaw (B, T).
        """
    @property
    def rays(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of the seen joints in the view frame (B, T, S, 2).
        """
    @property
    def state(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        Of the view (B, T).
        """
    @property
    def turn(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Camera frame to view frame (B, T, 3, 3).
        """

class ShapeModel:
    """
    What a body of Gaussian shape looks like from every side, and its pose given how it looks.

    The body stands upright and is seen from a pitch and a yaw. Its keypoints are Gaussian then, and so is the pose given
    the keypoints (Bishop 2006, Pattern Recognition and Machine Learning, eq. 2.113-2.117). Tables over the states of the
    view are made as far as they are asked for; one thread at a time asks.
    """
    def __init__(
        self,
        mean: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        covariance: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        seen: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    ) -> None:
        """
        Take a body.

        Args:
            mean: (J, 3), m, and
            covariance: (3 J, 3 J), m^2, of the joints, body frame.
            seen: (S,) the joints that are seen.
        """
    def depth_deviation(
        self, state: typing.Annotated[numpy.typing.ArrayLike, numpy.int64]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Return the standard deviation (T, J) of the joints' depth given the keypoints, m, in states (T,).
        """
    def expected_body(
        self,
        state: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Return the pose (T, 3 J) given the keypoints, m, body frame, relative to the mid-hip.

        Args:
            state: (T,) of the view.
            y: (T, S, 2) keypoints, m at the depth of the mid-hip.
        """
    def explained(
        self,
        state: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        away: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Return by how much the pose is away from its mean (T, 3 J), m, body frame.

        Args:
            state: (T,) of the view.
            away: (T, S, 2) by how much the keypoints are away from theirs, m.
        """
    def find_turns(
        self,
        *,
        rays: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        root: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        fps: typing.SupportsFloat | typing.SupportsIndex,
        up: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        scale: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        avoid: collections.abc.Sequence[typing.Annotated[numpy.typing.ArrayLike, numpy.int64] | None],
        every_yaw: typing.SupportsInt | typing.SupportsIndex,
        n_threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> BodyTurns:
        """
        Find the body's turn over a clip and its depth under B assumptions; it does not depend on n_threads.

        Args:
            rays: (T, S, 2) of the seen joints, camera frame.
            root: (T, 2) ray through the middle of the trunk.
            fps: frames per second.
            up: (B, 3) unit vectors against gravity, camera frame.
            scale: (B,) multiplies the depth found, and so the body's size.
            avoid: B of yaws (T,), by index, that the turn keeps away from by a third of a half turn, or None.
            every_yaw: look at every n-th yaw only.
            n_threads: that look at assumptions side by side.
        """
    def likeliest_depth(
        self,
        rays: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        state: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Return the mid-hip's likeliest depth (T,), m, of rays (T, S, 2) in views of state (T,).
        """
    def log_likelihood(
        self,
        rays: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        pitch: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
        depth: typing.Annotated[numpy.typing.ArrayLike, numpy.float64] | None = None,
        every_yaw: typing.SupportsInt | typing.SupportsIndex = 1,
    ) -> tuple:
        """
        Return the log likelihood (T, Y) of every frame for every n-th yaw, and the depth (T, Y) it is for.

        Args:
            rays: (T, S, 2) of the seen joints, view frame.
            pitch: (T,) index of the view's pitch.
            depth: (T,) of the mid-hip, m; None: the likeliest for each yaw.
            every_yaw: which n.
        """
    def posterior_sum(
        self, state: typing.Annotated[numpy.typing.ArrayLike, numpy.int64]
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Return the pose's covariance given the keypoints (3 J, 3 J), m^2, summed over frames of states (T,).
        """
    @property
    def covariance(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of the joints (3 J, 3 J), m^2, body frame.
        """
    @property
    def mean(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of the joints (J, 3), m, body frame.
        """
    @property
    def seen(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        The joints that are seen (S,).
        """

def describe_ceres() -> str:
    """
    Return Ceres' version and its sparse linear algebra.
    """

def describe_kernels() -> str:
    """
    Return the kind of processor for which the innermost loops that run were compiled.
    """

def evaluate(
    *,
    objective: Objective,
    keypoints: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seeds: Seeds,
    unknowns: Unknowns,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Return what every term costs each seed at each frame, (K, len(TERMS), T).

    Args:
        objective: what would be solved.
        keypoints: (T, J, 3), x and y in px and score.
        seeds: where the solves would start.
        unknowns: where the terms are evaluated.

    Raises:
        InputError: an argument cannot be used.
    """

def gaussian_smooth(
    values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], sigma: typing.SupportsFloat | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Filter along the first axis by a Gaussian of `sigma` frames.
    """

def lift(
    *,
    objective: Objective,
    keypoints: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    seeds: Seeds,
    options: SolverOptions,
    n_threads: typing.SupportsInt | typing.SupportsIndex,
    progress: collections.abc.Callable[[int, int], typing.Any] | None = None,
) -> SolvedSeeds:
    """
    Optimise K seeds and choose one; the result does not depend on n_threads.

    Args:
        objective: what is solved.
        keypoints: (T, J, 3), x and y in px and score; score 0 is not seen.
        seeds: where the solves start.
        options: how they are solved.
        n_threads: threads that solve seeds side by side.
        progress: called with the number of seeds done and of all seeds.

    Raises:
        InputError: an argument cannot be used.
        SolverError: a seed could not be optimised.
        KeyboardInterrupt: Ctrl-C.
    """

def likeliest_turn(
    log_likelihood: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    fps: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple:
    """
    Return the likeliest turn of a body, the yaw's index (T,), and the cost of turning at each frame (T,).

    Args:
        log_likelihood: (T, Y) of yaws all the way round.
        fps: frames per second.
    """

def place(
    *,
    relative: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rays: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    weights: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    fps: typing.SupportsFloat | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Return where a body of which only the pose is known lies (T, 3), m, camera frame: on the rays of its keypoints.

    Args:
        relative: (T, J, 3) poses relative to the mid-hip, m, camera frame.
        rays: (T, J, 2) of the keypoints.
        weights: (T, J) of the joints; 0 is not seen.
        fps: frames per second.
    """

def running_median(
    values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], window: typing.SupportsFloat | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Return the running median along the first axis over about `window` frames.
    """

def smooth_depth(
    depth: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], fps: typing.SupportsFloat | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Return the depth (T,) of the mid-hip over time, m, from what each frame says by itself.
    """

def view_rotations() -> numpy.typing.NDArray[numpy.float64]:
    """
    Return the tabulated rotations (pitches, yaws, 3, 3) of the body frame to the view frame.

    A view is named by its state, the index of its pitch times the number of yaws plus that of its yaw.
    """

KEYPOINT_NOISE: float = 0.04
NEIGHBOUR_TEMPERING: float = 0.3
SIDEWAYS_NOISE: float = 0.5
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

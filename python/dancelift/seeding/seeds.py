"""Seeds: K hypotheses {P*, w} of a clip's 3D motion, from 2D keypoints and a pose prior.

The first seed is the motion that the prior's network expects or, of a prior without one, the most likely fit of the
prior's body to the clip. What the 2D leaves open makes the others: the dancer's build, the camera's pitch, the body's
scale, the facing, and how far each limb reaches along the line of sight.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton
from dancelift.errors import SolverError
from dancelift.filters import gaussian_smooth
from dancelift.geometry import rotate
from dancelift.priors.prior import PosePrior, anthropometric
from dancelift.seeding.body_fit import LIMB_SMOOTHING, Assumption, BodyFit, CleanClip, fit_bodies, fit_body
from dancelift.seeding.dancer import adapt_to_dancer, find_gravity
from dancelift.seeding.expected_motion import ExpectedMotion, expect_motion
from dancelift.seeding.net_reader import NetReader
from dancelift.seeding.shape_mixture import ShapeMixture
from dancelift.seeding.shape_model import n_draws

_LEAST_SHARE_SEEN = 0.05  # a joint seen in a smaller share of the frames counts as never seen
SAMPLE_FRAMES = 100
"""Frames of the clip from which the camera's pitch and roll and the dancer's shape are found."""

NEAREST = 0.06
"""Depth of a joint, m, in front of which it cannot be projected, see kMinDepth in the core."""

_ROUNDS = 4  # in which the most likely seed learns the dancer's build
_FURTHER_ROUNDS = 3  # more of them for the others

# A fit of a Gaussian body assumes larger deviations than a network does, so that its error is less for the same motion:
# times its error that is compared, beside what a learnt prior expects.
_FIT_BESIDE_EXPECTED = 1.2
_RIGID_BONES = (0.25, 0.125)  # softness of the bones, relative to the usual one
# The share of a fit beside a network that contradicts itself by so many m, and how steeply it rises: between what clips
# of `fit` of unknown dances had and those of known ones. The fit alone would be nearer to the truth for some of the
# former, but not for known dances of which there is little to learn from: hence a half at most.
_MOST_OF_FIT, _SELF_CONTRADICTION, _CONTRADICTION_POWER = 0.5, 0.0044, 10.0
_LEAST_OF_FIT = 0.02  # below which none is made
_DRAWS = 0.3  # share of a learnt prior's seeds that are drawn from what it expects
_ACCELERATION_SMOOTHING = 0.03  # s, of poses whose accelerations are expected
_RIGID_TRUST = 1.4  # times the uncertainty of a seed whose bones are rigid, with exact keypoints
# A seed that assumes smaller deviations of the bones, or larger ones of its poses, has another likelihood's constant.
# With the noise's scale unknown, -2 log L = N log(error) + sum n log(sigma): errors are compared times sigma^(n / N).
_SOFTNESS_SHARE, _TRUST_SHARE = 0.1, 0.2


@dataclass(frozen=True, eq=False)
class Seeds:
    """K hypotheses about one clip.

    Attributes:
        poses3d: (K, T, J, 3) P*, m, camera frame.
        uncertainty: (K, T, J) standard deviation of each joint's depth given the 2D, m.
        acceleration: (K, T, J, 3) P*_t - 2 P*_{t-1} + P*_{t-2} of the smoothed pose about its mid-hip, m, camera frame;
            0 of a prior without networks, whose fits jitter.
        prior: (K, T) minus the log likelihood of each hypothesis at each frame.
        depth: (K, T) of the mid-hip, m.
        up: (K, 3) unit vector against gravity, camera frame.
        bone_softness: (K,) how much the bones' lengths vary, relative to the usual.
        error_scale: (K,) makes the errors of hypotheses that assume other deviations comparable.
        labels: what each hypothesis assumes.
        person_height: of the dancer in the image, px.
        contact: (T, 2) probability that each of `pose_net.FEET` stands, whatever the hypothesis; None: nobody knows.
    """

    poses3d: Array
    uncertainty: Array
    acceleration: Array
    prior: Array
    depth: Array
    up: Array
    bone_softness: Array
    error_scale: Array
    labels: tuple[str, ...]
    person_height: float
    contact: Array | None = None

    def frames(self, frames: slice) -> Seeds:
        """The same of some frames only."""
        return replace(
            self,
            poses3d=self.poses3d[:, frames],
            uncertainty=self.uncertainty[:, frames],
            acceleration=self.acceleration[:, frames],
            prior=self.prior[:, frames],
            depth=self.depth[:, frames],
            contact=None if self.contact is None else self.contact[frames],
        )

    def only(self, k: int) -> Seeds:
        """The k-th hypothesis only."""
        one = slice(k, k + 1)
        return Seeds(
            poses3d=self.poses3d[one],
            uncertainty=self.uncertainty[one],
            acceleration=self.acceleration[one],
            prior=self.prior[one],
            depth=self.depth[one],
            up=self.up[one],
            bone_softness=self.bone_softness[one],
            error_scale=self.error_scale[one],
            labels=self.labels[one],
            person_height=self.person_height,
            contact=self.contact,
        )


def make_seeds(clip: Clip, n_seeds: int, prior: PosePrior, noise: float, random_seed: int, reader: NetReader) -> Seeds:
    """The `n_seeds` likeliest mixture of hypotheses about a clip, of a body of STANDARD_HEIGHT, the likeliest first.

    Args:
        clip: of which some joint of the trunk is seen; its camera's focal length may be a guess.
        n_seeds: K.
        prior: of the body's pose.
        noise: of the keypoints, relative to a usual detector's.
        random_seed: of the random draws.
        reader: asks the prior's networks.
    """
    dancer = _Dancer(clip, noise, np.random.default_rng(random_seed), reader)
    contact = None
    if not prior.nets:
        hypotheses = _fits(dancer, n_seeds, prior)
    else:
        motion = expect_motion(clip, prior, reader)
        contact = motion.contact
        share = _share_of_fit(motion, prior)
        n_expected = min(n_seeds, 1 + len(_RIGID_BONES) + _n_drawn(n_seeds))
        # for a body or a view unlike those that the prior was learnt from
        n_fits = max(n_seeds - n_expected, int(share > 0))
        fits = _fits(dancer, n_fits, anthropometric()) if n_fits else []
        expected = _Hypothesis(
            "expected", motion.poses3d, motion.uncertainty, np.zeros(len(clip)), motion.depth, motion.up
        )
        if share > 0:
            expected = _averaged(expected, fits[0], share)
        hypotheses = _expected(dancer, expected, n_expected)
        hypotheses += [replace(fit, error_scale=_FIT_BESIDE_EXPECTED) for fit in fits[: n_seeds - n_expected]]
    hypotheses = _usable(hypotheses)
    softness = np.array([one.bone_softness for one in hypotheses])
    trust = np.array([one.trust for one in hypotheses])
    poses3d = np.stack([one.poses3d for one in hypotheses])
    return Seeds(
        poses3d=poses3d,
        uncertainty=np.stack([one.trust * one.uncertainty for one in hypotheses]),
        acceleration=_acceleration(poses3d, clip) if prior.nets else np.zeros(poses3d.shape),
        prior=np.stack([one.cost for one in hypotheses]),
        depth=np.stack([one.depth for one in hypotheses]),
        up=np.stack([one.up for one in hypotheses]),
        bone_softness=softness,
        error_scale=softness**_SOFTNESS_SHARE * trust**_TRUST_SHARE * np.array([one.error_scale for one in hypotheses]),
        labels=tuple(one.label for one in hypotheses),
        person_height=float(np.median(clip.camera.focal * STANDARD_HEIGHT / hypotheses[0].depth)),
        contact=contact,
    )


def _acceleration(poses3d: Array, clip: Clip) -> Array:
    """See `Seeds.acceleration`; that of the path is not expected."""
    hips = [joint for joint in map(clip.skeleton.index, ("left_hip", "right_hip")) if joint is not None]
    relative = poses3d - poses3d[:, :, hips or slice(None)].mean(axis=2, keepdims=True)
    smooth = gaussian_smooth(np.moveaxis(relative, 1, 0), _ACCELERATION_SMOOTHING * clip.fps)
    acceleration = np.zeros(poses3d.shape)
    acceleration[:, 2:] = np.moveaxis(np.diff(smooth, n=2, axis=0), 0, 1)
    return acceleration


def _usable(hypotheses: list[_Hypothesis]) -> list[_Hypothesis]:
    """As many hypotheses, those that came to no number or lie behind the camera replaced by the first that did not.

    Raises:
        SolverError: none can be used.
    """
    usable = [
        one
        for one in hypotheses
        if all(np.isfinite(array).all() for array in (one.poses3d, one.uncertainty, one.cost, one.depth, one.up))
        and one.poses3d[..., 2].min() > NEAREST
    ]
    if not usable:
        raise SolverError(f"none of {len(hypotheses)} hypotheses fits the keypoints, expected those of a person")
    return usable + usable[:1] * (len(hypotheses) - len(usable))


@dataclass(frozen=True, eq=False)
class _Dancer:
    """What seeds are made for, see `make_seeds`."""

    clip: Clip
    noise: float
    rng: np.random.Generator
    reader: NetReader


@dataclass(frozen=True, eq=False)
class _Hypothesis:
    """One of `Seeds`; `trust` multiplies the uncertainty, `error_scale` the error that is compared."""

    label: str
    poses3d: Array
    uncertainty: Array
    cost: Array
    depth: Array
    up: Array
    bone_softness: float = 1.0
    trust: float = 1.0
    error_scale: float = 1.0


def _n_drawn(n_seeds: int) -> int:
    return max(0, round(_DRAWS * (n_seeds - 1 - len(_RIGID_BONES))))


def _share_of_fit(motion: ExpectedMotion, prior: PosePrior) -> float:
    """The share of a fit of a body that no motion data has shaped in what a single network expects.

    A network that is far from its data contradicts itself: limbs change their lengths, and it is unsure. Neither is to
    be trusted then, and the mean of the two is nearer to the truth than either. Of several networks another stands in.
    """
    if len(prior.nets) > 1:
        return 0.0
    share = _MOST_OF_FIT / (1 + (_SELF_CONTRADICTION / max(motion.contradiction, 1e-9)) ** _CONTRADICTION_POWER)
    return share if share > _LEAST_OF_FIT else 0.0


def _averaged(expected: _Hypothesis, fit: _Hypothesis, share: float) -> _Hypothesis:
    """The mean of two hypotheses, of which the second has so much of a share, and its uncertainty as of a mixture."""

    def mean(ours: Array, theirs: Array) -> Array:
        return (1 - share) * ours + share * theirs

    apart = expected.poses3d[..., 2] - expected.depth[:, None] - fit.poses3d[..., 2] + fit.depth[:, None]
    up = mean(expected.up, fit.up)
    return replace(
        expected,
        poses3d=mean(expected.poses3d, fit.poses3d),
        uncertainty=np.sqrt(mean(expected.uncertainty**2, fit.uncertainty**2) + share * (1 - share) * apart**2),
        depth=mean(expected.depth, fit.depth),
        up=up / max(float(np.linalg.norm(up)), 1e-9),
    )


def _expected(dancer: _Dancer, expected: _Hypothesis, n_seeds: int) -> list[_Hypothesis]:
    """What is expected of a body whose bones vary as mocap's do, of more rigid ones, and draws."""
    # exact keypoints tell the depth of a rigid bone better than the network does
    trust = float(np.clip(1 / dancer.noise, 1, _RIGID_TRUST))
    rigid = [
        replace(expected, label=f"expected, bones x {softness} as soft", bone_softness=softness, trust=trust)
        for softness in _RIGID_BONES
    ]
    drawn = [_drawn(expected, dancer) for _ in range(n_seeds - 1 - len(rigid))]
    return [expected, *rigid, *drawn][:n_seeds]


def _drawn(expected: _Hypothesis, dancer: _Dancer) -> _Hypothesis:
    """Limbs reach further towards the camera or away from it, by as much as is uncertain.

    A joint's error is its parent's and one of its own, so that a limb moves as one; it lasts as LIMB_SMOOTHING.
    """
    clip, n_frames = dancer.clip, len(expected.poses3d)
    error = np.zeros(expected.uncertainty.shape)
    cost = np.zeros(n_frames)
    for chain in clip.skeleton.limbs:
        normal = gaussian_smooth(dancer.rng.normal(size=(n_frames, len(chain))), LIMB_SMOOTHING * clip.fps)
        normal /= np.sqrt((normal**2).mean())
        own = np.diff(expected.uncertainty[:, chain] ** 2, axis=1, prepend=0)
        error[:, chain] = np.cumsum(np.sqrt(np.maximum(own, 0)) * normal, axis=1)
        cost += 0.5 * (normal**2).sum(axis=1) / max(1.0, LIMB_SMOOTHING * clip.fps)
    along = 1 + error / np.maximum(expected.poses3d[..., 2], 1e-3)
    return replace(expected, label="expected, limbs drawn", poses3d=expected.poses3d * along[..., None], cost=cost)


def _fits(dancer: _Dancer, n_seeds: int, prior: PosePrior) -> list[_Hypothesis]:
    """Fits of the prior's Gaussian body."""
    clip, rng, skeleton = dancer.clip, dancer.rng, dancer.clip.skeleton
    n_threads = dancer.reader.n_threads
    given = _core.ShapeModel(*prior.of_joints(skeleton), seen_joints(clip.seen))
    clean = CleanClip.of(clip, given.seen)
    sample = clean.every(-(-len(clip) // SAMPLE_FRAMES))
    shape, up = fit_dancer(given, sample, skeleton, n_threads)
    of_joints = prior.mixture_of_joints(skeleton)
    mixture = None if of_joints is None else ShapeMixture(*of_joints, given.seen)
    most_likely = fit_body(shape, clean, up, "most likely", mixture)
    fits: Iterator[BodyFit] = iter(())
    if n_seeds > 1:
        shape = adapt_to_dancer(shape, given, sample, up, skeleton, _FURTHER_ROUNDS, n_threads)
        variants = _variants(n_seeds - 1, rng)
        assumptions = [_assumption(variant, most_likely, n_draws(shape), clip.fps, rng) for variant in variants]
        fits = fit_bodies(shape, clean, assumptions, mixture, n_threads=n_threads)
    greatest = np.full(len(clean.rays), -np.inf)
    hypotheses = []
    for fit in itertools.chain([most_likely], fits):
        np.maximum(greatest, fit.greatest_log_likelihood, out=greatest)
        hypotheses.append(_Hypothesis(fit.label, fit.poses3d, fit.uncertainty, fit.cost, fit.depth, fit.up))
    return [replace(one, cost=one.cost + greatest) for one in hypotheses]


def fit_dancer(
    given: _core.ShapeModel, clip: CleanClip, skeleton: Skeleton, n_threads: int = 1
) -> tuple[_core.ShapeModel, Array]:
    """Views of the dancer's own body, and the unit vector (3,) against gravity, camera frame."""
    up = find_gravity(given, clip, n_threads)
    shape = adapt_to_dancer(given, given, clip, up, skeleton, _ROUNDS, n_threads)
    return shape, find_gravity(shape, clip, n_threads)


def seen_joints(seen: Flags) -> Indices:
    """Indices of the joints that are seen (T, J) often enough to be filled in where they are not."""
    share = seen.mean(axis=0)
    return np.flatnonzero(share >= min(_LEAST_SHARE_SEEN, share.max()))


@dataclass(frozen=True)
class _Variant:
    """How a seed departs from the most likely one."""

    pitch: float = 0.0  # rad
    scale: float = 1.0
    other_side: bool = False
    draw: bool = False

    @property
    def label(self) -> str:
        parts = ["build learnt further"]
        if self.pitch:
            parts.append(f"camera pitch {np.degrees(self.pitch):+.0f} degrees")
        if self.scale != 1:
            parts.append(f"body scale x {self.scale:.2f}")
        if self.other_side:
            parts.append("facing the other way")
        if self.draw:
            parts.append("limbs drawn")
        return ", ".join(parts)


def _variants(n: int, rng: np.random.Generator) -> list[_Variant]:
    """The first `n` departures: each thing that the 2D leaves open by itself, then random ones of all together."""
    pitch, near, far = np.radians(4), 0.94, 1.06
    listed = [
        _Variant(),
        _Variant(pitch=pitch),
        _Variant(pitch=-pitch),
        _Variant(scale=near),
        _Variant(scale=far),
        _Variant(pitch=2 * pitch),
        _Variant(pitch=-2 * pitch),
        _Variant(other_side=True),
        _Variant(draw=True),
        *(_Variant(pitch=p, scale=s) for p in (pitch, -pitch) for s in (near, far)),
    ]
    drawn = [
        _Variant(pitch=rng.normal(0, pitch), scale=float(np.exp(rng.normal(0, 0.05))), draw=True)
        for _ in range(n - len(listed))
    ]
    return (listed + drawn)[:n]


def _assumption(
    variant: _Variant, likeliest: BodyFit, n_numbers: int, fps: float, rng: np.random.Generator
) -> Assumption:
    right = np.array([-likeliest.up[1], likeliest.up[0], 0])
    right /= max(float(np.linalg.norm(right)), 1e-9)
    draw = None
    if variant.draw:
        draw = gaussian_smooth(rng.normal(size=(len(likeliest.state), n_numbers)), LIMB_SMOOTHING * fps)
        draw /= np.sqrt((draw**2).mean())
    return Assumption(
        up=rotate(likeliest.up, right, variant.pitch),
        label=variant.label,
        scale=variant.scale,
        avoid=likeliest.yaw if variant.other_side else None,
        draw=draw,
    )

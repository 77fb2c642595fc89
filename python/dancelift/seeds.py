"""Seeds: K hypotheses {P*, w} of a clip's 3D motion, from 2D keypoints and a pose prior.

The first seed is the most likely fit of the prior's body to the clip. What the 2D leaves open makes the others: the
dancer's build, the camera's pitch, the body's scale, the facing, and how far each limb reaches along the line of sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.anatomy import Array, Indices
from dancelift.body_fit import LIMB_SMOOTHING, BodyFit, CleanClip, adapt_to_dancer, find_gravity, fit_body
from dancelift.body_views import BodyViews
from dancelift.camera import Camera
from dancelift.filters import gaussian_smooth
from dancelift.mixture_views import MixtureViews
from dancelift.prior import PosePrior
from dancelift.skeleton import Skeleton

_LEAST_SEEN = 0.05  # a joint seen in a smaller share of the frames counts as never seen
SAMPLE_FRAMES = 200
"""Frames of the clip from which the camera's pitch and roll and the dancer's shape are found."""

_ADAPTATIONS = 20  # iterations in which the most likely seed learns the dancer's build
_FURTHER_ADAPTATIONS = 40  # more of them for the others


@dataclass(frozen=True, eq=False)
class Seeds:
    """K hypotheses about one clip.

    Attributes:
        poses3d: (K, T, J, 3) P*, m, camera frame.
        uncertainty: (K, T, J) standard deviation of each joint's depth given the 2D, m.
        prior: (K, T) minus the log likelihood of each hypothesis at each frame.
        depth: (K, T) of the mid-hip, m.
        up: (K, 3) unit vector against gravity, camera frame.
        labels: what each hypothesis assumes.
        person_height: of the dancer in the image, px.
    """

    poses3d: Array
    uncertainty: Array
    prior: Array
    depth: Array
    up: Array
    labels: tuple[str, ...]
    person_height: float


def make_seeds(
    keypoints2d: Array,
    n_seeds: int,
    skeleton: Skeleton,
    fps: float,
    camera: Camera,
    prior: PosePrior,
    height: float,
    seed: int,
) -> Seeds:
    """The `n_seeds` likeliest kinds of hypotheses about a clip; the first is the most likely one.

    Args:
        keypoints2d: (T, J, 3) px and score; score 0 is not seen; some torso joint is seen.
        fps: frames per second.
        camera: its focal length may be a guess.
        prior: of the body's pose.
        height: of the body, m.
        seed: of the random draws.
    """
    views = BodyViews(*prior.of_joints(skeleton, height), seen_joints(keypoints2d))
    clip = CleanClip.of(keypoints2d, views.seen, skeleton, fps, camera)
    rng = np.random.default_rng(seed)
    sample = clip.every(-(-len(keypoints2d) // SAMPLE_FRAMES))
    given = views
    views, up = fit_dancer(given, sample, skeleton)
    of_joints = prior.kinds_of_joints(skeleton, height)
    kinds = None if of_joints is None else MixtureViews(*of_joints, views.seen)
    fits = [fit_body(views, clip, up, "most likely", kinds=kinds)]
    if n_seeds > 1:
        views = adapt_to_dancer(views, given, sample, up, skeleton, _FURTHER_ADAPTATIONS)
        fits += [_fit_variant(views, kinds, clip, fits[0], variant, rng) for variant in _variants(n_seeds - 1, rng)]

    likeliest = np.max([fit.greatest_log_likelihood for fit in fits], axis=0)
    return Seeds(
        poses3d=np.stack([fit.poses3d for fit in fits]),
        uncertainty=np.stack([fit.uncertainty for fit in fits]),
        prior=np.stack([fit.cost + likeliest for fit in fits]),
        depth=np.stack([fit.depth for fit in fits]),
        up=np.stack([fit.up for fit in fits]),
        labels=tuple(fit.label for fit in fits),
        person_height=float(np.median(camera.focal * height / fits[0].depth)),
    )


def fit_dancer(given: BodyViews, clip: CleanClip, skeleton: Skeleton) -> tuple[BodyViews, Array]:
    """Views of the dancer's own body, and the unit vector (3,) against gravity, camera frame."""
    views = adapt_to_dancer(given, given, clip, find_gravity(given, clip), skeleton, _ADAPTATIONS)
    return views, find_gravity(views, clip)


def seen_joints(keypoints2d: Array) -> Indices:
    """Indices of the joints that are seen often enough to be filled in where they are not."""
    share = (keypoints2d[..., 2] > 0).mean(axis=0)
    return np.flatnonzero(share >= min(_LEAST_SEEN, share.max()))


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


def _fit_variant(
    views: BodyViews,
    kinds: MixtureViews | None,
    clip: CleanClip,
    likeliest: BodyFit,
    variant: _Variant,
    rng: np.random.Generator,
) -> BodyFit:
    right = np.array([-likeliest.up[1], likeliest.up[0], 0])
    right /= max(float(np.linalg.norm(right)), 1e-9)
    up = _rotate(likeliest.up, right, variant.pitch)
    draw = None
    if variant.draw:
        draw = gaussian_smooth(rng.normal(size=(len(clip.rays), views.mean.size)), LIMB_SMOOTHING * clip.fps)
        draw /= np.sqrt((draw**2).mean())
    avoid = likeliest.yaw if variant.other_side else None
    return fit_body(views, clip, up, variant.label, variant.scale, avoid, draw, kinds)


def _rotate(vector: Array, axis: Array, angle: float) -> Array:
    """Rodrigues' rotation of a vector about a unit axis."""
    along = axis * (axis @ vector)
    turned: Array = along + (vector - along) * np.cos(angle) + np.cross(axis, vector) * np.sin(angle)
    return turned

"""The residuals of an objective and their costs, written once for numpy, torch and jax.numpy (`xp`)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .objective import TERMS, Free, Objective, Tensor, Unknowns

WHOLE_CLIP = -1
"""As the first frame of a residual: it is of no frame by itself."""

_NEAREST = 0.05  # m: depth from which on a point can be projected
_LEAST_NORM = 1e-9  # m


class Residual(NamedTuple):
    """Residuals of one term: n in every frame, of d components each."""

    values: Tensor  # (K, T - first_frame, n, d); (K, 1, n, d) of the whole clip
    first_frame: int  # or WHOLE_CLIP
    robust: float = math.inf  # where Cauchy's loss sets in


class View(NamedTuple):
    """Where joints are seen, and what that rests on."""

    ray: Tensor  # (K, T, J, 2) point in the image per focal length
    focal: Tensor  # (K, 1, 1, 1) px


def unknowns(xp: Any, objective: Objective, free: Free) -> Unknowns:
    """What the free numbers stand for."""
    c = objective.constants
    shared = free.shared
    up = c.up + (c.across * shared[:, None, -3:-1]).sum(-1)
    up = up / xp.sqrt((up * up).sum(-1))[:, None]
    focal = c.log_focal if objective.structure.focal_known else shared[:, 0]
    return Unknowns(free.poses, focal, shared[:, 1:-3], up, shared[:, -1], free.depth)


def seen_from(xp: Any, objective: Objective, u: Unknowns) -> View:
    """Every joint through the camera."""
    c = objective.constants
    ray = u.poses[..., :2] / u.poses[..., 2:]
    return View(ray * c.stretch + ray[..., 1:] * c.shear, xp.exp(u.log_focal)[:, None, None, None])


def residuals(xp: Any, objective: Objective, u: Unknowns) -> dict[str, Residual]:
    """By term."""
    s, c = objective.structure, objective.constants
    poses = u.poses
    view = seen_from(xp, objective, u)
    point = view.focal * view.ray
    step = poses[:, 1:] - poses[:, :-1]
    scale = xp.exp(u.depth)
    feet = poses[:, :, s.feet]
    above = (feet * u.up[:, None, None]).sum(-1) - u.floor[:, None, None] - c.rest
    at_rest = xp.where(above < 0, c.below, c.above) * above
    return {
        "reprojection": Residual((point + c.centre - c.keypoints) * c.seen[..., None], 0, s.robust),
        "smooth2d": Residual((point[:, 1:] - point[:, :-1]) * c.smooth2d, 1),
        "smooth3d": Residual(step * c.smooth3d, 1),
        "acceleration3d": Residual((step[:, 1:] - step[:, :-1] - c.expected) * c.acceleration3d, 2, s.robust),
        "seed_consistency": Residual((poses - scale[..., None, None] * c.poses) * c.trust[..., None], 0),
        "seed_depth": Residual((u.depth * c.seed_depth)[..., None, None], 0),
        "bone_length": Residual(_stretch(xp, poses, u.log_lengths, s.bones, c.bones), 0),
        "head_rigidity": Residual(_stretch(xp, poses, u.log_lengths, s.head, c.head), 0),
        "joint_limit": Residual(xp.clip(_excess(xp, objective, poses), 0, None)[..., None] * c.joint_limit, 0),
        "foot_sliding": Residual(step[:, :, s.feet] * c.standing[..., None], 1, s.contact_robust),
        "floor": Residual(at_rest[..., None], 0, s.contact_robust),
        "gravity_prior": Residual(((u.up - c.up) * c.gravity[:, None])[:, None, None], WHOLE_CLIP),
        "length_prior": Residual(((u.log_lengths - c.log_lengths) * c.length_prior)[:, None, :, None], WHOLE_CLIP),
        "camera_prior": Residual(((u.log_focal - c.log_focal) * c.camera_prior)[:, None, None, None], WHOLE_CLIP),
    }


def _stretch(xp: Any, poses: Tensor, log_lengths: Tensor, bones: Tensor, weight: Tensor) -> Tensor:
    d = poses[:, :, bones[:, 0]] - poses[:, :, bones[:, 1]]
    lengths = xp.exp(log_lengths)[:, None, bones[:, 2]]
    return ((xp.sqrt((d * d).sum(-1)) - lengths) * weight[:, None])[..., None]


class Bend(NamedTuple):
    """Unit vectors (K, T, hinges, 3) of hinges and their lengths (K, T, hinges, 1), m."""

    axis: Tensor
    upper: Tensor
    lower: Tensor
    norms: tuple[Tensor, Tensor, Tensor]


def bend(xp: Any, objective: Objective, poses: Tensor) -> Bend:
    """Of every hinge: the axis from right to left, the upper and the lower limb."""
    left, right, middle, distal, on_left = objective.structure.hinges.T
    hung = np.where(on_left == 1, left, right)
    pairs = ((left, right), (middle, hung), (distal, middle))
    vectors = [poses[:, :, a] - poses[:, :, b] for a, b in pairs]
    norms = [xp.clip(xp.sqrt((v * v).sum(-1))[..., None], _LEAST_NORM, None) for v in vectors]
    axis, upper, lower = (v / norm for v, norm in zip(vectors, norms, strict=True))
    return Bend(axis, upper, lower, (norms[0], norms[1], norms[2]))


def _excess(xp: Any, objective: Objective, poses: Tensor) -> Tensor:
    c = objective.constants
    b = bend(xp, objective, poses)
    return -c.sign * (xp.linalg.cross(b.upper, b.lower) * b.axis).sum(-1) - c.tolerance


def losses(xp: Any, residual: Residual) -> Tensor:
    """(K, T - first_frame, n) rho(|r|^2) / 2 of each."""
    square = (residual.values * residual.values).sum(-1)
    if math.isinf(residual.robust):
        return 0.5 * square
    inlier = residual.robust**2
    return 0.5 * inlier * xp.log1p(square / inlier)


def total(xp: Any, objective: Objective, u: Unknowns) -> Tensor:
    """(K,) the objective; infinite where a joint is behind the camera."""
    c = objective.constants
    cost = sum(losses(xp, residual).sum((1, 2)) for residual in residuals(xp, objective, u).values())
    nearest = xp.amin(u.poses[..., 2], (1, 2))
    return xp.where(nearest > _NEAREST, (cost + c.seed_prior.sum(1)) * c.error_scale, math.inf)


def term_costs(xp: Any, objective: Objective, u: Unknowns) -> Tensor:
    """(K, len(TERMS), T) each term's cost at each frame, as the core reports it."""
    c, n_frames = objective.constants, objective.n_frames
    costs = {name: xp.zeros_like(c.seed_prior) for name in TERMS} | {"seed_prior": c.seed_prior}
    for name, residual in residuals(xp, objective, u).items():
        cost, first = losses(xp, residual).sum(2), residual.first_frame
        if first == WHOLE_CLIP:
            costs[name] = costs[name] + cost / n_frames
        else:
            costs[name] = xp.concatenate([costs[name][:, :first], cost], 1)
    return xp.stack([costs[name] for name in TERMS], 1) * c.error_scale[:, None, None]

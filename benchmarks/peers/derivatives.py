"""Derivatives of an objective's residuals, for numpy and jax.numpy (`xp`): for the peers that want a Jacobian."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .objective import Free, Indices, Objective, Tensor
from .residuals import Residual, bend, residuals, seen_from, unknowns


class OfJoints(NamedTuple):
    """Derivative by the positions of one joint each of the n residuals, `lag` frames before theirs.

    values: (K, T - first_frame, n, d, 3), or what broadcasts to that.
    """

    lag: int
    joints: Indices  # (n,)
    values: Tensor


class OfShared(NamedTuple):
    """Derivative by c of the shared unknowns.

    columns: (n, c), in `Free.shared`; values: (K, T - first_frame, n, d, c).
    """

    columns: Indices
    values: Tensor


class Linear(NamedTuple):
    """A residual and its derivatives by the free unknowns."""

    residual: Residual
    joints: tuple[OfJoints, ...] = ()
    depth: Tensor | None = None  # (K, T - first_frame, n, d), of the same frame
    shared: tuple[OfShared, ...] = ()


def linearise(xp: Any, objective: Objective, free: Free) -> dict[str, Linear]:
    """By term."""
    s, c = objective.structure, objective.constants
    u = unknowns(xp, objective, free)
    r = residuals(xp, objective, u)
    every, n_lengths = np.arange(s.n_joints), s.n_lengths
    lengths, tilt = 1 + np.arange(n_lengths), np.array([n_lengths + 1, n_lengths + 2])
    focal, floor = np.zeros((1, 1), int), np.array([n_lengths + 3])

    view = seen_from(xp, objective, u)
    focal_free = 0.0 if s.focal_known else 1.0
    by_focal = (view.focal * view.ray)[..., None] * focal_free
    x, y = view.ray[..., :1], view.ray[..., 1:]
    by_point = (view.focal / u.poses[..., 2:])[..., None] * xp.concatenate(
        [_row(xp, x, c.stretch[0], c.shear[0]), _row(xp, y, 0.0, c.stretch[1])], axis=-2
    )
    seen, eye = c.seen[..., None, None], np.eye(3)
    slide, scaled = c.standing[..., None, None] * eye, xp.exp(u.depth)[..., None, None] * c.poses
    trust, a = c.trust[..., None, None], c.acceleration3d * eye[None]

    tilted = c.up + (c.across * free.shared[:, None, -3:-1]).sum(-1)
    norm = xp.sqrt((tilted * tilted).sum(-1))[:, None, None]
    by_tilt = (c.across - u.up[:, :, None] * (u.up[:, :, None] * c.across).sum(1, keepdims=True)) / norm  # (K, 3, 2)
    feet = u.poses[:, :, s.feet]
    height = (feet * u.up[:, None, None]).sum(-1) - u.floor[:, None, None] - c.rest
    weight = xp.where(height < 0, c.below, c.above)[..., None, None]
    by_tilt_of_floor = (feet[..., None] * by_tilt[:, None, None]).sum(-2)[..., None, :] * weight

    every_joint = every[:, None] * 0
    return {
        "reprojection": Linear(
            r["reprojection"], (OfJoints(0, every, by_point * seen),), None, (OfShared(every_joint, by_focal * seen),)
        ),
        "smooth2d": Linear(
            r["smooth2d"],
            (OfJoints(1, every, -by_point[:, :-1] * c.smooth2d), OfJoints(0, every, by_point[:, 1:] * c.smooth2d)),
            None,
            (OfShared(every_joint, (by_focal[:, 1:] - by_focal[:, :-1]) * c.smooth2d),),
        ),
        "smooth3d": Linear(r["smooth3d"], _difference(every, c.smooth3d * eye[None])),
        "acceleration3d": Linear(
            r["acceleration3d"], (OfJoints(2, every, a), OfJoints(1, every, -2 * a), OfJoints(0, every, a))
        ),
        "seed_consistency": Linear(
            r["seed_consistency"], (OfJoints(0, every, trust * eye),), -scaled * c.trust[..., None]
        ),
        "seed_depth": Linear(r["seed_depth"], (), xp.ones_like(r["seed_depth"].values) * c.seed_depth),
        "bone_length": _of_bones(xp, r["bone_length"], u.poses, u.log_lengths, s.bones, c.bones),
        "head_rigidity": _of_bones(xp, r["head_rigidity"], u.poses, u.log_lengths, s.head, c.head),
        "joint_limit": Linear(r["joint_limit"], _of_hinges(xp, objective, u.poses, r["joint_limit"].values)),
        "foot_sliding": Linear(r["foot_sliding"], _difference(s.feet, slide)),
        "floor": Linear(
            r["floor"],
            (OfJoints(0, s.feet, u.up[:, None, None, None] * weight),),
            None,
            (
                OfShared(np.tile(tilt, (len(s.feet), 1)), by_tilt_of_floor),
                OfShared(np.tile(floor, (len(s.feet), 1)), -weight),
            ),
        ),
        "gravity_prior": Linear(
            r["gravity_prior"], shared=(OfShared(tilt[None], (by_tilt * c.gravity[:, None, None])[:, None, None]),)
        ),
        "length_prior": Linear(
            r["length_prior"],
            shared=(OfShared(lengths[:, None], xp.ones_like(r["length_prior"].values)[..., None] * c.length_prior),),
        ),
        "camera_prior": Linear(
            r["camera_prior"],
            shared=(OfShared(focal, xp.ones_like(r["camera_prior"].values)[..., None] * c.camera_prior * focal_free),),
        ),
    }


def _row(xp: Any, ray: Tensor, by_x: Any, by_y: Any) -> Tensor:
    """(K, T, J, 1, 3) derivative of one coordinate of the ray, times the depth."""
    one = xp.ones_like(ray)
    return xp.concatenate([one * by_x, one * by_y, -ray], axis=-1)[..., None, :]


def _difference(joints: Indices, by_point: Tensor) -> tuple[OfJoints, ...]:
    return OfJoints(1, joints, -by_point), OfJoints(0, joints, by_point)


def _of_bones(xp: Any, r: Residual, poses: Tensor, log_lengths: Tensor, bones: Indices, weight: Tensor) -> Linear:
    d = poses[:, :, bones[:, 0]] - poses[:, :, bones[:, 1]]
    towards = d / xp.sqrt((d * d).sum(-1))[..., None] * weight[:, None, :, None]
    lengths = xp.exp(log_lengths[:, bones[:, 2]])[:, None] * weight[:, None]
    by_length = -lengths[..., None, None] * xp.ones_like(r.values)[..., None]
    return Linear(
        r,
        (OfJoints(0, bones[:, 0], towards[..., None, :]), OfJoints(0, bones[:, 1], -towards[..., None, :])),
        None,
        (OfShared(1 + bones[:, 2:], by_length),),
    )


def _of_hinges(xp: Any, objective: Objective, poses: Tensor, values: Tensor) -> tuple[OfJoints, ...]:
    c = objective.constants
    left, right, middle, distal, on_left = objective.structure.hinges.T
    axis, upper, lower, norms = bend(xp, objective, poses)
    normal = xp.linalg.cross(upper, lower)
    sine = (normal * axis).sum(-1)[..., None]
    weight = xp.where(values > 0, -c.sign[:, None] * c.joint_limit, 0.0)
    by_axis = (weight / norms[0] * (normal - sine * axis))[..., None, :]
    by_upper = (weight / norms[1] * (xp.linalg.cross(lower, axis) - sine * upper))[..., None, :]
    by_lower = (weight / norms[2] * (xp.linalg.cross(axis, upper) - sine * lower))[..., None, :]
    hung = np.where(on_left == 1, left, right)
    return (
        OfJoints(0, left, by_axis),
        OfJoints(0, right, -by_axis),
        OfJoints(0, middle, by_upper - by_lower),
        OfJoints(0, hung, -by_upper),
        OfJoints(0, distal, by_lower),
    )

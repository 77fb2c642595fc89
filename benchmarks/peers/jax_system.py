"""Gauss and Newton's normal equations of an objective, and their elimination in the order of time, in JAX.

A frame has 3 J + 1 unknowns, those of its pose and its depth. It is coupled to the two frames before it and after it,
joint by joint, and to the S shared unknowns.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .derivatives import Linear, OfJoints, linearise
from .objective import Free, Indices, Objective

_BODY = ("bone_length", "head_rigidity", "joint_limit")  # of several joints of a frame


class System(NamedTuple):
    """Of one seed, or with K seeds as the first axis; the gradient is the last column of what is coupled."""

    joints: tuple[jax.Array, jax.Array, jax.Array]  # (T, J, 3, 3) of a joint, with itself and 1 and 2 frames later
    body: jax.Array  # (T, rows, 3 J) Jacobian of the residuals of several joints
    depth: jax.Array  # (T, 3 J + 1) of the depth with the pose and itself
    coupled: jax.Array  # (T, 3 J + 1, S + 1) of a frame with the shared unknowns
    shared: jax.Array  # (S, S + 1)


def system(objective: Objective, free: Free) -> System:
    """Of every seed."""
    s = objective.structure
    n_seeds, n_frames, n_joints = objective.n_seeds, objective.n_frames, s.n_joints
    n_shared = free.shared.shape[1]
    joints = [jnp.zeros((n_seeds, n_frames, n_joints, 3, 3)) for _ in range(3)]
    body = []
    of_depth = jnp.zeros((n_seeds, n_frames, 3 * n_joints + 1))
    coupled = jnp.zeros((n_seeds, n_frames, n_joints, 3, n_shared + 1))
    depth_gradient = jnp.zeros((n_seeds, n_frames))
    shared = jnp.zeros((n_seeds, n_shared, n_shared + 1))
    for name, term in linearise(jnp, objective, free).items():
        r, first = term.residual.values, max(term.residual.first_frame, 0)
        weight = _weight(term)
        right = r[..., None]  # (K, T', n, d, 1), or (K, T', n, d, S + 1)
        if term.shared:
            right = jnp.concatenate([_of_shared(term, n_shared), right], axis=-1)
            shared += jnp.einsum("ktnds,ktnde->kse", right[..., :-1] * weight, right)
        if name in _BODY:
            dense = jnp.zeros((*r.shape[:3], 1, n_joints, 3))
            for of in term.joints:
                dense += of.values[..., None, :] * _one_hot(of.joints, n_joints)[:, None, :, None]
            body.append(dense.reshape(n_seeds, n_frames, r.shape[2], 3 * n_joints))
        for i, a in enumerate(term.joints):
            left = a.values * weight
            block = jnp.einsum("ktndi,ktnde->ktnie", jnp.broadcast_to(left, (*r.shape, 3)), right)
            coupled = coupled.at[..., -right.shape[-1] :].add(_placed(block, a, first, n_joints))
            for b in term.joints[i:] if name not in _BODY else ():
                block = jnp.einsum("ktndi,ktndj->ktnij", *jnp.broadcast_arrays(left, b.values))
                block = jnp.broadcast_to(block, (*r.shape[:3], 3, 3))
                joints[a.lag - b.lag] += _placed(block, a, first, n_joints)
        if term.depth is not None:
            of_depth = of_depth.at[..., -1].add((term.depth**2).sum((2, 3)))
            depth_gradient += (term.depth * r * weight[..., 0]).sum((2, 3))
            for a in term.joints:
                pose = (term.depth[..., None] * a.values * weight).sum(3)
                of_depth = of_depth.at[..., :-1].add(pose.reshape(n_seeds, n_frames, -1))
    last = jnp.zeros((n_seeds, n_frames, 1, n_shared + 1)).at[..., 0, -1].set(depth_gradient)
    coupled = jnp.concatenate([coupled.reshape(n_seeds, n_frames, 3 * n_joints, -1), last], axis=2)
    return System((joints[0], joints[1], joints[2]), jnp.concatenate(body, axis=2), of_depth, coupled, shared)


def _weight(term: Linear) -> jax.Array:
    """(K, T', n, 1, 1) derivative of the loss by the squared residual."""
    r, robust = term.residual.values, term.residual.robust
    if math.isinf(robust):
        return jnp.ones((1, 1, 1, 1, 1))
    weight: jax.Array = 1 / (1 + (r * r).sum(-1) / robust**2)[..., None, None]
    return weight


def _of_shared(term: Linear, n_shared: int) -> jax.Array:
    shape = (*term.residual.values.shape, n_shared)
    found = jnp.zeros(shape)
    for of in term.shared:
        to = np.eye(n_shared)[np.broadcast_to(of.columns, (shape[2], of.columns.shape[1]))]
        found += jnp.einsum("ktndc,ncs->ktnds", jnp.broadcast_to(of.values, (*shape[:-1], of.columns.shape[1])), to)
    return found


def _placed(block: jax.Array, of: OfJoints, first: int, n_joints: int) -> jax.Array:
    """(K, T, J, ...) of (K, T', n, ...) at the joints and at the frame by which the derivative is."""
    if len(of.joints) != n_joints or (of.joints != np.arange(n_joints)).any():
        block = jnp.einsum("ktnab,nj->ktjab", block, _one_hot(of.joints, n_joints))
    return jnp.pad(block, ((0, 0), (first - of.lag, of.lag), (0, 0), (0, 0), (0, 0)))


def _one_hot(joints: Indices, n_joints: int) -> jax.Array:
    return jnp.asarray(np.eye(n_joints)[joints])


def step(equations: System, damping: float) -> Free:
    """By which the unknowns of one seed go to the minimum of the quadratic model, its diagonal damped by a share."""
    n_shared, size = equations.shared.shape[0], equations.depth.shape[1]
    joints_now, joints_next, joints_after = equations.joints

    def eliminate(carry: Any, frame: Any) -> tuple[Any, Any]:
        now, following, to_next, coupled_now, coupled_next, shared = carry
        own, next_, after, body, depth, coupled = frame
        matrix = _spread(own).at[:-1, :-1].add(body.T @ body)
        matrix = matrix.at[-1].add(depth).at[:-1, -1].add(depth[:-1])
        matrix += jnp.diag(jnp.clip(jnp.diag(matrix), 1e-6) * damping)
        factor = jnp.linalg.cholesky(now + matrix)
        right = jnp.concatenate([to_next + _spread(next_), _spread(after), coupled_now + coupled], axis=1)
        solved = jax.lax.linalg.triangular_solve(factor, right, left_side=True, lower=True)
        product = solved.T @ solved
        a, b = slice(0, size), slice(size, 2 * size)
        rest = slice(2 * size, None)
        carry = (
            following - product[a, a],
            -product[b, b],
            -product[a, b],
            coupled_next - product[a, rest],
            -product[b, rest],
            shared - product[rest, rest],
        )
        return carry, (factor, solved)

    zero, none = jnp.zeros((size, size)), jnp.zeros((size, n_shared + 1))
    shared = equations.shared + jnp.pad(
        jnp.diag(jnp.clip(jnp.diagonal(equations.shared), 1e-6) * damping), ((0, 0), (0, 1))
    )
    start = (zero, zero, zero, none, none, jnp.pad(shared, ((0, 1), (0, 0))))
    frames = (joints_now, joints_next, joints_after, equations.body, equations.depth, equations.coupled)
    last, (factors, solved) = jax.lax.scan(eliminate, start, frames)
    shared = last[-1]
    of_shared = jnp.linalg.solve(shared[:-1, :-1], shared[:-1, -1])

    def substitute(carry: Any, frame: Any) -> tuple[Any, Any]:
        next_, after = carry
        factor, solved = frame
        known = jnp.concatenate([next_, after, of_shared, -jnp.ones(1)])
        found = jax.lax.linalg.triangular_solve(
            factor, -(solved @ known)[:, None], left_side=True, lower=True, transpose_a=True
        )[:, 0]
        return (found, next_), found

    _, found = jax.lax.scan(substitute, (jnp.zeros(size), jnp.zeros(size)), (factors, solved), reverse=True)
    return Free(-found[:, :-1].reshape(-1, (size - 1) // 3, 3), -found[:, -1], -of_shared)


def _spread(blocks: jax.Array) -> jax.Array:
    """(3 J + 1, 3 J + 1) of (J, 3, 3) along the diagonal."""
    n_joints = len(blocks)
    dense = jnp.eye(n_joints)[:, None, :, None] * blocks[:, :, None, :]
    return jnp.pad(dense.reshape(3 * n_joints, 3 * n_joints), ((0, 1), (0, 1)))

"""All residuals of one seed as one vector whose half square is the objective, and its sparse Jacobian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from dancelift.arraytypes import Array

from .derivatives import Linear, linearise
from .objective import Free, Indices, Objective
from .residuals import Residual, residuals, unknowns

_LEAST_SQUARE = 1e-24


@dataclass(frozen=True)
class Stacked:
    """Of an objective of one seed; x has the poses, the depths and the shared unknowns one after the other."""

    objective: Objective

    def free(self, x: Array) -> Free:
        n_frames, n_joints = self.objective.n_frames, self.objective.structure.n_joints
        poses, depth, shared = np.split(x, [3 * n_frames * n_joints, (3 * n_joints + 1) * n_frames])
        return Free(poses.reshape(1, n_frames, n_joints, 3), depth[None], shared[None])

    def start(self) -> Array:
        return self.x(self.objective.start())

    @staticmethod
    def x(free: Free) -> Array:
        return np.concatenate([part.ravel() for part in free])

    def values(self, x: Array) -> Array:
        """Residuals scaled so that half their square is the loss."""
        found = residuals(np, self.objective, unknowns(np, self.objective, self.free(x)))
        return self._scale * np.concatenate([_scaled(r)[0].ravel() for r in found.values()])

    def constant(self) -> float:
        """What the objective is beyond half the squared residuals."""
        c = self.objective.constants
        return float(c.seed_prior.sum() * c.error_scale[0])

    def jacobian(self, x: Array) -> sparse.csr_array:
        """Of `values`."""
        terms = linearise(np, self.objective, self.free(x))
        data = np.concatenate([part for term in terms.values() for part in _derivatives(term)])
        rows, columns, order, starts = self._pattern
        return sparse.csr_array((self._scale * data[order], columns, starts), shape=(rows, len(x)))

    @property
    def _scale(self) -> float:
        return math.sqrt(float(self.objective.constants.error_scale[0]))

    @cached_property
    def _pattern(self) -> tuple[int, Indices, Indices, Indices]:
        """Number of rows, column of each number of the Jacobian, where it is among the derivatives, starts of rows."""
        objective = self.objective
        n_frames, n_joints = objective.n_frames, objective.structure.n_joints
        first_depth, first_shared = 3 * n_frames * n_joints, (3 * n_joints + 1) * n_frames
        n_rows = 0
        rows: list[Indices] = []
        columns: list[Indices] = []
        for term in linearise(np, objective, objective.start()).values():
            shape = term.residual.values.shape[1:]
            row = n_rows + np.arange(math.prod(shape)).reshape(shape)
            first = max(term.residual.first_frame, 0)
            frame = first + np.arange(shape[0])[:, None, None, None]
            for of in term.joints:
                at = 3 * ((frame - of.lag) * n_joints + of.joints[:, None, None]) + np.arange(3)
                _append(rows, columns, row[..., None], at)
            if term.depth is not None:
                _append(rows, columns, row, first_depth + frame[..., 0])
            for shared in term.shared:
                _append(rows, columns, row[..., None], first_shared + shared.columns[:, None])
            n_rows += row.size
        row, column = np.concatenate(rows), np.concatenate(columns)
        order = np.lexsort((column, row))
        starts = np.searchsorted(row[order], np.arange(n_rows + 1))
        return n_rows, column[order], order, starts


def _append(rows: list[Indices], columns: list[Indices], row: Indices, column: Indices) -> None:
    for found, indices in zip((rows, columns), np.broadcast_arrays(row, column), strict=True):
        found.append(indices.ravel())


def _scaled(residual: Residual) -> tuple[Array, Array, Array]:
    """r sqrt(rho / s) of squared norm s, that factor, and its derivative by s over itself, times 2."""
    r = residual.values
    if math.isinf(residual.robust):
        return r, np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 1))
    inlier = residual.robust**2
    square = np.maximum((r * r).sum(-1, keepdims=True), _LEAST_SQUARE)
    rho = inlier * np.log1p(square / inlier)
    factor = np.sqrt(rho / square)
    return r * factor, factor, (1 / (1 + square / inlier) - rho / square) / rho


def _derivatives(term: Linear) -> list[Array]:
    """All numbers of a term's Jacobian, in the order of `Stacked._pattern`."""
    r = term.residual.values
    _, factor, bend = _scaled(term.residual)

    def robust(values: Array) -> Array:
        """(factor (I + bend r r')) times (K, T, n, d, c)."""
        values = np.broadcast_to(values, (*r.shape, values.shape[-1]))
        along = (r[..., None] * values).sum(-2, keepdims=True)
        return np.ravel(factor[..., None] * (values + bend[..., None] * r[..., None] * along))

    parts = [robust(of.values) for of in term.joints]
    if term.depth is not None:
        parts.append(robust(term.depth[..., None]))
    return parts + [robust(of.values) for of in term.shared]

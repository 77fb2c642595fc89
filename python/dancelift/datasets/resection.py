"""Find a camera from points whose place in the world and in the image is known."""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.datasets.calibration import CalibratedCamera
from dancelift.errors import InputError
from dancelift.geometry import rotation_from_vector

_FEWEST_POINTS = 50
_STEPS = 60
_CONVERGED = 1e-10  # relative change of the cost
_LEAST_SCALE = 1.0  # px, residual at which a point begins to count less
_GREATEST_RESIDUAL = 20.0  # px, median; a detector is far better, other points far worse


def resect(points3d: Array, points2d: Array) -> CalibratedCamera:
    """Find the camera that sees points where they are seen.

    The direct linear transform (Hartley & Zisserman 2004, Multiple View Geometry, sec. 7.1) starts a robust
    Levenberg-Marquardt search for focal lengths, principal point, k1, k2, p1, p2 and pose; k3 stays 0.

    Args:
        points3d: (N, 3), m, world frame; they must fill some space.
        points2d: (N, 2), px.

    Raises:
        InputError: there are too few points, or no camera sees them there.
    """
    if len(points3d) < _FEWEST_POINTS:
        raise InputError(f"{len(points3d)} joints are seen, expected at least {_FEWEST_POINTS} to find the camera from")
    try:
        matrix, rotation, translation = _direct_linear_transform(points3d, points2d)
    except np.linalg.LinAlgError:
        raise InputError("the joints do not fill enough space, expected a motion to find the camera from") from None
    parameters = np.concatenate([matrix[[0, 1, 0, 1], [0, 1, 2, 2]], np.zeros(4), np.zeros(3), translation])
    scale = max(_LEAST_SCALE, 1.4826 * float(np.median(_distances(parameters, rotation, points3d, points2d))))
    parameters = _refine(parameters, rotation, points3d, points2d, scale)
    residual = float(np.median(_distances(parameters, rotation, points3d, points2d)))
    if not residual < _GREATEST_RESIDUAL:
        raise InputError(f"no camera sees the 3D joints at the 2D keypoints: off by {residual:.0f} px, expected a few")
    return _camera(parameters, rotation)


def _camera(parameters: Array, rotation: Array) -> CalibratedCamera:
    """From (14,): fx, fy, cx, cy; k1, k2, p1, p2; a further rotation vector; translation."""
    fx, fy, cx, cy = parameters[:4]
    return CalibratedCamera(
        matrix=np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        distortion=np.append(parameters[4:8], 0),
        rotation=rotation_from_vector(parameters[8:11]) @ rotation,
        translation=parameters[11:],
    )


def _distances(parameters: Array, rotation: Array, points3d: Array, points2d: Array) -> Array:
    distances: Array = np.linalg.norm(_camera(parameters, rotation).project(points3d) - points2d, axis=1)
    return distances


def _refine(parameters: Array, rotation: Array, points3d: Array, points2d: Array, scale: float) -> Array:
    """Levenberg-Marquardt under Cauchy's loss, whose residuals count less beyond `scale` px."""

    def residuals(at: Array) -> Array:
        return (_camera(at, rotation).project(points3d) - points2d) / scale

    def cost_of(residual: Array) -> float:
        return float(np.log1p((residual**2).sum(axis=1)).sum())

    now, damping = residuals(parameters), 1e-3
    cost = cost_of(now)
    for _ in range(_STEPS):
        steps = 1e-6 * np.maximum(np.abs(parameters), 1e-2)
        jacobian = np.stack(
            [
                (residuals(parameters + step) - residuals(parameters - step)) / (2 * step.max())
                for step in np.diag(steps)
            ],
            axis=-1,
        )
        weights = 1 / (1 + (now**2).sum(axis=1))
        gradient = np.einsum("n,nap,na->p", weights, jacobian, now)
        hessian = np.einsum("n,nap,naq->pq", weights, jacobian, jacobian)
        change = -np.linalg.solve(hessian + damping * np.diag(hessian.diagonal() + 1e-12), gradient)
        then = residuals(parameters + change)
        if not cost_of(then) < cost:
            damping *= 10
            if damping > 1e6:
                break
            continue
        converged = cost - cost_of(then) < _CONVERGED * cost
        parameters, now, cost, damping = parameters + change, then, cost_of(then), damping / 10
        if converged:
            break
    return parameters


def _direct_linear_transform(points3d: Array, points2d: Array) -> tuple[Array, Array, Array]:
    """K without skew, R and t of the pinhole with least algebraic error."""
    to_unit3d, to_unit2d = _normaliser(points3d), _normaliser(points2d)
    x = _homogeneous(points3d) @ to_unit3d.T
    u, v, _ = (_homogeneous(points2d) @ to_unit2d.T).T
    zero = np.zeros_like(x)
    equations = np.concatenate([np.hstack([x, zero, -u[:, None] * x]), np.hstack([zero, x, -v[:, None] * x])])
    projection = np.linalg.inv(to_unit2d) @ np.linalg.svd(equations, full_matrices=False)[2][-1].reshape(3, 4)
    projection = projection @ to_unit3d
    flipped = np.linalg.qr(np.linalg.inv(projection[:, :3]))  # the inverse's QR is the matrix' RQ
    rotation, upper = flipped[0].T, np.linalg.inv(flipped[1])
    signs = np.diag(np.sign(np.diag(upper)))
    upper, rotation = upper @ signs, signs @ rotation
    translation = np.linalg.solve(upper, projection[:, 3])
    if np.linalg.det(rotation) < 0:  # the projection is known up to its sign
        rotation, translation = -rotation, -translation
    matrix = upper / upper[2, 2]
    matrix[0, 1] = 0
    return matrix, rotation, translation


def _normaliser(points: Array) -> Array:
    """Moves points (N, D) to mean 0 and mean squared length D, as a matrix (D + 1, D + 1)."""
    n = points.shape[1]
    size = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean() / n)
    transform = np.eye(n + 1)
    transform[:n] = np.hstack([np.eye(n), -points.mean(axis=0)[:, None]]) / max(float(size), 1e-9)
    return transform


def _homogeneous(points: Array) -> Array:
    return np.hstack([points, np.ones((len(points), 1))])

"""A camera whose lens and place are known, as multi-view datasets record theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.errors import InputError

_UNDISTORT_STEPS = 30  # a usual lens gains about a digit in each


@dataclass(frozen=True, eq=False)
class CalibratedCamera:
    """A pinhole with lens distortion (Brown 1966, as OpenCV has it) and its place in the world.

    Attributes:
        matrix: (3, 3) intrinsics K, px, without skew.
        distortion: (5,) radial k1, k2, tangential p1, p2, radial k3.
        rotation: (3, 3) R of x_camera = R x_world + t.
        translation: (3,) t, m.

    Raises:
        InputError: an array has another shape, or R is no rotation.
    """

    matrix: Array
    distortion: Array
    rotation: Array
    translation: Array

    def __post_init__(self) -> None:
        for name, shape in (("matrix", (3, 3)), ("distortion", (5,)), ("rotation", (3, 3)), ("translation", (3,))):
            try:
                value = np.array(getattr(self, name), float)
            except (TypeError, ValueError):
                raise InputError(f"camera: {name} is {getattr(self, name)!r}, expected numbers {shape}") from None
            if value.shape != shape or not np.isfinite(value).all():
                raise InputError(f"camera: {name} is {value.tolist()}, expected finite numbers {shape}")
            object.__setattr__(self, name, value)
        if not np.allclose(self.rotation @ self.rotation.T, np.eye(3), atol=1e-4) or np.linalg.det(self.rotation) < 0:
            raise InputError(f"camera: rotation is {self.rotation.tolist()}, expected a rotation matrix")

    def to_camera(self, points: Array) -> Array:
        """Turn points (..., 3), m, from the world frame to the camera frame."""
        return points @ self.rotation.T + self.translation

    def project(self, points: Array) -> Array:
        """Project points (..., 3), m, world frame, to (..., 2) px."""
        x = self.to_camera(points)
        return self._to_pixels(self._distort(x[..., :2] / x[..., 2:]))

    def undistort(self, keypoints2d: Array) -> Array:
        """Move (..., 2) px to where a pinhole of the same K sees them, by fixed-point iteration."""
        seen = (keypoints2d - self.matrix[:2, 2]) / self.matrix[[0, 1], [0, 1]]
        rays = seen
        for _ in range(_UNDISTORT_STEPS):
            radial, tangential = self._distortion_at(rays)
            rays = (seen - tangential) / radial
        return self._to_pixels(rays)

    def _to_pixels(self, rays: Array) -> Array:
        return rays * self.matrix[[0, 1], [0, 1]] + self.matrix[:2, 2]

    def _distort(self, rays: Array) -> Array:
        radial, tangential = self._distortion_at(rays)
        return radial * rays + tangential

    def _distortion_at(self, rays: Array) -> tuple[Array, Array]:
        """Radial factor (..., 1) and tangential shift (..., 2) at rays (x / z, y / z)."""
        k1, k2, p1, p2, k3 = self.distortion
        x, y = rays[..., 0], rays[..., 1]
        r2 = x**2 + y**2
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        shift_x = 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
        shift_y = p1 * (r2 + 2 * y**2) + 2 * p2 * x * y
        return radial[..., None], np.stack([shift_x, shift_y], axis=-1)

"""Imaging parameters: how a camera turns 3D joints into pixels."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array
from dancelift.errors import InputError, warn

TYPICAL_FOCAL = 0.8
"""Focal length as a fraction of the image's longer side: a 28 mm lens on full frame, as phones have it."""


@dataclass(frozen=True, eq=False)
class Camera:
    """The imaging parameters w_t of a clip: intrinsics, and what changes from frame to frame.

    Camera frame: x right, y down, z forward, metres.

    Attributes:
        matrix: (3, 3) intrinsics K, px.
        model: "perspective", or "weak_perspective" (scaled orthography with scale and shift per frame).
        focal_known: whether the focal length in `matrix` is exact; else it is a first guess that lifting refines.
        scale: (T,), px per m, weak perspective only, set by lifting.
        shift: (T, 2), px, weak perspective only, set by lifting.
        up: (3,) unit vector against gravity in the camera frame, estimated by lifting.

    Raises:
        InputError: the matrix is not one of intrinsics, or the model is unknown.
    """

    matrix: Array
    model: Literal["perspective", "weak_perspective"] = "perspective"
    focal_known: bool = True
    scale: Array | None = None
    shift: Array | None = None
    up: Array | None = None

    def __post_init__(self) -> None:
        try:
            matrix = np.array(self.matrix, float)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            found = " ".join(f"{self.matrix!r:.80}".split())
            raise InputError(f"camera: {found} is not a matrix, expected a 3x3 K in px") from None
        if matrix.shape != (3, 3):
            raise InputError(f"camera: K has shape {matrix.shape}, expected (3, 3)")
        zeros = np.array([matrix[1, 0], matrix[2, 0], matrix[2, 1]])
        if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0 or zeros.any() or matrix[2, 2] != 1:
            raise InputError(f"camera: K is {matrix.tolist()}, expected [[fx, s, cx], [0, fy, cy], [0, 0, 1]] in px")
        if self.model not in ("perspective", "weak_perspective"):
            raise InputError(f"camera: model {self.model!r}, expected 'perspective' or 'weak_perspective'")
        object.__setattr__(self, "matrix", matrix)

    @staticmethod
    def typical(
        image_size: tuple[float, float], model: Literal["perspective", "weak_perspective"] = "perspective"
    ) -> Camera:
        """Return a camera of unknown focal length that took images of that (width, height) in px."""
        width, height = image_size
        focal = TYPICAL_FOCAL * max(width, height)
        return Camera(np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]]), model, focal_known=False)

    @property
    def focal(self) -> float:
        """The horizontal focal length, px."""
        return float(self.matrix[0, 0])

    @property
    def intrinsics(self) -> tuple[float, float, float, float]:
        """The (aspect, skew, cx, cy): vertical to horizontal focal length, skew over it, principal point in px."""
        (fx, skew, cx), (_, fy, cy), _ = self.matrix.tolist()
        return fy / fx, skew / fx, cx, cy

    def rays(self, keypoints2d: Array) -> Array:
        """Return the coordinates x / z and y / z (..., 2) of the rays through pixels (..., 2)."""
        aspect, skew, cx, cy = self.intrinsics
        y = (keypoints2d[..., 1] - cy) / (self.focal * aspect)
        x = (keypoints2d[..., 0] - cx) / self.focal - skew * y
        return np.stack([x, y], axis=-1)

    def project(self, poses3d: Array) -> Array:
        """Project poses (T, J, 3), m, camera frame, to pixels (T, J, 2)."""
        if self.model == "weak_perspective":
            scale, shift = self._scale_and_shift()
            relative = poses3d - self.root_path[:, None]
            return scale[:, None, None] * relative[..., :2] + shift[:, None]
        projected = poses3d @ self.matrix.T
        return projected[..., :2] / projected[..., 2:]

    @property
    def root_path(self) -> Array:
        """Where weak perspective's scale and shift put the origin of the poses, (T, 3), m, camera frame.

        Raises:
            InputError: scale and shift are not set.
        """
        scale, shift = self._scale_and_shift()
        depth = self.focal / scale
        return np.concatenate([self.rays(shift) * depth[:, None], depth[:, None]], axis=1)

    def _scale_and_shift(self) -> tuple[Array, Array]:
        if self.scale is None or self.shift is None:
            raise InputError("camera: scale and shift are not set, expected those of a weak perspective lift")
        return self.scale, self.shift


def first_camera(camera: Camera | ArrayLike | None, image_size: tuple[int, int] | None, keypoints: Array) -> Camera:
    """Return the camera of a clip as it is known, or first guessed, before lifting.

    Args:
        camera: a Camera, a 3x3 K, or None.
        image_size: (width, height), px, if known.
        keypoints: (T, J, 3), px and score.
    """
    if isinstance(camera, Camera):
        return camera
    if camera is not None:
        return Camera(cast(Array, camera))  # which checks it
    if image_size is not None:
        return Camera.typical(image_size)
    centred = centred_camera(keypoints)
    warn(
        "image_size is None, expected (width, height) in px: the image is taken to be centred on the dancer, at "
        f"{centred.matrix[:2, 2].round().tolist()}"
    )
    return centred


def centred_camera(keypoints: Array) -> Camera:
    """Return a camera of unknown focal length, its image centred on the seen of keypoints (T, J, 3), px and score."""
    seen = keypoints[keypoints[..., 2] > 0][:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = high - low
    typical = Camera.typical(tuple(2 * size))
    matrix = typical.matrix.copy()
    matrix[:2, 2] = (low + high) / 2
    return dataclasses.replace(typical, matrix=matrix)

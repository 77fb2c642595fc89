"""Which way a body faces, and its pose in the body frame of `dancelift.body.anatomy`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dancelift.arraytypes import Array
from dancelift.geometry import rotation


def facing(points: Array, names: Sequence[str]) -> Array:
    """Return bodies' yaw about the vertical, (N,), rad, by the mean of the hips' and the shoulders' axis.

    Args:
        points: (N, J, 3), y up; hips and shoulders are among them.
        names: of the J landmarks.
    """
    axis = np.zeros((len(points), 3))
    for name in ("hip", "shoulder"):
        across = points[:, names.index(f"left_{name}")] - points[:, names.index(f"right_{name}")]
        axis += across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    yaw: Array = np.arctan2(-axis[:, 2], axis[:, 0])
    return yaw


def face_forward(points: Array, names: Sequence[str]) -> Array:
    """Bring poses (N, J, 3), y up, to the body frame: facing forward, midway between the hips at the origin."""
    hips = [names.index("left_hip"), names.index("right_hip")]
    centred = points - points[:, hips].mean(axis=1, keepdims=True)
    forward: Array = centred @ np.swapaxes(rotation(1, -facing(points, names)), -1, -2)
    return forward

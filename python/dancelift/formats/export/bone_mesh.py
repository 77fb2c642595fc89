"""A body of simple shapes around the bones of a rig at rest, so that a viewer has something to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.body.rig import HEAD, Rig
from dancelift.geometry import across, unit

COLOURS = {"left": (0.10, 0.35, 0.75), "right": (0.80, 0.25, 0.10), "": (0.45, 0.45, 0.45)}
"""Linear red, green and blue, 0 to 1, of the left, the right and the middle of the body."""

_WAIST = 0.15  # where along a bone it is thickest
_SLIMNESS, _THINNEST, _THICKEST = 0.12, 0.008, 0.045  # half width of a bone to its length; m
_HEAD_SIZE = np.array([0.46, 0.62, 0.56])  # half axes of the head, of the length from ears to crown
_RINGS, _SECTORS = 8, 12


@dataclass(frozen=True, eq=False)
class BoneMesh:
    """Triangles around the bones of a rig, N corners, three after each other a triangle.

    Attributes:
        points: (N, 3), m, from the hips at rest.
        normals: (N, 3), of length 1.
        bones: (N,), with which each corner moves.
        sides: (N // 3,), 0, 1 or 2 for each triangle: which of COLOURS it has.
    """

    points: Array
    normals: Array
    bones: Indices
    sides: Indices


def bone_mesh(rig: Rig) -> BoneMesh:
    """Return the shapes of a rig's bones."""
    starts = rig.rest()
    shapes: list[tuple[int, Array]] = []
    for bone, parent in enumerate(rig.parents):
        if parent >= 0 and not any(
            rig.parents[other] == parent and np.allclose(rig.offsets[other], rig.offsets[bone]) for other in range(bone)
        ):
            shapes.append((parent, _spindle(starts[parent], starts[bone])))
        if rig.names[bone] == HEAD:
            crown = np.linalg.norm(rig.tips[bone])
            shapes.append((bone, _ellipsoid(starts[bone], crown * _HEAD_SIZE)))
        elif np.isfinite(rig.tips[bone]).all():
            shapes.append((bone, _spindle(starts[bone], starts[bone] + rig.tips[bone])))
    triangles = np.concatenate([shape for _, shape in shapes])
    normals = unit(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]))
    bones = np.repeat([bone for bone, _ in shapes], [len(shape) for _, shape in shapes])
    sides = [next(i for i, side in enumerate(COLOURS) if rig.names[bone].lower().startswith(side)) for bone in bones]
    return BoneMesh(
        triangles.reshape(-1, 3), np.repeat(normals, 3, axis=0), np.repeat(bones, 3), np.array(sides, dtype=np.intp)
    )


def _spindle(start: Array, end: Array) -> Array:
    """Triangles (8, 3, 3) of a bone from one point to another, thick near its start."""
    along = end - start
    length = float(np.linalg.norm(along))
    half = np.clip(_SLIMNESS * length, _THINNEST, _THICKEST)
    x = unit(across(np.eye(3)[np.abs(along).argmin()], unit(along)))
    z = np.cross(unit(along), x)
    ring = start + _WAIST * along + half * np.array([x, z, -x, -z])
    return np.array(
        [
            triangle
            for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True)
            for triangle in ((start, a, b), (end, b, a))
        ]
    )


def _ellipsoid(centre: Array, half_axes: Array) -> Array:
    """Triangles (N, 3, 3) of an ellipsoid whose axes are those of the frame."""
    down, around = np.meshgrid(
        np.linspace(0, np.pi, _RINGS + 1), np.linspace(0, 2 * np.pi, _SECTORS + 1), indexing="ij"
    )
    points = centre + half_axes * np.stack(
        [np.sin(down) * np.sin(around), np.cos(down), np.sin(down) * np.cos(around)], axis=-1
    )
    upper = np.stack([points[:-1, :-1], points[1:, :-1], points[1:, 1:]], axis=2).reshape(-1, 3, 3)
    lower = np.stack([points[:-1, :-1], points[1:, 1:], points[:-1, 1:]], axis=2).reshape(-1, 3, 3)
    triangles: Array = np.concatenate([upper, lower])
    sizes = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    whole: Array = triangles[sizes > 1e-9]  # at the poles two corners are one
    return whole

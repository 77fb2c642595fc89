"""Joints as markers, by the names that Pose2Sim's OpenSim models give them, for TRC and C3D.

Where a skeleton has no joint between the hips or the shoulders, markers Hip and Neck are put midway, as Pose2Sim does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.posture import middle
from dancelift.body.rig import SIDES
from dancelift.body.skeleton import Skeleton
from dancelift.formats.export.scene import Dancer, Scene, Up, from_y_up

_MIDDLE = {"mid_hip": "Hip", "head_top": "Head", "neck": "Neck", "thorax": "Thorax", "spine": "Spine", "nose": "Nose"}
_OF_SKELETON = {
    "body25": {"mid_hip": "CHip"},
    "blazepose33": {"left_foot_index": "LBigToe", "right_foot_index": "RBigToe"},
}
_FILLED_IN = 0.0  # as the residual of a marker that was not measured
_MM = 1000.0


@dataclass(frozen=True, eq=False)
class Markers:
    """Markers of all dancers of a scene, M of them, over its frames, T.

    Attributes:
        names: with the dancer's name and a colon before it, where there are several dancers.
        positions: (T, M, 3), m; NaN where a dancer is not there.
        residuals: (T, M), mm, how far the marker is from where it is: its standard deviation, at least 1; 0 where the
            joint was not seen and is filled in; -1 where the marker is missing.
    """

    names: tuple[str, ...]
    positions: Array
    residuals: Array


def markers_of(scene: Scene, up: Up) -> Markers:
    """Return the markers of a scene in a world with that axis up."""
    names: list[str] = []
    positions, residuals = [], []
    for dancer in scene.dancers:
        of_dancer, poses, deviations = _markers(dancer)
        prefix = f"{dancer.name}:" if len(scene.dancers) > 1 else ""
        names += [f"{prefix}{name}" for name in of_dancer]
        frames = slice(dancer.first, dancer.first + len(poses))
        placed = np.full((scene.n_frames, *poses.shape[1:]), np.nan)
        placed[frames] = poses @ from_y_up(up).T
        far = np.full(placed.shape[:2], -1.0)
        far[frames] = deviations
        far[~np.isfinite(placed).all(axis=2)] = -1
        positions.append(placed)
        residuals.append(far)
    return Markers(tuple(names), np.concatenate(positions, axis=1), np.concatenate(residuals, axis=1))


def _markers(dancer: Dancer) -> tuple[list[str], Array, Array]:
    """Names, positions (T, M, 3), m, and residuals (T, M), mm, of one dancer's markers."""
    names = [marker_name(dancer.skeleton, joint) for joint in range(len(dancer.skeleton))]
    spread = np.sqrt((2 * dancer.deviations[..., 0] ** 2 + dancer.deviations[..., 1] ** 2) / 3)
    residuals = np.where(dancer.seen, np.maximum(1, np.nan_to_num(_MM * spread)), _FILLED_IN)
    poses = dancer.poses3d
    for name, landmark, part in (("Hip", "mid_hip", "hip"), ("Neck", "neck", "shoulder")):
        if dancer.skeleton.index(landmark) is None and name not in names:
            both = (dancer.skeleton.index(f"{side}_{part}") for side in SIDES)
            sides = [joint for joint in both if joint is not None]
            between = np.where(dancer.seen[:, sides].all(axis=1), residuals[:, sides].max(axis=1), _FILLED_IN)
            names.append(name)
            poses = np.concatenate([poses, middle(dancer.poses3d, part, dancer.skeleton)[:, None]], axis=1)
            residuals = np.concatenate([residuals, between[:, None]], axis=1)
    return names, poses, residuals


def marker_name(skeleton: Skeleton, joint: int) -> str:
    """Return the name of the marker of a joint, such as RBigToe; the joint's own where it marks no landmark."""
    landmark = next((name for name in anatomy.LANDMARKS if skeleton.index(name) == joint), None)
    if landmark is None:
        return "".join(skeleton.joints[joint].split())
    special = _OF_SKELETON.get(skeleton.name, {}).get(landmark)
    if special or landmark in _MIDDLE:
        return special or _MIDDLE[landmark]
    words = landmark.split("_")
    side = next((word for word in words if word in SIDES), "")
    return side[:1].upper() + "".join(word.title() for word in words if word != side)

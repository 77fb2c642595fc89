"""BVH: one dancer as the rotations of bones of constant length, in metres, from a rest in a T.

The Euler angles of each bone are in the order that stays farthest from where two of its axes coincide, and do not jump
from frame to frame. BVH has no times: its first frame is the first of the dancer.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.rig import local_rotations
from dancelift.formats.bvh import CHANNELS, Bvh, Hierarchy, Joint, format_bvh
from dancelift.formats.export.scene import Dancer, Up, from_y_up
from dancelift.geometry import euler_angles, gimbal_distance

_MOVES, _TURNS = CHANNELS[:3], CHANNELS[3:]


def write_bvh(dancer: Dancer, path: Path, up: Up) -> None:
    """Write the motion of a dancer, in a world with that axis up.

    Raises:
        InputError: a joint is not finite, or the skeleton lacks one of an arm or a leg.
    """
    motion, rig = dancer.rigged, dancer.rigged.rig
    turn = from_y_up(up)
    rotations = turn @ local_rotations(rig, motion.rotations) @ turn.T
    columns = [motion.root @ turn.T]
    joints: list[Joint] = []
    place: dict[int, int] = {-1: -1}  # of each bone in the file, where end sites are between them
    for bone, name in enumerate(rig.names):
        axes = _best_axes(rotations[:, bone])
        columns.append(np.degrees(euler_angles(rotations[:, bone], axes)))
        channels = (*(_MOVES if bone == 0 else ()), *(_TURNS[axis] for axis in axes))
        place[bone] = len(joints)
        joints.append(Joint(name, place[rig.parents[bone]], _triple(turn @ rig.offsets[bone]), channels))
        if np.isfinite(rig.tips[bone]).all():
            joints.append(Joint("", place[bone], _triple(turn @ rig.tips[bone])))
    bvh = Bvh(Hierarchy(tuple(joints)), np.concatenate(columns, axis=1), 1 / dancer.fps)
    path.write_text(format_bvh(bvh), encoding="ascii", newline="\n")


def _best_axes(rotations: Array) -> tuple[int, int, int]:
    """Order of axes for the Euler angles of rotations (T, 3, 3); of those that are as good, the first."""
    orders = [(i, j, k) for i, j, k in permutations(range(3))]
    return max(orders, key=lambda axes: round(gimbal_distance(rotations, axes), 2))


def _triple(vector: Array) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z

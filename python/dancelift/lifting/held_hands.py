"""Hands of two dancers that hold each other: found by wrists that stay near each other in the image.

Wrists that are near in the image are so because they are near in space, or because one is in front of the other. The
latter seldom lasts; and where it does, the distance along the line of sight is large, and Cauchy's loss lets it go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Flags, Indices

_NEAR = 0.3  # m, between wrists across the line of sight
_LASTING, _SHARE = 0.7, 0.85  # s, and the share of it in which they are near


@dataclass(frozen=True, eq=False)
class Wrists:
    """One dancer's wrists, by which hands are found, in T frames.

    Attributes:
        joints: left and right, as far as the skeleton has them.
        poses3d: (T, J, 3), m, camera frame.
        seen: (T, J) whether the joint was seen.
        depth: (T,) of the dancer's mid-hip, m.
        frame_numbers: (T,) in the video.
        fps: frames per second.
    """

    joints: tuple[int, ...]
    poses3d: Array
    seen: Flags
    depth: Array
    frame_numbers: Indices
    fps: float


@dataclass(frozen=True, eq=False)
class HeldHands:
    """A wrist of one dancer and a wrist of another that may hold each other, in N frames.

    Attributes:
        dancers: the two, by index.
        wrists: joints of the first and of the second.
        frames: (N, 2) of the first's clip and of the second's.
        wrist_depths: (N, 2), m.
        body_depths: (N, 2) of the mid-hips, m.
    """

    dancers: tuple[int, int]
    wrists: tuple[int, int]
    frames: Indices
    wrist_depths: Array
    body_depths: Array


def find_held_hands(dancers: Sequence[Wrists]) -> list[HeldHands]:
    """Find which wrists of which dancers stay near each other in the image."""
    return [
        hands
        for first, one in enumerate(dancers)
        for second, other in enumerate(dancers[first + 1 :], first + 1)
        for a in one.joints
        for b in other.joints
        if (hands := _held(one, other, (first, second), (a, b))) is not None
    ]


def _held(one: Wrists, other: Wrists, dancers: tuple[int, int], wrists: tuple[int, int]) -> HeldHands | None:
    _, at_one, at_other = np.intersect1d(
        one.frame_numbers, other.frame_numbers, assume_unique=True, return_indices=True
    )
    p, q = one.poses3d[at_one, wrists[0]], other.poses3d[at_other, wrists[1]]
    depth = 0.5 * (p[:, 2] + q[:, 2])
    across = depth * np.linalg.norm(p[:, :2] / p[:, 2:] - q[:, :2] / q[:, 2:], axis=1)
    near = (across < _NEAR) & one.seen[at_one, wrists[0]] & other.seen[at_other, wrists[1]]
    lasting = np.flatnonzero(near & _in_lasting_stretch(near, one.fps))
    if not len(lasting):
        return None
    at_one, at_other = at_one[lasting], at_other[lasting]
    return HeldHands(
        dancers,
        wrists,
        frames=np.stack([at_one, at_other], axis=1),
        wrist_depths=np.stack([p[lasting, 2], q[lasting, 2]], axis=1),
        body_depths=np.stack([one.depth[at_one], other.depth[at_other]], axis=1),
    )


def _in_lasting_stretch(near: Flags, fps: float) -> Flags:
    """(T,) whether a frame is in a stretch of _LASTING in most of whose frames wrists are near (T,)."""
    width = max(1, round(_LASTING * fps)) | 1
    if len(near) < width:
        return np.zeros(len(near), bool)
    share = np.convolve(near, np.ones(width) / width, "same")
    stretch: Flags = np.convolve(share >= _SHARE, np.ones(width), "same") > 0.5
    return stretch

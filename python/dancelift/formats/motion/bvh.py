"""Biovision hierarchy (BVH): any skeleton whose joints' names tell hips, knees, ankles, shoulders, elbows and wrists.

The vertical is found from the motion and the rest pose, the unit from the performer's size. The BVH files that go round
of the CMU Graphics Lab Motion Capture Database have lost the thorax of its ASF skeletons; it is put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dancelift.formats.bvh import Hierarchy, read_bvh
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.motion.rig import read_rig
from dancelift.formats.source import Source

_START = b"HIERARCHY"
_SPINE = ("lowerback", "spine", "spine1")  # joints of CMU's spine, which ends where the thorax begins
_ON_THORAX = ("neck", "leftshoulder", "rightshoulder")


def _recognises(source: Source) -> bool:
    with source.path.open("rb") as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[: len(_START)].upper() == _START or source.path.suffix.lower() == ".bvh"


def _read(source: Source) -> Iterator[Recording]:
    bvh = read_bvh(source.path)
    if not np.isfinite(bvh.channels).all(axis=1).any():
        raise source.error("every frame has a number that is not finite; expected a frame without")
    hierarchy = _with_thorax(bvh.hierarchy)
    yield read_rig(source, "BVH", hierarchy, *hierarchy.forward(bvh.channels), fps=1 / bvh.frame_time)


def _with_thorax(hierarchy: Hierarchy) -> Hierarchy:
    """The same with neck and shoulders at the end of the thorax, where they were left at its beginning.

    In CMU's skeletons the thorax is as long as the bone below it, to a few percent, and goes on in its direction.
    """
    joints = hierarchy.joints
    names = [joint.name.lower() for joint in joints]
    if not all(names.count(name) == 1 for name in (*_SPINE, *_ON_THORAX)):
        return hierarchy
    spine = [names.index(name) for name in _SPINE]
    carried = [names.index(name) for name in _ON_THORAX]
    in_line = [joints[index].parent for index in (*spine[1:], *carried)] == [*spine[:-1], *[spine[-1]] * len(carried)]
    if not in_line or any(any(joints[index].offset) for index in carried):
        return hierarchy
    thorax = joints[spine[-1]].offset
    return Hierarchy(tuple(replace(one, offset=thorax) if i in carried else one for i, one in enumerate(joints)))


FORMAT = MotionFormat("bvh", _recognises, _read)

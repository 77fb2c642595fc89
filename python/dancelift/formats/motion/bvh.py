"""Biovision hierarchy (BVH): any skeleton whose joints' names tell hips, knees, ankles, shoulders, elbows and wrists.

The vertical is found from the motion and the rest pose, the unit from the performer's size. A BVH has no face: nose,
eyes and ears are placed on the head joint, rigid as on the head of `dancelift.body.anatomy`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.skeleton import SKELETONS, Skeleton, sided
from dancelift.formats.bvh import Hierarchy, read_bvh
from dancelift.formats.motion.joint_names import find_landmarks
from dancelift.formats.motion.posture import middle, nearest_axis, stature, uprightness
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source, abbreviate

_LIMBS = sided("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_FACE = tuple(landmark for landmark in SKELETONS["coco17"].joints if landmark in anatomy.HEAD_LANDMARKS)
_START = b"HIERARCHY"
_REST_WEIGHT = 0.25  # of the rest pose beside the motion: it decides where a dancer is mostly on the floor
_STRAIGHT, _SQUARE = 0.8, 0.3  # cosines of directions that are about the same, and about at right angles
_TINY = 1e-12  # in the file's unit: a length that is none


def _recognises(source: Source) -> bool:
    with source.path.open("rb") as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[: len(_START)].upper() == _START or source.path.suffix.lower() == ".bvh"


def _read(source: Source) -> Iterator[Recording]:
    bvh = read_bvh(source.path)
    joints = _joints(source, bvh.hierarchy)
    head = joints.pop("head", None)
    landmarks, indices = tuple(joints), list(joints.values())
    skeleton = Skeleton("bvh", landmarks)
    complete = np.isfinite(bvh.channels).all(axis=1)
    if not complete.any():
        raise source.error("every frame has a number that is not finite; expected a frame without")

    positions, rotations = bvh.hierarchy.forward(bvh.channels)
    rest = bvh.hierarchy.rest()[None]
    poses, rest_pose = positions[:, indices], rest[:, indices]
    upward, rest_upward = uprightness(poses, skeleton), uprightness(rest_pose, skeleton)
    stands = _stands(rest_pose, skeleton)
    up, _ = nearest_axis(upward + _REST_WEIGHT * rest_upward if stands else upward)
    if head is not None:
        turns = rotations[:, head]
        if stands:
            on_head = _face(rest_pose, rest[:, head], np.eye(3)[None], nearest_axis(rest_upward)[0], skeleton)
        else:
            on_head = _face(poses[complete], positions[complete, head], turns[complete], up, skeleton)
        face = positions[:, head, None] + np.einsum("tab,lb->tla", turns, on_head)
        poses = np.concatenate([face, poses], axis=1)
        skeleton = Skeleton("bvh", (*_FACE, *landmarks))
    yield Recording(
        name=source.path.stem, source="BVH", positions=poses, skeleton=skeleton, fps=1 / bvh.frame_time, up=up
    )


def _joints(source: Source, hierarchy: Hierarchy) -> dict[str, int]:
    """Index of the joint for each landmark, in the order of the landmarks, and last for the "head" if there is one."""
    found = find_landmarks(hierarchy)
    missing = [landmark for landmark in _LIMBS if landmark not in found]
    if missing:
        names = [joint.name for joint in hierarchy.joints if joint.name]
        raise source.error(
            f"no joint for {', '.join(missing)} among {abbreviate(names)}; expected a person's, with names such as "
            "LeftUpLeg, LeftLeg, LeftFoot, or thigh.L, shin.L, foot.L"
        )
    return {name: found[name] for name in (*anatomy.LANDMARKS, "head") if name in found}


def _stands(pose: Array, skeleton: Skeleton) -> bool:
    """Whether the trunk of a pose (1, J, 3) is above its legs, and its shoulders are above its hips.

    There are hierarchies whose joints all point along one axis until they are turned.
    """
    (shoulder,), (hip,), (ankle,) = (middle(pose, part, skeleton) for part in ("shoulder", "hip", "ankle"))
    (shoulders,), (hips,) = (_across(pose, part, skeleton) for part in ("shoulder", "hip"))
    trunk, legs = shoulder - hip, hip - ankle
    return bool(
        _cosine(trunk, legs) > _STRAIGHT
        and _cosine(hips, shoulders) > _STRAIGHT
        and abs(_cosine(hips + shoulders, trunk + legs)) < _SQUARE
    )


def _across(poses: Array, part: str, skeleton: Skeleton) -> Array:
    """(T, 3) from the right to the left hip or shoulder."""
    return poses[:, skeleton.joints.index(f"left_{part}")] - poses[:, skeleton.joints.index(f"right_{part}")]


def _cosine(a: Array, b: Array) -> float:
    return float(_unit(a) @ _unit(b))


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)
    return unit


def _face(poses: Array, heads: Array, turns: Array, up: Array, skeleton: Skeleton) -> Array:
    """(L, 3): where the landmarks of _FACE are in the frame of the head joint.

    Args:
        poses: (T, J, 3) of the limbs; in the mean the head is level and looks ahead.
        heads, turns: (T, 3) positions of the head joint and (T, 3, 3) rotations from its frame.
        up: (3,), unit vector.
    """
    left = _unit(_across(poses, "shoulder", skeleton)) + _unit(_across(poses, "hip", skeleton))
    y = _unit(np.mean(up @ turns, axis=0))
    z = np.einsum("ta,tab->b", _unit(np.cross(left, up)), turns)
    z = _unit(z - (z @ y) * y)
    axes = np.stack([np.cross(y, z), y, z])  # left, up and forward in the frame of the head joint

    # programs put the head joint anywhere between neck and ears; the face's height is that above the shoulders
    rise = np.median((middle(poses, "shoulder", skeleton) - heads) @ up)
    body = anatomy.Body(stature(poses, skeleton))
    points = anatomy.landmarks(np.zeros((1, len(anatomy.ANGLES))), body)[0]
    neck = points[anatomy.LANDMARKS.index("neck")]
    on_body = points[[anatomy.LANDMARKS.index(landmark) for landmark in _FACE]] - neck
    on_head: Array = (on_body + [0, rise, 0]) @ axes
    return on_head


FORMAT = MotionFormat("bvh", _recognises, _read)

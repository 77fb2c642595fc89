"""A performer in a tree of joints: landmarks by the joints' names, the vertical, and the face that no tree has.

Nose, eyes and ears are placed on the head joint, rigid as on the head of `dancelift.body.anatomy`.
"""

from __future__ import annotations

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.posture import middle, nearest_axis, stature, uprightness
from dancelift.body.skeleton import SKELETONS, Skeleton, sided
from dancelift.formats.bvh import Hierarchy
from dancelift.formats.motion.joint_names import find_landmarks
from dancelift.formats.motion.recording import Recording
from dancelift.formats.source import Source, abbreviate
from dancelift.geometry import unit

FACE = tuple(landmark for landmark in SKELETONS["coco17"].joints if landmark in anatomy.HEAD_LANDMARKS)
"""The landmarks that are placed on a head joint."""

_LIMBS = sided("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_REST_WEIGHT = 0.25  # of the rest pose beside the motion: it decides where a dancer is mostly on the floor
_STRAIGHT, _SQUARE = 0.8, 0.3  # cosines of directions that are about the same, and about at right angles


def read_rig(
    source: Source,
    program: str,
    hierarchy: Hierarchy,
    positions: Array,
    rotations: Array,
    fps: float,
    up: Array | None = None,
) -> Recording:
    """Return what the joints of a hierarchy record of a person.

    Args:
        source: the file, whose name the recording has.
        program: format or data set, for model cards.
        hierarchy: in the file's unit.
        positions, rotations: (T, J, 3) in the file's unit, (T, J, 3, 3) from the joints' frames, both in the file's
            frame; some frame is complete, NaN is missing in others.
        fps: frames per second.
        up: (3,) against gravity, in the file's frame; None: found from the motion and the rest pose.

    Raises:
        InputError: the joints' names do not tell those of a person.
    """
    joints = _joints(source, hierarchy)
    head = joints.pop("head", None)
    landmarks, indices = tuple(joints), list(joints.values())
    name = program.lower()
    skeleton = Skeleton(name, landmarks)
    rest = hierarchy.rest()[None]
    poses, rest_pose = positions[:, indices], rest[:, indices]
    upward, rest_upward = uprightness(poses, skeleton), uprightness(rest_pose, skeleton)
    stands = _stands(rest_pose, skeleton)
    if up is None:
        up, _ = nearest_axis(upward + _REST_WEIGHT * rest_upward if stands else upward)
    if head is not None:
        turns = rotations[:, head]
        if stands:
            on_head = face_on_head(rest_pose, rest[:, head], np.eye(3)[None], nearest_axis(rest_upward)[0], skeleton)
        else:
            complete = np.isfinite(positions).all(axis=(1, 2)) & np.isfinite(rotations).all(axis=(1, 2, 3))
            on_head = face_on_head(poses[complete], positions[complete, head], turns[complete], up, skeleton)
        poses = np.concatenate([face_of(on_head, positions[:, head], turns), poses], axis=1)
        skeleton = Skeleton(name, (*FACE, *landmarks))
    return Recording(source.path.stem, program, poses, skeleton, fps, up=up)


def face_of(on_head: Array, heads: Array, turns: Array) -> Array:
    """Return (T, L, 3), the landmarks of FACE, from what `face_on_head` returned and the head joint's motion."""
    face: Array = heads[:, None] + np.einsum("tab,lb->tla", turns, on_head)
    return face


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
    return float(unit(a) @ unit(b))


def face_on_head(poses: Array, heads: Array, turns: Array, up: Array, skeleton: Skeleton) -> Array:
    """Return (L, 3), where the landmarks of FACE are in the frame of the head joint.

    Args:
        poses: (T, J, 3) of the limbs; in the mean the head is level and looks ahead.
        heads, turns: (T, 3) positions of the head joint and (T, 3, 3) rotations from its frame.
        up: (3,), unit vector.
    """
    left = unit(_across(poses, "shoulder", skeleton)) + unit(_across(poses, "hip", skeleton))
    y = unit(np.mean(up @ turns, axis=0))
    z = np.einsum("ta,tab->b", unit(np.cross(left, up)), turns)
    z = unit(z - (z @ y) * y)
    axes = np.stack([np.cross(y, z), y, z])  # left, up and forward in the frame of the head joint

    # programs put the head joint anywhere between neck and ears; the face's height is that above the shoulders
    rise = np.median((middle(poses, "shoulder", skeleton) - heads) @ up)
    body = anatomy.Body(stature(poses, skeleton))
    points = anatomy.landmarks(np.zeros((1, len(anatomy.ANGLES))), body)[0]
    neck = points[anatomy.LANDMARKS.index("neck")]
    on_body = points[[anatomy.LANDMARKS.index(landmark) for landmark in FACE]] - neck
    on_head: Array = (on_body + [0, rise, 0]) @ axes
    return on_head

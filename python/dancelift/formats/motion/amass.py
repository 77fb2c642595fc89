"""AMASS: an .npz that holds `poses` (T, 72, 156 or 165) of SMPL, SMPL-H or SMPL-X, `trans` (T, 3) m, and a frame rate.

`poses` are axis-angles, rad: the root's orientation, then 21 joints of the body, which the three models share; what
follows, of hands and face, is left out. The world has z up (Mahmood et al. 2019, AMASS).

Joints come by forward kinematics over the mean body, so that no body model is needed: `betas` and `gender` are not
read, everybody is of one size, and feet may slide a little where a performer was taller or shorter. SMPL has no face:
nose, eyes and ears are placed on its head joint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.motion.rig import FACE, face_of, face_on_head
from dancelift.formats.source import Source, abbreviate
from dancelift.geometry import rotation_from_vector

_POSES, _TRANS = "poses", "trans"
_RATES = ("mocap_framerate", "mocap_frame_rate")  # as the files of SMPL-H and of SMPL-X spell it
_WIDTHS = {72: "SMPL", 156: "SMPL-H", 165: "SMPL-X"}
_SLOWEST, _FASTEST = 0.1, 1e4  # frames per second
_MOST_TURN = 25.0  # rad, four turns: above it, angles are not in rad
_FARTHEST = 1e4  # m from the origin

_COCO17 = SKELETONS["coco17"]
_BODY_UP, _WORLD_UP = np.eye(3)[1], np.eye(3)[2]


class _Joint(NamedTuple):
    name: str
    parent: int  # its index; -1 for the root
    offset: tuple[float, float, float]  # from the parent in the rest pose, a T: x to the left, y up, z forward, m


# The mean of SMPL's neutral body (Loper et al. 2015, SMPL: A Skinned Multi-Person Linear Model), betas all zero
_JOINTS = (
    _Joint("pelvis", -1, (-0.0018, -0.2233, 0.0282)),  # from the model's origin, which `trans` moves
    _Joint("left_hip", 0, (0.0695, -0.0914, -0.0068)),
    _Joint("right_hip", 0, (-0.0677, -0.0905, -0.0043)),
    _Joint("spine1", 0, (-0.0025, 0.1090, -0.0267)),
    _Joint("left_knee", 1, (0.0343, -0.3752, -0.0045)),
    _Joint("right_knee", 2, (-0.0383, -0.3826, -0.0089)),
    _Joint("spine2", 3, (0.0055, 0.1352, 0.0011)),
    _Joint("left_ankle", 4, (-0.0136, -0.3980, -0.0437)),
    _Joint("right_ankle", 5, (0.0158, -0.3984, -0.0423)),
    _Joint("spine3", 6, (0.0015, 0.0529, 0.0254)),
    _Joint("left_foot", 7, (0.0264, -0.0558, 0.1193)),
    _Joint("right_foot", 8, (-0.0254, -0.0481, 0.1233)),
    _Joint("neck", 9, (-0.0028, 0.2139, -0.0429)),
    _Joint("left_collar", 9, (0.0788, 0.1217, -0.0341)),
    _Joint("right_collar", 9, (-0.0818, 0.1188, -0.0386)),
    _Joint("head", 12, (0.0052, 0.0650, 0.0513)),
    _Joint("left_shoulder", 13, (0.0910, 0.0305, -0.0089)),
    _Joint("right_shoulder", 14, (-0.0960, 0.0326, -0.0091)),
    _Joint("left_elbow", 16, (0.2596, -0.0128, -0.0275)),
    _Joint("right_elbow", 17, (-0.2537, -0.0133, -0.0214)),
    _Joint("left_wrist", 18, (0.2492, 0.0090, -0.0012)),
    _Joint("right_wrist", 19, (-0.2553, 0.0078, -0.0056)),
)
_N_NUMBERS = 3 * len(_JOINTS)  # of a frame's poses
_INDEX = {joint.name: index for index, joint in enumerate(_JOINTS)}
_HEAD = _INDEX["head"]
_LIMBS = tuple(landmark for landmark in _COCO17.joints if landmark not in FACE)


def _read(source: Source) -> Iterator[Recording]:
    poses = _member(source, _POSES)
    if poses.ndim != 2 or poses.shape[1] not in _WIDTHS or not len(poses):
        known = ", ".join(f"{width} of {model}" for width, model in _WIDTHS.items())
        raise source.error(f"{_POSES} have shape {poses.shape}; expected (frames, numbers), with numbers {known}")
    trans = _member(source, _TRANS)
    if trans.shape != (len(poses), 3):
        raise source.error(f"{_TRANS} has shape {trans.shape}; expected ({len(poses)}, 3), for the frames of {_POSES}")
    turns = _within(source, poses[:, :_N_NUMBERS], _POSES, _MOST_TURN, "axis-angles in rad")
    moves = _within(source, trans, _TRANS, _FARTHEST, "metres")
    yield Recording(
        name=source.path.stem,
        source="AMASS",
        positions=_as_coco17(*_forward(turns.reshape(len(turns), -1, 3), moves)),
        skeleton=_COCO17,
        fps=_fps(source),
        up=_WORLD_UP,
        unit=1.0,
    )


def _member(source: Source, name: str) -> Array:
    if name not in source.members:
        raise source.error(f"holds {abbreviate(list(source.members))}; expected '{name}' of AMASS among them")
    return source.array(name)


def _within(source: Source, values: Array, name: str, most: float, unit: str) -> Array:
    """Return (T, N) as finite numbers that are at most `most`."""
    numbers = source.numbers(values, name)
    wrong = np.argwhere(~(np.abs(numbers) <= most))  # NaN is not either
    if len(wrong):
        frame, column = wrong[0]
        raise source.error(
            f"{name}[{frame}, {column}] = {numbers[frame, column]:g}; expected {unit}, at most {most:g} either way"
        )
    return numbers


def _fps(source: Source) -> float:
    name = next((name for name in _RATES if name in source.members), None)
    if name is None:
        raise source.error(f"holds no '{_RATES[0]}'; expected frames per second")
    rate = source.array(name)
    fps = source.numbers(rate, name).ravel()
    if fps.size != 1 or not _SLOWEST <= fps[0] <= _FASTEST:
        raise source.error(
            f"{name} = {abbreviate(rate.tolist())}; expected {_SLOWEST:g} to {_FASTEST:g} frames per second"
        )
    return float(fps[0])


def _forward(turns: Array, moves: Array) -> tuple[Array, Array]:
    """Compute SMPL's joints by forward kinematics.

    Args:
        turns: (T, 22, 3), axis-angles, rad.
        moves: (T, 3), m, the file's world frame.

    Returns:
        (T, 22, 3) positions, m, and (T, 22, 3, 3) rotations from the rest pose, both in the file's world frame.
    """
    positions, rotations = np.empty(turns.shape), np.empty((*turns.shape, 3))
    for index, joint in enumerate(_JOINTS):
        turn = rotation_from_vector(turns[:, index])
        if joint.parent < 0:
            # the root turns about itself: its place in the rest pose is not turned with it
            positions[:, index], rotations[:, index] = moves + joint.offset, turn
        else:
            parent = rotations[:, joint.parent]
            positions[:, index] = positions[:, joint.parent] + parent @ np.array(joint.offset)
            rotations[:, index] = parent @ turn
    return positions, rotations


def _as_coco17(positions: Array, rotations: Array) -> Array:
    """Return SMPL's joints (T, 22, 3), rotated by (T, 22, 3, 3), as the joints of COCO-17, (T, 17, 3)."""
    limbs = [_INDEX[landmark] for landmark in _LIMBS]
    rest, no_turns = _forward(np.zeros((1, len(_JOINTS), 3)), np.zeros((1, 3)))
    on_head = face_on_head(rest[:, limbs], rest[:, _HEAD], no_turns[:, _HEAD], _BODY_UP, Skeleton("smpl", _LIMBS))
    face = face_of(on_head, positions[:, _HEAD], rotations[:, _HEAD])
    return np.concatenate([face, positions[:, limbs]], axis=1)


FORMAT = MotionFormat("amass", lambda source: _POSES in source.members, _read)

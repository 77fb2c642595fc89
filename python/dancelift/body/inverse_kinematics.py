"""From a dancer's joints to the rotations of a rig's bones.

Directions of bones are those between joints. How a bone is turned about itself no joint shows, so its neighbours say
it: an elbow or a knee is a hinge, whose axis is at right angles to both bones; where the limb is straight, the bone
turns with the trunk and no further than it must. Then all rotations are refined together, until the joints of bones of
constant length are as near as they can be to those that were lifted, by Gauss-Newton steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.posture import middle
from dancelift.body.rig import HEAD, HIPS, NECK, SIDES, SPINE, Rig, head_joints, measure_rig, rest_sites
from dancelift.body.skeleton import Skeleton
from dancelift.errors import InputError
from dancelift.filters import gaussian_smooth
from dancelift.geometry import across, nearest_rotation, rotation_from_vector, swing, unit

_X, _Y, _Z = np.eye(3)
_TRUST_IN_TRUNK = 0.5  # of the trunk's word on a limb's hinge, beside the sine of the limb's bend
_HINGE_SMOOTHING = 0.1  # s
_STEADINESS = 0.002  # m^2, of the neighbour's word on the orientation of head, hands and feet, beside their joints'
_STEPS = 4
_STIFFNESS = 0.003  # m^2, of a bone that is refined by one radian: a trunk that is too short is not to fold for it
_CHUNK = 256  # frames that are refined at a time


@dataclass(frozen=True, eq=False)
class RiggedMotion:
    """The motion of a dancer as rotations of a rig's bones.

    Attributes:
        rig: of the dancer.
        root: (T, 3), m, where the hips are, world frame.
        rotations: (T, B, 3, 3), of each bone from its rest to the world.
    """

    rig: Rig
    root: Array
    rotations: Array

    def joints(self) -> Array:
        """Compute the dancer's joints on bones of constant length, (T, J, 3), m; NaN for one that is on no bone."""
        return self.rig.joints(self.root, self.rotations)


def rigged_motion(poses3d: Array, skeleton: Skeleton, fps: float) -> RiggedMotion:
    """Find the rotations of a dancer's bones, by inverse kinematics.

    Args:
        poses3d: (T, J, 3), m, world frame, y up.
        skeleton: of the poses; it has shoulders, elbows, wrists, hips, knees and ankles.
        fps: frames per second.

    Raises:
        InputError: a joint is not finite, or the skeleton lacks one of an arm or a leg.
    """
    if not len(poses3d) or not np.isfinite(poses3d).all():
        where = np.argwhere(~np.isfinite(poses3d))
        found = f"frame {where[0][0]}, {skeleton.joints[where[0][1]]} is not finite" if len(where) else "no frames"
        raise InputError(f"poses3d: {found}, expected joints of bones in every frame")
    rig = measure_rig(poses3d, skeleton)
    rotations = _orientations(rig, poses3d, skeleton, fps)
    root = middle(poses3d, "hip", skeleton)
    rig = replace(rig, sites=_measured_sites(rig, poses3d, skeleton, root, rotations))
    for start in range(0, len(poses3d), _CHUNK):
        frames = slice(start, start + _CHUNK)
        root[frames], rotations[frames] = _refined(rig, poses3d[frames], root[frames], rotations[frames])
    return RiggedMotion(rig, root, rotations)


def _orientations(rig: Rig, poses3d: Array, skeleton: Skeleton, fps: float) -> Array:
    """(T, B, 3, 3) rotations of bones in the directions of the joints."""

    def joint(landmark: str) -> Array:
        found: Array = poses3d[:, skeleton.index(landmark)]
        return found

    turns = np.empty((len(poses3d), len(rig.names), 3, 3))
    hips, shoulders = middle(poses3d, "hip", skeleton), middle(poses3d, "shoulder", skeleton)
    pelvis = _frame(unit(joint("left_hip") - joint("right_hip")), 0, shoulders - hips, 1)
    turns[:, rig.index(HIPS)] = pelvis
    spine_start = hips + pelvis @ rig.offsets[rig.index(SPINE)]
    chest = _frame(unit(shoulders - spine_start), 1, joint("left_shoulder") - joint("right_shoulder"), 0)
    turns[:, rig.index(SPINE)] = chest

    on_head = head_joints(skeleton)
    head = poses3d[:, on_head].mean(axis=1) if on_head else shoulders + chest @ _Y
    neck = _least_turn(chest, _Y, unit(head - shoulders))
    turns[:, rig.index(NECK)] = neck
    turns[:, rig.index(HEAD)] = _fitted(rig, HEAD, poses3d, skeleton, head, neck, on_head)

    for side, out in zip(SIDES, (_X, -_X), strict=True):
        name = side.title()
        turns[:, rig.index(f"{name}Shoulder")] = _least_turn(chest, out, unit(joint(f"{side}_shoulder") - shoulders))
        arm = [joint(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")]
        leg = [joint(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
        # an elbow bends forward, a knee backwards: the hinges at rest are at right angles to both bones
        upper_arm, forearm = _limb(arm, out, np.cross(out, _Z), chest, fps)
        thigh, shank = _limb(leg, -_Y, np.cross(-_Y, -_Z), pelvis, fps)
        for bone, turn in (("Arm", upper_arm), ("ForeArm", forearm), ("UpLeg", thigh), ("Leg", shank)):
            turns[:, rig.index(f"{name}{bone}")] = turn
        for bone, start, above in (("Hand", arm[2], forearm), ("Foot", leg[2], shank)):
            turns[:, rig.index(f"{name}{bone}")] = _fitted(rig, f"{name}{bone}", poses3d, skeleton, start, above)
        if f"{name}ToeBase" in rig.names:
            turns[:, rig.index(f"{name}ToeBase")] = turns[:, rig.index(f"{name}Foot")]
    return turns


def _frame(along: Array, axis: int, towards: Array, other: int) -> Array:
    """Rotations (T, 3, 3) that turn one axis along (T, 3), of length 1, and another towards (T, 3), as far as it can.

    Args:
        along: of the first axis.
        axis, other: which of x, y and z they are.
        towards: of the second.
    """
    frame = np.empty((len(along), 3, 3))
    frame[..., axis] = along
    frame[..., other] = unit(across(towards, along))
    third = 3 - axis - other
    frame[..., third] = np.cross(frame[..., (third + 1) % 3], frame[..., (third + 2) % 3])
    return frame


def _least_turn(above: Array, rest: Array, direction: Array) -> Array:
    """Rotations (T, 3, 3) nearest to `above` that turn `rest` (3,) into a direction (T, 3)."""
    return swing(above @ rest, direction) @ above


def _limb(joints: Sequence[Array], rest: Array, hinge: Array, trunk: Array, fps: float) -> tuple[Array, Array]:
    """Rotations (T, 3, 3) of both bones of a limb.

    Args:
        joints: three, (T, 3), from the trunk outwards.
        rest, hinge: (3,) direction of the bones and axis of the hinge between them, at rest.
        trunk: (T, 3, 3), rotation of what the limb hangs from.
    """
    upper, lower = unit(joints[1] - joints[0]), unit(joints[2] - joints[1])
    usual = _least_turn(trunk, rest, upper) @ hinge
    axis = _steady_axis(upper, np.cross(upper, lower) + _TRUST_IN_TRUNK * usual, _HINGE_SMOOTHING * fps)
    at_rest = np.stack([rest, hinge, np.cross(rest, hinge)], axis=1)
    found = []
    for along in (upper, lower):
        across_it = unit(across(axis, along))
        found.append(np.stack([along, across_it, np.cross(along, across_it)], axis=2) @ at_rest.T)
    return found[0], found[1]


def _steady_axis(along: Array, evidence: Array, sigma: float) -> Array:
    """Axes (T, 3) at right angles to unit vectors `along` (T, 3), from what speaks for them, over `sigma` frames.

    Evidence is smoothed in a frame that goes with `along` and does not turn about it (Bishop 1975), so that a limb that
    swings does not blur it.
    """
    reference = np.empty_like(along)
    reference[0] = unit(across(np.eye(3)[np.abs(along[0]).argmin()], along[0]))
    for t in range(1, len(along)):
        reference[t] = swing(along[t - 1], along[t]) @ reference[t - 1]
    other = np.cross(along, reference)
    parts = np.stack([(evidence * reference).sum(axis=1), (evidence * other).sum(axis=1)], axis=1)
    a, b = gaussian_smooth(parts, min(sigma, len(parts) / 3)).T
    return unit(a[:, None] * reference + b[:, None] * other)


def _fitted(
    rig: Rig,
    bone: str,
    poses3d: Array,
    skeleton: Skeleton,
    start: Array,
    above: Array,
    start_joints: Sequence[int] = (),
) -> Array:
    """Rotations (T, 3, 3) of a bone by the joints that are on it, and where they say little by the bone above.

    Args:
        bone: by name.
        start: (T, 3), where it begins.
        above: (T, 3, 3), rotation of the bone above.
        start_joints: between which it begins; none: at the joint that it is named for.
    """
    joints = [joint for joint, on in enumerate(rig.site_bones) if on == rig.index(bone)]
    begins = start_joints or [joint for joint in joints if _is_limb(skeleton, joint)]
    if not joints:
        return above
    at_rest = rest_sites(skeleton, joints) - rest_sites(skeleton, begins).mean(axis=0)
    if bone.endswith("Hand"):  # of the average body the arms hang, of a rig they are stretched out
        at_rest = at_rest @ swing(-_Y, _X if bone.startswith("Left") else -_X).T
    seen = poses3d[:, joints] - start[:, None]
    return nearest_rotation(np.einsum("tja,jb->tab", seen, at_rest) + _STEADINESS * above)


def _is_limb(skeleton: Skeleton, joint: int) -> bool:
    return joint in [skeleton.index(f"{side}_{part}") for side in SIDES for part in ("wrist", "ankle")]


def _measured_sites(rig: Rig, poses3d: Array, skeleton: Skeleton, root: Array, rotations: Array) -> Array:
    """(J, 3), m, where joints are on their bones: at the start of those that begin at a joint, else as is usual."""
    starts = rig.forward(root, rotations)
    at_start = {skeleton.index(f"{side}_{part}") for side in SIDES for part in _STARTS}
    sites = np.zeros((len(skeleton), 3))
    for joint, bone in enumerate(rig.site_bones):
        if bone >= 0 and joint not in at_start:
            # a bone begins where its joints are, not where the bones before it led
            name = rig.names[bone]
            start = poses3d[:, head_joints(skeleton)].mean(axis=1) if name == HEAD else starts[:, bone]
            limb = [skeleton.index(f"{name[:-4].lower()}_{part}") for part in ("wrist", "ankle")]
            if name.endswith(("Hand", "Foot")):
                start = poses3d[:, limb[name.endswith("Foot")]]
            local = np.einsum("tba,tb->ta", rotations[:, bone], poses3d[:, joint] - start)
            sites[joint] = np.median(local, axis=0)
    return sites


_STARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def _refined(rig: Rig, poses3d: Array, root: Array, rotations: Array) -> tuple[Array, Array]:
    """Root (T, 3) and rotations (T, B, 3, 3) with which the joints are nearest to (T, J, 3)."""
    joints = [joint for joint, bone in enumerate(rig.site_bones) if bone >= 0]
    moves = rig.carries[:, [rig.site_bones[joint] for joint in joints]]  # (B, S)
    n_frames, n_bones = rotations.shape[:2]
    refined = np.zeros((n_frames, 3 * n_bones + 3, 1))
    stiffness = np.repeat([_STIFFNESS, 0.0], [3 * n_bones, 3])
    for _ in range(_STEPS):
        starts = rig.forward(root, rotations)
        sites = rig.joints(root, rotations)[:, joints]
        lever = np.where(moves[..., None], sites[:, None] - starts[:, :, None], 0)  # (T, B, S, 3)
        jacobian = np.zeros((n_frames, len(joints), 3, n_bones + 1, 3))
        jacobian[..., :n_bones, :] = np.moveaxis(_turned_by(lever), (1, 2), (3, 1))
        jacobian[..., n_bones, :] = np.eye(3)
        flat = jacobian.reshape(n_frames, 3 * len(joints), 3 * (n_bones + 1))
        residual = (poses3d[:, joints] - sites).reshape(n_frames, -1, 1)
        transposed = np.swapaxes(flat, 1, 2)
        gradient = transposed @ residual - stiffness[:, None] * refined
        flat_step = np.linalg.solve(transposed @ flat + np.diag(stiffness), gradient)
        refined += flat_step
        step = flat_step.reshape(n_frames, n_bones + 1, 3)
        root = root + step[:, n_bones]
        turn = rotation_from_vector(step[:, :n_bones])
        rotations = rotations.copy()
        for bone, parent in enumerate(rig.parents):
            if parent >= 0:
                turn[:, bone] = turn[:, parent] @ turn[:, bone]
            rotations[:, bone] = turn[:, bone] @ rotations[:, bone]
    return root, rotations


def _turned_by(lever: Array) -> Array:
    """How points move by rotation about where levers (..., 3) begin: matrices (..., 3, 3) of w -> w x lever."""
    x, y, z = np.moveaxis(lever, -1, 0)
    zero = np.zeros_like(x)
    matrix: Array = np.stack(
        [np.stack([zero, z, -y], -1), np.stack([-z, zero, x], -1), np.stack([y, -x, zero], -1)], axis=-2
    )
    return matrix

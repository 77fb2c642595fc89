"""A dancer as animation programs have one: bones of constant length that hang from the hips, at rest in a T.

At rest the dancer faces z, y is up, x is to the dancer's left, the arms are stretched to the sides, palms down, and no
bone is rotated. Bones have the names that MotionBuilder and Mixamo made usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.posture import middle, stature
from dancelift.body.skeleton import Skeleton, sided
from dancelift.errors import InputError

HIPS, SPINE, NECK, HEAD = "Hips", "Spine", "Neck", "Head"
SIDES = ("left", "right")

NEEDED = sided("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""Landmarks that a skeleton needs so that its poses can be those of a rig."""

SPINE_START = 0.25
"""Where the spine begins to bend, between mid-hip and mid-shoulder: about the height of the sacrum over the hips."""

_LIMBS = {  # bones of a limb behind its first, by the landmark at which each begins
    "arm": (("Arm", "shoulder"), ("ForeArm", "elbow"), ("Hand", "wrist")),
    "leg": (("UpLeg", "hip"), ("Leg", "knee"), ("Foot", "ankle")),
}
_TOE_BASE = 0.7  # where the toes begin, between ankle and the tip of the big toe


@dataclass(frozen=True, eq=False)
class Rig:
    """Bones of one dancer at rest, B of them, each behind its parent, depth first.

    Attributes:
        names: of the bones.
        parents: index of each bone's parent; -1 for the hips.
        offsets: (B, 3), m, from where the parent begins to where the bone begins; zero for the hips.
        tips: (B, 3), m, from where a bone begins to where it ends, for those from which no bone hangs; NaN for others.
        site_bones: bone on which each joint of the dancer's skeleton is, by index; -1 for one that is on none.
        sites: (J, 3), m, where the joint is from where the bone begins.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    tips: Array
    site_bones: tuple[int, ...]
    sites: Array

    def index(self, name: str) -> int:
        """Return the index of the bone of that name."""
        return self.names.index(name)

    @cached_property
    def carries(self) -> Flags:
        """Whether a bone is another or carries it, (B, B): the second moves when the first turns."""
        flags = np.eye(len(self.names), dtype=bool)
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                flags[:, bone] |= flags[:, parent]
        return flags

    def rest(self) -> Array:
        """Return where the bones begin at rest, (B, 3), m, from the hips."""
        turns = np.broadcast_to(np.eye(3), (1, len(self.names), 3, 3))
        places: Array = self.forward(np.zeros((1, 3)), turns)[0]
        return places

    def forward(self, root: Array, rotations: Array) -> Array:
        """Compute where the bones begin, by forward kinematics.

        Args:
            root: (T, 3), m, where the hips are.
            rotations: (T, B, 3, 3), of each bone from its rest to the world.

        Returns:
            (T, B, 3), m, world frame.
        """
        positions = np.empty((*rotations.shape[:2], 3))
        for bone, parent in enumerate(self.parents):
            if parent < 0:
                positions[:, bone] = root
            else:
                positions[:, bone] = positions[:, parent] + rotations[:, parent] @ self.offsets[bone]
        return positions

    def joints(self, root: Array, rotations: Array) -> Array:
        """Compute where the joints of the dancer's skeleton are, (T, J, 3), m; NaN for one that is on no bone."""
        bones = self.forward(root, rotations)
        site_bones = np.array(self.site_bones)
        found: Array = bones[:, site_bones] + np.einsum("tjab,jb->tja", rotations[:, site_bones], self.sites)
        found[:, site_bones < 0] = np.nan
        return found


def local_rotations(rig: Rig, rotations: Array) -> Array:
    """Return rotations (T, B, 3, 3) of bones from their rest in their parents' frames; of the hips, in the world."""
    local = rotations.copy()
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            local[:, bone] = np.swapaxes(rotations[:, parent], -1, -2) @ rotations[:, bone]
    return local


def measure_rig(poses3d: Array, skeleton: Skeleton) -> Rig:
    """Measure the bones of a dancer: medians over the clip, a left and a right bone alike.

    Args:
        poses3d: (T, J, 3), m.
        skeleton: of the poses.

    Raises:
        InputError: the skeleton lacks a joint of an arm or a leg.
    """
    missing = [landmark for landmark in NEEDED if skeleton.index(landmark) is None]
    if missing:
        raise InputError(
            f"skeleton '{skeleton.name}' has no {', '.join(missing)}; expected shoulders, elbows, wrists, hips, knees "
            "and ankles, between which bones can be"
        )
    size = stature(poses3d, skeleton)
    hips, shoulders = middle(poses3d, "hip", skeleton), middle(poses3d, "shoulder", skeleton)
    trunk = _median(shoulders - hips)
    bones: dict[str, tuple[str, Array]] = {  # with the bone from which each hangs, and where it begins
        HIPS: ("", np.zeros(3)),
        SPINE: (HIPS, np.array([0, SPINE_START * trunk, 0])),
        NECK: (SPINE, np.array([0, (1 - SPINE_START) * trunk, 0])),
        HEAD: (NECK, np.array([0, _neck_length(poses3d, skeleton, shoulders, size), 0])),
    }
    tips = {HEAD: np.array([0, size * (_rest_landmark("head_top") - _rest_landmark("left_ear"))[1], 0])}
    half_shoulders, half_hips = (_between(poses3d, skeleton, part, part) / 2 for part in ("shoulder", "hip"))
    arm, leg = (
        [_between(poses3d, skeleton, a, b) for a, b in pairs]
        for pairs in (
            (("shoulder", "elbow"), ("elbow", "wrist")),
            (("hip", "knee"), ("knee", "ankle")),
        )
    )
    for side, out in (("Left", np.array([1.0, 0, 0])), ("Right", np.array([-1.0, 0, 0]))):
        collar = f"{side}Shoulder"
        bones[collar] = (SPINE, bones[NECK][1])
        lengths = [half_shoulders, *arm]
        for above, (name, _), length in zip(
            (collar, f"{side}Arm", f"{side}ForeArm"), _LIMBS["arm"], lengths, strict=True
        ):
            bones[f"{side}{name}"] = (above, length * out)
        tips[f"{side}Hand"] = size * anatomy.HAND * out
    down = np.array([0, -1.0, 0])
    for side, out in (("Left", np.array([1.0, 0, 0])), ("Right", np.array([-1.0, 0, 0]))):
        bones[f"{side}UpLeg"] = (HIPS, half_hips * out)
        bones[f"{side}Leg"] = (f"{side}UpLeg", leg[0] * down)
        foot = f"{side}Foot"
        bones[foot] = (f"{side}Leg", leg[1] * down)
        toes = size * (_rest_landmark(f"{side.lower()}_foot_index") - _rest_landmark(f"{side.lower()}_ankle"))
        if has_toes(skeleton):
            ankle = _joint(poses3d, skeleton, f"{side.lower()}_ankle")
            toe = "big_toe" if skeleton.index(f"{side.lower()}_big_toe") is not None else "foot_index"
            reach = _median(_joint(poses3d, skeleton, f"{side.lower()}_{toe}") - ankle)
            toes *= reach / np.linalg.norm(toes)
            bones[f"{side}ToeBase"] = (foot, _TOE_BASE * toes)
            tips[f"{side}ToeBase"] = (1 - _TOE_BASE) * toes
        else:
            tips[foot] = toes
    names = tuple(bones)
    site_bones = [names.index(bone) if (bone := _bone_of(name, names)) else -1 for name in _marks(skeleton)]
    return Rig(
        names,
        tuple(names.index(parent) if parent else -1 for parent, _ in bones.values()),
        np.array([offset for _, offset in bones.values()]),
        np.array([tips.get(name, np.full(3, np.nan)) for name in names]),
        tuple(site_bones),
        np.zeros((len(skeleton), 3)),
    )


def has_toes(skeleton: Skeleton) -> bool:
    """Whether the tips of the toes are among the joints."""
    return any(all(skeleton.index(f"{side}_{toe}") is not None for side in SIDES) for toe in ("big_toe", "foot_index"))


def head_joints(skeleton: Skeleton) -> list[int]:
    """Return the joints between which the head's bone begins: the ears, or else all that are on the head."""
    ears = [joint for side in SIDES if (joint := skeleton.index(f"{side}_ear")) is not None]
    if len(ears) == len(SIDES):
        return ears
    return [joint for name in anatomy.HEAD_LANDMARKS if (joint := skeleton.index(name)) is not None]


def rest_sites(skeleton: Skeleton, joints: Sequence[int]) -> Array:
    """Return where joints are on an average body that stands at rest, (N, 3), as fractions of its height."""
    marks = _marks(skeleton)
    return np.array([_rest_landmark(marks[joint]) for joint in joints]).reshape(-1, 3)


def _marks(skeleton: Skeleton) -> list[str]:
    """The landmark of every joint; "" for one between landmarks."""
    found = {skeleton.index(name): name for name in anatomy.LANDMARKS}
    return [found.get(joint, "") for joint in range(len(skeleton))]


def _bone_of(landmark: str, names: Sequence[str]) -> str:
    """The bone with which a landmark moves; "" for none."""
    if landmark in anatomy.HEAD_LANDMARKS:
        return HEAD
    if landmark == "mid_hip":
        return HIPS
    if landmark in ("spine", "neck", "thorax"):
        return SPINE
    side, _, part = landmark.partition("_")
    for bones in _LIMBS.values():
        for name, start in bones:
            if part == start:
                return f"{side.title()}{name}"
    if part in ("pinky", "index", "thumb"):
        return f"{side.title()}Hand"
    return f"{side.title()}Foot" if part else ""


def _rest_landmark(landmark: str) -> Array:
    point: Array = _REST[anatomy.LANDMARKS.index(landmark)]
    return point


_REST = anatomy.landmarks(np.zeros((1, len(anatomy.ANGLES))), anatomy.Body(1.0))[0]  # the arms hang


def _neck_length(poses3d: Array, skeleton: Skeleton, shoulders: Array, size: float) -> float:
    joints = head_joints(skeleton)
    if not joints:
        return anatomy.HEAD_RISE * size
    return _median(poses3d[:, joints].mean(axis=1) - shoulders)


def _between(poses3d: Array, skeleton: Skeleton, a: str, b: str) -> float:
    """Length between two parts, the mean of both sides; of a part and itself, from left to right."""
    pairs = [("left", "right")] if a == b else [(side, side) for side in SIDES]
    lengths = [
        _median(_joint(poses3d, skeleton, f"{one}_{a}") - _joint(poses3d, skeleton, f"{other}_{b}"))
        for one, other in pairs
    ]
    return float(np.mean(lengths))


def _joint(poses3d: Array, skeleton: Skeleton, landmark: str) -> Array:
    joint: Array = poses3d[:, skeleton.index(landmark)]
    return joint


def _median(vectors: Array) -> float:
    return float(np.median(np.linalg.norm(vectors, axis=1)))

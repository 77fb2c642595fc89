"""Landmarks of the body among the joints of somebody's skeleton, found by the joints' names.

Animation programs name a joint for itself (LeftKnee) or for the bone that it moves (LeftLeg, shin.L), with the side in
front, behind or in the middle, and with a prefix for the character or the rig (mixamorig:, Bip01, DEF-, J_Bip_).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dancelift.formats.bvh import Hierarchy

# Joints along a limb, from the trunk outwards, by what they are called; where several names are there, the first in
# the list is meant: a LeftLeg is a knee where there is a LeftUpLeg, but a hip where there is a LeftKnee.
_LIMBS: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "hip": ("upleg", "upperleg", "thigh", "femur", "hip", "leg"),
        "knee": ("knee", "lowerleg", "lowleg", "shin", "calf", "shank", "tibia", "leg"),
        "ankle": ("ankle", "foot"),
    },
    {
        "shoulder": ("upperarm", "uparm", "uarm", "humerus", "arm", "shldr", "shoulder"),
        "elbow": ("elbow", "forearm", "lowerarm", "lowarm", "farm", "radius"),
        "wrist": ("wrist", "hand"),
    },
)
_TOES = ("toebase", "toe", "toes", "ball")
_HEAD = ("head",)

_WORDS = sorted({name for limb in _LIMBS for names in limb.values() for name in names} | {*_TOES, *_HEAD})
_SIDES = {"left": "left", "right": "right", "l": "left", "r": "right"}
_GLUED = re.compile(  # lfemur, LUArm, KNEELEFT
    rf"(left|right|l|r)({'|'.join(_WORDS)})|({'|'.join(_WORDS)})(left|right|l|r)"
)


@dataclass(frozen=True)
class _Named:
    """A joint whose name has one of the words in it."""

    joint: int
    word: str
    side: str | None
    preference: tuple[int, int]  # the less, the likelier it is meant: its number and what stands before the word


def find_landmarks(hierarchy: Hierarchy) -> dict[str, int]:
    """Find the joint of each landmark that the hierarchy has; "head" stands for the joint that turns the head."""
    named = [found for joint, node in enumerate(hierarchy.joints) if (found := _named(joint, node.name))]
    landmarks: dict[str, int] = {}
    for side in ("left", "right"):
        of_side = [found for found in named if found.side == side]
        for limb in _LIMBS:
            chain = _chain(hierarchy, of_side, list(limb.values()))
            landmarks.update({f"{side}_{name}": joint for name, joint in zip(limb, chain, strict=False)})
        toes = _chain(hierarchy, of_side, [_TOES], landmarks.get(f"{side}_ankle"))
        tip = _tip(hierarchy, toes[0]) if toes else None
        if tip is not None:
            landmarks[f"{side}_foot_index"] = tip
    head = _chain(hierarchy, [found for found in named if not found.side], [_HEAD])
    if head:
        landmarks["head"] = head[0]
    return landmarks


def _named(joint: int, name: str) -> _Named | None:
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name.rpartition(":")[2])]
    number = int(next((part for part in reversed(parts) if part.isdigit()), 0))
    side = next((_SIDES[part] for part in parts if part in _SIDES), None)
    parts = [part for part in parts if part not in _SIDES and not part.isdigit()]
    glued = None if side else _GLUED.fullmatch("".join(parts))
    if glued:
        return _Named(joint, glued[2] or glued[3], _SIDES[glued[1] or glued[4]], (number, 0))
    for start in range(len(parts)):
        if (word := "".join(parts[start:])) in _WORDS:
            return _Named(joint, word, side, (number, start))
    return None


def _chain(
    hierarchy: Hierarchy, named: Sequence[_Named], names: Sequence[Sequence[str]], below: int | None = None
) -> list[int]:
    """Joints with one of each of `names`, each somewhere below the one before; empty where there is no such chain."""
    levels = [_fitting(named, words) for words in names]

    @cache
    def rest(level: int, above: int | None) -> list[int] | None:
        if level == len(levels):
            return []
        for found in levels[level]:
            if above is None or (found.joint != above and found.joint in hierarchy.subtrees[above]):
                further = rest(level + 1, found.joint)
                if further is not None:
                    return [found.joint, *further]
        return None

    return rest(0, below) or []


def _fitting(named: Sequence[_Named], words: Sequence[str]) -> list[_Named]:
    """Those with one of `words`, the likeliest first."""
    fitting = [found for found in named if found.word in words]
    return sorted(fitting, key=lambda found: (words.index(found.word), found.preference))


def _tip(hierarchy: Hierarchy, joint: int) -> int | None:
    """The end of what hangs from a joint, or None where it lies in the joint."""
    end, length = joint, 0.0
    while children := hierarchy.children(end):
        end = children[0]
        length += sum(abs(x) for x in hierarchy.joints[end].offset)
    return end if length else None

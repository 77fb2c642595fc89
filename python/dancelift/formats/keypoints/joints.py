"""Which joints the keypoints of a file are: found by their names where the file has them, else by their number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dancelift.body import anatomy
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.errors import InputError

# OpenPose's 18 joints start with nose and neck, right before left; COCO-17 has no neck, left before right.
_OPENPOSE18_TO_COCO17 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)

_BY_COUNT: dict[int, dict[str, tuple[int, ...]]] = {
    17: {"coco17": tuple(range(17)), "h36m17": tuple(range(17))},
    18: {"coco17": _OPENPOSE18_TO_COCO17},
    23: {"coco_wholebody23": tuple(range(23)), "coco17": tuple(range(17))},
    25: {"body25": tuple(range(25))},
    26: {"halpe26": tuple(range(26)), "coco17": tuple(range(17))},
    33: {"blazepose33": tuple(range(33))},
    133: {"coco_wholebody23": tuple(range(23)), "coco17": tuple(range(17))},
    136: {"halpe26": tuple(range(26)), "coco17": tuple(range(17))},
}
"""Joints in a file: skeletons they can be read as (the first by default), and what each takes."""

KNOWN_COUNTS = tuple(_BY_COUNT)
"""Numbers of joints that tell which they are."""

_SIDES = {"left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right"}
_MIDDLE = {
    "nose": "nose", "neck": "neck", "upperneck": "neck", "neckbase": "neck", "necknose": "neck", "thorax": "thorax",
    "chest": "thorax", "spine": "spine", "torso": "spine", "midspine": "spine", "spinemid": "spine", "belly": "spine",
    "hip": "mid_hip", "hips": "mid_hip", "chip": "mid_hip", "midhip": "mid_hip", "midhips": "mid_hip",
    "centerhip": "mid_hip", "hipcenter": "mid_hip", "middlehip": "mid_hip", "pelvis": "mid_hip", "root": "mid_hip",
    "head": "head_top", "headtop": "head_top", "tophead": "head_top", "topofhead": "head_top", "jaw": "jaw",
    "chin": "jaw",
}  # fmt: skip
_SIDED = {
    "eye": "eye", "eyeinner": "eye_inner", "innereye": "eye_inner", "eyeouter": "eye_outer", "outereye": "eye_outer",
    "ear": "ear", "mouth": "mouth", "shoulder": "shoulder", "sho": "shoulder", "elbow": "elbow", "elb": "elbow",
    "wrist": "wrist", "wri": "wrist", "pinky": "pinky", "index": "index", "thumb": "thumb", "hip": "hip",
    "knee": "knee", "ankle": "ankle", "ank": "ankle", "heel": "heel", "bigtoe": "big_toe", "smalltoe": "small_toe",
    "littletoe": "small_toe", "footindex": "foot_index",
}  # fmt: skip
_STAND_INS = {"hand": "wrist", "foot": "ankle", "toe": "foot_index", "toes": "foot_index", "headbottom": "neck"}
"""Names that mean another joint where that one is not named itself."""

_GLUED = re.compile(rf"(left|right|l|r)({'|'.join([*_SIDED, *_STAND_INS])})|({'|'.join(_SIDED)})(left|right|l|r)")


@dataclass(frozen=True)
class Layout:
    """Which of a file's joints are taken, in which order, and the skeleton that they are then."""

    skeleton: str | Skeleton
    joints: tuple[int, ...]


def choose_layout(
    n_joints: int,
    names: Sequence[str] | None,
    asked: str | Skeleton | None,
    error: Callable[[str], InputError],
) -> Layout:
    """Choose what a file's joints are read as.

    Named joints that include all of a known skeleton are read as the one with the most joints; others are a skeleton
    of the file's own. Joints without names, or whose names say nothing, are found by their number.

    Args:
        n_joints: in the file.
        names: of the joints, where the file has them.
        asked: skeleton that the caller wants; None: what the file says.
        error: makes an error from a message.

    Raises:
        InputError: the joints are no skeleton's, or not those of the one asked for.
    """
    if names is not None and len(names) != n_joints:
        raise error(f"{len(names)} names of {n_joints} joints; expected one each")
    found = _landmarks(names or ())
    if isinstance(asked, Skeleton):
        return _own(asked, n_joints, names or (), error)
    by_name = {name: joints for name, skeleton in SKELETONS.items() if (joints := _all_of(skeleton, found))}
    by_number = _BY_COUNT.get(n_joints, {})
    if asked is not None:
        fitting = by_name or by_number
        if asked not in {**by_number, **by_name}:
            expected = " or ".join(fitting) or " or ".join(map(str, KNOWN_COUNTS)) + " joints"
            raise error(f"skeleton '{asked}' for {n_joints} joints; expected {expected}")
        return Layout(asked, {**by_number, **by_name}[asked])
    if by_name:
        skeleton = max(by_name, key=lambda name: len(by_name[name]))
        return Layout(skeleton, by_name[skeleton])
    if {"left_shoulder", "right_shoulder", "left_hip", "right_hip"} <= found.keys():
        assert names is not None
        indices = sorted(found.values())
        marks = {names[index]: mark for mark, index in found.items()}
        return Layout(Skeleton("named", tuple(names[index] for index in indices), marks), tuple(indices))
    if found and len(found) == n_joints or not by_number:
        named = f" named {', '.join(names)}" if names else ""
        counts = " or ".join(map(str, KNOWN_COUNTS))
        raise error(f"{n_joints} joints{named}; expected {counts}, or names of both shoulders and hips among them")
    return Layout(*next(iter(by_number.items())))


def landmark(name: str) -> str | None:
    """Return the landmark of the body that a joint's name tells, such as left_big_toe of "LBigToe"."""
    sure, _ = _meaning(name)
    return sure


def names_of(table: object) -> tuple[str, ...] | None:
    """Return the names in a list, or in a dict of names by number or of numbers by name; None of anything else."""
    if isinstance(table, Mapping):
        entries = [(number, name) if isinstance(name, str) else (name, number) for number, name in table.items()]
        try:
            ordered = sorted((int(number), str(name)) for number, name in entries)
        except (TypeError, ValueError, OverflowError):
            return None
        if [number for number, _ in ordered] != list(range(len(ordered))):
            return None
        table = [name for _, name in ordered]
    if isinstance(table, (list, tuple)) and table and all(isinstance(name, str) for name in table):
        return tuple(table)
    return None


def _landmarks(names: Iterable[str]) -> dict[str, int]:
    """Index of the joint of each landmark that is named; the first, where several are."""
    meanings = [_meaning(name) for name in names]
    found: dict[str, int] = {}
    for meant in (0, 1):
        for index, meaning in enumerate(meanings):
            named = meaning[meant]
            if named is not None and index not in found.values():
                found.setdefault(named, index)
    return found


def _meaning(name: str) -> tuple[str | None, str | None]:
    """The landmark that a name is of, and the one that it can stand in for."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", re.sub(r"\(.*?\)", "", name))]
    sides = [place for place in (0, -1) if len(words) > 1 and words[place] in _SIDES]
    side = _SIDES[words.pop(sides[0])] if sides else ""
    part = "".join(words)
    glued = _GLUED.fullmatch(part) if not side else None
    if glued:
        side, part = _SIDES[glued[1] or glued[4]], glued[2] or glued[3]
    sure, stand_in = (_SIDED if side else _MIDDLE).get(part), _STAND_INS.get(part)
    return _sided(side, sure), _sided(side, stand_in)


def _sided(side: str, part: str | None) -> str | None:
    """The landmark of a part of the body on a side, or in the middle; None where the body has none there."""
    name = f"mouth_{side}" if part == "mouth" else f"{side}_{part}" if side else part
    return name if name in anatomy.LANDMARKS else None


def _all_of(skeleton: Skeleton, found: Mapping[str, int]) -> tuple[int, ...]:
    """The joint of each of a skeleton's joints, by name; empty where one is not there."""
    wanted = [landmark(joint) for joint in skeleton.joints]
    joints = [found[name] for name in wanted if name is not None and name in found]
    return tuple(joints) if len(joints) == len(skeleton) else ()


def _own(skeleton: Skeleton, n_joints: int, names: Sequence[str], error: Callable[[str], InputError]) -> Layout:
    """The joints of a caller's own skeleton: by its own names where the file has all of them, else all in order."""
    index = {name: i for i, name in enumerate(names)}
    if set(skeleton.joints) <= index.keys():
        return Layout(skeleton, tuple(index[joint] for joint in skeleton.joints))
    if len(skeleton) != n_joints:
        raise error(f"{n_joints} joints; expected the {len(skeleton)} of skeleton '{skeleton.name}'")
    return Layout(skeleton, tuple(range(n_joints)))

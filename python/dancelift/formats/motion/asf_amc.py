"""Acclaim's skeleton (.asf) and the motion of a take (.amc), as the CMU Graphics Lab Motion Capture Database has them.

A take SUBJECT_TAKE.amc is of the skeleton SUBJECT.asf beside it. Each bone starts where its parent ends, points along
`direction` in the rest pose, and turns about axes of its own, which `axis` gives: R = R_parent C M C^-1, where C and M
turn by `axis` and by the take's angles of its `dof`, about fixed axes, the first one first (Acclaim 1994, Skeleton File
Definition 1.10; Lander 1998, Working with Motion Capture File Formats). y is up. `length` of the `units` scales to
inches; where it is not there, or other programs mean something else by it, so that the performer is no person, the unit
is found from the performer's size. No take says its frame rate: it is the database's.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.posture import stature
from dancelift.errors import InputError
from dancelift.formats.bvh import Hierarchy, Joint
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.motion.rig import read_rig
from dancelift.formats.source import Source, abbreviate
from dancelift.geometry import rotation

_FPS = 120.0
_UP = np.array([0.0, 1.0, 0.0])
_INCH = 0.0254  # m
_SKELETON, _TAKE = ".asf", ".amc"
_TAKE_MARK = b":FULLY-SPECIFIED"  # at the head of a take

_ROOT = "root"
_TURNS, _MOVES = ("rx", "ry", "rz"), ("tx", "ty", "tz")
_SECTIONS = (":root", ":bonedata", ":hierarchy")
_MOST_BYTES = {_SKELETON: 2**20, _TAKE: 2**26}
_MOST_POSITIONS = 2**24  # frames times joints
_LARGEST = 1e6  # of a number: an angle, a length or a place
_LEAST_SCALE, _MOST_SCALE = 1e-3, 1e3  # of lengths
_SMALL, _TALL = 1.0, 2.3  # m, of a performer whose unit is believed


@dataclass(frozen=True)
class _Bone:
    """A bone as it is at rest, or the root, which has no length."""

    name: str
    vector: tuple[float, float, float] = (0.0, 0.0, 0.0)  # from its start to its end, in the file's unit and frame
    axis: tuple[float, float, float] = (0.0, 0.0, 0.0)  # rad, of the axes that it turns about
    channels: tuple[str, ...] = ()  # of _TURNS, and for the root of _MOVES, in the file's order


_END = _Bone("")


@dataclass(frozen=True)
class _Rig:
    """Joints at the starts of the bones and at the ends of the last ones."""

    hierarchy: Hierarchy  # in the file's unit
    bones: tuple[_Bone, ...]  # that starts at each joint; _END where none does
    unit: float | None  # m
    degrees: bool  # of the takes too, where they do not say

    @cached_property
    def n_channels(self) -> dict[str, int]:
        """The number of a bone's values in a frame, by its name in small letters."""
        return {bone.name.lower(): len(bone.channels) for bone in self.bones if bone is not _END}

    def forward(self, values: dict[str, Array]) -> tuple[Array, Array]:
        """Compute the joints' positions and rotations, by forward kinematics.

        Args:
            values: (T, channels) of each bone that has any, by its name in small letters; rad and the file's unit.

        Returns:
            (T, J, 3) positions in the file's unit and (T, J, 3, 3) rotations from the rest pose, both in the file's
            world frame.
        """
        shape = (len(values[_ROOT]), len(self.bones))
        positions, rotations = np.empty((*shape, 3)), np.empty((*shape, 3, 3))
        for index, (joint, bone) in enumerate(zip(self.hierarchy.joints, self.bones, strict=True)):
            move, turn = np.zeros((shape[0], 3)), np.broadcast_to(np.eye(3), (shape[0], 3, 3))
            for column, channel in enumerate(bone.channels):
                number, axis = values[bone.name.lower()][:, column], "xyz".index(channel[1])
                if channel in _MOVES:
                    move[:, axis] = number
                else:
                    turn = rotation(axis, number) @ turn
            own = rotation(2, bone.axis[2]) @ rotation(1, bone.axis[1]) @ rotation(0, bone.axis[0])
            turn = own @ turn @ own.T
            if joint.parent < 0:
                positions[:, index], rotations[:, index] = move, turn
            else:
                parent = rotations[:, joint.parent]
                positions[:, index] = positions[:, joint.parent] + parent @ np.array(joint.offset)
                rotations[:, index] = parent @ turn
        return positions, rotations


def _recognises(source: Source) -> bool:
    with source.path.open("rb") as file:
        start = file.read(1024)
    return source.path.suffix.lower() in (_SKELETON, _TAKE) or _TAKE_MARK in start.upper()


def _read(source: Source) -> Iterator[Recording]:
    if source.path.suffix.lower() == _SKELETON:
        raise source.error("a skeleton without motion; expected the .amc file of a take, which finds its .asf itself")
    rig = _read_asf(_skeleton_of(source))
    values = _read_amc(source, rig)
    recording = read_rig(source, "ASF", rig.hierarchy, *rig.forward(values), fps=_FPS, up=_UP)
    height = (rig.unit or 0.0) * stature(recording.positions, recording.skeleton)
    yield replace(recording, unit=rig.unit if _SMALL <= height <= _TALL else None)


def _skeleton_of(source: Source) -> Source:
    """Return the .asf file whose name the take's starts with, up to a "_" or the end, or the only one beside it."""
    beside = sorted(file for file in source.path.parent.iterdir() if file.suffix.lower() == _SKELETON)
    take = f"{source.path.stem}_".lower()
    named = [file for file in beside if take.startswith(f"{file.stem}_".lower())]
    if named:
        return Source(max(named, key=lambda file: len(file.stem)))
    if len(beside) != 1:
        subject = source.path.stem.partition("_")[0] + _SKELETON
        found = f", but {len(beside)} other .asf files" if beside else ""
        raise source.error(f"no {abbreviate(subject)} beside it{found}; expected the skeleton of the take")
    return Source(beside[0])


class _Line(NamedTuple):
    number: int  # from 1
    words: list[str]

    def error(self, source: Source, expected: str) -> InputError:
        return source.error(f"line {self.number}: {abbreviate(' '.join(self.words))}; expected {expected}")

    def numbers(self, source: Source, words: Sequence[str], count: int) -> list[float]:
        """Return words of the line as numbers, which are finite."""
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != count or not all(abs(number) <= _LARGEST for number in numbers):  # NaN is not either
            raise self.error(source, f"{count} number{'' if count == 1 else 's'}, at most {_LARGEST:g} either way")
        return numbers


def _lines(source: Source, suffix: str) -> Iterator[_Line]:
    """Yield the words of a text file of bounded size, line by line, without comments."""
    n_bytes = source.path.stat().st_size
    if n_bytes > _MOST_BYTES[suffix]:
        raise source.error(f"of {n_bytes} bytes; expected at most {_MOST_BYTES[suffix]}")
    for number, line in enumerate(source.lines, 1):
        words = line.partition("#")[0].split()
        if words:
            yield _Line(number, words)


# the skeleton


def _read_asf(source: Source) -> _Rig:
    sections: dict[str, list[_Line]] = {}
    section: list[_Line] = []
    for line in _lines(source, _SKELETON):
        if line.words[0].startswith(":"):
            section = sections.setdefault(line.words[0].lower(), [])
        else:
            section.append(line)
    missing = [name for name in _SECTIONS if name not in sections]
    if missing:
        raise source.error(f"no section {missing[0]}; expected {', '.join(_SECTIONS)} of a skeleton")

    units = _properties(sections.get(":units", []))
    degrees = _in_degrees(source, units.get("angle"))
    bones = {_ROOT: _root(source, _properties(sections[":root"]), degrees)}
    for number, block in enumerate(_blocks(source, sections[":bonedata"]), 1):
        if "name" not in block:
            raise source.error(f"bone {number} of :bonedata has no 'name'; expected one")
        bone = _bone(source, block, degrees)
        if bone.name.lower() in bones:
            raise block["name"].error(source, "another name, or the bone once")
        bones[bone.name.lower()] = bone
    hierarchy, order = _hierarchy(source, sections[":hierarchy"], bones)
    return _Rig(hierarchy, order, _unit(source, units.get("length")), degrees)


def _properties(lines: Sequence[_Line]) -> dict[str, _Line]:
    """Return the lines by their first words, in small letters; of several the first."""
    return {line.words[0].lower(): line for line in reversed(lines)}


def _unit(source: Source, line: _Line | None) -> float | None:
    """Return the unit of lengths, m, where the skeleton says it."""
    if line is None:
        return None
    (scale,) = line.numbers(source, line.words[1:], 1)
    if not _LEAST_SCALE <= scale <= _MOST_SCALE:
        raise line.error(source, f"the scale of lengths to inches, {_LEAST_SCALE:g} to {_MOST_SCALE:g}")
    return _INCH / scale


def _in_degrees(source: Source, line: _Line | None) -> bool:
    unit = "deg" if line is None else line.words[-1].lower()
    if line and unit not in ("deg", "rad"):
        raise line.error(source, "'deg' or 'rad'")
    return unit == "deg"


def _root(source: Source, properties: dict[str, _Line], degrees: bool) -> _Bone:
    if "order" not in properties:
        raise source.error(f":root has no 'order'; expected {' '.join(_MOVES + _TURNS).upper()} in some order")
    order = properties["order"]
    channels = tuple(word.lower() for word in order.words[1:])
    if sorted(channels) != sorted(_MOVES + _TURNS):
        raise order.error(source, f"{' '.join(_MOVES + _TURNS).upper()}, each once")
    axis = properties.get("axis")
    if axis and [word.upper() for word in axis.words[1:]] != ["XYZ"]:
        raise axis.error(source, "'axis XYZ'")
    orientation = properties.get("orientation")
    angles = orientation.numbers(source, orientation.words[1:], 3) if orientation else [0.0] * 3
    return _Bone(_ROOT, axis=_radians(angles, degrees), channels=channels)


def _blocks(source: Source, lines: Sequence[_Line]) -> Iterator[dict[str, _Line]]:
    """Yield the lines of each bone between its begin and its end, by their first words."""
    block: list[_Line] | None = None
    for line in lines:
        keyword = line.words[0].lower()
        if keyword == "begin" and block is None:
            block = []
        elif keyword == "end" and block is not None:
            yield _properties(block)
            block = None
        elif keyword == "begin" or block is None:
            raise line.error(source, "'begin' of a bone" if block is None else "'end' of the bone before it")
        else:
            block.append(line)
    if block is not None:
        raise source.error("ends within a bone of :bonedata; expected its 'end'")


def _bone(source: Source, block: dict[str, _Line], degrees: bool) -> _Bone:
    title = block["name"]
    if len(title.words) != 2:
        raise title.error(source, "one word")
    for needed in ("direction", "length", "axis"):
        if needed not in block:
            raise title.error(source, f"'{needed}' of the bone too")
    direction, length, axis = (block[name] for name in ("direction", "length", "axis"))
    x, y, z = direction.numbers(source, direction.words[1:], 3)
    (measure,) = length.numbers(source, length.words[1:], 1)
    if measure < 0:
        raise length.error(source, "0 or more")
    if measure and not 0.99 <= np.linalg.norm([x, y, z]) <= 1.01:
        raise direction.error(source, "a direction of length 1")
    if [word.upper() for word in axis.words[4:]] not in (["XYZ"], []):
        raise axis.error(source, "three angles and XYZ")
    angles = axis.numbers(source, axis.words[1:4], 3)
    channels = tuple(word.lower() for word in block["dof"].words[1:]) if "dof" in block else ()
    if not {*channels} <= {*_TURNS} or len({*channels}) < len(channels):
        raise block["dof"].error(source, f"{', '.join(_TURNS)}, each at most once")
    return _Bone(title.words[1], (measure * x, measure * y, measure * z), _radians(angles, degrees), channels)


def _radians(angles: Sequence[float], degrees: bool) -> tuple[float, float, float]:
    x, y, z = np.radians(angles).tolist() if degrees else angles
    return x, y, z


def _hierarchy(source: Source, lines: Sequence[_Line], bones: dict[str, _Bone]) -> tuple[Hierarchy, tuple[_Bone, ...]]:
    """Return the joints, depth first, and the bone that starts at each."""
    marks = [line.words[0].lower() for line in lines]
    if len(lines) < 2 or (marks[0], marks[-1]) != ("begin", "end"):
        raise source.error(":hierarchy is not whole; expected it from a 'begin' to an 'end'")
    children: dict[str, list[str]] = {name: [] for name in bones}
    hanging = {_ROOT}
    for line in lines[1:-1]:
        parent, *others = (word.lower() for word in line.words)
        for name in (parent, *others):
            if name not in bones:
                raise line.error(source, f"bones of :bonedata, which have no {abbreviate(name)}")
        if hanging & {*others} or len({*others}) < len(others):
            raise line.error(source, "bones that hang from one bone only")
        hanging |= {*others}
        children[parent] += others

    joints: list[Joint] = []
    order: list[_Bone] = []
    ahead = [(_ROOT, -1)]
    while ahead:
        name, parent_joint = ahead.pop()
        index = len(joints)
        bone = bones[name]
        joints.append(Joint(bone.name, parent_joint, order[parent_joint].vector if index else (0.0, 0.0, 0.0)))
        order.append(bone)
        ahead += [(child, index) for child in reversed(children[name])]
        if not children[name]:
            joints.append(Joint("", index, bone.vector))
            order.append(_END)
    loose = {*bones} - {bone.name.lower() for bone in order}
    if loose:
        raise source.error(f"{abbreviate(sorted(loose))} hang from nothing in :hierarchy; expected every bone in it")
    return Hierarchy(tuple(joints)), tuple(order)


# the take


def _read_amc(source: Source, rig: _Rig) -> dict[str, Array]:
    """Read (T, channels) of each bone that has channels, by its name in small letters; rad and the file's unit."""
    values = {name: array("d") for name, count in rig.n_channels.items() if count}
    degrees, first, n_frames = rig.degrees, 0, 0
    for line in _lines(source, _TAKE):
        name, *words = line.words
        if name.startswith(":"):
            degrees = {":degrees": True, ":radians": False}.get(name.lower(), degrees)
        elif not words and name.isdecimal() and len(name) < 10:
            _check_frame(source, values, rig, first, n_frames)
            if n_frames and int(name) != first + n_frames:
                raise line.error(source, f"frame {first + n_frames}")
            first = first if n_frames else int(name)
            n_frames += 1
            if n_frames * len(rig.bones) > _MOST_POSITIONS:
                raise line.error(source, f"at most {_MOST_POSITIONS // len(rig.bones)} frames")
        elif not n_frames:
            raise line.error(source, "the number of the first frame")
        else:
            count = rig.n_channels.get(name.lower())
            if count is None:
                raise line.error(source, "a bone of the skeleton")
            numbers = line.numbers(source, words, count)
            if count:
                values[name.lower()].extend(numbers)
    if not n_frames:
        raise source.error("holds no frame; expected the number of a frame, then its bones")
    _check_frame(source, values, rig, first, n_frames)
    scaled = {}
    for bone in rig.bones:
        if bone.channels:
            angles = np.array([channel in _TURNS and degrees for channel in bone.channels])
            numbers_of_bone = np.array(values[bone.name.lower()]).reshape(n_frames, -1)
            scaled[bone.name.lower()] = numbers_of_bone * np.where(angles, np.pi / 180, 1.0)
    return scaled


def _check_frame(source: Source, values: dict[str, array[float]], rig: _Rig, first: int, n_frames: int) -> None:
    """Refuse a frame, the last that was read, in which a bone is missing or is there twice."""
    for name, numbers in values.items():
        found = len(numbers) - max(n_frames - 1, 0) * rig.n_channels[name]
        if n_frames and found != rig.n_channels[name]:
            times = found // rig.n_channels[name]
            raise source.error(f"frame {first + n_frames - 1} has {times} lines of bone {name!r}; expected one")


FORMAT = MotionFormat("asf_amc", _recognises, _read)

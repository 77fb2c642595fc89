"""Biovision hierarchy (BVH) files: a tree of joints, the channels that move it, and forward kinematics.

A file is in a unit and a frame of its own. Channels are in the order of the file: degrees, and the file's unit.
Rotation channels apply in their order, R = R_1 R_2 R_3 (Meredith & Maddock 2001, Motion Capture File Formats
Explained); position channels stand in place of the joint's OFFSET, as Blender reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dancelift.arraytypes import Array
from dancelift.checks import MAX_FPS, MIN_FPS
from dancelift.errors import InputError
from dancelift.geometry import rotation

CHANNELS = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ")
"""Names of the channels that a joint can have."""

_CHANNEL_OF = {channel.lower(): channel for channel in CHANNELS}
_MOST_JOINTS = 1000  # of a performer, with end sites


@dataclass(frozen=True)
class Joint:
    """One joint of a hierarchy, or an end site, which has no name and no channels."""

    name: str
    parent: int  # index of its parent; -1 for the root
    offset: tuple[float, float, float]  # from the parent, in the parent's frame, in the file's unit
    channels: tuple[str, ...] = ()  # of CHANNELS, in the file's order


@dataclass(frozen=True)
class Hierarchy:
    """A tree of joints, each behind its parent, in the order in which the file lists them and their channels."""

    joints: tuple[Joint, ...]

    @cached_property
    def n_channels(self) -> int:
        return sum(len(joint.channels) for joint in self.joints)

    def children(self, index: int) -> list[int]:
        """Return the indices of a joint's children, in the file's order."""
        return [child for child, joint in enumerate(self.joints) if joint.parent == index]

    @cached_property
    def subtrees(self) -> list[range]:
        """Indices of each joint and all that are below it, where joints are in the order of a file, depth first."""
        ends = list(range(1, len(self.joints) + 1))
        for index in reversed(range(len(self.joints))):
            parent = self.joints[index].parent
            if parent >= 0:
                ends[parent] = max(ends[parent], ends[index])
        return [range(index, end) for index, end in enumerate(ends)]

    def rest(self) -> Array:
        """Return (J, 3) where all rotations are zero, in the file's unit, with the root at its OFFSET."""
        positions = np.empty((len(self.joints), 3))
        for index, joint in enumerate(self.joints):
            positions[index] = joint.offset
            if joint.parent >= 0:
                positions[index] += positions[joint.parent]
        return positions

    def forward(self, channels: Array) -> tuple[Array, Array]:
        """Compute the joints' positions and rotations, by forward kinematics.

        Args:
            channels: (T, n_channels), degrees and the file's unit.

        Returns:
            (T, J, 3) positions in the file's unit and (T, J, 3, 3) rotations from the joint's frame, both in the
            file's world frame.
        """
        shape = (len(channels), len(self.joints))
        positions, rotations = np.empty((*shape, 3)), np.empty((*shape, 3, 3))
        column = 0
        for index, joint in enumerate(self.joints):
            local, turn = np.tile(joint.offset, (shape[0], 1)), np.broadcast_to(np.eye(3), (shape[0], 3, 3))
            for channel in joint.channels:
                axis = "XYZ".index(channel[0])
                if channel.endswith("position"):
                    local[:, axis] = channels[:, column]
                else:
                    turn = turn @ rotation(axis, np.radians(channels[:, column]))
                column += 1
            if joint.parent < 0:
                positions[:, index], rotations[:, index] = local, turn
            else:
                parent = rotations[:, joint.parent]
                positions[:, index] = positions[:, joint.parent] + (parent @ local[..., None])[..., 0]
                rotations[:, index] = parent @ turn
        return positions, rotations


@dataclass(frozen=True, eq=False)
class Bvh:
    """A hierarchy and its motion."""

    hierarchy: Hierarchy
    channels: Array  # (T, n_channels), degrees and the file's unit
    frame_time: float  # s


def read_bvh(path: Path) -> Bvh:
    """Read a BVH file.

    Raises:
        InputError: it cannot be read or is no BVH; the message names the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")  # names of joints may be in any encoding
    except OSError as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a BVH file") from reason
    return _Parser(str(path), text.splitlines()).parse()


def format_bvh(bvh: Bvh) -> str:
    """Return the text of a BVH file."""
    joints, lines, depth = bvh.hierarchy.joints, ["HIERARCHY"], 0
    depths = [0] * len(joints)
    for index, joint in enumerate(joints):
        depths[index] = depths[joint.parent] + 1 if joint.parent >= 0 else 0
        lines += ["\t" * level + "}" for level in range(depth - 1, depths[index] - 1, -1)]
        depth = depths[index] + 1
        indent = "\t" * depths[index]
        title = f"{'JOINT' if joint.parent >= 0 else 'ROOT'} {joint.name}" if joint.name else "End Site"
        offset = " ".join(f"{x:.6f}" for x in joint.offset)
        lines += [f"{indent}{title}", indent + "{", f"{indent}\tOFFSET {offset}"]
        if joint.name:
            lines.append(f"{indent}\tCHANNELS {' '.join([str(len(joint.channels)), *joint.channels])}")
    lines += ["\t" * level + "}" for level in range(depth - 1, -1, -1)]
    lines += ["MOTION", f"Frames: {len(bvh.channels)}", f"Frame Time: {bvh.frame_time:.8f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in bvh.channels.tolist()]
    return "\n".join(lines) + "\n"


class _Node:
    """A joint in the making."""

    def __init__(self, name: str, parent: int, line: int) -> None:
        self.name, self.parent, self.line = name, parent, line
        self.offset: tuple[float, float, float] | None = None
        self.channels: tuple[str, ...] | None = None

    @property
    def is_end_site(self) -> bool:
        return not self.name


class _Parser:
    """One pass over the lines of a file; keywords in any case, braces on lines of their own or not."""

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self.path, self.lines = path, lines
        self.line = 0  # number of the line being read, from 1

    def fail(self, message: str, line: int | None = None) -> NoReturn:
        raise InputError(f"{self.path}: line {self.line if line is None else line}: {message}")

    def parse(self) -> Bvh:
        hierarchy = self.hierarchy()
        (n_frames,) = self.numbers(self.header("Frames").split(), 1, "Frames:")
        if n_frames < 1 or n_frames % 1:
            self.fail(f"'Frames: {n_frames:g}'; expected a whole number of at least 1")
        (frame_time,) = self.numbers(self.header("Frame Time").split(), 1, "Frame Time:")
        if not 1 / MAX_FPS <= frame_time <= 1 / MIN_FPS:
            hint = f"; if that is frames per second, give {1 / frame_time:g}" if 1 < frame_time <= MAX_FPS else ""
            self.fail(f"'Frame Time: {frame_time:g}'; expected {1 / MAX_FPS:g} to {1 / MIN_FPS:g} s{hint}")
        return Bvh(hierarchy, self.motion(int(n_frames), hierarchy.n_channels), frame_time)

    def statements(self) -> Iterator[str]:
        """Yield what the lines say from the next one on, each brace a statement of its own."""
        while self.line < len(self.lines):
            self.line += 1
            for statement in re.split(r"([{}])", self.lines[self.line - 1]):
                if statement.strip():
                    yield statement.strip()

    def hierarchy(self) -> Hierarchy:
        statements = self.statements()
        if next(statements, "").upper() != "HIERARCHY":
            self.fail("expected 'HIERARCHY', with which a BVH file starts")
        nodes: list[_Node] = []
        open_nodes: list[int] = []
        joints: dict[int, Joint] = {}
        declared = False  # a node whose brace is still to open
        for statement in statements:
            keyword, *words = statement.split()
            keyword = keyword.upper()
            if declared != (keyword == "{"):
                self.fail(f"{statement!r}; expected {'a brace that opens' if declared else 'a joint before it'}")
            if keyword == "MOTION" and nodes and not open_nodes:
                return Hierarchy(tuple(joints[index] for index in range(len(nodes))))
            if keyword == "{":
                declared = False
                open_nodes.append(len(nodes) - 1)
            elif keyword in ("ROOT", "JOINT", "END"):
                if len(nodes) == _MOST_JOINTS:
                    self.fail(f"more than {_MOST_JOINTS} joints and end sites; expected a performer's")
                nodes.append(self.node(keyword, words, nodes, open_nodes))
                declared = True
            elif keyword == "}" and open_nodes:
                index = open_nodes.pop()
                node = nodes[index]
                if node.offset is None:
                    self.fail(f"'{node.name or 'End Site'}' has no OFFSET; expected three numbers", node.line)
                joints[index] = Joint(node.name, node.parent, node.offset, node.channels or ())
            elif keyword in ("OFFSET", "CHANNELS") and open_nodes:
                self.property(keyword, words, nodes[open_nodes[-1]])
            else:
                self.fail(f"{statement!r}; expected {_EXPECTED[bool(open_nodes), bool(nodes)]}")
        self.fail("the file ends within the HIERARCHY; expected 'MOTION' after it")

    def node(self, keyword: str, words: list[str], nodes: list[_Node], open_nodes: list[int]) -> _Node:
        """Return the joint or end site that a statement declares."""
        parent = open_nodes[-1] if open_nodes else -1
        if keyword == "ROOT" and nodes:
            self.fail("a second ROOT; expected one performer a file")
        if (keyword == "ROOT") != (parent < 0) or (parent >= 0 and nodes[parent].is_end_site):
            self.fail(f"{keyword} out of place; expected one ROOT, and JOINT or End Site within a joint")
        name = "" if keyword == "END" else " ".join(words)
        if bool(name) == (keyword == "END"):
            self.fail(f"{keyword} without a name; expected one")
        return _Node(name, parent, self.line)

    def property(self, keyword: str, words: list[str], node: _Node) -> None:
        """Give a node its OFFSET or CHANNELS."""
        if keyword == "OFFSET" and node.offset is None:
            x, y, z = self.numbers(words, 3, "OFFSET")
            node.offset = x, y, z
        elif keyword == "CHANNELS" and node.channels is None and not node.is_end_site:
            count, *names = words or ("",)
            channels = tuple(_CHANNEL_OF.get(name.lower(), "") for name in names)
            if count != str(len(names)) or "" in channels or len(set(channels)) < len(channels):
                self.fail(
                    f"'CHANNELS {' '.join(words)}'; expected their number, then each once of {' '.join(CHANNELS)}"
                )
            node.channels = channels
        else:
            self.fail(f"{keyword} for '{node.name or 'End Site'}'; expected none, or no second one")

    def header(self, name: str) -> str:
        """Return the value of a line "name: value" between MOTION and the numbers."""
        statement = next(self.statements(), "")
        found, colon, value = statement.partition(":")
        if not colon or found.replace(" ", "").lower() != name.replace(" ", "").lower():
            self.fail(f"{statement!r}; expected '{name}: '")
        return value.strip()

    def numbers(self, words: Sequence[str], count: int, what: str) -> list[float]:
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != count or not np.isfinite(numbers).all():
            self.fail(f"'{what} {' '.join(words)}'; expected {count} finite number{'s' if count > 1 else ''}")
        return numbers

    def motion(self, n_frames: int, n_channels: int) -> Array:
        """Read (n_frames, n_channels) numbers on the lines that follow; a frame may go over several lines."""
        first = self.line
        rows = [line.split() for line in self.lines[first:]]
        try:
            values = np.array([word for row in rows for word in row], dtype=np.float64)
        except ValueError:
            line, word = next(
                (i, word) for i, row in enumerate(rows, first + 1) for word in row if not _is_number(word)
            )
            self.fail(f"{word!r}; expected a number", line)
        if len(values) != n_frames * n_channels:
            for line, row in enumerate(rows, first + 1):
                if row and len(row) != n_channels:
                    self.fail(f"{len(row)} numbers; expected {n_channels}, one for each channel", line)
            found = sum(map(bool, rows))
            self.fail(f"{found} frames follow; expected {n_frames:g}, as 'Frames:' says", first)
        return values.reshape(n_frames, n_channels)


_EXPECTED = {  # whether a joint is open, and whether there is one yet
    (True, True): "OFFSET, CHANNELS, JOINT, End Site or a brace that closes",
    (False, True): "MOTION",
    (False, False): "ROOT",
}


def _is_number(word: Any) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True

"""C3D files: markers over time, as motion capture and biomechanics have them; written by ezc3d, in millimetres.

A file is a header of 512 bytes, a section of parameters in groups, and the frames: the markers' coordinates and
residuals, then analog values. No count in it is believed unchecked (The C3D File Format User Guide, c3d.org).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError, require, warn
from dancelift.files import final_name, under_suffix

KEY = 0x50
"""Second byte of a file."""

_BLOCK = 512  # bytes
_MOST_FRAMES = 65535  # that the header can count
_ORDERS = {84: "<", 85: "<", 86: ">"}  # of bytes, by processor: Intel, DEC, MIPS
_DEC = 85  # whose floats are not IEEE's
_TYPES = {-1: "S1", 1: "i1", 2: "i2", 4: "f4"}  # of parameters
_UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0}  # m


@dataclass(frozen=True, eq=False)
class C3d:
    """Markers over time, of T frames and M markers.

    Attributes:
        names: of the markers.
        positions: (T, M, 3), in the file's unit; NaN is missing.
        fps: frames per second.
        unit: m; None where the file does not say it, or says what is none.
        first: number of the first frame, counted from 0.
    """

    names: tuple[str, ...]
    positions: Array
    fps: float
    unit: float | None
    first: int


def read_c3d(path: Path) -> C3d:
    """Read the markers of a C3D file.

    Raises:
        InputError: it is none, is damaged, or holds no markers.
    """
    try:
        content = path.read_bytes()
        return _C3dFile(content).markers()
    except (OSError, ValueError, LookupError, struct.error) as reason:
        raise InputError(f"{path}: cannot be read ({reason}); expected a whole C3D file") from reason


class _C3dFile:
    """What is in a file; every method raises ValueError, LookupError or struct.error where that cannot be."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        if len(content) < _BLOCK or content[1] != KEY or not content[0]:
            raise ValueError("no header of 512 bytes")
        self._parameters = _BLOCK * (content[0] - 1)
        self._n_blocks, processor = content[self._parameters + 2], content[self._parameters + 3]
        if processor not in _ORDERS:
            raise ValueError(f"processor {processor}, which is none of {', '.join(map(str, _ORDERS))}")
        self._order, self._is_dec = _ORDERS[processor], processor == _DEC

    def markers(self) -> C3d:
        n_points, n_analog, first, last = (self._word(at) for at in (2, 4, 6, 8))
        (scale,), (fps,) = self._array("f4", 12, 1).tolist(), self._array("f4", 20, 1).tolist()
        point = {name: value for group, name, value in self._values() if group == "POINT"}
        n_frames = last - first + 1
        names = [
            label for name in sorted(point, key=_number) if name.startswith("LABELS") for label in _texts(point[name])
        ]
        if not n_points or n_frames < 1 or len(names) < n_points:
            raise ValueError(f"{n_points} markers with {len(names)} names in {n_frames} frames")
        frames = self._frames(n_frames, 4 * n_points + n_analog, scale < 0)[:, : 4 * n_points].reshape(-1, n_points, 4)
        positions = frames[..., :3].astype(np.float64) * (1.0 if scale < 0 else scale)
        with np.errstate(invalid="ignore"):
            positions[~(frames[..., 3] >= 0)] = np.nan  # of a residual below 0
        unit = next(iter(_texts(point["UNITS"])), "") if "UNITS" in point else ""
        return C3d(tuple(names[:n_points]), positions, fps, _UNITS.get(unit.lower()), max(first - 1, 0))

    def _frames(self, n_frames: int, n_numbers: int, are_floats: bool) -> NDArray[Any]:
        start = self._word(16)
        if start < self._content[0] + self._n_blocks:
            raise ValueError(f"frames from block {start} on, which is within the parameters")
        kind = "f4" if are_floats else "i2"
        return self._array(kind, _BLOCK * (start - 1), n_frames * n_numbers).reshape(n_frames, n_numbers)

    def _values(self) -> Iterator[tuple[str, str, NDArray[Any]]]:
        """Group, name and value of each parameter."""
        groups: dict[int, str] = {}
        found: list[tuple[int, str, NDArray[Any]]] = []
        at, end = self._parameters + 4, min(self._parameters + _BLOCK * self._n_blocks, len(self._content))
        while at + 2 <= end:
            length, group = struct.unpack_from("bb", self._content, at)
            if not length:
                break
            at += 2 + abs(length)  # below 0 where it is locked
            name = self._content[at - abs(length) : at].decode("latin-1").upper()
            (step,) = struct.unpack_from(f"{self._order}h", self._content, at)
            if group < 0:
                groups[-group] = name
            else:
                found.append((group, name, self._value(at + 2)))
            if step <= 0:
                break
            at += step
        return ((groups.get(group, ""), name, value) for group, name, value in found)

    def _value(self, at: int) -> NDArray[Any]:
        """Of a parameter; its first axis varies fastest in the file."""
        kind, n_axes = struct.unpack_from("bB", self._content, at)
        shape = self._content[at + 2 : at + 2 + n_axes]
        if kind not in _TYPES or n_axes > 7 or len(shape) < n_axes:
            raise ValueError(f"a parameter of type {kind} and {n_axes} axes")
        count = int(np.prod(list(shape), dtype=np.int64))
        return self._array(_TYPES[kind], at + 2 + n_axes, count).reshape(tuple(shape), order="F")

    def _word(self, at: int) -> int:
        (value,) = struct.unpack_from(f"{self._order}H", self._content, at)
        return int(value)

    def _array(self, kind: str, at: int, count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        if at + size > len(self._content):
            raise ValueError(f"{size} bytes from {at} on, of which {max(len(self._content) - at, 0)} are there")
        if kind == "f4" and self._is_dec:  # the halves are the other way round, and the exponent is 2 more
            halves = np.frombuffer(self._content, "<u2", 2 * count, at).reshape(count, 2)
            return np.ascontiguousarray(halves[:, ::-1]).view("<f4").ravel() / np.float32(4)
        order = "" if kind == "S1" else self._order
        return np.frombuffer(self._content, f"{order}{kind}", count, at)


def _texts(value: NDArray[Any]) -> list[str]:
    """Of a parameter of characters (length, count) or (length,)."""
    if value.dtype.kind != "S" or value.ndim not in (1, 2):
        raise ValueError(f"a name of type {value.dtype} and shape {value.shape}")
    rows = value.reshape(len(value), -1).T
    return [b"".join(character or b" " for character in row.tolist()).decode("latin-1").strip() for row in rows]


def _number(name: str) -> int:
    """Of LABELS, LABELS2, LABELS3, ..."""
    digits = name.removeprefix("LABELS")
    return int(digits) if digits.isdecimal() and len(digits) < 4 else 0


def write_c3d(
    path: Path, names: Sequence[str], positions: Array, residuals: Array, fps: float, first: int, screen: str
) -> None:
    """Write a C3D file, in millimetres.

    Args:
        path: of the file.
        names: of the M markers.
        positions: (T, M, 3), mm; NaN is missing.
        residuals: (T, M), mm; 0 for what was filled in, -1 for what is missing.
        fps: frames per second.
        first: number of the first frame, counted from 0; where the file cannot count as far, it starts at 0, with a
            warning.
        screen: axis that points up on a screen, such as "+Z"; +X is to the right.

    Raises:
        InputError: there are more frames than a file can count.
        OSError: the file could not be written, or not all of it.
        MissingExtraError: ezc3d is not installed.
    """
    require("export", "C3D", "ezc3d")
    import ezc3d

    if len(positions) > _MOST_FRAMES:
        raise InputError(f"{final_name(path)}: {len(positions)} frames, expected at most {_MOST_FRAMES} in a C3D file")
    if first + len(positions) > _MOST_FRAMES:
        warn(f"C3D counts up to frame {_MOST_FRAMES}, expected {first + len(positions)}: frames are counted from 0")
        first = 0
    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["RATE"]["value"] = [fps]
    point["LABELS"]["value"] = list(names)
    point["DESCRIPTIONS"]["value"] = [""] * len(names)
    point["UNITS"]["value"] = ["mm"]
    file.add_parameter("POINT", "X_SCREEN", "+X")
    file.add_parameter("POINT", "Y_SCREEN", screen)
    file.add_parameter("MANUFACTURER", "COMPANY", "dancelift")
    file["header"]["points"]["first_frame"] = first
    homogeneous = np.concatenate([positions, np.ones((*positions.shape[:2], 1))], axis=2)
    file["data"]["points"] = homogeneous.transpose(2, 1, 0)
    file["data"]["meta_points"]["residuals"] = residuals.T[None]
    with under_suffix(path, ".c3d") as named:
        file.write(str(named))
        try:
            read_c3d(named)
        except InputError:  # of a full disk ezc3d does not tell
            raise OSError(f"{path}: not written whole, is the disk full?") from None

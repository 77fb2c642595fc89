"""C3D files: markers over time, as motion capture and biomechanics have them (c3d.org), by ezc3d; in millimetres."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.errors import InputError, require, warn
from dancelift.files import under_suffix

KEY = 0x50
"""Second byte of a file."""

_BLOCK = 512  # bytes
_MOST_FRAMES = 65535  # that the header can count
_WORDS = (2, 4, 6, 8, 16)  # bytes of the header where points, analog values, first and last frame, and start are
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
    """Read a C3D file.

    Raises:
        InputError: it is none, or holds no markers.
        MissingExtraError: ezc3d is not installed.
    """
    require("export", "C3D", "ezc3d")
    import ezc3d

    if not _is_whole(path):
        raise InputError(f"{path}: ends before its markers do, or is no C3D, expected a whole C3D file")
    try:
        file = ezc3d.c3d(str(path))
    except Exception as reason:  # of C++, as many kinds
        raise InputError(f"{path}: cannot be read ({reason}); expected a C3D file") from reason
    point = file["parameters"]["POINT"]
    positions = np.moveaxis(np.asarray(file["data"]["points"], np.float64)[:3], 0, -1).swapaxes(0, 1)
    names = [name for key in point if key.startswith("LABELS") for name in point[key]["value"]]
    if not positions.size or len(names) < positions.shape[1]:
        raise InputError(f"{path}: {positions.shape[1]} markers with {len(names)} names, expected markers over time")
    residuals = np.asarray(file["data"]["meta_points"]["residuals"])[0].T
    positions[residuals < 0] = np.nan
    unit = (point["UNITS"]["value"] or [""])[0] if "UNITS" in point else ""
    return C3d(
        tuple(names[: positions.shape[1]]),
        positions,
        float(file["header"]["points"]["frame_rate"]),
        _UNITS.get(unit.strip().lower()),
        int(file["header"]["points"]["first_frame"]),
    )


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
        raise InputError(f"{path.name}: {len(positions)} frames, expected at most {_MOST_FRAMES} in a C3D file")
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
        if not _is_whole(named):
            raise OSError(f"{path}: not written whole, is the disk full?")  # of which ezc3d does not tell


def _is_whole(path: Path) -> bool:
    """Whether a file is as long as its header says, which ezc3d takes for granted (The C3D File Format, c3d.org)."""
    with path.open("rb") as file:
        header = file.read(_BLOCK)
        if len(header) < _BLOCK or header[1] != KEY or not header[0]:
            return False
        file.seek(_BLOCK * (header[0] - 1) + 2)
        n_blocks, processor = file.read(1), file.read(1)
        n_bytes = file.seek(0, os.SEEK_END)
    order = {b"\x54": "<", b"\x55": "<", b"\x56": ">"}.get(processor)  # Intel, DEC, MIPS
    if order is None:
        return False
    n_points, n_analog, first, last, start = (struct.unpack_from(f"{order}H", header, at)[0] for at in _WORDS)
    sign = {b"\x54": 15, b"\x55": 13, b"\x56": 12}[processor]  # the byte that has it, of the scale of the points
    size = 4 if header[sign] & 0x80 else 2  # of numbers: floats where the scale is below 0
    needed = (last - first + 1) * (4 * n_points + n_analog) * size
    return bool(start >= header[0] + n_blocks[0] and last >= first and n_bytes >= _BLOCK * (start - 1) + needed)

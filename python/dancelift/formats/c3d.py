"""C3D files: markers over time, as motion capture and biomechanics have them (c3d.org), by ezc3d; in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.errors import InputError, require
from dancelift.files import under_suffix

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
        first: number of the first frame, counted from 0.
        screen: axis that points up on a screen, such as "+Z"; +X is to the right.

    Raises:
        OSError: the file could not be written, or not all of it.
        MissingExtraError: ezc3d is not installed.
    """
    require("export", "C3D", "ezc3d")
    import ezc3d

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
        named.touch()  # ezc3d does not say that it cannot write
        file.write(str(named))
        if not _holds(named, positions):
            raise OSError(f"{path}: not written whole, is the disk full?")


def _holds(path: Path, positions: Array) -> bool:
    """Whether a file holds markers at positions (T, M, 3)."""
    try:
        return bool(np.allclose(read_c3d(path).positions, positions, rtol=1e-5, atol=1e-2, equal_nan=True))
    except (InputError, ValueError):  # which allclose raises of another number of frames
        return False

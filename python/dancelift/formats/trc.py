"""TRC files: tables of markers over time, as OpenSim, Pose2Sim and Sports2D have them.

Five lines come first: the file's name, names of what is recorded and their values (DataRate is frames per second), the
names of the markers, and X1, Y1, Z1, ...; then a row a frame: its number, its time, three coordinates a marker, which
are empty or nan where the marker is missing (opensim-org, Marker (.trc) Files).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dancelift.arraytypes import Array
from dancelift.formats.source import Source, abbreviate

_HEAD = 5  # lines
_RECORDED = (
    "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trc:
    """Markers over time, of T frames and M markers.

    Attributes:
        names: of the markers.
        numbers: (T,) of the frames.
        times: (T,), s.
        positions: (T, M, 3), in `unit`; NaN is missing.
        rate: frames per second as the file has it; None where it does not.
        unit: as the file has it, such as "m" or "mm".
    """

    names: tuple[str, ...]
    numbers: Array
    times: Array
    positions: Array
    rate: str | None
    unit: str


def read_trc(source: Source) -> Trc:
    """Read a TRC file.

    Raises:
        InputError: it is none, or is damaged.
    """
    lines = [line.rstrip("\r\n").split("\t") for line in source.lines]
    if len(lines) <= _HEAD or lines[0][0] != "PathFileType" or lines[3][0] != "Frame#":
        raise source.error(f"found {abbreviate(lines[:1])}; expected the five first lines of a TRC file and frames")
    recorded = dict(zip((name.strip() for name in lines[1]), lines[2], strict=False))
    names = tuple(name.strip() for name in lines[3][2:] if name.strip())
    n_columns = 2 + 3 * len(names)
    rows = [line[:n_columns] for line in lines[_HEAD:] if any(value.strip() for value in line)]
    if not rows or any(len(row) < n_columns - 1 for row in rows):
        shortest = min(map(len, rows), default=0)
        raise source.error(f"a row of {shortest} values; expected {n_columns} of {len(names)} markers")
    texts = [[value.strip() or "nan" for value in row] + ["nan"] * (n_columns - len(row)) for row in rows]
    values = source.floats(texts, "coordinates").reshape(len(rows), n_columns)
    return Trc(
        names,
        values[:, 0],
        values[:, 1],
        values[:, 2:].reshape(len(rows), len(names), 3),
        recorded.get("DataRate"),
        recorded.get("Units", "").strip(),
    )


def format_trc(
    name: str, names: Sequence[str], numbers: Sequence[int], times: Array, positions: Array, fps: float, unit: str
) -> str:
    """Return the text of a TRC file.

    Args:
        name: of the file, which stands in it.
        names: of the M markers.
        numbers: of the T frames.
        times: (T,), s.
        positions: (T, M, 3), in `unit`; NaN is missing.
        fps: frames per second.
        unit: "m" or "mm".
    """
    rate, n_frames = f"{fps:.10g}", len(positions)
    recorded = (rate, rate, n_frames, len(names), unit, rate, numbers[0], n_frames)
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "\t".join(_RECORDED),
        "\t".join(map(str, recorded)),
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{marker}" for marker in range(1, len(names) + 1) for axis in "XYZ"),
    ]
    for number, time, row in zip(numbers, times.tolist(), positions.reshape(n_frames, -1).tolist(), strict=True):
        # nan, for OpenSim finds a row too short whose last cell is empty
        lines.append("\t".join([str(number), f"{time:.6f}", *(f"{value:.6f}" for value in row)]))
    return "\n".join(lines) + "\n"

"""DeepLabCut's results of a video, as .csv or .h5: a row a frame; x, y and likelihood of each body part.

The columns have three names, scorer, bodyparts and coords, or four where there are several individuals, which stand
between the first two; labelled frames have x and y alone and are numbered by the names of their images
(deeplabcut.github.io, Standard and Multi-animal user guides). The .h5 is a table of pandas in HDF5, whose names are a
pickle. How each body part is called tells the joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.hdf5 import is_hdf5, open_hdf5
from dancelift.formats.keypoints.timeline import frame_numbers
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.pickles import loads
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_HEADS = (["scorer", "bodyparts", "coords"], ["scorer", "individuals", "bodyparts", "coords"])
_COORDS = ("x", "y", "likelihood")
_NOBODYS = "single"  # individual of the body parts that are nobody's


@dataclass(frozen=True, eq=False)
class _Table:
    """What a file holds."""

    columns: Sequence[tuple[str, ...]]  # scorer, maybe individual, body part and coordinate of each
    frames: Sequence[int]
    values: NDArray[np.float64]  # (T, columns)


def _head(source: Source) -> list[list[str]] | None:
    """The rows of names at the start of a .csv file; None where they are none of DeepLabCut's."""
    if source.path.is_dir() or source.path.suffix.lower() != ".csv":
        return None
    rows = source.csv[:4]
    for head in _HEADS:
        if [row[0].strip().lower() if row else "" for row in rows[: len(head)]] == head:
            return rows[: len(head)]
    return None


def _recognises(source: Source) -> bool:
    if is_hdf5(source.path):
        with open_hdf5(source.path) as file:
            return _table_of(file) is not None
    return _head(source) is not None


def _read(source: Source) -> list[Track]:
    table = _read_hdf5(source) if is_hdf5(source.path) else _read_csv(source)
    individuals: dict[str, dict[str, dict[str, int]]] = {}
    for index, column in enumerate(table.columns):
        individual = column[1] if len(column) == 4 else ""
        if column[-1] in _COORDS and individual != _NOBODYS:
            individuals.setdefault(individual, {}).setdefault(column[-2], {})[column[-1]] = index
    detections = []
    names: tuple[str, ...] = ()
    for person, parts in enumerate(individuals.values()):
        if names and tuple(parts) != names:
            raise source.error(f"individuals of body parts {names} and {tuple(parts)}; expected the same of each")
        names = tuple(parts)
        wanted = [[part[coord] for coord in _COORDS if coord in part] for part in parts.values()]
        if len({len(columns) for columns in wanted}) != 1 or len(wanted[0]) < 2:
            raise source.error(f"body parts {names} of unlike columns; expected x, y and likelihood of each")
        keypoints = table.values[:, np.array(wanted)]
        detections += [Detection(frame, joints, person) for frame, joints in zip(table.frames, keypoints, strict=True)]
    return tracks_of(source, detections, table.frames, every_frame_listed=False, names=names or None)


def _read_csv(source: Source) -> _Table:
    head = _head(source)
    if head is None:
        raise source.error("the first rows are not scorer, bodyparts and coords; expected a file of DeepLabCut's")
    rows = [row for row in source.csv[len(head) :] if row]
    first = next((i for i, name in enumerate(head[-1]) if name.strip().lower() in _COORDS), 1)
    columns = [tuple(names) for names in zip(*(row[first:] for row in head), strict=False)]
    if any(len(row) != first + len(columns) for row in rows):
        row = next(row for row in rows if len(row) != first + len(columns))
        raise source.error(f"a row of {len(row)} values; expected {first + len(columns)} as in the first rows")
    images = [row[first - 1] for row in rows]
    frames = frame_numbers(source, [int(image) if image.isdecimal() else image for image in images])
    if len(frames) < len(rows):
        raise source.error("two rows are of one frame; expected one each")
    values = [[value if value.strip() else "nan" for value in row[first:]] for row in rows]
    return _Table(columns, list(frames.values()), source.floats(values, "coordinates").reshape(len(rows), -1))


def _table_of(file: Any) -> Any:
    """The table that pandas wrote, whose rows are one block of numbers."""
    found = [group["table"] for group in file.values() if hasattr(group, "keys") and "table" in group]
    tables = [table for table in found if "values_block_0" in (table.dtype.names or ())]
    return tables[0] if len(tables) == 1 and "values_block_0_kind" in tables[0].attrs else None


def _read_hdf5(source: Source) -> _Table:
    with open_hdf5(source.path) as file:
        table = _table_of(file)
        if table is None:
            raise source.error(f"found {list(file)}; expected a table of DeepLabCut's")
        names = loads(bytes(table.attrs["values_block_0_kind"]), f"{source.path}: names of the columns")
        rows = table[:]
    values = source.numbers(rows["values_block_0"], "coordinates")
    if not isinstance(names, list) or not all(isinstance(n, tuple) and len(n) in (3, 4) for n in names):
        raise source.error("columns have no names; expected scorer, bodyparts and coords")
    if values.ndim != 2 or values.shape[1] != len(names):
        raise source.error(f"{len(names)} names and columns of shape {values.shape}; expected one each")
    index = rows["index"] if "index" in (rows.dtype.names or ()) else np.arange(len(rows))
    frames = index.tolist() if index.dtype.kind in "iu" else list(range(len(rows)))
    return _Table([tuple(map(str, name)) for name in names], frames, values)


FORMAT = Format("deeplabcut", _recognises, _read)

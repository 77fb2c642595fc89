"""The manifest: one table of every person of every clip, from the records."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from dancelift.batch.record import Person, Record
from dancelift.errors import require
from dancelift.files import write

FORMATS = ("parquet", "csv")
"""Suffixes of a manifest."""

_TYPES = {
    "clip": str, "input": str, "person": str, "status": str, "error": str, "genre": str, "genre_probability": float,
    "no_genre": str, "frames": int, "fps": float, "duration": float, "persons": int, "seconds": float, "seen": float,
    "dancer_px": float, "reprojection_px": float, "seeds": int, "best_seed": int, "seed_error": float,
    "second_seed_error": float, "deviation_across": float, "deviation_along": float, "warnings": list, "outputs": list,
    "attempts": int, "finished": str, "host": str, "version": str, "key": str,
}  # fmt: skip
COLUMNS = tuple(_TYPES)
"""Of the manifest, in their order; `duration` and `seconds`, of the work, are in s, deviations in m."""


def rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Return a row a person, and one for a clip of which no person is known; what is not known is None."""
    found = []
    for record in records:
        own = {name: getattr(record, name) for name in ("clip", "input", "attempts", "finished", "host", "version")}
        own |= {"key": record.key, "persons": len(record.persons) or None}
        persons = record.persons or [Person("", record.status, record.error, seconds=record.seconds)]
        for person in persons:
            row = {each.name: getattr(person, each.name) for each in fields(person)}
            row |= {**own, "outputs": list(person.outputs.values()), "warnings": [*record.warnings, *person.warnings]}
            row["duration"] = person.frames / person.fps if person.frames and person.fps else None
            found.append({name: row[name] for name in COLUMNS})
        if record.persons and record.error and all(person.error != record.error for person in record.persons):
            missing = dict.fromkeys(COLUMNS) | own | {"person": "", "status": record.status, "error": record.error}
            found.append({**missing, "no_genre": "", "outputs": [], "warnings": record.warnings})
    return found


def write_manifest(path: Path, records: Iterable[Record]) -> None:
    """Write the manifest, in the format that its suffix says.

    Raises:
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    table = rows(records)
    write(path, partial(_write_parquet if path.suffix == ".parquet" else _write_csv, table))


def _write_csv(table: list[dict[str, Any]], path: Path) -> None:
    """Lists are JSON, what is not known is empty."""
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for row in table:
            writer.writerow({name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()})


def _write_parquet(table: list[dict[str, Any]], path: Path) -> None:
    require("batch", "a manifest in Parquet", "pyarrow")
    import pyarrow
    import pyarrow.parquet

    types = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        list: pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in _TYPES.items()])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table, schema=schema), path)

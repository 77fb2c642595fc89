"""Movement labels as a table: a CSV with one row for each interval of each movement.

Columns, in any order, others are passed over:
    start_s, end_s: seconds from the start of the video.
    part, movement: names of the taxonomy.
    state: `active` (the movement takes place), `unknown` (it cannot be judged), or `annotated`, without a movement
        and over the whole clip: the part was annotated, even if nothing else is known of it.

A part of which there is any row was annotated: where none of its rows says otherwise, its movements do not take
place. A part without a row was not: its movements are unknown. Rows that overlap are united, see `labels_of`.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator

from dancelift.errors import InputError
from dancelift.formats.labels.intervals import Interval, annotated_parts, frames_between, intervals_of_part, labels_of
from dancelift.formats.labels.vocabulary import Vocabulary, plain
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy

_COLUMNS = ("start_s", "end_s", "part", "movement", "state")
_ACTIVE, _UNKNOWN, _ANNOTATED = "active", "unknown", "annotated"
_SEPARATORS = ",;\t"


def read_csv(
    path: str | os.PathLike[str], taxonomy: Taxonomy, n_frames: int | None, fps: float | None, start: float | None
) -> MovementLabels:
    """See `dancelift.formats.labels.read_annotations`.

    The separator may be a comma, a semicolon or a tab; but for a comma, numbers may have a decimal comma.
    """
    if n_frames is None or fps is None:
        raise InputError("a table does not say how long the clip is, expected its frames and its fps to be given")
    vocabulary, begin = Vocabulary(taxonomy), start or 0.0
    intervals: list[Interval] = []
    parts: set[str] = set()
    for line, row in _rows(path):
        try:
            part = vocabulary.part(row["part"])
            parts.add(part)
            state = plain(row["state"])
            first, after = frames_between(_seconds(row["start_s"]), _seconds(row["end_s"]), n_frames, fps, begin)
            if state in (_ACTIVE, _UNKNOWN):
                movement = vocabulary.movement(row["movement"], part)
                intervals.append(Interval(first, after, movement, state == _ACTIVE))
            elif state != _ANNOTATED:
                raise InputError(f"state {row['state']!r}, expected {_ACTIVE}, {_UNKNOWN} or {_ANNOTATED}")
            elif row["movement"].strip():
                raise InputError(f"{_ANNOTATED} with movement {row['movement']!r}, expected it for the part, without")
            elif first > 0 or after < n_frames - 1:
                raise InputError(
                    f"{_ANNOTATED} for frames {first} to {after - 1}, expected for the whole clip, 0 to {n_frames - 1}"
                )
        except InputError as reason:
            raise InputError(f"line {line}: {reason}") from None
    return labels_of(intervals, parts, taxonomy, n_frames, fps, begin)


def write_csv(path: str | os.PathLike[str], labels: MovementLabels) -> None:
    """See `dancelift.formats.labels.write_annotations`."""
    names = labels.taxonomy.names
    with open(path, "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(_COLUMNS)
        for part in annotated_parts(labels):
            table.writerow([_time(labels, 0), _time(labels, len(labels)), part, "", _ANNOTATED])
            for interval in intervals_of_part(labels, part):
                times = _time(labels, interval.start), _time(labels, interval.end)
                state = _ACTIVE if interval.active else _UNKNOWN
                table.writerow([*times, part, names[interval.movement], state])


def _time(labels: MovementLabels, frame: int) -> str:
    return f"{labels.start + frame / labels.fps:.6f}"


def _rows(path: str | os.PathLike[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and texts of every row that is not blank."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            separator = max(_SEPARATORS, key=header.count)
            columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
            missing = [name for name in _COLUMNS if name not in columns]
            if missing:
                raise InputError(
                    f"the first line is {header.strip()[:80]!r}, lacks {', '.join(missing)}; "
                    f"expected the columns {','.join(_COLUMNS)}"
                )
            rows = csv.reader(stream, delimiter=separator)
            for fields in rows:
                if any(field.strip() for field in fields):
                    padded = [*fields, *[""] * (len(columns) - len(fields))]
                    yield rows.line_num + 1, dict(zip(columns, padded, strict=False))
    except (UnicodeDecodeError, csv.Error) as reason:
        raise InputError(f"not a table of movements, expected a CSV in UTF-8 ({reason})") from None


def _seconds(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise InputError(f"time {text!r}, expected seconds") from None

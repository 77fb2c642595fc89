"""Scores of movements as tables for a person, and as JSON and CSV for a program."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.evaluation.movements import LEAST_LEARNT, WAYS, ClipScore, MovementScores, Outcome
from dancelift.evaluation.tables import NO_FIGURE, Table, percent, score

_JUDGED = "3d"
"""The way of which it is said what falls short."""

_GOOD_PART, _GOOD_MOVEMENT = 0.90, 0.80
"""F below which a part or a movement falls short."""

_PREVAILS = 1.5  # times as many misses as false alarms, or the other way about
_LABEL_WIDTH = 34


def header() -> str:
    """Titles of the columns that `row` fills."""
    return f"{'micro F':{_LABEL_WIDTH}}" + "".join(f"  {title}" for title in WAYS.values())


def row(clip: ClipScore) -> str:
    """A line for a view of a clip."""
    label = f"{clip.clip} {clip.view}"
    return f"{label:{_LABEL_WIDTH}}" + "".join(f"  {score(clip.f[way]):>{len(WAYS[way])}}" for way in WAYS)


def tables(scores: MovementScores) -> Iterator[Table]:
    """All that is said of scores, in the order in which it is read."""
    yield part_table(scores)
    yield genre_table(scores)
    if scores.rare:
        yield rare_table(scores)
    yield weak_parts_table(scores)
    yield weak_movements_table(scores)


def part_table(scores: MovementScores) -> Table:
    """A line for each body part, then for all that could be learnt, and for all types."""
    taxonomy, learnable = scores.taxonomy, scores.learnable
    lines = []
    for part in taxonomy.parts:
        of_part = taxonomy.of_part(part.name)
        learnt = [m for m in of_part if m in set(learnable)]
        count = f"{len(learnt)} of {len(of_part)}" if len(learnt) < len(of_part) else str(len(of_part))
        lines.append([part.name, count, *_figures(scores, learnt)])
    lines.append(["all", str(len(learnable)), *_figures(scores, learnable)])
    if scores.rare:
        every = range(len(taxonomy))
        lines.append(["all, and those too rare to learn", str(len(taxonomy)), *_figures(scores, every)])
    n_better, n_parts = parts_better_from_3d(scores)
    about = (
        f"What is told of {scores.n_frames} frames against what takes place in the true motion: by a network from the "
        "detector's 2D keypoints, by the definitions from the lifted motion, by a network from the lifted motion. "
        "F = 2 TP / (2 TP + FP + FN) over all frames and types of a part; active: in how many % of the frames a type "
        f"takes place, on average. The LSTM reads lifted 3D at least as well as 2D keypoints in {n_better} of "
        f"{n_parts} parts."
    )
    return Table("Movements by body part", ["part", "types", "active %", *_columns()], lines, about)


def genre_table(scores: MovementScores) -> Table:
    """Micro F of each genre."""
    lines = [
        [genre, *(score(scores.outcome(way, scores.learnable, genre).f) for way in WAYS)] for genre in scores.genres
    ]
    return Table("Movements by genre", ["genre", *_columns()], lines, "Micro F of the types that could be learnt.")


def rare_table(scores: MovementScores) -> Table:
    """The types of which too little was learnt from, which the other tables leave out."""
    rare = scores.rare
    lines = [
        [scores.taxonomy.names[m], str(scores.n_learnt[m]), *_figures(scores, [m])]
        for m in sorted(rare, key=lambda m: -int(scores.n_learnt[m]))
    ]
    lines.append(["all of them", str(scores.n_learnt[rare].sum()), *_figures(scores, rare)])
    about = (
        f"{len(rare)} of {len(scores.taxonomy)} types took place in fewer than {LEAST_LEARNT} frames of what was "
        f"learnt from. F is {NO_FIGURE} where a type neither takes place nor is told."
    )
    return Table("Types too rare to learn", ["type", "frames learnt from", "active %", *_columns()], lines, about)


def weak_parts_table(scores: MovementScores) -> Table:
    """Body parts that fall short."""
    lines = []
    for part in scores.taxonomy.parts:
        learnt = [m for m in scores.taxonomy.of_part(part.name) if scores.n_learnt[m] >= LEAST_LEARNT]
        outcome = scores.outcome(_JUDGED, learnt)
        if outcome.f < _GOOD_PART:
            weak = sum(scores.outcome(_JUDGED, [m]).f < _GOOD_MOVEMENT for m in learnt)
            lines.append([part.name, score(outcome.f), f"{weak} of {len(learnt)}", *_cause(scores, learnt)])
    about = (
        f"Parts with F < {_GOOD_PART:.2f} ({WAYS[_JUDGED]}): {len(lines)} of {len(scores.taxonomy.parts)}. " + _CAUSES
    )
    return Table(
        "Parts that fall short", ["part", "F", f"types with F < {_GOOD_MOVEMENT:.2f}", *_CAUSE], lines, about
    )  # fmt: skip


def weak_movements_table(scores: MovementScores) -> Table:
    """Movements that fall short, the worst first."""
    f = {m: scores.outcome(_JUDGED, [m]).f for m in scores.learnable}
    weak = sorted((m for m in f if f[m] < _GOOD_MOVEMENT), key=f.__getitem__)
    lines = [
        [scores.taxonomy.names[m], scores.taxonomy.movements[m].part, score(f[m]), *_cause(scores, [m])] for m in weak
    ]
    about = (
        f"Types with F < {_GOOD_MOVEMENT:.2f} ({WAYS[_JUDGED]}): {len(weak)} of the {len(f)} that could be learnt; "
        "columns as above."
    )
    return Table("Types that fall short", ["type", "part", "F", *_CAUSE], lines, about)


def parts_better_from_3d(scores: MovementScores) -> tuple[int, int]:
    """In how many parts the LSTM tells movements from lifted 3D at least as well as from 2D, and of how many."""
    pairs = []
    for part in scores.taxonomy.parts:
        learnt = [m for m in scores.taxonomy.of_part(part.name) if scores.n_learnt[m] >= LEAST_LEARNT]
        from_2d, from_3d = (scores.outcome(way, learnt).f for way in ("2d", "3d"))
        if not math.isnan(from_2d + from_3d):
            pairs.append(from_3d >= from_2d)
    return sum(pairs), len(pairs)


def as_json(scores: MovementScores) -> dict[str, Any]:
    """Everything, ready for json.dump; a figure without meaning is None."""
    taxonomy = scores.taxonomy
    n_better, n_parts = parts_better_from_3d(scores)
    groups: dict[str, Sequence[int]] = {"learnable": scores.learnable, "rare": scores.rare, "all": range(len(taxonomy))}
    return {
        "taxonomy": taxonomy.hash,
        "ways": WAYS,
        "n_frames": scores.n_frames,
        "micro": {name: _f_by_way(scores, movements) for name, movements in groups.items()},
        "parts": {
            part.name: _f_by_way(scores, [m for m in taxonomy.of_part(part.name) if m in set(scores.learnable)])
            for part in taxonomy.parts
        },
        "parts_with_3d_at_least_2d": [n_better, n_parts],
        "genres": {genre: _f_by_way(scores, scores.learnable, genre) for genre in scores.genres},
        "movements": [_movement(scores, m) for m in range(len(taxonomy))],
        "clips": [{**dataclasses.asdict(clip), "f": _without_nan(clip.f)} for clip in scores.clips],
    }


def write_csv(path: Path, scores: MovementScores) -> None:
    """One line a movement."""
    counted = [f"{way} {name}" for way in WAYS for name in ("F", "found", "false", "missed")]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["movement", "part", "learnt", "share", "error", *counted])
        for m, movement in enumerate(scores.taxonomy.movements):
            about = [movement.name, movement.part, scores.n_learnt[m], scores.share([m]), scores.errors[m]]
            for way in WAYS:
                outcome = scores.outcome(way, [m])
                about += [outcome.f, outcome.found, outcome.false, outcome.missed]
            writer.writerow([_cell(x) for x in about])


_CAUSE = ["active %", "missed %", "false %", "mostly", "F: definitions", "lift's error"]
_CAUSES = (
    "missed: % of the frames in which a type takes place and is not told; false: % of those in which it is told and "
    "does not take place; F: definitions: of these, from the same lifted motion; lift's error: how far off the lifted "
    "quantity is that the type is defined by, relative to how much the true one varies (interquartile ranges; the "
    "median of a part's types)."
)


def _cause(scores: MovementScores, movements: Sequence[int]) -> list[str]:
    """What can be said of why movements are told badly, the columns _CAUSE."""
    outcome = scores.outcome(_JUDGED, movements)
    errors = scores.errors[list(movements)]
    errors = errors[np.isfinite(errors)]
    return [
        percent(scores.share(movements)),
        percent(outcome.missed / outcome.true if outcome.true else math.nan),
        percent(outcome.false / outcome.told if outcome.told else math.nan),
        _prevailing(outcome),
        score(scores.outcome("definitions", movements).f),
        f"{np.median(errors):.2f}" if len(errors) else NO_FIGURE,
    ]


def _prevailing(outcome: Outcome) -> str:
    if outcome.missed > _PREVAILS * outcome.false:
        return "misses"
    return "false alarms" if outcome.false > _PREVAILS * outcome.missed else "both"


def _columns() -> list[str]:
    return [f"F: {title}" for title in WAYS.values()]


def _figures(scores: MovementScores, movements: Sequence[int]) -> list[str]:
    """How often they take place and how well they are told."""
    return [percent(scores.share(movements)), *(score(scores.outcome(way, movements).f) for way in WAYS)]


def _f_by_way(scores: MovementScores, movements: Sequence[int], genre: str | None = None) -> dict[str, float | None]:
    return _without_nan({way: scores.outcome(way, movements, genre).f for way in WAYS})


def _movement(scores: MovementScores, m: int) -> dict[str, Any]:
    outcomes = {way: scores.outcome(way, [m]) for way in WAYS}
    figures = {"share": scores.share([m]), "error": float(scores.errors[m])}
    return {
        "name": scores.taxonomy.names[m],
        "part": scores.taxonomy.movements[m].part,
        "n_learnt": int(scores.n_learnt[m]),
        **_without_nan(figures),
        "outcomes": {
            way: {**dataclasses.asdict(outcome), **_without_nan({"f": outcome.f})} for way, outcome in outcomes.items()
        },
    }


def _without_nan(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(figure) else round(figure, 4) for name, figure in figures.items()}


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4f}"
    return value

"""Scores of movements as tables for a person, and as JSON and CSV for a program."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.evaluation.movements import METHODS, MIN_POSITIVES, ClipScore, MovementScores, Outcome
from dancelift.evaluation.tables import NO_FIGURE, Table, percent, score

_JUDGED = "3d"
"""The method whose shortcomings are listed."""

_GOOD_PART, _GOOD_MOVEMENT = 0.90, 0.80
"""F below which a part or a movement falls short."""

_PREVAILS = 1.5  # times as many misses as false alarms, or the reverse
_LABEL_WIDTH = 34


def header() -> str:
    """Titles of the columns that `row` fills."""
    return f"{'micro F':{_LABEL_WIDTH}}" + "".join(f"  {title}" for title in METHODS.values())


def row(clip: ClipScore) -> str:
    """A line for a view of a clip."""
    label = f"{clip.clip} {clip.view}"
    return f"{label:{_LABEL_WIDTH}}" + "".join(
        f"  {score(clip.f[method]):>{len(METHODS[method])}}" for method in METHODS
    )


def tables(scores: MovementScores) -> Iterator[Table]:
    """The tables of scores, in their order."""
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
        common = [m for m in of_part if m in set(learnable)]
        count = f"{len(common)} of {len(of_part)}" if len(common) < len(of_part) else str(len(of_part))
        lines.append([part.name, count, *_figures(scores, common)])
    lines.append(["all", str(len(learnable)), *_figures(scores, learnable)])
    if scores.rare:
        every = range(len(taxonomy))
        lines.append(["all, and those too rare to learn", str(len(taxonomy)), *_figures(scores, every)])
    n_better, n_parts = parts_better_from_3d(scores)
    about = (
        f"Predictions for {scores.n_frames} frames against the true motion's labels: of a network from the detector's "
        "2D keypoints, of the definitions from the lifted motion, of a network from the lifted motion. "
        "F = 2 TP / (2 TP + FP + FN) over all frames and types of a part; active: in how many % of the frames a type "
        f"takes place, on average. The LSTM on lifted 3D is at least as good as that on 2D keypoints in {n_better} of "
        f"{n_parts} parts."
    )
    return Table("Movements by body part", ["part", "types", "active %", *_columns()], lines, about)


def genre_table(scores: MovementScores) -> Table:
    """Micro F of each genre."""
    lines = [
        [genre, *(score(scores.outcome(method, scores.learnable, genre).f) for method in METHODS)]
        for genre in scores.genres
    ]
    return Table("Movements by genre", ["genre", *_columns()], lines, "Micro F of the types that could be learnt.")


def rare_table(scores: MovementScores) -> Table:
    """The types of which there were too few training frames, which the other tables leave out."""
    rare = scores.rare
    lines = [
        [scores.taxonomy.names[m], str(scores.n_positives[m]), *_figures(scores, [m])]
        for m in sorted(rare, key=lambda m: -int(scores.n_positives[m]))
    ]
    lines.append(["all of them", str(scores.n_positives[rare].sum()), *_figures(scores, rare)])
    about = (
        f"{len(rare)} of {len(scores.taxonomy)} types took place in fewer than {MIN_POSITIVES} frames of the training "
        f"data. F is {NO_FIGURE} where a type neither takes place nor is predicted."
    )
    return Table("Types too rare to learn", ["type", "training frames", "active %", *_columns()], lines, about)


def weak_parts_table(scores: MovementScores) -> Table:
    """Body parts that fall short."""
    lines = []
    for part in scores.taxonomy.parts:
        common = [m for m in scores.taxonomy.of_part(part.name) if scores.n_positives[m] >= MIN_POSITIVES]
        outcome = scores.outcome(_JUDGED, common)
        if outcome.f < _GOOD_PART:
            weak = sum(scores.outcome(_JUDGED, [m]).f < _GOOD_MOVEMENT for m in common)
            lines.append([part.name, score(outcome.f), f"{weak} of {len(common)}", *_cause(scores, common)])
    about = (
        f"Parts with F < {_GOOD_PART:.2f} ({METHODS[_JUDGED]}): {len(lines)} of {len(scores.taxonomy.parts)}. "
        + _CAUSES
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
        f"Types with F < {_GOOD_MOVEMENT:.2f} ({METHODS[_JUDGED]}): {len(weak)} of the {len(f)} that could be learnt; "
        "columns as above."
    )
    return Table("Types that fall short", ["type", "part", "F", *_CAUSE], lines, about)


def parts_better_from_3d(scores: MovementScores) -> tuple[int, int]:
    """In how many parts the LSTM on lifted 3D is at least as good as that on 2D, and of how many."""
    pairs = []
    for part in scores.taxonomy.parts:
        common = [m for m in scores.taxonomy.of_part(part.name) if scores.n_positives[m] >= MIN_POSITIVES]
        from_2d, from_3d = (scores.outcome(method, common).f for method in ("2d", "3d"))
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
        "methods": METHODS,
        "n_frames": scores.n_frames,
        "micro": {name: _f_by_method(scores, movements) for name, movements in groups.items()},
        "parts": {
            part.name: _f_by_method(scores, [m for m in taxonomy.of_part(part.name) if m in set(scores.learnable)])
            for part in taxonomy.parts
        },
        "parts_with_3d_at_least_2d": [n_better, n_parts],
        "genres": {genre: _f_by_method(scores, scores.learnable, genre) for genre in scores.genres},
        "movements": [_movement(scores, m) for m in range(len(taxonomy))],
        "clips": [{**dataclasses.asdict(clip), "f": _without_nan(clip.f)} for clip in scores.clips],
    }


def write_csv(path: Path, scores: MovementScores) -> None:
    """Write the scores as CSV, one line a movement."""
    counted = [f"{method} {name}" for method in METHODS for name in ("F", "TP", "FP", "FN")]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["movement", "part", "positives", "share", "error", *counted])
        for m, movement in enumerate(scores.taxonomy.movements):
            about = [movement.name, movement.part, scores.n_positives[m], scores.share([m]), scores.errors[m]]
            for method in METHODS:
                outcome = scores.outcome(method, [m])
                about += [outcome.f, outcome.true_positives, outcome.false_positives, outcome.false_negatives]
            writer.writerow([_cell(x) for x in about])


_CAUSE = ["active %", "missed %", "false %", "mostly", "F: definitions", "lift's error"]
_CAUSES = (
    "missed: % of the frames in which a type takes place that are not predicted; false: % of the predicted ones in "
    "which it does not take place; F: definitions: of these, from the same lifted motion; lift's error: how far off "
    "the lifted quantity is that the type is defined by, relative to how much the true one varies (interquartile "
    "ranges; the median of a part's types)."
)


def _cause(scores: MovementScores, movements: Sequence[int]) -> list[str]:
    """Possible causes of bad predictions of movements, the columns _CAUSE."""
    outcome = scores.outcome(_JUDGED, movements)
    errors = scores.errors[list(movements)]
    errors = errors[np.isfinite(errors)]
    return [
        percent(scores.share(movements)),
        percent(outcome.false_negatives / outcome.true if outcome.true else math.nan),
        percent(outcome.false_positives / outcome.predicted if outcome.predicted else math.nan),
        _prevailing(outcome),
        score(scores.outcome("definitions", movements).f),
        f"{np.median(errors):.2f}" if len(errors) else NO_FIGURE,
    ]


def _prevailing(outcome: Outcome) -> str:
    if outcome.false_negatives > _PREVAILS * outcome.false_positives:
        return "misses"
    return "false alarms" if outcome.false_positives > _PREVAILS * outcome.false_negatives else "both"


def _columns() -> list[str]:
    return [f"F: {title}" for title in METHODS.values()]


def _figures(scores: MovementScores, movements: Sequence[int]) -> list[str]:
    """How often movements take place and how well they are predicted."""
    return [percent(scores.share(movements)), *(score(scores.outcome(method, movements).f) for method in METHODS)]


def _f_by_method(scores: MovementScores, movements: Sequence[int], genre: str | None = None) -> dict[str, float | None]:
    return _without_nan({method: scores.outcome(method, movements, genre).f for method in METHODS})


def _movement(scores: MovementScores, m: int) -> dict[str, Any]:
    outcomes = {method: scores.outcome(method, [m]) for method in METHODS}
    figures = {"share": scores.share([m]), "error": float(scores.errors[m])}
    return {
        "name": scores.taxonomy.names[m],
        "part": scores.taxonomy.movements[m].part,
        "n_positives": int(scores.n_positives[m]),
        **_without_nan(figures),
        "outcomes": {
            method: {**dataclasses.asdict(outcome), **_without_nan({"f": outcome.f})}
            for method, outcome in outcomes.items()
        },
    }


def _without_nan(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(figure) else round(figure, 4) for name, figure in figures.items()}


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4f}"
    return value

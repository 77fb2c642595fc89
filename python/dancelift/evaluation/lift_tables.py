"""Scores as a table for a person, and as JSON and CSV for a program."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dancelift.datasets.sequence import Dataset
from dancelift.evaluation.lift import LiftProtocol, LiftScore, LiftSummary, summarise, summarise_groups

_LABEL_WIDTH = 32


def header(metrics: Sequence[str]) -> str:
    """Titles of the columns that `row` fills."""
    return f"{'':{_LABEL_WIDTH}}" + "".join(f"{name:>{_width(name)}}" for name in (*metrics, "fps"))


def row(label: str, score: LiftScore | LiftSummary) -> str:
    """A line of the table."""
    figures = {**score.metrics, "fps": score.fps}
    return f"{label:{_LABEL_WIDTH}}" + "".join(f"{_figure(x):>{_width(name)}}" for name, x in figures.items())


def summary_table(scores: Sequence[LiftScore]) -> str:
    """A line for each genre or action, and one for all."""
    lines = [header(list(scores[0].metrics))]
    lines += [row(group, summary) for group, summary in summarise_groups(scores).items()]
    return "\n".join([*lines, row("overall", summarise(scores))])


def published_table(dataset: Dataset) -> str:
    """What others report on the dataset; empty where nothing is known."""
    lines = [f"{mpjpe:8.1f}  {method}" for method, mpjpe in dataset.published.items()]
    return "\n".join([f"published on {dataset.name}, MPJPE in mm:", *lines]) if lines else ""


def as_json(dataset: Dataset, protocol: LiftProtocol, scores: Sequence[LiftScore]) -> dict[str, Any]:
    """Everything, ready for json.dump; a figure without meaning is None."""
    return {
        "dataset": dataset.name,
        "protocol": _without_infinity(dataclasses.asdict(protocol)),
        "published": dataset.published,
        "overall": _plain(summarise(scores)),
        "groups": {group: _plain(summary) for group, summary in summarise_groups(scores).items()},
        "clips": [_plain(score) for score in scores],
    }


def write_csv(path: Path, scores: Sequence[LiftScore]) -> None:
    """Write the scores as CSV, one line a view."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["clip", "view", "group", "frames", "seconds", *scores[0].metrics])
        for score in scores:
            figures = ["" if math.isnan(x) else f"{x:.4f}" for x in score.metrics.values()]
            writer.writerow([score.clip, score.view, score.group, score.n_frames, f"{score.seconds:.3f}", *figures])


def _plain(score: LiftScore | LiftSummary) -> dict[str, Any]:
    fields = dataclasses.asdict(score)
    return {**fields, "fps": score.fps, "metrics": _without_nan(fields["metrics"])}


def _without_infinity(content: Any) -> Any:
    """The same with the word "inf" for an infinite number, which JSON does not have."""
    if isinstance(content, Mapping):
        return {name: _without_infinity(value) for name, value in content.items()}
    return "inf" if content == math.inf else content


def _without_nan(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(figure) else round(figure, 3) for name, figure in figures.items()}


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"


def _width(name: str) -> int:
    return max(len(name), 6) + 1

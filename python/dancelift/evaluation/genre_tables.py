"""Scores of genres as tables for a person, and as JSON for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dancelift.evaluation.genre import GenreScores
from dancelift.evaluation.tables import NO_FIGURE, Table, percent, score
from dancelift.genres.model import MovementVectors

_VECTORS = {
    "definitions": "those of the definitions on the lifted motion",
    "probabilities": "what networks predict from the lifted motion that have not seen the dancer",
}


@dataclass(frozen=True, eq=False)
class Task:
    """Some genres to distinguish.

    Attributes:
        genres: their names.
        scores: of every row.
        majority: macro F of always predicting the commonest.
    """

    genres: Sequence[str]
    scores: Sequence[GenreScores]
    majority: float


def line(scores: GenreScores) -> str:
    """A line for the terminal about a row, once it is known."""
    by_view, by_window = (_spread(*scores.f(by_window)) for by_window in (False, True))
    return f"{len(scores.genres)} genres, {scores.row.name}: F by view {by_view}, by window {by_window}"


def tables(tasks: Sequence[Task], window: float, movement_vectors: MovementVectors) -> Iterator[Table]:
    """The tables of tasks of the same rows, in their order."""
    yield ablation_table(tasks, window, movement_vectors)
    for task in tasks:
        best = _shown(task)
        yield confusion_table(best, by_window=False)
        yield confusion_table(best, by_window=True)
        yield mistakes_table(best)


def ablation_table(tasks: Sequence[Task], window: float, movement_vectors: MovementVectors) -> Table:
    """A line for each set of inputs."""
    columns = ["inputs", "paper"]
    for task in tasks:
        columns += [f"{len(task.genres)} genres, view", f"{len(task.genres)} genres, window"]
    lines = []
    for of_row in zip(*(task.scores for task in tasks), strict=True):
        published = of_row[0].row.published
        cells = [_spread(*scores.f(by_window)) for scores in of_row for by_window in (False, True)]
        lines.append([of_row[0].row.name, NO_FIGURE if published is None else f"{published:.2f}", *cells])
    cells = [cell for task in tasks for cell in (score(task.majority), NO_FIGURE)]
    lines.append(["always the commonest genre", NO_FIGURE, *cells])
    n_repeats = len(tasks[0].scores[0].repeats)
    genres = "; ".join(f"{len(task.genres)} genres: {', '.join(task.genres)}" for task in tasks)
    about = (
        "Macro F, the mean of the genres' F = 2 TP / (2 TP + FP + FN), by view of a clip and by window of "
        f"{window:g} s; mean and standard deviation of {n_repeats} repeats of the training. Paper: F that Hu & Ahuja "
        f"(2021) report, on other data with nine genres. Movements from 3D are {_VECTORS[movement_vectors]}. Networks "
        "are trained on all genres; where fewer are distinguished, their probabilities of the others are left out. "
        f"{genres}."
    )
    return Table("Genres by input", columns, lines, about)


def confusion_table(scores: GenreScores, by_window: bool) -> Table:
    """What each genre is predicted to be, in %."""
    counts = np.sum([scores.confusion(repeat, by_window) for repeat in range(len(scores.repeats))], axis=0)
    lines = []
    for genre, row in zip(scores.genres, counts, strict=True):
        n = int(row.sum())
        shares = [percent(k / n) if n else NO_FIGURE for k in row]
        lines.append([genre, str(n // len(scores.repeats)), *shares])
    what = "windows" if by_window else "views"
    return Table(
        f"What {what} are predicted to be: {scores.row.name}, {len(scores.genres)} genres",
        ["% of", what, *scores.genres],
        lines,
        "Over all repeats of the training.",
    )


def mistakes_table(scores: GenreScores) -> Table:
    """Views that were taken for another genre in some repeat, or of which a fifth of the windows were."""
    lines = []
    for of_view in zip(*scores.repeats, strict=True):
        genre = of_view[0].genre
        true = scores.genres.index(genre)
        predicted = [scores.genres[int(dance.clip.argmax())] for dance in of_view]
        wrong = float(np.mean([dance.windows.argmax(axis=1) != true for dance in of_view]))
        n_wrong = sum(name != genre for name in predicted)
        if n_wrong or wrong >= _MANY:
            instead = Counter(
                scores.genres[k] for dance in of_view for k in dance.windows.argmax(axis=1) if k != true
            ).most_common(1)
            lines.append(
                [f"{of_view[0].name} {of_view[0].view}", genre, f"{n_wrong} of {len(predicted)}", percent(wrong),
                 instead[0][0] if instead else NO_FIGURE]
            )  # fmt: skip
    return Table(
        f"Views taken for another genre: {scores.row.name}, {len(scores.genres)} genres",
        ["view", "is", "repeats that err", "windows wrong %", "mostly predicted"],
        lines,
        f"Those that are predicted wrongly in some repeat, or in at least {percent(_MANY)} % of their windows.",
    )


_MANY = 0.2  # share of a view's windows, from which its mistakes are worth a look


def as_json(tasks: Sequence[Task], window: float) -> dict[str, Any]:
    """Everything, ready for json.dump."""
    return {"window": window, "tasks": [_task(task) for task in tasks]}


def _task(task: Task) -> dict[str, Any]:
    return {
        "genres": list(task.genres),
        "majority": round(task.majority, 4),
        "rows": [_row(scores) for scores in task.scores],
    }


def _row(scores: GenreScores) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": scores.row.name,
        "inputs": list(scores.row.inputs),
        "published": scores.row.published,
    }
    for name, by_window in (("view", False), ("window", True)):
        mean, deviation = scores.f(by_window)
        found[f"f_by_{name}"] = {"mean": round(mean, 4), "std": round(deviation, 4)}
        found[f"confusion_by_{name}"] = [
            scores.confusion(repeat, by_window).tolist() for repeat in range(len(scores.repeats))
        ]
    found["repeats"] = [
        [
            {
                "clip": dance.name,
                "view": dance.view,
                "genre": dance.genre,
                "probabilities": _named(scores.genres, dance.clip),
                "windows": [[round(float(p), 4) for p in window] for window in dance.windows],
            }
            for dance in repeat
        ]
        for repeat in scores.repeats
    ]
    return found


def _named(genres: Sequence[str], probabilities: Sequence[float] | np.ndarray) -> Mapping[str, float]:
    return {genre: round(float(p), 4) for genre, p in zip(genres, probabilities, strict=True)}


def _shown(task: Task) -> GenreScores:
    """The row of the most inputs."""
    return max(
        (scores for scores in task.scores), key=lambda scores: len(scores.row.inputs) + ("pose3d" in scores.row.inputs)
    )


def _spread(mean: float, deviation: float) -> str:
    return f"{mean:.3f} ± {deviation:.3f}"

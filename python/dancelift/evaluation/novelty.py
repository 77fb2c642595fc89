"""How well known dances are told from everything else, by a trained genre model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dancelift.datasets.movement_clips import MovementClip
from dancelift.evaluation.tables import NO_FIGURE, Table, percent, score
from dancelift.genres.dancing import why_no_dance
from dancelift.genres.model import GenreModel
from dancelift.movements.model import MovementModel
from dancelift.training.genre_clip import dance_by_definitions, dance_by_model


@dataclass(frozen=True, eq=False)
class NoveltyScores:
    """Novelties of views, see `GenrePrediction.novelty`; infinite where nobody dances at all.

    Attributes:
        known: of the dances that the model knows.
        unknown: of everything else, by where it is from.
    """

    known: Sequence[float]
    unknown: Mapping[str, Sequence[float]]

    def auroc(self, source: str | None = None) -> float:
        """Area under the ROC curve: how often an unknown view, of one source or all, is more novel than a known one."""
        others = np.array(self._of(source))[:, None]
        known = np.array(self.known)
        return float(((others > known) + 0.5 * (others == known)).mean())

    def named(self, source: str | None = None) -> float:
        """Share of the unknown views, of one source or all, that are taken for one of the dances."""
        return float(np.mean(np.array(self._of(source)) <= 1))

    @property
    def lost(self) -> float:
        """Share of the known views that are taken for none of the dances."""
        return float(np.mean(np.array(self.known) > 1))

    def table(self) -> Table:
        """A line for each source."""
        lines = [["known dances", str(len(self.known)), NO_FIGURE, percent(1 - self.lost)]]
        lines += [
            [name, str(len(of_source)), score(self.auroc(name)), percent(self.named(name))]
            for name, of_source in self.unknown.items()
        ]
        lines.append(
            ["all that is unknown", str(len(self._of(None))), score(self.auroc()), percent(self.named())]
        )  # fmt: skip
        about = (
            "Named: % of the views that are taken for one of the dances that the model knows. AUROC: how often a view "
            "that is none of them is more novel than one that is."
        )
        return Table("Known dances and others", ["views of", "views", "AUROC", "named %"], lines, about)

    def as_json(self) -> dict[str, object]:
        """Everything, ready for json.dump."""
        return {
            "lost": round(self.lost, 4),
            "auroc": round(self.auroc(), 4),
            "named": round(self.named(), 4),
            "known": [_number(value) for value in self.known],
            "unknown": {name: [_number(value) for value in values] for name, values in self.unknown.items()},
        }

    def _of(self, source: str | None) -> list[float]:
        if source is not None:
            return list(self.unknown[source])
        return [value for values in self.unknown.values() for value in values]


def score_novelty(
    model: GenreModel,
    movement_model: MovementModel,
    known: Iterable[MovementClip],
    unknown: Mapping[str, Iterable[MovementClip]],
) -> NoveltyScores:
    """Measure how novel views are to a genre model, as `dancelift.recognize` does.

    Args:
        model: that knows dances.
        movement_model: whose probabilities it reads, if it reads such.
        known: views of dances that it knows.
        unknown: views of everything else, by where they are from.
    """

    def novelty(view: MovementClip) -> float:
        if why_no_dance(view.lifted):
            return math.inf
        by_definitions = model.movement_vectors == "definitions"
        dance = dance_by_definitions(view, model.taxonomy) if by_definitions else dance_by_model(view, movement_model)
        return model.predict(dance).novelty

    return NoveltyScores(
        [novelty(view) for view in known], {name: [novelty(view) for view in views] for name, views in unknown.items()}
    )


def _number(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None

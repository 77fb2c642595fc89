"""How well movements are told from a detector's keypoints: against what takes place in the true motion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dancelift.datasets.movement_clips import MovementClip
from dancelift.errors import InputError
from dancelift.movements.kinematics import BodyMotion, get_quantity
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.model import MovementModel
from dancelift.movements.taxonomy import Taxonomy

WAYS: dict[str, str] = {
    "2d": "2D keypoints, LSTM",
    "definitions": "lifted 3D, definitions",
    "3d": "lifted 3D, LSTM",
}
"""How movements are told: by a network that reads keypoints, by their definitions, by one that reads lifted motion."""

LEAST_LEARNT = 200
"""Frames, fewer of which are too few to learn a type of movement from."""

_LEAST_SPREAD = 1e-9

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """Frames in which movements were told or should have been.

    Attributes:
        found: rightly told.
        false: told, but they do not take place.
        missed: not told, but they take place.
    """

    found: int
    false: int
    missed: int

    @property
    def f(self) -> float:
        """F = 2 TP / (2 TP + FP + FN); NaN where there was nothing to tell and nothing told."""
        total = 2 * self.found + self.false + self.missed
        return 2 * self.found / total if total else float("nan")

    @property
    def true(self) -> int:
        """In which they take place."""
        return self.found + self.missed

    @property
    def told(self) -> int:
        """In which they are said to take place."""
        return self.found + self.false


@dataclass(frozen=True)
class ClipScore:
    """How well the movements of one view of a clip were told.

    Attributes:
        clip: its name.
        view: of the camera.
        group: the genre.
        n_frames: judged.
        f: micro F of the types that could be learnt, by way.
    """

    clip: str
    view: str
    group: str
    n_frames: int
    f: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class MovementScores:
    """How well the M movements of a taxonomy were told, by WAYS.

    Attributes:
        taxonomy: of the movements.
        counts: (M, 3) frames rightly told, wrongly told and missed, by way and genre.
        n_known: (M,) frames in which it was known whether each movement takes place.
        n_learnt: (M,) frames in which each movement took place in what the networks learnt from.
        errors: (M,) how far off the lifted quantity is that each movement depends on, relative to how much the true one
            varies, both as interquartile ranges; the worst one's where there are several. NaN: not known, or
            the true one does not vary.
        clips: scores of each view.
    """

    taxonomy: Taxonomy
    counts: Mapping[str, Mapping[str, Counts]]
    n_known: Counts
    n_learnt: Counts
    errors: NDArray[np.float64]
    clips: Sequence[ClipScore]

    def outcome(self, way: str, movements: Iterable[int], genre: str | None = None) -> Outcome:
        """Of some movements together, in one genre or all."""
        genres = self.genres if genre is None else [genre]
        rows = list(movements)
        return Outcome(*sum(self.counts[way][name][rows].sum(axis=0) for name in genres).tolist())

    @property
    def genres(self) -> list[str]:
        """Of the clips, sorted."""
        return sorted({clip.group for clip in self.clips})

    @property
    def n_frames(self) -> int:
        """Judged, of all views."""
        return sum(clip.n_frames for clip in self.clips)

    @property
    def learnable(self) -> list[int]:
        """Movements that the networks had enough to learn from."""
        return np.flatnonzero(self.n_learnt >= LEAST_LEARNT).tolist()

    @property
    def rare(self) -> list[int]:
        """Movements that they had too little of."""
        return np.flatnonzero(self.n_learnt < LEAST_LEARNT).tolist()

    def share(self, movements: Sequence[int]) -> float:
        """In which part of the frames a movement takes place, the mean over some; NaN where it was never known."""
        n_true = self.outcome("definitions", movements).true
        n_known = int(self.n_known[list(movements)].sum())
        return n_true / n_known if n_known else float("nan")


@dataclass
class MovementTally:
    """Adds up scores over clips.

    Attributes:
        models: that tell movements, of different kinds of input and of one taxonomy.
    """

    models: Sequence[MovementModel]
    _counts: dict[str, dict[str, Counts]] = field(default_factory=dict)
    _n_known: Counts | int = 0
    _measured: dict[tuple[str, str], list[NDArray[np.float64]]] = field(default_factory=dict)
    _clips: list[ClipScore] = field(default_factory=list)

    @property
    def taxonomy(self) -> Taxonomy:
        """Of the movements."""
        return self.models[0].taxonomy

    @property
    def n_learnt(self) -> Counts:
        """(M,) frames in which a movement took place in what every network learnt from."""
        fewest: Counts = np.min([model.n_learnt for model in self.models], axis=0)
        return fewest

    def add(self, clip: MovementClip) -> ClipScore:
        """Tell a clip's movements in every way."""
        told = {model.input_kind: self._tell(model, clip) for model in self.models}
        told["definitions"] = label_movements(clip.lifted, self.taxonomy)
        learnable = self.n_learnt >= LEAST_LEARNT
        f = {}
        for way in filter(told.__contains__, WAYS):
            counts = _count(told[way], clip.labels)
            of_genre = self._counts.setdefault(way, {})
            of_genre[clip.group] = of_genre.get(clip.group, 0) + counts
            f[way] = Outcome(*counts[learnable].sum(axis=0).tolist()).f
        self._n_known = self._n_known + clip.labels.known.sum(axis=0)
        self._measure(clip)
        score = ClipScore(clip.name, clip.view, clip.group, len(clip.labels), f)
        self._clips.append(score)
        return score

    def scores(self) -> MovementScores:
        """Of all clips so far.

        Raises:
            InputError: there are none.
        """
        if not self._clips:
            raise InputError("no clip to tell movements on, expected at least one")
        return MovementScores(
            taxonomy=self.taxonomy,
            counts=self._counts,
            n_known=np.asarray(self._n_known),
            n_learnt=self.n_learnt,
            errors=self._errors(),
            clips=tuple(self._clips),
        )

    @staticmethod
    def _tell(model: MovementModel, clip: MovementClip) -> MovementLabels:
        fps = clip.labels.fps
        return model.label(model.features(clip.joints(model.input_kind), fps), fps)

    def _measure(self, clip: MovementClip) -> None:
        """Keep each quantity of the true and of the lifted motion."""
        bodies = [BodyMotion(motion.as_coco17(), motion.fps) for motion in (clip.true, clip.lifted)]
        for quantity, side in {(c.quantity, c.side) for movement in self.taxonomy.movements for c in movement.when}:
            pair = np.stack([body.value(quantity, side) for body in bodies])
            self._measured.setdefault((quantity, side), []).append(pair)

    def _errors(self) -> NDArray[np.float64]:
        relative = {}
        for (quantity, side), pairs in self._measured.items():
            true, lifted = np.concatenate(pairs, axis=1)
            error = lifted - true
            if get_quantity(quantity).unit == "deg":
                error = (error + 180) % 360 - 180  # the shorter way round
            varies = _spread(true)
            relative[quantity, side] = _spread(error) / varies if varies > _LEAST_SPREAD else float("nan")
        return np.array(
            [np.max([relative[c.quantity, c.side] for c in movement.when]) for movement in self.taxonomy.movements]
        )


def _count(told: MovementLabels, true: MovementLabels) -> Counts:
    """(M, 3) frames rightly told, wrongly told and missed, where it is known what takes place."""
    active, said = true.active & true.known, told.active & true.known
    found = (active & said).sum(axis=0)
    return np.stack([found, said.sum(axis=0) - found, active.sum(axis=0) - found], axis=1)


def _spread(values: NDArray[np.float64]) -> float:
    """Interquartile range of those that are finite; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(known, [75, 25]))) if len(known) else float("nan")

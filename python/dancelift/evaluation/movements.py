"""How well movements are predicted from a detector's keypoints, against those of the true motion."""

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

METHODS: dict[str, str] = {
    "2d": "2D keypoints, LSTM",
    "definitions": "lifted 3D, definitions",
    "3d": "lifted 3D, LSTM",
}
"""The methods that are compared: a network on keypoints, the definitions, and a network on lifted motion."""

MIN_POSITIVES = 200
"""Training frames in which a type takes place, some 8 s, fewer of which are too few to learn it from."""

_MIN_RANGE = 1e-9  # of a true quantity; one that varies less is constant but for rounding

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """Numbers of frames by whether movements are predicted and take place.

    Attributes:
        true_positives: predicted, and they take place.
        false_positives: predicted, but they do not take place.
        false_negatives: not predicted, but they take place.
    """

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def f(self) -> float:
        """F = 2 TP / (2 TP + FP + FN); NaN where nothing takes place and nothing is predicted."""
        total = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / total if total else float("nan")

    @property
    def true(self) -> int:
        """Frames in which they take place."""
        return self.true_positives + self.false_negatives

    @property
    def predicted(self) -> int:
        """Frames in which they are predicted."""
        return self.true_positives + self.false_positives


@dataclass(frozen=True)
class ClipScore:
    """How well the movements of one view of a clip are predicted.

    Attributes:
        clip: its name.
        view: of the camera.
        group: the genre.
        n_frames: judged.
        f: micro F of the types that could be learnt, by method.
    """

    clip: str
    view: str
    group: str
    n_frames: int
    f: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class MovementScores:
    """How well the M movements of a taxonomy are predicted, by METHODS.

    Attributes:
        taxonomy: of the movements.
        counts: (M, 3) true positives, false positives and false negatives, by method and genre.
        n_known: (M,) frames in which it was known whether each movement takes place.
        n_positives: (M,) frames of the networks' training data in which each movement took place.
        errors: (M,) how far off the lifted quantity is that each movement depends on, relative to how much the true one
            varies, both as interquartile ranges; the worst one's where there are several. NaN: not known, or
            the true one does not vary.
        clips: scores of each view.
    """

    taxonomy: Taxonomy
    counts: Mapping[str, Mapping[str, Counts]]
    n_known: Counts
    n_positives: Counts
    errors: NDArray[np.float64]
    clips: Sequence[ClipScore]

    def outcome(self, method: str, movements: Iterable[int], genre: str | None = None) -> Outcome:
        """Outcome of some movements together, in one genre or all."""
        genres = self.genres if genre is None else [genre]
        rows = list(movements)
        return Outcome(*sum(self.counts[method][name][rows].sum(axis=0) for name in genres).tolist())

    @property
    def genres(self) -> list[str]:
        """Genres of the clips, sorted."""
        return sorted({clip.group for clip in self.clips})

    @property
    def n_frames(self) -> int:
        """Number of frames that were judged, of all views."""
        return sum(clip.n_frames for clip in self.clips)

    @property
    def learnable(self) -> list[int]:
        """Movements of which there were enough training frames."""
        return np.flatnonzero(self.n_positives >= MIN_POSITIVES).tolist()

    @property
    def rare(self) -> list[int]:
        """Movements of which there were too few training frames."""
        return np.flatnonzero(self.n_positives < MIN_POSITIVES).tolist()

    def share(self, movements: Sequence[int]) -> float:
        """Share of the frames in which a movement takes place, the mean over some; NaN where it was never known."""
        n_true = self.outcome("definitions", movements).true
        n_known = int(self.n_known[list(movements)].sum())
        return n_true / n_known if n_known else float("nan")


@dataclass
class MovementEvaluator:
    """Predicts the movements of clips and accumulates the scores.

    Attributes:
        models: of different inputs and of one taxonomy.
    """

    models: Sequence[MovementModel]
    _counts: dict[str, dict[str, Counts]] = field(default_factory=dict)
    _n_known: Counts | int = 0
    _measured: dict[tuple[str, str], list[NDArray[np.float64]]] = field(default_factory=dict)
    _clips: list[ClipScore] = field(default_factory=list)

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy of the models."""
        return self.models[0].taxonomy

    @property
    def n_positives(self) -> Counts:
        """Training frames in which each movement took place, (M,), of the model that had the fewest."""
        fewest: Counts = np.min([model.n_positives for model in self.models], axis=0)
        return fewest

    def add(self, clip: MovementClip) -> ClipScore:
        """Predict a clip's movements by every method, and count the outcomes."""
        predicted = {model.input: self._predict(model, clip) for model in self.models}
        predicted["definitions"] = label_movements(clip.lifted, self.taxonomy)
        learnable = self.n_positives >= MIN_POSITIVES
        f = {}
        for method in filter(predicted.__contains__, METHODS):
            counts = _count(predicted[method], clip.labels)
            of_genre = self._counts.setdefault(method, {})
            of_genre[clip.group] = of_genre.get(clip.group, 0) + counts
            f[method] = Outcome(*counts[learnable].sum(axis=0).tolist()).f
        self._n_known = self._n_known + clip.labels.known.sum(axis=0)
        self._measure(clip)
        score = ClipScore(clip.name, clip.view, clip.group, len(clip.labels), f)
        self._clips.append(score)
        return score

    def scores(self) -> MovementScores:
        """Scores of all clips so far.

        Raises:
            InputError: there are none.
        """
        if not self._clips:
            raise InputError("no clip to predict movements of, expected at least one")
        return MovementScores(
            taxonomy=self.taxonomy,
            counts=self._counts,
            n_known=np.asarray(self._n_known),
            n_positives=self.n_positives,
            errors=self._errors(),
            clips=tuple(self._clips),
        )

    @staticmethod
    def _predict(model: MovementModel, clip: MovementClip) -> MovementLabels:
        fps = clip.labels.fps
        return model.label(model.features(clip.joints(model.input), fps), fps)

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
            varies = _interquartile_range(true)
            known = varies > _MIN_RANGE
            relative[quantity, side] = _interquartile_range(error) / varies if known else float("nan")
        return np.array(
            [np.max([relative[c.quantity, c.side] for c in movement.when]) for movement in self.taxonomy.movements]
        )


def _count(predicted: MovementLabels, true: MovementLabels) -> Counts:
    """Count true positives, false positives and false negatives, (M, 3), in the frames whose true labels are known."""
    positive, predicted_positive = true.active & true.known, predicted.active & true.known
    hits = (positive & predicted_positive).sum(axis=0)
    return np.stack([hits, predicted_positive.sum(axis=0) - hits, positive.sum(axis=0) - hits], axis=1)


def _interquartile_range(values: NDArray[np.float64]) -> float:
    """Interquartile range of the finite values; NaN where there are none."""
    known = values[np.isfinite(values)]
    return float(np.subtract(*np.percentile(known, [75, 25]))) if len(known) else float("nan")

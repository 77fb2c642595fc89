"""Clips for training and testing of movement models: keypoints, lifted motion, and what really takes place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.motion import Motion
from dancelift.body.skeleton import as_coco17, get_skeleton
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.datasets.more_views import more_views
from dancelift.datasets.sequence import Dataset, EvaluationSequence
from dancelift.errors import InputError
from dancelift.formats.labels import FORMATS, read_annotations
from dancelift.geometry import turn_up
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy


@dataclass(frozen=True, eq=False)
class MovementClip:
    """One view of a clip of T frames.

    Attributes:
        name: of the clip.
        view: of the camera.
        group: the genre.
        keypoints2d: (T, 17, 3), COCO-17, px and score.
        true: the motion as it was.
        labels: of the true motion: by the definitions, or as people have annotated it.
        lift: makes the lifted motion, when it is needed.
    """

    name: str
    view: str
    group: str
    keypoints2d: Array
    true: Motion
    labels: MovementLabels
    lift: Callable[[], Motion]

    @cached_property
    def lifted(self) -> Motion:
        """The motion as it is lifted from the keypoints, when it is first asked for."""
        return self.lift()

    def joints(self, input: str) -> Array:
        """(T, 17, 3), COCO-17, that a network reads: "2d" keypoints, or the "3d" motion lifted from them."""
        return self.keypoints2d if input == "2d" else self.lifted.as_coco17()


@dataclass(frozen=True)
class MovementSource:
    """Where clips come from.

    Attributes:
        dataset: with keypoints and true motion.
        taxonomy: of the labels.
        n_views: of each clip; None: all.
        n_frames: the first frames of each clip; None: all.
        lifts: makes or finds the lifted motion.
        annotations: folder of people's labels of whole clips, files CLIP.eaf, .csv or .npz; where they know what takes
            place, they replace the labels by definition.

    Raises:
        InputError: there is no such folder of annotations, or it has some of a clip that the dataset lacks.
    """

    dataset: Dataset
    taxonomy: Taxonomy
    n_views: int | None = 1
    n_frames: int | None = None
    lifts: KeptLifts = field(default_factory=KeptLifts)
    annotations: Path | None = None

    def __post_init__(self) -> None:
        if self.annotations is None:
            return
        if not self.annotations.is_dir():
            raise InputError(f"{self.annotations}: no such folder, expected one of annotations")
        clips = set(self.dataset.clips(None))
        for path in sorted(self.annotations.iterdir()):
            if path.suffix.removeprefix(".") in FORMATS and path.stem not in clips:
                raise InputError(f"{path}: of no clip of the dataset, expected its name, such as {min(clips)}")

    def read(self, clip: str) -> Iterator[MovementClip]:
        """Read the views of a clip.

        Raises:
            InputError: the clip or its annotations cannot be used.
        """
        for whole in self.dataset.read(clip, "detected", self.n_views or sys.maxsize):
            yield self._view(whole, self._labels(self._true(whole)))

    def film(self, motion: Motion, n_views: int) -> Iterator[MovementClip]:
        """Film a motion by cameras placed at random, see `more_views`, and read these views.

        Raises:
            InputError: the motion cannot be used.
        """
        labels = self._labels(motion)
        for sequence in more_views(motion, n_views):
            yield self._view(sequence, labels)

    def _view(self, whole: EvaluationSequence, labels: MovementLabels) -> MovementClip:
        sequence = whole.first(self.n_frames)
        return MovementClip(
            name=sequence.name,
            view=sequence.view,
            group=sequence.group,
            keypoints2d=as_coco17(sequence.keypoints2d, get_skeleton(sequence.skeleton)),
            true=self._true(sequence),
            labels=replace(labels, active=labels.active[: self.n_frames], known=labels.known[: self.n_frames]),
            lift=partial(self._lifted, sequence),
        )

    def _true(self, sequence: EvaluationSequence) -> Motion:
        poses = sequence.poses3d @ turn_up(sequence.up).T
        skeleton = get_skeleton(sequence.skeleton)
        return Motion(sequence.name, self.dataset.name, poses, skeleton, sequence.fps, sequence.group)

    def _lifted(self, sequence: EvaluationSequence) -> Motion:
        return self.lifts.lift(sequence).motion(sequence.name)

    def _labels(self, motion: Motion) -> MovementLabels:
        labels = label_movements(motion, self.taxonomy)
        if self.annotations is None:
            return labels
        files = [path for name in FORMATS if (path := self.annotations / f"{motion.name}.{name}").exists()]
        if len(files) > 1:
            raise InputError(f"{motion.name}: annotated in {', '.join(file.name for file in files)}, expected one file")
        for file in files:
            people = read_annotations(file, self.taxonomy, len(labels), labels.fps)
            labels = replace(
                labels,
                active=np.where(people.known, people.active, labels.active),
                known=people.known | labels.known,
            )
        return labels

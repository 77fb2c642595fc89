"""Dances for the genre networks from a clip of a dataset."""

from __future__ import annotations

from dancelift.datasets.movement_clips import MovementClip
from dancelift.genres.features import Dance, label_probabilities
from dancelift.movements.labeller import label_movements
from dancelift.movements.model import MovementModel
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.training_clip import mirror_image


def dance_as_lifted(clip: MovementClip, taxonomy: Taxonomy) -> Dance:
    """A view of a clip, lifted, with the movements that its definitions give.

    Not those that the movement networks predict: they are better on the clips that they were trained on than on others,
    and a genre network trained on the same clips relies on that and is worse on other dances.
    """
    movements = label_probabilities(label_movements(clip.lifted, taxonomy))
    return Dance(clip.labels.fps, movements, clip.lifted.as_coco17(), clip.keypoints2d)


def dance_in_2d(clip: MovementClip, model: MovementModel) -> Dance:
    """A view of a clip that is not lifted, with the movements that a network predicts from the keypoints."""
    fps = clip.labels.fps
    movements = model.probabilities(model.features(clip.keypoints2d, fps), fps)
    return Dance(fps, movements, None, clip.keypoints2d)


def training_dances(clip: MovementClip, seen: Dance, taxonomy: Taxonomy) -> list[Dance]:
    """A view of a clip as it is seen, the true motion with its labels, and the mirror images of both."""
    true = Dance(clip.labels.fps, label_probabilities(clip.labels), clip.true.as_coco17(), clip.keypoints2d)
    return [seen, _mirrored(seen, taxonomy), true, _mirrored(true, taxonomy)]


def _mirrored(dance: Dance, taxonomy: Taxonomy) -> Dance:
    assert dance.movements is not None and dance.keypoints2d is not None
    return Dance(
        dance.fps,
        dance.movements[:, taxonomy.mirrored],
        None if dance.poses3d is None else mirror_image(dance.poses3d),
        mirror_image(dance.keypoints2d),
    )

"""Dances for the genre networks from a clip of a dataset."""

from __future__ import annotations

from dancelift.arraytypes import Array, Floats
from dancelift.datasets.movement_clips import MovementClip
from dancelift.genres.features import Dance, label_probabilities
from dancelift.movements.labeller import label_movements
from dancelift.movements.model import MovementModel
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.training_clip import mirror_image


def dance_by_definitions(clip: MovementClip, taxonomy: Taxonomy) -> Dance:
    """A view of a clip, lifted, with the movements that take place in it by their definitions."""
    movements = label_probabilities(label_movements(clip.lifted, taxonomy))
    return Dance(clip.labels.fps, movements, clip.lifted.as_coco17(), clip.keypoints2d)


def dance_by_model(clip: MovementClip, model: MovementModel) -> Dance:
    """A view of a clip with the probabilities that a movement model predicts; a model of 2D reads no lifted motion.

    For training the model must not have seen the clip, nor its dancer, see `train_without_each`.
    """
    poses3d = None if model.input == "2d" else clip.lifted.as_coco17()
    return Dance(
        clip.labels.fps, _predicted(model, clip.joints(model.input), clip.labels.fps), poses3d, clip.keypoints2d
    )


def training_dances(
    clip: MovementClip, seen: Dance, taxonomy: Taxonomy, model: MovementModel | None = None
) -> list[Dance]:
    """A view of a clip as it is seen, the true motion, and the mirror images of both.

    Args:
        clip: the view.
        seen: the same, with movements.
        taxonomy: of the movements.
        model: that predicts the true motion's movements from 3D; None: they are the labels.
    """
    fps, poses = clip.labels.fps, clip.true.as_coco17()
    movements = label_probabilities(clip.labels) if model is None else _predicted(model, poses, fps)
    true = Dance(fps, movements, poses, clip.keypoints2d)
    return [seen, _mirrored(seen, taxonomy), true, _mirrored(true, taxonomy)]


def _predicted(model: MovementModel, joints: Array, fps: float) -> Floats:
    return model.probabilities(model.features(joints, fps), fps)


def _mirrored(dance: Dance, taxonomy: Taxonomy) -> Dance:
    assert dance.movements is not None and dance.keypoints2d is not None
    return Dance(
        dance.fps,
        dance.movements[:, taxonomy.mirrored],
        None if dance.poses3d is None else mirror_image(dance.poses3d),
        mirror_image(dance.keypoints2d),
    )

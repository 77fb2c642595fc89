"""From a clip of a dataset to what networks that name dances learn from."""

from __future__ import annotations

from dancelift.evaluation.movement_clips import MovementClip
from dancelift.genre_features import Dance, certain
from dancelift.labeller import label_movements
from dancelift.movement_model import MovementModel
from dancelift.training.training_clip import mirror_image


def dance_as_seen(clip: MovementClip, model: MovementModel) -> Dance:
    """A view of a clip, with the movements that are told of it.

    Of lifted motion they are told by their definitions. A model that has learnt from the very clips that the genres are
    learnt from tells these clips' movements better than others', and the network would rely on that: naming dances by
    what the model tells was worse. What is lifted is only there if the model reads it.
    """
    joints, fps = clip.joints(model.input_kind), clip.labels.fps
    if model.input_kind == "3d":
        return Dance(fps, certain(label_movements(clip.lifted, model.taxonomy)), joints, clip.keypoints2d)
    return Dance(fps, model.probabilities(model.features(joints, fps), fps), None, clip.keypoints2d)


def dances_to_learn(clip: MovementClip, model: MovementModel) -> list[Dance]:
    """A view of a clip as it is seen and, with the labels of people or of the definitions, as it was; mirrored too."""
    seen = dance_as_seen(clip, model)
    true = Dance(clip.labels.fps, certain(clip.labels), clip.true.as_coco17(), clip.keypoints2d)
    return [seen, _mirrored(seen, model), true, _mirrored(true, model)]


def _mirrored(dance: Dance, model: MovementModel) -> Dance:
    assert dance.movements is not None and dance.keypoints2d is not None
    return Dance(
        dance.fps,
        dance.movements[:, model.taxonomy.mirrored],
        None if dance.poses3d is None else mirror_image(dance.poses3d),
        mirror_image(dance.keypoints2d),
    )

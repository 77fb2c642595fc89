"""From a clip of a dataset to what networks that name dances learn from."""

from __future__ import annotations

from dancelift.anatomy import Array
from dancelift.evaluation.movement_clips import MovementClip
from dancelift.genre_features import Dance
from dancelift.movement_model import MovementModel
from dancelift.training.training_clip import mirror_image


def dances(clip: MovementClip, model: MovementModel) -> tuple[Dance, Dance]:
    """A view of a clip as it was seen, with the movements that a model tells, and its mirror image.

    What is lifted is only there if the model reads it.
    """
    fps, reads_3d = clip.labels.fps, model.input_kind == "3d"

    def dance(joints: Array, keypoints2d: Array) -> Dance:
        movements = model.probabilities(model.features(joints, fps), fps)
        return Dance(fps, movements, joints if reads_3d else None, keypoints2d)

    joints = clip.joints(model.input_kind)
    return dance(joints, clip.keypoints2d), dance(mirror_image(joints), mirror_image(clip.keypoints2d))

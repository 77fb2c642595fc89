"""From a clip of a dataset to what networks that name dances learn from."""

from __future__ import annotations

from dancelift.datasets.movement_clips import MovementClip
from dancelift.genres.features import Dance, certain
from dancelift.movements.labeller import label_movements
from dancelift.movements.model import MovementModel
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.training_clip import mirror_image


def dance_as_lifted(clip: MovementClip, taxonomy: Taxonomy) -> Dance:
    """A view of a clip, lifted, with the movements that are told of it by their definitions.

    Not by the movement networks: these tell the clips that they have learnt from better than others, a network that
    learns genres from the same clips relies on that, and named other dances worse.
    """
    movements = certain(label_movements(clip.lifted, taxonomy))
    return Dance(clip.labels.fps, movements, clip.lifted.as_coco17(), clip.keypoints2d)


def dance_in_2d(clip: MovementClip, model: MovementModel) -> Dance:
    """A view of a clip that is not lifted, with the movements that a network tells of the keypoints."""
    fps = clip.labels.fps
    movements = model.probabilities(model.features(clip.keypoints2d, fps), fps)
    return Dance(fps, movements, None, clip.keypoints2d)


def dances_to_learn(clip: MovementClip, seen: Dance, taxonomy: Taxonomy) -> list[Dance]:
    """A view of a clip as it is seen and, with the labels of people or of the definitions, as it was; mirrored too."""
    true = Dance(clip.labels.fps, certain(clip.labels), clip.true.as_coco17(), clip.keypoints2d)
    return [seen, _mirrored(seen, taxonomy), true, _mirrored(true, taxonomy)]


def _mirrored(dance: Dance, taxonomy: Taxonomy) -> Dance:
    assert dance.movements is not None and dance.keypoints2d is not None
    return Dance(
        dance.fps,
        dance.movements[:, taxonomy.mirrored],
        None if dance.poses3d is None else mirror_image(dance.poses3d),
        mirror_image(dance.keypoints2d),
    )

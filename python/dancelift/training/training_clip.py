"""From a clip of a dataset to what the movement networks learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.movement_clips import MovementClip
from dancelift.movements.labels import MovementLabels
from dancelift.movements.model import INPUT_KINDS
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.movement_data import TrainingClip

_MIRRORED = list(SKELETONS["coco17"].mirrored)
_MIRROR = np.array([-1.0, 1.0, 1.0])  # x of a point, be it (x, y, z) or (x, y, score)


def training_clips(clip: MovementClip, taxonomy: Taxonomy, input_kind: str) -> list[TrainingClip]:
    """What a network of an input kind, one of INPUT_KINDS, learns from a clip: the clip and its mirror image."""
    joints = clip.joints(input_kind)
    true = clip.true.as_coco17() if input_kind == "3d" else None
    mirrored = replace(
        clip.labels,
        active=clip.labels.active[:, taxonomy.mirrored],
        known=clip.labels.known[:, taxonomy.mirrored],
    )

    def learnt(joints: Array, true: Array | None, labels: MovementLabels) -> TrainingClip:
        def features(of: Array) -> np.ndarray:
            return INPUT_KINDS[input_kind].features(of, labels.fps, taxonomy)

        return TrainingClip(clip.name, features(joints), labels, None if true is None else features(true))

    return [
        learnt(joints, true, clip.labels),
        learnt(mirror_image(joints), None if true is None else mirror_image(true), mirrored),
    ]


def mirror_image(joints: Array) -> Array:
    """Of (T, 17, 3) joints of COCO-17."""
    image: Array = joints[:, _MIRRORED] * _MIRROR
    return image

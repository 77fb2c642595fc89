"""Training data of the movement networks from a clip of a dataset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.movement_clips import MovementClip
from dancelift.movements.labels import MovementLabels
from dancelift.movements.model import MODEL_INPUTS
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training.movement_data import TrainingClip

_MIRRORED = list(SKELETONS["coco17"].mirrored)
_MIRROR = np.array([-1.0, 1.0, 1.0])  # x of a point, be it (x, y, z) or (x, y, score)


def training_clips(clip: MovementClip, taxonomy: Taxonomy, input: str) -> list[TrainingClip]:
    """A clip and its mirror image, for a network of an input, one of MODEL_INPUTS."""
    joints = clip.joints(input)
    true = clip.true.as_coco17() if input == "3d" else None
    mirrored = replace(
        clip.labels,
        active=clip.labels.active[:, taxonomy.mirrored],
        known=clip.labels.known[:, taxonomy.mirrored],
    )

    def training_clip(joints: Array, true: Array | None, labels: MovementLabels) -> TrainingClip:
        def features(of: Array) -> np.ndarray:
            return MODEL_INPUTS[input].features(of, labels.fps, taxonomy)

        return TrainingClip(clip.name, features(joints), labels, None if true is None else features(true))

    return [
        training_clip(joints, true, clip.labels),
        training_clip(mirror_image(joints), None if true is None else mirror_image(true), mirrored),
    ]


def mirror_image(joints: Array) -> Array:
    """Mirror (T, 17, 3) joints of COCO-17: left and right are exchanged, and x changes its sign."""
    image: Array = joints[:, _MIRRORED] * _MIRROR
    return image

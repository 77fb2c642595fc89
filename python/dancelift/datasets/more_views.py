"""More views of a motion than were filmed: by cameras placed at random, as a simulated detector sees them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.floor import floor_height
from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.sequence import EvaluationSequence
from dancelift.errors import InputError
from dancelift.synthetic.filming import detect, film

_SKELETON = SKELETONS["coco17"]
_IMAGE_SIZE = (1920, 1080)
_NOISE = 0.25  # standard deviation of the logarithm of a detector's errors, relative to a usual one's


def more_views(motion: Motion, n_views: int) -> Iterator[EvaluationSequence]:
    """Film a motion by cameras placed at random; the same motion by its name gives the same views.

    Args:
        motion: with the joints of COCO-17.
        n_views: how many.

    Raises:
        InputError: the motion lacks a joint of COCO-17.
    """
    poses = motion.as_coco17()
    missing = [name for joint, name in enumerate(_SKELETON.joints) if not np.isfinite(poses[:, joint]).all()]
    if missing:
        raise InputError(f"{motion.name}: {', '.join(missing)} missing, expected the joints of COCO-17 in every frame")
    world = poses - [0, floor_height(poses, _SKELETON), 0]
    for view in range(n_views):
        rng = np.random.default_rng([zlib.crc32(motion.name.encode()), view])
        camera, points = film(world, _IMAGE_SIZE, None, None, rng)
        noise = float(np.exp(rng.normal(0, _NOISE)))
        keypoints = detect(points, _landmarks(points), camera, _SKELETON, STANDARD_HEIGHT, motion.fps, noise, rng)
        assert camera.up is not None
        yield EvaluationSequence(
            name=motion.name,
            view=f"random camera {view + 1}",
            group=motion.genre or "",
            keypoints2d=keypoints,
            poses3d=points,
            matrix=camera.matrix,
            image_size=_IMAGE_SIZE,
            fps=motion.fps,
            up=camera.up,
            skeleton=_SKELETON.name,
        )


def _landmarks(poses: Array) -> dict[str, Array]:
    """The joints (T, 3) by name, and the middles between them that the trunk lies between."""
    found = {name: poses[:, joint] for joint, name in enumerate(_SKELETON.joints)}
    for name, joint in (("neck", "shoulder"), ("mid_hip", "hip")):
        found[name] = (found[f"left_{joint}"] + found[f"right_{joint}"]) / 2
    return found

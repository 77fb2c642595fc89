"""dancelift's own dataset layout: an .npz that holds one dancer's `keypoints3d`, COCO-17, metres, y up."""

from collections.abc import Iterator

import numpy as np

from dancelift.body.skeleton import SKELETONS
from dancelift.formats.motion.arrays import text
from dancelift.formats.motion.clip import Clip, MotionFormat
from dancelift.formats.source import Source


def _recognises(source: Source) -> bool:
    return "keypoints3d" in source.members


def _read(source: Source) -> Iterator[Clip]:
    said = source.recorded({"fps": source.array("fps")})
    yield Clip(
        name=source.path.stem,
        source=text(source, "source") or "dance clip",
        positions=source.array("keypoints3d"),
        skeleton=SKELETONS["coco17"],
        fps=said["fps"],
        genre=text(source, "genre"),
        up=np.array([0.0, 1.0, 0.0]),
        unit=1.0,
    )


FORMAT = MotionFormat("dance_clip", _recognises, _read)

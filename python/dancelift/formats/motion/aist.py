"""AIST++ annotations: `keypoints3d/SEQ.pkl`, the motion of a sequence, named as it."""

from collections.abc import Iterator

from dancelift.body.skeleton import SKELETONS
from dancelift.formats import aist
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source


def _read(source: Source) -> Iterator[Recording]:
    yield Recording(
        name=source.path.stem,
        source="AIST++",
        positions=aist.read_motion(source.path),
        skeleton=SKELETONS[aist.SKELETON],
        fps=aist.FPS,
        genre=aist.genre(source.path.stem),
        up=aist.UP,
        unit=1.0,
    )


FORMAT = MotionFormat("aist", lambda source: aist.is_pickle(source.path), _read)

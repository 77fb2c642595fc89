"""Dance clips: the true motion of the dancer."""

from collections.abc import Iterator

from dancelift.body.skeleton import SKELETONS
from dancelift.formats import dance_clip
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source


def _read(source: Source) -> Iterator[Recording]:
    recorded = source.recorded_members()
    if "fps" not in recorded:
        raise source.error("holds no 'fps'; expected frames per second")
    yield Recording(
        name=source.path.stem,
        source=source.text("source") or "dance clip",
        positions=dance_clip.read_motion(source),
        skeleton=SKELETONS[dance_clip.SKELETON],
        fps=recorded["fps"],
        genre=source.text("genre"),
        up=dance_clip.UP,
        unit=1.0,
    )


FORMAT = MotionFormat("dance_clip", lambda source: dance_clip.MOTION in source.members, _read)

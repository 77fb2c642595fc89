"""Human3.6M's `data_3d_h36m.npz`: the motion of each subject in each action."""

from collections.abc import Iterator

from dancelift.body.skeleton import SKELETONS
from dancelift.formats import human36m
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.source import Source


def _read(source: Source) -> Iterator[Recording]:
    archive = human36m.read_archive(source.path, human36m.MOTIONS)
    for subject, action in archive:
        yield Recording(
            name=f"{subject} {action}",
            source="Human3.6M",
            positions=archive.motion(subject, action),
            skeleton=SKELETONS[human36m.SKELETON],
            fps=human36m.FPS,
            up=human36m.UP,
            unit=1.0,
        )


FORMAT = MotionFormat("human36m", lambda source: human36m.MOTIONS in source.members, _read, one_a_file=False)

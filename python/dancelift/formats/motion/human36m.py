"""Human3.6M as VideoPose3D keeps it, `data_3d_h36m.npz`: a pickled dict positions_3d[subject][action] of (T, 32, 3)
metres, z up, 50 frames per second. Of the 32 joints, 15 repeat others or are fingers and toes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dancelift.body.skeleton import SKELETONS
from dancelift.formats.motion.clip import Clip, MotionFormat
from dancelift.formats.pickles import load_object_member
from dancelift.formats.source import Source, abbreviate

_FPS = 50.0
_KEPT = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)  # h36m17 among the 32


def _recognises(source: Source) -> bool:
    return "positions_3d" in source.members


def _read(source: Source) -> Iterator[Clip]:
    for subject, actions in _items(source, load_object_member(source.path, "positions_3d"), "positions_3d"):
        for action, positions in _items(source, actions, f"positions_3d[{subject!r}]"):
            joints = positions.shape[1:] if isinstance(positions, np.ndarray) else None
            if joints not in ((32, 3), (17, 3)):
                found = positions.shape if isinstance(positions, np.ndarray) else abbreviate(positions)
                raise source.error(
                    f"positions_3d[{subject!r}][{action!r}] is {found}; expected an array (frames, 32 or 17, 3)"
                )
            yield Clip(
                name=f"{subject} {action}",
                source="Human3.6M",
                positions=source.numbers(positions if joints == (17, 3) else positions[:, _KEPT], "positions_3d"),
                skeleton=SKELETONS["h36m17"],
                fps=_FPS,
                up=np.array([0.0, 0.0, 1.0]),
                unit=1.0,
            )


def _items(source: Source, found: Any, what: str) -> Any:
    if not isinstance(found, dict):
        raise source.error(f"{what} is {abbreviate(found)}; expected a dict")
    return found.items()


FORMAT = MotionFormat("human36m", _recognises, _read, one_a_file=False)

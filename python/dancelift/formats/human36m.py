"""Human3.6M as VideoPose3D keeps it, which the readers of keypoints and of motion and the dataset share.

`data_3d_h36m.npz` holds a pickled dict positions_3d[subject][action] of (T, 32, 3) metres, z up, 50 frames per second.
`data_2d_*.npz` holds a pickled dict positions_2d[subject][action], a list of (T, 17, 2 | 3) pixels, one a camera, and
maybe a pickled dict `metadata` whose layout_name says which joints those are (github.com/facebookresearch/VideoPose3D,
DATASETS.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError
from dancelift.formats.pickles import load_object_member
from dancelift.formats.source import Source, abbreviate

FPS = 50.0
IMAGE_SIZE = (1000, 1000)  # two of the cameras have two rows more
SKELETON = "h36m17"
UP = np.array([0.0, 0.0, 1.0])
"""Against gravity in the world of the poses."""

KEYPOINTS, MOTIONS = "positions_2d", "positions_3d"
"""The members of the files of 2D keypoints and of motion."""

# A file may refer to one array very often, and so be of any number of clips.
_MOST_ACTIONS, _MOST_CAMERAS = 10000, 100
# h36m17 among the 32 joints; the others repeat these or are fingers and toes
_KEPT = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]


@dataclass(frozen=True)
class Archive:
    """What a file holds by subject and action; each entry is checked when it is asked for."""

    path: Path
    member: str  # KEYPOINTS or MOTIONS
    actions: dict[str, dict[str, Any]]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every subject and action."""
        return ((subject, action) for subject, actions in self.actions.items() for action in actions)

    def motion(self, subject: str, action: str) -> Array:
        """Return the motion (T, 17, 3), m, in the world.

        Raises:
            InputError: there is no such array.
        """
        found = self._entry(subject, action)
        is_array = isinstance(found, np.ndarray)
        if not is_array or found.shape[1:] not in ((32, 3), (17, 3)) or found.dtype.kind not in "iuf":
            raise InputError(
                f"{self._where(subject, action)} is {found.shape if is_array else abbreviate(found)}; "
                "expected an array (frames, 32 or 17, 3) in metres"
            )
        motion: Array = (found if found.shape[1] == 17 else found[:, _KEPT]).astype(np.float64)
        return motion

    def views(self, subject: str, action: str) -> list[NDArray[Any]]:
        """Return the keypoints of each camera, (T, 17, 2 | 3), px.

        Raises:
            InputError: there is no such list of arrays.
        """
        found, where = self._entry(subject, action), self._where(subject, action)
        if not isinstance(found, (list, tuple, np.ndarray)):
            raise InputError(f"{where} is {abbreviate(found)}; expected a list of arrays, one a camera")
        if len(found) > _MOST_CAMERAS:
            raise InputError(f"{where} has {len(found)} cameras; expected at most {_MOST_CAMERAS}")
        for camera, view in enumerate(found):
            if not isinstance(view, np.ndarray):
                raise InputError(f"{where}[{camera}] is {abbreviate(view)}; expected an array")
        return list(found)

    def _entry(self, subject: str, action: str) -> Any:
        return self.actions.get(subject, {}).get(action)

    def _where(self, subject: str, action: str) -> str:
        return f"{self.path}: {self.member}[{abbreviate(subject)}][{abbreviate(action)}]"


def read_archive(path: Path, member: str) -> Archive:
    """Read a file of keypoints or of motions.

    Args:
        path: of the file.
        member: KEYPOINTS or MOTIONS.

    Raises:
        InputError: the file cannot be read, or holds no dict of dicts.
    """
    positions = load_object_member(path, member)
    if not isinstance(positions, dict):
        raise InputError(f"{path}: {member} is {abbreviate(positions)}; expected a dict {member}[subject][action]")
    for subject, actions in positions.items():
        if not isinstance(actions, dict):
            where = f"{path}: {member}[{abbreviate(subject)}]"
            raise InputError(f"{where} is {abbreviate(actions)}; expected a dict of actions")
    n_actions = sum(len(actions) for actions in positions.values())
    if n_actions > _MOST_ACTIONS:
        raise InputError(f"{path}: {member} has {n_actions} actions; expected at most {_MOST_ACTIONS}")
    for name in {*positions, *(action for actions in positions.values() for action in actions)}:
        if not isinstance(name, str) or not name.isprintable():
            raise InputError(f"{path}: {member} names {abbreviate(name)}; expected names of subjects and actions")
    return Archive(path, member, positions)


def read_metadata(path: Path) -> dict[str, Any]:
    """Read what a file says of its keypoints; empty where it says nothing.

    Raises:
        InputError: the metadata is no dict.
    """
    metadata = load_object_member(path, "metadata") if "metadata" in Source(path).members else {}
    if not isinstance(metadata, dict):
        raise InputError(f"{path}: metadata is {abbreviate(metadata)}; expected a dict")
    return metadata

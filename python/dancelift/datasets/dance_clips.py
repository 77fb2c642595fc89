"""dancelift's own layout: an npz a clip, of motion capture seen by static cameras, and split.json beside the folder.

The truth is exact; the keypoints are exact projections of it, or what a simulated detector makes of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.sequence import EvaluationSequence, Kind
from dancelift.errors import InputError
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.source import Source, read_json

_FORMATS = {"detected": "dance_clip", "clean": "dance_clip_clean"}
_UP = np.array([0.0, 1.0, 0.0])  # world frame
_NO_DISTORTION = np.zeros(5)


class DanceClips:
    """A folder of clips, grouped by genre."""

    name = "dance"
    splits: tuple[str, ...] = ("fit", "test")
    published: dict[str, float] = {}

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def recognises(folder: Path) -> bool:
        return any("keypoints3d" in Source(path).members for path in folder.glob("*.npz"))

    def clips(self, split: str | None) -> list[str]:
        found = sorted(path.stem for path in self._folder.glob("*.npz"))
        if split is None:
            return found
        path = self._folder.resolve().parent / "split.json"
        lists = read_json(path)
        if not isinstance(lists, dict) or not isinstance(lists.get(split), list):
            raise InputError(f"{path}: has no list {split!r}, expected one of names of clips")
        return [clip for clip in found if clip in lists[split]]

    def read(self, clip: str, kind: Kind, n_views: int) -> list[EvaluationSequence]:
        path = self._folder / f"{clip}.npz"
        source = Source(path)
        world = source.numbers(source.array("keypoints3d"), "keypoints3d")
        genre = str(source.array("genre"))
        cameras = zip(*(source.array(name) for name in ("K", "R", "t")), strict=True)
        return [
            EvaluationSequence.filmed(
                clip, track.name, genre, track, world, _UP, CalibratedCamera(matrix, _NO_DISTORTION, rotation, t)
            )
            for track, (matrix, rotation, t) in zip(
                load_keypoints(path, format=_FORMATS[kind])[:n_views], cameras, strict=False
            )
        ]

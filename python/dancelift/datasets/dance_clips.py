"""dancelift's own layout: an npz a clip, of motion capture seen by static cameras, and split.json beside the folder.

The truth is exact; the keypoints are exact projections of it, or what a simulated detector makes of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.sequence import EvaluationSequence, KeypointSource
from dancelift.formats import dance_clip
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.selection import split_names
from dancelift.formats.source import Source

_FORMATS = {"detected": "dance_clip", "clean": "dance_clip_clean"}
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
        return any(dance_clip.MOTION in Source(path).members for path in folder.glob("*.npz"))

    def clips(self, split: str | None) -> list[str]:
        names = None if split is None else split_names(self._folder, split)
        found = sorted(path.stem for path in self._folder.glob("*.npz"))
        return [name for name in found if names is None or name in names]

    def read(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        source = Source(self._folder / f"{clip}.npz")
        with source.guard():
            return self._views(clip, source, keypoints, n_views)

    def _views(self, clip: str, source: Source, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        world = dance_clip.read_motion(source)
        genre = str(source.array("genre"))
        cameras = zip(*(source.array(name) for name in ("K", "R", "t")), strict=True)
        tracks = load_keypoints(source.path, format=_FORMATS[keypoints])[:n_views]
        sequences = []
        for track, (matrix, rotation, translation) in zip(tracks, cameras, strict=False):
            camera = CalibratedCamera(matrix, _NO_DISTORTION, rotation, translation)
            sequences.append(EvaluationSequence.filmed(clip, track.name, genre, track, world, dance_clip.UP, camera))
        return sequences

"""AIST++ (Li et al. 2021, AI Choreographer), in the layout of its annotations: nine views of each dance at 60 fps.

The truth is COCO-17 triangulated from the nine views' detections and smoothed; the detected keypoints are those of one
view.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.sequence import EvaluationSequence, KeypointSource
from dancelift.errors import InputError, warn
from dancelift.formats import aist
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.selection import split_names
from dancelift.formats.source import Source, abbreviate, read_json, read_words
from dancelift.geometry import rotation_from_vector
from dancelift.keypoints import Track

_CM = 0.01  # m

# Left out where the dataset's authors calibrated their cameras (aistplusplus_api, run_estimate_camera.py).
_UNUSABLE = {
    ("gBR_sBM_cAll_d04_mBR0_ch01", 4),  # not synchronous with the other views
    ("gJB_sBM_cAll_d07_mJB3_ch05", 6),  # 640x480
}


class AistPlusPlus:
    """The folder of annotations, grouped by genre."""

    name = "aist++"
    splits: tuple[str, ...] = ("train", "val", "test")
    published: dict[str, float] = {
        "Hu & Ahuja 2021, unsupervised": 246.4,
        "Hu & Ahuja 2021, semi-supervised": 73.7,
        "VideoPose3D, supervised": 77.6,
        "Kocabas et al., multi-view self-supervised": 87.4,
        "Martinez et al., supervised": 110.0,
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def recognises(folder: Path) -> bool:
        return (folder / aist.MOTIONS).is_dir() and (folder / "cameras" / "mapping.txt").is_file()

    def clips(self, split: str | None) -> list[str]:
        names = None if split is None else split_names(self._folder, split)
        found = [path.stem for path in aist.sequence_files(self._folder / aist.MOTIONS)]
        return [name for name in found if names is None or name in names]

    def read(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        with Source(self._folder).guard():
            return self._views(clip, keypoints, n_views)

    def _views(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        world = aist.read_motion(self._folder / aist.MOTIONS / f"{clip}.pkl")
        if not np.isfinite(world).all():
            warn(f"{clip}: the true poses are not finite, expected metres; left out")
            return []
        group = aist.genre(clip) or clip[1:3]
        views = []
        for view, (track, camera) in enumerate(zip(self._tracks(clip), self._cameras(clip), strict=False)):
            if (clip, view) in _UNUSABLE:
                continue
            if keypoints == "clean":
                track = _seen_exactly(track, camera.project(world))
            views.append(EvaluationSequence.filmed(clip, aist.view_name(view), group, track, world, aist.UP, camera))
            if len(views) == n_views:
                break
        return views

    def _tracks(self, clip: str) -> list[Track]:
        return load_keypoints(self._folder / aist.KEYPOINTS / f"{clip}.pkl", format="aist")

    def _cameras(self, clip: str) -> list[CalibratedCamera]:
        setting = self._settings.get(clip)
        if setting is None:
            raise InputError(f"{self._folder / 'cameras' / 'mapping.txt'}: no line {clip!r}, expected its setting")
        path = self._folder / "cameras" / f"{setting}.json"
        content = read_json(path)
        if not isinstance(content, list):
            raise InputError(f"{path}: holds {abbreviate(content)}, expected a list of cameras")
        return [_camera(path, entry) for entry in content]

    @cached_property
    def _settings(self) -> dict[str, str]:
        """Setting of the cameras by sequence."""
        words = read_words(self._folder / "cameras" / "mapping.txt")
        return dict(zip(words[::2], words[1::2], strict=False))


def _seen_exactly(track: Track, keypoints2d: Array) -> Track:
    """The same track, of exact keypoints (T, J, 2) px."""
    scored = np.concatenate([keypoints2d, np.ones((*keypoints2d.shape[:2], 1))], axis=2)
    return Track(scored, track.skeleton, track.fps, track.image_size, track.name, track.source)


def _camera(path: Path, entry: Any) -> CalibratedCamera:
    """A camera as aniposelib writes it: its rotation is a vector, its translation in cm."""
    needed = ("matrix", "distortions", "rotation", "translation")
    if not isinstance(entry, dict) or not set(needed) <= set(entry):
        raise InputError(f"{path}: found {abbreviate(entry)}, expected a camera with {', '.join(needed)}")
    try:
        rotation = rotation_from_vector(np.array(entry["rotation"], float).reshape(3))
        translation = _CM * np.array(entry["translation"], float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}, expected three numbers each as rotation and translation") from error
    with Source(path).guard():
        return CalibratedCamera(entry["matrix"], entry["distortions"], rotation, translation)

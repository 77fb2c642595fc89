"""AIST++ (Li et al. 2021, AI Choreographer), in the layout of its annotations: nine views of each dance at 60 fps.

The truth is `keypoints3d_optim`: COCO-17 triangulated from the nine views' detections and smoothed, in centimetres, in
a world whose y points up. The keypoints of kind "detected" are those of one view.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.sequence import EvaluationSequence, Kind
from dancelift.errors import DanceliftWarning, InputError
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.pickles import load_pickle
from dancelift.formats.source import abbreviate, read_json
from dancelift.geometry import rotation_from_vector
from dancelift.keypoints import Track

_CM = 0.01  # m
_UP = np.array([0.0, 1.0, 0.0])  # world frame, as it was set up; bundle adjustment may have turned it a little

# Left out where the dataset's authors calibrated their cameras (aistplusplus_api, run_estimate_camera.py).
_UNUSABLE = {
    ("gBR_sBM_cAll_d04_mBR0_ch01", 4),  # not synchronous with the other views
    ("gJB_sBM_cAll_d07_mJB3_ch05", 6),  # 640x480
}

_GENRES = {
    "BR": "break", "PO": "pop", "LO": "lock", "MH": "middle hip-hop", "LH": "LA-style hip-hop", "HO": "house",
    "WA": "waack", "KR": "krump", "JS": "street jazz", "JB": "ballet jazz",
}  # fmt: skip


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
        return (folder / "keypoints3d").is_dir() and (folder / "cameras" / "mapping.txt").is_file()

    def clips(self, split: str | None) -> list[str]:
        ignored = self._words(self._folder / "ignore_list.txt") if (self._folder / "ignore_list.txt").is_file() else []
        found = {path.stem for path in (self._folder / "keypoints3d").glob("*.pkl")} - set(ignored)
        if split is not None:
            found &= set(self._words(self._folder / "splits" / f"pose_{split}.txt"))
        return sorted(found)

    def read(self, clip: str, kind: Kind, n_views: int) -> list[EvaluationSequence]:
        world = self._world(clip)
        if not np.isfinite(world).all():
            warnings.warn(f"{clip}: the true poses are not finite, expected metres; left out", DanceliftWarning, 2)
            return []
        genre = clip[1:3]
        views = []
        for view, (track, camera) in enumerate(zip(self._tracks(clip), self._cameras(clip), strict=False)):
            if (clip, view) in _UNUSABLE:
                continue
            if kind == "clean":
                track = _seen_exactly(track, camera.project(world))
            views.append(
                EvaluationSequence.filmed(clip, f"c{view + 1:02}", _GENRES.get(genre, genre), track, world, _UP, camera)
            )
            if len(views) == n_views:
                break
        return views

    def _tracks(self, clip: str) -> list[Track]:
        return load_keypoints(self._folder / "keypoints2d" / f"{clip}.pkl", format="aist")

    def _world(self, clip: str) -> Array:
        """(T, 17, 3), m."""
        path = self._folder / "keypoints3d" / f"{clip}.pkl"
        content = load_pickle(path)
        found = content.get("keypoints3d_optim") if isinstance(content, dict) else None
        if not isinstance(found, np.ndarray) or found.shape[1:] != (17, 3) or found.dtype.kind != "f":
            shape = found.shape if isinstance(found, np.ndarray) else abbreviate(content)
            raise InputError(f"{path}: found {shape}, expected an array 'keypoints3d_optim' of (frames, 17, 3)")
        return _CM * found.astype(np.float64)

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
        words = self._words(self._folder / "cameras" / "mapping.txt")
        return dict(zip(words[::2], words[1::2], strict=False))

    @staticmethod
    def _words(path: Path) -> list[str]:
        try:
            return path.read_text(encoding="utf-8").split()
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read ({error}), expected a list of sequences") from error


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
    return CalibratedCamera(entry["matrix"], entry["distortions"], rotation, translation)

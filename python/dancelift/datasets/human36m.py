"""Human3.6M (Ionescu et al. 2014) as VideoPose3D keeps it: data_3d_h36m.npz and data_2d_h36m_*.npz, 50 fps.

The poses are in the world and the files do not say where the cameras stand, so each subject's four cameras are found
from its own joints in 3D and 2D, by resection: from data_2d_h36m_gt.npz where that is there, which holds exact
projections, else from the keypoints that are evaluated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.resection import resect
from dancelift.datasets.sequence import EvaluationSequence, KeypointSource
from dancelift.errors import InputError
from dancelift.formats import human36m
from dancelift.formats.keypoints.tracks import track_of
from dancelift.formats.source import Source
from dancelift.keypoints import Track

_MOTIONS, _EXACT, _USUAL = "data_3d_h36m.npz", "data_2d_h36m_gt.npz", "data_2d_h36m_cpn_ft_h36m_dbb.npz"
_SUBJECTS = {"train": ("S1", "S5", "S6", "S7", "S8"), "test": ("S9", "S11")}
_POINTS = 20000  # to find a camera from


class Human36M:
    """The folder of VideoPose3D's files, grouped by action."""

    name = "h36m"
    splits: tuple[str, ...] = tuple(_SUBJECTS)
    published: dict[str, float] = {
        "Hu & Ahuja 2021, unsupervised": 82.1,
        "Hu & Ahuja 2021, semi-supervised": 47.3,
        "VideoPose3D, supervised": 46.8,
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._archives: dict[Path, human36m.Archive] = {}
        self._cameras: dict[tuple[Path, str, int], CalibratedCamera] = {}

    @staticmethod
    def recognises(folder: Path) -> bool:
        return (folder / _MOTIONS).is_file()

    def clips(self, split: str | None) -> list[str]:
        subjects = self._motions.actions if split is None else _SUBJECTS[split]
        return sorted(f"{subject} {action}" for subject, action in self._motions if subject in subjects)

    def read(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        with Source(self._folder).guard():
            return self._sequences(clip, keypoints, n_views)

    def _sequences(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        subject, action = clip.split(" ", 1)
        path = self._keypoint_file(keypoints)
        return [
            EvaluationSequence.filmed(
                clip,
                f"camera {view}",
                action.split(" ")[0],
                self._track(path, subject, action, view),
                self._motions.motion(subject, action),
                human36m.UP,
                self._camera(path, subject, view),
            )
            for view in range(min(n_views, len(self._views(path, subject, action))))
        ]

    def _keypoint_file(self, keypoints: KeypointSource) -> Path:
        exact = self._folder / _EXACT
        found = sorted(path for path in self._folder.glob("data_2d_h36m_*.npz") if path != exact)
        usual = [path for path in found if path.name == _USUAL]
        candidates = [exact] if keypoints == "clean" else usual or found
        if len(candidates) != 1 or not candidates[0].is_file():
            names = ", ".join(path.name for path in found) or "none"
            raise InputError(
                f"{self._folder}: detected keypoints in {names}, expected {_EXACT if keypoints == 'clean' else _USUAL}"
            )
        return candidates[0]

    def _camera(self, path: Path, subject: str, view: int) -> CalibratedCamera:
        """A subject's camera, found from all that it did."""
        if (self._folder / _EXACT).is_file():
            path = self._folder / _EXACT
        known = self._cameras.get((path, subject, view))
        if known is not None:
            return known
        points3d, points2d = [], []
        for action in self._motions.actions[subject]:
            world, keypoints = (
                self._motions.motion(subject, action),
                self._track(path, subject, action, view).keypoints2d,
            )
            n_frames = min(len(world), len(keypoints))
            seen = keypoints[:n_frames, :, 2] > 0
            points3d.append(world[:n_frames][seen])
            points2d.append(keypoints[:n_frames, :, :2][seen])
        n_points = sum(map(len, points3d))
        some = np.linspace(0, n_points - 1, min(_POINTS, n_points)).astype(int)
        try:
            camera = resect(np.concatenate(points3d)[some], np.concatenate(points2d)[some])
        except InputError as error:
            raise InputError(f"{path}: camera {view} of {subject}: {error}") from error
        return self._cameras.setdefault((path, subject, view), camera)

    def _views(self, path: Path, subject: str, action: str) -> list[NDArray[Any]]:
        return self._archive(path, human36m.KEYPOINTS).views(subject, action)

    def _track(self, path: Path, subject: str, action: str, view: int) -> Track:
        views = self._views(path, subject, action)
        if view >= len(views):
            raise InputError(f"{path}: {subject} {action} has {len(views)} cameras, expected camera {view} too")
        source = Source(path, human36m.SKELETON, human36m.FPS, human36m.IMAGE_SIZE)
        return track_of(source, views[view], name=f"{subject} {action} camera {view}")

    @property
    def _motions(self) -> human36m.Archive:
        return self._archive(self._folder / _MOTIONS, human36m.MOTIONS)

    def _archive(self, path: Path, member: str) -> human36m.Archive:
        """What a file holds, read once."""
        if path not in self._archives:
            if member == human36m.KEYPOINTS:
                _check_layout(path)
            self._archives[path] = human36m.read_archive(path, member)
        return self._archives[path]


def _check_layout(path: Path) -> None:
    metadata = human36m.read_metadata(path)
    if metadata and metadata.get("layout_name") != "h36m":
        raise InputError(
            f"{path}: layout_name is {metadata.get('layout_name')!r}, expected 'h36m', the joints of the true poses"
        )

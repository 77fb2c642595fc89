"""Human3.6M (Ionescu et al. 2014) as VideoPose3D keeps it: data_3d_h36m.npz and data_2d_h36m_*.npz, 50 fps.

The poses are in the world and the files do not say where the cameras stand, so each subject's four cameras are found
from its own joints in 3D and 2D, by resection: from data_2d_h36m_gt.npz where that is there, which holds exact
projections, else from the keypoints that are evaluated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.datasets.calibration import CalibratedCamera
from dancelift.datasets.resection import resect
from dancelift.datasets.sequence import EvaluationSequence, Kind
from dancelift.errors import InputError
from dancelift.formats.pickles import load_object_member
from dancelift.formats.source import Source, abbreviate
from dancelift.keypoints import Track

_POSES, _EXACT, _USUAL = "data_3d_h36m.npz", "data_2d_h36m_gt.npz", "data_2d_h36m_cpn_ft_h36m_dbb.npz"
_SUBJECTS = {"train": ("S1", "S5", "S6", "S7", "S8"), "test": ("S9", "S11")}
_JOINTS = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]  # of 32, in the order of skeleton h36m17
_SKELETON = "h36m17"
_UP = np.array([0.0, 0.0, 1.0])  # world frame
_FPS = 50.0
_IMAGE_SIZE = (1000, 1000)  # two of the cameras have two rows more
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
        self._positions: dict[Path, dict[str, Any]] = {}
        self._cameras: dict[tuple[Path, str, int], CalibratedCamera] = {}

    @staticmethod
    def recognises(folder: Path) -> bool:
        return (folder / _POSES).is_file()

    def clips(self, split: str | None) -> list[str]:
        poses = self._by_subject(self._folder / _POSES, "positions_3d")
        subjects = poses if split is None else [subject for subject in _SUBJECTS[split] if subject in poses]
        return sorted(f"{subject} {action}" for subject in subjects for action in poses[subject])

    def read(self, clip: str, kind: Kind, n_views: int) -> list[EvaluationSequence]:
        subject, action = clip.split(" ", 1)
        path = self._keypoint_file(kind)
        return [
            EvaluationSequence.filmed(
                clip,
                f"camera {view}",
                action.split(" ")[0],
                self._track(path, subject, action, view),
                self._world(subject, action),
                _UP,
                self._camera(path, subject, view),
            )
            for view in range(min(n_views, len(self._views(path, subject, action))))
        ]

    def _keypoint_file(self, kind: Kind) -> Path:
        exact = self._folder / _EXACT
        found = sorted(path for path in self._folder.glob("data_2d_h36m_*.npz") if path != exact)
        usual = [path for path in found if path.name == _USUAL]
        candidates = [exact] if kind == "clean" else usual or found
        if len(candidates) != 1 or not candidates[0].is_file():
            names = ", ".join(path.name for path in found) or "none"
            raise InputError(
                f"{self._folder}: detected keypoints in {names}, expected {_EXACT if kind == 'clean' else _USUAL}"
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
        for action in self._by_subject(self._folder / _POSES, "positions_3d")[subject]:
            world, keypoints = self._world(subject, action), self._track(path, subject, action, view).keypoints2d
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

    def _world(self, subject: str, action: str) -> Array:
        """(T, 17, 3), m, world frame."""
        path = self._folder / _POSES
        found = self._by_subject(path, "positions_3d")[subject][action]
        if not isinstance(found, np.ndarray) or found.shape[1:] != (32, 3) or found.dtype.kind != "f":
            shape = found.shape if isinstance(found, np.ndarray) else abbreviate(found)
            raise InputError(f"{path}: {subject} {action} is {shape}, expected an array (frames, 32, 3) in metres")
        world: Array = found[:, _JOINTS].astype(np.float64)
        return world

    def _views(self, path: Path, subject: str, action: str) -> Any:
        views = self._by_subject(path, "positions_2d").get(subject, {}).get(action)
        if not isinstance(views, (list, tuple, np.ndarray)):
            raise InputError(f"{path}: {subject} {action} is {abbreviate(views)}, expected arrays, one a camera")
        return views

    def _track(self, path: Path, subject: str, action: str, view: int) -> Track:
        views = self._views(path, subject, action)
        if view >= len(views):
            raise InputError(f"{path}: {subject} {action} has {len(views)} cameras, expected camera {view} too")
        source = Source(path, _SKELETON, _FPS, _IMAGE_SIZE)
        return source.track(np.asarray(views[view]), (len(_JOINTS),), name=f"{subject} {action} camera {view}")

    def _by_subject(self, path: Path, member: str) -> dict[str, Any]:
        """The pickled dict of subjects, of dicts of actions, read once."""
        if path not in self._positions:
            if member == "positions_2d":
                _check_layout(path)
            positions = load_object_member(path, member)
            if not isinstance(positions, dict) or not all(isinstance(actions, dict) for actions in positions.values()):
                raise InputError(f"{path}: {member} is {abbreviate(positions)}, expected {member}[subject][action]")
            self._positions[path] = positions
        return self._positions[path]


def _check_layout(path: Path) -> None:
    if "metadata" not in Source(path).members:
        return
    metadata = load_object_member(path, "metadata")
    layout = metadata.get("layout_name") if isinstance(metadata, dict) else None
    if layout != "h36m":
        raise InputError(f"{path}: layout_name is {layout!r}, expected 'h36m', the joints of the true poses")

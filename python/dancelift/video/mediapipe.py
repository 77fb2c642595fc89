"""MediaPipe's BlazePose: 33 joints of a person (Bazarevsky et al., arXiv 2006.10204).

Needs mediapipe, of the extra `mediapipe`. Weights: one .task file of its pose landmarker, which finds several persons;
none: the model that older releases of mediapipe have with them, which finds one, or else the full one, fetched once
into a cache.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError, require, warn
from dancelift.files import write
from dancelift.video.detectors import Detector, name_of_weights

_TASK = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/pose_landmarker_full/float16/latest/"
    "pose_landmarker_full.task"
)
_MOST_PERSONS = 4  # that are looked for where nobody says
_TIMEOUT = 30.0  # s


def make(weights: Sequence[Path] = (), n_persons: int | None = None, n_threads: int | None = None) -> Detector:
    """Make the detector, see `make_detector`; its threads cannot be limited."""
    require("mediapipe", "finding keypoints by MediaPipe", "mediapipe")
    os.environ.setdefault("GLOG_minloglevel", "2")  # it logs much that nobody can act upon
    import mediapipe

    if len(weights) > 1:
        raise InputError(f"{len(weights)} files of weights, expected one .task file for mediapipe")
    if not weights and hasattr(mediapipe, "solutions"):
        if n_persons is not None and n_persons > 1:
            warn(f"mediapipe finds one person with its own model; for {n_persons} give --weights of {_TASK}")
        return _OwnModel(mediapipe)
    return _Landmarker(mediapipe, weights[0] if weights else _fetched(), n_persons or _MOST_PERSONS)


class _OwnModel:
    """The solution of older releases, whose model is within the package: the most prominent person."""

    def __init__(self, mediapipe: Any) -> None:
        self._pose = mediapipe.solutions.pose.Pose(model_complexity=1, smooth_landmarks=False)
        self.name = f"mediapipe by the model of {mediapipe.__version__}"

    def detect(self, image: NDArray[np.uint8], time: float) -> Array:
        """Find the most prominent person in a picture, see `Detector`."""
        found = self._pose.process(image).pose_landmarks
        return _in_pixels([] if found is None else [found.landmark], image)


class _Landmarker:
    """The pose landmarker of newer releases: several persons."""

    def __init__(self, mediapipe: Any, weights: Path, n_persons: int) -> None:
        vision = mediapipe.tasks.vision
        self._picture = partial(mediapipe.Image, image_format=mediapipe.ImageFormat.SRGB)
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(weights)),
                    running_mode=vision.RunningMode.VIDEO,
                    num_poses=n_persons,
                )
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(f"{weights}: cannot be used ({error}), expected a .task of MediaPipe's pose") from error
        self.name = f"mediapipe by {name_of_weights(weights)}"

    def detect(self, image: NDArray[np.uint8], time: float) -> Array:
        """Find everybody in a picture, see `Detector`."""
        found = self._landmarker.detect_for_video(self._picture(data=image), round(1000 * time))
        return _in_pixels(found.pose_landmarks, image)


def _in_pixels(persons: Sequence[Any], image: NDArray[np.uint8]) -> Array:
    height, width = image.shape[:2]
    found = [[(width * at.x, height * at.y, at.visibility) for at in person] for person in persons]
    return np.reshape(np.array(found, np.float64), (len(persons), -1, 3)) if persons else np.empty((0, 0, 3))


def _fetched() -> Path:
    """The usual weights, from the cache or the network."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dancelift"
    path = cache / _TASK.rpartition("/")[2]

    def fetch(to: Path) -> None:
        with urllib.request.urlopen(_TASK, timeout=_TIMEOUT) as answer:
            to.write_bytes(answer.read())

    if not path.exists():
        try:
            write(path, fetch)
        except OSError as error:
            raise InputError(
                f"weights of mediapipe cannot be fetched ({error}); expected the network for once, or the file as "
                f"--weights, from {_TASK}"
            ) from error
    return path

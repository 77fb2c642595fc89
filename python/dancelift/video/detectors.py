"""What finds the persons in a picture: the protocol of a detector, and those that dancelift knows."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError


class Detector(Protocol):
    """Finds the keypoints of the persons in the frames of one video, which are given in their order.

    Attributes:
        name: text that changes with the model and its options, on which the keypoints depend besides the picture.
    """

    @property
    def name(self) -> str: ...

    def detect(self, image: NDArray[np.uint8], time: float) -> Array:
        """Find everybody in a picture.

        Args:
            image: (height, width, 3), red, green and blue.
            time: s from the video's start, later than that of the picture before.

        Returns:
            (P, J, 3), px and a score of 0 to 1, of P persons; a joint that is not found has a score of 0.
        """


class MakeDetector(Protocol):
    """Makes a detector, whose model is loaded from files, or else fetched once into a cache."""

    def __call__(
        self, weights: Sequence[Path] = (), n_persons: int | None = None, n_threads: int | None = None
    ) -> Detector: ...


_MODULES = {"rtmpose": "dancelift.video.rtmpose", "mediapipe": "dancelift.video.mediapipe"}

DETECTORS = tuple(_MODULES)
"""Names of the detectors, the usual one first."""


def make_detector(
    name: str, weights: Sequence[Path] = (), n_persons: int | None = None, n_threads: int | None = None
) -> Detector:
    """Make the detector of that name.

    Args:
        name: one of DETECTORS.
        weights: files of its model, as its module says; none: those that are usual, fetched on the first use.
        n_persons: that are looked for at most; None: as many as the detector finds.
        n_threads: that run it; None: as many as it likes. MediaPipe cannot be told.

    Raises:
        InputError: there is none of that name, or its weights are missing, damaged, or cannot be fetched.
        MissingExtraError: what it needs is not installed.
    """
    if name not in _MODULES:
        raise InputError(f"detector {name!r} is unknown, expected one of {', '.join(DETECTORS)}")
    for path in weights:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file, expected weights of {name}")
    make: MakeDetector = importlib.import_module(_MODULES[name]).make
    return make(weights, n_persons, n_threads)


def name_of_weights(path: Path) -> str:
    """Name and size of a file of weights, which tell it from another."""
    return f"{path.name} of {path.stat().st_size} bytes"

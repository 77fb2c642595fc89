"""RTMPose: persons found by YOLOX, and 26 joints of body and feet (Halpe-26) of each (Jiang et al., arXiv 2303.07399).

Needs rtmlib and onnxruntime, of the extra `video`. Weights: two .onnx files, first of a person detector (YOLOX), then
of RTMPose for 17, 26 or 133 joints; none: the medium ones, which rtmlib fetches once into its cache.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array
from dancelift.errors import InputError, MissingExtraError, require
from dancelift.video.detectors import Detector, name_of_weights

_MODE = "balanced"  # of rtmlib's: YOLOX-m and RTMPose-m


def make(weights: Sequence[Path] = (), n_persons: int | None = None, n_threads: int | None = None) -> Detector:
    """Make the detector, see `make_detector`."""
    require("video", "finding keypoints by RTMPose", "rtmlib", "onnxruntime")
    try:
        import rtmlib
    except ImportError as error:  # of OpenCV, of which there are several distributions
        raise MissingExtraError(f"rtmlib needs OpenCV ({error}): pip install opencv-python-headless") from error

    if len(weights) not in (0, 2):
        raise InputError(
            f"{len(weights)} file of weights, expected two .onnx files: of a YOLOX person detector, then of RTMPose"
        )
    usual = rtmlib.BodyWithFeet.MODE[_MODE]
    files = [str(path) for path in weights] or [usual["det"], usual["pose"]]
    persons, pose = _load(rtmlib.YOLOX, files[0]), _load(rtmlib.RTMPose, files[1])
    if n_threads is not None:
        _limit_threads((persons, pose), n_threads)
    persons.model_input_size = _input_size(persons)
    pose.model_input_size = _input_size(pose)[::-1]
    # SimCC has two outputs of rank 3, where along x and where along y; a person detector has boxes, and maybe labels.
    ranks = [[len(output.shape) for output in model.session.get_outputs()] for model in (persons, pose)]
    if ranks[0] == [3, 3] or ranks[1] != [3, 3]:
        raise InputError(f"{files[0]}, {files[1]}: expected weights of a YOLOX person detector, then of RTMPose")
    names = [name_of_weights(path) for path in weights] or [os.path.basename(url) for url in files]
    return _RTMPose(persons, pose, n_persons, f"rtmpose by {', '.join(names)}")


class _RTMPose:
    """YOLOX and RTMPose, as rtmlib runs them."""

    def __init__(self, persons: Callable[..., Any], pose: Callable[..., Any], n_persons: int | None, name: str) -> None:
        self._persons, self._pose, self._n_persons, self.name = persons, pose, n_persons, name

    def detect(self, image: NDArray[np.uint8], time: float) -> Array:
        """Find everybody in a picture, see `Detector`."""
        # YOLOX was trained on blue, green, red (MMDetection's default), RTMPose on red, green, blue (bgr_to_rgb).
        boxes = np.asarray(self._persons(np.ascontiguousarray(image[..., ::-1])))
        if not boxes.size:  # of no box RTMPose would take the whole picture
            return np.empty((0, 0, 3))
        points, scores = self._pose(image, bboxes=boxes[:, :4])
        found: Array = np.concatenate([points, np.clip(scores, 0, 1)[..., None]], axis=-1).astype(np.float64)
        if self._n_persons is not None:
            found = found[np.argsort(-found[..., 2].sum(axis=1), kind="stable")[: self._n_persons]]
        return found


def _load(make: Callable[..., Any], file: str) -> Any:
    import onnxruntime

    cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    try:
        with contextlib.redirect_stdout(sys.stderr if file.startswith("https:") else None):
            return make(file, backend="onnxruntime", device="cuda" if cuda else "cpu")
    except Exception as error:  # onnxruntime and the network each have their own
        if file.startswith("https:"):
            raise InputError(
                f"weights of rtmpose cannot be fetched ({error}); expected the network for once, or the files as "
                f"--weights YOLOX.onnx RTMPOSE.onnx, such as the one in {file}"
            ) from error
        raise InputError(f"{file}: cannot be read ({error}), expected weights in ONNX format") from error


def _limit_threads(models: Sequence[Any], n_threads: int) -> None:
    """Let networks, and OpenCV, use no more threads than that; rtmlib gives theirs as many as there are processors."""
    import cv2
    import onnxruntime

    cv2.setNumThreads(n_threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = n_threads, 1
    for model in models:
        file, providers = model.onnx_model, model.session.get_providers()
        model.session = None  # its threads end before others begin
        model.session = onnxruntime.InferenceSession(file, options, providers)


def _input_size(model: Any) -> tuple[int, int]:
    """(height, width) of the pictures that a network takes, px."""
    *_, height, width = model.session.get_inputs()[0].shape
    if not isinstance(height, int) or not isinstance(width, int):
        raise InputError(f"{model.onnx_model}: takes pictures of {height} by {width}, expected a fixed size")
    return height, width

"""From a video to the 2D keypoints of the persons in it, found once and kept."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from dancelift.arraytypes import Array
from dancelift.checks import check_count
from dancelift.errors import InputError
from dancelift.files import write
from dancelift.formats.keypoints.detections import VideoDetections
from dancelift.formats.source import Source
from dancelift.keypoints import Track
from dancelift.video.decoding import Video
from dancelift.video.detectors import DETECTORS, Detector, make_detector, name_of_weights

_COMPLETE = "complete"  # of what is kept: that it goes to the end, and the model that was used

Progress: TypeAlias = "Callable[[int, int], object]"
"""What is called with the number of frames done and of all frames, as far as that is known."""


def detect_keypoints(
    video: str | os.PathLike[str],
    *,
    detector: str | Detector = DETECTORS[0],
    weights: Sequence[str | os.PathLike[str]] = (),
    n_persons: int | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float = math.inf,
    keep: str | os.PathLike[str] | None = None,
    fps: float | None = None,
    progress: Progress | None = None,
    n_threads: int | None = None,
) -> list[Track]:
    """Find the persons in a video: one track a person, as `dancelift.load_keypoints` gives them.

    Args:
        video: the file.
        detector: "rtmpose" or "mediapipe", or one of one's own.
        weights: files of the detector's model; none: the usual ones, fetched on the first use. Two .onnx files, of
            YOLOX and of RTMPose, or one .task file of MediaPipe.
        n_persons: that are looked for at most; None: as many as the detector finds.
        every: only the frames whose number is a multiple of it.
        start: s, time in the video from which it is looked at.
        end: s, time up to which.
        keep: an npz in which what was found is kept; a second call with the same video, detector, and options reads it
            from there, and one that was interrupted goes on. None: nothing is kept.
        fps: frames of the video per second, where its times are wrong.
        progress: called with the number of frames done and of all frames.
        n_threads: that decode the video and run RTMPose; None: as many as they like. MediaPipe cannot be told.

    Raises:
        InputError: the video cannot be read, nobody is in it, or an option cannot be used.
        MissingExtraError: PyAV, or what the detector needs, is not installed.
    """
    check_count("every", every)
    for count, value in (("n_persons", n_persons), ("n_threads", n_threads)):
        if value is not None:
            check_count(count, value)
    if not 0 <= start < end:
        raise InputError(f"from {start:g} s to {end:g} s, expected times from 0 s that rise")
    source = Source(Path(video), fps=fps)
    files = [Path(path) for path in weights]
    opened = Video.open(source.path, n_threads)
    about = {
        "video": opened.fingerprint(),
        "detector": detector if isinstance(detector, str) else detector.name,
        "weights": ", ".join(name_of_weights(path) for path in files if path.is_file()),
        "n_persons": str(n_persons),
        "every": str(every),
        "from": f"{start:g}",
        "to": f"{end:g}",
    }
    kept_in = None if keep is None else Path(keep)
    kept = _kept(kept_in, about)
    if kept is not None and _COMPLETE in kept.about:
        return kept.tracks(source)
    made = make_detector(detector, files, n_persons, n_threads) if isinstance(detector, str) else detector
    found = _Found.of(kept)
    whole = False
    try:
        found.go_on(opened, made, (every, start, end), progress)
        whole = True
    finally:
        if kept_in is not None and found.frames:
            detections = found.detections(opened.image_size, about | ({_COMPLETE: made.name} if whole else {}))
            write(kept_in, detections.save)
    return found.detections(opened.image_size, about).tracks(source)


def _kept(keep: Path | None, about: dict[str, str]) -> VideoDetections | None:
    """What was kept of the same video, detector and options; None where there is none of it."""
    if keep is None or not keep.exists():
        return None
    try:
        kept = VideoDetections.load(keep)
    except InputError:
        return None
    return kept if {**kept.about, _COMPLETE: ""} == {**about, _COMPLETE: ""} else None


class _Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.times: list[float] = []
        self._rows: list[int] = []
        self._keypoints: list[Array] = []

    @staticmethod
    def of(kept: VideoDetections | None) -> _Found:
        found = _Found()
        if kept is not None:
            found.frames, found.times = kept.frames.tolist(), kept.times.tolist()
            found._rows, found._keypoints = kept.rows.tolist(), list(kept.keypoints)
        return found

    def go_on(
        self, video: Video, detector: Detector, span: tuple[int, float, float], progress: Progress | None
    ) -> None:
        """Look at the frames of a span, see `Video.frames`, after the last that was looked at."""
        every, start, end = span
        rate = video.fps or 1.0
        n_all = max(1, round((min(end, video.n_frames / rate) - start) * rate / every))
        for frame in video.frames(every, self.times[-1] if self.times else start, end):
            if self.frames and frame.number <= self.frames[-1]:
                continue
            persons = detector.detect(frame.image, frame.time)
            self.frames.append(frame.number)
            self.times.append(frame.time)
            self._rows += [frame.number] * len(persons)
            self._keypoints += list(persons)
            if progress is not None:
                progress(len(self.frames), max(n_all, len(self.frames)))

    def detections(self, image_size: tuple[int, int], about: dict[str, str]) -> VideoDetections:
        keypoints = np.stack(self._keypoints) if self._keypoints else np.empty((0, 0, 3))
        return VideoDetections(
            np.array(self.frames, np.intp), np.array(self.times), np.array(self._rows, np.intp), keypoints,
            image_size, about,
        )  # fmt: skip

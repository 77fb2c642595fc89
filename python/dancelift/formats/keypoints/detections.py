"""What a detector found in a video, as dancelift keeps it: an npz of all persons in every frame, untracked.

Arrays: frames (N,) numbers of the frames that were looked at, and times (N,) s from the video's start; rows (D,) the
number of each detection's frame; keypoints (D, J, 3) px and score; image_size (2,) px; and about, JSON of what the
detections depend on: the video, the detector and its options.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.files import open_npz
from dancelift.formats.keypoints.tracks import Detection, tracks_of
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_EXPECTED = "kept keypoints of a video, expected an npz that dancelift wrote"


@dataclass(frozen=True, eq=False)
class VideoDetections:
    """The persons that a detector found in a video: N frames, D detections of J joints.

    Attributes:
        frames: (N,) numbers of the frames that were looked at.
        times: (N,) s of each from the video's start.
        rows: (D,) number of each detection's frame.
        keypoints: (D, J, 3), px and score.
        image_size: (width, height), px.
        about: what the detections depend on, as text by name.
    """

    frames: Indices
    times: Array
    rows: Indices
    keypoints: Array
    image_size: tuple[int, int]
    about: Mapping[str, str]

    def save(self, path: Path) -> None:
        """Write everything as one npz, without pickle; `load_keypoints` reads it."""
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                frames=self.frames,
                times=self.times,
                rows=self.rows,
                keypoints=self.keypoints.astype(np.float32),
                image_size=np.array(self.image_size),
                about=np.array(json.dumps(dict(self.about))),
            )

    @staticmethod
    def load(path: Path) -> VideoDetections:
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing, damaged, or something else.
        """
        with open_npz(path, _EXPECTED) as file:
            width, height = file["image_size"].tolist()
            return VideoDetections(
                file["frames"].astype(np.intp),
                file["times"],
                file["rows"].astype(np.intp),
                file["keypoints"].astype(np.float64),
                (width, height),
                json.loads(str(file["about"])),
            )

    def tracks(self, source: Source) -> list[Track]:
        """The persons over time, as `load_keypoints` gives them; a rate that `source` says replaces the times."""
        detections = [Detection(row, found) for row, found in zip(self.rows.tolist(), self.keypoints, strict=True)]
        frames = self.frames.tolist()
        times = None if source.fps else dict(zip(frames, self.times.tolist(), strict=True))
        return tracks_of(
            source, detections, frames, every_frame_listed=True, image_size=self.image_size, times=times
        )  # fmt: skip


def _recognises(source: Source) -> bool:
    return {"frames", "times", "rows", "keypoints", "about"} <= set(source.members)


def _read(source: Source) -> list[Track]:
    return VideoDetections.load(source.path).tracks(source)


FORMAT = Format("detections", _recognises, _read)

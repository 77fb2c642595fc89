"""Ultralytics YOLO-pose: the JSON of its results, and the folder of .txt labels that save_txt writes.

JSON: a list of what `Results.to_json` gives for each frame, or that of one: a list of persons, each a dict whose
"keypoints" are {"x": [...], "y": [...], "visible": [...]}, in pixels or, normalised, as fractions; "track_id" where
it tracks. Labels: NAME_12.txt of frame 12, with a line a person: class, box (4), x y score of each joint as fractions,
and maybe the box's confidence and a track's id (docs.ultralytics.com, Results and Pose Estimation Datasets).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.fractions import are_fractions, to_pixels, with_image_size
from dancelift.formats.keypoints.joints import KNOWN_COUNTS
from dancelift.formats.keypoints.timeline import frame_numbers
from dancelift.formats.keypoints.tracks import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Recorded, Source, abbreviate
from dancelift.keypoints import Track

_BEFORE_JOINTS = 5  # class and box
_AFTER_JOINTS = 2  # confidence and id


def _frames(source: Source) -> list[Any]:
    """The persons of each frame; empty where the content has another shape."""
    content = source.json
    if not isinstance(content, list):
        return []
    return content if all(isinstance(frame, list) for frame in content) else [content]


def _is_person(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("keypoints"), dict) and "x" in found["keypoints"]


def _recognises_json(source: Source) -> bool:
    return any(_is_person(person) for frame in _frames(source) for person in frame[:1])


def _read_json(source: Source) -> list[Track]:
    frames = _frames(source)
    if not frames:
        raise source.error(f"found {abbreviate(source.json)}; expected a list of frames, each a list of persons")
    detections = []
    for number, frame in enumerate(frames):
        for person in frame:
            if not _is_person(person):
                raise source.error(f"frame {number} holds {abbreviate(person)}; expected 'keypoints' of x and y")
            columns = [
                source.numbers(person["keypoints"][key], f"frame {number}: {key}")
                for key in ("x", "y", "visible")
                if person["keypoints"].get(key) is not None
            ]
            if len({column.shape for column in columns}) > 1 or len(columns) < 2 or columns[0].ndim != 1:
                shapes = ", ".join(str(column.shape) for column in columns)
                raise source.error(f"frame {number}: x, y and visible of shapes {shapes}; expected one number a joint")
            detections.append(Detection(number, np.stack(columns, axis=-1), tracker_id(person.get("track_id"))))
    return _tracks(source, detections, list(range(len(frames))), every_frame_listed=True)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.txt")) if path.is_dir() else []


def _rows(source: Source, file: Path) -> Iterator[NDArray[np.float64]]:
    """The numbers of each person in a file."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        rows = [np.array(line.split(), dtype=np.float64) for line in lines if line.strip()]
    except (OSError, ValueError) as reason:
        raise source.error(f"{file.name} cannot be read ({reason}); expected lines of numbers") from reason
    return iter(rows)


def _columns(length: int) -> tuple[int, int] | None:
    """Joints and numbers a joint in a line of so many numbers; None of another line."""
    for n_values in (3, 2):
        for n_joints in KNOWN_COUNTS:
            if 0 <= length - _BEFORE_JOINTS - n_values * n_joints <= _AFTER_JOINTS:
                return n_joints, n_values
    return None


def _recognises_labels(source: Source) -> bool:
    files = _files(source.path)
    try:
        first = next((row for file in files[:1] for row in _rows(source, file)), None)
    except ValueError:
        return False
    return first is not None and _columns(len(first)) is not None


def _read_labels(source: Source) -> list[Track]:
    files = _files(source.path)
    if not files:
        raise source.error("no file *.txt; expected one a frame")
    frame_of = frame_numbers(source, (file.stem for file in files)) if len(files) > 1 else {files[0].stem: 0}
    detections = []
    for file, number in zip(files, frame_of.values(), strict=True):
        for row in _rows(source, file):
            columns = _columns(len(row))
            if columns is None:
                raise source.error(f"{file.name}: a line of {len(row)} numbers; expected class, box and joints")
            n_joints, n_values = columns
            end = _BEFORE_JOINTS + n_joints * n_values
            keypoints = row[_BEFORE_JOINTS:end].reshape(n_joints, n_values)
            detections.append(Detection(number, keypoints, _label_id(row[end:])))
    return _tracks(source, detections, list(frame_of.values()), every_frame_listed=False)


def _label_id(rest: NDArray[np.float64]) -> int | None:
    """The id after the joints; one number alone is a confidence unless it is whole and above 0."""
    return tracker_id(float(rest[-1])) if len(rest) == 2 or (len(rest) == 1 and rest[0] >= 1) else None


def _tracks(source: Source, detections: list[Detection], frames: list[int], *, every_frame_listed: bool) -> list[Track]:
    recorded = Recorded()
    if detections and all(are_fractions(detection.keypoints) for detection in detections):
        recorded = with_image_size(source, recorded)
        detections = [
            Detection(one.frame, to_pixels(one.keypoints, recorded["image_size"]), one.person) for one in detections
        ]
    return tracks_of(source, detections, frames, every_frame_listed=every_frame_listed, **recorded)


JSON = Format("ultralytics", _recognises_json, _read_json)
LABELS = Format("ultralytics_labels", _recognises_labels, _read_labels)

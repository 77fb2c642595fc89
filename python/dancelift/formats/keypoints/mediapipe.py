"""MediaPipe pose landmarks, as fractions 0..1 of the image's width and height (so its size must be known).

JSON: a list of frames, or a dict that has that list as "frames", "pose_landmarks" or "landmarks" (and may
have "fps" and "image_size": [width, height]). A frame is what MediaPipe returned for one picture, as any of:
    [{"x", "y", "z", "visibility"} x 33]    one person; z is not used, no visibility counts as seen
    [[{...} x 33], ...]                     several persons (PoseLandmarker)
    [] or null                              nobody
    {"pose_landmarks": ...}                 any of these under "pose_landmarks", "landmarks" or "landmark", maybe with
                                            the frame's number ("frame") and its time ("timestamp_ms")
NumPy: (T, 33, 3 or more) or (persons, T, 33, 3 or more) of x, y, z, visibility, ...; without a fourth column,
the third is visibility if it lies within 0..1 throughout, else z (which has both signs: it is from the hips).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.arrays import keypoint_array
from dancelift.formats.keypoints.fractions import are_fractions, to_pixels, with_image_size
from dancelift.formats.keypoints.timeline import frame_times, numbers_of
from dancelift.formats.keypoints.tracks import Detection, tracks_of, tracks_of_persons
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_JOINTS = 33
_FRAME_LISTS = ("frames", "pose_landmarks", "poseLandmarks", "landmarks")
_LANDMARKS = ("pose_landmarks", "poseLandmarks", "landmarks", "landmark")


def _under(found: Any, keys: tuple[str, ...]) -> Any:
    """What a dict holds under the first of `keys` that it has; anything else as it is."""
    while isinstance(found, dict) and (key := next((key for key in keys if key in found), None)):
        found = found[key]
    return found


def _is_person(found: Any) -> bool:
    return isinstance(found, list) and bool(found) and isinstance(found[0], dict) and "x" in found[0]


def _frames(source: Source) -> Any:
    """The list of frames, or None where the content has another shape."""
    frames = _under(source.json, _FRAME_LISTS)
    if _is_person(frames):
        frames = [frames]  # a single picture
    return frames if isinstance(frames, list) else None


def _persons(frame: Any) -> list[Any]:
    """The persons in a frame, each to be a list of landmarks."""
    found = _under(frame, _LANDMARKS)
    if not found:
        return []
    if _is_person(found) or not isinstance(found, list):
        return [found]
    return [_under(person, _LANDMARKS) for person in found]


def _recognises(source: Source) -> bool:
    if source.path.is_dir():
        return False
    if source.path.suffix.lower() in (".npy", ".npz"):
        return _is_normalised(keypoint_array(source))
    return any(_is_person(person) for frame in _frames(source) or [] for person in _persons(frame))


def _is_normalised(array: NDArray[Any]) -> bool:
    if array.shape[-2] != _JOINTS or array.shape[-1] < 3 or array.dtype.kind != "f":
        return False
    return are_fractions(array[..., :2])


def _read(source: Source) -> list[Track]:
    return _read_array(source) if source.json is None else _read_json(source)


def _read_array(source: Source) -> list[Track]:
    landmarks = source.numbers(keypoint_array(source), "landmarks")
    if landmarks.shape[-2] != _JOINTS or landmarks.shape[-1] < 3:
        raise source.error(f"landmarks of shape {landmarks.shape}; expected (..., {_JOINTS}, 3 or more)")
    visibility = landmarks[..., 3] if landmarks.shape[-1] > 3 else landmarks[..., 2]
    if landmarks.shape[-1] == 3 and ((visibility < 0) | (visibility > 1)).any():
        visibility = np.asarray(landmarks.any(axis=-1), dtype=np.float64)  # that was z
    recorded = with_image_size(source, source.recorded_members())
    keypoints = np.concatenate([landmarks[..., :2], visibility[..., None]], axis=-1)
    return tracks_of_persons(source, to_pixels(keypoints, recorded["image_size"]), **recorded)


def _read_json(source: Source) -> list[Track]:
    frames = _frames(source)
    if frames is None:
        raise source.error(f"found {abbreviate(source.json)}; expected a list of frames")
    recorded = with_image_size(source, source.recorded(source.json if isinstance(source.json, dict) else {}))
    numbers = numbers_of(source, frames)
    detections = []
    for number, frame in zip(numbers, frames, strict=True):
        for person in _persons(frame):
            if not isinstance(person, list) or not all(isinstance(landmark, dict) for landmark in person):
                raise source.error(f"frame {number} holds {abbreviate(person)}; expected {_JOINTS} landmarks")
            rows = [[landmark.get("x"), landmark.get("y"), landmark.get("visibility", 1.0)] for landmark in person]
            landmarks = source.numbers(rows, f"frame {number}: landmarks").reshape(-1, 3)
            detections.append(Detection(number, to_pixels(landmarks, recorded["image_size"])))
    times = frame_times(dict(zip(numbers, frames, strict=True)))
    return tracks_of(source, detections, numbers, every_frame_listed=True, times=times, **recorded)


FORMAT = Format("mediapipe", _recognises, _read)

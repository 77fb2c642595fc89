"""MoveNet's output over the frames of a video as an array of y, x and score, y and x as fractions of the picture.

One person: (T, 17, 3), (T, 1, 17, 3) or (T, 1, 1, 17, 3). Several: (T, 6, 56) or (T, 1, 6, 56), a row a person of
17 joints, a box (4) and its score (tensorflow.org/hub/tutorials/movenet). Fractions (T, 17, 3) may also be x, y and
score of another program: along which of the two the dancer is taller tells, and what was taken is warned of.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.fractions import are_fractions, to_pixels, with_image_size
from dancelift.formats.keypoints.tracks import Detection, tracks_of, tracks_of_persons
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_JOINTS = 17
_ROW = 3 * _JOINTS + 5  # of a person among several
_SHOULDERS, _ANKLES = slice(5, 7), slice(15, 17)


def _array(source: Source) -> NDArray[Any] | None:
    """The only array of a file; None where there is another number of them."""
    if source.path.is_dir() or source.path.suffix.lower() not in (".npy", ".npz"):
        return None
    members = source.members or ("",) * (source.path.suffix.lower() == ".npy")
    return source.array(members[0]) if len(members) == 1 else None


def _persons(array: NDArray[Any]) -> NDArray[Any] | None:
    """(T, P, 17, 3) of what has a shape that MoveNet's output has; None of anything else."""
    if array.dtype.kind != "f" or array.ndim < 3 or not array.size:
        return None
    if array.shape[-1] == _ROW and array.shape[1:-2] in ((), (1,)):
        rows = array.reshape(len(array), -1, _ROW)
        return rows[..., : 3 * _JOINTS].reshape(*rows.shape[:2], _JOINTS, 3)
    if array.shape[-2:] == (_JOINTS, 3) and set(array.shape[1:-2]) <= {1}:
        return array.reshape(len(array), 1, _JOINTS, 3)
    return None


def _recognises(source: Source) -> bool:
    array = _array(source)
    persons = None if array is None else _persons(array)
    if persons is None:
        return False
    persons = persons.astype(np.float64)
    return are_fractions(persons) and bool(np.nanmax(persons[..., 2]) <= 1.0)


def _read(source: Source) -> list[Track]:
    array = _array(source)
    persons = None if array is None else _persons(array)
    if array is None or persons is None:
        found = "several arrays" if array is None else f"an array of shape {array.shape}"
        raise source.error(f"found {found}; expected (frames, 17, 3) or (frames, persons, 56) of fractions")
    recorded = with_image_size(source, source.recorded_members())
    keypoints = source.numbers(persons, "keypoints")
    if array.ndim > 3 or array.shape[-1] == _ROW or _is_y_first(source, keypoints[:, 0], recorded["image_size"]):
        keypoints = keypoints[..., [1, 0, 2]]
    pixels = to_pixels(keypoints, recorded["image_size"])
    if pixels.shape[1] == 1:
        return tracks_of_persons(source, pixels[:, 0], **recorded)
    detections = [Detection(t, person) for t, frame in enumerate(pixels) for person in frame]
    return tracks_of(source, detections, range(len(pixels)), every_frame_listed=True, **recorded)


def _is_y_first(source: Source, keypoints: NDArray[np.float64], image_size: tuple[int, int]) -> bool:
    """Whether the first of the fractions (T, 17, 3) is y."""
    span = np.abs(keypoints[:, _SHOULDERS, :2].mean(axis=1) - keypoints[:, _ANKLES, :2].mean(axis=1))
    first, second = np.nanmedian(span, axis=0)
    width, height = image_size
    y_first = bool(first * height >= second * width)
    order = "y, x, score, as MoveNet gives them" if y_first else "x, y, score"
    source.warn(f"17 joints as fractions of the picture, taken as {order}")
    return y_first


FORMAT = Format("movenet", _recognises, _read)

"""From what a file holds, frame by frame or as arrays, to one track a person, for every format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array, Indices
from dancelift.body.skeleton import Skeleton, get_skeleton
from dancelift.errors import InputError
from dancelift.formats.keypoints.fragments import Fragment, successors
from dancelift.formats.keypoints.joints import choose_layout
from dancelift.formats.keypoints.main_persons import main_first
from dancelift.formats.keypoints.timeline import Timeline, timeline
from dancelift.formats.keypoints.tracking import associate
from dancelift.formats.source import Source
from dancelift.keypoints import Track, clean

DEFAULT_FPS = 30.0  # where nobody says
_LONGEST_ABSENCE = 30.0  # s: for how long a tracker is believed to have known somebody
_LEAST_SHARE_FOUND = 0.05  # share of frames in which somebody is found, else a long absence is none


@dataclass(frozen=True, eq=False)
class Detection:
    """One person in one frame."""

    frame: int
    keypoints: Array  # (J, 3), as in the file
    person: int | None = None  # a tracker's id


def tracks_of(
    source: Source,
    detections: Sequence[Detection],
    frames: Iterable[int],
    *,
    every_frame_listed: bool,
    names: Sequence[str] | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
    times: Mapping[int, float] | None = None,
) -> list[Track]:
    """Make one track a person, each from the first frame in which they are seen to the last, main persons first.

    Args:
        source: of the detections, with the caller's word on them.
        detections: of all persons in all frames.
        frames: numbers of those that the file speaks of, with or without anybody in them.
        every_frame_listed: whether the file lists all frames, so that missing ones are to be warned of.
        names: of the joints, where the file has them.
        fps: frames of the video per second, where the file says.
        image_size: (width, height), px, where the file says.
        times: s of each frame from the video's start, where the file says.

    Raises:
        InputError: nobody is there, or the detections are not of one skeleton or of one video.
    """
    line = timeline(source, frames, every_frame_listed=every_frame_listed, fps=source.fps or fps, times=times)
    nobody = source.error(f"nobody in any of {len(line.numbers)} frames; expected at least one person")
    if not detections:
        raise nobody
    shape = detections[0].keypoints.shape
    for detection in detections:
        if detection.keypoints.shape != shape:
            raise source.error(
                f"frame {detection.frame}: {len(detection.keypoints)} joints; "
                f"expected {len(detections[0].keypoints)} as in frame {detections[0].frame}"
            )
    layout = choose_layout(shape[0], names, source.skeleton, source.error)
    found = np.stack([detection.keypoints for detection in detections])[:, list(layout.joints)]
    numbers = [detection.frame for detection in detections]
    keypoints = clean(found, error=source.error, warn=source.warn, frames=numbers)
    seen = np.flatnonzero(keypoints[..., 2].any(axis=1))
    if not len(seen):
        raise nobody
    at, keypoints = np.array([line.rows[number] for number in numbers])[seen], keypoints[seen]

    ids = [None if source.ignore_ids else detections[i].person for i in seen.tolist()]
    # AlphaPose without a tracker gives everybody the same id.
    tracked = None not in ids and len(set(zip(at.tolist(), ids, strict=True))) == len(ids)
    rate = line.fps or DEFAULT_FPS
    persons = _persons(at, keypoints, ids if tracked else associate(at, keypoints, rate), rate)
    whole = _joined(persons, get_skeleton(layout.skeleton), rate)
    tracks = main_first(
        _track(source, fragment, line, layout.skeleton, f"person {person}", source.image_size or image_size)
        for person, fragment in whole
    )
    return tracks if tracked else [replace(track, name=f"person {i}") for i, track in enumerate(tracks)]


def track_of(
    source: Source,
    keypoints: NDArray[Any],
    *,
    name: str = "",
    skeleton: str | None = None,
    names: Sequence[str] | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> Track:
    """Make the track of an array (T, J, 2 | 3) of pixels and scores, of all its frames.

    Args:
        source: of the array, with the caller's word on it.
        keypoints: of one person, or of one camera's view of them.
        name: of the person or the view.
        skeleton: that the file says the joints are.
        names: of the joints, where the file has them.
        fps: frames per second, where the file says.
        image_size: (width, height), px, where the file says.

    Raises:
        InputError: the array has another shape, or joints of no known skeleton.
    """

    def error(message: str) -> InputError:
        return source.error(f"{name}: {message}" if name else message)

    def warn(message: str) -> None:
        source.warn(f"{name}: {message}" if name else message)

    if keypoints.ndim != 3 or keypoints.shape[2] not in (2, 3) or not len(keypoints):
        raise error(f"keypoints of shape {keypoints.shape}; expected (frames, joints, 2 or 3)")
    layout = choose_layout(keypoints.shape[1], names, source.skeleton or skeleton, error)
    picked = source.numbers(keypoints, "keypoints")[:, list(layout.joints)]
    return Track(
        keypoints2d=clean(picked, error=error, warn=warn),
        skeleton=layout.skeleton,
        fps=source.fps or fps,
        image_size=source.image_size or image_size,
        name=name,
        source=str(source.path),
        video=name,
    )


def tracks_of_persons(
    source: Source,
    keypoints: NDArray[Any],
    *,
    person_names: Sequence[str] | None = None,
    skeleton: str | None = None,
    names: Sequence[str] | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Make the tracks of an array (T, J, 2 | 3), of one person, or (P, T, J, 2 | 3), of several, main ones first.

    Of several persons, each has the frames from the first in which they are seen to the last.

    Args:
        source: of the array, with the caller's word on it.
        keypoints: px and maybe scores.
        person_names: one each, where the file has them.
        skeleton: that the file says the joints are.
        names: of the joints, where the file has them.
        fps: frames per second, where the file says.
        image_size: (width, height), px, where the file says.

    Raises:
        InputError: the array has another shape, joints of no known skeleton, or nobody in it.
    """
    persons = keypoints[None] if keypoints.ndim == 3 else keypoints
    if persons.ndim != 4 or not persons.shape[0] or not persons.shape[1]:
        raise source.error(f"keypoints of shape {keypoints.shape}; expected ([persons,] frames, joints, 2 or 3)")
    n_persons, n_frames = persons.shape[:2]
    together = track_of(
        source,
        persons.reshape(n_persons * n_frames, *persons.shape[2:]),
        skeleton=skeleton,
        names=names,
        fps=fps,
        image_size=image_size,
    )
    tracks = []
    for i, person in enumerate(together.keypoints2d.reshape(n_persons, n_frames, -1, 3)):
        seen = np.flatnonzero(person[..., 2].any(axis=1))
        name = person_names[i] if person_names else f"person {i}"
        if n_persons == 1:
            tracks.append(replace(together, keypoints2d=person, name=name))
        elif len(seen):
            span = np.arange(seen[0], seen[-1] + 1)
            tracks.append(replace(together, keypoints2d=person[span], name=name, frame_numbers=span))
    if not any(track.keypoints2d[..., 2].any() for track in tracks):
        raise source.error(f"nobody in any of {n_frames} frames; expected at least one person")
    return main_first(tracks)


def tracker_id(value: Any) -> int | None:
    """Return a tracker's id, which some write as 3.0 or [3]; None where there is none, or -1."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return int(value) if isinstance(value, (int, float)) and value >= 0 and value % 1 == 0 else None


def _persons(
    at: Indices, keypoints: Array, ids: Sequence[int | None], fps: float
) -> list[tuple[int, Fragment]]:  # fmt: skip
    """The fragments of each id: several where it was away for too long to be believed."""
    rows: dict[int, list[int]] = {}
    for row, person in enumerate(ids):
        if person is not None:
            rows.setdefault(person, []).append(row)
    fragments = []
    for person, own in rows.items():
        ordered = np.array(sorted(own, key=lambda row: at[row]))
        frames = at[ordered]
        longest = _LONGEST_ABSENCE * fps
        if len(frames) < _LEAST_SHARE_FOUND * (frames[-1] - frames[0]):
            longest = fps
        pieces = np.split(ordered, np.flatnonzero(np.diff(frames) > longest) + 1)
        fragments += [(person, Fragment(at[piece], keypoints[piece])) for piece in pieces]
    return fragments


def _joined(persons: Sequence[tuple[int, Fragment]], skeleton: Skeleton, fps: float) -> list[tuple[int, Fragment]]:
    """The same with the fragments of one person as one, under the id of the first."""
    following = successors([fragment for _, fragment in persons], skeleton, fps)
    whole = []
    for start in set(range(len(persons))) - set(following.values()):
        chain = [start]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        parts = [persons[i][1] for i in chain]
        frames, keypoints = (
            np.concatenate(arrays) for arrays in zip(*((p.frames, p.keypoints) for p in parts), strict=True)
        )
        whole.append((persons[start][0], Fragment(frames, keypoints)))
    return whole


def _track(
    source: Source,
    person: Fragment,
    line: Timeline,
    skeleton: str | Skeleton,
    name: str,
    image_size: tuple[int, int] | None,
) -> Track:
    first, last = int(person.frames[0]), int(person.frames[-1])
    keypoints2d = np.zeros((last - first + 1, *person.keypoints.shape[1:]))
    keypoints2d[person.frames - first] = person.keypoints
    span = slice(first, last + 1)
    return Track(
        keypoints2d=keypoints2d,
        skeleton=skeleton,
        fps=line.fps,
        image_size=image_size,
        name=name,
        source=str(source.path),
        frame_numbers=line.numbers[span],
        times=None if line.times is None else line.times[span],
    )

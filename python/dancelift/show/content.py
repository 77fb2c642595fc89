"""What the page about recognitions shows, as its script reads it: persons on one axis of time, see page/data.js."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body import anatomy
from dancelift.body.skeleton import Skeleton
from dancelift.lifting.result import LiftResult, Take, upward
from dancelift.recognition.result import Recognition
from dancelift.show.html_file import base64_of, packed

_MIDDLE, _LEFT, _RIGHT = range(3)
_FINEST_3D, _FINEST_2D, _FINEST_DEVIATION = 0.001, 1 / 16, 0.001  # m, px and m, to which numbers are rounded
_LARGEST_BYTE = 255
_TRUNK = (("left", "shoulder"), ("right", "shoulder"), ("right", "hip"), ("left", "hip"))  # in turn around it

# By how much cameras may differ that are taken for one: lifts by themselves find the same one only about.
_SAME_INTRINSICS = 0.01  # of the focal length
_SAME_UP = math.radians(2.0)


def page_content(recognitions: Sequence[Recognition]) -> dict[str, Any]:
    """Return what the page shows of persons, as JSON has it.

    The page's frames are those of the fastest lift, from the first moment of any person to the last of all. Persons
    stand in one picture where their images have the same size, and in one room where one camera filmed them.
    """
    lifts = [recognition.lift for recognition in recognitions]
    fps = max(lift.fps for lift in lifts)
    start = min(float(lift.times[0]) for lift in lifts)
    end = max(float(lift.times[-1]) for lift in lifts)
    n_frames = round((end - start) * fps) + 1
    in_one_room = all(_same_camera(lifts[0], lift) for lift in lifts[1:])
    poses = [recognition.lift.motion(recognition.name).poses3d for recognition in recognitions]
    middles = [every.mean(axis=(0, 1)) for every in poses]
    shared_middle = np.mean(middles, axis=0)
    return {
        "fps": fps,
        "nFrames": n_frames,
        "inOnePicture": all(lift.image_size == lifts[0].image_size for lift in lifts),
        "inOneRoom": in_one_room,
        "persons": [
            _person(recognition, every, shared_middle if in_one_room else middle, start, fps, n_frames)
            for recognition, every, middle in zip(recognitions, poses, middles, strict=True)
        ],
    }


def _same_camera(one: LiftResult, other: LiftResult) -> bool:
    """Whether one camera filmed two dancers, as far as their lifts tell."""
    takes = [lift.takes or (Take(0, lift.camera),) for lift in (one, other)]
    if one.image_size != other.image_size or len(takes[0]) != len(takes[1]):
        return False
    for a, b in zip(*takes, strict=True):
        if abs(one.times[a.start] - other.times[b.start]) > 1 / one.fps and a.start + b.start > 0:
            return False
        apart = np.abs(a.camera.matrix - b.camera.matrix).max() / a.camera.focal
        turned = math.acos(min(1.0, float(upward(a.camera) @ upward(b.camera))))
        if a.camera.model != b.camera.model or apart > _SAME_INTRINSICS or turned > _SAME_UP:
            return False
    return True


def _person(
    recognition: Recognition, poses: Array, middle: Array, start: float, fps: float, n_frames: int
) -> dict[str, Any]:
    """Return what is shown of one person.

    Args:
        recognition: of the person.
        poses: (T, J, 3), m, y up.
        middle: (3,), m, which is put over the middle of the floor.
        start: s from the video's start, at which the page begins.
        fps: the page's frames per second.
        n_frames: of the page.
    """
    lift, taxonomy = recognition.lift, recognition.taxonomy
    origin = np.array([middle[0], lift.floor_under(poses), middle[2]])
    joints = list(lift.skeleton.mirrored) if lift.left_right_swapped else slice(None)
    keypoints = recognition.keypoints2d[:, joints]
    seen = (keypoints[..., 2] > 0) & np.isfinite(keypoints).all(axis=2)
    scores = np.where(seen, keypoints[..., 2], 0).clip(0, 1)
    times = lift.times - start
    edges = np.append(times, times[-1] + 1 / lift.fps) * fps  # of the person's frames, in frames of the page
    return {
        "name": recognition.name,
        "frames": base64_of(_nearest_frames(times, lift.fps, fps, n_frames).astype("<i4")),
        "nFrames": len(poses),
        "fps": lift.fps,
        "imageSize": lift.image_size,
        "skeleton": _drawing(lift.skeleton),
        "poses": packed(poses - origin, _FINEST_3D),
        "eye": (-origin).round(4).tolist(),  # the camera is where the lift's frame begins
        "deviations": _packed_bytes(lift.deviations[:, joints]) if lift.deviations.size else None,
        "reprojection": packed(lift.keypoints2d[:, joints], _FINEST_2D),
        "keypoints": packed(np.where(seen[..., None], keypoints[..., :2], np.nan), _FINEST_2D),
        "scores": base64_of(np.round(_LARGEST_BYTE * scores).astype("u1")),
        "parts": [{"name": part.name, "side": _side(part.name)} for part in taxonomy.parts],
        "movements": [
            {"name": movement.name, "part": movement.part, "dancer": movement.dancer, "runs": runs}
            for movement, runs in zip(
                taxonomy.movements, (_runs(active, edges) for active in recognition.active.T), strict=True
            )
            if runs
        ],
        "genre": recognition.genre,
        "genres": [
            {"name": name, "probability": round(probability, 4), "overTime": over_time.round(4).tolist()}
            for (name, probability), over_time in zip(
                recognition.genre_probabilities.items(), recognition.window_probabilities.T, strict=True
            )
        ],
        "noGenre": recognition.no_genre,
        "windows": (recognition.window_times + times[0]).round(3).tolist(),
        "reasons": [
            asdict(reason) | {"start": reason.start + times[0], "end": reason.end + times[0]}
            for reason in recognition.reasons
        ],
    }


def _nearest_frames(times: Array, own_fps: float, fps: float, n_frames: int) -> Indices:
    """Return the person's frame at each frame of the page, or -1 where there is none within half a frame.

    Args:
        times: (T,) s from the page's first frame, rising.
        own_fps: frames per second of the person.
        fps: of the page.
        n_frames: of the page.
    """
    asked = np.arange(n_frames) / fps
    middles = (times[1:] + times[:-1]) / 2
    nearest = np.searchsorted(middles, asked)
    is_there = np.abs(times[nearest] - asked) <= 0.5 / own_fps + 1e-6
    return np.where(is_there, nearest, -1)


def _runs(active: Flags, edges: Array) -> list[list[int]]:
    """Return [first frame, frame after the last] of each time that a movement takes place, in frames of the page.

    Args:
        active: (T,), whether it takes place.
        edges: (T + 1,), where the person's frames begin and end in those of the page.
    """
    ends = np.flatnonzero(np.diff(active, prepend=False, append=False))
    runs: list[list[int]] = edges[ends].round().astype(int).reshape(-1, 2).tolist()
    return runs


def _packed_bytes(deviations: Array) -> dict[str, Any]:
    """Pack standard deviations as a byte each, in multiples of `unit`."""
    unit = max(_FINEST_DEVIATION, float(deviations.max()) / _LARGEST_BYTE)
    return {"unit": unit, "data": base64_of(np.round(deviations / unit).astype("u1"))}


def _drawing(skeleton: Skeleton) -> dict[str, Any]:
    """Return what to draw of a skeleton: its bones with their sides, the trunk's corners, the head, limbs' joints."""
    names = {skeleton.index(landmark): landmark for landmark in anatomy.LANDMARKS}
    head = [joint for joint in map(skeleton.index, anatomy.HEAD_LANDMARKS) if joint is not None]
    ears = [joint for joint in map(skeleton.index, ("left_ear", "right_ear")) if joint is not None]
    trunk = [skeleton.index(f"{side}_{joint}") for side, joint in _TRUNK]
    limbs = [joint for limb in skeleton.limbs for joint in limb[1:]]
    return {
        "nJoints": len(skeleton),
        "sides": [_side(names.get(joint, "")) for joint in range(len(skeleton))],
        "bones": [[a, b, _side(side)] for a, b, side in skeleton.drawn_bones],
        "limbs": [{"joint": joint, "name": names[joint].replace("_", " ")} for joint in limbs],
        "trunk": trunk,
        "head": ears if len(ears) == 2 else head,
        "face": head,
        "nose": skeleton.index("nose"),
        "neck": list(skeleton.neck),
        "hips": trunk[2:],
    }


def _side(name: str) -> int:
    """Return the side of the body, "left", "right" or "", that the name of a landmark or part has."""
    words = name.replace("_", " ").split()
    return _LEFT if "left" in words else _RIGHT if "right" in words else _MIDDLE

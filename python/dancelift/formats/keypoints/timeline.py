"""When the frames of a file were in the video: their numbers, their times, and the steps between them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.formats.source import Source, abbreviate

MAX_SPARSITY = 100  # frames of the video per frame found, above which the numbers are no frame numbers
_LONGEST_STEP = 30  # frames of the video from one found to the next, where it is the same throughout
_LARGEST_NUMBER = 2**53  # that every kind of number holds exactly

# Steps between image ids that count milliseconds, from 60 to 5 frames a second; few detect every 16th frame.
_SHORTEST_MS, _LONGEST_MS = 16, 200
_FASTEST_MS = 8  # of 120 frames a second, whose steps are known by not being all alike
_USUAL_FPS = (10, 12, 12.5, 15, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60, 90, 100, 120, 240)
_SAME_FPS = 0.005  # relative difference
_EPOCH = 1e6  # s: times that start later are not from the video's start
_NUMBER_KEYS = ("frame_id", "frame", "frame_number", "frame_index", "frame_idx", "frameNumber")
_TIME_KEYS = {"timestamp_ms": 1e-3, "timestamp_us": 1e-6, "time_ms": 1e-3, "timestamp": None, "time": 1.0, "t": 1.0}


@dataclass(frozen=True, eq=False)
class Timeline:
    """Every frame from the first to the last of a file, at equal steps in the video.

    Attributes:
        numbers: (N,) of the frames in the video.
        times: (N,) s from the video's start, where they are known.
        fps: of these frames per second, where it is known.
        rows: row of each of the file's frame numbers.
    """

    numbers: Indices
    times: Array | None
    fps: float | None
    rows: Mapping[int, int]


def timeline(
    source: Source,
    frames: Iterable[int],
    *,
    every_frame_listed: bool,
    fps: float | None = None,
    times: Mapping[int, float] | None = None,
) -> Timeline:
    """Put the frames of a file on a timeline.

    Numbers at equal steps above 1 are of a detector that ran on every so many frames, and numbers that count
    milliseconds become times; both are warned of.

    Args:
        source: of the frames.
        frames: numbers of those that the file speaks of, with or without anybody in them.
        every_frame_listed: whether the file lists all frames, so that missing ones are to be warned of.
        fps: frames of the video per second, where that is known.
        times: s of each frame, where the file has them.

    Raises:
        InputError: there are no frames, or they are not those of one video.
    """
    found = sorted(set(frames))
    if not found:
        raise source.error("no frames; expected at least one")
    if found[0] < -_LARGEST_NUMBER or found[-1] > _LARGEST_NUMBER:
        raise source.error(f"frames numbered {found[0]} to {found[-1]}; expected numbers of a video's frames")
    numbers = np.array(found, dtype=np.int64)
    known = None if times is None else _rising_times(source, found, times)
    on_grid = numbers
    counted = _frames_of_milliseconds(numbers, fps) if known is None else None
    if counted is not None:
        on_grid, known = counted, numbers / 1000
        source.warn(f"images numbered {abbreviate(found[:4])} count milliseconds; taken as times")
    step = _step(on_grid)
    if step > _LONGEST_STEP:
        raise source.error(f"images numbered {abbreviate(found[:4])}, each {step} apart; expected frames of one video")
    if step > 1:
        source.warn(f"every {_ordinal(step)} frame of the video is there; frames and their rate are of those")
    first, last = int(on_grid[0]), int(on_grid[-1])
    if last - first >= MAX_SPARSITY * step * len(found):
        raise source.error(f"{len(found)} images numbered {found[0]} to {found[-1]}; expected frames of one video")
    grid = np.arange(first, last + 1, step)
    missing = np.setdiff1d(grid, on_grid)
    if every_frame_listed and len(missing):
        source.warn(f"no frame {_ranges(missing.tolist())} between frames {first} and {last}; taken as unseen")
    if fps is not None:
        fps /= step
    elif known is not None and len(known) > 1:
        fps = _rate_of_times(known)
    return Timeline(
        numbers=grid.astype(np.intp),
        times=None if known is None else np.interp(grid, on_grid, known),
        fps=fps,
        rows=dict(zip(found, ((on_grid - first) // step).tolist(), strict=True)),
    )


def frame_numbers(source: Source, names: Iterable[Any]) -> dict[Any, int]:
    """Return the frame number of each image id: the id if it is a whole number, else the last digits in its name.

    Raises:
        InputError: an id has no number, or the images are not those of one video.
    """
    numbers: dict[Any, int] = {}
    prefixes: dict[str, str] = {}
    for name in names:
        if isinstance(name, int) or (isinstance(name, float) and name.is_integer()):
            numbers[name] = int(name)
            continue
        digits = isinstance(name, str) and re.search(r"(\d{1,18})\D*$", re.sub(r"\.[A-Za-z]\w*$", "", name))
        if not digits:
            raise source.error(f"image {abbreviate(name)}; expected a name with a frame number")
        numbers[name] = int(digits[1])
        prefixes.setdefault(name[: digits.start(1)], name)
    if len(prefixes) > 1:
        first, second, *_ = prefixes.values()
        raise source.error(f"images {first!r} and {second!r} are of two videos; expected one")
    if len(set(numbers.values())) < len(numbers):
        seen: dict[int, Any] = {}
        for name, number in numbers.items():
            if number in seen:
                raise source.error(f"images {seen[number]!r} and {name!r} both are frame {number}; expected one")
            seen[number] = name
    return numbers


def numbers_of(source: Source, records: Sequence[Any]) -> list[int]:
    """Return the number that each frame's record has under a key such as frame_id, or else its place in the list.

    Raises:
        InputError: two frames have one number.
    """
    for key in _NUMBER_KEYS:
        found = [record.get(key) if isinstance(record, dict) else None for record in records]
        numbers = [number for number in found if isinstance(number, int)]
        if not numbers or len(numbers) < len(found):
            continue
        if len(set(numbers)) < len(numbers):
            twice = next(number for i, number in enumerate(numbers) if number in numbers[:i])
            raise source.error(f"two frames have {key} = {abbreviate(twice)}; expected one each")
        return numbers
    return list(range(len(records)))


def frame_times(records: Mapping[int, Any]) -> dict[int, float] | None:
    """Return the times, s, that frames say under a key such as timestamp_ms, by number; None where one does not."""
    for key, unit in _TIME_KEYS.items():
        values = [record.get(key) if isinstance(record, dict) else None for record in records.values()]
        if values and all(isinstance(v, (int, float)) and abs(v) < _LARGEST_NUMBER for v in values):
            times = np.array(values, dtype=np.float64)
            return dict(zip(records, (times * (unit or _unit(times))).tolist(), strict=True))
    return None


def _unit(times: Array) -> float:
    """s that times without a unit count in, by the step from one frame to the next."""
    step = float(np.median(np.abs(np.diff(times)))) if len(times) > 1 else 0.0
    return next((unit for least, unit in ((1e6, 1e-9), (4e3, 1e-6), (4, 1e-3)) if step >= least), 1.0)


def _rising_times(source: Source, frames: Sequence[int], times: Mapping[int, float]) -> Array | None:
    known = np.array([times.get(frame, math.nan) for frame in frames], dtype=np.float64)
    if not np.isfinite(known).all() or (np.diff(known) <= 0).any():
        source.warn("the times of the frames do not rise from each to the next; left out")
        return None
    return known - known[0] if known[0] > _EPOCH else known


def _rate_of_times(times: Array) -> float:
    """Frames per second at two times or more, one of the usual rates where it is about that."""
    steps = np.diff(times)
    next_frame = steps[steps < 1.5 * np.median(steps)]
    rate = float(1 / next_frame.mean())
    usual = min(_USUAL_FPS, key=lambda fps: abs(fps - rate))
    return usual if abs(usual / rate - 1) < _SAME_FPS else rate


def _frames_of_milliseconds(numbers: Indices, fps: float | None) -> Indices | None:
    """Frame numbers of image ids that count milliseconds; None of ids that do not.

    They do if most rise by about the same, as many as `fps` or a usual frame rate asks for, and no two are one frame.
    """
    steps = np.diff(numbers)
    if len(steps) < 3:
        return None
    usual, common = float(np.median(steps)), int(np.gcd.reduce(steps))
    if not _FASTEST_MS <= usual <= _LONGEST_MS or np.mean(np.abs(steps - usual) <= 1) < 0.5:
        return None
    if common > 1:
        rounded = any(common in (math.floor(1000 / rate), math.ceil(1000 / rate)) for rate in _USUAL_FPS)
        if usual < _SHORTEST_MS or not rounded:
            return None
    if fps is not None and abs(usual - 1000 / fps) > 1:
        return None
    frames = np.rint(numbers * (fps or _rate_of_times(numbers / 1000)) / 1000).astype(np.int64)
    return frames if (np.diff(frames) > 0).all() else None


def _step(numbers: Indices) -> int:
    """What all numbers are apart by a multiple of, where most are that far from the next; else 1."""
    steps = np.diff(numbers)
    if len(steps) < 2:
        return 1
    common = int(np.gcd.reduce(steps))
    return common if np.median(steps) == common else 1


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers for a message, such as "3, 7-9"."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    text = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return ", ".join(text[:10]) + (f" and {len(text) - 10} more gaps" if len(text) > 10 else "")

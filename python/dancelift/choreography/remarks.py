"""What differs between two performances, when, and by how much, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dancelift.arraytypes import Array
from dancelift.choreography.differences import PARTS, BodyPart, Differences
from dancelift.choreography.tempo import Tempo
from dancelift.filters import gaussian_smooth, runs

_LEAST_ANGLE, _LEAST_OF_HEAD = 10.0, 15.0  # deg, from which it is said
_LEAST_MEASURED = (4.0, 25.0, 30.0)  # cm of the hips, deg of facing, cm of place
_LEAST_LIFTED = (6.0, 40.0, 60.0)  # the same, where the way towards the camera and away from it is only estimated
_LEAST_LAG = 0.15  # s
_DOUBTS = 3.0  # standard deviations of an angle, from which it is said
_LEAST_TIME = 0.4  # s
_SMOOTHING = 0.12  # s, standard deviation of the filter of what is judged
_RELEASE = 0.6  # of the threshold, at which a moment ends
_EDGE = 0.5  # of the middle value in a moment, where it begins and ends
_GAP = 0.3  # s, that do not end a moment
_NAMED_SHARE = 0.5  # of the angle that a direction must explain, to be named
_SECOND_SHARE = 0.6  # of the first direction, that a second one must have to be named too

Words: TypeAlias = Callable[[float, slice], str]
"""Says what an amount means, its middle value at some moments: a sentence without its time."""


@dataclass(frozen=True)
class Remark:
    """A difference that a teacher would speak of.

    Attributes:
        part: of the body, or "hips", "facing", "place" or "timing".
        start, end: s from the start of A's video.
        amount: middle value in that time, in `unit`; of an angle of a part its size.
        unit: "deg", "cm" or "s".
        text: a sentence about B.
    """

    part: str
    start: float
    end: float
    amount: float
    unit: str
    text: str


@dataclass(frozen=True, eq=False)
class Judged:
    """A difference over N moments, and how large it must be to be said.

    Attributes:
        part: of the body, or "hips", "facing", "place" or "timing".
        values: (N,), in `unit`; NaN where it is not known.
        least: (N,), from which on it is said, in `unit`.
        unit: "deg", "cm" or "s".
        is_signed: whether it can be below 0.
    """

    part: str
    values: Array
    least: Array
    unit: str
    is_signed: bool


def judge(differences: Differences, lag: Array) -> tuple[Judged, ...]:
    """Return all differences with what is large; what lifting cannot tell from its own errors is not.

    Args:
        differences: at N moments.
        lag: (N,), s, by which B is late there, apart from its start and its pace.
    """
    is_lifted = any(doubt.any() for doubt in differences.doubt.values())
    found = [
        Judged(
            part.name,
            differences.angles[part.name],
            np.maximum(_LEAST_OF_HEAD if part.name == "head" else _LEAST_ANGLE, _DOUBTS * differences.doubt[part.name]),
            "deg",
            is_signed=False,
        )
        for part in PARTS
    ]
    least_hips, least_facing, least_ground = _LEAST_LIFTED if is_lifted else _LEAST_MEASURED
    for name, values, least, unit, is_signed in (
        ("hips", differences.hip_height, least_hips, "cm", True),
        ("facing", differences.facing, least_facing, "deg", True),
        ("place", differences.ground, least_ground, "cm", False),
        ("timing", lag, _LEAST_LAG, "s", True),
    ):
        found.append(Judged(name, values, np.full(len(values), least), unit, is_signed))
    return tuple(found)


def find_remarks(
    differences: Differences, lag: Array, fps: float, begin: float, tempo: Tempo | None
) -> tuple[Remark, ...]:
    """Return what differs, the most and the longest first.

    Args:
        differences: at N moments.
        lag: (N,), s, by which B is late there, apart from its start and its pace.
        fps: frames per second of the moments.
        begin: time of the first of them in A's video, s.
        tempo: of A; None: not known.
    """
    words = {part.name: _part_words(part, differences) for part in PARTS} | {
        "hips": _either("the hips are {:.0f} cm {}", "higher", "lower"),
        "facing": _either("faces {:.0f} degrees further {}", "left", "right"),
        "place": lambda amount, _: f"stands {amount:.0f} cm elsewhere",
        "timing": _timing_words(tempo),
    }
    weighted: list[tuple[float, Remark]] = []
    for judged in judge(differences, lag):
        sizes = np.abs(np.nan_to_num(judged.values))
        for first, after in _moments(sizes, judged.least, fps):
            moments = slice(first, after)
            sign = -1 if np.nansum(judged.values[moments]) < 0 else 1
            amount = sign * float(np.median(sizes[moments]))
            start, end = begin + first / fps, begin + after / fps
            text = f"{words[judged.part](amount, moments)} from {start:.1f} to {end:.1f} s"
            weight = abs(amount) / judged.least[moments].mean() * np.sqrt(end - start)
            times = round(start, 3), round(end, 3)
            weighted.append((weight, Remark(judged.part, *times, round(amount, 2), judged.unit, text)))
    return tuple(remark for _, remark in sorted(weighted, key=lambda item: -item[0]))


def _part_words(part: BodyPart, differences: Differences) -> Words:
    def words(amount: float, moments: slice) -> str:
        signed = [
            (float(np.nanmedian(differences.signed[part.name, measure.quantity][moments])), measure)
            for measure in part.measures
        ]
        signed.sort(key=lambda item: -abs(item[0]))
        said = [(value, measure.more if value > 0 else measure.less) for value, measure in signed]
        first, second = said[0], said[1] if len(said) > 1 else (0.0, "")
        start = f"the {part.name} {part.does}"
        if abs(first[0]) < _NAMED_SHARE * amount:
            return f"{start} {amount:.0f} degrees off"
        if abs(second[0]) < _SECOND_SHARE * abs(first[0]):
            return f"{start} {amount:.0f} degrees {first[1]}"
        return f"{start} {amount:.0f} degrees {first[1]} and {second[1]}"

    return words


def _either(sentence: str, more: str, less: str) -> Words:
    return lambda amount, _: sentence.format(abs(amount), more if amount > 0 else less)


def _timing_words(tempo: Tempo | None) -> Words:
    def words(amount: float, _: slice) -> str:
        beats = "" if tempo is None else f" ({abs(amount) / tempo.period:.1f} beats)"
        return f"is {'late' if amount > 0 else 'early'} by {abs(amount):.2f} s{beats}"

    return words


def _moments(values: Array, threshold: Array, fps: float) -> list[tuple[int, int]]:
    """First frame, and the one after the last, of each time in which values (N,) are large for long enough."""
    smooth = gaussian_smooth(values, _SMOOTHING * fps)
    level = smooth / threshold
    found: list[tuple[int, int]] = []
    for first, after in runs(level > _RELEASE):
        large = level[first:after] > 1
        if not large.any():
            continue
        edge = _EDGE * np.median(smooth[first:after][large])
        inside = first + np.flatnonzero(smooth[first:after] >= edge)
        first, after = int(inside[0]), int(inside[-1]) + 1
        if found and first - found[-1][1] < _GAP * fps:
            first = found.pop()[0]
        found.append((first, after))
    return [(first, after) for first, after in found if after - first >= _LEAST_TIME * fps]

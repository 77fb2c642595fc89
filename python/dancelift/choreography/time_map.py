"""Which moment of one performance is which of another: alignment in time by their movement.

What the two have in common is found by local alignment of poses and travel in the dancers' own frames, and refined by
dynamic time warping (dtaidistance) and by the shift in time that least squares finds at every moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from dancelift.arraytypes import Array, Floats
from dancelift.choreography.local_alignment import Path, best_path, distances
from dancelift.choreography.performance import JOINTS, Performance
from dancelift.errors import InputError, require
from dancelift.filters import gaussian_smooth

ALIKE = 0.11
"""Root mean square distance, m, of joints in the dancers' own frames below which two poses are alike. Two views of one
movement, lifted each by itself, are 0.04 to 0.09 m apart; different movements of one dance 0.15 m and more."""

MIN_SECONDS = 2.0
"""Of a movement in common, fewer of which may be chance."""

RATE = 12.5
"""Frames per second at which poses are compared all with all."""

_MIN_SCORE = 0.3  # of similarity in the mean over `MIN_SECONDS`; 1 is that of equal poses
_MIN_SCORE_OF_CHANGES = 0.6  # the same of poses without the middle one
_LARGEST = 0.35  # m, that one joint may count
_LEAST_ALIKE = -2.0  # similarity of poses that are as different as can be
_AHEAD = 0.2  # s, after which it counts where the body will be by its travel and turning
_TURN_ARM = 0.3  # m from the middle of the body, where turning is counted
_POINTS = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
_SMOOTHING = 0.08  # s, standard deviation of the filter before poses are compared
_FINE_RATE = 30.0  # frames per second of the warping, at most
_WINDOW = 0.4  # s, by which the warping may move a moment
_PENALTY = 0.05  # m, of a step of the warping in one performance alone
_MAP_SMOOTHING = 0.25  # s, standard deviation of the filter of the map
_N_REFINEMENTS = 3
_HELD = 0.4  # s, standard deviation of the filter by which a joint is held elsewhere
_ELSEWHERE = 0.03  # m, from which on such a joint counts for less
_STILL = 0.15  # m/s, root mean square speed of the joints below which movement hardly tells the time


@dataclass(frozen=True, eq=False)
class TimeMap:
    """Which moment of performance B is which of A, over the N frames of A that they have in common.

    Attributes:
        a: (N,) s from the first frame of A, evenly spaced.
        b: (N,) s from the first frame of B, growing.
        distance: root mean square distance of the joints in the dancers' own frames, m, in the mean.
    """

    a: Array
    b: Array
    distance: float


def points(performance: Performance) -> Array:
    """Return what moments are compared by, (T, P, 3), m: joints in the dancer's own frame, and where the body goes."""
    goes = _AHEAD * performance.travel
    turns = np.zeros_like(goes)
    turns[:, 0] = _AHEAD * _TURN_ARM * performance.turn_rate
    joints = performance.own_poses[:, [JOINTS.index(name) for name in _POINTS]]
    return gaussian_smooth(
        np.concatenate([joints, goes[:, None], turns[:, None]], axis=1), _SMOOTHING * performance.fps
    )


def at_times(values: Array, fps: float, times: Array) -> Array:
    """Return values (T, ...) at times (N,), s from the first frame."""
    flat = values.reshape(len(values), -1)
    frames = np.arange(len(values)) / fps
    return np.stack([np.interp(times, frames, column) for column in flat.T], axis=1).reshape(-1, *values.shape[1:])


def align(a: Performance, b: Performance) -> TimeMap:
    """Find what two performances have in common, and which moment is which.

    Raises:
        InputError: they have no movement in common.
        MissingExtraError: dtaidistance is not installed.
    """
    require("choreography", "aligning two performances", "dtaidistance")
    points_a, points_b = points(a), points(b)
    both = np.isfinite(points_a).all(axis=(0, 2)) & np.isfinite(points_b).all(axis=(0, 2))
    points_a, points_b = points_a[:, both], points_b[:, both]
    coarse_a, coarse_b = np.arange(0, a.seconds, 1 / RATE), np.arange(0, b.seconds, 1 / RATE)
    times_a, times_b = _common(at_times(points_a, a.fps, coarse_a), at_times(points_b, b.fps, coarse_b), a.name, b.name)
    first, last = np.ceil(times_a[0] * a.fps), np.floor(min(times_a[-1], (len(a.poses3d) - 1) / a.fps) * a.fps)
    times = np.arange(first, last + 1) / a.fps
    end = (len(b.poses3d) - 1) / b.fps
    mapped = np.clip(_smooth(np.interp(times, times_a, times_b), a.fps), 0, end)
    mapped = _warp(points_a, points_b, a, b, times, mapped)
    for _ in range(_N_REFINEMENTS):
        mapped = np.clip(_refine(points_a, points_b, a, b, times, mapped), 0, end)
    return TimeMap(times, mapped, _apart(points_a, points_b, a, b, times, mapped))


def same_time(a: Performance, b: Performance) -> TimeMap:
    """Return the map of two dancers of one recording: what happens at one time is compared.

    Raises:
        InputError: they are never there at the same time for long enough.
    """
    offset = a.start - b.start
    begin = max(0.0, -offset)
    end = min((len(a.poses3d) - 1) / a.fps, (len(b.poses3d) - 1) / b.fps - offset)
    if end - begin < MIN_SECONDS:
        raise InputError(
            f"{a.name} and {b.name}: at the same time for {max(end - begin, 0):.1f} s, expected {MIN_SECONDS:g} s"
        )
    times = np.arange(np.ceil(begin * a.fps - 1e-6), np.floor(end * a.fps + 1e-6) + 1) / a.fps
    return TimeMap(times, times + offset, _apart(points(a), points(b), a, b, times, times + offset))


def _apart(points_a: Array, points_b: Array, a: Performance, b: Performance, times: Array, mapped: Array) -> float:
    apart = at_times(points_a, a.fps, times) - at_times(points_b, b.fps, mapped)
    return float(np.sqrt(np.nanmean((apart**2).sum(axis=2), axis=1)).mean())


def _common(points_a: Array, points_b: Array, name_a: str, name_b: str) -> tuple[Array, Array]:
    """Times in A and B, s, of the movement that they have in common.

    Where the poses are nowhere alike, they are compared without the middle one of each performance: somebody who holds
    the arms otherwise all along may still dance the same. That must hold the better.
    """
    as_they_are = best_path(_similarity(points_a, points_b))
    if _is_enough(as_they_are, _MIN_SCORE):
        return as_they_are.rows / RATE, as_they_are.columns / RATE
    of_changes = best_path(_similarity(*(each - np.median(each, axis=0) for each in (points_a, points_b))))
    if _is_enough(of_changes, _MIN_SCORE_OF_CHANGES):
        return of_changes.rows / RATE, of_changes.columns / RATE
    seconds = 0.0 if as_they_are is None else _seconds(as_they_are)
    raise InputError(
        f"{name_a} and {name_b} have no movement in common; expected two performances of one phrase, with at least "
        f"{MIN_SECONDS:g} s of it in both (the best likeness lasts {seconds:.1f} s and is not close enough)"
    )


def _similarity(points_a: Array, points_b: Array) -> Floats:
    similarity: Floats = np.maximum(1 - distances(points_a, points_b, _LARGEST) / ALIKE, _LEAST_ALIKE)
    return similarity


def _is_enough(path: Path | None, least: float) -> TypeGuard[Path]:
    return path is not None and _seconds(path) >= MIN_SECONDS and path.score >= least * MIN_SECONDS * RATE


def _seconds(path: Path) -> float:
    return float(min(np.ptp(path.rows), np.ptp(path.columns)) / RATE)


def _warp(points_a: Array, points_b: Array, a: Performance, b: Performance, times: Array, mapped: Array) -> Array:
    """Warp a map that is nearly right to where the movements are nearest, by dynamic time warping."""
    from dtaidistance import dtw, dtw_ndim

    stride = max(1, round(a.fps / _FINE_RATE))
    some, step = slice(None, None, stride), stride / a.fps
    one, other = at_times(points_a, a.fps, times[some]), at_times(points_b, b.fps, mapped[some])
    trust = np.sqrt(_trust(one, other, a.fps / stride))
    one, other = trust * one, trust * other
    window = max(2, round(_WINDOW / step))
    _, paths = dtw_ndim.warping_paths(
        one.reshape(len(one), -1), other.reshape(len(other), -1),
        window=window, psi=window // 2, penalty=_PENALTY * np.sqrt(one.shape[1]), use_c=True,
    )  # fmt: skip
    rows, columns = np.array(dtw.best_path(paths)).T
    n = len(one)
    total = np.bincount(rows, weights=columns, minlength=n)
    count = np.bincount(rows, minlength=n)
    there = np.flatnonzero(count)
    shift = np.interp(np.arange(n), there, total[there] / count[there] - there)  # in steps
    moved = np.interp(times + np.interp(times, times[some], shift) * step, times, mapped)
    return _smooth(moved, a.fps)


def _refine(points_a: Array, points_b: Array, a: Performance, b: Performance, times: Array, mapped: Array) -> Array:
    """Shift the map by what makes the movements nearest at every moment, to less than a frame.

    To first order the poses differ by shift times velocity: least squares in a window around each moment (Lucas &
    Kanade 1981, An iterative image registration technique, in one dimension).
    """
    one, other = at_times(points_a, a.fps, times), at_times(points_b, b.fps, mapped)
    velocity = np.gradient(other, axis=0)
    trust = _trust(one, other, a.fps)
    agreement = (trust * (one - other) * velocity).sum(axis=(1, 2))
    power = (trust * velocity**2).sum(axis=(1, 2))
    still = other.shape[1] * (_STILL / a.fps) ** 2
    width = _MAP_SMOOTHING * a.fps
    shift = gaussian_smooth(agreement, width) / (gaussian_smooth(power, width) + still)
    limited = np.clip(shift, -2, 2)
    frames = np.arange(len(times))
    moved = np.interp(frames + limited, frames, mapped)
    slope = np.gradient(mapped)
    beyond = frames + limited - np.clip(frames + limited, 0, len(frames) - 1)
    return _monotone(moved + beyond * np.where(beyond < 0, slope[0], slope[-1]))


def _trust(one: Array, other: Array, fps: float) -> Array:
    """How much each point (N, P, 1) counts for the time, 1 in the mean: little where it is elsewhere for longer, for
    then it is held otherwise and not late (weights of the Cauchy distribution)."""
    apart = gaussian_smooth(one - other, _HELD * fps)
    trust = 1 / (1 + (apart**2).sum(axis=2, keepdims=True) / _ELSEWHERE**2)
    relative: Array = trust / trust.mean(axis=1, keepdims=True)
    return relative


def _smooth(mapped: Array, fps: float) -> Array:
    """Filter a map about its straight line, so that its ends are not bent."""
    frames = np.arange(len(mapped))
    line = np.polyval(np.polyfit(frames, mapped, 1), frames)
    return _monotone(line + gaussian_smooth(mapped - line, _MAP_SMOOTHING * fps))


def _monotone(mapped: Array) -> Array:
    growing: Array = np.maximum.accumulate(mapped)
    return growing

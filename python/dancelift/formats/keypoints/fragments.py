"""Fragments of tracks that are of one person: who goes away and comes back is joined again.

Whether two fragments are of one person is a ratio of likelihoods, from where one leaves and comes back, how large one
is in the picture then, and how one is built. The fragments of a video are joined so that the product is greatest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.body.skeleton import Skeleton
from dancelift.formats.keypoints.main_persons import body_size
from dancelift.formats.keypoints.tracking import assign

LONGEST_ABSENCE = 10.0
"""For how long somebody may be away and still be recognised as the same, s."""

# Standard deviations of how far a dancer gets in 1 s, across and along the picture's height, in body heights, and of
# the logarithm of the height in the picture; and the power of time by which they grow. Measured on the clips of `fit`.
_WAY, _WAY_GROWTH = np.array([0.39, 0.09, 0.12]), np.array([0.55, 0.25, 0.38])
_ANYBODY = np.array([1.5, 0.3, 0.3])  # the same of somebody else
_EDGE = 0.3  # s at an end of a fragment that tell the place
_DEGREES = 4.0  # of freedom of Student's distribution, which makes allowance for outliers

_FULL_LENGTH = 0.75  # quantile of a bone's length in the picture that is near its full length
_STRETCH = 1.0  # s, in which it is measured
_FEWEST_FRAMES = 10  # of a stretch, in which a bone can be measured
_STRETCH_DEVIATION = 0.15  # of a bone's logarithm in one stretch, where there are too few of them to tell
_LEAST_DEVIATION = 0.06
_BUILDS = 0.06  # standard deviation of the logarithm of a bone's length between persons

_RETURNS = 4.0  # logarithm of the odds that a dancer who appears has been there before, or a passer-by has not
_PASSER_BY = 0.5  # size times score in the picture, relative to the largest, below which one may be a passer-by
_MARGIN = 0.1  # logarithm of the odds against the next best way to join, below which two are left apart
_SMALL = 0.2  # presence, relative to a fragment's, of what does not make it ambiguous
_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Fragment:
    """A person tracked without a long break, in N frames.

    Attributes:
        frames: (N,) rows in the timeline, rising.
        keypoints: (N, J, 3), px and score.
    """

    frames: Indices
    keypoints: Array

    @cached_property
    def presence(self) -> float:
        return float((self.keypoints[..., 2].mean(axis=1) * body_size(self.keypoints)).sum())


@dataclass(frozen=True, eq=False)
class _Person:
    """What tells one person from another: first and last frame, place at either end (3,), and build (B,)."""

    first: int
    last: int
    presence: float
    start: Array
    end: Array
    build: Array
    build_variance: Array

    @staticmethod
    def of(fragment: Fragment, skeleton: Skeleton, fps: float) -> _Person:
        heights = _heights(fragment.keypoints, skeleton)
        usual = _median(heights, 0.7 * float(np.median(body_size(fragment.keypoints))))
        n = max(1, round(_EDGE * fps))
        build, variance = _build(fragment, heights, skeleton, fps)
        first, last = int(fragment.frames[0]), int(fragment.frames[-1])
        start, end = (_place(fragment.keypoints[part], heights[part], usual) for part in (slice(n), slice(-n, None)))
        return _Person(first, last, fragment.presence, start, end, build, variance)


def successors(fragments: Sequence[Fragment], skeleton: Skeleton, fps: float) -> dict[int, int]:
    """Find which fragment goes on which.

    Two with nobody else of note from the start of the first to the end of the second are one person, wherever they
    come back. The others are joined in the likeliest way; two are left apart where that is not clearly likelier than
    the next best way.

    Args:
        fragments: of one video, in any order.
        skeleton: of their joints.
        fps: frames of the timeline per second.

    Returns:
        The index of the later fragment by that of the earlier one.
    """
    persons = [_Person.of(fragment, skeleton, fps) for fragment in fragments]
    prominence = np.array([fragment.presence / len(fragment.frames) for fragment in fragments])
    returns = _RETURNS * (2 * np.minimum(1, prominence / (_PASSER_BY * prominence.max(initial=1e-9))) - 1)
    odds: dict[tuple[int, int], float] = {}
    order = sorted(range(len(persons)), key=lambda i: (persons[i].first, i))
    for position, i in enumerate(order):
        for j in order[position + 1 :]:
            gap = (persons[j].first - persons[i].last) / fps
            if gap > LONGEST_ABSENCE:
                break
            if gap > 0:
                odds[i, j] = float(min(returns[i], returns[j])) + _log_odds(persons[i], persons[j], gap)
    joined: dict[int, int] = {}
    taken: set[int] = set()
    spans = np.array([(person.first, person.last) for person in persons])
    presences = np.array([person.presence for person in persons])
    for i, j in odds:
        if i not in joined and j not in taken and _alone(spans, presences, i, j):
            joined[i] = j
            taken.add(j)
    likely = {(i, j): x for (i, j), x in odds.items() if x > 0 and i not in joined and j not in taken}
    for group in _connected(likely):
        for link in _likeliest(group)[0]:
            least = _SMALL * min(presences[i] for i in link)
            rivals = {other: x for other, x in group.items() if min(presences[i] for i in other) >= least}
            others = {other: x for other, x in rivals.items() if other != link}
            if _likeliest(rivals)[1] - _likeliest(others)[1] >= _MARGIN:
                joined[link[0]] = link[1]
    return joined


def _log_odds(first: _Person, second: _Person, gap: float) -> float:
    """Logarithm of how much likelier two fragments, `gap` s apart, are of one person than of two."""
    height = np.exp(0.5 * (first.end[2] + second.start[2]))
    way = (second.start - first.end) / np.array([height, height, 1.0])
    same = _WAY * max(gap, 0.1) ** _WAY_GROWTH
    odds = float(_log_density(way, same).sum() - _log_density(way, np.hypot(same, _ANYBODY)).sum())
    difference = first.build - second.build
    known = np.isfinite(difference)
    deviation = np.sqrt(first.build_variance + second.build_variance)[known]
    others = np.sqrt(deviation**2 + 2 * _BUILDS**2)
    by_build = _log_density(difference[known], deviation) - _log_density(difference[known], others)
    return odds + float(by_build.sum())


def _log_density(x: Array, deviation: Array) -> Array:
    """Logarithm of Student's density, but for a constant."""
    density: Array = -0.5 * (_DEGREES + 1) * np.log1p((x / deviation) ** 2 / _DEGREES) - np.log(deviation)
    return density


def _connected(links: Mapping[tuple[int, int], float]) -> Iterator[dict[tuple[int, int], float]]:
    """Groups of links none of which shares an end with one of another group."""
    of_end: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for link in links:
        for side in (0, 1):
            of_end.setdefault((side, link[side]), []).append(link)
    left = set(links)
    for first in links:
        if first not in left:
            continue
        left.remove(first)
        group = [first]
        for link in group:
            near = [other for side in (0, 1) for other in of_end[side, link[side]] if other in left]
            left.difference_update(near)
            group += dict.fromkeys(near)
        yield {link: links[link] for link in group}


def _likeliest(links: Mapping[tuple[int, int], float]) -> tuple[list[tuple[int, int]], float]:
    """The links of greatest total, no two with the same start or the same end, and that total."""
    starts, ends = (sorted({link[side] for link in links}) for side in (0, 1))
    cost = np.full((len(starts), len(ends) + len(starts)), _NEVER)
    cost[:, len(ends) :][np.eye(len(starts), dtype=bool)] = 0
    for (i, j), odds in links.items():
        cost[starts.index(i), ends.index(j)] = -odds
    columns = assign(cost)
    chosen = [(starts[row], ends[column]) for row, column in enumerate(columns.tolist()) if column < len(ends)]
    return chosen, sum(links[link] for link in chosen)


def _build(fragment: Fragment, heights: Array, skeleton: Skeleton, fps: float) -> tuple[Array, Array]:
    """The logarithm of each bone's length (B,) in body heights, and its variance; NaN where it is seldom seen."""
    a, b, names = np.array([bone[:3] for bone in skeleton.bones]).T
    seen = fragment.keypoints[..., 2] > 0
    lengths = np.linalg.norm(fragment.keypoints[:, a, :2] - fragment.keypoints[:, b, :2], axis=2) / heights[:, None]
    lengths[~(seen[:, a] & seen[:, b])] = np.nan
    stretch = (fragment.frames - fragment.frames[0]) // max(1, round(_STRETCH * fps))
    mean, variance = np.full((2, len(skeleton.length_names)), np.nan)
    for name in np.unique(names):
        found = []
        for part in np.unique(stretch):
            known = lengths[stretch == part][:, names == name]
            known = known[np.isfinite(known)]
            if len(known) >= _FEWEST_FRAMES:
                found.append(np.log(max(float(np.quantile(known, _FULL_LENGTH)), 1e-3)))
        if found:
            deviation = float(np.std(found, ddof=1)) if len(found) > 2 else _STRETCH_DEVIATION
            mean[name], variance[name] = np.mean(found), max(deviation, _LEAST_DEVIATION) ** 2 / len(found)
    return mean, variance


def _place(keypoints: Array, heights: Array, usual: float) -> Array:
    """(3,) median of the seen joints (N, J, 3) across and along the height, px, and log of the body's height, px."""
    middle = np.median(keypoints[keypoints[..., 2] > 0][:, :2], axis=0)
    return np.append(middle, np.log(_median(heights, usual)))


def _heights(keypoints: Array, skeleton: Skeleton) -> Array:
    """(N,) from the ankles to the shoulders, px, whatever the arms do; NaN where neither is seen."""
    ends = []
    for part in ("shoulder", "ankle"):
        joints = [joint for side in ("left", "right") if (joint := skeleton.index(f"{side}_{part}")) is not None]
        seen = keypoints[:, joints, 2:] > 0
        total = np.where(seen, keypoints[:, joints, :2], 0).sum(axis=1)
        ends.append(np.where(seen.any(axis=1), total / np.maximum(seen.sum(axis=1), 1), np.nan))
    heights: Array = np.linalg.norm(ends[0] - ends[1], axis=1)
    return np.maximum(heights, 1.0)


def _median(values: Array, default: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else default


def _alone(spans: Indices, presences: Array, i: int, j: int) -> bool:
    """Whether nobody else of note is seen from the start of one fragment to the end of another."""
    there = (spans[:, 1] >= spans[i, 0]) & (spans[:, 0] <= spans[j, 1])
    there &= presences >= _SMALL * min(presences[i], presences[j])
    there[[i, j]] = False
    return not there.any()

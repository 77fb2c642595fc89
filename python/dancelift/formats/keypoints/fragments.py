"""Fragments of tracks that are of one person: who goes away and comes back is joined again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.body.skeleton import Skeleton
from dancelift.formats.keypoints.main_persons import body_size

LONGEST_ABSENCE = 10.0
"""For how long somebody may be away and still be recognised as the same, s."""

_NEAR, _FARTHER_PER_SECOND, _FARTHEST = 0.5, 0.7, 2.0  # body sizes from where somebody left to where they come back
_SIZE_CHANGE = 1.5  # factor by which they may have come nearer or gone farther
_PROPORTIONS = 0.3  # mean difference of the logarithms of bones' lengths above which two are not one person
_FEWEST_FRAMES = 10  # in which bones can be measured
_MARGIN = 0.3  # by which another must be a worse match, in parts of the worst that is believed
_SMALL = 0.2  # presence, relative to a fragment's, of what does not make it ambiguous
_EDGE = 5  # frames at an end of a fragment that tell the place


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
    def sizes(self) -> Array:
        """(N,) px."""
        return body_size(self.keypoints)

    @cached_property
    def presence(self) -> float:
        return float((self.keypoints[..., 2].mean(axis=1) * self.sizes).sum())

    def place(self, end: int) -> tuple[Array, float]:
        """Return the middle (2,) and size of the person at the start (0) or the end (-1), px."""
        near = slice(None, _EDGE) if end == 0 else slice(-_EDGE, None)
        joints = self.keypoints[near]
        middle = np.median(joints[joints[..., 2] > 0][:, :2], axis=0)
        return middle, float(np.median(self.sizes[near]))

    def proportions(self, skeleton: Skeleton) -> Array:
        """Return the logarithms of bones' lengths at full length, less their mean; NaN where seldom seen."""
        a, b, names = np.array([bone[:3] for bone in skeleton.bones]).T
        both = (self.keypoints[:, a, 2] > 0) & (self.keypoints[:, b, 2] > 0)
        lengths = np.linalg.norm(self.keypoints[:, a, :2] - self.keypoints[:, b, :2], axis=2) / self.sizes[:, None]
        found = np.full(len(skeleton.length_names), np.nan)
        for name in range(len(found)):
            seen = lengths[:, names == name][both[:, names == name]]
            if len(seen) >= _FEWEST_FRAMES:
                found[name] = np.log(max(float(np.quantile(seen, 0.9)), 1e-3))
        return found - np.nanmean(found) if np.isfinite(found).any() else found


def successors(fragments: Sequence[Fragment], skeleton: Skeleton, fps: float) -> dict[int, int]:
    """Find which fragment goes on which.

    Two with nobody else of note from the start of the first to the end of the second are one person, wherever they
    come back; where others are there, it must be at a plausible place, of a similar size and of similar proportions,
    and no other fragment may match nearly as well.

    Args:
        fragments: of one video, in any order.
        skeleton: of their joints.
        fps: frames of the timeline per second.

    Returns:
        The index of the later fragment by that of the earlier one.
    """
    order = sorted(range(len(fragments)), key=lambda i: (fragments[i].frames[0], i))
    proportions = [fragment.proportions(skeleton) for fragment in fragments]
    costs: dict[tuple[int, int], float] = {}
    for position, i in enumerate(order):
        for j in order[position + 1 :]:
            gap = (fragments[j].frames[0] - fragments[i].frames[-1]) / fps
            if gap > LONGEST_ABSENCE:
                break
            if gap > 0:
                costs[i, j] = _cost(fragments[i], fragments[j], gap, proportions[i] - proportions[j])
    spans = np.array([fragment.frames[[0, -1]] for fragment in fragments])
    presences = np.array([fragment.presence for fragment in fragments])
    joined: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in costs:
        if i not in joined and j not in taken and _alone(spans, presences, i, j):
            joined[i] = j
            taken.add(j)
    after: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for i, j in costs:
        after.setdefault(i, []).append(j)
        before.setdefault(j, []).append(i)
    for (i, j), cost in sorted(costs.items(), key=lambda item: item[1]):
        if cost > 1:
            break
        if i in joined or j in taken:
            continue
        rivals = [costs[i, b] for b in after[i] if b != j and b not in taken and presences[b] >= _SMALL * presences[j]]
        rivals += [
            costs[a, j] for a in before[j] if a != i and a not in joined and presences[a] >= _SMALL * presences[i]
        ]
        if cost + _MARGIN <= min(rivals, default=np.inf):
            joined[i] = j
            taken.add(j)
    return joined


def _cost(first: Fragment, second: Fragment, gap: float, proportions: Array) -> float:
    """How badly two fragments match; 1 is the worst that is believed."""
    (left_at, size), (back_at, size_then) = first.place(-1), second.place(0)
    reach = min(_NEAR + _FARTHER_PER_SECOND * gap, _FARTHEST)
    place = float(np.linalg.norm(back_at - left_at)) / max(size, size_then) / reach
    change = abs(math.log(size_then / size)) / math.log(_SIZE_CHANGE)
    both = proportions[np.isfinite(proportions)]
    build = float(np.abs(both).mean()) / _PROPORTIONS if len(both) else 0.0
    return max(place, change, build)


def _alone(spans: Indices, presences: Array, i: int, j: int) -> bool:
    """Whether nobody else of note is seen from the start of one fragment to the end of another."""
    there = (spans[:, 1] >= spans[i, 0]) & (spans[:, 0] <= spans[j, 1])
    there &= presences >= _SMALL * min(presences[i], presences[j])
    there[[i, j]] = False
    return not there.any()

"""What the traces of several peers on the same seeds come to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from peers.peer import Trace

NEAR = 1.01
"""Times the best objective that anyone reaches: a seed is there."""

_STAGES = (1.5, 1.1, 1.03, NEAR, 1.003, 1.001)
_ABLE = 1.5  # times the least objective of all seeds, above which a seed cannot win


@dataclass(frozen=True)
class Figures:
    """Of one peer on one workload; None: never.

    Attributes:
        n_seeds: K.
        n_there: seeds that get to within 1 % of the best that anyone reaches for them.
        every: s, until all of them are there.
        able: s, until all seeds are there that can win, whose best objective is at most 1.5 times the least.
        n_able: how many these are.
        median: s, until the median seed is there.
        returns: s, until the peer stops by itself.
        stages: s, until the median seed is within so many times its best.
    """

    n_seeds: int
    n_there: int
    every: float | None
    able: float | None
    n_able: int
    median: float | None
    returns: float
    stages: Mapping[str, float | None]

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "stages": dict(self.stages)}


def best_of(traces: Sequence[Trace]) -> Array:
    """(K,) the least objective that anyone reaches for each seed."""
    best: Array = np.min([[costs.min() for costs in trace.costs] for trace in traces], axis=0)
    return best


def figures(trace: Trace, best: Array) -> Figures:
    """Seeds that are optimised one after the other are each charged until they are there, and no longer."""
    n_seeds = len(best)
    there = _arrivals(trace, best, NEAR)
    able = best <= _ABLE * best.min()
    ends = _in_lanes(np.array([seconds[-1] for seconds in trace.seconds]), trace.lanes)
    return Figures(
        n_seeds=n_seeds,
        n_there=int(np.isfinite(there).sum()),
        every=_known(there.max()),
        able=_known(there[able].max()),
        n_able=int(able.sum()),
        median=_known(np.sort(there)[(n_seeds - 1) // 2]),
        returns=round(float(ends.max()), 4),
        stages={f"{stage:g}": _known(np.sort(_arrivals(trace, best, stage))[(n_seeds - 1) // 2]) for stage in _STAGES},
    )


def _arrivals(trace: Trace, best: Array, factor: float) -> Array:
    """(K,) s until each seed's objective is within so many times the best; infinity: never."""
    own = np.full(len(best), math.inf)
    for k, (seconds, costs) in enumerate(zip(trace.seconds, trace.costs, strict=True)):
        near = np.flatnonzero(costs <= factor * best[k])
        if len(near):
            own[k] = seconds[near[0]]
    ends = np.array([seconds[-1] for seconds in trace.seconds])
    return np.where(np.isfinite(own), _in_lanes(np.where(np.isfinite(own), own, ends), trace.lanes), math.inf)


def _in_lanes(durations: Array, n_lanes: int) -> Array:
    """(K,) when each ends if so many run at a time, the next one beginning when one ends."""
    free = np.zeros(n_lanes)
    ends = np.zeros(len(durations))
    for k, duration in enumerate(durations):
        lane = int(np.argmin(free))
        free[lane] += duration
        ends[k] = free[lane]
    return ends


def _known(seconds: float) -> float | None:
    return round(float(seconds), 4) if math.isfinite(seconds) else None


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Of log time over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])

"""What every peer is: a module of two functions, `term_totals` and `solve`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dancelift.arraytypes import Array
from dancelift.lifting.problem import LiftProblem

from .objective import Free, Objective


@dataclass(frozen=True, eq=False)
class Task:
    """What a peer is to solve.

    Attributes:
        problem: dancelift's.
        objective: the same as arrays.
        n_threads: that may be used.
        budget: s, after which a peer stops where it is.
        setting: of what the peer lets one choose, such as a rate; 0: it has nothing to choose.
    """

    problem: LiftProblem
    objective: Objective
    n_threads: int
    budget: float
    setting: float = 0.0


@dataclass(frozen=True, eq=False)
class Trace:
    """How the objective of each seed fell.

    Attributes:
        seconds: of each seed, rising, since it was begun.
        costs: of each seed, the objective then.
        lanes: how many seeds are optimised at a time.
        setup: s, for compiling and the like, in no other time.
        peak: most memory held by processes of the peer's own, MB.
    """

    seconds: Sequence[Array]
    costs: Sequence[Array]
    lanes: int
    setup: float = 0.0
    peak: float = 0.0


class Peer(Protocol):
    """A module of this package."""

    def term_totals(self, task: Task, free: Free) -> dict[str, Array]:
        """What each term costs every seed, (K,) by name, by the peer's own reckoning; "total" if it has no terms."""

    def solve(self, task: Task) -> Trace:
        """Every seed, from where it starts."""

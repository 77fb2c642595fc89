"""How a clip is to be lifted."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from dancelift import _core
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.checks import check_count, check_positive, check_random_seed, shown
from dancelift.errors import InputError
from dancelift.priors.prior import PosePrior

SOLVERS = {"chain": _core.Solver.CHAIN, "ceres": _core.Solver.CERES}
"""What optimises the seeds, by name."""

_TALLEST = 3.0  # m
_MOST_SEEDS = 100_000
_MOST_THREADS = 1024  # that are of use; no machine of one memory has more processors
_LARGEST_TOLERANCE = 0.1
_WITHOUT_EFFECT = {"n_threads", "keep_seeds"}  # on the motion


@dataclass(frozen=True)
class LiftOptions:
    """How a clip is to be lifted; `dancelift.lift` says what each option means.

    Attributes:
        n_seeds: K.
        prior: "default", "anthropometric", a file, or a PosePrior.
        height: of the dancer, m; None: STANDARD_HEIGHT.
        sigmas: standard deviations that replace the objective's defaults, by name; None: none.
        random_seed: of the random draws.
        n_threads: to use; None: one a processor.
        keep_seeds: whether the result has the poses of every seed, before and after.
        solver: one of SOLVERS.
        tolerance: relative decrease of the error in a step at which the seed that is chosen has converged.

    Raises:
        InputError: an option cannot be used; the message names its value and what was expected.
    """

    n_seeds: int = 16
    prior: str | os.PathLike[str] | PosePrior = "default"
    height: float | None = None
    sigmas: Mapping[str, float] | None = None
    random_seed: int = 0
    n_threads: int | None = None
    keep_seeds: bool = False
    solver: str = "chain"
    tolerance: float = 1e-8

    def __post_init__(self) -> None:
        check_count("n_seeds", self.n_seeds, _MOST_SEEDS)
        check_random_seed(self.random_seed)
        if self.height is not None:
            check_positive("height", self.height, "metres", _TALLEST)
        if self.n_threads is not None:
            check_count("n_threads", self.n_threads)
        if not isinstance(self.solver, str) or self.solver not in SOLVERS:
            raise InputError(f"solver is {shown(self.solver)}, expected {' or '.join(map(repr, SOLVERS))}")
        check_positive("tolerance", self.tolerance, "relative decrease", _LARGEST_TOLERANCE)
        core_sigmas(self.sigmas)

    @property
    def made_by(self) -> dict[str, str]:
        """What a lift depends on, as text, for JSON has no infinite sigmas; what is as usual is left out."""
        given = {each: getattr(self, each.name) for each in fields(self) if each.name not in _WITHOUT_EFFECT}
        if isinstance(self.prior, PosePrior):
            given |= {each: self.prior.name for each in given if each.name == "prior"}
        return {each.name: str(value) for each, value in given.items() if value != each.default and value != {}}

    @property
    def size(self) -> float:
        """Height of the dancer, relative to STANDARD_HEIGHT.

        A larger scene further away looks the same: a lift is solved for a dancer of STANDARD_HEIGHT, and enlarged.
        """
        return 1.0 if self.height is None else self.height / STANDARD_HEIGHT

    @property
    def threads(self) -> int:
        """Threads to use: as many as asked for, or one a processor that this process may use."""
        if self.n_threads is not None:
            return min(self.n_threads, _MOST_THREADS)
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_sigmas() -> dict[str, float]:
    """The objective's standard deviations by name: of each term's residual, in px, m, their rates, rad or a ratio.

    Pixels are those of a dancer who is 440 px tall in the image. `reprojection` is that of a usual detector and follows
    the clip's own jitter; `acceleration3d` is that of a dance that is not fast and follows the clip's own speed; of a
    prior without networks, which expects no accelerations, it is nearly three times as large. `seed_consistency`
    multiplies what the seed says of its own uncertainty, `bone_length` how much the seed lets bones vary. `robust` and
    `contact_robust` are numbers of standard deviations beyond which a keypoint is an outlier and a contact mistaken.
    """
    defaults = _core.Sigmas()
    return {name: getattr(defaults, name) for name in dir(defaults) if not name.startswith("_")}


def core_sigmas(sigmas: Mapping[str, float] | None) -> _core.Sigmas:
    """The standard deviations with some replaced; infinity leaves a term out.

    Raises:
        InputError: there is none of that name, or a value is no standard deviation.
    """
    core, known = _core.Sigmas(), default_sigmas()
    if not isinstance(sigmas, Mapping | None):
        raise InputError(f"sigmas is {sigmas!r}, expected a mapping of names to standard deviations")
    for name, value in (sigmas or {}).items():
        if name not in known:
            raise InputError(f"sigmas: {name!r} is unknown, expected one of {', '.join(known)}")
        if value != math.inf:
            value = check_positive(f"sigmas[{name!r}]", value, "standard deviation")
        setattr(core, name, value)
    return core

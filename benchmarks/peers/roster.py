"""Who is timed, on what, and with which settings."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from workloads import Workload

from .peer import Peer

# OpenBLAS and OpenMP wait for each other actively: with the small operations here that costs tens of times the work.
_ONE_BLAS_THREAD = MappingProxyType({"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})  # own ones are asked for


@dataclass(frozen=True)
class Entry:
    """One peer.

    Attributes:
        name: as the command line takes it.
        title: as tables have it.
        module: of this package, a `Peer`.
        library: that has to be installed; empty: none.
        settings: that are tried on the first workload, see `Task`; the best one is kept.
        knob: what a setting is; empty: nothing that a user would choose.
        only: regular expression of the workloads that it is run on.
        most_frames: of a workload, all seeds taken together; larger ones take minutes.
        environment: variables of the peer's process.
    """

    name: str
    title: str
    module: str
    library: str = ""
    settings: tuple[float, ...] = (0.0,)
    knob: str = ""
    only: str = ""
    most_frames: int = 10**9
    environment: Mapping[str, str] = field(default_factory=dict)

    def peer(self) -> Peer:
        """Its functions."""
        return cast(Peer, importlib.import_module(f".{self.module}", __package__))

    def skips(self, workload: Workload) -> str:
        """Why it is not run on a workload; empty: it is."""
        size = workload.n_frames * workload.n_seeds
        suits = size <= self.most_frames and re.match(self.only, workload.name)
        return self.missing() or ("" if suits else "not run")

    def missing(self) -> str:
        """What is not installed here; empty: nothing."""
        return f"no {self.library}" if self.library and importlib.util.find_spec(self.library) is None else ""


_SLOW: Any = {"only": r"coco17 ", "most_frames": 4800}

ROSTER = (
    Entry("dancelift", "dancelift", "dancelift_chain", environment=_ONE_BLAS_THREAD),
    Entry(
        "dancelift_all",
        "dancelift, no seed given up",
        "dancelift_chain",
        settings=(1e9,),
        environment=_ONE_BLAS_THREAD,
    ),
    Entry("ceres", "Ceres, plain C++", "plain_ceres", environment=_ONE_BLAS_THREAD),
    Entry("jax", "JAX, Gauss-Newton", "jax_newton", "jax", environment=_ONE_BLAS_THREAD),
    Entry("scipy", "SciPy, least_squares", "scipy_least_squares", "scipy", **_SLOW, environment=_ONE_BLAS_THREAD),
    Entry("adam", "PyTorch, Adam", "torch_adam", "torch", settings=(0.01, 0.02, 0.05), knob="rate", **_SLOW),
    Entry("lbfgs", "PyTorch, LBFGS", "torch_lbfgs", "torch", **_SLOW),
    Entry("pyceres", "pyceres", "pyceres_frames", "pyceres", most_frames=300, environment=_ONE_BLAS_THREAD),
)

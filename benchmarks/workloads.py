"""Lifts that solvers are timed on, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dancelift.lift_problem import LiftProblem, make_problem
from dancelift.readers import load_keypoints
from dancelift.synthetic import generate

DANCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "dance"
_SYNTHETIC_SEED = 1


@dataclass(frozen=True)
class Workload:
    """One clip and the number of its seeds.

    Attributes:
        n_frames: that are lifted.
        n_seeds: of the lift.
        skeleton: of a synthetic clip.
        clip: a real clip by name, detected keypoints of the first view; empty: a synthetic one.
    """

    n_frames: int
    n_seeds: int
    skeleton: str = "coco17"
    clip: str = ""

    @property
    def name(self) -> str:
        return f"{self.clip or self.skeleton} {self.n_frames}x{self.n_seeds}"

    def missing(self) -> str:
        """What is not there to make it; empty: nothing."""
        return f"no clip {self.clip}" if self.clip and not (DANCE / f"{self.clip}.npz").is_file() else ""

    def problem(self, dance: Path = DANCE) -> LiftProblem:
        """With the default prior and weights, the focal length unknown."""
        if self.clip:
            track = load_keypoints(dance / f"{self.clip}.npz", format="dance_clip")[0]
            assert track.fps is not None
            keypoints, fps, size = track.keypoints2d[: self.n_frames], track.fps, track.image_size
            skeleton = track.skeleton
        else:
            film = generate(n_frames=self.n_frames, seed=_SYNTHETIC_SEED, skeleton=self.skeleton)
            keypoints, fps, size, skeleton = film.keypoints2d, film.fps, film.image_size, film.skeleton
        return make_problem(np.asarray(keypoints), self.n_seeds, skeleton, fps, size, None, "default", None, None, 0)


WORKLOADS = (
    Workload(300, 16),
    Workload(300, 1),
    Workload(3000, 16),
    Workload(300, 64),
    Workload(300, 16, "body25"),
    Workload(300, 16, clip="waltz_1"),
    Workload(300, 16, clip="salsa_60_01"),
)
"""What is timed unless told otherwise."""

QUICK = (Workload(30, 2), Workload(30, 1), Workload(60, 2))
"""To see that everything runs."""

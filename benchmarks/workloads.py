"""Lifts that solvers are timed on, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dancelift.body.clip import Clip
from dancelift.formats.keypoints import load_keypoints
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import LiftProblem, make_problem
from dancelift.priors.prior import get_prior
from dancelift.synthetic.dance import generate

DANCE = Path(__file__).resolve().parents[2] / "shared" / "data" / "dance"
_RANDOM_SEED = 1


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

    def clip_of(self, dance: Path = DANCE) -> Clip:
        """What is lifted; its focal length is unknown."""
        shown = (
            load_keypoints(dance / f"{self.clip}.npz", format="dance_clip")[0]
            if self.clip
            else generate(n_frames=self.n_frames, random_seed=_RANDOM_SEED, skeleton=self.skeleton)
        )
        return Clip.of(
            shown.keypoints2d[: self.n_frames], skeleton=shown.skeleton, fps=shown.fps, image_size=shown.image_size
        )

    def problem(self, dance: Path = DANCE) -> LiftProblem:
        """With the default prior and standard deviations."""
        options = LiftOptions(n_seeds=self.n_seeds)
        return make_problem(self.clip_of(dance), options, get_prior(options.prior))


WORKLOADS = (
    Workload(300, 16),
    Workload(300, 1),
    Workload(3000, 16),
    Workload(300, 64),
    Workload(300, 16, "body25"),
    Workload(300, 16, clip="waltz_1"),
    Workload(300, 16, clip="salsa_60_01"),
)
"""What is timed by default."""

QUICK = (Workload(30, 2), Workload(30, 1), Workload(60, 2))
"""To see that everything runs."""

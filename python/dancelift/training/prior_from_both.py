"""A pose prior learnt from 3D motion and from other dancers' 2D keypoints together.

Self-training (Lee 2013, Pseudo-Label): a network is learnt from the 3D motion, the 2D keypoints are lifted by it, where
the objective adds what a network does not know of them (steady bones, a floor, feet that stand), and the network is
learnt further from both motions, under random bodies, cameras and detectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from dancelift.body.clip import Clip
from dancelift.body.motion import Motion
from dancelift.errors import DanceliftError, InputError, warn
from dancelift.keypoints import Track
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.priors.prior import PosePrior
from dancelift.training.prior_from_3d import DEFAULT_STEPS, fit_prior_from_3d

_SHARE_OF_BOTH = 0.3  # of the steps, in which the network is learnt from both
_LEAST_SEEN = 0.5  # share of a track's joints without which its lift is more prior than evidence


def fit_prior_from_3d_and_2d(
    motions: Sequence[Motion],
    tracks: Sequence[Track],
    n_steps: int = DEFAULT_STEPS,
    random_seed: int = 0,
    device: str | None = None,
    start: PosePrior | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int, int, float], object] | None = None,
    strength: float = 1.0,
    upright: bool = False,
) -> PosePrior:
    """Learn a prior from 3D motion of some dancers and 2D keypoints of others, who need no 3D.

    Args:
        motions: 3D motion, see `fit_prior_from_3d`.
        tracks: 2D keypoints, as `load_keypoints` gives them, of any skeletons. What cannot be lifted, or of which less
            than half is seen, is warned of and passed over.
        n_steps: of the network's training in all; in the last three tenths of them it learns from both.
        random_seed: of all random numbers.
        device: of torch; None: a GPU where there is one.
        start: prior whose network is learnt further, see `fit_prior_from_3d`; None: a new one is.
        checkpoint: file from which a training that was stopped goes on, and beside it another one, with `.both` before
            the ending, of the last three tenths; None: none is kept.
        progress: called with the steps done, their number and the mean distance to the true joints of late, m.
        strength: of the random changes to bodies and movement, see `fit_prior_from_3d`.
        upright: whether the network is shown nothing but movement such as was recorded, see `fit_prior_from_3d`.

    Raises:
        InputError: as of `fit_prior_from_3d`; or no track can be lifted.
        MissingExtraError: PyTorch is not installed.
    """
    n_both = max(1, round(_SHARE_OF_BOTH * n_steps))
    n_first = max(1, n_steps - n_both)

    def progress_from(done: int) -> Callable[[int, int, float], object] | None:
        return None if progress is None else lambda i, _, distance: progress(done + i, n_first + n_both, distance)

    learn = partial(fit_prior_from_3d, random_seed=random_seed, device=device, strength=strength, upright=upright)
    prior = learn(motions, n_first, start=start, checkpoint=checkpoint, progress=progress_from(0))
    lifted = _lift(tracks, prior, random_seed)
    both = None if checkpoint is None else checkpoint.with_suffix(f".both{checkpoint.suffix}")
    return learn([*motions, *lifted], n_both, start=prior, checkpoint=both, progress=progress_from(n_first))


def _lift(tracks: Sequence[Track], prior: PosePrior, random_seed: int) -> list[Motion]:
    """The tracks' motion, lifted with a prior."""
    options = LiftOptions(n_seeds=1, prior=prior, random_seed=random_seed)
    lifted, failures = [], []
    for track in tracks:
        name = f"{track.source} {track.name}".strip()
        try:
            clip = Clip.of_track(track)
            seen = float(clip.seen.mean())
            if seen < _LEAST_SEEN:
                raise InputError(f"{seen:.0%} of the joints are seen, expected at least {_LEAST_SEEN:.0%}")
            lifted.append(lift_clip(clip, options).motion(name))
        except DanceliftError as error:
            failures.append(f"{name}: {error}")
    if not lifted:
        reason = f"; the first failure: {failures[0]}" if failures else ""
        raise InputError(f"none of {len(tracks)} tracks of 2D keypoints can be lifted{reason}")
    for failure in failures:
        warn(f"passed over: {failure}")
    return lifted

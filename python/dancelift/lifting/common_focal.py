"""One focal length of several dancers: that under which bones keep their lengths and feet stay on the floor.

A wrong focal length bends space along the line of sight. A lift hides that in motion, but not in what is rigid: the
costs of a few focal lengths in those terms lie on a parabola, whose minimum, with the prior of `Camera.typical`, is the
focal length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.camera import Camera
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.problem import make_problem
from dancelift.lifting.solve import solve_seeds
from dancelift.priors.prior import PosePrior

_TRIED = np.array([-0.4, -0.13, 0.13, 0.4])  # logarithms of focal lengths, relative to the first guess
_RIGID = ("floor", "bone_length", "length_prior")  # terms that tell
_TEMPERING = 0.25  # errors last: so much of the cost is independent. It fits the focal lengths of clips of `fit`
_SAMPLE = 250  # frames


def with_focal(camera: Camera, focal: float) -> Camera:
    """Return the same camera with another focal length, px, which is taken to be exact."""
    matrix = camera.matrix.copy()
    matrix[:2, :2] *= focal / camera.focal
    return replace(camera, matrix=matrix, focal_known=True)


def find_common_focal(clips: Sequence[Clip], options: LiftOptions, prior: PosePrior) -> float:
    """Find the focal length, px, of the camera that saw all clips.

    Args:
        clips: of one camera whose focal length is a first guess.
        options: of the lift.
        prior: what is believed of the dancers.
    """
    first = clips[0].camera
    one_seed = replace(options, n_seeds=1, keep_seeds=False)
    tells = np.isin(_core.TERMS, _RIGID)
    costs = np.zeros(len(_TRIED))
    for clip in clips:
        sample = _sample(clip)
        for i, log_focal in enumerate(_TRIED):
            camera = with_focal(first, first.focal * math.exp(log_focal))
            solved = solve_seeds(make_problem(replace(sample, camera=camera), one_seed, prior), one_seed, None)
            costs[i] += float(solved.terms[0, tells].sum())
    return first.focal * math.exp(_minimum(_TEMPERING * costs))


def _minimum(costs: Array) -> float:
    """Where a parabola through the costs of _TRIED, with that of the prior, is least, within _TRIED."""
    curvature, slope, _ = np.polyfit(_TRIED, costs, 2)
    curvature += 0.5 / _core.Sigmas().camera_prior ** 2
    if curvature <= 0:
        return float(_TRIED[costs.argmin()])
    return float(np.clip(-0.5 * slope / curvature, _TRIED[0], _TRIED[-1]))


def _sample(clip: Clip) -> Clip:
    """The frames in a row in which the dancer is seen most."""
    if len(clip) <= _SAMPLE:
        return clip
    total = np.concatenate([[0], np.cumsum(clip.seen.mean(axis=1))])
    start = int(np.argmax(total[_SAMPLE:] - total[:-_SAMPLE]))
    return clip.frames(slice(start, start + _SAMPLE))

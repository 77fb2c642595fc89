"""What a clip shows of the camera's pitch and roll and of the dancer's own build."""

from __future__ import annotations

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton
from dancelift.geometry import rotation
from dancelift.seeding.body_fit import Assumption, CleanClip, find_turns, fit_bodies

_GRAVITY_TEMPERING = 0.015  # how a dancer holds the body errs in the same way for a whole clip
_COARSE = 2  # every other yaw is enough to compare directions of gravity
# cameras look slightly down: the likeliest pitch, and the standard deviations of looking further up and further down
_PITCH_PRIOR = np.radians((6, 6, 18))
_ROLL_PRIOR = np.radians(8)
_FIRST_PITCHES = np.radians((-10, 0, 10, 20, 35))
_STEPS = np.radians((8, 4, 2))

_PRIOR_FRAMES = 33  # the prior's mean and covariance count as much as that many frames of the dancer
_ITERATIONS = 5  # of learning a dancer's build, in a round
_MOMENTUM = 0.6
_LEAST_VARIANCE = 1e-6  # of the largest: rounding makes what is rigid a little negative


def find_gravity(shape: _core.ShapeModel, clip: CleanClip, n_threads: int = 1) -> Array:
    """Unit vector against gravity, camera frame: the pitch and roll under which the clip is likeliest."""
    known: dict[tuple[float, float], float] = {}

    def likeliest(candidates: list[tuple[float, float]]) -> tuple[float, float]:
        """Return the likeliest of some pitches and rolls, rad."""
        new = [one for one in candidates if one not in known]
        assumptions = [Assumption(_direction_of_up(*one)) for one in new]
        fits = fit_bodies(shape, clip, assumptions, every_yaw=_COARSE, n_threads=n_threads)
        for one, fit in zip(new, fits, strict=True):
            known[one] = _GRAVITY_TEMPERING * fit.score - _improbability(*one)
        return max(candidates, key=lambda one: known[one])

    pitch, roll = likeliest([(float(pitch), 0.0) for pitch in _FIRST_PITCHES])
    for step in _STEPS:
        around = [(0, 0), (step, 0), (-step, 0), (0, step), (0, -step)]
        pitch, roll = likeliest([(round(pitch + a, 4), round(roll + b, 4)) for a, b in around])
    return _direction_of_up(pitch, roll)


def _direction_of_up(pitch: float, roll: float) -> Array:
    """Unit vector against gravity in the frame of a camera that looks down by `pitch` and is rolled by `roll`, rad."""
    up: Array = rotation(2, roll) @ rotation(0, pitch) @ np.array([0.0, -1.0, 0.0])
    return up


def _improbability(pitch: float, roll: float) -> float:
    """Minus log prior of a camera's pitch and roll, rad."""
    likeliest, above, below = _PITCH_PRIOR
    away = (pitch - likeliest) / (below if pitch > likeliest else above), roll / _ROLL_PRIOR
    return float(0.5 * (away[0] ** 2 + away[1] ** 2))


def adapt_to_dancer(
    shape: _core.ShapeModel,
    given: _core.ShapeModel,
    clip: CleanClip,
    up: Array,
    skeleton: Skeleton,
    rounds: int,
    n_threads: int = 1,
) -> _core.ShapeModel:
    """Learn the dancer's own build and range of motion from the clip.

    Expectation maximisation (Torresani et al. 2008, sec. 4) of the Gaussian's mean and covariance. The turn of the
    body is found anew in each round; the iterations in between keep it, and start ahead of where the one before led
    (Nesterov's momentum, 1983), which saves more than half of them.

    Args:
        shape: of the body to start from.
        given: shape of the body that the prior gives.
        up: (3,) unit vector against gravity, camera frame.
        n_threads: of the core; what is learnt does not depend on it.
    """
    mirror: Array = np.kron(np.eye(len(skeleton))[list(skeleton.mirrored)], np.diag([-1.0, 1.0, 1.0])).astype(float)
    learnt = shape
    for _ in range(rounds):
        turns = find_turns(learnt, clip, [Assumption(up)], n_threads=n_threads)
        state, rays, corrected = turns.state[0], turns.rays[0], turns.corrected[0]
        body = learnt.expected_body(state, corrected * turns.depth[0][:, None, None])
        before, learnt = learnt, _learn(given, body, learnt.posterior_sum(state), mirror)
        for _ in range(_ITERATIONS - 1):
            ahead = learnt if before is given else _ahead(learnt, before)  # the first step is a large one
            depth = _core.smooth_depth(ahead.likeliest_depth(rays, state), clip.fps)
            body = ahead.expected_body(state, corrected * depth[:, None, None])
            before, learnt = learnt, _learn(given, body, ahead.posterior_sum(state), mirror)
    return learnt


def _ahead(learnt: _core.ShapeModel, before: _core.ShapeModel) -> _core.ShapeModel:
    """Where the next iteration starts: further on in the same direction, as long as that is a Gaussian."""
    covariance = learnt.covariance + _MOMENTUM * (learnt.covariance - before.covariance)
    variances = np.linalg.eigvalsh(covariance)
    if variances[0] < -_LEAST_VARIANCE * variances[-1]:
        return learnt
    return _core.ShapeModel(learnt.mean + _MOMENTUM * (learnt.mean - before.mean), covariance, learnt.seen)


def _learn(given: _core.ShapeModel, body: Array, unexplained: Array, mirror: Array) -> _core.ShapeModel:
    """Return the likeliest Gaussian body under a normal-inverse-Wishart prior around the given one, left as right.

    With the prior's mean m and covariance C worth k frames, the posterior's mode over n poses x is (Murphy 2012,
    Machine Learning, sec. 4.6.3, the denominator of the mode being k + n)

        mean = (k m + sum x) / (k + n)
        covariance = (k C + k (m - mean)(m - mean)' + sum ((x - mean)(x - mean)' + cov x)) / (k + n),

    where x is the pose expected and cov x what the keypoints leave open of it: the M step of expectation
    maximisation. Each pose counts one half, its mirror image the other.

    Args:
        body: (T, 3 J) expected poses, m, body frame.
        unexplained: (3 J, 3 J) their covariance given the keypoints, m^2, summed over frames.
        mirror: (3 J, 3 J) takes a pose to its mirror image.
    """
    given_mean, n = given.mean.ravel(), len(body)
    poses = np.concatenate([body, body @ mirror.T])
    mean = (_PRIOR_FRAMES * given_mean + 0.5 * poses.sum(axis=0)) / (_PRIOR_FRAMES + n)
    scatter = 0.5 * (poses - mean).T @ (poses - mean) + 0.5 * (unexplained + mirror @ unexplained @ mirror.T)
    shift = np.outer(given_mean - mean, given_mean - mean)
    covariance = (_PRIOR_FRAMES * (given.covariance + shift) + scatter) / (_PRIOR_FRAMES + n)
    size = (mean @ given_mean) / (mean @ mean)  # one camera cannot tell a tall dancer from a near one
    return _core.ShapeModel(size * mean.reshape(-1, 3), size**2 * covariance, given.seen)

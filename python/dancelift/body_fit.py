"""Fitting a body to a clip: its turn, its depth and its expected pose at every frame.

Every frame has a likelihood for each yaw of the body, and a dynamic program finds the turn of the whole clip. The
camera's pitch and roll are those under which the clip is likeliest, and the clip tells the dancer's own build.

Frames of reference: the camera frame (x right, y down, z forward, m); in each frame of the clip the view frame, the
camera turned so that the dancer is in the middle of the image and the vertical is upright in it; the body frame of
`dancelift.anatomy`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.anatomy import Array, Indices, rotation
from dancelift.body_views import YAWS, BodyViews
from dancelift.camera import Camera
from dancelift.filters import fill_gaps, gaussian_smooth, running_median
from dancelift.mixture_views import MixtureViews
from dancelift.skeleton import Skeleton

LIMB_SMOOTHING = 0.3
"""For how long a limb stays off its expected depth, s."""

_TRUNK_LANDMARKS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_TURN_RATE = np.radians(160)  # standard deviation of a dancer's turning, rad/s
_TEMPERING = 0.3  # the keypoints of neighbouring frames err together, so that each counts for less than a whole one
_GRAVITY_TEMPERING = 0.01  # how a dancer holds the body errs in the same way for a whole clip
_LEAST_UNCERTAINTY = 0.02  # m
_NEAREST_JOINT = 0.7  # of the dancer's distance, by which a joint is at most nearer: none is behind the camera
_LEAST_DEPTH = 0.5  # m: nearer than that no camera sees a dancer
_AVOIDED = 1e3  # log likelihood that a yaw to be avoided loses
_FLOOR_NOISE = 0.05  # m
_FLOOR_WINDOW = 0.5  # s: steps and small jumps are shorter than that

# cameras look slightly down: the likeliest pitch, and the standard deviations of looking further up and further down
_PITCH_PRIOR = np.radians((6, 6, 18))
_ROLL_PRIOR = np.radians(8)
_PRIOR_FRAMES = 50  # the prior's mean and covariance count as much as that many frames of the dancer
_MEDIAN_WINDOW = 7 / 30  # s: outliers of the detector are shorter than that
_KEYPOINT_SMOOTHING = 0.05  # s
_DEPTH_SMOOTHING = 0.3  # s


@dataclass(frozen=True, eq=False)
class CleanClip:
    """A clip's keypoints, cleaned for seeding: gaps filled, outliers removed, smoothed."""

    rays: Array  # (T, S, 2) of the seen joints
    root: Array  # (T, 2) ray through the middle of the seen trunk
    trunk: Indices  # into the seen joints
    fps: float

    @staticmethod
    def of(keypoints2d: Array, seen: Indices, skeleton: Skeleton, fps: float, camera: Camera) -> CleanClip:
        points = fill_gaps(keypoints2d[:, seen])
        points = gaussian_smooth(running_median(points, _MEDIAN_WINDOW * fps), _KEYPOINT_SMOOTHING * fps)
        rays = camera.rays(points)
        joints = [skeleton.index(landmark) for landmark in _TRUNK_LANDMARKS]
        trunk = np.flatnonzero(np.isin(seen, [joint for joint in joints if joint is not None]))
        if not len(trunk):  # it is seen, but not often enough
            trunk = np.arange(len(seen))
        return CleanClip(rays, rays[:, trunk].mean(axis=1), trunk, fps)

    def every(self, n: int) -> CleanClip:
        """Every n-th frame."""
        return CleanClip(self.rays[::n], self.root[::n], self.trunk, self.fps / n)

    def to_view(self, up: Array) -> tuple[Array, Array, Array]:
        """Turn the camera, frame by frame, towards the dancer and upright.

        Returns:
            (T, S, 2) rays in the view frame, (T,) pitch of the view, rad, and (T, 3, 3) camera to view frame.
        """
        azimuth = np.arctan(self.root[:, 0])
        elevation = np.arctan2(self.root[:, 1], np.hypot(self.root[:, 0], 1))
        turn = rotation(0, elevation) @ rotation(1, -azimuth)
        upwards = turn @ up
        turn = rotation(2, -np.arctan2(upwards[:, 0], -upwards[:, 1])) @ turn
        upwards = turn @ up
        rays = np.concatenate([self.rays, np.ones((*self.rays.shape[:2], 1))], axis=2) @ np.swapaxes(turn, 1, 2)
        return rays[..., :2] / rays[..., 2:], np.arctan2(-upwards[:, 2], -upwards[:, 1]), turn


@dataclass(frozen=True, eq=False)
class BodyFit:
    """A turn of the body over a clip, and the expected poses that go with it."""

    label: str
    up: Array  # (3,)
    poses3d: Array  # (T, J, 3) m, camera frame
    uncertainty: Array  # (T, J) m
    depth: Array  # (T,) m
    body: Array  # (T, 3 J) m, expected pose, body frame
    state: Indices  # (T,) of the view, see BodyViews
    cost: Array  # (T,) minus log likelihood
    greatest_log_likelihood: Array  # (T,) over all yaws

    @property
    def score(self) -> float:
        return -float(self.cost.sum())

    @property
    def yaw(self) -> Indices:
        """(T,) index into YAWS."""
        return self.state % len(YAWS)


def fit_body(
    views: BodyViews,
    clip: CleanClip,
    up: Array,
    label: str,
    scale: float = 1.0,
    avoid: Indices | None = None,
    draw: Array | None = None,
    kinds: MixtureViews | None = None,
) -> BodyFit:
    """Find the body's turn, depth and expected poses under one direction of gravity.

    Args:
        scale: multiplies the depth found, and so the body's size.
        avoid: (T,) yaws, by index, that the turn keeps away from by a third of a half turn.
        draw: (T, 3 J) standard normal numbers: poses are drawn from the posterior instead of its mean.
        kinds: of pose, from which the expected poses are found once the turn and the depth are.
    """
    rays, pitch, turn = clip.to_view(up)
    at = views.pitch_index(pitch)

    def log_likelihood(depth: Array | None) -> tuple[Array, Array]:
        value, z = views.log_likelihood(corrected, at, depth)
        if avoid is not None:
            value[_yaw_distance(np.arange(len(YAWS)), avoid[:, None]) < np.pi / 3] -= _AVOIDED
        return value, z

    frames = np.arange(len(rays))
    corrected = rays
    value, z = log_likelihood(None)
    yaw, _ = _turn(value, clip.fps)
    depth = scale * np.exp(
        gaussian_smooth(running_median(np.log(z[frames, yaw]), clip.fps), _DEPTH_SMOOTHING * clip.fps)
    )
    depth = np.maximum(depth, _LEAST_DEPTH)
    for _ in range(2):  # perspective enlarges what is near: rays are corrected for the depth found before
        value, _ = log_likelihood(depth)
        yaw, turn_cost = _turn(value, clip.fps)
        state = at * len(YAWS) + yaw
        body, relative, deviation = views.expected_pose(state, corrected * depth[:, None, None], None)
        corrected = rays * (1 + relative[:, views.seen, 2:] / depth[:, None, None])
    y = corrected * depth[:, None, None]
    drawn = 0.0 if draw is None else views.expected_pose(state, y, draw)[1] - views.expected_pose(state, y, None)[1]
    if kinds is not None:
        body, relative, deviation = kinds.expected_pose(state, y, clip.fps)
    if draw is not None:
        relative = relative + drawn
        turn_cost = turn_cost + 0.5 * (draw**2).sum(axis=1) / max(1.0, LIMB_SMOOTHING * clip.fps)

    # seen joints lie on their rays, at the depth of the pose; the others where the pose has them
    relative[..., 2] = np.maximum(relative[..., 2], -_NEAREST_JOINT * depth[:, None])
    joint_depth = relative[:, views.seen, 2:] + depth[:, None, None]
    on_rays = np.concatenate([rays * joint_depth, joint_depth], axis=2)
    root = (on_rays - relative[:, views.seen])[:, clip.trunk].mean(axis=1)
    poses = relative + root[:, None]
    poses[:, views.seen] = on_rays
    poses = poses @ turn
    return BodyFit(
        label=label,
        up=up,
        poses3d=poses,
        uncertainty=deviation + _LEAST_UNCERTAINTY,
        depth=depth,
        body=body,
        state=state,
        cost=turn_cost - value[frames, yaw] + _floor_cost(poses @ up, clip.fps),
        greatest_log_likelihood=value.max(axis=1),
    )


def _floor_cost(height: Array, fps: float) -> Array:
    """(T,): the lowest joint of the body stays at one height, that of the floor.

    Args:
        height: (T, J) of the joints above the camera, m.
    """
    lowest = running_median(height.min(axis=1), _FLOOR_WINDOW * fps)
    return 0.5 * ((lowest - np.median(lowest)) / _FLOOR_NOISE) ** 2


def _yaw_distance(a: Indices, b: Indices) -> Array:
    """Angle between two yaws given by index, rad."""
    n = len(YAWS)
    distance: Array = np.abs((a - b + n // 2) % n - n // 2) * (YAWS[1] - YAWS[0])
    return distance


def _turn(log_likelihood: Array, fps: float) -> tuple[Indices, Array]:
    """The likeliest turn of the body: Viterbi's dynamic program (1967) over the yaw.

    Returns:
        (T,) yaw by index, and (T,) cost of the turning at each frame.
    """
    n = len(YAWS)
    step = _yaw_distance(np.arange(n)[:, None], np.arange(n))
    cost = 0.5 * (step * fps / _TURN_RATE) ** 2 * (1 / _TEMPERING)
    best, came_from = log_likelihood[0], np.empty((len(log_likelihood), n), int)
    for t in range(1, len(log_likelihood)):
        total = best - cost
        came_from[t] = total.argmax(axis=1)
        best = total[np.arange(n), came_from[t]] + log_likelihood[t]
    yaw = np.empty(len(log_likelihood), int)
    yaw[-1] = best.argmax()
    for t in range(len(yaw) - 1, 0, -1):
        yaw[t - 1] = came_from[t, yaw[t]]
    return yaw, np.concatenate([[0.0], cost[yaw[1:], yaw[:-1]]])


def _direction_of_up(pitch: float, roll: float) -> Array:
    """Unit vector against gravity in the frame of a camera that looks down by `pitch` and is rolled by `roll`, rad."""
    up: Array = rotation(2, roll) @ rotation(0, pitch) @ np.array([0.0, -1.0, 0.0])
    return up


def find_gravity(views: BodyViews, clip: CleanClip) -> Array:
    """Unit vector against gravity, camera frame: the pitch and roll under which the clip is likeliest."""
    known: dict[tuple[float, float], float] = {}

    def score(pitch: float, roll: float) -> float:
        key = (round(pitch, 4), round(roll, 4))
        if key not in known:
            likeliest, above, below = _PITCH_PRIOR
            away = (pitch - likeliest) / (below if pitch > likeliest else above), roll / _ROLL_PRIOR
            evidence = _GRAVITY_TEMPERING * fit_body(views, clip, _direction_of_up(pitch, roll), "").score
            known[key] = evidence - 0.5 * (away[0] ** 2 + away[1] ** 2)
        return known[key]

    pitch, roll = max(((np.radians(p), 0.0) for p in (-10, 0, 10, 20, 35)), key=lambda x: score(*x))
    for step in np.radians((8, 4, 2)):
        around = ((0, 0), (step, 0), (-step, 0), (0, step), (0, -step))
        pitch, roll = max(((pitch + a, roll + b) for a, b in around), key=lambda x: score(*x))
    return _direction_of_up(pitch, roll)


def adapt_to_dancer(
    views: BodyViews, given: BodyViews, clip: CleanClip, up: Array, skeleton: Skeleton, iterations: int
) -> BodyViews:
    """Learn the dancer's own build and range of motion from the clip.

    Expectation maximisation (Torresani et al. 2008, sec. 4) of the Gaussian's mean and covariance under a
    normal-inverse-Wishart prior around the given ones, kept symmetric left and right.

    Args:
        views: of the body to start from.
        given: views of the body that the prior gives.
        up: (3,) unit vector against gravity, camera frame.
    """
    mirror = np.kron(np.eye(len(skeleton))[list(skeleton.mirrored)], np.diag([-1.0, 1.0, 1.0]))
    given_mean, given_covariance = given.mean.ravel(), given.covariance
    for _ in range(iterations):
        explained = fit_body(views, clip, up, "")
        n = len(explained.body)
        poses = np.concatenate([explained.body, explained.body @ mirror.T])
        mean = (_PRIOR_FRAMES * given_mean + 0.5 * poses.sum(axis=0)) / (_PRIOR_FRAMES + n)
        unexplained = views.posterior_sum(explained.state)
        scatter = 0.5 * (poses - mean).T @ (poses - mean) + 0.5 * (unexplained + mirror @ unexplained @ mirror.T)
        shift = np.outer(given_mean - mean, given_mean - mean)
        covariance = (_PRIOR_FRAMES * (given_covariance + shift) + scatter) / (_PRIOR_FRAMES + n)
        size = (mean @ given_mean) / (mean @ mean)  # one camera cannot tell a tall dancer from a near one
        views = BodyViews(size * mean.reshape(-1, 3), size**2 * covariance, views.seen)
    return views

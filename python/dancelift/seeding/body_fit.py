"""Fitting a body to a clip: its turn, its depth and its expected pose at every frame.

Every frame has a likelihood for each yaw of the body, and a dynamic program finds the turn of the whole clip.

Frames of reference: the camera frame (x right, y down, z forward, m); in each frame of the clip the view frame, the
camera turned so that the dancer is in the middle of the image and the vertical is upright in it; the body frame of
`dancelift.body.anatomy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.body.clip import Clip
from dancelift.filters import fill_gaps, gaussian_smooth, running_median
from dancelift.geometry import rotation
from dancelift.seeding.body_turn import likeliest_turns
from dancelift.seeding.shape_mixture import ShapeMixture
from dancelift.seeding.shape_model import YAWS, ShapeModel, in_view

LIMB_SMOOTHING = 0.3
"""For how long a limb stays off its expected depth, s."""

_TRUNK_LANDMARKS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_COARSE = 2  # the first look at a clip is for every other yaw
_TOGETHER = 30000  # frames of all fits that are looked at together, to bound the memory
_LEAST_UNCERTAINTY = 0.02  # m
_NEAREST_JOINT = 0.7  # of the dancer's distance, by which a joint is at most nearer: none is behind the camera
_LEAST_DEPTH = 0.5  # m: nearer than that no camera sees a dancer
_AVOIDED = 1e3  # log likelihood that a yaw to be avoided loses
_FLOOR_NOISE = 0.05  # m
_FLOOR_WINDOW = 0.5  # s: steps and small jumps are shorter than that
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
    def of(clip: Clip, seen: Indices) -> CleanClip:
        """The joints (S,) that are seen often enough, of a clip."""
        fps = clip.fps
        points = fill_gaps(clip.keypoints2d[:, seen])
        points = gaussian_smooth(running_median(points, _MEDIAN_WINDOW * fps), _KEYPOINT_SMOOTHING * fps)
        rays = clip.camera.rays(points)
        joints = [clip.skeleton.index(landmark) for landmark in _TRUNK_LANDMARKS]
        trunk = np.flatnonzero(np.isin(seen, [joint for joint in joints if joint is not None]))
        if not len(trunk):  # it is seen, but not often enough
            trunk = np.arange(len(seen))
        return CleanClip(rays, rays[:, trunk].mean(axis=1), trunk, fps)

    def every(self, n: int) -> CleanClip:
        """Every n-th frame."""
        return CleanClip(self.rays[::n], self.root[::n], self.trunk, self.fps / n)

    @cached_property
    def _towards_dancer(self) -> Array:
        """(T, 3, 3): camera frame to that of the camera turned towards the dancer."""
        azimuth = np.arctan(self.root[:, 0])
        elevation = np.arctan2(self.root[:, 1], np.hypot(self.root[:, 0], 1))
        return rotation(0, elevation) @ rotation(1, -azimuth)

    def to_view(self, up: Array) -> tuple[Array, Array, Array]:
        """Turn the camera, frame by frame, towards the dancer and upright.

        Returns:
            (T, S, 2) rays in the view frame, (T,) pitch of the view, rad, and (T, 3, 3) camera to view frame.
        """
        upwards = self._towards_dancer @ up
        turn = rotation(2, -np.arctan2(upwards[:, 0], -upwards[:, 1])) @ self._towards_dancer
        upwards = turn @ up
        rays = np.concatenate([self.rays, np.ones((*self.rays.shape[:2], 1))], axis=2) @ np.swapaxes(turn, 1, 2)
        return rays[..., :2] / rays[..., 2:], np.arctan2(-upwards[:, 2], -upwards[:, 1]), turn


@dataclass(frozen=True, eq=False)
class Assumption:
    """What a fit takes for granted.

    Attributes:
        up: (3,) unit vector against gravity, camera frame.
        label: of the fit.
        scale: multiplies the depth found, and so the body's size.
        avoid: (T,) yaws, by index, that the turn keeps away from by a third of a half turn.
        draw: (T, n_draws) standard normal numbers: poses are drawn from the posterior instead of its mean.
    """

    up: Array
    label: str = ""
    scale: float = 1.0
    avoid: Indices | None = None
    draw: Array | None = None


@dataclass(frozen=True, eq=False)
class BodyFit:
    """A turn of the body over a clip, and the expected poses that go with it."""

    label: str
    up: Array  # (3,)
    poses3d: Array  # (T, J, 3) m, camera frame
    uncertainty: Array  # (T, J) m
    depth: Array  # (T,) m
    rays: Array  # (T, S, 2) of the seen joints, view frame, without the perspective that enlarges what is near
    body: Array  # (T, 3 J) m, expected pose, body frame
    state: Indices  # (T,) of the view, see ShapeModel
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
    shape: ShapeModel, clip: CleanClip, up: Array, label: str = "", mixture: ShapeMixture | None = None
) -> BodyFit:
    """`fit_bodies` under one direction of gravity, (3,), camera frame."""
    return next(fit_bodies(shape, clip, [Assumption(up, label)], mixture))


def fit_bodies(
    shape: ShapeModel,
    clip: CleanClip,
    assumptions: Sequence[Assumption],
    mixture: ShapeMixture | None = None,
    every_yaw: int = 1,
) -> Iterator[BodyFit]:
    """Find the body's turn, depth and expected poses under each of several assumptions.

    Args:
        mixture: of pose, from which the expected poses are found once the turn and the depth are.
        every_yaw: look at every n-th yaw only.
    """
    n = max(1, _TOGETHER // len(clip.rays))
    for start in range(0, len(assumptions), n):
        yield from _fit_together(shape, clip, assumptions[start : start + n], mixture, every_yaw)


def _fit_together(
    shape: ShapeModel, clip: CleanClip, assumptions: Sequence[Assumption], mixture: ShapeMixture | None, every_yaw: int
) -> Iterator[BodyFit]:
    """As `fit_bodies`: the frames of all fits are one long clip, B T of them, but where time matters."""
    n = len(assumptions)
    seen_so = [clip.to_view(one.up) for one in assumptions]
    rays, pitch, turn = (np.concatenate(values) for values in zip(*seen_so, strict=True))
    at = shape.pitch_index(pitch)
    frames = np.arange(len(rays))
    of_fit = np.split(frames, n)
    scale = np.array([one.scale for one in assumptions])

    def turned(rays: Array, depth: Array | None, every: int) -> tuple[Indices, Array, Array, Array]:
        """State and depth of the likeliest turn, its cost, and the greatest log likelihood of all yaws."""
        value, z = shape.log_likelihood(rays, at, depth, every)
        for one, k in zip(assumptions, of_fit, strict=True):
            if one.avoid is not None:
                near = _yaw_distance(np.arange(0, len(YAWS), every), one.avoid[:, None]) < np.pi / 3
                value[k] -= _AVOIDED * near
        yaw, cost = likeliest_turns(value.reshape(n, len(clip.rays), -1), clip.fps)
        yaw, cost = yaw.ravel(), cost.ravel()
        return at * len(YAWS) + every * yaw, z[frames, yaw], cost - value[frames, yaw], value.max(axis=1)

    def over_time(depth: Array) -> Array:
        smooth = scale * smooth_depth(depth.reshape(n, -1).T, clip.fps)
        return np.maximum(smooth.T.ravel(), _LEAST_DEPTH)

    state, depth, _, _ = turned(rays, None, max(_COARSE, every_yaw))
    depth = over_time(depth)
    # perspective enlarges what is near: rays are corrected for the pose that they make one expect
    relative = in_view(shape.expected_body(state, rays * depth[:, None, None]), state)
    corrected = rays * (1 + relative[:, shape.seen, 2:] / depth[:, None, None])
    state, _, cost, greatest = turned(corrected, depth, every_yaw)
    depth = over_time(shape.likeliest_depth(rays, state))
    y = corrected * depth[:, None, None]
    if mixture is None:
        body, deviation = shape.expected_body(state, y), shape.depth_deviation(state)
    else:
        several = mixture.expected_body(state.reshape(n, -1), y.reshape(n, -1, *y.shape[1:]), clip.fps)
        body, deviation = (values.reshape(len(frames), -1) for values in several)
    relative = in_view(body, state)
    for one, k in zip(assumptions, of_fit, strict=True):
        if one.draw is not None:
            relative[k] += in_view(shape.drawn_body(state[k], one.draw), state[k])
            improbable = 0.5 * (one.draw[:, : shape.mean.size] ** 2).sum(axis=1)
            cost[k] += improbable / max(1.0, LIMB_SMOOTHING * clip.fps)

    poses = _on_rays(relative, rays, depth, shape.seen, clip.trunk) @ turn
    for one, k in zip(assumptions, of_fit, strict=True):
        yield BodyFit(
            label=one.label,
            up=one.up,
            poses3d=poses[k],
            uncertainty=deviation[k] + _LEAST_UNCERTAINTY,
            depth=depth[k],
            rays=corrected[k],
            body=body[k],
            state=state[k],
            cost=cost[k] + _floor_cost(poses[k] @ one.up, clip.fps),
            greatest_log_likelihood=greatest[k],
        )


def _on_rays(relative: Array, rays: Array, depth: Array, seen: Indices, trunk: Indices) -> Array:
    """Poses (T, J, 3) relative to the mid-hip put at its depth (T,), m.

    Seen joints lie on their rays (T, S, 2), at the depth of the pose; the others where the pose has them.
    """
    relative[..., 2] = np.maximum(relative[..., 2], -_NEAREST_JOINT * depth[:, None])
    joint_depth = relative[:, seen, 2:] + depth[:, None, None]
    on_rays = np.concatenate([rays * joint_depth, joint_depth], axis=2)
    root = (on_rays - relative[:, seen])[:, trunk].mean(axis=1)
    poses: Array = relative + root[:, None]
    poses[:, seen] = on_rays
    return poses


def smooth_depth(depth: Array, fps: float) -> Array:
    """(T, ...) depth of the mid-hip, m, over time, from what each frame says by itself."""
    smooth: Array = np.exp(gaussian_smooth(running_median(np.log(depth), fps), _DEPTH_SMOOTHING * fps))
    return smooth


def _yaw_distance(a: Indices, b: Indices) -> Array:
    """Angle between two yaws given by index, rad."""
    n = len(YAWS)
    distance: Array = np.abs((a - b + n // 2) % n - n // 2) * (YAWS[1] - YAWS[0])
    return distance


def _floor_cost(height: Array, fps: float) -> Array:
    """(T,): the lowest joint of the body stays at one height, that of the floor.

    Args:
        height: (T, J) of the joints above the camera, m.
    """
    lowest = running_median(height.min(axis=1), _FLOOR_WINDOW * fps)
    return 0.5 * ((lowest - np.median(lowest)) / _FLOOR_NOISE) ** 2

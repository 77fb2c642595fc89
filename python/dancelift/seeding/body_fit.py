"""Fitting a body to a clip: its turn, its depth and its expected pose at every frame.

Every frame has a likelihood for each yaw of the body, and a dynamic program finds the turn of the whole clip.

Frames of reference: the camera frame (x right, y down, z forward, m); in each frame of the clip the view frame, the
camera turned so that the dancer is in the middle of the image and the vertical is upright in it; the body frame of
`dancelift.body.anatomy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Indices
from dancelift.body.clip import Clip
from dancelift.filters import fill_gaps, gaussian_smooth, running_median
from dancelift.seeding.shape_mixture import ShapeMixture
from dancelift.seeding.shape_model import YAWS, drawn_body, in_view

LIMB_SMOOTHING = 0.3
"""For how long a limb stays off its expected depth, s."""

_TRUNK_LANDMARKS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_TOGETHER = 30000  # frames of all fits that are looked at together, to bound the memory
_LEAST_UNCERTAINTY = 0.02  # m
_NEAREST_JOINT = 0.7  # of the dancer's distance, by which a joint is at most nearer: none is behind the camera
_FLOOR_NOISE = 0.05  # m
_FLOOR_WINDOW = 0.5  # s: steps and small jumps are shorter than that
_MEDIAN_WINDOW = 7 / 30  # s: outliers of the detector are shorter than that
_KEYPOINT_SMOOTHING = 0.05  # s


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
    state: Indices  # (T,) of the view, see `_core.view_rotations`
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
    shape: _core.ShapeModel, clip: CleanClip, up: Array, label: str = "", mixture: ShapeMixture | None = None
) -> BodyFit:
    """`fit_bodies` under one direction of gravity, (3,), camera frame."""
    return next(fit_bodies(shape, clip, [Assumption(up, label)], mixture))


def fit_bodies(
    shape: _core.ShapeModel,
    clip: CleanClip,
    assumptions: Sequence[Assumption],
    mixture: ShapeMixture | None = None,
    every_yaw: int = 1,
    n_threads: int = 1,
) -> Iterator[BodyFit]:
    """Find the body's turn, depth and expected poses under each of several assumptions.

    Args:
        shape: of the body.
        clip: that shows it.
        assumptions: each one makes a fit.
        mixture: of pose, from which the expected poses are found once the turn and the depth are.
        every_yaw: look at every n-th yaw only.
        n_threads: that look at assumptions side by side; the fits do not depend on it.
    """
    n = max(1, _TOGETHER // len(clip.rays))
    for start in range(0, len(assumptions), n):
        yield from _fit_together(shape, clip, assumptions[start : start + n], mixture, every_yaw, n_threads)


def find_turns(
    shape: _core.ShapeModel, clip: CleanClip, assumptions: Sequence[Assumption], every_yaw: int = 1, n_threads: int = 1
) -> _core.BodyTurns:
    """Find the body's turn and depth alone, as `fit_bodies` does."""
    return shape.find_turns(
        rays=clip.rays,
        root=clip.root,
        fps=clip.fps,
        up=np.stack([one.up for one in assumptions]),
        scale=np.array([one.scale for one in assumptions]),
        avoid=[one.avoid for one in assumptions],
        every_yaw=every_yaw,
        n_threads=n_threads,
    )


def _fit_together(
    shape: _core.ShapeModel,
    clip: CleanClip,
    assumptions: Sequence[Assumption],
    mixture: ShapeMixture | None,
    every_yaw: int,
    n_threads: int,
) -> Iterator[BodyFit]:
    """As `fit_bodies`: once the turns are found, the frames of all fits are one long clip, B T of them."""
    n = len(assumptions)
    turns = find_turns(shape, clip, assumptions, every_yaw, n_threads)
    state, depth, cost = turns.state.ravel(), turns.depth.ravel(), turns.cost.copy()
    of_fit = np.split(np.arange(len(state)), n)
    y = turns.corrected * turns.depth[..., None, None]
    if mixture is None:
        body, deviation = shape.expected_body(state, y.reshape(len(state), -1, 2)), shape.depth_deviation(state)
    else:
        several = mixture.expected_body(turns.state, y, clip.fps)
        body, deviation = (values.reshape(len(state), -1) for values in several)
    relative = in_view(body, state)
    for one, k, of_turn in zip(assumptions, of_fit, cost, strict=True):
        if one.draw is not None:
            relative[k] += in_view(drawn_body(shape, state[k], one.draw), state[k])
            improbable = 0.5 * (one.draw[:, : body.shape[1]] ** 2).sum(axis=1)
            of_turn += improbable / max(1.0, LIMB_SMOOTHING * clip.fps)

    rays = turns.rays.reshape(len(state), -1, 2)
    poses = _on_rays(relative, rays, depth, shape.seen, clip.trunk) @ turns.turn.reshape(-1, 3, 3)
    for i, (one, k) in enumerate(zip(assumptions, of_fit, strict=True)):
        yield BodyFit(
            label=one.label,
            up=one.up,
            poses3d=poses[k],
            uncertainty=deviation[k] + _LEAST_UNCERTAINTY,
            depth=depth[k],
            state=state[k],
            cost=cost[i] + _floor_cost(poses[k] @ one.up, clip.fps),
            greatest_log_likelihood=turns.greatest[i],
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


def _floor_cost(height: Array, fps: float) -> Array:
    """(T,): the lowest joint of the body stays at one height, that of the floor.

    Args:
        height: (T, J) of the joints above the camera, m.
    """
    lowest = running_median(height.min(axis=1), _FLOOR_WINDOW * fps)
    return 0.5 * ((lowest - np.median(lowest)) / _FLOOR_NOISE) ** 2

"""What bodies of several kinds of pose look like from every side, and what a clip's poses are given how they look.

The pose is a mixture of Gaussians, and its kind is held for a while: a hidden Markov model over the clip, smoothed with
the forward-backward algorithm (Rabiner 1989, A Tutorial on Hidden Markov Models, sec. III).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array, Indices
from dancelift.seeding.body_views import KEYPOINT_NOISE, SIDEWAYS_NOISE, view_rotation

_HOLD = 0.5  # s, for which a kind of pose lasts
_TEMPERING = 0.3  # the keypoints of neighbouring frames err together, so that each counts for less than a whole one
_CHUNK = 256  # frames looked at together


class MixtureViews:
    """Tables of K kinds of pose over the state of the view, see `BodyViews`.

    Attributes:
        weights: (K,) of the kinds.
        means: (K, 3 J), m, and
        covariances: (K, 3 J, 3 J), m^2, of the joints, body frame.
        seen: (S,) the joints that are seen.
    """

    def __init__(self, weights: Array, means: Array, covariances: Array, seen: Indices) -> None:
        self.weights, self.means, self.covariances, self.seen = weights, means, covariances, seen
        self._noise = KEYPOINT_NOISE**2 * np.eye(2 * len(seen)) + SIDEWAYS_NOISE**2 * np.kron(
            np.ones((len(seen), len(seen))), np.eye(2)
        )

    def explain(self, state: Indices, y: Array) -> tuple[Array, Array, Array]:
        """The poses given the keypoints, kind by kind.

        Args:
            state: (T,) of the view.
            y: (T, S, 2) keypoints, m at the depth of the mid-hip.

        Returns:
            (K, T, 3 J) expected pose, m, body frame; (K, T, J) variance of the joints' depth, m^2; and
            (T, K) log likelihood.
        """
        n, n_kinds, n_joints = len(y), len(self.weights), self.means.shape[1] // 3
        body, variance = np.empty((n_kinds, n, 3 * n_joints)), np.empty((n_kinds, n, n_joints))
        log_likelihood = np.empty((n, n_kinds))
        for view, frames in self._views(state):
            explained, log_likelihood[frames] = view.explain(y[frames])
            body[:, frames] = self.means[:, None] + explained
            variance[:, frames] = view.depth_variance[:, None]
        return body, variance, log_likelihood

    def kind_over_time(self, log_likelihood: Array, fps: float) -> Array:
        """(T, K) probability of each kind at each frame of a clip, given all of its frames.

        Args:
            log_likelihood: (T, K) of each frame by itself.
            fps: frames per second.
        """
        greatest = log_likelihood.max(axis=1, keepdims=True)
        return _smoothed(np.exp(_TEMPERING * (log_likelihood - greatest)), self.weights, _HOLD * fps)

    def posterior_sum(self, state: Indices, kind: Array) -> Array:
        """(K, 3 J, 3 J): each kind's covariance given the keypoints, m^2, summed over frames of those states (T,).

        Args:
            kind: (T, K) what each frame counts.
        """
        total: Array = kind.sum(axis=0)[:, None, None] * self.covariances
        for view, frames in self._views(state):
            explained = view.towards_seen @ view.precision @ np.swapaxes(view.towards_seen, 1, 2)
            total -= kind[frames].sum(axis=0)[:, None, None] * explained
        return total

    def expected_body(self, state: Indices, y: Array, fps: float) -> tuple[Array, Array]:
        """The poses of several clips given the keypoints, of all kinds together.

        Args:
            state: (B, T) of the view.
            y: (B, T, S, 2) keypoints, m at the depth of the mid-hip.
            fps: frames per second.

        Returns:
            (B, T, 3 J) expected pose, m, body frame; and (B, T, J) standard deviation of the joints' depth, m.
        """
        n_joints = self.means.shape[1] // 3
        shape, state, y = state.shape, state.ravel(), y.reshape(-1, *y.shape[2:])
        log_likelihood = np.empty((len(state), len(self.weights)))
        for view, frames in self._views(state):
            log_likelihood[frames] = view.explain(y[frames])[1]
        kind = np.concatenate([self.kind_over_time(one, fps) for one in np.split(log_likelihood, shape[0])])
        body, variance = np.empty((len(state), 3 * n_joints)), np.empty((len(state), n_joints))
        for view, frames in self._views(state):
            poses = self.means[:, None] + view.explain(y[frames])[0]
            of_kind = kind[frames]
            body[frames] = np.einsum("tk,ktj->tj", of_kind, poses)
            depth = poses.reshape(*poses.shape[:2], n_joints, 3) @ view.forward
            expected = np.einsum("tk,ktj->tj", of_kind, depth)
            variance[frames] = np.einsum("tk,ktj->tj", of_kind, view.depth_variance[:, None] + (depth - expected) ** 2)
        return body.reshape(*shape, -1), np.sqrt(variance).reshape(*shape, -1)

    def _views(self, state: Indices) -> Iterator[tuple[_MixtureView, Indices]]:
        """Every state that occurs in (T,), with the frames that are in it, few at a time to bound the memory."""
        for s in np.unique(state):
            view, frames = self._view(int(s)), np.flatnonzero(state == s)
            for start in range(0, len(frames), _CHUNK):
                yield view, frames[start : start + _CHUNK]

    def _view(self, state: int) -> _MixtureView:
        n_kinds, n_joints, n_seen = len(self.weights), self.means.shape[1] // 3, len(self.seen)
        rotation = view_rotation(state)
        image, forward = rotation[:2], rotation[2]
        blocks = self.covariances.reshape(n_kinds, 3 * n_joints, n_joints, 3)[:, :, self.seen]
        towards_seen = (blocks @ image.T).reshape(n_kinds, n_joints, 3, 2 * n_seen)
        within_seen = np.einsum("ua,kjav->kjuv", image, towards_seen[:, self.seen])
        spread = within_seen.reshape(n_kinds, 2 * n_seen, 2 * n_seen) + self._noise
        precision = np.linalg.inv(spread)
        deep = np.einsum("a,kjav->kjv", forward, towards_seen)
        joints = np.arange(n_joints)
        own = self.covariances.reshape(n_kinds, n_joints, 3, n_joints, 3)[:, joints, :, joints]
        variance = np.einsum("a,jkab,b->kj", forward, own, forward) - ((deep @ precision) * deep).sum(axis=2)
        return _MixtureView(
            precision,
            np.linalg.slogdet(spread)[1],
            (self.means.reshape(n_kinds, n_joints, 3)[:, self.seen] @ image.T).reshape(n_kinds, -1),
            towards_seen.reshape(n_kinds, 3 * n_joints, 2 * n_seen),
            np.maximum(variance, 0),
            forward,
        )


@dataclass(frozen=True, eq=False)
class _MixtureView:
    """K kinds of pose seen from one side."""

    precision: Array  # (K, 2 S, 2 S) 1/m^2, of the keypoints
    log_determinant: Array  # (K,) of their covariance
    mean2d: Array  # (K, 2 S) m
    towards_seen: Array  # (K, 3 J, 2 S) m^2, covariance of the pose with the keypoints
    depth_variance: Array  # (K, J) m^2, of the joints' depth given the keypoints
    forward: Array  # (3,) direction of depth, body frame

    def explain(self, y: Array) -> tuple[Array, Array]:
        """By how much poses are away from their mean, (K, T, 3 J), m, and (T, K) log likelihood, of y (T, S, 2)."""
        away = y.reshape(len(y), -1) - self.mean2d[:, None]
        weighted = away @ self.precision
        log_likelihood = -0.5 * ((weighted * away).sum(axis=2) + self.log_determinant[:, None]).T
        return weighted @ np.swapaxes(self.towards_seen, 1, 2), log_likelihood


def _smoothed(likelihood: Array, weights: Array, hold: float) -> Array:
    """(T, K) probability of each kind given all frames.

    Args:
        likelihood: (T, K) of each frame, up to a factor.
        weights: (K,) of the kinds.
        hold: frames for which a kind lasts.
    """
    stay = np.exp(-1 / hold)
    forward, backward = np.empty_like(likelihood), np.ones_like(likelihood)
    before = weights
    for t, of_frame in enumerate(likelihood):
        # from any kind to itself with probability `stay`, else to one drawn by weight
        before = (stay * before + (1 - stay) * weights) * of_frame
        before = forward[t] = before / before.sum()
    for t in range(len(likelihood) - 2, -1, -1):
        after = likelihood[t + 1] * backward[t + 1]
        after = stay * after + (1 - stay) * (weights @ after)
        backward[t] = after / after.sum()
    kind = forward * backward
    smoothed: Array = kind / kind.sum(axis=1, keepdims=True)
    return smoothed

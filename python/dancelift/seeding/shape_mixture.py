"""A mixture of Gaussian shape models seen from every side, and a clip's poses given how they look.

The component that a pose is drawn from lasts for a while: a hidden Markov model over the clip, smoothed with the
forward-backward algorithm (Rabiner 1989, A Tutorial on Hidden Markov Models, sec. III).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Indices
from dancelift.seeding.shape_model import view_rotation

_HOLD = 0.5  # s, for which a component lasts
_FRAMES_AT_ONCE = 256  # of one state of the view, to bound the memory


class ShapeMixture:
    """Tables of K components over the state of the view, see `_core.ShapeModel`.

    Attributes:
        weights: (K,) of the mixture.
        means: (K, 3 J), m, and
        covariances: (K, 3 J, 3 J), m^2, of the joints, body frame.
        seen: (S,) the joints that are seen.
    """

    def __init__(self, weights: Array, means: Array, covariances: Array, seen: Indices) -> None:
        self.weights, self.means, self.covariances, self.seen = weights, means, covariances, seen
        self._noise = _core.KEYPOINT_NOISE**2 * np.eye(2 * len(seen)) + _core.SIDEWAYS_NOISE**2 * np.kron(
            np.ones((len(seen), len(seen))), np.eye(2)
        )

    def explain(self, state: Indices, y: Array) -> tuple[Array, Array, Array]:
        """The poses given the keypoints, component by component.

        Args:
            state: (T,) of the view.
            y: (T, S, 2) keypoints, m at the depth of the mid-hip.

        Returns:
            (K, T, 3 J) expected pose, m, body frame; (K, T, J) variance of the joints' depth, m^2; and
            (T, K) log likelihood.
        """
        n, n_components, n_joints = len(y), len(self.weights), self.means.shape[1] // 3
        body, variance = np.empty((n_components, n, 3 * n_joints)), np.empty((n_components, n, n_joints))
        log_likelihood = np.empty((n, n_components))
        for view, frames in self._by_state(state):
            explained, log_likelihood[frames] = view.explain(y[frames])
            body[:, frames] = self.means[:, None] + explained
            variance[:, frames] = view.depth_variance[:, None]
        return body, variance, log_likelihood

    def component_over_time(self, log_likelihood: Array, fps: float) -> Array:
        """(T, K) responsibility of each component at each frame of a clip, given all of its frames.

        Args:
            log_likelihood: (T, K) of each frame by itself.
            fps: frames per second.
        """
        greatest = log_likelihood.max(axis=1, keepdims=True)
        return _smoothed(np.exp(_core.NEIGHBOUR_TEMPERING * (log_likelihood - greatest)), self.weights, _HOLD * fps)

    def posterior_sum(self, state: Indices, responsibility: Array) -> Array:
        """(K, 3 J, 3 J): each component's covariance given the keypoints, m^2, summed over frames of states (T,).

        Args:
            responsibility: (T, K) of each component for each frame.
        """
        total: Array = responsibility.sum(axis=0)[:, None, None] * self.covariances
        for view, frames in self._by_state(state):
            explained = view.towards_seen @ view.precision @ np.swapaxes(view.towards_seen, 1, 2)
            total -= responsibility[frames].sum(axis=0)[:, None, None] * explained
        return total

    def expected_body(self, state: Indices, y: Array, fps: float) -> tuple[Array, Array]:
        """The poses of several clips given the keypoints, of all mixture together.

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
        for view, frames in self._by_state(state):
            log_likelihood[frames] = view.explain(y[frames])[1]
        responsibility = np.concatenate(
            [self.component_over_time(one, fps) for one in np.split(log_likelihood, shape[0])]
        )
        body, variance = np.empty((len(state), 3 * n_joints)), np.empty((len(state), n_joints))
        for view, frames in self._by_state(state):
            poses = self.means[:, None] + view.explain(y[frames])[0]
            of_component = responsibility[frames]
            body[frames] = np.einsum("tk,ktj->tj", of_component, poses)
            depth = poses.reshape(*poses.shape[:2], n_joints, 3) @ view.forward
            expected = np.einsum("tk,ktj->tj", of_component, depth)
            spread = view.depth_variance[:, None] + (depth - expected) ** 2
            variance[frames] = np.einsum("tk,ktj->tj", of_component, spread)
        return body.reshape(*shape, -1), np.sqrt(variance).reshape(*shape, -1)

    def _by_state(self, state: Indices) -> Iterator[tuple[_SeenMixture, Indices]]:
        """Every state that occurs in (T,), with the frames that are in it, few at a time to bound the memory."""
        for s in np.unique(state):
            view, frames = self._seen_from(int(s)), np.flatnonzero(state == s)
            for start in range(0, len(frames), _FRAMES_AT_ONCE):
                yield view, frames[start : start + _FRAMES_AT_ONCE]

    def _seen_from(self, state: int) -> _SeenMixture:
        n_components, n_joints, n_seen = len(self.weights), self.means.shape[1] // 3, len(self.seen)
        rotation = view_rotation(state)
        image, forward = rotation[:2], rotation[2]
        blocks = self.covariances.reshape(n_components, 3 * n_joints, n_joints, 3)[:, :, self.seen]
        towards_seen = (blocks @ image.T).reshape(n_components, n_joints, 3, 2 * n_seen)
        within_seen = np.einsum("ua,kjav->kjuv", image, towards_seen[:, self.seen])
        spread = within_seen.reshape(n_components, 2 * n_seen, 2 * n_seen) + self._noise
        precision = np.linalg.inv(spread)
        deep = np.einsum("a,kjav->kjv", forward, towards_seen)
        joints = np.arange(n_joints)
        own = self.covariances.reshape(n_components, n_joints, 3, n_joints, 3)[:, joints, :, joints]
        variance = np.einsum("a,jkab,b->kj", forward, own, forward) - ((deep @ precision) * deep).sum(axis=2)
        return _SeenMixture(
            precision,
            np.linalg.slogdet(spread)[1],
            (self.means.reshape(n_components, n_joints, 3)[:, self.seen] @ image.T).reshape(n_components, -1),
            towards_seen.reshape(n_components, 3 * n_joints, 2 * n_seen),
            np.maximum(variance, 0),
            forward,
        )


@dataclass(frozen=True, eq=False)
class _SeenMixture:
    """K components seen from one side."""

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
    """(T, K) responsibility of each component given all frames.

    Args:
        likelihood: (T, K) of each frame, up to a factor.
        weights: (K,) of the mixture.
        hold: frames for which a component lasts.
    """
    stay = np.exp(-1 / hold)
    forward, backward = np.empty_like(likelihood), np.ones_like(likelihood)
    before = weights
    for t, of_frame in enumerate(likelihood):
        # from any component to itself with probability `stay`, else to one drawn by weight
        before = (stay * before + (1 - stay) * weights) * of_frame
        before = forward[t] = before / before.sum()
    for t in range(len(likelihood) - 2, -1, -1):
        after = likelihood[t + 1] * backward[t + 1]
        after = stay * after + (1 - stay) * (weights @ after)
        backward[t] = after / after.sum()
    responsibility = forward * backward
    smoothed: Array = responsibility / responsibility.sum(axis=1, keepdims=True)
    return smoothed

"""What a body of Gaussian shape looks like from every side, and what its pose is given how it looks.

The body stands upright and is seen from a pitch and a yaw. Its keypoints are Gaussian then, and so is the pose given
the keypoints (Bishop 2006, Pattern Recognition and Machine Learning, eq. 2.113-2.117).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dancelift.arraytypes import Array, Indices
from dancelift.geometry import rotation

YAWS = np.arange(48) * 2 * np.pi / 48
"""Tabulated turns of the body about the vertical, rad; at 0 it faces the camera."""

_PITCHES = np.radians(np.arange(-40, 81, 5.0))
_FACING_CAMERA = np.diag([1.0, -1.0, -1.0])  # body frame to camera frame of a dancer who faces the camera
_ROTATIONS = (rotation(0, _PITCHES)[:, None] @ _FACING_CAMERA @ rotation(1, YAWS)).reshape(-1, 3, 3)  # by state
KEYPOINT_NOISE = 0.04
"""Standard deviation of a keypoint, m on the body: detector noise, and where detectors and anatomy disagree."""

SIDEWAYS_NOISE = 0.5
"""Standard deviation of the body's position in the image, m: it is not predicted."""

NEIGHBOUR_TEMPERING = 0.3
"""What a frame's log likelihood counts where frames are weighed against what changes from one to the next: the
keypoints of neighbouring frames err together, so that each frame says less than one by itself would."""

_FRAMES_AT_ONCE = 256  # to bound the memory of the products of every pair of coordinates
_LEAST_QUADRATIC = 1e-9  # 1/m^2, below which all keypoints lie in one point and the depth has no likeliest value


class ShapeModel:
    """Tables over the pitch and yaw of the view, which are made as far as they are asked for.

    A view is named by its state, the index of its pitch times the number of YAWS plus that of its yaw. Keypoints are
    vectors of 2 S numbers here: x of all seen joints, then y of them.

    Attributes:
        mean: (J, 3), m, and
        covariance: (3 J, 3 J), m^2, of the joints, body frame.
        seen: (S,) the joints that are seen.
    """

    def __init__(self, mean: Array, covariance: Array, seen: Indices) -> None:
        self.mean, self.covariance, self.seen = mean, covariance, seen
        n_joints, n_seen, n_states = len(mean), len(seen), len(_ROTATIONS)
        with_seen = covariance.reshape(3 * n_joints, n_joints, 3)[:, seen]
        self._with_seen = np.ascontiguousarray(with_seen.transpose(2, 1, 0)).reshape(3 * n_seen, 3 * n_joints)
        self._within_seen = with_seen.reshape(n_joints, 3, n_seen, 3)[seen].transpose(1, 3, 0, 2).reshape(9, -1)
        self._mean2d = (_ROTATIONS[:, :2] @ mean[seen].T).reshape(n_states, -1)
        self._precision = np.empty((n_states, 2 * n_seen, 2 * n_seen))
        self._degrees_of_freedom = np.empty(n_states)
        self._known = np.zeros(n_states, bool)
        self._sides: dict[tuple[int, int], _Side] = {}

    def _know(self, states: Indices) -> None:
        """Make the tables of these states (V,)."""
        new = states[~self._known[states]]
        if not len(new):
            return
        n = len(self.seen)
        image = _ROTATIONS[new, :2]
        spread = _both(image) @ self._within_seen
        spread = np.ascontiguousarray(spread.reshape(-1, 2, 2, n, n).transpose(0, 1, 3, 2, 4))
        for axis in range(2):
            spread[:, axis, :, axis] += SIDEWAYS_NOISE**2 + KEYPOINT_NOISE**2 * np.eye(n)
        spread = spread.reshape(-1, 2 * n, 2 * n)
        precision = np.linalg.inv(spread)
        self._precision[new] = precision
        # coordinates that the pose explains: those left to noise say nothing of how near the body is
        within_axes = precision[:, :n, :n].sum(axis=(1, 2)) + precision[:, n:, n:].sum(axis=(1, 2))
        of_noise = KEYPOINT_NOISE**2 * np.trace(precision, axis1=1, axis2=2) + SIDEWAYS_NOISE**2 * within_axes
        self._degrees_of_freedom[new] = 2 * n - of_noise
        self._known[new] = True

    @staticmethod
    def pitch_index(pitch: Array) -> Indices:
        """Index of the nearest tabulated pitch (..., rad)."""
        steps = np.round((pitch - _PITCHES[0]) / (_PITCHES[1] - _PITCHES[0])).astype(np.intp)
        index: Indices = np.clip(steps, 0, len(_PITCHES) - 1)
        return index

    def log_likelihood(
        self, rays: Array, pitch: Indices, depth: Array | None, every_yaw: int = 1
    ) -> tuple[Array, Array]:
        """Return the log likelihood of every frame for every n-th yaw.

        With y = depth * rays and n coordinates, log p(rays) = log N(y; mean2d, spread) + n log depth.

        Args:
            rays: (T, S, 2) of the seen joints, view frame.
            pitch: (T,) index of the view's pitch.
            depth: (T,) of the mid-hip, m; None: the likeliest for each yaw.
            every_yaw: which n.

        Returns:
            (T, Y) log likelihood, and (T, Y) the depth it is for.
        """
        n_yaws = len(YAWS) // every_yaw
        value, z = np.empty((len(rays), n_yaws)), np.empty((len(rays), n_yaws))
        for i, frames in _groups(pitch):
            side = self._side(i, every_yaw)
            for start in range(0, len(frames), _FRAMES_AT_ONCE):
                chunk = frames[start : start + _FRAMES_AT_ONCE]
                y = _vectors(rays[chunk]).T.copy()
                single = y.astype(np.float32)
                quadratic = (side.precision @ (single[side.first] * single[side.second])).T.astype(float)
                linear = (side.weighted_mean @ y).T
                if depth is None:
                    of = _likeliest_depth(quadratic, linear, side.degrees_of_freedom)
                else:
                    of = depth[chunk, None]
                distance = of * (of * quadratic - 2 * linear) + side.constant
                z[chunk], value[chunk] = of, side.degrees_of_freedom * np.log(of) - 0.5 * distance
        return value, z

    def _side(self, pitch: int, every_yaw: int) -> _Side:
        if (pitch, every_yaw) not in self._sides:
            states = pitch * len(YAWS) + np.arange(0, len(YAWS), every_yaw)
            self._know(states)
            precision, mean = self._precision[states], self._mean2d[states]
            first, second = np.triu_indices(precision.shape[1])
            weighted_mean = (precision @ mean[..., None])[..., 0]
            self._sides[pitch, every_yaw] = _Side(
                first,
                second,
                (np.where(first == second, 1.0, 2.0) * precision[:, first, second]).astype(np.float32),
                weighted_mean,
                (weighted_mean * mean).sum(axis=1) - np.linalg.slogdet(precision)[1],
                self._degrees_of_freedom[states],
            )
        return self._sides[pitch, every_yaw]

    def likeliest_depth(self, rays: Array, state: Indices) -> Array:
        """Return the mid-hip's likeliest depth, (T,), m, in views of state (T,), of rays as in `log_likelihood`."""
        y = _vectors(rays)
        weighted = self._weighted(y, state)
        quadratic, linear = (weighted * y).sum(axis=1), (weighted * self._mean2d[state]).sum(axis=1)
        return _likeliest_depth(quadratic, linear, self._degrees_of_freedom[state])

    def _weighted(self, y: Array, state: Indices) -> Array:
        """(T, 2 S): precision in views of state (T,) times y (T, 2 S)."""
        weighted = np.empty_like(y)
        for s, frames in self._by_state(state):
            weighted[frames] = y[frames] @ self._precision[s]
        return weighted

    def _by_state(self, state: Indices) -> Iterator[tuple[int, Indices]]:
        """Every state that occurs in (T,), with the frames that are in it."""
        self._know(np.unique(state))
        return _groups(state)

    def posterior_sum(self, state: Indices) -> Array:
        """(3 J, 3 J): the pose's covariance given the keypoints, m^2, summed over frames of those states (T,)."""
        states, count = np.unique(state, return_counts=True)
        self._know(states)
        n = len(self.seen)
        precision = self._precision[states].reshape(-1, 2, n, 2, n).transpose(0, 1, 3, 2, 4).reshape(-1, n * n)
        towards = (count[:, None, None] * _both(_ROTATIONS[states, :2])).reshape(-1, 9)
        lifted = (towards.T @ precision).reshape(3, 3, n, n).transpose(0, 2, 1, 3).reshape(3 * n, 3 * n)
        total: Array = len(state) * self.covariance - self._with_seen.T @ lifted @ self._with_seen
        return total

    def expected_body(self, state: Indices, y: Array) -> Array:
        """The pose given the keypoints.

        Args:
            state: (T,) of the view.
            y: (T, S, 2) keypoints, m at the depth of the mid-hip.

        Returns:
            (T, 3 J) m, body frame, relative to the mid-hip.
        """
        body: Array = self.mean.ravel() + self._explained(state, _vectors(y) - self._mean2d[state])
        return body

    def _explained(self, state: Indices, y: Array) -> Array:
        """(T, 3 J) by how much the pose is away from its mean if the keypoints (T, 2 S) are by y, m."""
        weighted = self._weighted(y, state).reshape(len(y), 2, 1, -1)
        image = _ROTATIONS[state, :2, :, None]
        lifted = image[:, 0] * weighted[:, 0] + image[:, 1] * weighted[:, 1]
        explained: Array = lifted.reshape(len(y), -1) @ self._with_seen
        return explained

    def drawn_body(self, state: Indices, draw: Array) -> Array:
        """What poses drawn from the posterior have more than the expected ones.

        A pose is drawn from the prior and with it keypoints; what those keypoints explain of it is taken away
        (Matheron's rule, Journel & Huijbregts 1978, Mining Geostatistics, sec. VII.A).

        Args:
            state: (T,) of the view.
            draw: (T, n_draws) standard normal numbers.

        Returns:
            (T, 3 J) m, body frame.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        n_body, n = self.mean.size, len(self.seen)
        body: Array = (draw[:, :n_body] * np.sqrt(np.maximum(values, 0))) @ vectors.T
        sideways, noise = np.split(draw[:, n_body:], [2], axis=1)
        y = _vectors(in_view(body, state)[:, self.seen, :2])
        y += SIDEWAYS_NOISE * sideways.repeat(n, axis=1) + KEYPOINT_NOISE * noise
        return body - self._explained(state, y)

    @property
    def n_draws(self) -> int:
        """Standard normal numbers that `drawn_body` needs for a frame."""
        return self.mean.size + 2 + 2 * len(self.seen)

    def depth_deviation(self, state: Indices) -> Array:
        """(T, J): standard deviation of the joints' depth given the keypoints, m, in views of state (T,)."""
        states, index = np.unique(state, return_inverse=True)
        self._know(states)
        n_joints, n = len(self.mean), len(self.seen)
        forward = _ROTATIONS[states, 2]
        joints = np.arange(n_joints)
        own = self.covariance.reshape(n_joints, 3, n_joints, 3)[joints, :, joints].reshape(n_joints, 9)
        image = _ROTATIONS[states, :2]
        both = (image[:, :, :, None] * forward[:, None, None]).reshape(-1, 9)  # (V 2, 3 of the seen, 3 of the joint)
        blocks = self._with_seen.reshape(3, n, n_joints, 3).transpose(0, 3, 2, 1).reshape(9, -1)
        deep = (both @ blocks).reshape(-1, 2, n_joints, n).transpose(0, 2, 1, 3).reshape(-1, n_joints, 2 * n)
        variance = (forward[:, :, None] * forward[:, None]).reshape(-1, 9) @ own.T
        variance -= ((deep @ self._precision[states]) * deep).sum(axis=2)
        deviation: Array = np.sqrt(np.maximum(variance, 0))
        return deviation[index]


@dataclass(frozen=True, eq=False)
class _Side:
    """What the likelihood of keypoints y (2 S,) needs of the views from one pitch and Y yaws.

    Their product of every pair of coordinates gives y' precision y.
    """

    first: Indices  # (P,) of a pair
    second: Indices  # (P,)
    precision: NDArray[np.float32]  # (Y, P) 1/m^2, of the pairs: single is enough to compare yaws
    weighted_mean: Array  # (Y, 2 S) 1/m, precision times mean
    constant: Array  # (Y,) mean' precision mean + log determinant of the covariance
    degrees_of_freedom: Array  # (Y,)


def view_rotation(state: int) -> Array:
    """(3, 3): body frame to view frame in that state of the view."""
    turn: Array = _ROTATIONS[state]
    return turn


def in_view(body: Array, state: Indices) -> Array:
    """(T, 3 J) body frame to (T, J, 3) in views of state (T,)."""
    turned: Array = body.reshape(len(body), -1, 3) @ np.swapaxes(_ROTATIONS[state], 1, 2)
    return turned


def _vectors(points: Array) -> Array:
    """(T, S, 2) to (T, 2 S): x of all, then y of all."""
    return np.swapaxes(points, 1, 2).reshape(len(points), -1)


def _both(image: Array) -> Array:
    """(V, 2, 3) to (V, 4, 9): the Kronecker square, which takes covariances of joints to those of keypoints."""
    square: Array = image[:, :, None, :, None] * image[:, None, :, None]
    return square.reshape(len(image), 4, 9)


def _likeliest_depth(quadratic: Array, linear: Array, degrees_of_freedom: Array) -> Array:
    """Return the depth z of the mid-hip, m, at which rays are likeliest.

    Keypoints y = z rays are normal about mean2d with some precision, and the Jacobian of y is a power n of z, so that
    log p(rays) = -z^2 q / 2 + z l + n log z + constant, with q = rays' precision rays and l = rays' precision mean2d.
    Its derivative -z q + l + n / z is 0 where q z^2 - l z - n = 0: once for z > 0, at the greater root.

    Args:
        quadratic: q, 1/m^2.
        linear: l, 1/m.
        degrees_of_freedom: n, of the coordinates that the pose explains.
    """
    quadratic = np.maximum(quadratic, _LEAST_QUADRATIC)
    depth: Array = (linear + np.sqrt(linear**2 + 4 * degrees_of_freedom * quadratic)) / (2 * quadratic)
    return depth


def _groups(labels: Indices) -> Iterator[tuple[int, Indices]]:
    """Every label that occurs in (T,), with the indices at which it does."""
    order = np.argsort(labels, kind="stable")
    found = labels[order]
    ends = [*np.flatnonzero(np.diff(found)) + 1, len(found)]
    start = 0
    for end in ends:
        yield int(found[start]), order[start:end]
        start = end

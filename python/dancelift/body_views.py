"""What a body of Gaussian shape looks like from every side, and what its pose is given how it looks.

The body stands upright and is seen from a pitch and a yaw. Its keypoints are Gaussian then, and so is the pose given
the keypoints (Bishop 2006, Pattern Recognition and Machine Learning, eq. 2.113-2.117).
"""

from __future__ import annotations

import numpy as np

from dancelift.anatomy import Array, Indices, rotation

YAWS = np.arange(48) * 2 * np.pi / 48
"""Tabulated turns of the body about the vertical, rad; at 0 it faces the camera."""

_PITCHES = np.radians(np.arange(-40, 81, 5.0))
_FACING_CAMERA = np.diag([1.0, -1.0, -1.0])  # body frame to camera frame of a dancer who faces the camera
KEYPOINT_NOISE = 0.04
"""Of a keypoint, m on the body: detector noise, and where detectors and anatomy disagree on a joint."""

SIDEWAYS_NOISE = 0.5
"""Of the body's position in the image, m: it is not predicted."""

_CHUNK = 512  # frames looked at together, to bound the memory


class BodyViews:
    """Tables over the pitch and yaw of the view.

    A view is named by its state, the index of its pitch times the number of YAWS plus that of its yaw.

    Attributes:
        mean: (J, 3), m, and
        covariance: (3 J, 3 J), m^2, of the joints, body frame.
        seen: (S,) the joints that are seen.
    """

    def __init__(self, mean: Array, covariance: Array, seen: Indices) -> None:
        self.mean, self.covariance, self.seen = mean, covariance, seen
        self._tables: dict[int, _View] = {}

    def _at(self, pitch: int) -> _View:
        if pitch not in self._tables:
            self._tables[pitch] = _View(self.mean, self.covariance, self.seen, float(_PITCHES[pitch]))
        return self._tables[pitch]

    @staticmethod
    def pitch_index(pitch: Array) -> Indices:
        """Index of the nearest tabulated pitch (..., rad)."""
        steps = np.round((pitch - _PITCHES[0]) / (_PITCHES[1] - _PITCHES[0])).astype(np.intp)
        index: Indices = np.clip(steps, 0, len(_PITCHES) - 1)
        return index

    def log_likelihood(self, rays: Array, pitch: Indices, depth: Array | None) -> tuple[Array, Array]:
        """Of every frame for every yaw.

        Args:
            rays: (T, S, 2) of the seen joints, view frame.
            pitch: (T,) index of the view's pitch.
            depth: (T,) of the mid-hip, m; None: the likeliest for each yaw.

        Returns:
            (T, Y) log likelihood, and (T, Y) the depth it is for.
        """
        value, z = np.empty((len(rays), len(YAWS))), np.empty((len(rays), len(YAWS)))
        for i in np.unique(pitch):
            frames = np.flatnonzero(pitch == i)
            for chunk in np.split(frames, range(_CHUNK, len(frames), _CHUNK)):
                given = None if depth is None else depth[chunk]
                value[chunk], z[chunk] = self._at(int(i)).log_likelihood(rays[chunk], given)
        return value, z

    def posterior_sum(self, state: Indices) -> Array:
        """(3 J, 3 J): the pose's covariance given the keypoints, m^2, summed over frames of those states (T,)."""
        total = np.zeros_like(self.covariance)
        for i, count in zip(*np.unique(state, return_counts=True), strict=True):
            total += count * self._at(int(i) // len(YAWS)).posterior[i % len(YAWS)]
        return total

    def expected_pose(self, state: Indices, y: Array, draw: Array | None) -> tuple[Array, Array, Array]:
        """The pose given the keypoints, relative to the mid-hip.

        Args:
            state: (T,) of the view.
            y: (T, S, 2) keypoints, m at the depth of the mid-hip.
            draw: (T, 3 J) standard normal numbers, or None for the mean.

        Returns:
            (T, 3 J) m, body frame; (T, J, 3) m, view frame; and (T, J) standard deviation of its depth, m.
        """
        n_joints = len(self.mean)
        body = np.empty((len(y), 3 * n_joints))
        relative, deviation = np.empty((len(y), n_joints, 3)), np.empty((len(y), n_joints))
        for i in np.unique(state):
            view, side = self._at(int(i) // len(YAWS)), i % len(YAWS)
            frames = state == i
            pose = self.mean.ravel() + (y[frames].reshape(frames.sum(), -1) - view.mean2d[side]) @ view.gain[side].T
            posterior = view.posterior[side]
            if draw is not None:
                values, vectors = np.linalg.eigh(posterior)
                pose += draw[frames] @ (vectors * np.sqrt(np.maximum(values, 0))).T
            towards = view.rotation[side]
            body[frames] = pose
            relative[frames] = pose.reshape(-1, n_joints, 3) @ towards.T
            blocks = posterior.reshape(n_joints, 3, n_joints, 3)[np.arange(n_joints), :, np.arange(n_joints)]
            deviation[frames] = np.sqrt(np.maximum(np.einsum("a,jab,b->j", towards[2], blocks, towards[2]), 0))
        return body, relative, deviation


def view_rotation(state: int) -> Array:
    """(3, 3): body frame to view frame in that state of the view."""
    pitch, yaw = divmod(state, len(YAWS))
    turn: Array = rotation(0, float(_PITCHES[pitch])) @ _FACING_CAMERA @ rotation(1, float(YAWS[yaw]))
    return turn


class _View:
    """A Gaussian body seen at one pitch and every yaw: the keypoints' distribution and the pose's given them."""

    def __init__(self, mean: Array, covariance: Array, seen: Indices, pitch: float) -> None:
        n_joints, n_seen = len(mean), len(seen)
        self.rotation = rotation(0, pitch) @ _FACING_CAMERA @ rotation(1, YAWS)
        image = self.rotation[:, :2]
        blocks = covariance.reshape(n_joints, 3, n_joints, 3)
        towards_seen = np.einsum("jakb,yvb->yjakv", blocks[:, :, seen], image, optimize=True)
        within_seen = np.einsum("yua,yjakv->yjukv", image, towards_seen[:, seen], optimize=True)
        towards_seen = towards_seen.reshape(len(YAWS), 3 * n_joints, 2 * n_seen)
        noise = KEYPOINT_NOISE**2 * np.eye(2 * n_seen)
        sideways = SIDEWAYS_NOISE**2 * np.kron(np.ones((n_seen, n_seen)), np.eye(2))
        spread = within_seen.reshape(len(YAWS), 2 * n_seen, 2 * n_seen) + noise + sideways
        self.precision = np.linalg.inv(spread)
        # coordinates that the pose explains: those left to noise say nothing of how near the body is
        self.degrees_of_freedom = np.einsum("yab,yba->y", self.precision, spread - noise - sideways)
        self.log_determinant = np.linalg.slogdet(spread)[1]
        self.mean2d = np.einsum("yua,ja->yju", image, mean[seen]).reshape(len(YAWS), -1)
        self.gain = towards_seen @ self.precision
        self.posterior = covariance - self.gain @ np.swapaxes(towards_seen, 1, 2)
        self._weighted_mean = np.einsum("yab,yb->ya", self.precision, self.mean2d)

    def log_likelihood(self, rays: Array, depth: Array | None) -> tuple[Array, Array]:
        """Of every frame for every yaw.

        With y = depth * rays and n coordinates, log p(rays) = log N(y; mean2d, spread) + n log depth.

        Args:
            rays: (N, S, 2) of the seen joints, view frame.
            depth: (N,) of the mid-hip, m; None: the likeliest for each yaw.

        Returns:
            (N, Y) log likelihood, and (N, Y) the depth it is for.
        """
        y = rays.reshape(len(rays), -1)
        n = self.degrees_of_freedom
        weighted = np.einsum("yab,tb->tya", self.precision, y, optimize=True)
        quadratic = np.einsum("tya,ta->ty", weighted, y)
        linear = y @ self._weighted_mean.T
        constant = np.einsum("ya,ya->y", self._weighted_mean, self.mean2d)
        if depth is None:
            z = (linear + np.sqrt(linear**2 + 4 * n * quadratic)) / (2 * quadratic)
        else:
            z = np.broadcast_to(depth[:, None], linear.shape)
        distance = z**2 * quadratic - 2 * z * linear + constant
        return n * np.log(z) - 0.5 * (distance + self.log_determinant), z

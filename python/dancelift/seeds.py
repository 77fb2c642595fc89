"""Seeds: K hypotheses {P*, w} of a clip's 3D motion, from 2D keypoints and a pose prior.

A body of Gaussian shape stands upright on the ground and turns about the vertical. Seen from a given side its
keypoints are Gaussian too, so every frame has a likelihood for each yaw, a dynamic program finds the turn of the
whole clip, and the expected 3D pose given the 2D follows in closed form (Bishop 2006, Pattern Recognition and
Machine Learning, eq. 2.113-2.117). The camera's pitch and roll are those under which the clip is likeliest. What the
2D leaves open becomes the seeds: pitch, body scale, facing, and how far each limb reaches along the line of sight.

Frames of reference: the camera frame (x right, y down, z forward, m); in each frame of the clip the view frame, the
camera turned so that the dancer is in the middle of the image and the vertical is upright in it; the body frame of
`dancelift.anatomy`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.anatomy import Array, rotation
from dancelift.camera import Camera
from dancelift.prior import PosePrior
from dancelift.skeleton import Skeleton

_TRUNK_LANDMARKS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")

_YAWS = np.arange(48) * 2 * np.pi / 48
_PITCHES = np.radians(np.arange(-40, 81, 5.0))
_KEYPOINT_NOISE = 0.04  # m on the body: detector noise, and where detectors and anatomy disagree on a joint
_SIDEWAYS_NOISE = 0.5  # m: the body's position in the image is not predicted
_TURN_RATE = np.radians(160)  # standard deviation of a dancer's turning, rad/s
_TEMPERING = 0.3  # the keypoints of neighbouring frames err together, so that each counts for less than a whole one
_GRAVITY_TEMPERING = 0.01  # how a dancer holds the body errs in the same way for a whole clip
_LEAST_UNCERTAINTY = 0.02  # m
_NEAREST_JOINT = 0.7  # of the dancer's distance, by which a joint is at most nearer: none is behind the camera
_LEAST_DEPTH = 0.5  # m: nearer than that no camera sees a dancer
_FLOOR_NOISE = 0.05  # m
_FLOOR_WINDOW = 0.5  # s: steps and small jumps are shorter than that

# cameras look slightly down: the likeliest pitch, and the standard deviations of looking further up and further down
_PITCH_PRIOR = np.radians((6, 6, 18))
_ROLL_PRIOR = np.radians(8)
_SAMPLE_FRAMES = 200  # frames of the clip from which the camera's pitch and roll and the dancer's shape are found
_PRIOR_FRAMES = 50  # the prior's mean and covariance count as much as that many frames of the dancer
_ADAPTATIONS = 20  # iterations for the most likely seed
_FURTHER_ADAPTATIONS = 40  # more of them for the others

_MEDIAN_WINDOW = 7 / 30  # s: outliers of the detector are shorter than that
_KEYPOINT_SMOOTHING = 0.05  # s
_DEPTH_SMOOTHING = 0.3  # s
_LIMB_SMOOTHING = 0.3  # s: for how long a limb stays off its expected depth
_LEAST_SEEN = 0.05  # a joint seen in a smaller share of the frames counts as never seen


@dataclass(frozen=True, eq=False)
class Seeds:
    """K hypotheses about one clip.

    Attributes:
        poses3d: (K, T, J, 3) P*, m, camera frame.
        uncertainty: (K, T, J) standard deviation of each joint's depth given the 2D, m.
        prior: (K, T) minus the log likelihood of each hypothesis at each frame.
        depth: (K, T) of the mid-hip, m.
        up: (K, 3) unit vector against gravity, camera frame.
        labels: what each hypothesis assumes.
        person_height: of the dancer in the image, px.
    """

    poses3d: Array
    uncertainty: Array
    prior: Array
    depth: Array
    up: Array
    labels: tuple[str, ...]
    person_height: float


def make_seeds(
    keypoints2d: Array,
    n_seeds: int,
    skeleton: Skeleton,
    fps: float,
    camera: Camera,
    prior: PosePrior,
    height: float,
    seed: int,
) -> Seeds:
    """The `n_seeds` likeliest kinds of hypotheses about a clip; the first is the most likely one.

    Args:
        keypoints2d: (T, J, 3) px and score; score 0 is not seen; some torso joint is seen.
        fps: frames per second.
        camera: its focal length may be a guess.
        prior: of the body's pose.
        height: of the body, m.
        seed: of the random draws.
    """
    views = _Views(*prior.of_joints(skeleton, height), _seen_joints(keypoints2d))
    clip = _Clip.of(keypoints2d, views.seen, skeleton, fps, camera)
    rng = np.random.default_rng(seed)
    sample = clip.every(-(-len(keypoints2d) // _SAMPLE_FRAMES))
    given, up = views, _find_gravity(views, sample)
    views = _adapt_to_dancer(views, given, sample, up, skeleton, _ADAPTATIONS)
    up = _find_gravity(views, sample)
    fits = [_fit(views, clip, up, "most likely")]
    if n_seeds > 1:
        views = _adapt_to_dancer(views, given, sample, up, skeleton, _FURTHER_ADAPTATIONS)
        fits += [_fit_variant(views, clip, fits[0], variant, rng) for variant in _variants(n_seeds - 1, rng)]

    likeliest = np.max([fit.greatest_log_likelihood for fit in fits], axis=0)
    return Seeds(
        poses3d=np.stack([fit.poses3d for fit in fits]),
        uncertainty=np.stack([fit.uncertainty for fit in fits]),
        prior=np.stack([fit.cost + likeliest for fit in fits]),
        depth=np.stack([fit.depth for fit in fits]),
        up=np.stack([fit.up for fit in fits]),
        labels=tuple(fit.label for fit in fits),
        person_height=float(np.median(camera.focal * height / fits[0].depth)),
    )


def _seen_joints(keypoints2d: Array) -> Array:
    """Indices of the joints that are seen often enough to be filled in where they are not."""
    share = (keypoints2d[..., 2] > 0).mean(axis=0)
    return np.flatnonzero(share >= min(_LEAST_SEEN, share.max()))


class _Views:
    """What a Gaussian body looks like from every side: tables over the pitch and yaw of the view."""

    def __init__(self, mean: Array, covariance: Array, seen: Array) -> None:
        self.mean, self.covariance, self.seen = mean, covariance, seen
        self._tables: dict[int, _View] = {}

    def at(self, pitch: int) -> _View:
        """The table of all yaws at a pitch, by index into _PITCHES."""
        if pitch not in self._tables:
            self._tables[pitch] = _View(self.mean, self.covariance, self.seen, float(_PITCHES[pitch]))
        return self._tables[pitch]

    @staticmethod
    def index(pitch: Array) -> Array:
        """Index of the nearest tabulated pitch."""
        steps = np.round((pitch - _PITCHES[0]) / (_PITCHES[1] - _PITCHES[0])).astype(int)
        return np.clip(steps, 0, len(_PITCHES) - 1)


def _adapt_to_dancer(
    views: _Views, given: _Views, clip: _Clip, up: Array, skeleton: Skeleton, iterations: int
) -> _Views:
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
        fit = _fit(views, clip, up, "")
        n = len(fit.body)
        poses = np.concatenate([fit.body, fit.body @ mirror.T])
        mean = (_PRIOR_FRAMES * given_mean + 0.5 * poses.sum(axis=0)) / (_PRIOR_FRAMES + n)
        unexplained = sum(
            count * views.at(state // len(_YAWS)).posterior[state % len(_YAWS)]
            for state, count in zip(*np.unique(fit.state, return_counts=True), strict=True)
        )
        scatter = 0.5 * (poses - mean).T @ (poses - mean) + 0.5 * (unexplained + mirror @ unexplained @ mirror.T)
        shift = np.outer(given_mean - mean, given_mean - mean)
        covariance = (_PRIOR_FRAMES * (given_covariance + shift) + scatter) / (_PRIOR_FRAMES + n)
        size = (mean @ given_mean) / (mean @ mean)  # one camera cannot tell a tall dancer from a near one
        views = _Views(size * mean.reshape(-1, 3), size**2 * covariance, views.seen)
    return views


class _View:
    """A Gaussian body seen at one pitch and every yaw: the keypoints' distribution and the pose's given them."""

    def __init__(self, mean: Array, covariance: Array, seen: Array, pitch: float) -> None:
        n_joints, n_seen = len(mean), len(seen)
        self.rotation = rotation(0, np.float64(pitch)) @ _FACING_CAMERA @ rotation(1, _YAWS)
        image = self.rotation[:, :2]
        blocks = covariance.reshape(n_joints, 3, n_joints, 3)
        towards_seen = np.einsum("jakb,yvb->yjakv", blocks[:, :, seen], image, optimize=True)
        within_seen = np.einsum("yua,yjakv->yjukv", image, towards_seen[:, seen], optimize=True)
        towards_seen = towards_seen.reshape(len(_YAWS), 3 * n_joints, 2 * n_seen)
        noise = _KEYPOINT_NOISE**2 * np.eye(2 * n_seen)
        sideways = _SIDEWAYS_NOISE**2 * np.kron(np.ones((n_seen, n_seen)), np.eye(2))
        spread = within_seen.reshape(len(_YAWS), 2 * n_seen, 2 * n_seen) + noise + sideways
        self.precision = np.linalg.inv(spread)
        # coordinates that the pose explains: those left to noise say nothing of how near the body is
        self.degrees_of_freedom = np.einsum("yab,yba->y", self.precision, spread - noise - sideways)
        self.log_determinant = np.linalg.slogdet(spread)[1]
        self.mean2d = np.einsum("yua,ja->yju", image, mean[seen]).reshape(len(_YAWS), -1)
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


_FACING_CAMERA = np.diag([1.0, -1.0, -1.0])  # body frame to camera frame of a dancer who faces the camera


@dataclass(frozen=True, eq=False)
class _Clip:
    """A clip's keypoints, cleaned for seeding: gaps filled, outliers removed, smoothed."""

    rays: Array  # (T, S, 2) of the seen joints
    root: Array  # (T, 2) ray through the middle of the seen trunk
    trunk: Array  # indices into the seen joints
    fps: float

    @staticmethod
    def of(keypoints2d: Array, seen: Array, skeleton: Skeleton, fps: float, camera: Camera) -> _Clip:
        points = _fill_gaps(keypoints2d[:, seen])
        points = _smooth(_median(points, _MEDIAN_WINDOW * fps), _KEYPOINT_SMOOTHING * fps)
        rays = camera.rays(points)
        joints = [skeleton.index(landmark) for landmark in _TRUNK_LANDMARKS]
        trunk = np.flatnonzero(np.isin(seen, [joint for joint in joints if joint is not None]))
        if not len(trunk):  # it is seen, but not often enough
            trunk = np.arange(len(seen))
        return _Clip(rays, rays[:, trunk].mean(axis=1), trunk, fps)

    def every(self, n: int) -> _Clip:
        """Every n-th frame."""
        return _Clip(self.rays[::n], self.root[::n], self.trunk, self.fps / n)

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
class _Fit:
    """A turn of the body over a clip, and the expected poses that go with it."""

    label: str
    up: Array  # (3,)
    poses3d: Array  # (T, J, 3) m, camera frame
    uncertainty: Array  # (T, J) m
    depth: Array  # (T,) m
    body: Array  # (T, 3 J) m, expected pose, body frame
    state: Array  # (T,) pitch and yaw of the view, by index into _PITCHES and _YAWS
    cost: Array  # (T,) minus log likelihood
    greatest_log_likelihood: Array  # (T,) over all yaws

    @property
    def score(self) -> float:
        return -float(self.cost.sum())

    @property
    def yaw(self) -> Array:
        """(T,) index into _YAWS."""
        return self.state % len(_YAWS)


def _fit(
    views: _Views,
    clip: _Clip,
    up: Array,
    label: str,
    scale: float = 1.0,
    avoid: Array | None = None,
    draw: Array | None = None,
) -> _Fit:
    """Find the body's turn, depth and expected poses under one direction of gravity.

    Args:
        scale: multiplies the depth found, and so the body's size.
        avoid: (T,) yaws, by index, that the turn keeps away from by a third of a half turn.
        draw: (T, 3 J) standard normal numbers: poses are drawn from the posterior instead of its mean.
    """
    rays, pitch, turn = clip.to_view(up)
    at = views.index(pitch)

    def log_likelihood(depth: Array | None) -> tuple[Array, Array]:
        value, z = np.empty((len(rays), len(_YAWS))), np.empty((len(rays), len(_YAWS)))
        for i in np.unique(at):
            frames = at == i
            value[frames], z[frames] = views.at(i).log_likelihood(
                corrected[frames], None if depth is None else depth[frames]
            )
        if avoid is not None:
            distance = np.abs((np.arange(len(_YAWS)) - avoid[:, None] + 24) % len(_YAWS) - 24)
            value[distance < len(_YAWS) // 6] -= 1e3
        return value, z

    frames = np.arange(len(rays))
    corrected = rays
    value, z = log_likelihood(None)
    yaw, _ = _turn(value, clip.fps)
    depth = scale * np.exp(_smooth(_median(np.log(z[frames, yaw]), clip.fps), _DEPTH_SMOOTHING * clip.fps))
    depth = np.maximum(depth, _LEAST_DEPTH)
    for _ in range(2):  # perspective enlarges what is near: rays are corrected for the depth found before
        value, _ = log_likelihood(depth)
        yaw, turn_cost = _turn(value, clip.fps)
        state = at * len(_YAWS) + yaw
        body, relative, deviation = _expected_pose(views, state, corrected * depth[:, None, None], None)
        corrected = rays * (1 + relative[:, views.seen, 2:] / depth[:, None, None])
    if draw is not None:
        body, relative, _ = _expected_pose(views, state, corrected * depth[:, None, None], draw)
        turn_cost = turn_cost + 0.5 * (draw**2).sum(axis=1) / max(1.0, _LIMB_SMOOTHING * clip.fps)

    # seen joints lie on their rays, at the depth of the pose; the others where the pose has them
    relative[..., 2] = np.maximum(relative[..., 2], -_NEAREST_JOINT * depth[:, None])
    joint_depth = relative[:, views.seen, 2:] + depth[:, None, None]
    on_rays = np.concatenate([rays * joint_depth, joint_depth], axis=2)
    root = (on_rays - relative[:, views.seen])[:, clip.trunk].mean(axis=1)
    poses = relative + root[:, None]
    poses[:, views.seen] = on_rays
    poses = poses @ turn
    return _Fit(
        label=label,
        up=up,
        poses3d=poses,
        uncertainty=np.maximum(deviation, 0) + _LEAST_UNCERTAINTY,
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
    lowest = _median(height.min(axis=1), _FLOOR_WINDOW * fps)
    return 0.5 * ((lowest - np.median(lowest)) / _FLOOR_NOISE) ** 2


def _expected_pose(views: _Views, state: Array, y: Array, draw: Array | None) -> tuple[Array, Array, Array]:
    """The pose given the keypoints, relative to the mid-hip.

    Args:
        state: (T,) pitch and yaw of the view, by index.
        y: (T, S, 2) keypoints, m at the depth of the mid-hip.
        draw: (T, 3 J) standard normal numbers, or None for the mean.

    Returns:
        (T, 3 J) m, body frame; (T, J, 3) m, view frame; and (T, J) standard deviation of its depth, m.
    """
    n_joints = len(views.mean)
    body = np.empty((len(y), 3 * n_joints))
    relative, deviation = np.empty((len(y), n_joints, 3)), np.empty((len(y), n_joints))
    for i in np.unique(state):
        view, side = views.at(i // len(_YAWS)), i % len(_YAWS)
        frames = state == i
        pose = views.mean.ravel() + (y[frames].reshape(frames.sum(), -1) - view.mean2d[side]) @ view.gain[side].T
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


def _turn(log_likelihood: Array, fps: float) -> tuple[Array, Array]:
    """The likeliest turn of the body: Viterbi's dynamic program (1967) over the yaw.

    Returns:
        (T,) yaw by index, and (T,) cost of the turning at each frame.
    """
    n = len(_YAWS)
    step = np.abs((np.arange(n)[:, None] - np.arange(n) + n // 2) % n - n // 2) * (_YAWS[1] - _YAWS[0])
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
    return rotation(2, np.float64(roll)) @ rotation(0, np.float64(pitch)) @ np.array([0.0, -1.0, 0.0])


def _find_gravity(views: _Views, clip: _Clip) -> Array:
    """Unit vector against gravity, camera frame: the pitch and roll under which the clip is likeliest."""
    known: dict[tuple[float, float], float] = {}

    def score(pitch: float, roll: float) -> float:
        key = (round(pitch, 4), round(roll, 4))
        if key not in known:
            likeliest, above, below = _PITCH_PRIOR
            away = (pitch - likeliest) / (below if pitch > likeliest else above), roll / _ROLL_PRIOR
            evidence = _GRAVITY_TEMPERING * _fit(views, clip, _direction_of_up(pitch, roll), "").score
            known[key] = evidence - 0.5 * (away[0] ** 2 + away[1] ** 2)
        return known[key]

    pitch, roll = max(((np.radians(p), 0.0) for p in (-10, 0, 10, 20, 35)), key=lambda x: score(*x))
    for step in np.radians((8, 4, 2)):
        neighbours = [(pitch, roll), (pitch + step, roll), (pitch - step, roll), (pitch, roll + step), (pitch, roll - step)]
        pitch, roll = max(neighbours, key=lambda x: score(*x))
    return _direction_of_up(pitch, roll)


@dataclass(frozen=True)
class _Variant:
    """How a seed departs from the most likely one."""

    pitch: float = 0.0  # rad
    scale: float = 1.0
    other_side: bool = False
    draw: bool = False

    @property
    def label(self) -> str:
        parts = ["build learnt further"]
        if self.pitch:
            parts.append(f"camera pitch {np.degrees(self.pitch):+.0f} degrees")
        if self.scale != 1:
            parts.append(f"body scale x {self.scale:.2f}")
        if self.other_side:
            parts.append("facing the other way")
        if self.draw:
            parts.append("limbs drawn")
        return ", ".join(parts)


def _variants(n: int, rng: np.random.Generator) -> list[_Variant]:
    """The first `n` departures: each thing that the 2D leaves open by itself, then random ones of all together."""
    pitch, near, far = np.radians(4), 0.94, 1.06
    listed = [
        _Variant(),
        _Variant(pitch=pitch),
        _Variant(pitch=-pitch),
        _Variant(scale=near),
        _Variant(scale=far),
        _Variant(pitch=2 * pitch),
        _Variant(pitch=-2 * pitch),
        _Variant(other_side=True),
        _Variant(draw=True),
        *(_Variant(pitch=p, scale=s) for p in (pitch, -pitch) for s in (near, far)),
    ]
    drawn = [
        _Variant(pitch=rng.normal(0, pitch), scale=float(np.exp(rng.normal(0, 0.05))), draw=True)
        for _ in range(n - len(listed))
    ]
    return (listed + drawn)[:n]


def _fit_variant(views: _Views, clip: _Clip, likeliest: _Fit, variant: _Variant, rng: np.random.Generator) -> _Fit:
    right = np.array([-likeliest.up[1], likeliest.up[0], 0])
    up = _rotate(likeliest.up, right / np.linalg.norm(right), variant.pitch)
    draw = None
    if variant.draw:
        draw = _smooth(rng.normal(size=(len(clip.rays), views.mean.size)), _LIMB_SMOOTHING * clip.fps)
        draw /= np.sqrt((draw**2).mean())
    avoid = likeliest.yaw if variant.other_side else None
    return _fit(views, clip, up, variant.label, variant.scale, avoid, draw)


def _rotate(vector: Array, axis: Array, angle: float) -> Array:
    """Rodrigues' rotation of a vector about a unit axis."""
    return (
        vector * np.cos(angle) + np.cross(axis, vector) * np.sin(angle) + axis * (axis @ vector) * (1 - np.cos(angle))
    )


def _fill_gaps(keypoints2d: Array) -> Array:
    """(T, J, 3) to (T, J, 2): joints that are not seen lie between the times at which they are."""
    frames = np.arange(len(keypoints2d))
    filled = np.empty((*keypoints2d.shape[:2], 2))
    for j in range(keypoints2d.shape[1]):
        seen = np.flatnonzero(keypoints2d[:, j, 2] > 0)
        for axis in range(2):
            filled[:, j, axis] = np.interp(frames, seen, keypoints2d[seen, j, axis])
    return filled


def _median(values: Array, window: float) -> Array:
    """Running median along the first axis over about `window` frames."""
    half = int(window / 2)
    if half < 1:
        return values
    padded = np.concatenate([values[:1].repeat(half, axis=0), values, values[-1:].repeat(half, axis=0)])
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0), axis=-1)


def _smooth(values: Array, sigma: float) -> Array:
    """Gaussian filter along the first axis, `sigma` in frames."""
    half = int(np.ceil(3 * sigma))
    if half < 1:
        return values
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([values[:1].repeat(half, axis=0), values, values[-1:].repeat(half, axis=0)])
    return np.sum([w * padded[i : i + len(values)] for i, w in enumerate(kernel)], axis=0)

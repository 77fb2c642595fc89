"""A pose prior learnt from 2D keypoints alone: no 3D is seen.

First the body's turn and the camera's pitch are found in each clip, and with them a Gaussian of all clips' poses
(Torresani, Hertzmann & Bregler 2008, Nonrigid Structure-from-Motion). Then expectation maximisation finds a
mixture of such Gaussians, each seen from many sides. Left and right are mirror images throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dancelift import _core
from dancelift.arraytypes import Array, Indices
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton, get_skeleton
from dancelift.camera import centred_camera
from dancelift.checks import check_count, check_random_seed
from dancelift.errors import InputError
from dancelift.keypoints import Track
from dancelift.priors.prior import PoseMixture, PosePrior, anthropometric
from dancelift.seeding.body_fit import Assumption, CleanClip, find_turns
from dancelift.seeding.seeds import SAMPLE_FRAMES, fit_dancer, seen_joints
from dancelift.seeding.shape_mixture import ShapeMixture
from dancelift.seeding.shape_model import view_rotation

_FPS = 30.0  # of a track that does not say
_MAX_FRAMES = 10000  # learnt from, of all clips together
_FRAMES_PER_COMPONENT = 60  # at least, on average
_SHARED_FRAMES = 60  # the components' common covariance counts as much as that many frames of each
_EQUAL_FRAMES = 10  # of each component, towards equal weights
_ITERATIONS = 16
_CLUSTERINGS = 25
_RIDGE = 1e-9  # m^2, where joints do not move freely


def fit_prior_from_2d(
    tracks: Sequence[Track],
    n_components: int = 24,
    name: str = "learnt from 2D",
    random_seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> PosePrior:
    """Learn a pose prior from 2D keypoints of dancers.

    Args:
        tracks: of one skeleton, as `load_keypoints` gives them; views of one dance from several sides are as good as
            several dances.
        n_components: of the mixture of poses; fewer where the tracks are short.
        name: of the prior.
        random_seed: of all random numbers.
        progress: called with the number of steps done and of all steps.

    Raises:
        InputError: there is no track, they have different skeletons, or one of them cannot be lifted.
    """
    n_components, random_seed = check_count("n_components", n_components), check_random_seed(random_seed)
    skeleton, start = _skeleton_of(tracks), anthropometric()
    n_frames = sum(len(track.keypoints2d) for track in tracks)
    n_steps = len(tracks) + _ITERATIONS

    clips = []
    for track in tracks:
        clips.append(_fit_clip(track, skeleton, start, every=-(-n_frames // _MAX_FRAMES)))
        if progress is not None:
            progress(len(clips), n_steps)

    mirror: Array = np.kron(np.eye(len(skeleton))[list(skeleton.mirrored)], np.diag([-1.0, 1.0, 1.0])).astype(float)
    gaussian = _gaussian(clips, mirror, start.of_joints(skeleton)[0].ravel())
    n_components = max(1, min(n_components, sum(len(clip.body) for clip in clips) // _FRAMES_PER_COMPONENT))
    mixture = _cluster(clips, mirror, gaussian, n_components, np.random.default_rng(random_seed))
    for i in range(_ITERATIONS):
        mixture = _expectation_maximisation(clips, mixture, mirror, gaussian)
        if progress is not None:
            progress(len(tracks) + i + 1, n_steps)
    return _of_landmarks(gaussian, mixture, skeleton, start, name)


@dataclass(eq=False)
class _Clip:
    """A track, with the estimates that expectation maximisation improves."""

    rays: Array  # (T, S, 2) of the seen joints, view frame
    depth: Array  # (T,) of the mid-hip, m
    state: Indices  # (T,) of the view, see `_core.view_rotations`
    rotation: Array  # (T, 3, 3) body frame to view frame
    body: Array  # (T, 3 J) m, expected pose, body frame
    unexplained: Array  # (3 J, 3 J) m^2, covariance of the pose given the keypoints, summed over frames
    seen: Indices  # (S,) joints
    fps: float

    def keypoints(self) -> Array:
        """Keypoints (T, S, 2), m at the depth of the mid-hip: without the perspective that enlarges what is near."""
        nearer = np.einsum("tb,tjb->tj", self.rotation[:, 2], self.body.reshape(len(self.body), -1, 3)[:, self.seen])
        keypoints: Array = self.rays * (self.depth[:, None] + nearer)[..., None]
        return keypoints


@dataclass(frozen=True, eq=False)
class _Gaussians:
    """K Gaussians over joints, body frame."""

    weights: Array  # (K,)
    means: Array  # (K, 3 J) m
    covariances: Array  # (K, 3 J, 3 J) m^2


def _skeleton_of(tracks: Sequence[Track]) -> Skeleton:
    skeletons = {get_skeleton(track.skeleton) for track in tracks}
    if len(skeletons) != 1:
        names = sorted(skeleton.name for skeleton in skeletons)
        raise InputError(f"tracks: {len(tracks)} of skeletons {names}, expected at least one, all of one skeleton")
    return skeletons.pop()


def _fit_clip(track: Track, skeleton: Skeleton, prior: PosePrior, every: int) -> _Clip:
    """Find the camera's pitch and the body's turn, and keep every n-th frame."""
    fps = _FPS if track.fps is None else track.fps
    # where the image is does not matter much over a whole corpus
    camera = centred_camera(track.keypoints2d) if track.image_size is None and track.keypoints2d.any() else None
    try:
        seen = Clip.of(track.keypoints2d, skeleton=skeleton, fps=fps, image_size=track.image_size, camera=camera)
    except InputError as error:
        raise InputError(f"track {track.source} {track.name}: {error}") from None
    given = _core.ShapeModel(*prior.of_joints(skeleton), seen_joints(seen.seen))
    clip = CleanClip.of(seen, given.seen)
    shape, up = fit_dancer(given, clip.every(-(-len(seen) // SAMPLE_FRAMES)), skeleton)
    clip = clip.every(every)
    turns = find_turns(shape, clip, [Assumption(up)])
    depth, state = turns.depth[0], turns.state[0]
    rotations = {s: view_rotation(int(s)) for s in np.unique(state)}
    return _Clip(
        rays=turns.rays[0],
        depth=depth,
        state=state,
        rotation=np.stack([rotations[s] for s in state]),
        body=shape.expected_body(state, turns.corrected[0] * depth[:, None, None]),
        unexplained=shape.posterior_sum(state),
        seen=given.seen,
        fps=clip.fps,
    )


def _gaussian(clips: Sequence[_Clip], mirror: Array, standard: Array) -> _Gaussians:
    """Fit one Gaussian to all clips' poses, of a body as large as the `standard` pose (3 J,)."""
    body = np.concatenate([clip.body for clip in clips])
    poses = np.concatenate([body, body @ mirror.T])
    mean = poses.mean(axis=0)
    unexplained = sum(clip.unexplained for clip in clips) / len(body)
    covariance = np.cov(poses.T, bias=True) + 0.5 * (unexplained + mirror @ unexplained @ mirror.T)
    size = (mean @ standard) / (mean @ mean)
    return _Gaussians(np.ones(1), size * mean[None], size**2 * covariance[None])


def _cluster(
    clips: Sequence[_Clip], mirror: Array, gaussian: _Gaussians, n_components: int, rng: np.random.Generator
) -> _Gaussians:
    """Kinds to start from: k-means (Lloyd 1982) of the expected poses and their mirror images."""
    body = np.concatenate([clip.body for clip in clips])
    poses = np.concatenate([body, body @ mirror.T])
    means = poses[rng.choice(len(poses), n_components, replace=False)]
    for _ in range(_CLUSTERINGS):
        nearest = ((means**2).sum(axis=1) - 2 * poses @ means.T).argmin(axis=1)
        for k in np.unique(nearest):
            means[k] = poses[nearest == k].mean(axis=0)
    away = poses - means[nearest]
    covariance = gaussian.covariances[0] - np.cov(poses.T, bias=True) + away.T @ away / len(poses)
    return _Gaussians(np.full(n_components, 1 / n_components), means, np.stack([covariance] * n_components))


def _expectation_maximisation(
    clips: Sequence[_Clip], mixture: _Gaussians, mirror: Array, gaussian: _Gaussians
) -> _Gaussians:
    """One iteration; the clips' expected poses and depths follow."""
    k = len(mixture.weights)
    count, total = np.zeros(2 * k), np.zeros((2 * k, len(mirror)))
    scatter = np.zeros((2 * k, len(mirror), len(mirror)))
    weights = np.tile(mixture.weights / 2, 2)
    means = np.concatenate([mixture.means, mixture.means @ mirror.T])
    covariances = np.concatenate([mixture.covariances, mirror @ mixture.covariances @ mirror.T])
    for seen in {tuple(clip.seen): clip.seen for clip in clips}.values():
        group = [clip for clip in clips if np.array_equal(clip.seen, seen)]
        shape = ShapeMixture(weights, means, covariances, seen)
        state = np.concatenate([clip.state for clip in group])
        body, _, log_likelihood = shape.explain(state, np.concatenate([clip.keypoints() for clip in group]))
        ends = np.cumsum([len(clip.body) for clip in group])
        of_clips = zip(group, np.split(log_likelihood, ends[:-1]), strict=True)
        responsibility = np.concatenate([shape.component_over_time(of_clip, clip.fps) for clip, of_clip in of_clips])
        count += responsibility.sum(axis=0)
        scatter += shape.posterior_sum(state, responsibility)
        for i, weight in enumerate(responsibility.T):
            away = body[i] - means[i]
            total[i] += weight @ away
            scatter[i] += (away * weight[:, None]).T @ away
        for clip, poses in zip(group, np.split(np.einsum("tk,ktj->tj", responsibility, body), ends[:-1]), strict=True):
            clip.body = poses

    # a component learns from its own frames and from those of its mirror image
    frames = count[:k] + count[k:]
    shift = (total[:k] + total[k:] @ mirror.T) / np.maximum(frames, 1e-9)[:, None]
    scatter = scatter[:k] + mirror @ scatter[k:] @ mirror.T - frames[:, None, None] * shift[:, :, None] * shift[:, None]
    shared = scatter.sum(axis=0) / frames.sum()
    shared = 0.5 * (shared + mirror @ shared @ mirror.T)
    covariances = (scatter + _SHARED_FRAMES * shared) / (frames + _SHARED_FRAMES)[:, None, None]
    weights = (frames + _EQUAL_FRAMES) / (frames + _EQUAL_FRAMES).sum()
    means = mixture.means + shift

    mean = 0.5 * (weights @ means + weights @ means @ mirror.T)
    size = (mean @ gaussian.means[0]) / (mean @ mean)  # to one camera a tall dancer looks like a near one
    for clip in clips:
        clip.depth, clip.body = size * clip.depth, size * clip.body
    return _Gaussians(weights, size * means, size**2 * covariances)


def _of_landmarks(
    gaussian: _Gaussians, mixture: _Gaussians, skeleton: Skeleton, given: PosePrior, name: str
) -> PosePrior:
    """The prior of all landmarks: those that are no joint follow the joints as they do under the `given` prior."""
    joints = np.kron(skeleton.landmark_weights, np.eye(3))
    mean, covariance = given.mean.ravel(), given.covariance
    of_joints = joints @ covariance @ joints.T
    gain = covariance @ joints.T @ np.linalg.inv(of_joints + _RIDGE * np.eye(len(joints)))
    rest = covariance - gain @ of_joints @ gain.T

    def extended(some: _Gaussians) -> tuple[Array, Array]:
        means = mean + (some.means - joints @ mean) @ gain.T
        return means.reshape(-1, *given.mean.shape), rest + gain @ some.covariances @ gain.T

    (prior_mean,), (prior_covariance,) = extended(gaussian)
    return PosePrior(prior_mean, prior_covariance, name, PoseMixture(mixture.weights, *extended(mixture)))

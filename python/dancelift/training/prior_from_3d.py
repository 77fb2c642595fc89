"""A pose prior learnt from unpaired 3D motion: the semi-supervised setting of Hu & Ahuja (2021, sec. 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.facing import face_forward, facing
from dancelift.body.motion import Motion
from dancelift.checks import check_count, check_random_seed, check_share
from dancelift.errors import InputError, require
from dancelift.geometry import rotation
from dancelift.priors.pose_net import NET_SKELETON
from dancelift.priors.prior import PosePrior, anthropometric, get_prior
from dancelift.training.random_views import ANY_POSE, UPRIGHT

_MAX_POSES = 40_000  # of the Gaussian; more hardly change a covariance of this size and take memory
DEFAULT_STEPS = 7000
"""Default number of the training's steps: an hour on two cores."""

_LAST_SHARE = 0.3  # of the steps, at the end, that show
_LAST_STRENGTH, _LAST_VARIETY = 0.4, 0.5  # times the strength of an upright prior, the variety of another
_FURTHER = 0.5  # times the usual learning rate, for a network that is learnt further
_MIN_TIME = 5.0  # s of motion in all, about one window of the network's training
_MIN_CLIP_TIME = 1.0  # s; a shorter motion would be stretched too much to fill a window
_NEEDED = tuple(f"{side}_{joint}" for joint in ("hip", "shoulder") for side in ("left", "right"))


def fit_prior_from_3d(
    motions: Sequence[Motion],
    n_steps: int = DEFAULT_STEPS,
    random_seed: int = 0,
    device: str | None = None,
    start: PosePrior | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int, int, float], object] | None = None,
    strength: float = 1.0,
    upright: bool = False,
) -> PosePrior:
    """Learn a prior from 3D motion of dancers, which needs no 2D and no cameras.

    The Gaussian is that of the poses in the body frame; the network is trained on the motion under random bodies,
    cameras and detectors. The average dancer of the motion counts as STANDARD_HEIGHT tall.

    An upright prior is an expert in these dances as they were recorded, danced upright, and has the default prior's
    expert in any pose beside it: more precise for such dances, and no better than the default prior for others.

    Args:
        motions: 3D motion, at least 5 s in all; what is shorter than 1 s is passed over.
        n_steps: of the network's training.
        random_seed: of all random numbers.
        device: of torch; None: a GPU where there is one.
        start: prior whose network is learnt further, at half the rate; of several networks the last one, or the first
            one if the new prior is upright. None: a new one is.
        checkpoint: file from which a training that was stopped goes on; None: none is kept.
        progress: called with the steps done, their number and the mean distance to the true joints of late, m.
        strength: of the random changes to bodies and movement, between 0 and 1. The less, the more precise for dancers
            and captures like these, and the less so for others.
        upright: whether the network is shown nothing but movement such as was recorded, upright.

    Raises:
        InputError: there is too little motion, a motion has no hips or shoulders, there is no such device, the prior
            to start from has no network, or a number cannot be.
        MissingExtraError: PyTorch is not installed.
    """
    n_steps, random_seed = check_count("n_steps", n_steps), check_random_seed(random_seed)
    strength = check_share("strength", strength)
    motions = [motion for motion in motions if len(motion.poses3d) >= _MIN_CLIP_TIME * motion.fps]
    seconds = sum(len(motion.poses3d) / motion.fps for motion in motions)
    if seconds < _MIN_TIME:
        raise InputError(f"motions: {seconds:.1f} s in all, expected at least {_MIN_TIME:.0f} s")
    if start is not None and not start.nets:
        raise InputError(f"start is the prior {start.name!r}, which has no network, expected one learnt from 3D")
    require("train", "learning a prior from 3D", "torch")
    from dancelift.training.pose_net_training import LEARNING_RATE, Lesson, train_pose_net  # importing torch takes long

    # the end is nearer to what was recorded
    last = (UPRIGHT, _LAST_STRENGTH * strength) if upright else (ANY_POSE.times(_LAST_VARIETY), strength)
    lessons = (Lesson(1 - _LAST_SHARE, UPRIGHT if upright else ANY_POSE, strength), Lesson(_LAST_SHARE, *last))

    clips = [(_completed(motion), motion.fps) for motion in motions]
    gaussian = gaussian_of_poses(np.concatenate([poses for poses, _ in clips]))
    net = train_pose_net(
        clips,
        n_steps,
        lessons=lessons,
        learning_rate=LEARNING_RATE * (1 if start is None else _FURTHER),
        random_seed=random_seed,
        device=device,
        start=None if start is None else start.nets[0 if upright else -1],
        checkpoint=checkpoint,
        progress=progress,
    )
    sources = ", ".join(sorted({motion.source for motion in motions}))
    nets = (net, get_prior("default").nets[-1]) if upright else (net,)
    return PosePrior(gaussian.mean, gaussian.covariance, f"from 3D of {len(motions)} motions ({sources})", nets=nets)


def _completed(motion: Motion) -> Array:
    """The joints (T, J, 3) of NET_SKELETON; those that the motion lacks are where anatomy expects them."""
    poses = motion.as_coco17()
    known = np.flatnonzero(~np.isnan(poses).any(axis=(0, 2)))
    if len(known) == len(NET_SKELETON):
        return poses
    names = [NET_SKELETON.joints[joint] for joint in known]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(f"motion {motion.name!r}: {', '.join(missing)} missing, expected hips and shoulders")
    hips = poses[:, [NET_SKELETON.joints.index(f"{side}_hip") for side in ("left", "right")]].mean(axis=1)
    landmarks, _ = anthropometric().complete(face_forward(poses[:, known], names), names)
    joints = landmarks[:, [anatomy.LANDMARKS.index(name) for name in NET_SKELETON.joints]]
    turn = rotation(1, facing(poses[:, known], names))
    completed: Array = joints @ np.swapaxes(turn, -1, -2) + hips[:, None]
    return completed


def gaussian_of_poses(poses: Array) -> PosePrior:
    """The Gaussian of poses (N, J, 3) of NET_SKELETON, m, y up; what they do not show of the body is anatomy's."""
    poses = poses[:: -(-len(poses) // _MAX_POSES)]
    forward = face_forward(poses, NET_SKELETON.joints)
    mirrored = forward[:, list(NET_SKELETON.mirrored)] * [-1, 1, 1]
    landmarks, rest = anthropometric().complete(np.concatenate([forward, mirrored]), NET_SKELETON.joints)
    mean = landmarks.mean(axis=0)
    deviation = (landmarks - mean).reshape(len(landmarks), -1)
    return PosePrior(mean, deviation.T @ deviation / len(landmarks) + rest, "Gaussian of poses")

"""Lift a dataset's clips and measure how far the motion is from the true one."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from dancelift import metrics
from dancelift.arraytypes import Array
from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.skeleton import Skeleton, get_skeleton, sided
from dancelift.datasets.sequence import Dataset, EvaluationSequence, KeypointSource
from dancelift.errors import InputError
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult

METRICS: dict[str, str] = {
    "MPJPE": "mm, mean joint error, mid-hips aligned, joints from shoulders to ankles",
    "N-MPJPE": "mm, MPJPE after one scale for the clip",
    "PA-MPJPE": "mm, MPJPE after a similarity transform in each frame (Procrustes)",
    "WA-MPJPE": "mm, error with the path, after a similarity transform of every 100 frames",
    "W-MPJPE": "mm, the same with the transform fitted to the first two of the 100 frames",
    "accel": "mm/frame^2, error of the acceleration after one scale for the clip",
    "jitter": "10 m/s^3, third derivative of the lifted joints' motion; true motion has some too",
    "MPJPE-all": "mm, MPJPE of all joints of the skeleton",
    "path": "mm, error of the root's path after one similarity transform of it",
    "path-cam": "mm, error of the root's path in the camera frame after one scale",
    "RTE": "% of the true path's length, error of the root's path after a rigid transform of it",
    "slide": "mm/frame, foot sliding: of feet that stand in truth, after one scale for the clip",
    "tilt": "degrees between the estimated and the true floor",
    "bones": "%, greatest variation of a limb's length over the clip",
    "reproj": "px, median distance of the reprojection to the exact keypoints",
    "in-1sd": "%, joints whose error along the line of sight is within the deviation that is said; 68 is right",
    "in-2sd": "%, the same within two standard deviations; 95 is right",
    "start": "mm, N-MPJPE of the winning seed before it is optimised",
    "start-PA": "mm, PA-MPJPE of the winning seed before it is optimised",
    "oracle": "mm, N-MPJPE of the seed that comes nearest to the truth",
    "oracle-PA": "mm, PA-MPJPE of the seed that comes nearest to the truth",
}
"""What each figure is, by its name in tables and files."""

_BODY = sided("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@dataclass(frozen=True)
class LiftProtocol:
    """Which clips are lifted, from what, and how.

    Attributes:
        split: one of the dataset's; None: all clips.
        match: only clips whose name starts with one of these; none: all.
        keypoints: where they come from.
        n_frames: the first frames of each clip; None: all.
        n_views: the first views of each clip.
        camera_known: whether the lift is given the true intrinsics.
        height: of the dancer as the lift is given it, m; "true": that of the true bones; None: not given.
        options: of the lift, but for the height.
    """

    split: str | None = None
    match: tuple[str, ...] = ()
    keypoints: KeypointSource = "detected"
    n_frames: int | None = None
    n_views: int = 1
    camera_known: bool = False
    height: float | Literal["true"] | None = None
    options: LiftOptions = field(default_factory=LiftOptions)


@dataclass(frozen=True)
class LiftScore:
    """How well one view of a clip was lifted.

    Attributes:
        clip: its name.
        view: of the camera.
        group: the genre or the action.
        n_frames: lifted.
        seconds: taken, all seeds included.
        metrics: figures by name, see METRICS; NaN where one has no meaning.
    """

    clip: str
    view: str
    group: str
    n_frames: int
    seconds: float
    metrics: dict[str, float]

    @property
    def fps(self) -> float:
        """Lifted frames per second."""
        return self.n_frames / self.seconds


def chosen_clips(dataset: Dataset, protocol: LiftProtocol) -> list[str]:
    """The clips that are to be lifted.

    Raises:
        InputError: there are none, or the dataset has no such split.
    """
    if protocol.split is not None and protocol.split not in dataset.splits:
        raise InputError(f"split is {protocol.split!r}, expected one of {', '.join(dataset.splits)} of {dataset.name}")
    found = dataset.clips(protocol.split)
    chosen = [clip for clip in found if clip.startswith(protocol.match or ("",))]
    if not chosen:
        names = f", and a name that starts with {' or '.join(protocol.match)}" if protocol.match else ""
        raise InputError(f"no clip of {len(found)} in split {protocol.split or 'all'}{names}, expected at least one")
    return chosen


def evaluate_clip(dataset: Dataset, clip: str, protocol: LiftProtocol) -> Iterator[LiftScore]:
    """Lift each view of a clip and measure it."""
    for sequence in dataset.read(clip, protocol.keypoints, protocol.n_views):
        yield evaluate_sequence(sequence.first(protocol.n_frames), protocol)


def evaluate_sequence(sequence: EvaluationSequence, protocol: LiftProtocol) -> LiftScore:
    """Lift a sequence and measure the result."""
    start = time.perf_counter()
    height = true_height(sequence) if protocol.height == "true" else protocol.height
    options = replace(protocol.options, height=height, keep_seeds=True)
    result = lift_clip(sequence.clip(sequence.matrix if protocol.camera_known else None), options)
    seconds = time.perf_counter() - start
    return LiftScore(
        sequence.name, sequence.view, sequence.group, len(sequence.poses3d), seconds, measure(result, sequence)
    )


def measure(result: LiftResult, sequence: EvaluationSequence) -> dict[str, float]:
    """METRICS of a lift, those of its seeds where it holds their poses."""
    predicted, true = result.poses3d, sequence.poses3d
    skeleton = get_skeleton(sequence.skeleton)
    body, hips, ankles = (_joints(skeleton, names) for names in (_BODY, sided("hip"), sided("ankle")))
    limbs = [(bone.a, bone.b) for bone in skeleton.bones if bone.softness == 1]
    exact = true @ sequence.matrix.T
    contact = metrics.foot_contact(true, ankles, sequence.up, sequence.fps)
    to_size = metrics.clip_scale(predicted, true, hips, body)
    found = {
        "MPJPE": metrics.mpjpe(predicted, true, hips, body),
        "N-MPJPE": metrics.n_mpjpe(predicted, true, hips, body),
        "PA-MPJPE": metrics.pa_mpjpe(predicted, true, body),
        "WA-MPJPE": metrics.wa_mpjpe(predicted, true, body),
        "W-MPJPE": metrics.w_mpjpe(predicted, true, body),
        "accel": metrics.acceleration_error(predicted, true, hips, body),
        "jitter": metrics.jitter(predicted, sequence.fps, body),
        "MPJPE-all": metrics.mpjpe(predicted, true, hips),
        "path": metrics.root_path_error_aligned(predicted, true, hips),
        "path-cam": metrics.root_path_error_scaled(predicted, true, hips),
        "RTE": metrics.root_translation_error(predicted, true, hips),
        "slide": metrics.foot_sliding(to_size * predicted, contact, ankles, sequence.up),
        "tilt": math.nan if result.camera.up is None else metrics.floor_tilt(result.camera.up, sequence.up),
        "bones": 100 * metrics.bone_length_variation(predicted, limbs),
        "reproj": metrics.reprojection_error(result.keypoints2d, exact[..., :2] / exact[..., 2:], body),
    }
    sigma = result.deviations[:, body, 1]
    along = metrics.error_along_rays(predicted, true, hips, body)
    for k in (1, 2):
        found[f"in-{k}sd"] = 100 * float((along <= k * sigma).mean()) if sigma.size else math.nan
    for name, seeds in _seed_poses(result).items():
        errors = [metrics.n_mpjpe(poses, true, hips, body) for poses in seeds]
        best = int(np.argmin(errors))
        found[name] = errors[best]
        found[f"{name}-PA"] = metrics.pa_mpjpe(seeds[best], true, body)
    return found


def _seed_poses(result: LiftResult) -> dict[str, Array]:
    """Poses (seeds, T, J, 3) of the winner before the optimisation, and of all seeds after it."""
    found: dict[str, Array] = {}
    if result.initial_poses3d is not None:
        found["start"] = result.initial_poses3d[result.best_seed : result.best_seed + 1]
    if result.seed_poses3d is not None and len(result.seed_poses3d) > 1:
        found["oracle"] = result.seed_poses3d
    return found


def _joints(skeleton: Skeleton, landmarks: Sequence[str]) -> list[int]:
    return [joint for name in landmarks if (joint := skeleton.index(name)) is not None]


def true_height(sequence: EvaluationSequence) -> float:
    """Height of an average body whose bones add up to the true ones, m: what a lift takes as `height`."""
    skeleton = get_skeleton(sequence.skeleton)
    average = np.asarray(skeleton.mean_lengths(STANDARD_HEIGHT))[[bone.length for bone in skeleton.bones]]
    a, b = np.array([(bone.a, bone.b) for bone in skeleton.bones]).T
    true = np.median(np.linalg.norm(sequence.poses3d[:, a] - sequence.poses3d[:, b], axis=-1), axis=0)
    return STANDARD_HEIGHT * float(true.sum() / average.sum())


@dataclass(frozen=True)
class LiftSummary:
    """Means over lifted views.

    Attributes:
        n_views: lifted.
        n_frames: in all of them.
        fps: lifted frames per second.
        metrics: the mean of each figure over the views, see METRICS.
    """

    n_views: int
    n_frames: int
    fps: float
    metrics: dict[str, float]


def summarise(scores: Sequence[LiftScore]) -> LiftSummary:
    """Means over views; a figure that has no meaning in one is left out of its mean."""
    n_frames = sum(score.n_frames for score in scores)
    means = {}
    for name in scores[0].metrics:
        values = [score.metrics[name] for score in scores if not math.isnan(score.metrics[name])]
        means[name] = sum(values) / len(values) if values else math.nan
    return LiftSummary(len(scores), n_frames, n_frames / sum(score.seconds for score in scores), means)


def summarise_groups(scores: Sequence[LiftScore]) -> dict[str, LiftSummary]:
    """Means over the views of each genre or action, by its name."""
    groups = sorted({score.group for score in scores})
    return {group: summarise([score for score in scores if score.group == group]) for group in groups}

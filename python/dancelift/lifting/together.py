"""Several dancers lifted together: one camera, one floor, and where and how large they are beside each other.

Each is lifted with the focal length that they share; then the floor that they share, and hands that they hold, say how
large each is beside the others. Scaling a dancer about the camera leaves the image as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from dancelift.body.anatomy import STANDARD_HEIGHT
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera, centred_camera
from dancelift.errors import InputError, warn
from dancelift.lifting.common_floor import CommonFloor, Standing, find_common_floor
from dancelift.lifting.common_focal import find_common_focal, with_focal
from dancelift.lifting.contact import find_contacts
from dancelift.lifting.held_hands import Wrists, find_held_hands
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult, upward
from dancelift.lifting.solve import Progress
from dancelift.priors.prior import PosePrior, get_prior
from dancelift.provenance import Provenance, hash_of

_SAME_CUT = 2  # frames by which dancers may seem to jump apart where a video is cut


def lift_together(
    keypoints2d: Sequence[ArrayLike],
    *,
    frame_numbers: Sequence[ArrayLike] | None = None,
    n_seeds: int = 16,
    skeleton: str | Skeleton = "coco17",
    fps: float = 30.0,
    image_size: tuple[int, int] | None = None,
    camera: Camera | ArrayLike | None = None,
    prior: str | os.PathLike[str] | PosePrior = "default",
    heights: Sequence[float] | None = None,
    sigmas: Mapping[str, float] | None = None,
    random_seed: int = 0,
    n_threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    solver: str = "chain",
) -> list[LiftResult]:
    """Lift the 2D keypoints of several dancers in one video to 3D motion in one room.

    All have the same camera, with one focal length and one direction of gravity, and stand on one floor. Where they
    are and how large they are is true of them beside each other: only the scale of the whole scene is that of dancers
    who are `heights` tall or, where these are not known, 1.70 m on average.

    Args:
        keypoints2d: of each dancer, (T, J, 2) or (T, J, 3), px and score, as `dancelift.lift` takes them.
        frame_numbers: of each dancer, (T,) number of each frame in the video, rising; None: all begin with frame 0.
        n_seeds: K, of each dancer.
        skeleton: of all, see `dancelift.lift`.
        fps: frames per second.
        image_size: (width, height), px. Without it and without `camera` the image is assumed to be centred on the
            dancers, with a warning.
        camera: None: the focal length is estimated. A 3x3 intrinsics matrix K in px, or a Camera, of perspective.
        prior: see `dancelift.lift`.
        heights: of the dancers, m, where they are known.
        sigmas: see `dancelift.lift`.
        random_seed: of the random draws.
        n_threads: threads to use; None: one a processor.
        progress: called with the number of seeds done and of all seeds.
        solver: see `dancelift.lift`.

    Returns:
        One result a dancer, in the order given; `LiftResult.floor` is the height of the common floor.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        SolverError: a dancer could not be lifted.
    """
    n = len(keypoints2d)
    if not n:
        raise InputError("keypoints2d has 0 dancers, expected at least 1")
    for name, given in (("frame_numbers", frame_numbers), ("heights", heights)):
        if given is not None and len(given) != n:
            raise InputError(f"{name} has {len(given)} entries, expected one for each of {n} dancers")
    clips = [
        Clip.of(
            points,
            skeleton=skeleton,
            fps=fps,
            image_size=image_size,
            camera=camera,
            frame_numbers=None if frame_numbers is None else frame_numbers[i],
        )
        for i, points in enumerate(keypoints2d)
    ]
    options = LiftOptions(n_seeds, prior, None, sigmas, random_seed, n_threads, False, solver)
    return lift_clips_together(clips, options, heights, progress)


def lift_clips_together(
    clips: Sequence[Clip],
    options: LiftOptions,
    heights: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> list[LiftResult]:
    """Lift the clips of one video together, see `lift_together`.

    Dancers of a video that is cut are lifted alone, with a warning: the camera may be another one after the cut.
    """
    each = [replace(options, height=height) for height in heights] if heights else [options] * len(clips)
    hashes = [clip.hash for clip in clips]
    together = _may_share(clips)
    focal_known = clips[0].camera.focal_known
    if together:
        # a jump of one dancer alone is the detector's
        clips = [replace(clip, takes=(0,)) for clip in _with_one_camera(clips, options)]

    def progress_of(k: int) -> Progress | None:
        if progress is None:
            return None
        return lambda done, n: progress(k * n + done, len(clips) * n)

    results = [lift_clip(clip, own, progress_of(k)) for k, (clip, own) in enumerate(zip(clips, each, strict=True))]
    if not together:
        return results
    floor = _common_floor(clips, results, each)
    return [
        replace(
            _placed(result, floor, float(log_size), focal_known), provenance=_provenance(result.provenance, k, hashes)
        )
        for k, (result, log_size) in enumerate(zip(results, floor.log_sizes, strict=True))
    ]


def _provenance(alone: Provenance | None, k: int, clips: Sequence[str]) -> Provenance | None:
    """How the lift of the k-th of dancers is made, of whose clips these are the hashes."""
    if alone is None:
        return None
    hashes = {**alone.hashes, "keypoints2d": clips[k], "keypoints2d of all": hash_of(list(clips), {})}
    return replace(alone, hashes=hashes)


def _may_share(clips: Sequence[Clip]) -> bool:
    """Whether there are several dancers whom one camera saw all the time."""
    if len(clips) < 2:
        return False
    if any(clip.camera.model != "perspective" for clip in clips):
        raise InputError(f"camera: model {clips[0].camera.model!r}, expected 'perspective' to lift dancers together")
    if _is_cut(clips):
        warn("keypoints2d: the video is cut; the dancers are lifted each alone, as takes")
        return False
    return True


def _is_cut(clips: Sequence[Clip]) -> bool:
    """Whether all the dancers who are there jump at the same time."""
    jumps = np.array([clip.frame_numbers[take] for clip in clips for take in clip.takes[1:]])
    for jump in jumps:
        n_there = sum(int(clip.frame_numbers[0]) < jump <= int(clip.frame_numbers[-1]) for clip in clips)
        if (np.abs(jumps - jump) <= _SAME_CUT).sum() >= max(n_there, 2):
            return True
    return False


def _with_one_camera(clips: Sequence[Clip], options: LiftOptions) -> list[Clip]:
    """The clips with one camera, whose focal length is found."""
    camera = clips[0].camera
    if any(not np.allclose(clip.camera.matrix, camera.matrix) for clip in clips):
        seen = np.concatenate([clip.keypoints2d[clip.seen] for clip in clips])
        camera = centred_camera(seen[None])
    clips = [replace(clip, camera=camera) for clip in clips]
    if not camera.focal_known:
        camera = with_focal(camera, find_common_focal(clips, options, get_prior(options.prior)))
    return [replace(clip, camera=camera) for clip in clips]


def _common_floor(clips: Sequence[Clip], results: Sequence[LiftResult], options: Sequence[LiftOptions]) -> CommonFloor:
    up = np.mean([upward(result.camera) for result in results], axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    dancers, wrists = [], []
    for clip, result, own in zip(clips, results, options, strict=True):
        poses, skeleton = result.poses3d, result.skeleton
        feet = skeleton.feet(own.height or STANDARD_HEIGHT)
        joints = [foot.joint for foot in feet]
        contacts = find_contacts(clip, poses[None], up[None], feet)
        dancers.append(
            Standing(
                feet=poses[:, joints].reshape(-1, 3),
                rest=np.tile([foot.rest for foot in feet], len(poses)),
                on_floor=(contacts.on_floor[0] * result.seen[:, joints]).ravel(),
                fps=clip.fps,
            )
        )
        hips, hands = (
            [joint for side in ("left", "right") if (joint := skeleton.index(f"{side}_{part}")) is not None]
            for part in ("hip", "wrist")
        )
        wrists.append(
            Wrists(
                joints=tuple(hands),
                poses3d=poses,
                seen=result.seen,
                depth=poses[:, hips, 2].mean(axis=1),
                frame_numbers=result.frame_numbers,
                fps=clip.fps,
            )
        )
    return find_common_floor(dancers, find_held_hands(wrists), up, all(own.height for own in options))


def _placed(result: LiftResult, floor: CommonFloor, log_size: float, focal_known: bool) -> LiftResult:
    """A dancer scaled about the camera, under the common direction of gravity and on the common floor."""
    size = float(np.exp(log_size))
    poses3d = size * result.poses3d
    camera = replace(result.camera, up=floor.up, focal_known=focal_known)
    return replace(
        result,
        poses3d=poses3d,
        camera=camera,
        keypoints2d=camera.project(poses3d),
        bone_lengths={name: size * length for name, length in result.bone_lengths.items()},
        deviations=size * result.deviations,
        floor=floor.height,
    )

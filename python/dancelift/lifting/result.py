"""What a lift comes to, and the file that it is kept in."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.floor import floor_height
from dancelift.body.motion import Motion
from dancelift.body.skeleton import Skeleton
from dancelift.body.sketch import sketch
from dancelift.camera import Camera
from dancelift.checks import check_image_size
from dancelift.errors import InputError
from dancelift.files import open_npz
from dancelift.filters import widened
from dancelift.geometry import turn_up
from dancelift.provenance import Provenance
from dancelift.stored import StoredArrays, StoredJson, as_name

_FORMAT = 3
_EXPECTED = "a lift result, expected an npz that LiftResult.save wrote"
_SKETCHED = 8  # poses that a notebook shows
_MOMENT = 0.15  # s, for how long a joint that is not seen is still known


@dataclass(frozen=True, eq=False)
class Take:
    """What one camera filmed without a cut.

    Attributes:
        start: its first frame.
        camera: that filmed it.
    """

    start: int
    camera: Camera


@dataclass(frozen=True, eq=False)
class LiftResult:
    """3D motion of one dancer and how it was found.

    T frames, J joints, K seeds; camera frame: x right, y down, z forward.

    Attributes:
        poses3d: (T, J, 3), m, camera frame, the root's path included.
        keypoints2d: (T, J, 2), px: `poses3d` projected by `camera`.
        camera: the imaging parameters w_t; of a clip of several takes, those of the longest.
        best_seed: k* = argmin_k sum_t e_t^k.
        seed_errors: (K, T), e_t^k: the weighted sum of all terms.
        seed_losses: each term's cost, (K, T), by name; they add up to `seed_errors`.
        seed_labels: what each seed assumed.
        bone_lengths: the clip's constant bone lengths, m, by "joint-joint"; left and right share one.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None.
        initial_poses3d: (K, T, J, 3), m: P* of every seed, if they were to be kept.
        seed_poses3d: (K, T, J, 3), m: every seed optimised, if they were to be kept.
        frame_seeds: (T,), of a clip that was lifted in windows or takes, the seed chosen at each frame; None: k*.
        frame_numbers: (T,) number of each frame in the video.
        times: (T,) s from the video's start.
        seen: (T, J) whether the joint was seen; what was not is filled in.
        deviations: (T, J, 2) standard deviations of each joint across the line of sight, in each direction, and along
            it, m, relative to the mid-hip and to the dancer's size; empty where they are not known.
        left_right_swapped: whether the names of left and right were exchanged in the keypoints; the joints have the
            order and the names that were given, and `motion` has the right ones.
        takes: of a clip that was cut, each with its camera; None: one take by `camera`.
        observed2d: (T, J, 3), px and a score of 0 to 1, the keypoints that were lifted; what was not seen is 0, 0, 0.
            None where they are not known.
        floor: height above the camera, along its `up`, of the floor that dancers who were lifted together stand on, m,
            negative below it; None where the dancer was lifted alone.
        provenance: how it was made; None where that is not known.
    """

    poses3d: Array
    keypoints2d: Array
    camera: Camera
    best_seed: int
    seed_errors: Array
    seed_losses: dict[str, Array]
    seed_labels: tuple[str, ...]
    bone_lengths: dict[str, float]
    skeleton: Skeleton
    fps: float
    image_size: tuple[int, int] | None
    initial_poses3d: Array | None = None
    seed_poses3d: Array | None = None
    frame_seeds: Indices | None = None
    frame_numbers: Indices = field(default_factory=lambda: np.empty(0, np.intp))
    times: Array = field(default_factory=lambda: np.empty(0))
    seen: Flags = field(default_factory=lambda: np.empty((0, 0), np.bool_))
    deviations: Array = field(default_factory=lambda: np.empty((0, 0, 2)))
    left_right_swapped: bool = False
    takes: tuple[Take, ...] | None = None
    observed2d: Array | None = None
    floor: float | None = None
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        n_frames, n_joints = self.poses3d.shape[:2]
        if not len(self.times):
            object.__setattr__(self, "frame_numbers", np.arange(n_frames))
            object.__setattr__(self, "times", np.arange(n_frames) / self.fps)
        if not len(self.seen):
            object.__setattr__(self, "seen", np.ones((n_frames, n_joints), np.bool_))

    @property
    def losses(self) -> dict[str, float]:
        """Each term's total over the clip for the winner, by name."""
        chosen = self.best_seed if self.frame_seeds is None else self.frame_seeds
        frames = np.arange(len(self.poses3d))
        return {name: float(cost[chosen, frames].sum()) for name, cost in self.seed_losses.items()}

    def motion(self, name: str, seen_only: bool = False) -> Motion:
        """The lifted motion by that name, turned upright by the cameras' direction of gravity.

        Args:
            name: of the motion.
            seen_only: whether joints are NaN where they were not seen for longer than a moment.
        """
        poses = self.poses3d.copy()
        takes = self.takes or (Take(0, self.camera),)
        for take, after in zip(takes, [*takes[1:], None], strict=True):
            frames = slice(take.start, None if after is None else after.start)
            poses[frames] = poses[frames] @ turn_up(upward(take.camera)).T
        if seen_only:
            poses[~widened(self.seen, round(_MOMENT * self.fps))] = np.nan
        if self.left_right_swapped:
            poses = poses[:, list(self.skeleton.mirrored)]
        return Motion(name, "dancelift", poses, self.skeleton, self.fps, start=float(self.times[0]))

    def floor_under(self, upright: Array) -> float:
        """Height of the floor that the dancer stands on, m: the common one of dancers who were lifted together.

        Args:
            upright: (N, J, 3), m, y up, poses of some frames as `motion` has them; where the dancer was lifted alone
                the floor is under these.
        """
        return floor_height(upright, self.skeleton) if self.floor is None else self.floor

    def _repr_html_(self) -> str:
        """What a notebook shows of it: some poses, as the camera sees them, and what was found."""
        n_frames = len(self.poses3d)
        shown = np.unique(np.linspace(0, n_frames - 1, min(_SKETCHED, n_frames)).round().astype(int))
        text = (
            f"{n_frames} frames, {n_frames / self.fps:.1f} s at {self.fps:g} frames/s, {self.skeleton.name}; "
            f"total error {sum(self.losses.values()):.0f}, {self.seed_labels[self.best_seed]}; "
            f"focal length {self.camera.focal:.0f} px"
        )
        return f"<div>{sketch(self.poses3d[shown], self.skeleton)}<p>{escape(text)}</p></div>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as one npz, without pickle; `dancelift.load_lift` reads it."""
        about = {
            "format": _FORMAT,
            "best_seed": self.best_seed,
            "seed_labels": self.seed_labels,
            "bone_lengths": self.bone_lengths,
            "skeleton": {
                "name": self.skeleton.name,
                "joints": self.skeleton.joints,
                "landmarks": {
                    joint: landmark if isinstance(landmark, str) else dict(landmark)
                    for joint, landmark in self.skeleton.landmarks.items()
                },
            },
            "fps": self.fps,
            "image_size": self.image_size,
            "left_right_swapped": self.left_right_swapped,
            "floor": self.floor,
            "takes": [take.start for take in self.takes or ()],
            "camera_model": self.camera.model,
            "focal_known": self.camera.focal_known,
            "provenance": None if self.provenance is None else self.provenance.as_json(),
        }
        arrays: dict[str, Any] = {"camera_matrix": self.camera.matrix}
        for name in _CAMERA_ARRAYS:
            value = getattr(self.camera, name)
            if value is not None:
                arrays[f"camera_{name}"] = value
        arrays |= {name: getattr(self, name) for name in _OPTIONAL_ARRAYS if getattr(self, name) is not None}
        if self.takes is not None:
            arrays["take_matrices"] = np.stack([take.camera.matrix for take in self.takes])
            arrays["take_ups"] = np.stack([upward(take.camera) for take in self.takes])
        arrays |= {
            "frame_numbers": self.frame_numbers,
            "times": self.times,
            "seen": self.seen,
            "deviations": self.deviations,
            "poses3d": self.poses3d,
            "keypoints2d": self.keypoints2d,
            "seed_losses": np.stack(list(self.seed_losses.values())),
            "terms": np.array(list(self.seed_losses)),
            "about": np.array(json.dumps(about)),
        }
        with open(path, "wb") as file:
            np.savez_compressed(file, **arrays)


_CAMERA_ARRAYS = ("scale", "shift", "up")
_OPTIONAL_ARRAYS = ("initial_poses3d", "seed_poses3d", "frame_seeds", "observed2d")


def load_lift(path: str | os.PathLike[str]) -> LiftResult:
    """Read what `LiftResult.save` wrote.

    Raises:
        InputError: the file is missing or is no lift result.
    """
    with open_npz(path, _EXPECTED) as file:
        stored = StoredArrays(file)
        about = stored.json()
        if about["format"] != _FORMAT:
            raise InputError(f"lift result of format {about['format']!r}, expected {_FORMAT}")
        skeleton = _skeleton(StoredJson(about["skeleton"]))
        n_frames, n_joints, _ = stored("poses3d", None, len(skeleton), 3).shape
        all_losses = stored("seed_losses", None, None, n_frames)
        n_terms, n_seeds, _ = all_losses.shape
        losses = dict(zip(stored("terms", n_terms, kind="names").tolist(), all_losses, strict=True))
        optional = {
            name: stored(name, *shape)
            for name, shape in (
                ("initial_poses3d", (n_seeds, n_frames, n_joints, 3)),
                ("seed_poses3d", (n_seeds, n_frames, n_joints, 3)),
                ("observed2d", (n_frames, n_joints, 3)),
            )
            if name in stored
        }
        if "frame_seeds" in stored:
            optional["frame_seeds"] = _indices(stored, "frame_seeds", n_frames, n_seeds)
        fps = about.fps()
        times, numbers = stored("times", n_frames), stored("frame_numbers", n_frames, kind="whole numbers")
        if (np.diff(times) <= 0).any() or (np.diff(numbers) < 0).any():  # at even times a frame may come twice
            raise InputError("times or frame_numbers do not rise, expected those of a video's frames")
        camera = _camera(stored, about, n_frames)
        known = stored("deviations", *(n_frames, n_joints, 2) if file["deviations"].size else (0, 0, 2), finite=False)
        return LiftResult(
            poses3d=stored("poses3d", n_frames, n_joints, 3),
            keypoints2d=stored("keypoints2d", n_frames, n_joints, 2),
            camera=camera,
            best_seed=about.whole("best_seed", 0, n_seeds - 1),
            seed_errors=np.sum(list(losses.values()), axis=0),
            seed_losses=losses,
            seed_labels=about.names("seed_labels", n_seeds),
            bone_lengths=about.numbers("bone_lengths", least=0),
            skeleton=skeleton,
            fps=fps,
            image_size=check_image_size(about["image_size"]),
            frame_numbers=numbers,
            times=times,
            seen=stored("seen", n_frames, n_joints, kind="flags"),
            deviations=known,
            left_right_swapped=about.flag("left_right_swapped"),
            takes=_takes(stored, about, camera, n_frames),
            floor=None if about.get("floor") is None else about.number("floor"),
            provenance=Provenance.of_json(about.get("provenance")),
            **optional,
        )


def _skeleton(about: StoredJson) -> Skeleton:
    landmarks = about["landmarks"]
    if not isinstance(landmarks, dict):
        raise InputError(f"skeleton's landmarks are a {type(landmarks).__name__}, expected landmarks by joint")
    return Skeleton(as_name("skeleton", about["name"]), about.names("joints"), landmarks=landmarks)


def _indices(stored: StoredArrays, name: str, length: int, count: int) -> Indices:
    found = stored(name, length, kind="whole numbers")
    if not ((found >= 0) & (found < count)).all():
        raise InputError(f"{name} goes from {found.min()} to {found.max()}, expected 0 to {count - 1}")
    return found.astype(np.intp)


def _camera(stored: StoredArrays, about: StoredJson, n_frames: int) -> Camera:
    shapes = {"scale": (n_frames,), "shift": (n_frames, 2), "up": (3,)}
    arrays = {name: stored(f"camera_{name}", *shapes[name]) for name in _CAMERA_ARRAYS if f"camera_{name}" in stored}
    model = about["camera_model"]
    if model == "weak_perspective" and not {"scale", "shift"} <= set(arrays):
        raise InputError("camera of weak perspective without scale and shift, expected both")
    if "scale" in arrays and not (arrays["scale"] > 0).all():
        raise InputError(f"camera_scale goes down to {arrays['scale'].min():g}, expected numbers above 0")
    if "up" in arrays:
        _check_unit("camera_up", arrays["up"])
    return Camera(stored("camera_matrix", 3, 3), model, about.flag("focal_known"), **arrays)


def _takes(stored: StoredArrays, about: StoredJson, camera: Camera, n_frames: int) -> tuple[Take, ...] | None:
    starts = about.items("takes")
    if not starts:
        return None
    bounds = [*starts, n_frames]
    if bounds[0] != 0 or not all(isinstance(start, int) for start in starts) or (np.diff(bounds) <= 0).any():
        raise InputError(f"takes start at {starts[:5]}, expected rising frames from 0 to {n_frames - 1}")
    ups = stored("take_ups", len(starts), 3)
    _check_unit("take_ups", ups)
    matrices = stored("take_matrices", len(starts), 3, 3)
    each = zip(starts, matrices, ups, strict=True)
    return tuple(Take(start, replace(camera, matrix=matrix, up=up)) for start, matrix, up in each)


def _check_unit(name: str, vectors: Array) -> None:
    lengths = np.linalg.norm(vectors, axis=-1)
    if not np.allclose(lengths, 1, atol=1e-3):
        raise InputError(f"{name} has length {np.min(lengths):g}, expected unit vectors")


def holds_lift(path: str | os.PathLike[str]) -> bool:
    """Whether a file is an npz that `LiftResult.save` wrote, or one with more in it."""
    try:
        with open_npz(path, _EXPECTED) as file:
            return {"poses3d", "seed_losses", "about"} <= {*file.files}
    except InputError:
        return False


def upward(camera: Camera) -> Array:
    """(3,) unit vector against gravity in the camera frame; that of a level camera where it is not known."""
    return np.array([0.0, -1.0, 0.0]) if camera.up is None else camera.up


def join_takes(results: Sequence[LiftResult]) -> LiftResult:
    """Takes that follow on each other in one video as one result, each with its own camera and chosen seed."""
    lengths = [len(result.poses3d) for result in results]
    longest = results[int(np.argmax(lengths))]
    starts = np.cumsum([0, *lengths[:-1]]).tolist()

    def joined(arrays: Sequence[Array | None], axis: int = 0) -> Array | None:
        return None if any(a is None for a in arrays) else np.concatenate([a for a in arrays if a is not None], axis)

    def chosen(result: LiftResult) -> Indices:
        if result.frame_seeds is not None:
            return result.frame_seeds
        return np.full(len(result.poses3d), result.best_seed)

    errors = np.concatenate([result.seed_errors for result in results], axis=1)
    camera = replace(
        longest.camera,
        scale=joined([result.camera.scale for result in results]),
        shift=joined([result.camera.shift for result in results]),
    )
    return replace(
        longest,
        poses3d=np.concatenate([result.poses3d for result in results]),
        keypoints2d=np.concatenate([result.keypoints2d for result in results]),
        camera=camera,
        best_seed=int(np.argmin(errors.sum(axis=1))),
        seed_errors=errors,
        seed_losses={
            name: np.concatenate([result.seed_losses[name] for result in results], axis=1)
            for name in longest.seed_losses
        },
        seed_labels=tuple(
            " or ".join(dict.fromkeys(labels)) for labels in zip(*(r.seed_labels for r in results), strict=True)
        ),
        initial_poses3d=joined([result.initial_poses3d for result in results], axis=1),
        seed_poses3d=joined([result.seed_poses3d for result in results], axis=1),
        frame_seeds=np.concatenate([chosen(result) for result in results]),
        frame_numbers=np.concatenate([result.frame_numbers for result in results]),
        times=np.concatenate([result.times for result in results]),
        seen=np.concatenate([result.seen for result in results]),
        deviations=np.concatenate([result.deviations for result in results]),
        takes=tuple(Take(start, result.camera) for start, result in zip(starts, results, strict=True)),
        observed2d=joined([result.observed2d for result in results]),
    )

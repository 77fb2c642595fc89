"""What is written for other programs: dancers in one world, upright on its floor, and the camera that saw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.inverse_kinematics import RiggedMotion, rigged_motion
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera
from dancelift.errors import InputError, warn
from dancelift.geometry import turn_up
from dancelift.lifting.result import LiftResult, upward
from dancelift.provenance import Provenance, made_of

Up: TypeAlias = Literal["y", "z"]
"""The axis of the world that points against gravity."""

_Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # from a world with y up: who faced z now faces -y
_SAME_RATE = 1e-3  # relative
_BETWEEN_FRAMES = 0.25  # of a frame, by which times of frames that are taken to be the same differ at most
_SAME_FOCAL = 0.01  # relative


@dataclass(frozen=True, eq=False)
class Dancer:
    """The motion of one dancer, of T frames and J joints, in the world of a `Scene`.

    Attributes:
        name: without spaces, other than those of the scene's other dancers.
        poses3d: (T, J, 3), m, y up, the floor at y = 0.
        skeleton: of the joints.
        fps: frames per second.
        frame_numbers: (T,) number of each frame in the video.
        times: (T,) s from the video's start.
        first: frame of the scene in which the first of these is.
        seen: (T, J) whether the joint was seen; what was not was filled in.
        deviations: (T, J, 2) standard deviations of each joint across the line of sight, in each direction, and along
            it, m; NaN where they are not known.
        provenance: how the lift was made; None where that is not known.
    """

    name: str
    poses3d: Array
    skeleton: Skeleton
    fps: float
    frame_numbers: Indices
    times: Array
    first: int
    seen: Flags
    deviations: Array
    provenance: Provenance | None = None

    @cached_property
    def rigged(self) -> RiggedMotion:
        """The motion as rotations of bones.

        Raises:
            InputError: a joint is not finite, or the skeleton lacks one of an arm or a leg.
        """
        try:
            return rigged_motion(self.poses3d, self.skeleton, self.fps)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None


@dataclass(frozen=True, eq=False)
class PlacedCamera:
    """A perspective camera that stands still in the world of a `Scene`.

    Attributes:
        matrix: (3, 3) intrinsics K, px.
        image_size: (width, height), px.
        rotation: (3, 3), from the camera frame, x right, y down, z forward, to the world.
        position: (3,), m, world frame.
    """

    matrix: Array
    image_size: tuple[int, int]
    rotation: Array
    position: Array


@dataclass(frozen=True, eq=False)
class Scene:
    """Dancers in one world.

    World frame: metres, y up, the floor at y = 0, x to the camera's right and z towards it; the origin is where the
    dancers are in the mean.

    Attributes:
        dancers: one at least.
        fps: frames per second.
        camera: that filmed them; None where it is not known, or changed.
    """

    dancers: tuple[Dancer, ...]
    fps: float
    camera: PlacedCamera | None

    @property
    def provenance(self) -> dict[str, Any]:
        """How the lifts were made, see `dancelift.provenance.made_of`."""
        return made_of(*(dancer.provenance for dancer in self.dancers))

    @property
    def n_frames(self) -> int:
        """Frames from the first of any dancer to the last of any."""
        return max(dancer.first + len(dancer.poses3d) for dancer in self.dancers)

    @property
    def start(self) -> float:
        """When the first frame is, s from the video's start."""
        return min(float(dancer.times[0]) for dancer in self.dancers)

    @property
    def frame_numbers(self) -> Indices:
        """Number of each frame in the video, (n_frames,)."""
        first = min(self.dancers, key=lambda dancer: dancer.first)
        steps = np.diff(first.frame_numbers)
        stride = int(np.median(steps)) if len(steps) else 1
        numbers: Indices = first.frame_numbers[0] + stride * np.arange(self.n_frames)
        for dancer in reversed(self.dancers):
            numbers[dancer.first : dancer.first + len(dancer.frame_numbers)] = dancer.frame_numbers
        return numbers

    @property
    def times(self) -> Array:
        """When each frame is, (n_frames,), s from the video's start."""
        found: Array = self.start + np.arange(self.n_frames) / self.fps
        return found


def from_y_up(up: Up) -> Array:
    """Return the rotation (3, 3) from a world with y up to one with that axis up; who faces z there faces -y here."""
    return _Z_UP if up == "z" else np.eye(3)


def make_scene(results: Mapping[str, LiftResult]) -> Scene:
    """Put lifted dancers into one world.

    Args:
        results: of one video, by the dancers' names.

    Raises:
        InputError: a result has no frames, or they are not of one video: their frame rates, frames or image sizes
            differ.
    """
    for name, result in results.items():
        if not len(result.poses3d):
            raise InputError(f"{name}: holds 0 frames, expected at least 1")
    (first, *others) = results.values()
    _check_one_video(results)
    start = min(float(result.times[0]) for result in results.values())
    dancers = []
    for (name, result), clean in zip(results.items(), clean_names(results), strict=True):
        offset = (float(result.times[0]) - start) * first.fps
        if abs(offset - round(offset)) > _BETWEEN_FRAMES:
            raise InputError(
                f"{name}: starts {offset:.2f} frames after the first of the others, expected frames of the same times"
            )
        dancers.append(_dancer(clean, result, round(offset)))
    middle = _middle([dancer.poses3d for dancer in dancers])
    for dancer in dancers:
        dancer.poses3d[...] -= middle
    if first.takes is not None or any(_differs(first.camera, other.camera) for other in others):
        camera = None
    else:
        camera = _placed(first, middle)
    return Scene(tuple(dancers), first.fps, camera)


def _check_one_video(results: Mapping[str, LiftResult]) -> None:
    (name, first), *others = results.items()
    for other_name, other in others:
        if abs(other.fps - first.fps) > _SAME_RATE * first.fps:
            raise InputError(
                f"{other_name}: {other.fps:g} frames per second and {first.fps:g} of {name}, expected lifts of one "
                "video in one file"
            )
        if None not in (first.image_size, other.image_size) and other.image_size != first.image_size:
            raise InputError(
                f"{other_name}: image size {other.image_size} and {first.image_size} of {name}, expected lifts of one "
                "video in one file"
            )
    differing = [other_name for other_name, other in others if _differs(first.camera, other.camera)]
    if differing:
        focals = ", ".join(f"{result.camera.focal:.0f}" for result in results.values())
        warn(
            f"{name}, {', '.join(differing)}: lifted with different cameras, focal lengths {focals} px; where the "
            "dancers stand to each other is not to be trusted, and no camera is written; expected one, as --camera"
        )


def _differs(a: Camera, b: Camera) -> bool:
    return a.model != b.model or abs(a.focal - b.focal) > _SAME_FOCAL * a.focal


def clean_names(names: Iterable[str]) -> list[str]:
    """Return names without what markers, nodes and prims cannot have in theirs, each once."""
    found: list[str] = []
    for name in names:
        clean = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name).strip("_")
        clean = clean if clean[:1].isalpha() else f"dancer_{clean}".rstrip("_")
        base, number = clean, 2
        while clean in found:
            clean, number = f"{base}_{number}", number + 1
        found.append(clean)
    return found


def _dancer(name: str, result: LiftResult, first: int) -> Dancer:
    """A dancer upright on the floor, where the camera's world has its origin below the camera."""
    poses = result.motion(name).poses3d
    starts = [0] if result.takes is None else [take.start for take in result.takes]
    for start, stop in zip(starts, [*starts[1:], len(poses)], strict=True):
        # of each take, whose camera stands elsewhere
        known = poses[start:stop][np.isfinite(poses[start:stop]).all(axis=(1, 2))]
        if len(known):
            poses[start:stop, :, 1] -= result.floor_under(known)
    deviations = result.deviations
    if not len(deviations):
        deviations = np.full((*poses.shape[:2], 2), np.nan)
    order = list(result.skeleton.mirrored) if result.left_right_swapped else list(range(poses.shape[1]))
    return Dancer(
        name,
        poses,
        result.skeleton,
        result.fps,
        result.frame_numbers,
        result.times,
        first,
        result.seen[:, order],
        deviations[:, order],
        result.provenance,
    )


def _middle(poses: list[Array]) -> Array:
    """(3,), m, on the floor, where dancers are in the mean."""
    every = np.concatenate([each.reshape(-1, 3) for each in poses])
    every = every[np.isfinite(every).all(axis=1)]
    middle = every.mean(axis=0) if len(every) else np.zeros(3)
    return np.array([middle[0], 0.0, middle[2]])


def _placed(result: LiftResult, middle: Array) -> PlacedCamera | None:
    """The camera of a result whose dancer was placed with the origin at `middle`."""
    if result.image_size is None or result.camera.model != "perspective":
        return None
    poses = result.motion("").poses3d
    known = poses[np.isfinite(poses).all(axis=(1, 2))]
    if not len(known):
        return None
    return PlacedCamera(
        result.camera.matrix,
        result.image_size,
        turn_up(upward(result.camera)),
        np.array([0.0, -result.floor_under(known), 0.0]) - middle,
    )

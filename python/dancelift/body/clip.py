"""What was seen of one dancer: 2D keypoints over time and the camera, made and checked here and nowhere else."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Flags, Indices
from dancelift.body.cut_off import find_cut_off
from dancelift.body.exchanged_sides import find_exchanged_sides
from dancelift.body.skeleton import SKELETONS, Skeleton, get_skeleton
from dancelift.body.takes import find_takes
from dancelift.camera import Camera, first_camera
from dancelift.checks import as_array, check_fps, check_image_size
from dancelift.errors import InputError, warn
from dancelift.keypoints import Track, clean
from dancelift.provenance import hash_of

USUAL_FPS = 30.0
"""Frames per second of keypoints that come without."""

_LARGEST_COORDINATE = 1e5  # px
_LARGEST_NORMALISED = 2.0  # coordinates no larger than that are fractions of the image, not pixels
_LEAST_EXTENT = 1.0  # px between the joints of one frame, below which there is nothing to lift
_MOST_EMPTY = 0.5  # share of frames without a joint above which the result is doubtful
_MOST_OUTSIDE = 0.02  # share of joints outside of the image, above which its size may be the wrong way round
_MOST_CUT_OFF = 0.1  # share of the frames in which a joint is out of the picture, above which it is said
_CONTRADICTS = 0.3  # s about a certain keypoint, in which detected ones may contradict it
_FASTEST, _OFF = 3.0, 0.05  # extents of the body a second that a joint moves at most, and that a detector is off
_MOST_EXCHANGED = 0.2  # share of the frames in which left and right are exchanged for a while, above which it is said
_MOST_SPANS = 3  # of frames that a message names
_EVEN = 0.02  # relative, by which the steps between times differ at most where frames are taken to be even
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclass(frozen=True, eq=False)
class Clip:
    """2D keypoints of one dancer, fit to be lifted; T frames, J joints. `Clip.of` checks and makes it.

    Attributes:
        keypoints2d: (T, J, 3): x right, y down, px, and a score of 0 to 1; a joint that is not seen is 0, 0, 0.
        skeleton: of the joints.
        fps: frames per second.
        image_size: (width, height), px, or None where it is not known.
        camera: as it is known or first guessed.
        frame_numbers: (T,) number of each frame in the video.
        times: (T,) s from the video's start, at even steps.
        takes: first frame of every take: where the video was cut, the motion does not go on.
        certain: (T, J) whether a keypoint is known for sure; None: none is.
        ever_seen: (J,) whether a joint is seen anywhere in what these frames are a part of; None: these are all.
    """

    keypoints2d: Array
    skeleton: Skeleton
    fps: float
    image_size: tuple[int, int] | None
    camera: Camera
    frame_numbers: Indices
    times: Array
    takes: tuple[int, ...] = (0,)
    certain: Flags | None = None
    ever_seen: Flags | None = None

    @staticmethod
    def of(
        keypoints2d: ArrayLike,
        *,
        skeleton: str | Skeleton = "coco17",
        fps: float = USUAL_FPS,
        image_size: tuple[int, int] | None = None,
        camera: Camera | ArrayLike | None = None,
        frame_numbers: ArrayLike | None = None,
        times: ArrayLike | None = None,
        certain: Flags | None = None,
    ) -> Clip:
        """Check what is given of a clip and bring it to one form; what is doubtful is warned of, once.

        Args:
            keypoints2d: (T, J, 2) or (T, J, 3): x, y in px and score. What is not seen is NaN, x = y = 0 or -1, or has
                a score of 0 or less. Scores above 1 or in percent are brought to 0..1.
            skeleton: one of `dancelift.SKELETONS` by name, or a Skeleton.
            fps: frames per second.
            image_size: (width, height), px. Without it and without `camera` the image is taken to be centred on the
                dancer, with a warning.
            camera: a Camera, a 3x3 K in px, or None where it is not known.
            frame_numbers: (T,) number of each frame in the video, rising; None: 0, 1, 2, ...
            times: (T,) s from the video's start, rising; None: those of the frame numbers. Frames at uneven times are
                brought to even ones at their median rate, so that T may change.
            certain: (T, J) whether a keypoint is known for sure; None: none is.

        Raises:
            InputError: something cannot be used; the message names its value and what was expected.
        """
        skeleton = get_skeleton(skeleton)
        fps = check_fps(fps)
        image_size = check_image_size(image_size)
        keypoints = _check_keypoints(keypoints2d, skeleton)
        numbers, seconds = _check_times(frame_numbers, times, len(keypoints), fps)
        if times is not None and len(keypoints) > 1:
            before = numbers
            keypoints, numbers, seconds, fps = _evenly(keypoints, numbers, seconds)
            certain = None if certain is None else certain[np.searchsorted(before, numbers)]
        image_size = _right_way_round(keypoints, image_size)
        _check_inside(keypoints, image_size)
        _leave_out_cut_off(keypoints, skeleton, fps, image_size, certain)
        if certain is not None:
            _leave_out_contradicting(keypoints, certain, fps)
        takes = find_takes(keypoints, skeleton, fps)
        if len(takes) > 1:
            at = ", ".join(f"{seconds[take]:.2f} s (frame {numbers[take]})" for take in takes[1:])
            warn(f"keypoints2d: the dancer jumps further than a body can at {at}; lifted as {len(takes)} takes")
        _exchange_sides(keypoints, skeleton, fps, takes, numbers)
        first = first_camera(camera, image_size, keypoints)
        return Clip(keypoints, skeleton, fps, image_size, first, numbers, seconds, takes, certain)

    @staticmethod
    def of_track(track: Track, camera: Camera | ArrayLike | None = None) -> Clip:
        """Return a track of a file as a clip; frames per second that it does not say are USUAL_FPS."""
        fps = track.fps
        if fps is None and track.times is None:
            warn(f"{track.source}: its frames per second are unknown, taken to be {USUAL_FPS:g}; give fps, or --fps")
        try:
            return Clip.of(
                track.keypoints2d,
                skeleton=track.skeleton,
                fps=USUAL_FPS if fps is None else fps,
                image_size=track.image_size,
                camera=camera,
                frame_numbers=track.frame_numbers,
                times=track.times,
                certain=track.certain,
            )
        except InputError as error:
            raise InputError(f"{f'{track.source} {track.name}'.strip()}: {error}") from None

    def __len__(self) -> int:
        return len(self.keypoints2d)

    def frames(self, frames: slice) -> Clip:
        """Return the clip of the frames from `frames.start` up to `frames.stop` only."""
        start, stop, _ = frames.indices(len(self))
        takes = (0, *(take - start for take in self.takes if start < take < stop))
        return dataclasses.replace(
            self,
            keypoints2d=self.keypoints2d[start:stop],
            frame_numbers=self.frame_numbers[start:stop],
            times=self.times[start:stop],
            takes=takes,
            certain=None if self.certain is None else self.certain[start:stop],
        )

    @property
    def seen(self) -> Flags:
        """Whether a joint is seen, (T, J)."""
        flags: Flags = self.keypoints2d[..., 2] > 0
        return flags

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that is known of the clip."""
        camera = self.camera
        about = {
            "skeleton": self.skeleton.joints,
            "fps": self.fps,
            "image_size": self.image_size,
            "camera": [camera.model, camera.focal_known],
            "takes": self.takes,
        }
        arrays = {name: getattr(self, name) for name in ("keypoints2d", "frame_numbers", "times", "certain")}
        arrays |= {f"camera_{name}": getattr(camera, name) for name in ("matrix", "scale", "shift", "up")}
        return hash_of(about, arrays)

    @property
    def seen_at_all(self) -> Flags:
        """Whether a joint is ever seen, (J,)."""
        if self.ever_seen is not None:
            return self.ever_seen
        flags: Flags = np.asarray(self.seen.any(axis=0))
        return flags

    @cached_property
    def shows_person(self) -> Flags:
        """Whether a frame shows enough of a person to be lifted from, (T,): two joints, one of them of the trunk."""
        flags: Flags = np.logical_and(_trunk_seen(self.seen, self.skeleton), self.seen.sum(axis=1) > 1)
        return flags


def _check_keypoints(keypoints2d: ArrayLike, skeleton: Skeleton) -> Array:
    """Return keypoints (T, J, 3) as a Clip has them."""
    array = as_array(keypoints2d, "keypoints2d", "an array (T, J, 2) or (T, J, 3) of numbers")
    if array.ndim != 3 or array.shape[2] not in (2, 3):
        raise InputError(f"keypoints2d has shape {array.shape}, expected (T, J, 2) or (T, J, 3); one person a call")
    if array.shape[1] != len(skeleton):
        fitting = [name for name, known in SKELETONS.items() if len(known) == array.shape[1]]
        hint = f"; {array.shape[1]} joints have: {', '.join(fitting)}" if fitting else ""
        raise InputError(
            f"keypoints2d has {array.shape[1]} joints, expected {len(skeleton)} of skeleton {skeleton.name!r}{hint}"
        )
    if not len(array):
        raise InputError("keypoints2d has 0 frames, expected at least 1")

    found = clean(array, error=lambda message: InputError(f"keypoints2d: {message}"), warn=_warn)
    points, seen = found[..., :2], found[..., 2] > 0
    if not seen.any():
        raise InputError("keypoints2d: no joint is seen in any frame, expected some with a score above 0")

    def where(bad: Flags) -> str:
        t, j = np.argwhere(bad)[0][:2]
        return f"frame {t}, joint {skeleton.joints[j]!r}"

    far: Flags = np.asarray(np.abs(points).max(axis=2) > _LARGEST_COORDINATE)
    if far.any():
        raise InputError(f"keypoints2d is {points[far][0].tolist()} at {where(far)}, expected px")
    if np.abs(points).max() <= _LARGEST_NORMALISED:
        raise InputError(
            f"keypoints2d lies between {points[seen].min():.3g} and {points[seen].max():.3g} and looks normalised, "
            "expected px: multiply by the image's width and height"
        )
    _check_gaps(seen, skeleton)
    extent = max(
        float(np.ptp(frame[flags], axis=0).max()) for frame, flags in zip(points, seen, strict=True) if flags.any()
    )
    if extent < _LEAST_EXTENT:
        raise InputError(f"keypoints2d spans {extent:g} px in its widest frame, expected a person")
    return found


def _check_inside(keypoints: Array, image_size: tuple[int, int] | None) -> None:
    """Refuse keypoints of which most are far outside of the image."""
    if image_size is None:
        return
    points = keypoints[keypoints[..., 2] > 0][:, :2]
    outside = ((points < -0.5 * np.array(image_size)) | (points > 1.5 * np.array(image_size))).any(axis=1)
    if outside.mean() > 0.5:
        raise InputError(
            f"keypoints2d lies mostly outside the image, such as {points[outside][0].tolist()}, expected px within "
            f"image_size {tuple(image_size)}"
        )


def _exchange_sides(keypoints: Array, skeleton: Skeleton, fps: float, takes: tuple[int, ...], numbers: Indices) -> None:
    """Give back their sides to joints whose names are exchanged for a while; in place."""
    exchanged = find_exchanged_sides(keypoints, skeleton, fps, takes)
    if not exchanged.any():
        return
    if exchanged.mean() > _MOST_EXCHANGED:
        edges = np.flatnonzero(np.diff(exchanged, prepend=False, append=False)).reshape(-1, 2)
        spans = ", ".join(f"{numbers[start]} to {numbers[end - 1]}" for start, end in edges[:_MOST_SPANS])
        more = f" and {len(edges) - _MOST_SPANS} more" if len(edges) > _MOST_SPANS else ""
        warn(f"keypoints2d: left and right change places in frames {spans}{more}, and back; read the other way round")
    keypoints[exchanged] = keypoints[exchanged][:, list(skeleton.mirrored)]


def _leave_out_cut_off(
    keypoints: Array, skeleton: Skeleton, fps: float, image_size: tuple[int, int] | None, certain: Flags | None
) -> None:
    """Mark joints (T, J, 3) that the picture cuts off as not seen, in place, but for those that are certain."""
    cut_off = find_cut_off(keypoints, skeleton, fps, image_size)
    if certain is not None:
        cut_off &= ~certain
    share = cut_off.mean(axis=0)
    if (share > _MOST_CUT_OFF).any():
        names = ", ".join(skeleton.joints[joint] for joint in np.flatnonzero(share > _MOST_CUT_OFF))
        warn(
            f"keypoints2d: out of the picture, with scores of {keypoints[cut_off, 2].mean():.2f} where the picture "
            f"ends: {names}; taken to be not seen"
        )
    keypoints[cut_off] = 0


def _leave_out_contradicting(keypoints: Array, certain: Flags, fps: float) -> None:
    """Mark joints (T, J, 3) as not seen, in place, that are further from a certain one than a body moves till then."""
    seen = keypoints[..., 2] > 0
    y = np.where(seen, keypoints[..., 1], np.nan)[seen.sum(axis=1) > 1]
    extent = float(np.median(np.nanmax(y, axis=1) - np.nanmin(y, axis=1)))
    for frame, joint in np.argwhere(certain):
        around = np.arange(max(0, frame - round(_CONTRADICTS * fps)), frame + round(_CONTRADICTS * fps) + 1)
        around = around[(around < len(keypoints)) & (around != frame)]
        far = np.linalg.norm(keypoints[around, joint, :2] - keypoints[frame, joint, :2], axis=1)
        reach = extent * (_FASTEST * np.abs(around - frame) / fps + _OFF)
        keypoints[around[(far > reach) & ~certain[around, joint]], joint] = 0


def _check_times(
    frame_numbers: ArrayLike | None, times: ArrayLike | None, n_frames: int, fps: float
) -> tuple[Indices, Array]:
    """Return the number of each frame in the video, and s from the video's start."""
    numbers = np.arange(n_frames) if frame_numbers is None else np.asarray(frame_numbers)
    if numbers.shape != (n_frames,) or numbers.dtype.kind not in "iu" or (np.diff(numbers) <= 0).any():
        raise InputError(f"frame_numbers is {numbers.dtype} of shape {numbers.shape}, expected ({n_frames},), rising")
    steps = np.diff(numbers)
    stride = float(np.median(steps)) if len(steps) else 1.0
    if times is None:
        return numbers.astype(np.intp), numbers / (fps * stride)
    seconds = as_array(times, "times", f"({n_frames},) rising numbers of s")
    if seconds.shape != (n_frames,) or not np.isfinite(seconds).all() or (np.diff(seconds) <= 0).any():
        raise InputError(f"times has shape {seconds.shape}, expected ({n_frames},) rising numbers of s")
    return numbers.astype(np.intp), seconds


def _evenly(keypoints: Array, numbers: Indices, times: Array) -> tuple[Array, Indices, Array, float]:
    """Bring keypoints, numbers and times to even steps, joints between where they are seen; return the rate too."""
    step = float(np.median(np.diff(times)))
    if np.abs(np.diff(times) - step).max() <= _EVEN * step:
        return keypoints, numbers, times, check_fps((len(times) - 1) / (times[-1] - times[0]))
    even = times[0] + step * np.arange(int((times[-1] - times[0]) / step + 1.5))
    after = np.clip(np.searchsorted(times, even), 1, len(times) - 1)
    before = after - 1
    share = np.clip((even - times[before]) / (times[after] - times[before]), 0, 1)
    nearest = np.where(share < 0.5, before, after)
    seen = keypoints[..., 2] > 0
    both = seen[before] & seen[after] & (times[after] - times[before] <= 2.5 * step)[:, None]
    between = keypoints[before] + share[:, None, None] * (keypoints[after] - keypoints[before])
    alone = keypoints[nearest] * (np.abs(times[nearest] - even) <= 0.5 * step)[:, None, None]
    found = np.where(both[..., None], between, alone)
    return found, numbers[nearest], even, check_fps(1 / step)


def _right_way_round(keypoints: Array, image_size: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the image's size, with width and height exchanged where only so the keypoints lie in the image."""
    if image_size is None or image_size[0] == image_size[1]:
        return image_size
    points = keypoints[keypoints[..., 2] > 0][:, :2]
    outside = [float(((points < 0) | (points > size)).any(axis=1).mean()) for size in (image_size, image_size[::-1])]
    if outside[0] > _MOST_OUTSIDE and outside[1] < outside[0] / 4:
        width, height = image_size
        warn(
            f"image_size is {(width, height)}, but {outside[0]:.0%} of the keypoints lie outside of it and "
            f"{outside[1]:.0%} outside of {(height, width)}; taken the other way round"
        )
        return height, width
    return image_size


def _warn(message: str) -> None:
    warn(f"keypoints2d: {message}")


def _check_gaps(seen: Flags, skeleton: Skeleton) -> None:
    """Refuse joints (T, J) of which too few are seen, and warn of those that never are."""
    if not _trunk_seen(seen, skeleton).any():
        raise InputError("keypoints2d: neither a shoulder nor a hip is ever seen, expected at least one of them")
    if seen.sum(axis=1).max() < 2:
        raise InputError("keypoints2d: no frame has more than one joint, expected at least two in some frame")
    never = [joint for joint, times in zip(skeleton.joints, seen.sum(axis=0), strict=True) if not times]
    if never:
        warn(
            f"keypoints2d: never seen: {', '.join(never)}; expected in some frame, so these joints follow the pose "
            "prior alone"
        )
    empty = ~seen.any(axis=1)
    if empty.mean() > _MOST_EMPTY:
        warn(
            f"keypoints2d: {empty.sum()} of {len(seen)} frames have no joint, expected at most half; they are filled in"
        )


def _trunk_seen(seen: Flags, skeleton: Skeleton) -> Flags:
    """Return whether a shoulder or a hip is seen, (T,)."""
    trunk = [joint for name in _TRUNK if (joint := skeleton.index(name)) is not None]
    flags: Flags = np.asarray(seen[:, trunk].any(axis=1))
    return flags

"""What a lift is measured on: keypoints of one view of a clip, and the true motion."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.body.skeleton import get_skeleton
from dancelift.datasets.calibration import CalibratedCamera
from dancelift.errors import InputError
from dancelift.keypoints import Track

KeypointSource = Literal["detected", "clean"]
"""Where the keypoints come from: a detector, or exact projections of the true joints."""


@dataclass(frozen=True, eq=False)
class EvaluationSequence:
    """One view of a clip, and the truth in that camera's frame: x right, y down, z forward.

    T frames, J joints.

    Attributes:
        name: of the clip.
        view: of the camera.
        group: the genre or the action.
        keypoints2d: (T, J, 3), px and score, without lens distortion; a joint that is not seen is 0, 0, 0.
        poses3d: (T, J, 3), m, true.
        matrix: (3, 3) intrinsics K, px.
        image_size: (width, height), px.
        fps: frames per second.
        up: (3,) unit vector against gravity.
        skeleton: name of that of the keypoints and the poses.

    Raises:
        InputError: keypoints and poses do not fit together.
    """

    name: str
    view: str
    group: str
    keypoints2d: Array
    poses3d: Array
    matrix: Array
    image_size: tuple[int, int]
    fps: float
    up: Array
    skeleton: str

    def __post_init__(self) -> None:
        if self.poses3d.shape != self.keypoints2d.shape or not len(self.poses3d):
            raise InputError(
                f"{self.name} {self.view}: true poses {self.poses3d.shape} and keypoints {self.keypoints2d.shape}, "
                "expected (frames, joints, 3) each"
            )
        if not np.isfinite(self.poses3d).all():
            frame = int(np.argwhere(~np.isfinite(self.poses3d))[0, 0])
            raise InputError(f"{self.name} {self.view}: the true pose is not finite at frame {frame}, expected metres")

    @staticmethod
    def filmed(
        name: str, view: str, group: str, track: Track, world: Array, up: Array, camera: CalibratedCamera
    ) -> EvaluationSequence:
        """Return what a calibrated camera sees of a motion.

        Args:
            name: of the clip.
            view: of the camera.
            group: the genre or the action.
            track: what was detected in its images, lens distortion included; may be longer or shorter than `world`.
            world: (T, J, 3), m, world frame.
            up: (3,) unit vector against gravity, world frame.
            camera: its lens and place.
        """
        if track.fps is None or track.image_size is None:
            raise InputError(
                f"{track.source}: fps is {track.fps} and image_size {track.image_size}, expected both in the file"
            )
        n_frames = min(len(world), len(track.keypoints2d))
        keypoints2d = track.keypoints2d[:n_frames].copy()
        seen = keypoints2d[..., 2] > 0
        keypoints2d[seen, :2] = camera.undistort(keypoints2d[seen, :2])
        return EvaluationSequence(
            name=name,
            view=view,
            group=group,
            keypoints2d=keypoints2d,
            poses3d=camera.to_camera(world[:n_frames]),
            matrix=camera.matrix,
            image_size=track.image_size,
            fps=track.fps,
            up=camera.rotation @ up,
            skeleton=get_skeleton(track.skeleton).name,
        )

    def clip(self, camera: Array | None = None) -> Clip:
        """The keypoints as they are lifted: with K (3, 3), px, or None for an unknown camera."""
        return Clip.of(
            self.keypoints2d, skeleton=self.skeleton, fps=self.fps, image_size=self.image_size, camera=camera
        )

    def first(self, n_frames: int | None) -> EvaluationSequence:
        """Return the same of the first frames only, or of all for None."""
        return dataclasses.replace(self, keypoints2d=self.keypoints2d[:n_frames], poses3d=self.poses3d[:n_frames])


class Dataset(Protocol):
    """A folder of clips with true 3D motion, in the layout in which they are published.

    Attributes:
        name: as `dancelift evaluate --dataset` has it.
        splits: lists of clips that it comes with.
        published: MPJPE that others report on it, mm, by method.
    """

    name: str
    splits: tuple[str, ...]
    published: dict[str, float]

    def clips(self, split: str | None) -> list[str]:
        """Return the names of the clips, or of those in one split, sorted."""

    def read(self, clip: str, keypoints: KeypointSource, n_views: int) -> list[EvaluationSequence]:
        """Read the first views of a clip."""

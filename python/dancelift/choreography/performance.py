"""One dancer's performance as it is compared: joints in space, and the pose in the dancer's own frame and size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.facing import face_forward, facing
from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS, as_coco17
from dancelift.errors import InputError
from dancelift.filters import gaussian_smooth
from dancelift.lifting.result import LiftResult
from dancelift.movements.kinematics import BodySize
from dancelift.movements.labeller import label_movements
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.provenance import Provenance
from dancelift.recognition.result import Recognition

JOINTS = SKELETONS["coco17"].joints
"""Of the poses, in their order."""

MIN_SECONDS = 2.0
"""Of a performance, fewer of which hold no movement that could be found again."""

STANDARD_LEG = (anatomy.THIGH + anatomy.SHANK) * anatomy.STANDARD_HEIGHT
"""From hip to ankle of a body of 1.70 m, m."""

_NEEDED = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_BONES = (
    ("mid_shoulder", "mid_hip"),
    *(
        (f"{side}_{end}", f"{side}_{root}" if root in ("shoulder", "elbow", "hip", "knee") else root)
        for side in ("left", "right")
        for end, root in (
            ("hip", "mid_hip"), ("knee", "hip"), ("ankle", "knee"),
            ("shoulder", "mid_shoulder"), ("elbow", "shoulder"), ("wrist", "elbow"),
        )
    ),
)  # fmt: skip
"""Of the body without the head, from the mid-hip outwards: a joint, and the one that it hangs from."""

_SPEED_SMOOTHING = 0.1  # s, standard deviation of the filter before a speed is taken


@dataclass(frozen=True, eq=False)
class Performance:
    """A dancer's motion over T frames.

    World frame: y up, metres. Own frame: x to the dancer's left, y up, z forward, from midway between the hips.

    Attributes:
        name: of the clip.
        poses3d: (T, 17, 3) joints of COCO-17, m, world frame; NaN where the skeleton has none.
        fps: frames per second.
        start: time of the first frame, s from the start of the video or the recording.
        active: (T, 154) whether each movement takes place, in the taxonomy's order.
        deviations: (T, 17) standard deviation of each joint, m; None: of a motion that was measured.
        provenance: how the lift that it is of was made; None: it is of none, or that is not known.
    """

    name: str
    poses3d: Array
    fps: float
    start: float
    active: Flags
    deviations: Array | None = None
    provenance: Provenance | None = None

    @staticmethod
    def of(
        clip: Motion | LiftResult | Recognition | Performance, name: str | None = None, otherwise: str = "dance"
    ) -> Performance:
        """Return the performance that a motion, a lift or a recognition is of.

        Args:
            clip: of whatever skeleton; its joints are read as those of COCO-17.
            name: of it; None: the clip's own.
            otherwise: the name of a lift, which has none of its own.

        Raises:
            InputError: the clip is too short, or hips or shoulders are missing.
        """
        if isinstance(clip, Performance):
            return clip if name is None else replace(clip, name=name)
        if isinstance(clip, Recognition):
            if clip.taxonomy.hash != standard_taxonomy().hash:
                raise InputError(
                    f"{clip.name}: movements of another taxonomy ({clip.taxonomy.hash:.12}), expected "
                    f"{standard_taxonomy().hash:.12}"
                )
            of_lift = Performance.of(clip.lift, name or clip.name)
            return replace(of_lift, active=clip.active)
        if isinstance(clip, LiftResult):
            of_motion = Performance.of(clip.motion(name or otherwise))
            return replace(of_motion, deviations=_deviations(clip), provenance=clip.provenance)
        if not isinstance(clip, Motion):
            raise InputError(f"a clip is {type(clip).__name__}, expected a Motion, a LiftResult or a Recognition")
        name, poses = name or clip.name, clip.as_coco17()
        seconds = len(poses) / clip.fps
        if seconds < MIN_SECONDS:
            frames = "1 frame" if len(poses) == 1 else f"{len(poses)} frames"
            raise InputError(
                f"{name}: lasts {seconds:.2f} s ({frames}), expected at least {MIN_SECONDS:g} s of movement"
            )
        missing = [joint for joint in _NEEDED if not np.isfinite(poses[:, JOINTS.index(joint)]).all()]
        if missing:
            raise InputError(f"{name}: {', '.join(missing)} missing, expected hips and shoulders in every frame")
        labels = label_movements(clip)
        return Performance(name, poses, clip.fps, clip.start, labels.active)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.poses3d) / self.fps

    @cached_property
    def size(self) -> BodySize:
        """Lengths of the dancer's body, m."""
        return BodySize.measure(self.poses3d)

    @cached_property
    def yaw(self) -> Array:
        """Which way the dancer faces, (T,), rad about the vertical, without jumps."""
        return np.unwrap(facing(self.poses3d, JOINTS))

    @cached_property
    def mid_hip(self) -> Array:
        """The point midway between the hips, (T, 3), m, world frame."""
        hips: Array = self.poses3d[:, [JOINTS.index("left_hip"), JOINTS.index("right_hip")]].mean(axis=1)
        return hips

    @cached_property
    def own_poses(self) -> Array:
        """The joints in the dancer's own frame, on a body of 1.70 m, (T, 17, 3), m.

        Every bone keeps its direction and has the length that it has on an average body; the head hangs on the middle
        of the shoulders and has the dancer's size.
        """
        own = face_forward(self.poses3d, JOINTS)
        points = {name: own[:, i] for i, name in enumerate(JOINTS)}
        for joint in ("shoulder", "hip"):
            points[f"mid_{joint}"] = (points[f"left_{joint}"] + points[f"right_{joint}"]) / 2
        placed = {"mid_hip": np.zeros_like(points["mid_hip"])}
        for joint, root in _BONES:
            bone = points[joint] - points[root]
            length = np.maximum(np.linalg.norm(bone, axis=1, keepdims=True), 1e-9)
            of_average = _LENGTHS[joint if root == "mid_hip" else joint.split("_")[-1]]
            placed[joint] = placed[root] + bone / length * of_average
        scale = _LENGTHS["mid_shoulder"] / self.size.trunk
        for name in JOINTS[:5]:
            placed[name] = placed["mid_shoulder"] + scale * (points[name] - points["mid_shoulder"])
        return np.stack([placed[name] for name in JOINTS], axis=1)

    @cached_property
    def travel(self) -> Array:
        """Velocity of the mid-hip in the dancer's own frame, for a body of 1.70 m, (T, 3), m/s."""
        smooth = gaussian_smooth(self.mid_hip, _SPEED_SMOOTHING * self.fps)
        velocity = np.gradient(smooth, axis=0) * self.fps * STANDARD_LEG / self.size.leg
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        left = cos * velocity[:, 0] - sin * velocity[:, 2]
        forward = sin * velocity[:, 0] + cos * velocity[:, 2]
        return np.stack([left, velocity[:, 1], forward], axis=1)

    @cached_property
    def turn_rate(self) -> Array:
        """How fast the dancer turns to the left, (T,), rad/s."""
        rate: Array = np.gradient(gaussian_smooth(self.yaw, _SPEED_SMOOTHING * self.fps)) * self.fps
        return rate

    def mirrored(self) -> Performance:
        """The performance as a mirror shows it: left for right."""
        coco = SKELETONS["coco17"]
        poses = self.poses3d[:, list(coco.mirrored)] * [-1.0, 1.0, 1.0]
        deviations = None if self.deviations is None else self.deviations[:, list(coco.mirrored)]
        return replace(
            self, poses3d=poses, active=self.active[:, list(standard_taxonomy().mirrored)], deviations=deviations
        )

    def sample(self, times: Array, fps: float) -> Performance:
        """The performance at other times.

        Args:
            times: (N,) s from its first frame, growing.
            fps: frames per second as which they are to count.
        """
        frames = np.clip(np.asarray(times) * self.fps, 0, len(self.poses3d) - 1)
        before = np.minimum(frames.astype(int), max(len(self.poses3d) - 2, 0))
        share = frames - before
        after = np.minimum(before + 1, len(self.poses3d) - 1)

        def at(values: Array) -> Array:
            weight = share.reshape(-1, *[1] * (values.ndim - 1))
            between: Array = (1 - weight) * values[before] + weight * values[after]
            return between

        return replace(
            self,
            poses3d=at(self.poses3d),
            fps=fps,
            start=self.start + float(times[0]),
            active=self.active[np.round(frames).astype(int)],
            deviations=None if self.deviations is None else at(self.deviations),
        )


def _deviations(lift: LiftResult) -> Array | None:
    if not lift.deviations.size:
        return None
    across, along = lift.deviations[..., 0], lift.deviations[..., 1]
    of_joints = np.sqrt((2 * across**2 + along**2) / 3)
    if lift.left_right_swapped:
        of_joints = of_joints[:, list(lift.skeleton.mirrored)]
    found: Array = as_coco17(of_joints[..., None], lift.skeleton)[..., 0]
    return found


def _average_lengths() -> dict[str, float]:
    """Length of each bone of `_BONES` by the joint at its end, on a body of 1.70 m."""
    of_height = {
        "mid_shoulder": anatomy.TRUNK,
        "left_hip": anatomy.HIP_WIDTH / 2,
        "right_hip": anatomy.HIP_WIDTH / 2,
        "shoulder": anatomy.SHOULDER_WIDTH / 2,
        "elbow": anatomy.UPPER_ARM,
        "wrist": anatomy.FOREARM,
        "knee": anatomy.THIGH,
        "ankle": anatomy.SHANK,
    }
    return {name: share * anatomy.STANDARD_HEIGHT for name, share in of_height.items()}


_LENGTHS = _average_lengths()

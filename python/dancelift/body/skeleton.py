"""Skeletons: which joints a set of keypoints has, in which order, and how they hang together."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from dancelift.body import anatomy
from dancelift.errors import InputError

_LIMBS = (
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"), ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
)  # fmt: skip
_TRUNK = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"), ("left_shoulder", "neck"), ("right_shoulder", "neck"),
    ("left_shoulder", "thorax"), ("right_shoulder", "thorax"), ("left_hip", "mid_hip"), ("right_hip", "mid_hip"),
    ("mid_hip", "spine"), ("spine", "thorax"), ("neck", "nose"), ("neck", "head_top"), ("thorax", "head_top"),
)  # fmt: skip
_HANDS_AND_FEET = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (
        ("wrist", "pinky"), ("wrist", "index"), ("wrist", "thumb"), ("index", "pinky"), ("ankle", "heel"),
        ("ankle", "big_toe"), ("ankle", "small_toe"), ("heel", "big_toe"), ("heel", "small_toe"),
        ("big_toe", "small_toe"), ("ankle", "foot_index"), ("heel", "foot_index"),
    )
)  # fmt: skip

_SIDES = ("left", "right")
_LIMB_CHAINS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))

_TRUNK_SOFTNESS = 3.0  # a trunk bends and its shoulders slide: its lengths vary by that many times a limb's

# sign and tolerance of a Hinge; an arm can turn about itself, so an elbow tells less than a knee
_HINGES = (("hip", "knee", "ankle", 1.0, 0.05), ("shoulder", "elbow", "wrist", -1.0, 0.3))

# joints of the foot: height above the floor when it is flat, and by how much more on its ball, fractions of height
_FEET = (
    ("ankle", anatomy.FOOT_HEIGHT, 0.03),
    ("heel", 0.0, 0.03), ("big_toe", 0.0, 0.0), ("small_toe", 0.0, 0.0), ("foot_index", 0.0, 0.0),
)  # fmt: skip


class Bone(NamedTuple):
    """Two joints a constant distance apart.

    Attributes:
        a: joint by index.
        b: joint by index.
        length: index into `Skeleton.length_names`; a left and a right bone share one.
        softness: by how much more than a limb's its length varies.
    """

    a: int
    b: int
    length: int
    softness: float


class Hinge(NamedTuple):
    """A knee or an elbow, which bends one way only.

    Attributes:
        left: left hip or shoulder by index.
        right: right hip or shoulder.
        middle: knee or elbow.
        distal: ankle or wrist.
        on_left: whether the limb hangs from `left`, not from `right`.
        sign: +1 bends like a knee, the shin backwards; -1 like an elbow, the forearm forwards.
        tolerance: sine of the angle that is allowed the wrong way before the limit acts.
    """

    left: int
    right: int
    middle: int
    distal: int
    on_left: bool
    sign: float
    tolerance: float


class Foot(NamedTuple):
    """A joint of the foot that is on the floor, or near it, while the foot stands.

    Attributes:
        joint: by index.
        rest: height above the floor when the foot is flat on it, m.
        rise: by how much more when the foot stands on its ball, standard deviation, m.
    """

    joint: int
    rest: float
    rise: float


@dataclass(frozen=True)
class Skeleton:
    """Joints and bones of one keypoint convention.

    A user's own skeleton is one of these: give every joint the landmark of the body that it marks, one of
    `dancelift.body.anatomy.LANDMARKS`. Bones, the rigid head and the hinges of knees and elbows follow from that.

    Attributes:
        name: of the convention.
        joints: names of the joints, in the order of the keypoints.
        landmarks: landmark of each joint, where its name is not itself one; a joint between landmarks is a mapping
            of landmarks to weights that sum to 1.

    Raises:
        InputError: a joint is named twice, marks no known landmark, or hips and shoulders are missing.
    """

    name: str
    joints: tuple[str, ...]
    landmarks: Mapping[str, str | Mapping[str, float]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "joints", tuple(self.joints))
        repeated = sorted(joint for joint, count in Counter(self.joints).items() if count > 1)
        if repeated:
            raise InputError(f"skeleton {self.name!r}: joints named twice: {', '.join(repeated)}")
        strangers = sorted(set(self.landmarks) - set(self.joints))
        if strangers:
            raise InputError(f"skeleton {self.name!r}: landmarks given for what is no joint: {', '.join(strangers)}")
        for joint in self.joints:
            for landmark in self._weights(joint):
                if landmark not in anatomy.LANDMARKS:
                    raise InputError(
                        f"skeleton {self.name!r}: joint {joint!r} marks {landmark!r}, expected one of "
                        f"{', '.join(anatomy.LANDMARKS)}"
                    )
        for joint, total in zip(self.joints, self.landmark_weights.sum(axis=1), strict=True):
            if not abs(total - 1) <= 1e-6:
                raise InputError(
                    f"skeleton {self.name!r}: joint {joint!r} has landmark weights {dict(self._weights(joint))}, "
                    f"expected weights that sum to 1"
                )
        for needed in ("left_shoulder", "right_shoulder", "left_hip", "right_hip"):
            if needed not in self._joint_of_landmark:
                raise InputError(f"skeleton {self.name!r}: no joint marks {needed}, which lifting needs")

    def __len__(self) -> int:
        return len(self.joints)

    def _weights(self, joint: str) -> Mapping[str, float]:
        landmark = self.landmarks.get(joint, joint)
        return {landmark: 1.0} if isinstance(landmark, str) else landmark

    @cached_property
    def _joint_of_landmark(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, joint in enumerate(self.joints):
            weights = self._weights(joint)
            if len(weights) == 1:
                found.setdefault(next(iter(weights)), index)
        return found

    def index(self, landmark: str) -> int | None:
        """Return the index of the joint that marks a landmark, or None where the skeleton has none."""
        return self._joint_of_landmark.get(landmark)

    @cached_property
    def mirrored(self) -> tuple[int, ...]:
        """The joint on the other side of the body for every joint, (J,), or the same one where there is none."""
        landmarks = {joint: landmark for landmark, joint in self._joint_of_landmark.items()}
        return tuple(
            self._joint_of_landmark.get(anatomy.mirror(landmarks[joint]), joint) if joint in landmarks else joint
            for joint in range(len(self.joints))
        )

    def feet(self, height: float) -> tuple[Foot, ...]:
        """Return ankles, heels and toes as they are on a body of that height, m."""
        found = self._joint_of_landmark
        return tuple(
            Foot(found[f"{side}_{name}"], rest * height, rise * height)
            for name, rest, rise in _FEET
            for side in ("left", "right")
            if f"{side}_{name}" in found
        )

    @cached_property
    def limbs(self) -> tuple[list[int], ...]:
        """Joints of each arm and leg, from the trunk outwards, as far as each hangs from the one before."""
        found = self._joint_of_landmark
        sided = [[f"{side}_{joint}" for joint in chain] for chain in _LIMB_CHAINS for side in _SIDES]
        return tuple([found[name] for name in itertools.takewhile(found.__contains__, names)] for names in sided)

    @cached_property
    def extremities(self) -> tuple[tuple[int, ...], ...]:
        """Joints of the hand or foot at the end of each of `limbs`, which go where it goes."""
        found = self._joint_of_landmark
        ends = [end for chain in _LIMB_CHAINS for side in _SIDES for end in [f"{side}_{chain[-1]}"]]
        return tuple(tuple(found[b] for a, b in _HANDS_AND_FEET if a == end and b in found) for end in ends)

    @cached_property
    def landmark_weights(self) -> np.ndarray:
        """The joints as weighted sums of the body's landmarks, (J, len(LANDMARKS))."""
        matrix = np.zeros((len(self.joints), len(anatomy.LANDMARKS)))
        for row, joint in enumerate(self.joints):
            for landmark, weight in self._weights(joint).items():
                matrix[row, anatomy.LANDMARKS.index(landmark)] = weight
        return matrix

    @cached_property
    def bones(self) -> tuple[Bone, ...]:
        """The bones of the limbs and the trunk."""
        pairs = [(a, b, _TRUNK_SOFTNESS) for a, b in self._pairs(_TRUNK)]
        pairs += [(a, b, 1.0) for a, b in self._pairs(_LIMBS + _HANDS_AND_FEET)]
        return tuple(Bone(a, b, self.length_names.index(self._length_name(a, b)), softness) for a, b, softness in pairs)

    @cached_property
    def drawn_bones(self) -> tuple[tuple[int, int, str], ...]:
        """Bones below the head as people draw them: (joint, joint, "left", "right" or "" for one in the middle)."""
        names = {joint: landmark for landmark, joint in self._joint_of_landmark.items()}

        def side(a: int, b: int) -> str:
            found = {side for side in _SIDES for joint in (a, b) if names[joint].startswith(f"{side}_")}
            return found.pop() if len(found) == 1 else ""

        return tuple((a, b, side(a, b)) for a, b, _, _ in self.bones if names[b] not in anatomy.HEAD_LANDMARKS)

    @cached_property
    def neck(self) -> tuple[int, ...]:
        """The joint that the head hangs on, or else both shoulders, between which it does."""
        found = self._joint_of_landmark
        necks = [found[name] for name in ("neck", "thorax") if name in found]
        return tuple(necks[:1]) or (found["left_shoulder"], found["right_shoulder"])

    @cached_property
    def head(self) -> tuple[Bone, ...]:
        """The pairs of joints that are rigid on the head."""
        return tuple(Bone(a, b, self.length_names.index(self._length_name(a, b)), 1.0) for a, b in self._head_pairs)

    @cached_property
    def length_names(self) -> tuple[str, ...]:
        """The body's unknown lengths as "joint-joint"; a left and a right bone share the left one's name."""
        pairs = (*self._pairs(_TRUNK + _LIMBS + _HANDS_AND_FEET), *self._head_pairs)
        return tuple(dict.fromkeys(self._length_name(a, b) for a, b in pairs))

    def mean_lengths(self, height: float) -> list[float]:
        """Return the length of each of `length_names` on an average body of that height, m."""
        pose = self.landmark_weights @ anatomy.landmarks(anatomy.neutral_angles(1), anatomy.Body(height))[0]
        lengths: dict[str, float] = {}
        for a, b in (*self._pairs(_TRUNK + _LIMBS + _HANDS_AND_FEET), *self._head_pairs):
            lengths.setdefault(self._length_name(a, b), float(np.linalg.norm(pose[a] - pose[b])))
        return [lengths[name] for name in self.length_names]

    @cached_property
    def _head_pairs(self) -> tuple[tuple[int, int], ...]:
        on_head = [name for name in anatomy.HEAD_LANDMARKS if name in self._joint_of_landmark]
        return self._pairs(tuple((a, b) for i, a in enumerate(on_head) for b in on_head[i + 1 :]))

    def _length_name(self, a: int, b: int) -> str:
        landmarks = {joint: landmark for landmark, joint in self._joint_of_landmark.items()}
        pair = sorted((landmarks[a], landmarks[b]))
        other = sorted(anatomy.mirror(landmark) for landmark in pair)
        return "-".join(min(pair, other))

    def _pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int], ...]:
        found = self._joint_of_landmark
        return tuple((found[a], found[b]) for a, b in pairs if a in found and b in found)

    @cached_property
    def hinges(self) -> tuple[Hinge, ...]:
        """The knees and elbows, which bend one way only."""
        found = self._joint_of_landmark
        return tuple(
            Hinge(found[f"left_{root}"], found[f"right_{root}"], found[f"{side}_{middle}"], found[f"{side}_{distal}"],
             side == "left", sign, tolerance)
            for root, middle, distal, sign, tolerance in _HINGES
            for side in ("left", "right")
            if f"{side}_{middle}" in found and f"{side}_{distal}" in found
        )  # fmt: skip


def sided(*names: str) -> tuple[str, ...]:
    """Return each name for the left, then for the right."""
    return tuple(f"{side}_{name}" for name in names for side in ("left", "right"))


_TOES = ("big_toe", "small_toe", "heel")
_COCO17 = ("nose", *sided("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"))

SKELETONS: dict[str, Skeleton] = {
    skeleton.name: skeleton
    for skeleton in (
        Skeleton("coco17", _COCO17),
        Skeleton("coco_wholebody23", (*_COCO17, *(f"{side}_{toe}" for side in _SIDES for toe in _TOES))),
        Skeleton("halpe26", (*_COCO17, "head_top", "neck", "mid_hip", *sided("big_toe", "small_toe", "heel"))),
        Skeleton(
            "body25",
            (
                "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
                "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee",
                "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe",
                "left_heel", "right_big_toe", "right_small_toe", "right_heel",
            ),
        ),
        Skeleton(
            "h36m17",
            (
                "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "spine",
                "thorax", "neck", "head", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder",
                "right_elbow", "right_wrist",
            ),
            landmarks={"pelvis": "mid_hip", "neck": "jaw", "head": "head_top"},
        ),
        Skeleton(
            "blazepose33",
            (
                "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
                "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right",
                *sided("shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel"),
                *sided("foot_index"),
            ),
        ),
    )
}  # fmt: skip
"""The keypoint conventions that dancelift knows, by name."""


def as_coco17(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Return a skeleton's joints (T, J, D) as COCO-17 landmarks (T, 17, D); NaN where it has none."""
    found = np.full((len(joints), len(SKELETONS["coco17"]), joints.shape[2]), np.nan)
    for row, landmark in enumerate(SKELETONS["coco17"].joints):
        joint = skeleton.index(landmark)
        if joint is not None:
            found[:, row] = joints[:, joint]
    return found


def get_skeleton(skeleton: str | Skeleton) -> Skeleton:
    """Return the skeleton of that name, or the one given.

    Raises:
        InputError: there is none of that name.
    """
    if isinstance(skeleton, Skeleton):
        return skeleton
    if not isinstance(skeleton, str) or skeleton not in SKELETONS:
        raise InputError(f"skeleton {skeleton!r} is unknown, expected one of {', '.join(SKELETONS)} or a Skeleton")
    return SKELETONS[skeleton]

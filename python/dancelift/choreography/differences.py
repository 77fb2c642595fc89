"""By how much two performances differ at every moment, part by part: angles, places, facing.

Angles of head and arms are taken against the trunk, those of trunk and legs against the vertical and where the dancer
faces, so that a leaning trunk does not count as two arms held otherwise. Places are taken in the dancers' own frames on
a body of 1.70 m: where somebody stands, faces and how tall they are does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.choreography.performance import JOINTS, STANDARD_LEG, Performance
from dancelift.filters import gaussian_smooth
from dancelift.movements.kinematics import BodyMotion

_SMOOTHING = 0.1  # s, standard deviation of the filter of the joints
_TINY = 1e-9
_STIFFNESS = 0.01  # weight of turning not at all, beside vectors of length 1: a straight arm hardly shows how it turns
_CAUTION = 4.0  # times its doubt, up to which the bend of a limb hardly counts


@dataclass(frozen=True)
class Measure:
    """An angle of which it can be said which way it differs.

    Attributes:
        quantity: one of `dancelift.movements.kinematics`.
        more, less: what B does where its value is the larger or the smaller one, such as "higher".
    """

    quantity: str
    more: str
    less: str


@dataclass(frozen=True)
class BodyPart:
    """A part whose difference is one angle.

    Attributes:
        name: such as "left arm".
        does: what it is said to do, such as "is held".
        end: the joint whose place says how it is turned.
        reach: from where it turns to that joint, m on a body of 1.70 m.
        measures: which way it may differ.
    """

    name: str
    does: str
    end: str
    reach: float
    measures: tuple[Measure, ...]


def _sided(side: str) -> tuple[BodyPart, ...]:
    return (
        BodyPart(
            f"{side} arm", "is held", f"{side}_elbow", 0.32,
            (
                Measure("upper arm level", "higher", "lower"),
                Measure("upper arm flexion", "further forward", "further back"),
                Measure("upper arm abduction", "further out", "further in"),
            ),
        ),
        BodyPart(
            f"{side} elbow", "is", f"{side}_wrist", 0.25, (Measure("elbow flexion", "more bent", "straighter"),)
        ),
        BodyPart(
            f"{side} leg", "is", f"{side}_knee", 0.42,
            (
                Measure("thigh flexion", "further forward", "further back"),
                Measure("leg abduction", "further out", "further in"),
            ),
        ),
        BodyPart(f"{side} knee", "is", f"{side}_ankle", 0.42, (Measure("knee flexion", "more bent", "straighter"),)),
    )  # fmt: skip


PARTS: tuple[BodyPart, ...] = (
    BodyPart(
        "head", "is", "nose", 0.11,
        (
            Measure("head turn", "turned further left", "turned further right"),
            Measure("head tilt", "tilted further left", "tilted further right"),
            Measure("gaze elevation", "raised more", "lowered more"),
        ),
    ),
    BodyPart(
        "torso", "is", "left_shoulder", 0.5,
        (
            Measure("trunk forward lean", "leant further forward", "leant further back"),
            Measure("trunk left lean", "leant further left", "leant further right"),
            Measure("trunk twist", "twisted further left", "twisted further right"),
        ),
    ),
    *_sided("left"),
    *_sided("right"),
)  # fmt: skip
"""The parts that are compared."""


@dataclass(frozen=True, eq=False)
class Differences:
    """How B differs from A at the N moments that they have in common.

    Attributes:
        angles: deg, (N,), by the part's name: the turn that would take A's part to where B has it; NaN where a joint
            is missing.
        signed: deg, (N,), by the part's name and the quantity: B's value less A's.
        places: cm, (N, 17), distance of each joint in the dancers' own frames, on a body of 1.70 m.
        hip_height: cm, (N,), by how much B's hips are higher above the lower ankle.
        facing: deg, (N,), -180 to 180, by how much B faces further to the left than A, apart from the mean of it.
        ground: cm, (N,), how far B is on the floor from where A is, after the best common turn and shift.
        doubt: deg, (N,), by the part's name: standard deviation of the angle by those of the joints; 0 where they are
            those of a motion that was measured.
    """

    angles: dict[str, Array]
    signed: dict[tuple[str, str], Array]
    places: Array
    hip_height: Array
    facing: Array
    ground: Array
    doubt: dict[str, Array]


def find_differences(a: Performance, b: Performance) -> Differences:
    """Compare two performances frame by frame, which must be as long as each other and aligned.

    Args:
        a: of N frames.
        b: of N frames, at the same frame rate.
    """
    body_a, body_b = (BodyMotion(each.poses3d, each.fps) for each in (a, b))
    signed: dict[tuple[str, str], Array] = {}
    for part in PARTS:
        side = part.name.split(" ")[0] if part.name.startswith(("left", "right")) else ""
        for measure in part.measures:
            value = body_b.value(measure.quantity, side) - body_a.value(measure.quantity, side)
            signed[part.name, measure.quantity] = value
    angles = _turns(a, b)
    for part in PARTS:
        if part.name not in angles:  # hinges
            angles[part.name] = np.abs(signed[part.name, part.measures[0].quantity])
    turn = np.angle(np.exp(1j * (b.yaw - a.yaw)).mean())
    facing = np.exp(1j * (b.yaw - a.yaw - turn))
    return Differences(
        angles={part.name: angles[part.name] for part in PARTS},
        signed=signed,
        places=100 * np.linalg.norm(_smooth(b.own_poses, b.fps) - _smooth(a.own_poses, a.fps), axis=2),
        hip_height=100 * STANDARD_LEG * (body_b.value("hip height") - body_a.value("hip height")),
        facing=np.degrees(np.angle(_smooth(facing.real, a.fps) + 1j * _smooth(facing.imag, a.fps))),
        ground=_apart_on_the_floor(a, b),
        doubt={part.name: _doubt(part, a, b) for part in PARTS},
    )


def _smooth(values: Array, fps: float) -> Array:
    return gaussian_smooth(values, _SMOOTHING * fps)


def _turns(a: Performance, b: Performance) -> dict[str, Array]:
    """Angle, deg, of the turn from A's to B's head, torso, arms and legs."""
    found: dict[str, Array] = {}
    one, other = (_directions(each) for each in (a, b))
    for part in PARTS:
        if part.name in one:
            doubt = np.tan(np.radians(_doubt(part, a, b)))
            found[part.name] = _turn(one[part.name], other[part.name], _STIFFNESS + (_CAUTION * doubt) ** 2)
    return found


def _directions(performance: Performance) -> dict[str, Array]:
    """Vectors (N, 2, 3) that say how a part is turned, by its name, in the frame that it is compared in."""
    own = _smooth(performance.own_poses, performance.fps)
    points = {name: own[:, i] for i, name in enumerate(JOINTS)}
    shoulders = points["left_shoulder"] - points["right_shoulder"]
    up = (points["left_shoulder"] + points["right_shoulder"]) / 2  # from the mid-hip, which is the origin
    y = _unit(up)
    x = _unit(shoulders - (shoulders * y).sum(axis=1, keepdims=True) * y)
    trunk = np.stack([x, y, np.cross(x, y)], axis=1)
    found = {"torso": np.stack([y, x], axis=1)}
    ears = points["left_ear"] - points["right_ear"]
    gaze = points["nose"] - (points["left_ear"] + points["right_ear"]) / 2
    found["head"] = _in(trunk, _unit(gaze), _unit(ears))
    for side in ("left", "right"):
        shoulder, elbow, wrist = (points[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
        found[f"{side} arm"] = _in(trunk, *_with_bend(elbow - shoulder, wrist - elbow))
        hip, knee, ankle = (points[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        found[f"{side} leg"] = np.stack(_with_bend(knee - hip, ankle - knee), axis=1)
    return found


def _with_bend(near: Array, far: Array) -> tuple[Array, Array]:
    """Direction (N, 3) of the near bone of a limb, and where the far one bends to: none of a straight limb."""
    near, far = _unit(near), _unit(far)
    return near, far - (far * near).sum(axis=1, keepdims=True) * near


def _in(frame: Array, *vectors: Array) -> Array:
    return np.stack([np.einsum("nij,nj->ni", frame, vector) for vector in vectors], axis=1)


def _unit(v: Array) -> Array:
    unit: Array = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), _TINY)
    return unit


def _turn(a: Array, b: Array, stiffness: Array) -> Array:
    """Angle (N,), deg, of the rotation that takes vectors (N, V, 3) nearest to others (Kabsch 1976, Acta
    Crystallographica A 32), and a small one about axes about which they differ by less than `stiffness` (N,)."""
    known = np.isfinite(a).all(axis=(1, 2)) & np.isfinite(b).all(axis=(1, 2))
    angle = np.full(len(a), np.nan)
    if known.any():
        stays = stiffness[known, None, None] * np.eye(3)
        u, _, vt = np.linalg.svd(np.einsum("nvi,nvj->nij", b[known], a[known]) + stays)
        u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
        cosine = (np.trace(u @ vt, axis1=1, axis2=2) - 1) / 2
        angle[known] = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return angle


def _apart_on_the_floor(a: Performance, b: Performance) -> Array:
    """Distance (N,), cm, of the mid-hips on the floor after the turn and shift that bring B's path nearest to A's."""
    path_a = _smooth(a.mid_hip, a.fps)[:, [2, 0]]
    path_b = _smooth(b.mid_hip, b.fps)[:, [2, 0]] * (a.size.leg / b.size.leg)
    one, other = (np.array([1, 1j]) @ (path - path.mean(axis=0)).T for path in (path_a, path_b))
    turn = (one * other.conj()).sum()
    apart: Array = 100 * np.abs(other * turn / max(abs(turn), _TINY) - one)
    return apart


def _doubt(part: BodyPart, a: Performance, b: Performance) -> Array:
    end = JOINTS.index(part.end)
    variance = np.zeros(len(a.poses3d))
    for each in (a, b):
        if each.deviations is not None:
            variance += np.nan_to_num(each.deviations[:, end]) ** 2
    return np.degrees(np.arctan(np.sqrt(variance) / part.reach))

"""Files of 3D motion as other programs write them, made from synthetic dances."""

import pickle
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dancelift import Skeleton, anatomy
from dancelift.anatomy import HEAD_RISE, LANDMARKS, STANDARD_HEIGHT
from dancelift.synthetic import generate

FPS = 30
BODY = Skeleton("body", LANDMARKS)


@cache
def dance(n_frames: int = 40, height: float = STANDARD_HEIGHT, seed: int = 0) -> np.ndarray:
    """(T, len(LANDMARKS), 3) of a dancer: m, world frame, y up."""
    clip = generate(n_frames, FPS, seed, BODY, height, noise=0)
    x = np.cross(clip.up, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    poses = clip.poses3d @ np.stack([x, clip.up, np.cross(x, clip.up)]).T
    poses.flags.writeable = False
    return poses


def joints_of(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(T, J, 3) of a skeleton's joints from (T, len(LANDMARKS), 3)."""
    return np.einsum("jl,tla->tja", skeleton.landmark_weights, poses)


def z_up(poses: np.ndarray) -> np.ndarray:
    """What has y up, with z up."""
    return np.stack([poses[..., 0], -poses[..., 2], poses[..., 1]], axis=-1)


# names of hips, spine, neck and head, then of a side's hip, knee, ankle, toes, shoulder, elbow and wrist
CONVENTIONS: dict[str, tuple[str, str]] = {
    "mixamo": (
        "mixamorig:Hips mixamorig:Spine mixamorig:Neck mixamorig:Head",
        "mixamorig:{Left}UpLeg mixamorig:{Left}Leg mixamorig:{Left}Foot mixamorig:{Left}ToeBase "
        "mixamorig:{Left}Arm mixamorig:{Left}ForeArm mixamorig:{Left}Hand",
    ),
    "cmu": (
        "Hips LowerBack Neck Head",
        "{Left}UpLeg {Left}Leg {Left}Foot {Left}ToeBase {Left}Arm {Left}ForeArm {Left}Hand",
    ),
    "asf": ("root lowerback lowerneck head", "{l}femur {l}tibia {l}foot {l}toes {l}humerus {l}radius {l}wrist"),
    "biovision": (
        "Hips Chest Neck Head",
        "{Left}Hip {Left}Knee {Left}Ankle {Left}Toe {Left}Shoulder {Left}Elbow {Left}Wrist",
    ),
    "rigify": (
        "spine spine.001 spine.004 head",
        "thigh.{L} shin.{L} foot.{L} toe.{L} upper_arm.{L} forearm.{L} hand.{L}",
    ),
    "unreal": (
        "pelvis spine_01 neck_01 head",
        "thigh_{l} calf_{l} foot_{l} ball_{l} upperarm_{l} lowerarm_{l} hand_{l}",
    ),
    "biped": (
        "Bip01 Pelvis,Bip01 Spine,Bip01 Neck,Bip01 Head",
        "Bip01 {L} Thigh,Bip01 {L} Calf,Bip01 {L} Foot,Bip01 {L} Toe0,"
        "Bip01 {L} UpperArm,Bip01 {L} Forearm,Bip01 {L} Hand",
    ),
    "daz": ("hip abdomen neck head", "{l}Thigh {l}Shin {l}Foot {l}Toe {l}Shldr {l}ForeArm {l}Hand"),
    "motive": ("Hip Ab Neck Head", "{L}Thigh {L}Shin {L}Foot {L}Toe {L}UArm {L}FArm {L}Hand"),
    "vrm": (
        "J_Bip_C_Hips J_Bip_C_Spine J_Bip_C_Neck J_Bip_C_Head",
        "J_Bip_{L}_UpperLeg J_Bip_{L}_LowerLeg J_Bip_{L}_Foot J_Bip_{L}_ToeBase "
        "J_Bip_{L}_UpperArm J_Bip_{L}_LowerArm J_Bip_{L}_Hand",
    ),
    "kinect": (
        "SpineBase SpineMid Neck Head",
        "Hip{Left} Knee{Left} Ankle{Left} Foot{Left} Shoulder{Left} Elbow{Left} Wrist{Left}",
    ),
    "smpl": ("Pelvis Spine1 Neck Head", "{L}_Hip {L}_Knee {L}_Ankle {L}_Foot {L}_Shoulder {L}_Elbow {L}_Wrist"),
    "makehuman": (
        "root spine05 neck01 head",
        "upperleg01.{L} lowerleg01.{L} foot.{L} toe1-1.{L} upperarm01.{L} lowerarm01.{L} wrist.{L}",
    ),
    "mmd": ("center upper_body neck head", "leg_{L} knee_{L} ankle_{L} toe_{L} arm_{L} elbow_{L} wrist_{L}"),
}
OTHERS = {
    "mixamo": {"shoulder": "mixamorig:{Left}Shoulder", "hand": "mixamorig:{Left}HandThumb1"},
    "cmu": {"hip": "{L}HipJoint", "shoulder": "{Left}Shoulder"},
    "unreal": {"hip": "ik_foot_{l}", "shoulder": "clavicle_{l}", "hand": "index_01_{l}"},
    "rigify": {"hip": "thigh.{L}.001", "shoulder": "shoulder.{L}", "hand": "ORG-hand.{L}"},
    "vrm": {"shoulder": "J_Bip_{L}_Shoulder"},
    "smpl": {"shoulder": "{L}_Collar", "hand": "{L}_Hand"},
    "makehuman": {"knee": "upperleg02.{L}", "elbow": "upperarm02.{L}"},
}
"""Joints that programs have besides: before the hip, the knee, the shoulder or the elbow, or in the hand."""


@dataclass
class Node:
    """A joint of a rig: where it is and how it is turned in every frame, in the world."""

    name: str
    parent: int
    position: np.ndarray  # (T, 3), m
    turn: np.ndarray  # (T, 3, 3) from the rest pose
    end: Any = (0.0, 0.0, 0.0)  # its end site from it in the rest pose, m


def dancer_rig(convention: str = "mixamo", height: float = STANDARD_HEIGHT, head: bool = True) -> list[Node]:
    """A rig that dances; in its rest pose it faces z and lets its arms hang."""
    poses = dance(height=height)
    neutral = anatomy.landmarks(np.zeros((1, len(anatomy.ANGLES))), anatomy.Body(height))[0]
    at = {name: poses[:, i] for i, name in enumerate(LANDMARKS)}
    rest = {name: neutral[i] for i, name in enumerate(LANDMARKS)}
    pelvis = rigid(at, rest, "mid_hip", "left_hip", "right_hip", "spine")
    chest = rigid(at, rest, "neck", "left_shoulder", "right_shoulder", "spine")
    skull = rigid(at, rest, "left_ear", "right_ear", "nose", "left_eye", "right_eye")

    separator = "," if "," in CONVENTIONS[convention][0] else " "
    middle, sided = (names.split(separator) for names in CONVENTIONS[convention])
    nodes = [
        Node(middle[0], -1, at["mid_hip"], pelvis),
        Node(middle[1], 0, at["spine"], chest),
        Node(middle[2], 1, at["neck"], chest),
    ]
    if head:
        below_ears = np.array([0, 0.6 * HEAD_RISE * height, 0])
        pivot = (at["left_ear"] + at["right_ear"]) / 2 - skull @ below_ears
        nodes.append(Node(middle[3], 2, pivot, skull, 2 * below_ears))

    def add(name: str, parent: int, position: np.ndarray, turn: np.ndarray, end: Any = (0, 0, 0)) -> int:
        nodes.append(Node(name.format(Left=side.title(), L=side[0].upper(), l=side[0]), parent, position, turn, end))
        return len(nodes) - 1

    for side in ("left", "right"):
        foot = rigid(at, rest, *(f"{side}_{part}" for part in ("ankle", "foot_index", "heel", "small_toe")))
        to_toes = (rest[f"{side}_foot_index"] - rest[f"{side}_ankle"]) / 2
        others = OTHERS.get(convention, {})
        for start, limb, names in (
            (0, ("hip", "knee", "ankle"), sided[:4]),
            (2, ("shoulder", "elbow", "wrist"), sided[4:]),
        ):
            parent = start
            for part, further, name in zip(limb, (*limb[1:], None), names[:3], strict=True):
                if part in others:
                    parent = add(others[part], parent, nodes[parent].position, nodes[parent].turn)
                turn = bone(at, rest, f"{side}_{part}", f"{side}_{further}") if further else nodes[parent].turn
                parent = add(name, parent, at[f"{side}_{part}"], foot if part == "ankle" else turn)
            if start == 0:
                add(names[3], parent, at[f"{side}_ankle"] + foot @ to_toes, foot, to_toes)
            elif "hand" in others:
                add(others["hand"], parent, at[f"{side}_thumb"], nodes[parent].turn)
    return nodes


def rigid(at: dict[str, np.ndarray], rest: dict[str, np.ndarray], *landmarks: str) -> np.ndarray:
    """(T, 3, 3): rotation of the body that the landmarks are rigid on (Kabsch 1976)."""
    now = np.stack([at[name] for name in landmarks], axis=1)
    then = np.stack([rest[name] for name in landmarks])
    u, _, vt = np.linalg.svd(np.einsum("tla,lb->tab", now - now.mean(axis=1, keepdims=True), then - then.mean(axis=0)))
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    return u @ vt


def bone(at: dict[str, np.ndarray], rest: dict[str, np.ndarray], start: str, end: str) -> np.ndarray:
    """(T, 3, 3): the least rotation that points a bone the right way (Rodrigues)."""
    now, then = at[end] - at[start], rest[end] - rest[start]
    now, then = now / np.linalg.norm(now, axis=1, keepdims=True), then / np.linalg.norm(then)
    v = np.cross(then, now)
    cross = np.zeros((len(now), 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        cross[:, i, j], cross[:, j, i] = -v[:, k], v[:, k]
    return np.eye(3) + cross + cross @ cross / (1 + now @ then)[:, None, None]


def euler(turn: np.ndarray, order: str) -> np.ndarray:
    """(T, 3) degrees about the axes in `order`, such as "ZXY", of R = R_1 R_2 R_3."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1 if (j - i) % 3 == 1 else -1
    angles = (
        np.arctan2(-sign * turn[:, j, k], turn[:, k, k]),
        np.arcsin(np.clip(sign * turn[:, i, k], -1, 1)),
        np.arctan2(-sign * turn[:, i, j], turn[:, i, i]),
    )
    return np.degrees(np.stack(angles, axis=1))


def write_bvh(
    path: Path,
    nodes: list[Node],
    *,
    unit: float = 0.01,
    order: str = "ZXY",
    up: str = "y",
    rest: str = "stands",
    all_positions: bool = False,
    newline: str = "\n",
) -> Path:
    """Write a rig.

    Args:
        unit: of the file, m.
        order: of the rotation channels.
        up: "y" or "z".
        rest: "stands" with the same axis up as the motion, "stands in y" whatever that is, or "lies in a heap":
            every joint has a frame of its own, so that without rotations the joints are not in a person's pose.
        all_positions: every joint has position channels, not the root alone.
    """
    world = z_up(np.eye(3)).T if up == "z" else np.eye(3)  # from y up
    rng = np.random.default_rng(5)
    frames = {
        "stands": lambda: world.T,
        "stands in y": lambda: np.eye(3),
        "lies in a heap": lambda: random_rotation(rng),
    }
    own = [frames[rest]() for _ in nodes]
    lines, columns = ["HIERARCHY"], []

    def numbers(values: np.ndarray) -> str:
        return " ".join(f"{value:.8f}" for value in values)

    def write(index: int, indent: str) -> None:
        node = nodes[index]
        position, turn = node.position @ world.T / unit, world @ node.turn @ own[index]
        if node.parent >= 0:
            parent = nodes[node.parent]
            back = np.swapaxes(world @ parent.turn @ own[node.parent], 1, 2)
            position = (back @ (position - parent.position @ world.T / unit)[..., None])[..., 0]
            turn = back @ turn
        names, values = [f"{axis}rotation" for axis in order], [euler(turn, order)]
        if node.parent < 0 or all_positions:
            names, values = ["Xposition", "Yposition", "Zposition", *names], [position, *values]
        columns.extend(values)
        lines.extend(
            [
                f"{indent}{'JOINT' if indent else 'ROOT'} {node.name}",
                f"{indent}{{",
                f"{indent}\tOFFSET {numbers(position.mean(axis=0))}",
                f"{indent}\tCHANNELS {len(names)} {' '.join(names)}",
            ]
        )
        children = [child for child, other in enumerate(nodes) if other.parent == index]
        for child in children:
            write(child, f"{indent}\t")
        if not children:
            end = numbers(own[index].T @ np.asarray(node.end) / unit)
            lines.extend([f"{indent}\tEnd Site", f"{indent}\t{{", f"{indent}\t\tOFFSET {end}", f"{indent}\t}}"])
        lines.append(f"{indent}}}")

    write(0, "")
    motion = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / FPS:.7f}", *map(numbers, motion), ""]
    path.write_bytes(newline.join(lines).encode())
    return path


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """(3, 3): a random rotation."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.linalg.det(q)


def write_aist(folder: Path, name: str, poses: np.ndarray, **others: Any) -> Path:
    """An AIST++ sequence of (T, 17, 3) m."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.pkl"
    path.write_bytes(pickle.dumps({"keypoints3d": poses * 100 + 1, "keypoints3d_optim": poses * 100, **others}))
    return path


def write_human36m(path: Path, positions: dict[str, dict[str, np.ndarray]]) -> Path:
    np.savez_compressed(path, positions_3d=np.array(positions, dtype=object))
    return path


def write_dance_clip(path: Path, poses: np.ndarray, **others: Any) -> Path:
    """A dance clip of (T, 17, 3) m; its keypoints are left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"keypoints3d": poses.astype(np.float32), "fps": 25.0, "genre": "waltz", "source": "a studio"}
    np.savez(path, **(content | others))
    return path

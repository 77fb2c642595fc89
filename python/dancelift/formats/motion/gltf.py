"""glTF 2.0, .glb and .gltf: skeletons that animations move, whose joints' names tell a person's.

Every animation of every skin is a recording. The world has y up, as glTF has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.formats.bvh import Hierarchy, Joint
from dancelift.formats.gltf import MAGIC, Gltf, read_gltf
from dancelift.formats.motion.recording import MotionFormat, Recording
from dancelift.formats.motion.rig import read_rig
from dancelift.formats.source import Source
from dancelift.geometry import nearest_rotation, rotation_from_quaternion, unit

_UP = np.array([0.0, 1.0, 0.0])
_SUFFIXES = (".glb", ".gltf")
_MOST_MATRICES = 10**7  # of a recording, frames by nodes
_LONGEST = 10.0  # s between frames
_EVEN = 0.1  # of a step, by which times of frames differ at most from even ones


def _recognises(source: Source) -> bool:
    with source.path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC or source.path.suffix.lower() in _SUFFIXES


def _read(source: Source) -> Iterator[Recording]:
    gltf = read_gltf(source.path)
    nodes, skins = gltf.document.get("nodes", []), gltf.document.get("skins", [])
    animations = gltf.document.get("animations", [])
    if not skins or not animations:
        raise source.error(f"{len(skins)} skins and {len(animations)} animations; expected a skeleton that is animated")
    parents = {child: parent for parent, node in enumerate(nodes) for child in node.get("children", [])}
    found = [
        (animation, skin)
        for animation in animations
        for skin in skins
        if any(channel["target"].get("node") in skin["joints"] for channel in animation["channels"])
    ]
    if not found:
        raise source.error("animations that move no skeleton; expected one that is animated")
    for animation, skin in found:
        names = [source.path.stem, *(each.get("name", "") for each in (animation, skin))] if len(found) > 1 else []
        recording = _recording(source, gltf, _order(source, skin["joints"], parents), parents, animation)
        name = " ".join(filter(None, names)) or source.path.stem
        yield replace(recording, name=name)


def _order(source: Source, joints: list[int], parents: dict[int, int]) -> list[int]:
    """The joints of a skin and all nodes between them and the root, depth first, each behind its parent."""
    wanted: set[int] = set()
    for joint in joints:
        node: int | None = joint
        for _ in range(len(parents) + 1):
            if node is None:
                break
            wanted.add(node)
            node = parents.get(node)
        else:
            raise source.error(f"node {joint} is below itself; expected a tree")
    order: list[int] = []
    ahead = sorted((node for node in wanted if node not in parents), reverse=True)
    if len(ahead) != 1:
        raise source.error(f"a skeleton of {len(ahead)} trees; expected one")
    while ahead:
        node = ahead.pop()
        order.append(node)
        ahead += sorted((child for child in wanted if parents.get(child) == node), reverse=True)
    return order


def _recording(
    source: Source, gltf: Gltf, order: list[int], parents: dict[int, int], animation: dict[str, Any]
) -> Recording:
    """What an animation makes the nodes of a skeleton do."""
    samplers = animation["samplers"]
    tracks: dict[tuple[int, str], dict[str, Any]] = {
        (channel["target"]["node"], channel["target"]["path"]): samplers[channel["sampler"]]
        for channel in animation["channels"]
        if channel["target"].get("node") in order
    }
    keys = [gltf.array(track["input"]).astype(np.float64) for track in tracks.values()]
    for times in keys:
        if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise source.error("times of an animation that do not rise; expected rising ones")
    most = max(keys, key=len)
    start, end = min(times[0] for times in keys), max(times[-1] for times in keys)
    step = float(np.median(np.diff(most))) if len(most) > 1 else 1.0
    n_frames = int((end - start) / step + 1.5)
    if step > _LONGEST or n_frames * len(order) > _MOST_MATRICES:
        raise source.error(f"{n_frames} frames {step:g} s apart; expected at most {_LONGEST:g} s between frames")
    grid = np.minimum(start + step * np.arange(n_frames), end)
    if len(most) == n_frames and np.abs(grid - most).max() < _EVEN * step:
        grid = most  # as the file has them, in whatever precision
        step = float(most[-1] - most[0]) / (n_frames - 1) if n_frames > 1 else step
    rest, moving = (np.tile(np.eye(4), (count, len(order), 1, 1)) for count in (1, n_frames))
    for index, node in enumerate(order):
        about = gltf.document["nodes"][node]
        own = {
            path: _sampled(source, gltf, tracks[node, path], grid, path) for path in _PATHS if (node, path) in tracks
        }
        for matrices, values in ((rest, {}), (moving, own)):
            local = _local(about, values, len(matrices))
            matrices[:, index] = local if node not in parents else matrices[:, order.index(parents[node])] @ local
    bind = nearest_rotation(rest[0, :, :3, :3])
    joints: list[Joint] = []
    for index, node in enumerate(order):
        parent = order.index(parents[node]) if node in parents else -1
        offset = rest[0, index, :3, 3] - (rest[0, parent, :3, 3] if parent >= 0 else 0.0)
        x, y, z = offset.tolist()
        joints.append(Joint(str(gltf.document["nodes"][node].get("name") or f"node {node}"), parent, (x, y, z)))
    rotations = nearest_rotation(moving[..., :3, :3]) @ np.swapaxes(bind, -1, -2)
    if not np.isfinite(moving).all():
        raise source.error("a node's place is not finite; expected numbers")
    found = read_rig(source, "glTF", Hierarchy(tuple(joints)), moving[..., :3, 3], rotations, 1 / step, up=_UP)
    return replace(found, start=float(start))


_PATHS = ("translation", "rotation", "scale")


def _local(node: dict[str, Any], own: dict[str, Array], count: int) -> Array:
    """A node's transformations in its parent's frame, (count, 4, 4), by what it has and what moves it."""
    if "matrix" in node and not own:
        fixed: Array = np.tile(np.array(node["matrix"], float).reshape(4, 4).T, (count, 1, 1))
        return fixed
    rotation = own.get("rotation", np.array([node.get("rotation", (0.0, 0.0, 0.0, 1.0))], float))
    scale = own.get("scale", np.array([node.get("scale", (1.0, 1.0, 1.0))], float))
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, :3, :3] = rotation_from_quaternion(rotation) * scale[:, None, :]
    matrices[:, :3, 3] = own.get("translation", np.array([node.get("translation", (0.0, 0.0, 0.0))], float))
    return matrices


def _sampled(source: Source, gltf: Gltf, sampler: dict[str, Any], grid: Array, path: str) -> Array:
    """Values of a sampler at times (T,), by its kind of interpolation; rotations as unit quaternions."""
    times = gltf.array(sampler["input"]).astype(np.float64)
    values = gltf.array(sampler["output"]).astype(np.float64)
    kind = sampler.get("interpolation", "LINEAR")
    width = 4 if path == "rotation" else 3
    per_key = 3 if kind == "CUBICSPLINE" else 1
    if kind not in ("LINEAR", "STEP", "CUBICSPLINE") or values.shape != (per_key * len(times), width):
        raise source.error(
            f"{kind} {path} of shape {values.shape} at {len(times)} times; expected {width} numbers each"
        )
    values = values.reshape(len(times), per_key, width)
    at = values[:, per_key // 2]
    before = np.clip(np.searchsorted(times, grid, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    length = np.where(after > before, times[after] - times[before], 1.0)
    share = np.clip((grid - times[before]) / length, 0.0, 1.0)[:, None]
    if kind == "STEP":
        found = at[before]
    elif kind == "CUBICSPLINE":
        out, into = values[before, 2] * length[:, None], values[after, 0] * length[:, None]
        found = (
            (2 * share**3 - 3 * share**2 + 1) * at[before] + (share**3 - 2 * share**2 + share) * out
            + (3 * share**2 - 2 * share**3) * at[after] + (share**3 - share**2) * into
        )  # fmt: skip
    else:
        start, end = at[before], at[after]
        if path == "rotation":  # the way that is shorter
            end = np.where((start * end).sum(axis=1, keepdims=True) < 0, -end, end)
        found = start + share * (end - start)
    return unit(found) if path == "rotation" else found


FORMAT = MotionFormat("gltf", _recognises, _read, one_a_file=False)

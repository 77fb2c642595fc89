"""glTF: the bones of every dancer as animated nodes, a skinned body around them, and the camera.

The world has y up and metres, as glTF has it. Times are those of the video.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dancelift import __version__
from dancelift.body.rig import HIPS, Rig, local_rotations
from dancelift.formats.export.bone_mesh import COLOURS, bone_mesh
from dancelift.formats.export.scene import Dancer, PlacedCamera, Scene
from dancelift.formats.gltf import Packer
from dancelift.geometry import quaternions

_NEAR = 0.05  # m, from the camera, that a viewer draws


def write_gltf(scene: Scene, path: Path, binary: bool) -> None:
    """Write a scene as one glTF file.

    Args:
        scene: whose dancers have arms and legs.
        path: of the file.
        binary: whether as .glb, else as .gltf with everything in it.

    Raises:
        InputError: a joint is not finite, or a dancer's skeleton lacks one of an arm or a leg.
    """
    packer = Packer({"asset": {"version": "2.0", "generator": f"dancelift {__version__}"}})
    packer.document |= {"scene": 0, "scenes": [{"name": "dance", "nodes": []}]}
    packer.document["scenes"][0]["extras"] = {
        "fps": scene.fps, "first_frame": int(scene.frame_numbers[0]), "provenance": scene.provenance
    }  # fmt: skip
    roots = packer.document["scenes"][0]["nodes"]
    for colour in COLOURS.values():
        packer.add(
            "materials",
            pbrMetallicRoughness={"baseColorFactor": [*colour, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.8},
        )
    packer.add("animations", name="dance", channels=[], samplers=[])
    for dancer in scene.dancers:
        roots += _add_dancer(packer, dancer)
    if scene.camera is not None:
        roots.append(_add_camera(packer, scene.camera))
    packer.save(path, binary)


def standing_height(rig: Rig) -> float:
    """Return the height of the hips over the floor at rest, m: of the legs, and of the feet below the ankles."""
    legs = -rig.rest()[rig.index("LeftFoot"), 1]
    toes = [name for name in ("LeftToeBase", "LeftFoot") if name in rig.names][0]
    foot = -(rig.rest()[rig.index(toes)] + rig.tips[rig.index(toes)])[1] - legs
    return float(legs + max(foot, 0.0))


def _add_dancer(packer: Packer, dancer: Dancer) -> list[int]:
    """Add the nodes of a dancer; those at the root of the scene."""
    motion, rig = dancer.rigged, dancer.rigged.rig
    standing = np.array([0, standing_height(rig), 0])
    first = len(packer.document.get("nodes", []))
    for bone, name in enumerate(rig.names):
        children = [first + other for other, parent in enumerate(rig.parents) if parent == bone]
        offset = standing if name == HIPS else rig.offsets[bone]
        node = {"name": name, "translation": offset.tolist(), **({"children": children} if children else {})}
        packer.add("nodes", **node)
    inverse = np.tile(np.eye(4), (len(rig.names), 1, 1))
    inverse[:, :3, 3] = -(rig.rest() + standing)
    skin = packer.add(
        "skins",
        name=dancer.name,
        inverseBindMatrices=packer.add_array(inverse),
        joints=list(range(first, first + len(rig.names))),
        skeleton=first,
    )
    body = packer.add(
        "nodes", name=f"{dancer.name}_body", mesh=_add_mesh(packer, dancer.name, rig, standing), skin=skin
    )

    animation = packer.document["animations"][0]
    times = packer.add_array(dancer.times.astype(np.float64), bounds=True)

    def animate(bone: int, path: str, values: np.ndarray) -> None:
        animation["channels"].append(
            {"sampler": len(animation["samplers"]), "target": {"node": first + bone, "path": path}}
        )
        animation["samplers"].append({"input": times, "output": packer.add_array(values), "interpolation": "LINEAR"})

    animate(rig.index(HIPS), "translation", motion.root)
    turns = quaternions(local_rotations(rig, motion.rotations))
    for bone in range(len(rig.names)):
        animate(bone, "rotation", turns[:, bone])
    group = packer.add("nodes", name=dancer.name, children=[first])
    return [group, body]


def _add_mesh(packer: Packer, name: str, rig: Rig, standing: np.ndarray) -> int:
    mesh = bone_mesh(rig)
    joints = np.zeros((len(mesh.bones), 4), np.uint8)
    joints[:, 0] = mesh.bones
    attributes = {
        "POSITION": packer.add_vertices(mesh.points + standing, bounds=True),
        "NORMAL": packer.add_vertices(mesh.normals),
        "JOINTS_0": packer.add_vertices(joints),
        "WEIGHTS_0": packer.add_vertices(np.tile([1.0, 0, 0, 0], (len(joints), 1))),
    }
    corners = np.arange(len(mesh.points), dtype=np.uint32).reshape(-1, 3)
    primitives = [
        {"attributes": attributes, "indices": packer.add_indices(corners[mesh.sides == side].ravel()), "material": side}
        for side in range(len(COLOURS))
    ]
    return packer.add("meshes", name=f"{name}_body", primitives=primitives)


def _add_camera(packer: Packer, placed: PlacedCamera) -> int:
    """Add the camera, which looks along -z with y up; the principal point is taken to be in the middle."""
    width, height = placed.image_size
    camera = packer.add(
        "cameras",
        type="perspective",
        perspective={
            "aspectRatio": width / height,
            "yfov": 2 * float(np.arctan(height / (2 * placed.matrix[1, 1]))),
            "znear": _NEAR,
        },
    )
    rotation = quaternions((placed.rotation @ np.diag([1.0, -1, -1]))[None])[0]
    return packer.add(
        "nodes", name="camera", camera=camera, translation=placed.position.tolist(), rotation=rotation.tolist()
    )

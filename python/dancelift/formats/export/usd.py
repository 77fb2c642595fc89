"""USD: every dancer as a UsdSkel skeleton with its animation and a body around the bones, and the camera.

Time codes are frames of the video's time, so that time code / timeCodesPerSecond is s from the video's start.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.body.rig import HIPS, local_rotations
from dancelift.errors import require
from dancelift.files import under_suffix
from dancelift.formats.export.bone_mesh import COLOURS, bone_mesh
from dancelift.formats.export.gltf import standing_height
from dancelift.formats.export.scene import Dancer, PlacedCamera, Scene, Up, from_y_up
from dancelift.geometry import quaternions

_APERTURE = 36.0  # mm, width of the film: that of full frame
_PER_MM = 0.001 * 10  # of a camera, lengths are in tenths of the stage's unit


def write_usd(scene: Scene, path: Path, up: Up, suffix: str) -> None:
    """Write a scene as one USD file.

    Args:
        scene: whose dancers have arms and legs.
        path: of the file.
        up: axis of the world that points up.
        suffix: ".usda" for text, ".usdc" or ".usd" for the binary kind.

    Raises:
        InputError: a joint is not finite, or a dancer's skeleton lacks one of an arm or a leg.
        MissingExtraError: usd-core is not installed.
        OSError: the file cannot be written.
    """
    require("export", "USD", "pxr")
    from pxr import Tf, Usd, UsdGeom

    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z if up == "z" else UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(scene.fps)
    stage.SetFramesPerSecond(scene.fps)
    stage.SetStartTimeCode(scene.start * scene.fps)
    stage.SetEndTimeCode(scene.start * scene.fps + scene.n_frames - 1)
    stage.GetRootLayer().customLayerData = {"dancelift": json.dumps(scene.provenance)}
    world = UsdGeom.Xform.Define(stage, "/dance")
    stage.SetDefaultPrim(world.GetPrim())
    for dancer in scene.dancers:
        _add_dancer(stage, dancer, scene, from_y_up(up))
    if scene.camera is not None:
        _add_camera(stage, scene.camera, from_y_up(up))
    with under_suffix(path, suffix) as named:  # by which USD knows the kind
        try:
            complete = stage.Export(str(named), addSourceFileComment=False) and _holds(named, scene)
        except Tf.ErrorException as reason:
            raise OSError(f"{path}: not written, is the disk full?") from reason
        if not complete:
            raise OSError(f"{path}: not written whole, is the disk full?")


def _holds(path: Path, scene: Scene) -> bool:
    """Whether a file holds the motion of all dancers to its end: of a full disk USD does not always tell."""
    from pxr import Tf, Usd, UsdSkel

    try:
        stage = Usd.Stage.Open(str(path))
        for dancer in scene.dancers:
            animation = UsdSkel.Animation(stage.GetPrimAtPath(f"/dance/{dancer.name}/skeleton/motion"))
            attribute = animation.GetRotationsAttr()
            if attribute.GetNumTimeSamples() != len(dancer.poses3d) or not attribute.Get(stage.GetEndTimeCode()):
                return False
    except Tf.ErrorException:
        return False
    return True


def _add_dancer(stage: Any, dancer: Dancer, scene: Scene, turn: np.ndarray) -> None:
    from pxr import Gf, UsdGeom, UsdSkel, Vt

    motion, rig = dancer.rigged, dancer.rigged.rig
    root = UsdSkel.Root.Define(stage, f"/dance/{dancer.name}")
    skeleton = UsdSkel.Skeleton.Define(stage, f"/dance/{dancer.name}/skeleton")
    paths: list[str] = []
    for name, parent in zip(rig.names, rig.parents, strict=True):
        paths.append(f"{paths[parent]}/{name}" if parent >= 0 else name)
    standing = np.array([0, standing_height(rig), 0])

    def matrices(positions: np.ndarray) -> Any:
        found = [Gf.Matrix4d(1.0).SetTranslateOnly(Gf.Vec3d(*(turn @ position).tolist())) for position in positions]
        return Vt.Matrix4dArray(found)

    offsets = rig.offsets.copy()
    offsets[rig.index(HIPS)] = standing
    skeleton.CreateJointsAttr(paths)
    skeleton.CreateBindTransformsAttr(matrices(rig.rest() + standing))
    skeleton.CreateRestTransformsAttr(matrices(offsets))

    animation = UsdSkel.Animation.Define(stage, f"/dance/{dancer.name}/skeleton/motion")
    animation.CreateJointsAttr(paths)
    scales = Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(paths))
    animation.CreateScalesAttr(scales)
    turned = turn @ local_rotations(rig, motion.rotations) @ turn.T
    quaternion = quaternions(turned)
    places = np.tile(rig.offsets @ turn.T, (len(motion.root), 1, 1))
    places[:, rig.index(HIPS)] = motion.root @ turn.T
    rotations, translations = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    for t in range(len(motion.root)):
        code = scene.start * scene.fps + dancer.first + t
        rotations.Set(Vt.QuatfArray([Gf.Quatf(w, x, y, z) for x, y, z, w in quaternion[t].tolist()]), code)
        translations.Set(Vt.Vec3fArray.FromNumpy(places[t].astype(np.float32)), code)
    binding = UsdSkel.BindingAPI.Apply(skeleton.GetPrim())
    binding.CreateAnimationSourceRel().SetTargets([animation.GetPrim().GetPath()])

    shapes = bone_mesh(rig)
    mesh = UsdGeom.Mesh.Define(stage, f"/dance/{dancer.name}/body")
    points = ((shapes.points + standing) @ turn.T).astype(np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.array([points.min(axis=0), points.max(axis=0)])))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * len(shapes.sides)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray(list(range(len(points)))))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy((shapes.normals @ turn.T).astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    colours = np.array(list(COLOURS.values()), np.float32)[shapes.sides]
    mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.uniform).Set(Vt.Vec3fArray.FromNumpy(colours))
    skin = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    skin.CreateSkeletonRel().SetTargets([skeleton.GetPrim().GetPath()])
    skin.CreateJointIndicesPrimvar(False, 1).Set(Vt.IntArray(shapes.bones.tolist()))
    skin.CreateJointWeightsPrimvar(False, 1).Set(Vt.FloatArray([1.0] * len(points)))
    UsdSkel.BindingAPI.Apply(root.GetPrim())


def _add_camera(stage: Any, placed: PlacedCamera, turn: np.ndarray) -> None:
    """Add the camera, which looks along -z with y up."""
    from pxr import Gf, UsdGeom

    width, height = placed.image_size
    (fx, _, cx), (_, fy, cy), _ = placed.matrix.tolist()
    camera = UsdGeom.Camera.Define(stage, "/dance/camera")
    per_pixel = _PER_MM * _APERTURE / width
    camera.CreateFocalLengthAttr(per_pixel * fx)
    camera.CreateHorizontalApertureAttr(per_pixel * width)
    camera.CreateVerticalApertureAttr(per_pixel * height * fx / fy)
    camera.CreateHorizontalApertureOffsetAttr(per_pixel * (width / 2 - cx))
    camera.CreateVerticalApertureOffsetAttr(per_pixel * (cy - height / 2))
    rotation = turn @ placed.rotation @ np.diag([1.0, -1, -1])
    matrix = np.eye(4)  # of row vectors
    matrix[:3, :3], matrix[3, :3] = rotation.T, turn @ placed.position
    UsdGeom.Xformable(camera).AddTransformOp().Set(Gf.Matrix4d(*matrix.ravel().tolist()))

"""3D motion for other programs, read back by what others wrote where it is there, and compared."""

import csv
import dataclasses
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import dancelift
from dancelift.body.skeleton import SKELETONS
from dancelift.errors import MissingExtraError
from dancelift.formats.bvh import read_bvh
from dancelift.formats.export import FORMATS, export
from dancelift.formats.export.markers import marker_name
from dancelift.formats.export.scene import Scene, make_scene
from dancelift.geometry import rotation_from_quaternion
from dancelift.lifting.result import join_takes
from fixtures.exports import FPS, LIMBS, bones_of, lifted
from fixtures.lifts import PEDESTRIAN

NEEDS = {".c3d": "ezc3d", ".usd": "pxr", ".usda": "pxr", ".usdc": "pxr"}
MM = 0.001


def duo() -> dict[str, dancelift.LiftResult]:
    """Two dancers of one video, the second of whom comes in five frames later."""
    return {"lead": lifted(), "follow": later(lifted(30, random_seed=1, camera=lifted().camera), 5)}


def later(result: dancelift.LiftResult, n_frames: int, stride: int = 1) -> dancelift.LiftResult:
    """The same, so many frames later in the video, of which every `stride`-th was lifted."""
    numbers = stride * (n_frames + np.arange(len(result.poses3d)))
    return dataclasses.replace(result, frame_numbers=numbers, times=numbers / (stride * result.fps))


def written(results: dict[str, dancelift.LiftResult], path: Path, **options) -> tuple[Scene, Path]:
    """The scene of some lifts and the one file that they were exported to."""
    if path.suffix in NEEDS:
        pytest.importorskip(NEEDS[path.suffix])
    (file,) = export(results, path, **options)
    return make_scene(results), file


def limbs(names: list[str], bones: np.ndarray, skeleton: dancelift.Skeleton) -> tuple[np.ndarray, list[int]]:
    """Where the limbs' bones begin, (T, 12, 3), and the joints there."""
    return bones[:, [names.index(bone) for bone in LIMBS]], [skeleton.index(joint) for joint in LIMBS.values()]


# the world


def test_the_dancer_stands_upright_on_the_floor():
    (dancer,) = make_scene({"lead": lifted(60, "halpe26")}).dancers
    feet = dancer.poses3d[:, [dancer.skeleton.index(f"{side}_heel") for side in ("left", "right")], 1].min(axis=1)
    head = dancer.poses3d[:, dancer.skeleton.index("head_top"), 1]
    assert abs(np.median(feet)) < 0.05
    assert 1.4 < np.median(head) < 1.8
    assert_allclose(dancer.poses3d[..., ::2].mean(axis=(0, 1)), 0, atol=1e-9)


def test_the_camera_sees_the_dancer_where_the_keypoints_are():
    scene = make_scene({"lead": lifted()})
    assert scene.camera is not None
    seen = (scene.dancers[0].poses3d - scene.camera.position) @ scene.camera.rotation @ scene.camera.matrix.T
    assert_allclose(seen[..., :2] / seen[..., 2:], lifted().keypoints2d, atol=1e-6)


def test_takes_each_stand_on_the_floor_and_have_no_one_camera():
    first, second = lifted(60, "halpe26"), lifted(60, "halpe26", random_seed=1)
    scene = make_scene({"lead": join_takes([first, dataclasses.replace(second, times=second.times + 60 / FPS)])})
    assert scene.camera is None
    heels = scene.dancers[0].poses3d[
        :, [scene.dancers[0].skeleton.index(f"{side}_heel") for side in ("left", "right")], 1
    ]
    for take in (slice(60), slice(60, None)):
        assert abs(np.median(heels[take].min(axis=1))) < 0.05


def test_left_and_right_that_were_exchanged_are_put_right():
    plain, result = lifted(), lifted()
    order = list(result.skeleton.mirrored)
    seen = result.seen.copy()
    seen[:, order[9]] = False
    swapped = dataclasses.replace(result, poses3d=result.poses3d[:, order], seen=seen, left_right_swapped=True)
    (right,), (found,) = make_scene({"a": plain}).dancers, make_scene({"a": swapped}).dancers
    assert_allclose(found.poses3d, right.poses3d)
    assert not found.seen[:, 9].any() and found.seen.sum() == 16 * 40


def test_dancers_of_one_video_keep_their_times_and_places():
    scene = make_scene(duo())
    assert [(dancer.name, dancer.first) for dancer in scene.dancers] == [("lead", 0), ("follow", 5)]
    assert_array_equal(scene.frame_numbers, np.arange(40))
    between = [dancer.poses3d[20 - dancer.first, 0] for dancer in scene.dancers]
    true = [duo()["lead"].poses3d[20, 0], duo()["follow"].poses3d[15, 0]]
    assert np.linalg.norm((between[0] - between[1])[::2]) == pytest.approx(
        np.linalg.norm((true[0] - true[1])[::2]), abs=0.1
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fps": 30.0}, "follow: 30 frames per second and 25 of lead, expected lifts of one video"),
        ({"image_size": (640, 480)}, r"follow: image size \(640, 480\) and \(1920, 1080\) of lead"),
        (
            {"times": (3.4 + np.arange(40)) / FPS, "frame_numbers": 3 + np.arange(40)},
            "follow: starts 3.40 frames after",
        ),
        ({"poses3d": np.empty((0, 17, 3))}, "follow: holds 0 frames, expected at least 1"),
    ],
)
def test_lifts_that_are_not_of_one_video_are_not_put_in_one_file(tmp_path, changes, message):
    other = lifted(random_seed=1, camera=lifted().camera, **changes)
    with pytest.raises(dancelift.InputError, match=message):
        export({"lead": lifted(), "follow": other}, tmp_path / "duo.csv")
    assert not list(tmp_path.iterdir())


def test_lifts_by_different_cameras_are_warned_of():
    camera = lifted().camera
    other = dataclasses.replace(camera, matrix=camera.matrix * [[1.2, 1, 1], [1, 1.2, 1], [1, 1, 1]])
    with pytest.warns(dancelift.errors.DanceliftWarning, match="lead, follow: lifted with different cameras"):
        scene = make_scene({"lead": lifted(), "follow": lifted(random_seed=1, camera=other)})
    assert scene.camera is None


def test_names_have_nothing_that_a_format_forbids():
    results = {"person 0": lifted(), "person-0": lifted(), "7": lifted(), "Ünal/Ö": lifted()}
    assert [dancer.name for dancer in make_scene(results).dancers] == ["person_0", "person_0_2", "dancer_7", "nal"]


# bones


@pytest.mark.parametrize("up", ["y", "z"])
@pytest.mark.parametrize("skeleton", ["coco17", "halpe26"])
def test_bvh_has_the_bones_where_they_are(tmp_path, skeleton, up):
    scene, path = written({"lead": lifted(skeleton=skeleton)}, tmp_path / "a.bvh", up=up)
    bvh = read_bvh(path)
    names = [joint.name for joint in bvh.hierarchy.joints]
    positions, _ = bvh.hierarchy.forward(bvh.channels)
    if up == "z":
        positions = np.stack([positions[..., 0], positions[..., 2], -positions[..., 1]], axis=-1)
    bones, true = bones_of(scene)
    assert_allclose(positions[:, [names.index(bone) for bone in bones]], true, atol=0.01 * MM)
    assert bvh.frame_time == pytest.approx(1 / FPS)
    angles = bvh.channels[:, 3:]
    assert np.abs(np.diff(angles, axis=0)).max() < 60


def test_bvh_read_by_bvhio(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        bvhio = pytest.importorskip("bvhio")
        scene, path = written({"lead": lifted()}, tmp_path / "a.bvh")
        root = bvhio.readAsHierarchy(str(path))
        bones, true = bones_of(scene)
        joints = {joint.Name: joint for joint, _, _ in root.layout()}
        found = np.empty_like(true)
        for t in range(len(true)):
            root.loadPose(t)
            found[t] = [list(joints[bone].PositionWorld) for bone in bones]
    assert_allclose(found, true, atol=0.05 * MM)
    where, joint = limbs(list(bones), found, scene.dancers[0].skeleton)
    off = np.linalg.norm(where - scene.dancers[0].poses3d[:, joint], axis=2)
    assert np.median(off) < 5 * MM


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_gltf_read_by_pygltflib(tmp_path, suffix):
    pygltflib = pytest.importorskip("pygltflib")
    scene, path = written(duo(), tmp_path / f"a{suffix}")
    gltf = pygltflib.GLTF2().load(str(path))
    data = gltf.binary_blob() or gltf.get_data_from_buffer_uri(gltf.buffers[0].uri)

    def array(accessor: int) -> np.ndarray:
        about = gltf.accessors[accessor]
        view = gltf.bufferViews[about.bufferView]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[about.type]
        return np.frombuffer(data, "<f4", about.count * width, view.byteOffset).reshape(about.count, width)

    (animation,) = gltf.animations
    tracks = {
        (channel.target.node, channel.target.path): animation.samplers[channel.sampler]
        for channel in animation.channels
    }
    for index, dancer in enumerate(scene.dancers):
        joints = gltf.skins[index].joints
        names = [gltf.nodes[joint].name for joint in joints]
        turns = {joint: rotation_from_quaternion(array(tracks[joint, "rotation"].output)) for joint in joints}
        places, worlds = {}, {}
        for joint in joints:  # parents come first
            parent = next((other for other in joints if joint in (gltf.nodes[other].children or [])), None)
            if parent is None:
                places[joint], worlds[joint] = array(tracks[joint, "translation"].output), turns[joint]
            else:
                places[joint] = places[parent] + worlds[parent] @ np.array(gltf.nodes[joint].translation)
                worlds[joint] = worlds[parent] @ turns[joint]
        bones, true = bones_of(scene, index)
        assert tuple(names) == bones
        assert_allclose(np.stack([places[joint] for joint in joints], axis=1), true, atol=0.05 * MM)
        times = array(tracks[joints[0], "rotation"].input)[:, 0]
        assert_allclose(times, dancer.times, atol=1e-5)
    camera = gltf.nodes[next(node for node in gltf.scenes[0].nodes if gltf.nodes[node].camera is not None)]
    assert_allclose(camera.translation, scene.camera.position)
    assert len(gltf.meshes) == 2 and all(len(mesh.primitives) == 3 for mesh in gltf.meshes)


@pytest.mark.parametrize("suffix", [".usda", ".usdc", ".usd"])
@pytest.mark.parametrize("up", ["y", "z"])
def test_usd_read_by_usdskel(tmp_path, suffix, up):
    scene, path = written(duo(), tmp_path / f"a{suffix}", up=up)
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageUpAxis(stage) == up.upper() and UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert stage.GetTimeCodesPerSecond() == FPS
    for index, dancer in enumerate(scene.dancers):
        cache = UsdSkel.Cache()
        cache.Populate(UsdSkel.Root(stage.GetPrimAtPath(f"/dance/{dancer.name}")), Usd.PrimDefaultPredicate)
        query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath(f"/dance/{dancer.name}/skeleton")))
        found = np.array(
            [
                [list(matrix.ExtractTranslation()) for matrix in query.ComputeJointSkelTransforms(time * FPS)]
                for time in dancer.times
            ]
        )
        if up == "z":
            found = np.stack([found[..., 0], found[..., 2], -found[..., 1]], axis=-1)
        bones, true = bones_of(scene, index)
        assert tuple(path.split("/")[-1] for path in query.GetJointOrder()) == bones
        assert_allclose(found, true, atol=0.05 * MM)


def test_usd_is_of_the_kind_that_its_name_says(tmp_path):
    for suffix, start in ((".usda", b"#usda"), (".usdc", b"PXR-USDC"), (".usd", b"PXR-USDC")):
        assert written({"a": lifted(5)}, tmp_path / f"a{suffix}")[1].read_bytes().startswith(start)


def test_bvh_of_two_dancers_is_two_files(tmp_path):
    files = export(duo(), tmp_path / "duo.bvh")
    assert [file.name for file in files] == ["duo-lead.bvh", "duo-follow.bvh"]
    assert [len(read_bvh(file).channels) for file in files] == [40, 30]
    assert sorted(tmp_path.iterdir()) == sorted(files)


# markers


def test_trc_is_a_table_of_pose2sims_markers(tmp_path):
    scene, path = written({"lead": later(lifted(skeleton="halpe26"), 50, 2)}, tmp_path / "a.trc")
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert lines[0] == ["PathFileType", "4", "(X/Y/Z)", "a.trc"]
    assert dict(zip(*lines[1:3], strict=True)) == {
        "DataRate": "25", "CameraRate": "25", "NumFrames": "40", "NumMarkers": "26", "Units": "m",
        "OrigDataRate": "25", "OrigDataStartFrame": "100", "OrigNumFrames": "40",
    }  # fmt: skip
    markers = [name for name in lines[3][2:] if name]
    halpe26 = "Nose Head Neck Hip RHip RKnee RAnkle RBigToe RSmallToe RHeel LShoulder LElbow LWrist"
    assert set(halpe26.split()) <= set(markers) and len(lines[5]) == 2 + 3 * 26
    rows = np.array(lines[5:], float)
    assert_array_equal(rows[:, 0], 100 + 2 * np.arange(40))
    assert_allclose(rows[:, 1], 2 + np.arange(40) / 25)
    assert_allclose(rows[:, 2:].reshape(40, 26, 3), scene.dancers[0].poses3d, atol=1e-6)


def test_markers_of_17_joints_have_neck_and_hip_between_them(tmp_path):
    scene, path = written({"lead": lifted()}, tmp_path / "a.trc")
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    at = {
        name: np.array([row[i + 2 : i + 5] for row in lines[5:]], float) for i, name in enumerate(lines[3][2:]) if name
    }
    assert_allclose(at["Hip"], (at["LHip"] + at["RHip"]) / 2, atol=2e-6)
    assert_allclose(at["Neck"], (at["LShoulder"] + at["RShoulder"]) / 2, atol=2e-6)


def test_rows_of_markers_that_are_missing_are_as_long_as_the_others(tmp_path):
    _, path = written(duo(), tmp_path / "a.trc")
    rows = [line.split("\t") for line in path.read_text().splitlines()[5:]]
    assert {len(row) for row in rows} == {2 + 3 * 2 * 19}
    assert set(rows[0][2 + 3 * 19 :]) == {"nan"} and "nan" not in rows[5]


@pytest.mark.parametrize(
    ("skeleton", "joint", "name"),
    [
        ("body25", "mid_hip", "CHip"), ("halpe26", "mid_hip", "Hip"), ("halpe26", "head_top", "Head"),
        ("blazepose33", "left_foot_index", "LBigToe"), ("h36m17", "pelvis", "Hip"), ("coco17", "right_ear", "REar"),
    ],
)  # fmt: skip
def test_names_of_markers(skeleton, joint, name):
    assert marker_name(SKELETONS[skeleton], SKELETONS[skeleton].joints.index(joint)) == name


def test_c3d_read_by_ezc3d(tmp_path):
    seen = np.ones((30, 17), bool)
    seen[3, 9] = False
    results = duo()
    results["follow"] = dataclasses.replace(results["follow"], seen=seen)
    scene, path = written(results, tmp_path / "a.c3d")
    import ezc3d

    file = ezc3d.c3d(str(path))
    names = file["parameters"]["POINT"]["LABELS"]["value"]
    points, residuals = file["data"]["points"][:3], file["data"]["meta_points"]["residuals"][0]
    assert file["parameters"]["POINT"]["UNITS"]["value"] == ["mm"] and file["header"]["points"]["frame_rate"] == FPS
    for dancer in scene.dancers:
        marker = names.index(f"{dancer.name}:LWrist")
        frames = slice(dancer.first, dancer.first + len(dancer.poses3d))
        x, y, z = points[:, marker, frames]
        assert_allclose(np.stack([x, z, -y], axis=1) * MM, dancer.poses3d[:, 9], atol=0.01 * MM)
    follow = names.index("follow:LWrist")
    assert np.isnan(points[:, follow, :5]).all() and (residuals[follow, :5] == -1).all()
    assert residuals[follow, 8] == 0 and residuals[follow, 9] == 20


def test_c3d_of_a_piece_starts_at_its_frame_of_the_video(tmp_path):
    _, path = written({"lead": later(lifted(), 100)}, tmp_path / "a.c3d")
    import ezc3d

    assert ezc3d.c3d(str(path))["header"]["points"]["first_frame"] == 100


# tables


def test_csv_is_tidy(tmp_path):
    scene, path = written(duo(), tmp_path / "a.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 17 * (40 + 30)
    follow = [row for row in rows if row["person"] == "follow" and row["joint"] == "left_wrist"]
    assert [int(row["frame"]) for row in follow] == list(range(5, 35))
    assert_allclose([float(row["time"]) for row in follow], np.arange(5, 35) / FPS)
    found = np.array([[float(row[axis]) for axis in "xyz"] for row in follow])
    assert_allclose(found, scene.dancers[1].poses3d[:, 9], atol=1e-6)
    assert {row["seen"] for row in rows} == {"1"} and {row["deviation_along"] for row in rows} == {"0.020000"}


def test_csv_leaves_empty_what_is_not_known(tmp_path):
    result = lifted(deviations=np.empty((0, 0, 2)))
    result.poses3d[2, 9] = np.nan
    _, path = written({"lead": result}, tmp_path / "a.csv")
    row = path.read_text().splitlines()[1 + 2 * 17 + 9].split(",")
    assert row == ["lead", "2", "0.080000", "left_wrist", "", "", "", "1", "", ""]


def test_json(tmp_path):
    result = lifted()
    result.poses3d[2, 9] = np.nan
    scene, path = written({"lead": result}, tmp_path / "a.json", up="z")
    content = json.loads(path.read_text())
    (person,) = content["persons"]
    assert (content["fps"], content["unit"], content["up"], person["name"]) == (25, "m", "z", "lead")
    positions = np.array(
        [[[np.nan if x is None else x for x in joint] for joint in frame] for frame in person["positions"]]
    )
    assert np.isnan(positions[2, 9]).all() and np.isfinite(np.delete(positions, 2, axis=0)).all()
    assert_allclose(positions[..., 2], scene.dancers[0].poses3d[..., 1], atol=1e-6)
    assert ["left_elbow", "left_wrist"] in [sorted(bone) for bone in person["bones"]]
    assert_allclose(content["camera"]["matrix"], result.camera.matrix)


def test_npz_of_several(tmp_path):
    scene, path = written(duo(), tmp_path / "a.npz")
    with np.load(path) as file:
        assert file["poses3d"].shape == (2, 40, 17, 3) and file["persons"].tolist() == ["lead", "follow"]
        assert np.isnan(file["poses3d"][1, :5]).all()
        assert_allclose(file["poses3d"][1, 5:35], scene.dancers[1].poses3d)
        assert str(file["up"]) == "y" and str(file["skeleton"]) == "coco17"


def test_npz_of_different_skeletons(tmp_path):
    with pytest.raises(dancelift.InputError, match="expected one skeleton in an npz"):
        export({"a": lifted(), "b": lifted(skeleton="halpe26")}, tmp_path / "a.npz")


# all of them


@pytest.mark.parametrize("suffix", FORMATS)
def test_one_frame(tmp_path, suffix):
    _, path = written({"lead": lifted(1)}, tmp_path / f"a{suffix}")
    assert path.stat().st_size > 100


@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".usda"])
def test_bones_need_all_joints_in_all_frames(tmp_path, suffix):
    if suffix in NEEDS:
        pytest.importorskip(NEEDS[suffix])
    result = lifted()
    result.poses3d[2, 9] = np.nan
    with pytest.raises(dancelift.InputError, match="lead: poses3d: frame 2, left_wrist is not finite"):
        export({"lead": result}, tmp_path / f"a{suffix}")
    with pytest.raises(dancelift.InputError, match="lead: skeleton 'pedestrian' has no left_elbow"):
        export({"lead": lifted(skeleton=PEDESTRIAN)}, tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".trc", ".csv", ".json", ".npz"])
def test_joints_of_any_skeleton_are_points(tmp_path, suffix):
    assert written({"lead": lifted(skeleton=PEDESTRIAN)}, tmp_path / f"a{suffix}")[1].exists()


def test_a_suffix_that_is_not_known(tmp_path):
    with pytest.raises(dancelift.InputError, match=r"a.fbx: expected a name that ends in \.bvh, \.trc"):
        export({"lead": lifted()}, tmp_path / "a.fbx")


def test_gltf_has_y_up(tmp_path):
    with pytest.raises(dancelift.InputError, match="up = 'z', expected 'y', which it always is in .glb"):
        export({"lead": lifted()}, tmp_path / "a.glb", up="z")


def test_an_extra_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("dancelift.errors.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r'\.c3d needs ezc3d: pip install "dancelift\[export\]"'):
        export({"lead": lifted()}, tmp_path / "a.c3d")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, suffix):
    if suffix in NEEDS:
        pytest.importorskip(NEEDS[suffix])
    resource = pytest.importorskip("resource")  # POSIX only
    path = tmp_path / f"a{suffix}"
    export({"lead": lifted()}, path)
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    for share in (0.02, 0.5, 0.95):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * len(before)), limit[1]))
        try:
            with pytest.raises(OSError):
                export({"lead": lifted(random_seed=1)}, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


def test_of_several_files_none_is_written_where_one_fails(tmp_path, monkeypatch):
    def write_one(dancer, path, up):
        path.write_text("half")
        if len(list(tmp_path.iterdir())) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("dancelift.formats.export.write_bvh", write_one)
    with pytest.raises(OSError, match=r"No space left on device: '.*duo-follow.bvh'"):
        export(duo(), tmp_path / "duo.bvh")
    assert list(tmp_path.iterdir()) == []

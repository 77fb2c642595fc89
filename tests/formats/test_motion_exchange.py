"""3D motion of TRC, C3D and glTF, as dancelift and others write them."""

import base64
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import dancelift
from dancelift.body.skeleton import SKELETONS
from dancelift.formats.export import export
from dancelift.formats.export.scene import make_scene
from dancelift.formats.motion import load_motions
from dancelift.formats.trc import format_trc
from dancelift.movements.labeller import label_movements
from fixtures.exports import FPS, LIMBS, lifted
from fixtures.lifts import spoilt
from fixtures.motion import dance, joints_of

COCO17 = SKELETONS["coco17"]
MM = 0.001


def later(result: dancelift.LiftResult, seconds: float) -> dancelift.LiftResult:
    return dataclasses.replace(result, times=result.times + seconds)


def exported(path: Path, **options) -> tuple[list[dancelift.body.motion.Motion], np.ndarray]:
    """The motions in an exported file, and the poses of its one dancer, who starts at 2 s."""
    if path.suffix == ".c3d":
        pytest.importorskip("ezc3d")
    result = later(lifted(), 2.0)
    export({"lead": result}, path, **options)
    return load_motions(path), make_scene({"lead": result}).dancers[0].poses3d


@pytest.mark.parametrize(
    ("name", "up"), [("a.trc", "y"), ("a.trc", "z"), ("a.c3d", "y"), ("a.c3d", "z"), ("a.npz", "z")]
)
def test_points_come_back_as_they_were(tmp_path, name, up):
    (motion,), poses = exported(tmp_path / name, up=up)
    assert (motion.skeleton, motion.name) == (COCO17, "a")
    assert motion.fps == pytest.approx(FPS) and motion.start == pytest.approx(2.0)
    assert_allclose(motion.poses3d, poses, atol=0.01 * MM)


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.bvh"])
def test_bones_come_back_as_they_were(tmp_path, name):
    (motion,), poses = exported(tmp_path / name)
    joints = [COCO17.index(joint) for joint in LIMBS.values()]
    off = np.linalg.norm(motion.as_coco17() - poses, axis=2)
    assert np.median(off[:, joints]) < 5 * MM and off[:, joints].max() < 40 * MM
    assert np.median(off) < 25 * MM  # the face is that of an average head
    assert motion.fps == pytest.approx(FPS)
    assert motion.start == pytest.approx(0.0 if name == "a.bvh" else 2.0)


@pytest.mark.parametrize("name", ["duo.trc", "duo.c3d", "duo.glb", "duo.npz"])
def test_several_dancers_in_one_file(tmp_path, name):
    if name.endswith("c3d"):
        pytest.importorskip("ezc3d")
    results = {"lead": lifted(), "follow": lifted(random_seed=1, camera=lifted().camera)}
    export(results, tmp_path / name)
    motions = load_motions(tmp_path / name)
    assert [motion.name.split()[-1] for motion in motions] == ["lead", "follow"]
    for motion, dancer in zip(motions, make_scene(results).dancers, strict=True):
        assert np.median(np.linalg.norm(motion.as_coco17() - dancer.poses3d, axis=2)) < 25 * MM


def test_labels_of_an_exported_dance_are_those_of_the_dance(tmp_path):
    (motion,), _ = exported(tmp_path / "a.trc")
    assert_allclose(label_movements(motion).active, label_movements(later(lifted(), 2.0).motion("a")).active)


# TRC


def write_trc(path: Path, names: list[str], positions: np.ndarray, unit: str = "m") -> Path:
    numbers = list(range(1, len(positions) + 1))
    path.write_text(format_trc(path.name, names, numbers, np.array(numbers) / 60, positions, 60, unit))
    return path


POSE2SIM = (
    "RHip RKnee RAnkle RBigToe RSmallToe RHeel LHip LKnee LAnkle LBigToe LSmallToe LHeel Neck Head Nose "
    "RShoulder RElbow RWrist LShoulder LElbow LWrist"
).split()


def pose2sim() -> tuple[list[str], np.ndarray]:
    """Markers of Pose2Sim's model with feet and where they are, as it writes them."""
    halpe26 = SKELETONS["halpe26"]
    poses = joints_of(dance(), halpe26)
    names = {"R": "right_", "L": "left_"}
    joints = ["neck", "head_top", "nose"]
    middle = dict(zip(("Neck", "Head", "Nose"), joints, strict=True))
    words = {"BigToe": "big_toe", "SmallToe": "small_toe"}
    found = [middle.get(name) or names[name[0]] + words.get(name[1:], name[1:].lower()) for name in POSE2SIM]
    return POSE2SIM, poses[:, [halpe26.index(name) for name in found]]


@pytest.mark.parametrize(("unit", "scale"), [("m", 1), ("mm", 1000)])
def test_trc_of_pose2sim(tmp_path, unit, scale):
    names, positions = pose2sim()
    (motion,) = load_motions(write_trc(tmp_path / "a.trc", names, scale * positions, unit))
    assert motion.skeleton.joints == tuple(names)
    assert motion.skeleton.index("right_big_toe") == names.index("RBigToe")
    assert_allclose(motion.poses3d, positions, atol=2e-6)
    assert (motion.fps, motion.start) == (60, pytest.approx(1 / 60, rel=1e-4))


def test_markers_that_are_missing_for_long_cut_the_motion(tmp_path):
    names, positions = pose2sim()
    positions[10:12, 4] = np.nan  # for a moment, interpolated
    positions[20:38, 7] = np.nan
    motions = load_motions(write_trc(tmp_path / "a.trc", names, positions))
    assert [len(motion.poses3d) for motion in motions] == [20]
    assert motions[0].start == pytest.approx(1 / 60, rel=1e-4)


def test_markers_on_the_skin_are_no_joints(tmp_path):
    names = ["LASI", "RASI", "LPSI", "RPSI", "LKNE", "RKNE", "C7", "CLAV", "LANK", "RANK", "LFHD", "RFHD"]
    path = write_trc(tmp_path / "a.trc", names, np.zeros((5, 12, 3)))
    with pytest.raises(dancelift.InputError, match="expected some at the joints, among them LShoulder"):
        load_motions(path)


# glTF


def gltf_with(path: Path, change) -> Path:
    """An exported .gltf whose document was changed by a function."""
    export({"lead": lifted()}, path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def limbs_off(path: Path) -> float:
    """How far the limbs of the one motion in a file are from the dancer's, at most, m."""
    (motion,) = load_motions(path)
    joints = [COCO17.index(joint) for joint in LIMBS.values()]
    poses = make_scene({"lead": lifted()}).dancers[0].poses3d
    return float(np.linalg.norm(motion.as_coco17() - poses, axis=2)[:, joints].max())


def test_gltf_below_a_node_that_scales_and_turns(tmp_path):
    def centimetres_with_z_up(document):
        group = next(node for node in document["nodes"] if node["name"] == "lead")
        group["scale"] = [0.01] * 3
        group["rotation"] = [-(0.5**0.5), 0, 0, 0.5**0.5]
        hips = document["nodes"][group["children"][0]]
        document["nodes"].append({**hips, "name": "turned_back"})
        document["nodes"][-1] = {
            "name": "up", "rotation": [0.5**0.5, 0, 0, 0.5**0.5], "scale": [100.0] * 3, "children": group["children"]
        }  # fmt: skip
        group["children"] = [len(document["nodes"]) - 1]

    assert limbs_off(gltf_with(tmp_path / "a.gltf", centimetres_with_z_up)) < 40 * MM


def test_gltf_with_its_buffer_beside_it(tmp_path):
    def outside(document):
        uri = document["buffers"][0]["uri"]
        (tmp_path / "the data.bin").write_bytes(base64.b64decode(uri.partition(",")[2]))
        document["buffers"][0]["uri"] = "the%20data.bin"

    assert limbs_off(gltf_with(tmp_path / "a.gltf", outside)) < 40 * MM


def test_gltf_buffer_in_another_folder_is_not_read(tmp_path):
    def elsewhere(document):
        document["buffers"][0]["uri"] = "../secret.bin"

    (tmp_path / "secret.bin").write_bytes(b"secret")
    (tmp_path / "in").mkdir()
    with pytest.raises(dancelift.InputError, match="in another folder"):
        load_motions(gltf_with(tmp_path / "in" / "a.gltf", elsewhere))


def test_gltf_that_holds_steps(tmp_path):
    def step(document):
        for sampler in document["animations"][0]["samplers"]:
            sampler["interpolation"] = "STEP"

    assert limbs_off(gltf_with(tmp_path / "a.gltf", step)) < 40 * MM


def values_of(document: dict, path: str) -> dict:
    """The accessor of the values of the first channel that moves that path."""
    (animation,) = document["animations"]
    sampler = next(channel["sampler"] for channel in animation["channels"] if channel["target"]["path"] == path)
    return document["accessors"][animation["samplers"][sampler]["output"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda document: document.pop("skins"), "0 skins and 1 animations; expected a skeleton that is animated"),
        (lambda document: document.pop("animations"), "1 skins and 0 animations; expected a skeleton"),
        (lambda document: [node.update(children=[0]) for node in document["nodes"]], "below itself; expected a tree"),
        (lambda document: document["asset"].update(version="1.0"), "another version than 2"),
        (lambda document: values_of(document, "rotation").update(count=10**4), "the buffer ends before it"),
        (lambda document: values_of(document, "rotation").update(count=10**9), "cannot be read"),
        (lambda document: values_of(document, "rotation").update(count=39), "LINEAR rotation of shape .39, 4."),
        (lambda document: values_of(document, "translation").update(type="MAT7"), "cannot be read"),
        (lambda document: [node.update(name="bone") for node in document["nodes"]], "no joint for left_shoulder"),
    ],
)
def test_gltf_that_is_wrong(tmp_path, change, message):
    path = gltf_with(tmp_path / "a.gltf", change)
    with pytest.raises(dancelift.InputError, match=rf"a\.gltf.*{message}"):
        load_motions(path)


# damage


@pytest.mark.parametrize("suffix", [".trc", ".c3d", ".glb", ".gltf"])
@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "damaged"])
def test_files_that_are_spoilt(tmp_path, suffix, kind):
    if suffix == ".c3d":
        pytest.importorskip("ezc3d")
        if kind == "damaged":
            pytest.skip("to C3D these bytes are markers that are missing for a moment")
    path = tmp_path / f"a{suffix}"
    export({"lead": lifted()}, path)
    path.write_bytes(spoilt(kind, path.read_bytes()))
    with pytest.raises(dancelift.InputError, match=f"a{suffix}"):
        load_motions(path)


def test_half_a_trc_has_the_frames_that_are_whole(tmp_path):
    names, positions = pose2sim()
    path = write_trc(tmp_path / "a.trc", names, positions)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:25]) + "\n")
    (motion,) = load_motions(path)
    assert_allclose(motion.poses3d, positions[:20], atol=2e-6)

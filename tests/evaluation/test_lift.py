"""Datasets with true 3D are read as they are published, and lifts of them measured against the truth."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import dancelift
from dancelift.datasets.registry import open_dataset
from dancelift.datasets.resection import resect
from dancelift.datasets.sequence import EvaluationSequence
from dancelift.evaluation.lift import (
    LiftProtocol,
    LiftScore,
    chosen_clips,
    evaluate_clip,
    evaluate_sequence,
    measure,
    summarise,
    summarise_groups,
    true_height,
)
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from fixtures.datasets import (
    h36m_cameras,
    ring_of_cameras,
    rotation_vector,
    world_motion,
    write_aist,
    write_dance,
    write_h36m,
)

AIST = ["gBR_sBM_cAll_d04_mBR0_ch02", "gWA_sFM_cAll_d27_mWA2_ch21", "gPO_sBM_cAll_d10_mPO0_ch01"]
QUICK = LiftProtocol(options=LiftOptions(n_seeds=1, n_threads=1))


@pytest.fixture
def dance(tmp_path: Path) -> Path:
    return write_dance(tmp_path / "data" / "dance", {"salsa_1": "salsa", "waltz_1": "waltz", "waltz_2": "waltz"})


@pytest.fixture
def aist(tmp_path: Path) -> Path:
    return write_aist(tmp_path / "aist", AIST)


@pytest.fixture(scope="module")
def h36m(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clips = {"S1": ["Walking"], "S9": ["Walking 1", "SittingDown 2"]}
    return write_h36m(tmp_path_factory.mktemp("h36m") / "data", clips, n_frames=40)


def off_by(sequence: EvaluationSequence) -> np.ndarray:
    """Distances of the keypoints that are seen to the projection of the true joints by a pinhole, px."""
    projected = dancelift.Camera(sequence.matrix).project(sequence.poses3d)
    seen = sequence.keypoints2d[..., 2] > 0
    return np.linalg.norm(projected - sequence.keypoints2d[..., :2], axis=-1)[seen]


# --- datasets


def test_datasets_are_recognised(dance, aist, h36m):
    assert [open_dataset(folder).name for folder in (dance, aist, h36m)] == ["dance", "aist++", "h36m"]


@pytest.mark.parametrize("layout", ["dance", "aist", "h36m"])
def test_true_poses_are_where_exact_keypoints_see_them(layout, request):
    dataset = open_dataset(request.getfixturevalue(layout))
    for clip in dataset.clips(None):
        first, second = dataset.read(clip, "clean", 2)
        for sequence in (first, second):
            assert off_by(sequence).max() < 0.01
            assert 4 < sequence.poses3d[..., 2].mean() < 6
            np.testing.assert_allclose(sequence.up, [0, -0.99, -0.14], atol=0.005)
        assert first.view != second.view


@pytest.mark.parametrize("layout", ["dance", "aist", "h36m"])
def test_detected_keypoints_are_near_them_and_what_is_missed_is_marked(layout, request):
    dataset = open_dataset(request.getfixturevalue(layout))
    (sequence,) = dataset.read(dataset.clips(None)[0], "detected", 1)
    assert 2 < np.median(off_by(sequence)) < 8
    missed = sequence.keypoints2d[..., 2] == 0
    assert not sequence.keypoints2d[missed].any()
    assert missed.any() == (layout != "h36m")


def test_dance_clips_are_split_as_the_file_beside_the_folder_says(dance):
    dataset = open_dataset(dance)
    assert dataset.clips("fit") == ["salsa_1"]
    assert dataset.clips("test") == ["waltz_1", "waltz_2"]
    (sequence, _) = dataset.read("waltz_1", "detected", 5)
    assert (sequence.group, sequence.fps, sequence.image_size) == ("waltz", 30, (1920, 1080))


def test_aist_leaves_out_what_its_authors_do(aist):
    dataset = open_dataset(aist)
    assert dataset.clips(None) == dataset.clips("test") == AIST[:2]
    (sequence,) = dataset.read(AIST[0], "detected", 1)
    assert (sequence.group, sequence.view, sequence.fps) == ("break", "c01", 60)


def test_aist_leaves_out_views_that_are_not_synchronous(tmp_path):
    dataset = open_dataset(write_aist(tmp_path / "aist", ["gBR_sBM_cAll_d04_mBR0_ch01", "ignored"]))
    views = [sequence.view for sequence in dataset.read("gBR_sBM_cAll_d04_mBR0_ch01", "clean", 9)]
    assert views == ["c01", "c02", "c03", "c04", "c06", "c07", "c08", "c09"]


def test_aist_clips_without_a_true_pose_are_left_out_with_a_warning(aist):
    path = aist / "keypoints3d" / f"{AIST[0]}.pkl"
    content = pickle.loads(path.read_bytes())
    content["keypoints3d_optim"][3, 4] = np.nan
    path.write_bytes(pickle.dumps(content))
    with pytest.warns(dancelift.DanceliftWarning, match=AIST[0]):
        assert open_dataset(aist).read(AIST[0], "clean", 1) == []


def test_h36m_follows_the_official_protocol(h36m):
    dataset = open_dataset(h36m)
    assert dataset.clips("train") == ["S1 Walking"]
    assert dataset.clips("test") == ["S9 SittingDown 2", "S9 Walking 1"]
    sequence = dataset.read("S9 SittingDown 2", "detected", 4)[3]
    assert (sequence.group, sequence.view, sequence.fps) == ("SittingDown", "camera 3", 50)
    assert sequence.skeleton == "h36m17"
    assert sequence.poses3d.shape == sequence.keypoints2d.shape == (40, 17, 3)
    np.testing.assert_allclose(sequence.matrix, h36m_cameras()[3].matrix, atol=0.1)


def test_h36m_cameras_are_found_from_detected_keypoints_where_there_are_no_exact_ones(tmp_path):
    clips = {"S9": ["Walking 1", "Greeting 1"]}
    dataset = open_dataset(write_h36m(tmp_path / "h36m", clips, n_frames=200, exact=False))
    (sequence,) = dataset.read("S9 Walking 1", "detected", 1)
    true_up = h36m_cameras()[0].rotation @ [0, 0, 1]
    assert np.degrees(np.arccos(sequence.up @ true_up)) < 2
    assert np.median(off_by(sequence)) < 5
    with pytest.raises(dancelift.InputError, match="data_2d_h36m_gt.npz"):
        dataset.read("S9 Walking 1", "clean", 1)


def spoil_split(folder: Path) -> None:
    (folder.parent / "split.json").write_text(json.dumps({"train": []}))


def spoil_rotation(folder: Path) -> None:
    path = folder / "salsa_1.npz"
    content = dict(np.load(path))
    content["R"] = 2 * content["R"]
    np.savez(path, **content)


def spoil_length(folder: Path) -> None:
    path = folder / "salsa_1.npz"
    content = dict(np.load(path))
    content["keypoints3d"] = content["keypoints3d"][:, :5]
    np.savez(path, **content)


def spoil_truth(folder: Path) -> None:
    path = folder / "salsa_1.npz"
    content = dict(np.load(path))
    content["keypoints3d"][7] = np.nan
    np.savez(path, **content)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (spoil_split, r"no split 'fit'; expected a list .* split\.json"),
        (spoil_rotation, r"rotation is .* expected a rotation matrix"),
        (spoil_length, r"true poses \(24, 5, 3\) and keypoints \(24, 17, 3\), expected"),
        (spoil_truth, r"not finite at frame 7, expected metres"),
    ],
)
def test_dance_clips_that_cannot_be_used_say_why(dance, spoil, expected):
    spoil(dance)
    dataset = open_dataset(dance)
    with pytest.raises(dancelift.InputError, match=expected):
        for clip in dataset.clips("fit"):
            dataset.read(clip, "detected", 1)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cameras/mapping.txt", "other setting1\n", r"mapping\.txt: no line 'gBR"),
        ("cameras/setting1.json", "{}", r"setting1\.json: holds {}, expected a list of cameras"),
        ("cameras/setting1.json", '[{"name": "c01"}]', "expected a camera with matrix, distortions"),
        (f"keypoints3d/{AIST[0]}.pkl", pickle.dumps({"keypoints3d": 1}), "expected an array 'keypoints3d_optim'"),
        (f"keypoints3d/{AIST[0]}.pkl", pickle.dumps(Path("x")), "expected a complete pickle"),
        (f"keypoints2d/{AIST[0]}.pkl", b"", "the file is empty"),
    ],
)
def test_aist_files_that_cannot_be_used_say_why(aist, name, content, expected):
    (aist / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(dancelift.InputError, match=expected):
        open_dataset(aist).read(AIST[0], "detected", 1)


def test_h36m_files_that_cannot_be_used_say_why(h36m, tmp_path):
    poses = (h36m / "data_3d_h36m.npz").read_bytes()
    (tmp_path / "data_3d_h36m.npz").write_bytes(poses)
    with pytest.raises(dancelift.InputError, match="detected keypoints in none, expected data_2d_h36m_cpn"):
        open_dataset(tmp_path).read("S9 Walking 1", "detected", 1)
    keypoints2d = {"S9": {"Walking 1": [np.zeros((40, 17, 2))]}}
    np.savez(tmp_path / "data_2d_h36m_mine.npz", positions_2d=keypoints2d, metadata={"layout_name": "coco"})
    with pytest.raises(dancelift.InputError, match="layout_name is 'coco', expected 'h36m'"):
        open_dataset(tmp_path).read("S9 Walking 1", "detected", 1)
    np.savez(tmp_path / "data_2d_h36m_mine.npz", positions_2d=keypoints2d)
    with pytest.raises(dancelift.InputError, match=r"SittingDown 2'\] is None; expected a list of arrays"):
        open_dataset(tmp_path).read("S9 SittingDown 2", "detected", 1)
    with pytest.raises(dancelift.InputError, match="camera 0 of S9: 0 joints are seen"):
        np.savez(
            tmp_path / "data_2d_h36m_mine.npz",
            positions_2d={"S9": dict.fromkeys(("Walking 1", "SittingDown 2"), [np.zeros((40, 17, 2))])},
        )
        open_dataset(tmp_path).read("S9 Walking 1", "detected", 1)


def test_a_folder_that_is_no_dataset_is_an_error(tmp_path):
    with pytest.raises(dancelift.InputError, match="not recognised, expected dance, aist\\+\\+, h36m"):
        open_dataset(tmp_path)
    with pytest.raises(dancelift.InputError, match="no such folder"):
        open_dataset(tmp_path / "absent")


# --- cameras


def test_undistorted_keypoints_are_those_of_a_pinhole():
    (pinhole,), (lens,) = ring_of_cameras(1), ring_of_cameras(1, distortion=(-0.2, 0.24, 0.003, -0.002, 0.01))
    world = world_motion(10)
    assert np.abs(lens.project(world) - pinhole.project(world)).max() > 1
    np.testing.assert_allclose(lens.undistort(lens.project(world)), pinhole.project(world), atol=1e-6)


def test_resection_finds_the_camera_in_spite_of_outliers():
    (camera,) = ring_of_cameras(1, distortion=(-0.2, 0.24, 0.001, -0.002, 0))
    world = world_motion(100, random_seed=4).reshape(-1, 3)
    keypoints2d = camera.project(world)
    keypoints2d[::20] += 150
    found = resect(world, keypoints2d)
    assert np.degrees(np.linalg.norm(rotation_vector(found.rotation @ camera.rotation.T))) < 0.05
    np.testing.assert_allclose(found.translation, camera.translation, atol=0.02)
    np.testing.assert_allclose(found.matrix, camera.matrix, atol=4)


def test_resection_refuses_what_no_camera_sees():
    world = world_motion(20).reshape(-1, 3)
    with pytest.raises(dancelift.InputError, match="no camera sees the 3D joints"):
        resect(world, np.random.default_rng(0).uniform(0, 1000, (len(world), 2)))
    with pytest.raises(dancelift.InputError, match="expected at least 50"):
        resect(world[:10], np.zeros((10, 2)))


# --- lifting


def test_clips_are_chosen_by_split_and_name(dance):
    dataset = open_dataset(dance)
    assert chosen_clips(dataset, LiftProtocol()) == ["salsa_1", "waltz_1", "waltz_2"]
    assert chosen_clips(dataset, LiftProtocol(split="test", match=("waltz_2", "salsa"))) == ["waltz_2"]
    with pytest.raises(dancelift.InputError, match="split is 'val', expected one of fit, test"):
        chosen_clips(dataset, LiftProtocol(split="val"))
    with pytest.raises(dancelift.InputError, match="no clip of 1 in split fit, and a name that starts with waltz"):
        chosen_clips(dataset, LiftProtocol(split="fit", match=("waltz",)))


@pytest.mark.parametrize("layout", ["dance", "aist", "h36m"])
def test_every_dataset_can_be_evaluated(layout, request):
    dataset = open_dataset(request.getfixturevalue(layout))
    protocol = LiftProtocol(n_frames=12, camera_known=True, height="true", options=QUICK.options)
    (score,) = evaluate_clip(dataset, dataset.clips(None)[-1], protocol)
    assert score.n_frames == 12
    assert score.fps > 0
    assert 5 < score.metrics["PA-MPJPE"] < score.metrics["N-MPJPE"] < 400
    assert score.metrics["tilt"] < 90
    assert score.metrics["reproj"] < 30


def test_the_lift_is_given_what_the_protocol_says(dance, monkeypatch):
    (sequence,) = open_dataset(dance).read("waltz_1", "clean", 1)
    given = []

    def lift(clip, options):
        given.append((clip, options))
        return lift_clip(clip, replace(options, n_seeds=1))

    monkeypatch.setattr("dancelift.evaluation.lift.lift_clip", lift)
    evaluate_sequence(sequence, LiftProtocol())
    clip, options = given[-1]
    assert not clip.camera.focal_known
    assert (clip.fps, options.height) == (30, None)
    evaluate_sequence(
        sequence, LiftProtocol(camera_known=True, height="true", options=LiftOptions(random_seed=3, height=1.5))
    )
    clip, options = given[-1]
    assert clip.camera.focal_known
    np.testing.assert_array_equal(clip.camera.matrix, sequence.matrix)
    assert options.height == pytest.approx(1.7, abs=0.05)
    assert options.random_seed == 3


def test_a_perfect_lift_scores_zero(dance, monkeypatch):
    (sequence,) = open_dataset(dance).read("waltz_1", "clean", 1)
    whole = dancelift.lift(sequence.keypoints2d, n_seeds=1, image_size=sequence.image_size)
    camera = dancelift.Camera(sequence.matrix, up=sequence.up)

    def perfect(clip, options):
        return replace(whole, poses3d=sequence.poses3d, keypoints2d=clip.keypoints2d[..., :2], camera=camera)

    monkeypatch.setattr("dancelift.evaluation.lift.lift_clip", perfect)
    metrics = evaluate_sequence(sequence, LiftProtocol()).metrics
    for name in ("MPJPE", "N-MPJPE", "PA-MPJPE", "accel", "MPJPE-all", "path", "path-cam", "tilt", "reproj"):
        assert metrics[name] == pytest.approx(0, abs=1e-3)
    for name in ("WA-MPJPE", "W-MPJPE", "RTE"):
        assert metrics[name] == pytest.approx(0, abs=1e-3)
    assert metrics["jitter"] > 0  # true motion has some
    assert metrics["slide"] < 7  # a true ankle moves too while its foot stands
    assert metrics["bones"] < 0.01


def test_seeds_are_measured_where_the_result_holds_their_poses(dance):
    (sequence,) = open_dataset(dance).read("waltz_1", "clean", 1)
    whole = dancelift.lift(sequence.keypoints2d, n_seeds=2, n_threads=1, image_size=sequence.image_size)
    worse = sequence.poses3d * [1, 1, 1.2]
    parts = {"initial_poses3d": np.stack([worse, worse]), "seed_poses3d": np.stack([worse, sequence.poses3d])}
    found = measure(SimpleNamespace(**vars(whole) | parts), sequence)
    assert found["start"] > found["start-PA"] > 5
    assert found["oracle"] == pytest.approx(0, abs=1e-6)
    assert found["oracle-PA"] == pytest.approx(0, abs=1e-6)
    bare = measure(SimpleNamespace(**vars(whole) | dict.fromkeys(parts)), sequence)
    assert set(found) - set(bare) == {"start", "start-PA", "oracle", "oracle-PA"}
    one = measure(
        SimpleNamespace(**vars(whole) | {name: poses[:1] for name, poses in parts.items()} | {"best_seed": 0}), sequence
    )
    assert "oracle" not in one


def test_true_height_is_that_of_the_bones(dance):
    (sequence,) = open_dataset(dance).read("waltz_1", "clean", 1)
    larger = EvaluationSequence(**vars(sequence) | {"poses3d": 1.1 * sequence.poses3d})
    assert true_height(sequence) == pytest.approx(1.7, abs=0.05)
    assert true_height(larger) == pytest.approx(1.1 * true_height(sequence))


def test_summaries_are_means_over_views_that_leave_out_what_has_no_meaning():
    scores = [
        LiftScore("a", "0", "salsa", 10, 1.0, {"MPJPE": 10.0, "slide": 3.0}),
        LiftScore("b", "0", "salsa", 10, 1.0, {"MPJPE": 20.0, "slide": np.nan}),
        LiftScore("c", "0", "waltz", 40, 1.0, {"MPJPE": 60.0, "slide": np.nan}),
    ]
    overall = summarise(scores)
    assert (overall.n_views, overall.n_frames, overall.fps) == (3, 60, 20)
    assert overall.metrics == {"MPJPE": 30, "slide": 3}
    groups = summarise_groups(scores)
    assert list(groups) == ["salsa", "waltz"]
    assert groups["salsa"].metrics == {"MPJPE": 15, "slide": 3}
    assert np.isnan(groups["waltz"].metrics["slide"])

"""What load_keypoints reads: every layout of 2D keypoints on disk, as tracks of one person each."""

import codecs
import os
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift.errors import DanceliftWarning, InputError
from dancelift.formats.keypoints import FORMATS, load_keypoints
from dancelift.formats.pickles import loads
from fixtures.keypoints import (
    alphapose_results,
    coco_results,
    dancer,
    mediapipe_frames,
    mmpose_results,
    write_aist,
    write_dance_clip,
    write_json,
    write_openpose,
    write_videopose3d,
)
from fixtures.paths import REAL_CLIPS


def same(track: Any, keypoints: np.ndarray) -> bool:
    return track.keypoints2d.shape == keypoints.shape and np.allclose(track.keypoints2d, keypoints)


def rejected(path: Path, *parts: str, **options: Any) -> None:
    """Reading raises InputError, whose message names the path and has all `parts`."""
    with pytest.raises(InputError) as error:
        load_keypoints(path, **options)
    for part in (str(path), "expected", *parts):
        assert part in str(error.value)


# arrays


def test_npy_of_one_person_is_one_track(tmp_path):
    keypoints = dancer(10)
    np.save(tmp_path / "clip.npy", keypoints)
    (track,) = load_keypoints(tmp_path / "clip.npy", fps=30, image_size=(1280, 720))
    assert_array_equal(track.keypoints2d, keypoints)
    assert (track.skeleton, track.fps, track.image_size) == ("coco17", 30, (1280, 720))
    assert track.source == str(tmp_path / "clip.npy")


def test_array_without_scores_is_seen_where_it_is_neither_nan_nor_the_origin(tmp_path):
    xy = dancer(10)[..., :2]
    xy[2, 5], xy[3, 6] = np.nan, 0
    np.save(tmp_path / "clip.npy", xy)
    (track,) = load_keypoints(tmp_path / "clip.npy")
    unseen = np.argwhere(track.keypoints2d[..., 2] == 0)
    assert unseen.tolist() == [[2, 5], [3, 6]]
    assert_array_equal(track.keypoints2d[2, 5], 0)
    assert np.isin(track.keypoints2d[..., 2], (0, 1)).all()


def test_a_joint_of_score_zero_is_all_zero(tmp_path):
    keypoints = dancer(5)
    keypoints[1, 2, 2] = 0
    np.save(tmp_path / "clip.npy", keypoints)
    assert_array_equal(load_keypoints(tmp_path / "clip.npy")[0].keypoints2d[1, 2], 0)


def test_npz_of_several_persons_is_a_track_each_the_most_seen_first(tmp_path):
    persons = np.stack([dancer(20, random_seed=1), dancer(20, x=900, random_seed=2)])
    persons[0, 5:] = 0
    np.savez(tmp_path / "clip.npz", keypoints=persons, fps=24, image_size=(640, 480), note=np.array("x"))
    tracks = load_keypoints(tmp_path / "clip.npz")
    assert [track.name for track in tracks] == ["person 1", "person 0"]
    assert same(tracks[0], persons[1]) and same(tracks[1], persons[0][:5])
    assert_array_equal(tracks[1].frame_numbers, np.arange(5))
    assert (tracks[0].fps, tracks[0].image_size) == (24, (640, 480))


def test_the_callers_word_comes_before_the_files(tmp_path):
    np.savez(tmp_path / "clip.npz", keypoints2d=dancer(5), fps=24, image_size=(640, 480), skeleton="coco17")
    (track,) = load_keypoints(tmp_path / "clip.npz", skeleton="h36m17", fps=50, image_size=(1, 2))
    assert (track.skeleton, track.fps, track.image_size) == ("h36m17", 50, (1, 2))


@pytest.mark.parametrize(
    ("n_joints", "skeleton", "kept"),
    [
        (17, "coco17", 17),
        (25, "body25", 25),
        (26, "halpe26", 26),
        (33, "blazepose33", 33),
        (23, "coco_wholebody23", 23),
        (133, "coco_wholebody23", 23),
    ],
)
def test_joint_count_tells_the_skeleton(tmp_path, n_joints, skeleton, kept):
    keypoints = dancer(4, n_joints)
    np.save(tmp_path / "clip.npy", keypoints)
    (track,) = load_keypoints(tmp_path / "clip.npy")
    assert track.skeleton == skeleton
    assert same(track, keypoints[:, :kept])


def test_halpe26_can_be_read_as_the_coco17_it_starts_with(tmp_path):
    keypoints = dancer(4, 26)
    np.save(tmp_path / "clip.npy", keypoints)
    assert same(load_keypoints(tmp_path / "clip.npy", skeleton="coco17")[0], keypoints[:, :17])


# dance clips


def test_dance_clip_is_a_track_a_camera_as_detected(tmp_path):
    detected, clean = (
        np.stack([dancer(9, random_seed=1), dancer(9, random_seed=2)]),
        np.stack([dancer(9, random_seed=3)] * 2),
    )
    path = write_dance_clip(tmp_path / "waltz.npz", detected, clean, (1920, 1080))
    tracks = load_keypoints(path)
    assert [track.name for track in tracks] == ["view 0", "view 1"]
    assert same(tracks[0], detected[0]) and same(tracks[1], detected[1])
    assert (tracks[0].fps, tracks[0].image_size, tracks[0].skeleton) == (25, (1920, 1080), "coco17")
    assert same(load_keypoints(path, format="dance_clip_clean")[1], clean[1])


def test_real_dance_clips_are_read():
    clips = sorted(REAL_CLIPS.glob("*.npz"))
    if not clips:
        pytest.skip(f"no real dance clips in {REAL_CLIPS}")
    for track in load_keypoints(clips[0]):
        assert track.keypoints2d.shape[1:] == (17, 3)
        assert track.image_size == (1920, 1080) and track.fps in (25, pytest.approx(30, abs=0.01))
        assert 0.5 < (track.keypoints2d[..., 2] > 0).mean() <= 1


# COCO


@pytest.mark.parametrize("image_id", [int, str, "{:06}.jpg".format, "shot_2/frame{}.png".format])
def test_coco_results_are_put_in_order_by_image_id(tmp_path, image_id):
    keypoints = dancer(12)
    entries = coco_results([keypoints], image_id)
    np.random.default_rng(0).shuffle(entries)
    (track,) = load_keypoints(write_json(tmp_path / "results.json", entries))
    assert same(track, keypoints)
    assert_array_equal(track.frame_numbers, np.arange(12))


def test_coco_ground_truth_flags_become_scores(tmp_path):
    keypoints = dancer(3)
    keypoints[..., 2] = 2
    keypoints[1, 4, 2], keypoints[1, 5] = 1, 0
    content = {
        "images": [{"id": t + 100, "file_name": f"{t}.jpg", "width": 640, "height": 360} for t in range(4)],
        "annotations": [{**entry, "bbox": [0, 0, 1, 1]} for entry in coco_results([keypoints], lambda t: t + 100)],
    }
    (track,) = load_keypoints(write_json(tmp_path / "person_keypoints.json", content))
    assert_array_equal(track.keypoints2d[0, :, 2], 1)
    assert (track.keypoints2d[1, 4, 2], track.keypoints2d[1, 5, 2]) == (0.5, 0)
    assert track.image_size == (640, 360)
    assert_array_equal(track.frame_numbers, [100, 101, 102])


def test_coco_flag_that_is_none_is_rejected(tmp_path):
    keypoints = dancer(2)
    path = write_json(tmp_path / "truth.json", {"annotations": coco_results([keypoints])})
    rejected(path, "image 0", "0, 1 or 2")


def test_images_of_a_photo_collection_are_no_video(tmp_path):
    entries = coco_results([dancer(3)], lambda t: [139, 397133, 581929][t])
    rejected(write_json(tmp_path / "val2017.json", entries), "581929", "one video")


def test_images_of_two_videos_are_rejected(tmp_path):
    entries = coco_results([dancer(2)], "a/{}.jpg".format) + coco_results([dancer(2)], "b/{}.jpg".format)
    rejected(write_json(tmp_path / "results.json", entries), "a/0.jpg", "b/0.jpg")


def test_persons_without_a_seen_joint_are_nobody(tmp_path):
    entries = coco_results([dancer(5)])
    entries.append({**entries[0], "keypoints": [0.0] * 51})
    assert len(load_keypoints(write_json(tmp_path / "results.json", entries))) == 1


# OpenPose


def test_openpose_folder_of_body25(tmp_path):
    keypoints = dancer(8, 25)
    keypoints[3, 7] = 0
    (track,) = load_keypoints(write_openpose(tmp_path / "json", [keypoints], first=100))
    assert same(track, keypoints)
    assert track.skeleton == "body25"
    assert_array_equal(track.frame_numbers, np.arange(100, 108))


def test_openpose_18_joints_become_coco17_without_the_neck(tmp_path):
    openpose = [
        "nose",
        "neck",
        "r_shoulder",
        "r_elbow",
        "r_wrist",
        "l_shoulder",
        "l_elbow",
        "l_wrist",
        "r_hip",
    ]
    openpose += ["r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "r_eye", "l_eye", "r_ear", "l_ear"]
    coco = ["nose"] + [
        f"{side}_{joint}" for joint in "eye ear shoulder elbow wrist hip knee ankle".split() for side in "lr"
    ]
    keypoints = dancer(4, 18)
    (track,) = load_keypoints(write_openpose(tmp_path / "json", [keypoints]))
    assert track.skeleton == "coco17"
    for i, joint in enumerate(coco):
        assert_allclose(track.keypoints2d[:, i], keypoints[:, openpose.index(joint)])


def test_openpose_frames_with_nobody_are_unseen(tmp_path):
    keypoints = dancer(10, 25)
    keypoints[[0, 4, 9]] = 0
    (track,) = load_keypoints(write_openpose(tmp_path / "json", [keypoints]))
    assert same(track, keypoints[1:9])
    assert_array_equal(track.frame_numbers, np.arange(1, 9))


def test_openpose_own_person_ids_are_used(tmp_path):
    persons = [dancer(10, 25, x=600, random_seed=1), dancer(10, 25, x=650, random_seed=2)[:, ::-1]]
    persons[1][3:] = 0
    tracks = load_keypoints(write_openpose(tmp_path / "json", persons, ids=[7, 3]))
    assert [track.name for track in tracks] == ["person 7", "person 3"]
    assert same(tracks[0], persons[0]) and same(tracks[1], persons[1][:3])


def test_openpose_hole_in_the_numbers_is_warned_of_and_unseen(tmp_path):
    keypoints = dancer(10, 25)
    folder = write_openpose(tmp_path / "json", [keypoints])
    for t in (2, 5, 6):
        (folder / f"video_{t:012}_keypoints.json").unlink()
        keypoints[t] = 0
    with pytest.warns(DanceliftWarning, match=re.escape(str(folder)) + ".* 2, 5-6 "):
        (track,) = load_keypoints(folder)
    assert same(track, keypoints)


def test_openpose_truncated_frame_is_named(tmp_path):
    folder = write_openpose(tmp_path / "json", [dancer(3, 25)])
    frame = folder / "video_000000000001_keypoints.json"
    frame.write_text(frame.read_text()[:50])
    rejected(folder, frame.name)


# AlphaPose


@pytest.mark.parametrize(
    ("n_joints", "skeleton", "kept"), [(17, "coco17", 17), (26, "halpe26", 26), (136, "halpe26", 26)]
)
def test_alphapose_joint_counts(tmp_path, n_joints, skeleton, kept):
    keypoints = dancer(12, n_joints)
    (track,) = load_keypoints(write_json(tmp_path / "alphapose.json", alphapose_results([keypoints], [1])))
    assert track.skeleton == skeleton
    assert same(track, keypoints[:, :kept])


@pytest.mark.parametrize("ids", [[4, 9], [4.0, 9.0], [[4.0], [9.0]]])
def test_alphapose_tracker_ids_are_used(tmp_path, ids):
    persons = [dancer(12, x=600, random_seed=1), dancer(12, x=605, random_seed=2)]
    persons[1][:6], persons[0][11] = 0, 0
    tracks = load_keypoints(write_json(tmp_path / "alphapose.json", alphapose_results(persons, ids)))
    assert [track.name for track in tracks] == ["person 4", "person 9"]
    assert same(tracks[0], persons[0][:11]) and same(tracks[1], persons[1][6:])


def test_alphapose_without_a_tracker_gives_all_the_same_id_and_people_are_told_apart(tmp_path):
    persons = [dancer(12, x=600, random_seed=1), dancer(12, x=900, random_seed=2)]
    tracks = load_keypoints(write_json(tmp_path / "alphapose.json", alphapose_results(persons, [0.0, 0.0])))
    assert len(tracks) == 2


# MMPose


@pytest.mark.parametrize("bare_list", [False, True])
def test_mmpose_inferencer_output(tmp_path, bare_list):
    persons = [dancer(10, x=500, random_seed=1), dancer(10, x=800, random_seed=2)]
    persons[1][4:] = 0
    content = mmpose_results(persons, first=1)
    path = write_json(tmp_path / "mmpose.json", content["instance_info"] if bare_list else content)
    tracks = load_keypoints(path)
    assert same(tracks[0], persons[0]) and same(tracks[1], persons[1][:4])
    assert_array_equal(tracks[0].frame_numbers, np.arange(1, 11))


# MediaPipe

SIZE = (1280, 720)


@pytest.mark.parametrize(
    "layout",
    [
        lambda frames: frames,
        lambda frames: {"frames": frames},
        lambda frames: {"pose_landmarks": frames},
        lambda frames: {"frames": [{"pose_landmarks": frame} for frame in frames]},
        lambda frames: [{"landmark": frame} for frame in frames],
        lambda frames: [{"pose_landmarks": [frame], "pose_world_landmarks": []} for frame in frames],
    ],
)
def test_mediapipe_json_layouts(tmp_path, layout):
    keypoints = dancer(6, 33)
    path = write_json(tmp_path / "landmarks.json", layout(mediapipe_frames(keypoints, SIZE)))
    (track,) = load_keypoints(path, image_size=SIZE)
    assert same(track, keypoints)
    assert (track.skeleton, track.image_size) == ("blazepose33", SIZE)


def test_mediapipe_frames_with_nobody_are_unseen(tmp_path):
    keypoints = dancer(6, 33)
    frames: list[Any] = mediapipe_frames(keypoints, SIZE)
    frames[0], frames[5] = [], None
    keypoints[[0, 5]] = 0
    path = write_json(tmp_path / "landmarks.json", {"frames": frames, "fps": 25, "image_size": SIZE})
    (track,) = load_keypoints(path)
    assert same(track, keypoints[1:5])
    assert track.fps == 25


@pytest.mark.parametrize("columns", ["x y visibility", "x y z", "x y z visibility", "x y z visibility presence"])
def test_mediapipe_arrays(tmp_path, columns):
    keypoints = dancer(6, 33)
    column = {
        "x": keypoints[..., 0] / SIZE[0],
        "y": keypoints[..., 1] / SIZE[1],
        "z": np.linspace(-0.3, 0.3, 33) * np.ones((6, 1)),
        "visibility": keypoints[..., 2],
        "presence": np.ones((6, 33)),
    }
    np.save(tmp_path / "landmarks.npy", np.stack([column[name] for name in columns.split()], axis=-1))
    (track,) = load_keypoints(tmp_path / "landmarks.npy", image_size=SIZE)
    if "visibility" not in columns:
        keypoints[..., 2] = 1
    assert same(track, keypoints)


def test_mediapipe_needs_the_image_size(tmp_path):
    path = write_json(tmp_path / "landmarks.json", mediapipe_frames(dancer(3, 33), SIZE))
    rejected(path, "image_size=(width, height)")


# AIST++

SEQUENCE = "gBR_sBM_cAll_d04_mBR0_ch01"


def aist_views(n_frames: int = 5) -> np.ndarray:
    views = np.stack([dancer(n_frames, random_seed=random_seed) for random_seed in range(9)])
    views[2, 3] = np.nan
    return views


def test_aist_sequence_is_nine_views_named_as_their_videos(tmp_path):
    views = aist_views()
    tracks = load_keypoints(write_aist(tmp_path, SEQUENCE, views))
    assert len(tracks) == 9
    assert (tracks[0].name, tracks[8].name) == ("gBR_sBM_c01_d04_mBR0_ch01", "gBR_sBM_c09_d04_mBR0_ch01")
    assert (tracks[0].fps, tracks[0].image_size, tracks[0].skeleton) == (60, (1920, 1080), "coco17")
    assert same(tracks[2], np.nan_to_num(views[2])), "NaN is unseen"


@pytest.mark.parametrize("given", [".", "keypoints2d"])
def test_aist_folder_is_all_its_sequences_but_the_ignored(tmp_path, given):
    for sequence in (SEQUENCE, SEQUENCE.replace("ch01", "ch02"), SEQUENCE.replace("ch01", "ch03")):
        path = write_aist(tmp_path / "keypoints2d", sequence, aist_views())
    (tmp_path / "ignore_list.txt").write_text(SEQUENCE + "\n")
    tracks = load_keypoints(tmp_path / given)
    assert len(tracks) == 18
    assert tracks[-1].source == str(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("module", [b"numpy.core", b"numpy._core"], ids=["old", "new"])
def test_pickles_of_old_and_new_numpy_are_read(tmp_path, protocol, module):
    views = aist_views()
    content = pickle.dumps({"keypoints2d": views[:, ::1], "note": {"set": {1}, "scalar": np.float32(2)}}, protocol)
    if protocol < 4:  # later ones write the length before the name
        content = content.replace(b"numpy._core", module).replace(b"numpy.core", module)
    (tmp_path / "seq.pkl").write_bytes(content)
    assert same(load_keypoints(tmp_path / "seq.pkl")[0], views[0])


def test_arrays_of_a_pickle_can_be_pickled_again():
    views = aist_views()
    shared = [views]
    found = loads(pickle.dumps({"a": views, "b": (shared, shared), "c": np.array({"d": views}, dtype=object)}), "here")
    assert found["b"][0] is found["b"][1]
    for array in (found["a"], found["b"][0][0], found["c"].item()["d"]):
        assert type(array) is np.ndarray
        assert_array_equal(pickle.loads(pickle.dumps(array)), views)


def test_pickled_array_views_are_read(tmp_path):
    views = aist_views()
    for layout in (
        np.asfortranarray(views),
        views.astype(">f4"),
        views.transpose(0, 2, 1, 3).copy().transpose(0, 2, 1, 3),
    ):
        (tmp_path / "seq.pkl").write_bytes(pickle.dumps({"keypoints2d": layout}, 5))
        assert_allclose(load_keypoints(tmp_path / "seq.pkl")[1].keypoints2d, views[1], rtol=1e-6)


class Hostile:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self.made_by = call, arguments

    def __reduce__(self) -> Any:
        return self.made_by


def hostile_objects(witness: Path) -> list[Any]:
    return [
        Hostile(Path.touch, witness),
        Hostile(eval, f"open({str(witness)!r}, 'w')"),
        Hostile(os.system, f"touch {witness}"),
        Hostile(np.load, str(witness)),
        Hostile(codecs.encode, "x", "rot13"),
        Hostile(np.dtype, [("f", "O")]),
    ]


@pytest.mark.parametrize("i", range(6))
def test_hostile_pickle_is_refused_and_does_nothing(tmp_path, i):
    witness = tmp_path / "witness"
    hostile = {"keypoints2d": hostile_objects(witness)[i]}
    (tmp_path / "seq.pkl").write_bytes(pickle.dumps(hostile))
    rejected(tmp_path / "seq.pkl", "arrays and containers")
    np.savez(tmp_path / "data_2d.npz", positions_2d=hostile)
    rejected(tmp_path / "data_2d.npz", "positions_2d", "arrays and containers")
    assert not witness.exists()


def test_pickled_array_with_forged_state_is_refused(tmp_path):
    reconstruct, arguments, state = np.empty(4, object).__reduce__()
    for forged in (
        (state[0], (1000,), *state[2:]),  # more objects than there are
        (state[0], (-1, -4), *state[2:]),
        (state[0], (4,), np.dtype("V8"), False, bytes(32)),
        (state[0], (4,), np.dtype(object), False, bytes(32)),
    ):

        class Forged:
            def __reduce__(self, state: Any = forged) -> Any:
                return reconstruct, arguments, state

        (tmp_path / "seq.pkl").write_bytes(pickle.dumps({"keypoints2d": Forged()}))
        rejected(tmp_path / "seq.pkl", "arrays and containers")


def test_pickle_of_something_else_is_rejected(tmp_path):
    (tmp_path / "seq.pkl").write_bytes(pickle.dumps({"keypoints3d": np.zeros((5, 17, 3))}))
    rejected(tmp_path / "seq.pkl", "keypoints3d", "'keypoints2d'")


# VideoPose3D

H36M = {
    "layout_name": "h36m",
    "num_joints": 17,
    "keypoints_symmetry": [[4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]],
}


def test_videopose3d_is_a_track_for_each_subject_action_and_camera(tmp_path):
    positions = {
        "S1": {"Walking": [dancer(7)[..., :2], dancer(8)[..., :2]], "Eating 2": [dancer(5)[..., :2]]},
        "S5": {"Walking": [dancer(4)]},
    }
    tracks = load_keypoints(write_videopose3d(tmp_path / "data_2d_h36m_cpn.npz", positions, H36M))
    assert [track.name for track in tracks] == [
        "S1 Walking camera 0",
        "S1 Walking camera 1",
        "S1 Eating 2 camera 0",
        "S5 Walking camera 0",
    ]
    assert [len(track.keypoints2d) for track in tracks] == [7, 8, 5, 4]
    assert_allclose(tracks[1].keypoints2d[..., :2], positions["S1"]["Walking"][1])
    assert {track.skeleton for track in tracks} == {"h36m17"}


@pytest.mark.parametrize(
    ("name", "metadata", "skeleton"),
    [
        ("data_2d_h36m_detectron_pt_coco.npz", {"layout_name": "coco"}, "coco17"),
        ("data_2d_custom_mine.npz", H36M, "h36m17"),
        ("data_2d_h36m_gt.npz", {"num_joints": 17}, "h36m17"),
        ("data_2d_other_gt.npz", None, "h36m17"),
        ("data_2d_custom_mine.npz", None, "coco17"),
    ],
)
def test_videopose3d_layout_is_told_by_metadata_or_else_by_the_name(tmp_path, name, metadata, skeleton):
    positions = {"S1": {"Walking": [dancer(4)[..., :2]]}}
    path = write_videopose3d(tmp_path / name, positions, metadata)
    assert load_keypoints(path)[0].skeleton == skeleton
    assert load_keypoints(path, skeleton="coco17")[0].skeleton == "coco17"


def test_videopose3d_size_of_ones_own_video(tmp_path):
    metadata = {"layout_name": "coco", "video_metadata": {"dance.mp4": {"w": 640, "h": 360}}}
    positions = {"dance.mp4": {"custom": [dancer(4)[..., :2]]}}
    (track,) = load_keypoints(write_videopose3d(tmp_path / "data_2d_custom.npz", positions, metadata))
    assert track.image_size == (640, 360)


# what cannot be read


def test_missing_file(tmp_path):
    rejected(tmp_path / "nothing.json", "no such file")


@pytest.mark.parametrize("name", ["a.json", "a.npy", "a.npz", "a.pkl"])
def test_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    rejected(tmp_path / name, "empty")


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("name", ["a.json", "a.npy", "a.npz", "a.pkl", "clip.npz", "data_2d.npz"])
def test_truncated_file(tmp_path, name, cut):
    path = tmp_path / name
    if name == "a.json":
        write_json(path, coco_results([dancer(5)]))
    elif name == "a.npy":
        np.save(path, dancer(5))
    elif name == "a.npz":
        np.savez(path, keypoints=dancer(5))
    elif name == "clip.npz":
        write_dance_clip(path, dancer(5)[None], dancer(5)[None], (9, 9))
    elif name == "data_2d.npz":
        write_videopose3d(path, {"S1": {"Walking": [dancer(5)]}})
    else:
        write_aist(tmp_path, "a", aist_views())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * cut)])
    rejected(path)


def test_damaged_archive(tmp_path):
    path = write_videopose3d(tmp_path / "data_2d.npz", {"S1": {"Walking": [dancer(50)]}})
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("positions_2d.npy").header_offset + 200
    content = bytearray(path.read_bytes())
    content[start : start + 100] = bytes(100)
    path.write_bytes(content)
    rejected(path, "positions_2d")


@pytest.mark.parametrize("content", [[], {}])
def test_json_of_nothing(tmp_path, content):
    rejected(write_json(tmp_path / "results.json", content), str(content))


def test_json_with_nan(tmp_path):
    entries = coco_results([dancer(3)])
    entries[1]["keypoints"][3] = float("nan")
    rejected(write_json(tmp_path / "results.json", entries), "NaN")


def test_json_null_is_a_joint_not_seen(tmp_path):
    entries = coco_results([dancer(3)])
    entries[1]["keypoints"][3:6] = [None, None, None]
    (track,) = load_keypoints(write_json(tmp_path / "results.json", entries))
    assert_array_equal(track.keypoints2d[1, 1], 0)


def test_wrong_joint_count(tmp_path):
    np.save(tmp_path / "clip.npy", dancer(5, 16))
    rejected(tmp_path / "clip.npy", "16 joints", "17", "25", "26", "33")
    path = write_json(tmp_path / "alphapose.json", alphapose_results([dancer(5, 20)], [1]))
    rejected(path, "20 joints", "17 or 18", "26", "133 or 136")


def test_joint_count_that_changes(tmp_path):
    entries = coco_results([dancer(5)])
    entries[3]["keypoints"] = entries[3]["keypoints"][:48]
    rejected(write_json(tmp_path / "results.json", entries), "frame 3", "16 joints", "17")


def test_infinite_coordinate(tmp_path):
    keypoints = dancer(5)
    keypoints[3, 2, 0] = np.inf
    np.save(tmp_path / "clip.npy", keypoints)
    rejected(tmp_path / "clip.npy", "frame 3", "joint 2", "inf")


def test_nobody_anywhere(tmp_path):
    rejected(write_openpose(tmp_path / "json", [np.zeros((4, 25, 3))]), "nobody in any of 4 frames")


def test_unknown_content_names_all_formats_and_what_was_found(tmp_path):
    names = [known.name for known in FORMATS]
    rejected(write_json(tmp_path / "a.json", {"hello": "world"}), "hello", *names)
    (tmp_path / "video.mp4").write_bytes(b"x")
    rejected(tmp_path / "video.mp4", "*.mp4", *names)
    rejected(tmp_path, "a.json", "video.mp4", *names)


@pytest.mark.parametrize("content", [5, "text", [1, 2], [[1]], {"people": 3}, {"annotations": [3]}, {"frames": [[3]]}])
@pytest.mark.parametrize("format", [None, "coco", "alphapose", "openpose", "mmpose", "mediapipe"])
def test_json_of_another_shape(tmp_path, content, format):
    rejected(write_json(tmp_path / "a.json", content), format=format, image_size=SIZE)


@pytest.mark.parametrize("options", [{"format": "betamax"}, {"skeleton": "worm3"}, {"fps": -1}, {"image_size": (0, 5)}])
def test_option_that_is_no_option(tmp_path, options):
    np.save(tmp_path / "clip.npy", dancer(3))
    with pytest.raises(InputError, match=re.escape(str(next(iter(options.values())))) + ".*expected"):
        load_keypoints(tmp_path / "clip.npy", **options)


def test_format_can_be_forced(tmp_path):
    keypoints = dancer(5, 33)
    keypoints[..., :2] /= 1000
    np.save(tmp_path / "clip.npy", keypoints)
    assert same(load_keypoints(tmp_path / "clip.npy", format="arrays")[0], keypoints)

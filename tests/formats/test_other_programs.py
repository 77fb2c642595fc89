"""Files of Ultralytics, ComfyUI, MoveNet, Detectron2, DeepLabCut, SLEAP, Sports2D and tables of one's own."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dancelift import DanceliftError, DanceliftWarning, InputError, Skeleton
from dancelift.body.skeleton import SKELETONS
from dancelift.formats.keypoints import load_keypoints
from fixtures.keypoints import (
    comfyui_frames,
    dancer,
    ultralytics_results,
    write_deeplabcut,
    write_deeplabcut_hdf5,
    write_json,
    write_sleap,
    write_trc,
    write_yolo_labels,
)

SIZE = (1280, 720)
COCO17 = list(SKELETONS["coco17"].joints)


def same(track: Any, keypoints: np.ndarray) -> bool:
    return track.keypoints2d.shape == keypoints.shape and np.allclose(track.keypoints2d, keypoints, atol=1e-3)


def couple(n_joints: int = 17) -> list[np.ndarray]:
    """The second one is seen from the fourth frame."""
    persons = [dancer(30, n_joints, x=400, random_seed=1), dancer(30, n_joints, x=900, random_seed=2)]
    persons[1][:3] = 0
    return persons


def rejected(path: Path, *parts: str, **options: Any) -> None:
    with pytest.raises(InputError) as error:
        load_keypoints(path, **options)
    for part in (str(path), "expected", *parts):
        assert part in str(error.value)


# Ultralytics


@pytest.mark.parametrize("divided_by", [(1, 1), SIZE], ids=["pixels", "normalised"])
def test_ultralytics_json_of_all_frames(tmp_path, divided_by):
    persons = couple()
    path = write_json(tmp_path / "a.json", ultralytics_results(persons, divided_by))
    first, second = load_keypoints(path, image_size=SIZE)
    assert (first.name, second.name, first.skeleton) == ("person 1", "person 2", "coco17")
    assert same(first, persons[0]) and same(second, persons[1][3:])
    assert_array_equal(second.frame_numbers, np.arange(3, 30))


def test_ultralytics_json_of_one_picture(tmp_path):
    path = write_json(tmp_path / "a.json", ultralytics_results([dancer(1)])[0])
    assert same(load_keypoints(path)[0], dancer(1))


@pytest.mark.parametrize("extra", ["", " 0.87", " {id}", " 0.87 {id}"])
def test_ultralytics_labels(tmp_path, extra):
    persons = couple()
    folder = write_yolo_labels(tmp_path / "labels", persons, SIZE, extra)
    tracks = load_keypoints(folder, image_size=SIZE, fps=25)
    assert same(tracks[0], persons[0]) and same(tracks[1], persons[1][3:])
    assert_array_equal(tracks[0].frame_numbers, np.arange(1, 31))
    assert tracks[1].name == ("person 2" if "id" in extra else "person 1")
    rejected(folder, "image_size=(width, height)")


def test_ultralytics_that_is_damaged(tmp_path):
    content = ultralytics_results(couple())
    content[2][0]["keypoints"]["x"].pop()
    rejected(write_json(tmp_path / "a.json", content), "frame 2", "(16,)")
    folder = write_yolo_labels(tmp_path / "labels", couple(), SIZE)
    (folder / "video_7.txt").write_text("0 0.5 0.5 0.2 words")
    rejected(folder, "video_7.txt", image_size=SIZE)


# ComfyUI


@pytest.mark.parametrize("fractions", [False, True])
def test_comfyui_frames_in_pixels_or_fractions_of_the_canvas(tmp_path, fractions):
    persons = [dancer(30, 18, x=400, random_seed=1), dancer(30, 18, x=900, random_seed=2)]
    persons[1][:3] = 0
    path = write_json(tmp_path / "a.json", comfyui_frames(persons, SIZE, fractions))
    first, second = load_keypoints(path, fps=25)
    assert (first.skeleton, first.image_size) == ("coco17", SIZE)
    assert_allclose(first.keypoints2d[:, 5], persons[0][:, 5], atol=1e-3)  # the left shoulder is the sixth in both
    assert len(second.keypoints2d) == 27


# MoveNet


def movenet(keypoints: np.ndarray) -> np.ndarray:
    return (keypoints / [*SIZE, 1])[..., [1, 0, 2]].astype(np.float32)


@pytest.mark.parametrize("shape", [(20, 1, 1, 17, 3), (20, 1, 17, 3)])
def test_movenet_has_y_before_x(tmp_path, shape):
    np.save(tmp_path / "a.npy", movenet(dancer(20)).reshape(shape))
    (track,) = load_keypoints(tmp_path / "a.npy", image_size=SIZE)
    assert same(track, dancer(20))
    rejected(tmp_path / "a.npy", "image_size=(width, height)")


@pytest.mark.parametrize("y_first", [True, False])
def test_fractions_of_seventeen_joints_are_turned_so_that_the_dancer_stands(tmp_path, y_first):
    fractions = movenet(dancer(20))
    np.save(tmp_path / "a.npy", fractions if y_first else fractions[..., [1, 0, 2]])
    with pytest.warns(DanceliftWarning, match="taken as " + ("y, x" if y_first else "x, y")):
        (track,) = load_keypoints(tmp_path / "a.npy", image_size=SIZE)
    assert same(track, dancer(20))


def test_movenet_of_several_persons(tmp_path):
    persons = couple()
    rows = np.zeros((30, 1, 6, 56), np.float32)
    for i, person in enumerate(persons):
        rows[:, 0, i, :51] = np.where(person.any(axis=(1, 2))[:, None], movenet(person).reshape(30, 51), 0)
    np.save(tmp_path / "a.npy", rows)
    first, second = load_keypoints(tmp_path / "a.npy", image_size=SIZE, fps=25)
    assert same(first, persons[0]) and same(second, persons[1][3:])


# Detectron2


def test_detectron2_results_are_coco_results(tmp_path):
    entries = [
        {"image_id": t, "category_id": 1, "bbox": [0, 0, 9, 9], "score": 0.99, "keypoints": frame.ravel().tolist()}
        for t, frame in enumerate(dancer(12))
    ]
    assert same(load_keypoints(write_json(tmp_path / "instances_predictions.json", entries))[0], dancer(12))


# DeepLabCut


def test_deeplabcut_of_one_dancer(tmp_path):
    keypoints = dancer(12)
    keypoints[3, 4] = np.nan
    path = write_deeplabcut(tmp_path / "videoDLC.csv", COCO17, {"": keypoints})
    (track,) = load_keypoints(path)
    assert track.skeleton == "coco17"
    assert same(track, np.nan_to_num(keypoints))


def test_deeplabcut_of_several_dancers(tmp_path):
    persons = couple()
    persons[1][:3] = np.nan
    path = write_deeplabcut(tmp_path / "videoDLC.csv", COCO17, {"ann": persons[0], "bob": persons[1]})
    first, second = load_keypoints(path)
    assert same(first, persons[0]) and same(second, persons[1][3:])


def test_deeplabcut_frames_named_by_their_images(tmp_path):
    path = write_deeplabcut(tmp_path / "a.csv", COCO17, {"": dancer(3)})
    head, rows = path.read_text().splitlines()[:3], path.read_text().splitlines()[3:]
    images = [f"labeled-data,video,img{10 + 2 * t:03}.png,{row.partition(',')[2]}" for t, row in enumerate(rows)]
    path.write_text("\n".join([line.replace(",", ",,,", 1) for line in head] + images))
    with pytest.warns(DanceliftWarning, match="every 2nd"):
        (track,) = load_keypoints(path)
    assert_array_equal(track.frame_numbers, [10, 12, 14])


def test_deeplabcut_that_is_damaged(tmp_path):
    path = write_deeplabcut(tmp_path / "a.csv", COCO17, {"": dancer(5)})
    text = path.read_text()
    path.write_text(text[:-40])
    rejected(path)
    path.write_text(text.replace(repr(float(dancer(5)[0, 0, 0])), "words"))
    rejected(path, "words")


def test_deeplabcut_hdf5(tmp_path):
    pytest.importorskip("h5py")
    write_deeplabcut_hdf5(tmp_path / "videoDLC.h5", COCO17, dancer(12))
    (track,) = load_keypoints(tmp_path / "videoDLC.h5")
    assert track.skeleton == "coco17" and same(track, dancer(12))


def test_a_pickle_in_hdf5_runs_no_code(tmp_path):
    h5py = pytest.importorskip("h5py")
    witness = tmp_path / "witness"

    class Hostile:
        def __reduce__(self) -> Any:
            return Path.touch, (witness,)

    rows = np.zeros(3, [("index", "<i8"), ("values_block_0", "<f8", (51,))])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        table = file.create_dataset("df_with_missing/table", data=rows)
        table.attrs["values_block_0_kind"] = np.bytes_(pickle.dumps([Hostile()], 0))
    rejected(tmp_path / "a.h5", "arrays and containers")
    assert not witness.exists()


# SLEAP


def test_sleap_analysis_file(tmp_path):
    pytest.importorskip("h5py")
    persons = np.stack(couple())
    persons[1, :3] = np.nan
    write_sleap(tmp_path / "a.analysis.h5", COCO17, persons)
    first, second = load_keypoints(tmp_path / "a.analysis.h5")
    assert first.skeleton == "coco17"
    assert same(first, persons[0]) and same(second, persons[1, 3:])


def test_hdf5_that_is_damaged(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(DanceliftError, match=r"a\.h5"):
        load_keypoints(tmp_path / "a.h5")


# tables


@pytest.mark.parametrize(("joint", "score"), [("{}.{}", "score"), ("{}_{}", "confidence"), ("{} {}", "Likelihood")])
def test_tables_of_a_row_a_frame(tmp_path, joint, score):
    keypoints = dancer(20)
    columns = [joint.format(name, what) for name in COCO17 for what in ("x", "y", score)]
    rows = [
        ",".join([str(5 + t), str(t / 25), *map(repr, frame.ravel().tolist())]) for t, frame in enumerate(keypoints)
    ]
    (tmp_path / "a.csv").write_text("\n".join([",".join(["frame", "time", *columns]), *rows]))
    (track,) = load_keypoints(tmp_path / "a.csv")
    assert same(track, keypoints)
    assert_array_equal(track.frame_numbers, 5 + np.arange(20))
    assert_allclose(track.times, np.arange(20) / 25)
    assert (track.skeleton, track.fps) == ("coco17", 25)


def test_sleap_table_of_a_row_an_instance(tmp_path):
    persons = couple()
    lines = ["track,frame_idx,instance.score," + ",".join(f"{n}.x,{n}.y,{n}.score" for n in COCO17)]
    for t in range(30):
        for name, person in zip(("ann", "bob"), persons, strict=True):
            if person[t].any():
                lines.append(f"{name},{t},0.9," + ",".join(map(repr, person[t].ravel().tolist())))
    (tmp_path / "a.csv").write_text("\n".join(lines))
    first, second = load_keypoints(tmp_path / "a.csv")
    assert same(first, persons[0]) and same(second, persons[1][3:])


def test_table_that_is_none_of_keypoints(tmp_path):
    (tmp_path / "a.csv").write_text("start,end,label\n0,1,turn\n")
    rejected(tmp_path / "a.csv", "*.csv")


# Sports2D

BODY_WITH_FEET = (
    "Hip RHip RKnee RAnkle RBigToe RSmallToe RHeel LHip LKnee LAnkle LBigToe LSmallToe LHeel "
    "Neck Head Nose RShoulder RElbow RWrist LShoulder LElbow LWrist"
).split()


def test_sports2d_trc_in_pixels(tmp_path):
    keypoints = dancer(20, 22)
    keypoints[4, 3] = np.nan
    (track,) = load_keypoints(write_trc(tmp_path / "dance_px_person00.trc", BODY_WITH_FEET, keypoints, 25))
    assert isinstance(track.skeleton, Skeleton) and track.skeleton.joints == tuple(BODY_WITH_FEET)
    assert_allclose(track.keypoints2d[..., :2], np.nan_to_num(keypoints[..., :2]))
    assert track.keypoints2d[4, 3, 2] == 0 and track.keypoints2d[5, 3, 2] == 1
    assert_allclose(track.times, np.arange(20) / 25)
    assert track.fps == 25


def test_trc_in_metres_is_no_keypoints(tmp_path):
    rejected(write_trc(tmp_path / "dance_m_person00.trc", BODY_WITH_FEET, dancer(5, 22), 25), "_px_")


@pytest.mark.parametrize("cut", [0.05, 0.3, 0.6])
def test_trc_that_is_cut(tmp_path, cut):
    path = write_trc(tmp_path / "dance_px.trc", BODY_WITH_FEET, dancer(5, 22), 25)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    rejected(path)

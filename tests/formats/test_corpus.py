"""Reading the 2D keypoints of many clips: which files, those of a split, and what cannot be read."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancelift import DanceliftWarning, InputError
from dancelift.formats.keypoints.corpus import load_corpus
from fixtures.keypoints import coco_results, dancer, write_aist, write_dance_clip, write_json, write_openpose

NAMES = ("rumba_1", "rumba_2", "waltz_1")


def write_clip(path: Path, n_cameras: int = 1) -> Path:
    views = np.stack([dancer(9, random_seed=random_seed) for random_seed in range(n_cameras)])
    return write_dance_clip(path, views, views, (1920, 1080))


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "dances"
    folder.mkdir()
    for name in NAMES:
        write_clip(folder / f"{name}.npz")
    return folder


def sources(path: Path, **options: Any) -> list[str]:
    return [Path(track.source).stem for track in load_corpus(path, **options)]


def rejected(path: Path, *parts: str, **options: Any) -> None:
    with pytest.raises(InputError) as error:
        load_corpus(path, **options)
    for part in (str(path), *parts):
        assert part in str(error.value)
    assert re.fullmatch(r".+", str(error.value))


def test_all_clips_of_a_folder_are_read_in_the_order_of_their_names(folder):
    write_clip(folder / "salsa_1.npz", n_cameras=3)
    assert sources(folder) == ["rumba_1", "rumba_2", *["salsa_1"] * 3, "waltz_1"]
    tracks = load_corpus(folder)
    assert all(track.keypoints2d.shape == (9, 17, 3) for track in tracks)
    assert {track.fps for track in tracks} == {25}


def test_clips_may_be_of_any_format(tmp_path):
    write_clip(tmp_path / "a.npz")
    write_json(tmp_path / "b.json", coco_results([dancer(9)]))
    write_openpose(tmp_path / "c", [dancer(9, 25)])
    (tmp_path / ".DS_Store").write_bytes(b"x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tracks = load_corpus(tmp_path)
    assert [track.skeleton for track in tracks] == ["coco17", "coco17", "body25"]
    assert [len(track.keypoints2d) for track in tracks] == [9, 9, 9]


@pytest.mark.parametrize("inside", [True, False])
def test_split_in_or_beside_the_folder(folder, inside):
    lists = {"fit": ["rumba_1", "waltz_1", "waltz_9"], "test": ["rumba_2"]}
    write_json((folder if inside else folder.parent) / "split.json", lists)
    assert sources(folder) == list(NAMES)  # split.json is passed over in silence
    assert sources(folder, split="fit") == ["rumba_1", "waltz_1"]
    assert sources(folder, split="test", match=["rumba"]) == ["rumba_2"]
    assert sources(folder / "rumba_2.npz", split="test") == ["rumba_2"]
    rejected(folder / "rumba_2.npz", "no 2D keypoints in 0 files asked for", split="fit")
    rejected(folder, "no 2D keypoints in 0 files asked for", split="test", match=["waltz"])
    rejected(folder, "no split 'train'", "fit, test", split="train")


def test_split_needs_lists(folder):
    rejected(folder, "no split 'fit'", "split.json", split="fit")
    write_json(folder / "split.json", {"fit": 3})
    with pytest.raises(InputError, match=r"split\.json: found .*expected lists of names"):
        load_corpus(folder, "fit")


@pytest.mark.parametrize(
    ("match", "expected"),
    [((), NAMES), (["rumba"], NAMES[:2]), (["waltz", "rumba_2"], NAMES[1:]), ("waltz", NAMES[2:])],
)
def test_clips_are_chosen_by_the_start_of_their_names(folder, match, expected):
    assert sources(folder, match=match) == list(expected)


def test_clip_that_cannot_be_read_is_warned_of_and_passed_over(folder):
    (folder / "broken.npz").write_bytes((folder / "rumba_1.npz").read_bytes()[:300])
    (folder / "notes.txt").write_text("words")
    with pytest.warns(DanceliftWarning) as warned:
        assert sources(folder) == list(NAMES)
    assert [warning.filename for warning in warned] == [__file__] * 2
    for warning, name in zip(warned, ("broken.npz", "notes.txt"), strict=True):
        assert str(warning.message).startswith(f"passed over: {folder / name}: ")
    assert sources(folder, match=["waltz"]) == ["waltz_1"]  # what is not asked for is not read


def test_folder_of_which_nothing_can_be_read(tmp_path):
    rejected(tmp_path, "no 2D keypoints in 0 files asked for")
    (tmp_path / "a.npz").write_bytes(b"words")
    (tmp_path / "b.txt").write_text("words")
    rejected(tmp_path, "no 2D keypoints in 2 files asked for; the first failure:", "a.npz", "expected")


def test_single_file_is_read_and_one_that_is_missing_is_an_error(folder):
    assert sources(folder / "waltz_1.npz") == ["waltz_1"]
    rejected(folder / "absent.npz", "there is no such file")
    rejected(folder / "waltz_1.npz", "no 2D keypoints", match=["rumba"])


def test_folder_of_one_file_a_frame_is_one_clip(tmp_path):
    path = write_openpose(tmp_path / "solo", [dancer(12, 25)])
    (track,) = load_corpus(path)
    assert track.keypoints2d.shape == (12, 25, 3)
    assert len(load_corpus(path, match=["solo"])) == 1
    rejected(path, "no 2D keypoints", match=["duo"])
    (path / "video_000000000007_keypoints.json").write_text("{")
    rejected(path, "video_000000000007_keypoints.json", "expected")


@pytest.mark.parametrize("below", ["", "keypoints2d"])
def test_aist_annotations_are_read_by_split_and_without_those_on_the_ignore_list(tmp_path, below):
    names = [f"g{genre}_sBM_cAll_d0{i}_m{genre}0_ch01" for i, genre in enumerate(("BR", "HO", "PO"))]
    for name in names:
        write_aist(
            tmp_path / "keypoints2d", name, np.stack([dancer(9, random_seed=random_seed) for random_seed in range(2)])
        )
    (tmp_path / "keypoints3d").mkdir()
    (tmp_path / "keypoints3d" / f"{names[0]}.pkl").write_bytes(b"x")
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "pose_train.txt").write_text(f"{names[0]}\n{names[2]}\n")
    (tmp_path / "ignore_list.txt").write_text(f"{names[2]}\n")
    assert sources(tmp_path / below) == [names[0]] * 2 + [names[1]] * 2
    assert sources(tmp_path / below, split="train") == [names[0]] * 2
    assert sources(tmp_path / below, match=["gHO"]) == [names[1]] * 2

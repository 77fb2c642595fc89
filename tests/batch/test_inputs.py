"""What a batch is of: paths, folders, patterns, lists and addresses."""

import pickle
import zipfile
from pathlib import Path

import pytest

from dancelift.batch.inputs import find_inputs
from dancelift.errors import InputError
from dancelift.files import content_hash
from fixtures.batch import write_clip
from fixtures.keypoints import dancer, write_openpose


def names(*places: object, without: Path | None = None) -> dict[str, str]:
    return {one.name: one.place for one in find_inputs(map(str, places), without)}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """a.npz, sub/b.npz, a folder of OpenPose's in sub/, and what is none of it."""
    folder = tmp_path / "clips"
    write_clip(folder / "a.npz")
    write_clip(folder / "sub" / "b.npz")
    write_openpose(folder / "sub" / "openpose", [dancer(3)])
    (folder / "notes.txt").write_text("of the rehearsal")
    (folder / "split.json").write_text("{}")
    (folder / ".hidden.npz").write_text("")
    return folder


def test_folder_is_searched_and_a_folder_of_one_file_a_frame_is_one_clip(clips):
    assert sorted(names(clips)) == ["a", "sub/b", "sub/openpose"]
    assert names(clips / "sub" / "openpose") == {"openpose": str(clips / "sub" / "openpose")}


def test_results_inside_of_the_folder_are_no_clips(clips):
    write_clip(clips / "results" / "a.npz")
    assert sorted(names(clips, without=clips / "results")) == ["a", "sub/b", "sub/openpose"]


def test_pattern_names_clips_from_where_it_starts(clips):
    assert sorted(names(clips / "**" / "*.npz")) == ["a", "sub/b"]
    assert list(names(clips / "*" / "b.*")) == ["sub/b"]
    with pytest.raises(InputError, match="nothing fits"):
        names(clips / "*.bvh")


def test_clip_that_is_named_twice_is_one(clips):
    assert list(names(clips / "a.npz", clips / "a.npz", clips / "*.npz")) == ["a"]


def test_path_that_is_not_there_is_left_to_fail_by_itself(clips):
    assert list(names(clips / "a.npz", clips / "absent.json")) == ["a", "absent"]


def test_clips_of_one_name_keep_their_suffix(clips):
    (clips / "a.json").write_text("{}")
    assert sorted(names(clips / "a.*")) == ["a.json", "a.npz"]
    with pytest.raises(InputError, match=r"would be called 'b\.npz' like .*column 'name'"):
        names(clips / "sub" / "b.npz", write_clip(clips / "other" / "b.npz"))


def test_list_names_clips_with_options_of_their_own(clips):
    table = clips / "list.csv"
    table.write_text("input, fps,name,height\na.npz,25,lead,\n\nsub/b.npz,,solo/follow,1.62\n", encoding="utf-8-sig")
    first, second = find_inputs([str(table)])
    assert (first.name, first.place, first.options) == ("lead", str(clips / "a.npz"), {"fps": "25"})
    assert (second.name, second.place, second.options) == ("solo/follow", str(clips / "sub/b.npz"), {"height": "1.62"})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("input,fps\n,25\n", "row 2: no input"),
        ("input,name\na.npz,../a\n", "within the folder of results"),
        ("input\na.npz,25\n", "without a column"),
    ],
)
def test_list_that_is_wrong_is_an_error(clips, rows, expected):
    (clips / "list.csv").write_text(rows)
    with pytest.raises(InputError, match=expected):
        names(clips / "list.csv")


def test_table_of_keypoints_is_a_clip_and_no_list(clips):
    (clips / "table.csv").write_text("nose_x,nose_y\n1,2\n")
    assert list(names(clips / "table.csv")) == ["table"]


def test_clips_that_fsspec_reaches_are_fetched(clips):
    fsspec = pytest.importorskip("fsspec", reason="addresses need the extra 'batch'")
    memory = fsspec.filesystem("memory")
    memory.put(str(clips), "/dances", recursive=True)
    try:
        for place in ("memory://dances", "memory:///dances/**/b.npz"):
            found = find_inputs([place])
            assert "b" in [one.name.rpartition("/")[2] for one in found]
            (b,) = [one for one in found if one.name.endswith("b")]
            with b.on_this_machine() as path:
                assert content_hash(path) == content_hash(clips / "sub" / "b.npz")
                assert path.name == "b.npz"
            assert not path.exists()
        openpose = next(one for one in find_inputs(["memory://dances"]) if one.name == "sub/openpose")
        with openpose.on_this_machine() as path:
            assert content_hash(path) == content_hash(clips / "sub" / "openpose")
        before = b.stamp()
        memory.pipe("/dances/sub/b.npz", b"something else")
        assert before and b.stamp() != before
    finally:
        memory.rm("/dances", recursive=True)


def test_clips_in_archives_and_by_addresses_of_files_are_those_of_the_folder(clips, tmp_path):
    pytest.importorskip("fsspec", reason="addresses need the extra 'batch'")
    archives = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for archive in archives:
        with zipfile.ZipFile(archive, "w") as file:
            for path in clips.rglob("*.npz"):
                file.write(path, path.relative_to(clips))
    places = f"zip://::file://{archives[0]}", f"zip://sub/*.npz::file://{archives[0]}", f"file://{clips}/**/*.npz"
    for place in places:
        found = {one.name.rpartition("/")[2]: pickle.loads(pickle.dumps(one)) for one in find_inputs([place])}
        with found["b"].on_this_machine() as path:
            assert content_hash(path) == content_hash(clips / "sub" / "b.npz")
        (again,) = [one for one in find_inputs([place]) if one.name == found["b"].name]
        assert found["b"].stamp() == again.stamp() != ""
    assert list(names(places[0])) == ["a", "sub/b"] and list(names(places[1])) == ["b"]
    table = tmp_path / "list.csv"
    rows = [f"zip://a.npz::file://{archive},{archive.stem}" for archive in archives]
    table.write_text("\n".join(["input,name", *rows]))
    assert list(names(table)) == ["one", "two"]
    with pytest.raises(InputError, match=r"would be called 'a\.npz' like zip://a\.npz::file:///.*one\.zip"):
        names(*(f"zip://a.npz::file://{archive}" for archive in archives))


def test_content_and_stamp_change_with_the_input_alone(clips):
    (one,) = find_inputs([str(clips / "sub" / "openpose")])
    place = Path(one.place)
    before = content_hash(place), one.stamp()
    assert (content_hash(place), one.stamp()) == before
    frame = min(place.iterdir())
    frame.write_text(frame.read_text().replace("0", "1"))
    assert content_hash(place) != before[0] and one.stamp() != before[1]


def test_a_list_that_names_one_clip_twice_with_other_options_is_said_to_be_at_fault(tmp_path):
    (tmp_path / "clips.csv").write_text("input,fps\na.npz,25\na.npz,30\n")
    with pytest.raises(InputError, match=r"clips\.csv: .*a\.npz: would be called 'a\.npz' like .*a\.npz"):
        find_inputs([str(tmp_path / "clips.csv")])

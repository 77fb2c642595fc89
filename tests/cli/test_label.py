"""`dancelift label` and `dancelift movements` as people use them: motion in, labels out."""

from pathlib import Path

import numpy as np
import pytest

from dancelift.formats.labels import read_annotations, write_annotations
from dancelift.formats.motion import load_motions
from dancelift.movements.labeller import label_movements
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.priors.pose_net import NET_SKELETON
from fixtures.commands import only_line, run
from fixtures.labels import random_labels, same
from fixtures.motion import dance, joints_of, write_dance_clip
from fixtures.paths import REAL_CLIPS, REPOSITORY

N_FRAMES, FPS = 100, 30.0
TAXONOMY = standard_taxonomy()


@pytest.fixture
def clip(tmp_path) -> Path:
    """A clip of 3D motion."""
    path = tmp_path / "dances" / "waltz_1.npz"
    write_dance_clip(path, joints_of(dance(N_FRAMES), NET_SKELETON))
    return path


@pytest.fixture
def folder(clip) -> Path:
    """Two clips of 3D motion."""
    write_dance_clip(clip.with_name("waltz_2.npz"), joints_of(dance(N_FRAMES, random_seed=1), NET_SKELETON))
    return clip.parent


def test_motion_is_labelled_by_the_definitions(clip, tmp_path, capsys):
    output = tmp_path / "new" / "labels.npz"
    assert run("label", clip, "-o", output) == 0
    printed = capsys.readouterr()
    (motion,) = load_motions(clip)
    labels = label_movements(motion)
    assert same(read_annotations(output, TAXONOMY), labels)
    lines = printed.out.splitlines()
    assert lines[0] == (
        f"waltz_1: {len(labels)} frames of {motion.fps:g} a second, "
        f"{labels.active.any(axis=0).sum()} of 154 movements take place"
    )
    assert [line.split("  ")[1] for line in lines[1:-1]] == [part.name for part in TAXONOMY.parts]
    assert lines[-1] == f"written to {output}"
    assert printed.err == ""
    assert [path.name for path in output.parent.iterdir()] == ["labels.npz"]


def test_table_shows_the_commonest_movements_and_what_is_not_known(tmp_path, capsys):
    labels = random_labels(0, N_FRAMES, FPS, TAXONOMY)
    labels.active[:] = False
    labels.known[:] = True
    head = TAXONOMY.of_part("head")
    for index, n_frames in zip(head, (10, 50, 30, 20, 1), strict=False):
        labels.active[:n_frames, index] = True
    labels.known[60:, head[1]] = False
    labels.known[:, TAXONOMY.of_part("hips")] = False
    write_annotations(tmp_path / "a.npz", labels)
    assert run("label", tmp_path / "a.npz", "-o", tmp_path / "a.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    names = [TAXONOMY.names[index] for index in head]
    assert f"  head             {names[1]} 83%, {names[2]} 30%, {names[3]} 20%, 2 more (40 frames not known)" in lines
    assert "  hips             (100 frames not known)" in lines
    assert "  torso            none" in lines


def test_folder_is_labelled_clip_by_clip(folder, tmp_path, capsys):
    assert run("label", folder, "-o", tmp_path / "labels", "--format", "csv") == 0
    assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == ["waltz_1.csv", "waltz_2.csv"]
    assert capsys.readouterr().out.count("written to") == 2


def test_labels_go_from_one_format_to_another_and_back(tmp_path):
    pytest.importorskip("pympi", reason="files of ELAN need the extra 'annotate'")
    pytest.importorskip("defusedxml", reason="files of ELAN need the extra 'annotate'")
    labels = random_labels(2, N_FRAMES, 29.97, TAXONOMY)
    write_annotations(tmp_path / "a.npz", labels)
    for source, target, *options in (("a.npz", "b.eaf"), ("b.eaf", "c.csv"),
                                     ("c.csv", "d.npz", "--frames", N_FRAMES, "--fps", 29.97)):  # fmt: skip
        assert run("label", tmp_path / source, "-o", tmp_path / target, *options) == 0
    assert same(read_annotations(tmp_path / "d.npz", TAXONOMY), labels)


def test_existing_labels_are_replaced_only_if_forced(clip, tmp_path, capsys):
    output = tmp_path / "labels.csv"
    output.write_text("precious")
    assert run("label", clip, "-o", output) == 1
    assert output.read_text() == "precious"
    assert "--force" in only_line(capsys.readouterr().err)
    assert run("label", clip, "-o", output, "--force") == 0
    assert output.read_text().startswith("start_s,")


def test_clips_are_never_replaced_by_their_labels(folder, capsys):
    before = (folder / "waltz_1.npz").read_bytes()
    assert run("label", folder, "-o", folder, "--format", "npz", "--force") == 1
    assert "holds no labels, expected to replace nothing but labels" in only_line(capsys.readouterr().err)
    assert run("label", folder / "waltz_1.npz", "-o", folder / "waltz_1.npz", "--force") == 1
    assert "is the input" in only_line(capsys.readouterr().err)
    assert (folder / "waltz_1.npz").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("dances", "-o", "labels.npz"), "dances: has 2 clips (waltz_1, ...), expected one, or --format and a folder"),
        (("dances/waltz_1.npz", "-o", "labels"), "labels: expected a name that ends in .npz, .eaf, .csv"),
        (("dances/waltz_1.npz", "-o", "a.csv", "--fps", 30), "expected an .eaf or a .csv with --frames and --fps"),
        (("nowhere", "-o", "a.csv"), "nowhere: there is no such file or folder; expected 3D motion"),
        (("a.csv", "-o", "a.npz"), "a.csv: a table does not say how long the clip is, expected its frames and its fps"),
        (("a.csv", "-o", "a.npz", "--frames", 5), "5 frames of None a second, expected both or neither"),
        (("a.csv", "-o", "a.npz", "--frames", 5, "--fps", 1), "a.csv: line 2: time 'x', expected seconds"),
        (("twins", "-o", "labels", "--format", "csv"), "twins: 2 clips are called 'waltz', expected different names"),
    ],
)
def test_wrong_input_is_said_in_one_line(arguments, expected, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("start_s,end_s,part,movement,state\nx,2,head,head raised,active\n")
    for twin in ("a", "b"):
        write_dance_clip(tmp_path / "twins" / twin / "waltz.npz", joints_of(dance(N_FRAMES), NET_SKELETON))
    assert run("label", *arguments) == 1
    printed = capsys.readouterr()
    assert expected in only_line(printed.err)
    assert printed.out == ""
    assert not Path("labels").exists()


def test_movements_are_listed_by_part(capsys):
    assert run("movements") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [part.name for part in TAXONOMY.parts]
    assert [line[2:] for line in lines if line[:3].strip() and line.startswith("  ")] == list(TAXONOMY.names)


def test_movements_of_a_part_are_listed_with_words_for_a_dancer_and_the_definition(capsys):
    assert run("movements", "--part", "Left_Forearm") == 0
    text = " ".join(capsys.readouterr().out.split())
    movements = [TAXONOMY.movements[index] for index in TAXONOMY.of_part("left forearm")]
    for movement in movements:
        conditions = "; ".join(map(str, movement.when))
        assert f"{movement.name} {movement.dancer} {conditions}; at least {movement.min_duration:g} s" in text
    assert "head" not in text.split()[:2]


def test_movements_as_markdown_have_a_table_for_each_part(capsys):
    assert run("movements", "--markdown") == 0
    lines = capsys.readouterr().out.splitlines()
    headings = [line[3:] for line in lines if line.startswith("## ")]
    assert headings == [*(part.name for part in TAXONOMY.parts), "Quantities"]
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    assert {len(row) for row in rows} == {3}
    named = [row[0] for row in rows if row[0] in TAXONOMY.names]
    assert named == list(TAXONOMY.names)


def test_documentation_is_that_of_the_taxonomy(capsys):
    run("movements", "--markdown")
    page = REPOSITORY / "docs" / "movements.md"
    assert page.read_text(encoding="utf-8") == capsys.readouterr().out, "make it anew: dancelift movements --markdown"


def test_unknown_part_is_refused(capsys):
    assert run("movements", "--part", "tail") == 1
    assert "'tail' is no part, expected one of head, left shoulder" in only_line(capsys.readouterr().err)


def test_labels_of_a_real_clip_survive_every_format(tmp_path):
    clips = sorted(REAL_CLIPS.glob("*.npz"))
    if not clips:
        pytest.skip("the clips are not here")
    labels = label_movements(load_motions(clips[0])[0])
    write_annotations(tmp_path / "a.csv", labels)
    assert same(read_annotations(tmp_path / "a.csv", TAXONOMY, len(labels), labels.fps), labels)
    assert np.count_nonzero(labels.active.any(axis=0)) > 50

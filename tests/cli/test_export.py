"""`dancelift export`, `dancelift lift -o X` for other programs, and outputs whose suffix no command knows."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from dancelift.formats.bvh import read_bvh
from dancelift.formats.motion import load_motions
from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run
from fixtures.exports import lifted

LIFT = ("--n-seeds", "1", "--threads", "1", "-q")


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two dancers of one video, lifted."""
    (tmp_path / "results").mkdir()
    lifts = {"lead": lifted(), "follow": lifted(random_seed=1, camera=lifted().camera)}
    for name, result in lifts.items():
        result.save(tmp_path / "results" / f"{name}.npz")
    return [tmp_path / "results" / f"{name}.npz" for name in lifts]


def test_several_results_go_into_one_file(tmp_path, results, capsys):
    assert run("export", *results, "-o", tmp_path / "duo.csv") == 0
    assert capsys.readouterr().out == f"written to {tmp_path / 'duo.csv'}\n"
    with (tmp_path / "duo.csv").open() as file:
        assert {row["person"] for row in csv.DictReader(file)} == {"lead", "follow"}


def test_bvh_is_one_file_a_person(tmp_path, results):
    assert run("export", *results, "-o", tmp_path / "duo.bvh") == 0
    assert len(read_bvh(tmp_path / "duo-follow.bvh").channels) == 40
    assert sorted(file.name for file in tmp_path.glob("*.bvh")) == ["duo-follow.bvh", "duo-lead.bvh"]


def test_a_folder_of_one_format(tmp_path, results, capsys):
    odd = lifted(fps=50.0)
    odd.save(tmp_path / "other.npz")
    assert run("export", *results, tmp_path / "other.npz", "-o", tmp_path / "out", "--format", "trc") == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["follow.trc", "lead.trc", "other.trc"]
    (motion,) = load_motions(tmp_path / "out" / "other.trc")
    assert motion.fps == 50


def test_what_fails_does_not_stop_the_others(tmp_path, results, capsys):
    (tmp_path / "bad.npz").write_text("no result")
    assert run("export", tmp_path / "bad.npz", *results, "-o", tmp_path / "out", "--format", "json") == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["follow.json", "lead.json"]
    assert "1 of 3 failed" in capsys.readouterr().err


def test_up(tmp_path, results):
    for up in ("y", "z"):
        assert run("export", results[0], "-o", tmp_path / f"{up}.npz", "--up", up) == 0
    y_up, z_up = (np.load(tmp_path / f"{up}.npz")["poses3d"] for up in ("y", "z"))
    np.testing.assert_allclose(z_up, np.stack([y_up[..., 0], -y_up[..., 2], y_up[..., 1]], axis=-1))


def test_results_of_one_name_are_told_apart_by_their_folders(tmp_path, results):
    (tmp_path / "take2").mkdir()
    lifted(random_seed=1, camera=lifted().camera).save(tmp_path / "take2" / "lead.npz")
    assert run("export", results[0], tmp_path / "take2" / "lead.npz", "-o", tmp_path / "a.json") == 0
    assert '"name":"results_lead"' in (tmp_path / "a.json").read_text()


def test_nothing_is_replaced_unless_asked(tmp_path, results, capsys):
    output = tmp_path / "a.npz"
    output.write_text("mine")
    assert run("export", results[0], "-o", output) == 1
    assert only_line(capsys.readouterr().err).endswith("--force to replace one of an earlier run")
    assert output.read_text() == "mine"
    assert run("export", results[0], "-o", output, "--force") == 0
    assert run("export", results[0], "-o", results[0], "--force") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("a.glb", "--up", "z"), "a.glb: up = 'z', expected 'y', which it always is in .glb"),
        (("folder",), "folder: expected a name that ends in .bvh, .trc"),
    ],
)
def test_what_cannot_be(tmp_path, results, capsys, options, message):
    assert run("export", results[0], "-o", tmp_path / options[0], *options[1:]) == 1
    assert message in only_line(capsys.readouterr().err)


def test_lifts_of_different_videos(tmp_path, results, capsys):
    dataclasses.replace(lifted(), fps=50.0).save(tmp_path / "other.npz")
    assert run("export", results[0], tmp_path / "other.npz", "-o", tmp_path / "a.trc") == 1
    assert "other: 50 frames per second and 25 of lead" in only_line(capsys.readouterr().err)


def test_lift_to_a_file_for_another_program(tmp_path):
    keypoints = [generate(12, random_seed=seed).keypoints2d for seed in (1, 2)]
    np.savez(tmp_path / "duo.npz", keypoints2d=np.stack(keypoints), fps=25.0, image_size=(1920, 1080))
    assert run("lift", tmp_path / "duo.npz", "-o", tmp_path / "duo.csv", "--camera", 1536, *LIFT) == 0
    with (tmp_path / "duo.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["person"] for row in rows} == {"person_0", "person_1"} and len(rows) == 2 * 12 * 17
    assert run("lift", tmp_path / "duo.npz", "-o", tmp_path / "duo.csv", *LIFT) == 1
    assert run("lift", tmp_path / "duo.npz", "-o", tmp_path / "duo.bvh", "--person", "main", *LIFT) == 0
    assert (tmp_path / "duo.bvh").exists()


@pytest.mark.parametrize(
    ("command", "known"),
    [
        (("lift", "clip.npz"), ".npz, .bvh, .trc"),
        (("recognize", "clip.npz"), ".npz"),
        (("export", "out.npz"), ".bvh, .trc"),
        (("view", "out.npz"), ".png, .gif, .mp4 or .rrd"),
        (("report", "out.npz"), ".html or .htm"),
        (("label", "out.npz"), ".npz, .eaf or .csv"),
        (("fit-prior", "--from-2d", "folder"), ".npz"),
        (("train", "movements", "folder"), ".safetensors"),
        (("train", "genre", "folder"), ".safetensors"),
        (("demo",), "a folder"),
    ],
)
def test_a_suffix_that_no_command_knows_is_no_folder(tmp_path, monkeypatch, capsys, command, known):
    monkeypatch.chdir(tmp_path)
    assert run(*command, "-o", "x.txt") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "'x.txt': expected" in error and known in error
    assert not list(tmp_path.iterdir())


def test_a_folder_with_a_dot_in_its_name(tmp_path, results, capsys):
    assert run("export", *results, "-o", f"{tmp_path / 'v1.2'}/", "--format", "csv") == 0
    assert run("export", *results, "-o", tmp_path / "v1.2", "--format", "json") == 0  # which is there now
    assert len(list((tmp_path / "v1.2").iterdir())) == 4
    np.savez(tmp_path / "clip.npz", keypoints2d=generate(12).keypoints2d, fps=25.0, image_size=(1920, 1080))
    assert run("lift", tmp_path / "clip.npz", "-o", f"{tmp_path / 'v1.3'}/", *LIFT) == 0
    assert (tmp_path / "v1.3" / "clip.npz").exists()

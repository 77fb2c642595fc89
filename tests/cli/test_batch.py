"""`dancelift batch` as people use it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("joblib", reason="batches need the extra 'batch'")
pytest.importorskip("threadpoolctl", reason="batches need the extra 'batch'")

import dancelift
from dancelift import cli
from dancelift.batch.outputs import OUTPUTS
from dancelift.batch.work import work
from dancelift.errors import InputError
from dancelift.formats.motion import load_motions
from dancelift.synthetic.dance import generate
from fixtures.batch import write_clip
from fixtures.commands import only_line, run

LIFT = ("--n-seeds", "1", "--manifest", "csv")


@pytest.fixture(autouse=True)
def _in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without workers of their own, which take seconds to start; tests that are slow have them."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(cli.batch, "work_here", lambda jobs, *_: (work(job) for job in jobs))


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    write_clip(tmp_path / "clips" / "a.npz")
    write_clip(tmp_path / "clips" / "sub" / "b.npz", random_seed=1)
    return tmp_path / "clips"


def manifest(folder: Path) -> list[dict[str, str]]:
    with open(folder / "manifest.csv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_one_bad_file_does_not_stop_the_others(clips, tmp_path, capsys):
    (clips / "bad.json").write_text("{")
    out = tmp_path / "out"
    assert run("batch", clips, "-o", out, *LIFT) == 1
    printed = capsys.readouterr()
    assert "3 clips: 2 made, 0 there already, 1 failed; 24 frames" in printed.out
    assert only_line(printed.err).startswith("dancelift: error: bad: cannot be read")
    assert dancelift.load_lift(out / "sub" / "b.npz").poses3d.shape == (12, 17, 3)
    status = {row["clip"]: row["status"] for row in manifest(out)}
    assert status == {"a": "done", "bad": "failed", "sub/b": "done"}
    row = manifest(out)[0]
    keypoints, lift = np.load(clips / "a.npz")["keypoints2d"], dancelift.load_lift(out / "a.npz")
    seen = keypoints[..., 2] > 0
    distance = np.linalg.norm(lift.keypoints2d - keypoints[..., :2], axis=2)[seen].mean()
    assert float(row["reprojection_px"]) == pytest.approx(distance)
    assert float(row["duration"]) == pytest.approx(12 / 25)


def test_second_run_makes_only_what_is_new(clips, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("batch", clips, "-o", out, *LIFT) == 0
    write_clip(clips / "c.npz", random_seed=2)
    capsys.readouterr()
    assert run("batch", clips, "-o", out, *LIFT) == 0
    assert "3 clips: 1 made, 2 there already, 0 failed" in capsys.readouterr().out
    assert run("batch", clips, "-o", out, "--n-seeds", 2, "--manifest", "csv") == 0
    assert "3 clips: 3 made" in capsys.readouterr().out


def test_threads_and_workers_make_nothing_anew_but_a_changed_prior_does(clips, tmp_path, capsys):
    out, prior = tmp_path / "out", tmp_path / "prior.npz"
    prior.write_bytes((Path(dancelift.__file__).parent / "data" / "any_pose_prior.npz").read_bytes())
    assert run("batch", clips, "-o", out, *LIFT, "--prior", prior) == 0
    capsys.readouterr()
    assert run("batch", clips, "-o", out, *LIFT, "--prior", prior, "--threads", 2, "--workers", 1) == 0
    assert "0 made, 2 there already" in capsys.readouterr().out
    prior.write_bytes((Path(dancelift.__file__).parent / "data" / "default_prior.npz").read_bytes())
    assert run("batch", clips, "-o", out, *LIFT, "--prior", prior) == 0
    assert "2 made, 0 there already" in capsys.readouterr().out


def test_rows_of_a_list_have_options_of_their_own_before_those_of_the_command(clips, tmp_path):
    table = tmp_path / "list.csv"
    table.write_text("input,name,fps,height,person\nclips/a.npz,lead,50,2.1,person 0\nclips/sub/b.npz,,,,\n")
    out = tmp_path / "out"
    assert run("batch", table, "-o", out, *LIFT, "--fps", 40, "--sigma", "smooth3d=inf") == 0
    lead, b = dancelift.load_lift(out / "lead.npz"), dancelift.load_lift(out / "b.npz")
    assert (lead.fps, b.fps) == (50, 40)
    assert sum(lead.bone_lengths.values()) == pytest.approx(2.1 / 1.7 * sum(b.bone_lengths.values()), rel=0.06)
    assert lead.losses["smooth3d"] == b.losses["smooth3d"] == 0


@pytest.mark.parametrize(("column", "value"), [("tempo", "120"), ("fps", "fast")])
def test_column_that_is_no_option_is_an_error(clips, tmp_path, capsys, column, value):
    (tmp_path / "list.csv").write_text(f"input,{column}\nclips/a.npz,{value}\n")
    assert run("batch", tmp_path / "list.csv", "-o", tmp_path / "out", *LIFT) == 1
    assert f"--{column}" in only_line(capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_many_clips_are_lifted_by_one_seed_unless_more_are_asked_for(clips, tmp_path):
    default, fine = tmp_path / "default", tmp_path / "fine"
    assert run("batch", clips / "a.npz", "-o", default, "--manifest", "csv") == 0
    assert run("batch", clips / "a.npz", "-o", fine, "--manifest", "csv", "--n-seeds", 4, "--tolerance", "1e-8") == 0
    assert [manifest(folder)[0]["seeds"] for folder in (default, fine)] == ["1", "4"]
    with np.load(clips / "a.npz") as given:
        options = {"fps": 25.0, "image_size": (1920, 1080), "n_threads": 1}
        roughly = dancelift.lift(given["keypoints2d"], n_seeds=1, tolerance=1e-5, **options)
        nearly = dancelift.lift(given["keypoints2d"], n_seeds=4, **options)
    for folder, expected in ((default, roughly), (fine, nearly)):
        np.testing.assert_allclose(dancelift.load_lift(folder / "a.npz").poses3d, expected.poses3d, atol=1e-9)
    assert np.abs(roughly.poses3d - nearly.poses3d).max() > 1e-6


def test_every_person_is_named(tmp_path, capsys):
    pair = np.stack([generate(12, random_seed=seed).keypoints2d for seed in (1, 2)])
    np.savez(tmp_path / "duo.npz", keypoints2d=pair, fps=25.0, image_size=(1920, 1080))
    assert run("batch", tmp_path / "duo.npz", "-o", tmp_path / "out", *LIFT, "-q") == 0
    assert capsys.readouterr() == ("", "")
    rows = manifest(tmp_path / "out")
    assert [(row["person"], row["persons"]) for row in rows] == [("person 0", "2"), ("person 1", "2")]
    assert [json.loads(row["outputs"]) for row in rows] == [["duo-person-0.npz"], ["duo-person-1.npz"]]


def test_clip_is_not_replaced_by_its_own_result(clips, tmp_path, capsys):
    before = (clips / "a.npz").read_bytes()
    assert run("batch", clips / "a.npz", "-o", clips, *LIFT, "--force") == 1
    assert "is the input" in only_line(capsys.readouterr().err)
    assert (clips / "a.npz").read_bytes() == before


def test_manifest_is_made_from_records_alone(clips, tmp_path):
    out = tmp_path / "out"
    assert run("batch", clips, "-o", out, *LIFT) == 0
    before = (out / "manifest.csv").read_text()
    (out / "manifest.csv").unlink()
    assert run("batch", "-o", out, "--manifest", "csv") == 0
    assert (out / "manifest.csv").read_text() == before


def test_ctrl_c_leaves_a_manifest_of_what_is_done_and_what_is_waiting(clips, tmp_path, capsys, monkeypatch):
    def stopped(jobs, *_):
        yield work(jobs[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.batch, "work_here", stopped)
    assert run("batch", clips, "-o", tmp_path / "out", *LIFT) == 130
    assert only_line(capsys.readouterr().err) == "dancelift: interrupted"
    assert [(row["clip"], row["status"]) for row in manifest(tmp_path / "out")] == [("a", "done"), ("sub/b", "waiting")]


def test_help_has_examples_and_names_the_outputs(capsys):
    assert run("batch", "--help") == 0
    printed = capsys.readouterr().out
    assert "examples:" in printed and "NAME.movements.csv" in printed


def test_exports_are_among_the_outputs_and_can_be_asked_for_later(clips, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("batch", clips / "a.npz", "-o", out, *LIFT, "--export", "bvh", "trc", "npz") == 0
    assert sorted(path.name for path in out.glob("a.*")) == ["a.bvh", "a.export.npz", "a.npz", "a.trc"]
    capsys.readouterr()
    assert run("batch", clips / "a.npz", "-o", out, *LIFT, "--export", "bvh", "glb", "csv", "json") == 0
    assert "1 made" in capsys.readouterr().out
    lifted = dancelift.load_lift(out / "a.npz")
    alone = tmp_path / "alone"
    assert run("export", out / "a.npz", "-o", alone, "--format", "bvh") == 0
    assert (alone / "a.bvh").read_text() == (out / "a.bvh").read_text()
    (motion,) = load_motions(out / "a.glb")
    assert (len(motion.poses3d), motion.fps) == (len(lifted.poses3d), pytest.approx(lifted.fps))
    (row,) = manifest(out)
    assert sorted(json.loads(row["outputs"])) == ["a.bvh", "a.csv", "a.export.npz", "a.glb", "a.json", "a.npz", "a.trc"]
    assert run("batch", clips / "a.npz", "-o", out, *LIFT, "--export", "glb", "csv") == 0
    assert "0 made, 1 there already" in capsys.readouterr().out


def test_format_that_cannot_hold_a_motion_takes_nothing_else_with_it(clips, tmp_path, capsys, monkeypatch):
    def refuse(*_):
        raise InputError("too long for bones")

    out, before = tmp_path / "out", OUTPUTS["export .bvh"]
    monkeypatch.setitem(OUTPUTS, "export .bvh", replace(before, write=refuse))
    assert run("batch", clips / "a.npz", "-o", out, *LIFT, "--export", "bvh", "json") == 1
    assert "too long for bones" in only_line(capsys.readouterr().err)
    assert sorted(path.name for path in out.glob("a.*")) == ["a.json", "a.npz"]
    made = (out / "a.npz").stat().st_mtime_ns
    monkeypatch.setitem(OUTPUTS, "export .bvh", before)
    assert run("batch", clips / "a.npz", "-o", out, *LIFT, "--export", "bvh", "json") == 0
    assert (out / "a.bvh").exists() and (out / "a.npz").stat().st_mtime_ns == made


def test_results_are_inputs_and_what_was_written_beside_them_is_not(clips, tmp_path, capsys):
    out, again = tmp_path / "out", tmp_path / "again"
    asked = (*LIFT, "--label", "csv", "--export", "json", "csv", "trc", "bvh")
    assert run("batch", clips, "-o", out, *asked) == 0
    capsys.readouterr()
    assert run("batch", out, "-o", again, *LIFT, "--export", "bvh") == 0
    assert "2 clips: 2 made" in capsys.readouterr().out
    assert (again / "sub" / "b.bvh").read_text() == (out / "sub" / "b.bvh").read_text()


@pytest.mark.slow
def test_the_whole_way_by_workers(clips, tmp_path, capsys):
    pytest.importorskip("torch", reason="recognition needs the extra 'recognize'")
    pytest.importorskip("pympi", reason="ELAN needs the extra 'annotate'")
    write_clip(clips / "c.npz", n_frames=60, random_seed=3)
    out = tmp_path / "out"
    asked = ("--recognize", "--no-reasons", "--report", "--label", "eaf", "csv")
    assert run("batch", clips / "c.npz", "-o", out, *LIFT, *asked) == 0
    recognition = dancelift.load_recognition(out / "c.npz")
    (row,) = manifest(out)
    assert row["genre"] == (recognition.genre or "")
    assert float(row["genre_probability"]) == pytest.approx(max(recognition.genre_probabilities.values()))
    assert sorted(path.name for path in out.glob("c.*")) == ["c.eaf", "c.html", "c.movements.csv", "c.npz"]
    assert recognition.name == "c"
    assert run("batch", out / "c.npz", "-o", tmp_path / "again", *LIFT, *asked[:2]) == 0
    assert dancelift.load_recognition(tmp_path / "again" / "c.npz").genre == recognition.genre

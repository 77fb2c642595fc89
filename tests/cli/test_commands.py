"""The command line as people use it: files in, files out, exit codes, one line for what goes wrong."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift import cli
from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run
from fixtures.datasets import write_aist, write_dance

LIFT = ("--n-seeds", "1", "--threads", "1")


def keypoints(random_seed: int = 1, n_frames: int = 12) -> np.ndarray:
    return generate(n_frames, random_seed=random_seed).keypoints2d


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A file of one person that says all about itself."""
    path = tmp_path / "clip.npz"
    np.savez(path, keypoints2d=keypoints(), fps=25.0, image_size=(1920, 1080), skeleton="coco17")
    return path


@pytest.fixture
def duo(tmp_path: Path) -> Path:
    """A file of two persons."""
    path = tmp_path / "duo.npz"
    np.savez(path, keypoints2d=np.stack([keypoints(1), keypoints(2)]), fps=25.0, image_size=(1920, 1080))
    return path


def test_lift_writes_a_result_and_says_what_it_found(clip, tmp_path, capsys):
    assert run("lift", clip, "-o", tmp_path / "out.npz", *LIFT) == 0
    result = dancelift.load_lift(tmp_path / "out.npz")
    assert result.poses3d.shape == (12, 17, 3)
    assert (result.fps, result.image_size) == (25, (1920, 1080))
    printed = capsys.readouterr()
    for part in (
        "12 frames, 0.5 s",
        "25 frames/s",
        "1 seed",
        "expected",
        "distance from the keypoints",
        "focal length",
        "estimated",
        str(tmp_path / "out.npz"),
    ):
        assert part in printed.out
    assert printed.err == ""


def test_options_reach_the_lift(clip, tmp_path):
    known = ("--camera", "1500,1510,950,530", "--height", "2.2", "--fps", "50", "--image-size", "1900x1060")
    options = ("--n-seeds", 2, "--prior", "anthropometric", "--sigma", "smooth3d=inf", "robust=3", "--random-seed", 7)
    assert run("lift", clip, "-o", tmp_path / "out.npz", *known, "--skeleton", "coco17", *options, "--quiet") == 0
    result = dancelift.load_lift(tmp_path / "out.npz")
    assert result.camera.matrix.tolist() == [[1500, 0, 950], [0, 1510, 530], [0, 0, 1]]
    assert (result.fps, result.image_size, len(result.seed_labels)) == (50, (1900, 1060), 2)
    assert result.losses["smooth3d"] == 0
    assert result.bone_lengths["left_hip-left_knee"] > 0.48


def test_quiet_says_nothing(clip, tmp_path, capsys):
    assert run("lift", clip, "-o", tmp_path / "out.npz", "--quiet", *LIFT) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", ["json", "npy"])
def test_camera_may_be_a_file(clip, tmp_path, suffix):
    matrix = [[1500.0, 0, 950], [0, 1510, 530], [0, 0, 1]]
    camera = tmp_path / f"camera.{suffix}"
    if suffix == "json":
        camera.write_text(json.dumps(matrix))
    else:
        np.save(camera, matrix)
    assert run("lift", clip, "-o", tmp_path / "out.npz", "--camera", camera, *LIFT) == 0
    assert dancelift.load_lift(tmp_path / "out.npz").camera.matrix.tolist() == matrix


def test_solver_can_be_chosen(clip, tmp_path, capsys):
    results = []
    for solver in ("chain", "ceres"):
        assert run("lift", clip, "-o", tmp_path / f"{solver}.npz", "--solver", solver, *LIFT) == 0
        results.append(dancelift.load_lift(tmp_path / f"{solver}.npz").poses3d)
    assert not np.array_equal(*results)
    np.testing.assert_allclose(*results, atol=0.01)
    assert run("lift", clip, "-o", tmp_path / "none.npz", "--solver", "newton", *LIFT) == 2
    assert "'chain', 'ceres'" in capsys.readouterr().err


def test_focal_length_alone_takes_the_middle_of_the_image(clip, tmp_path, capsys):
    assert run("lift", clip, "-o", tmp_path / "out.npz", "--camera", "1500", *LIFT) == 0
    assert dancelift.load_lift(tmp_path / "out.npz").camera.matrix.tolist() == [
        [1500, 0, 960],
        [0, 1500, 540],
        [0, 0, 1],
    ]
    assert "1500 px, as given" in capsys.readouterr().out
    np.save(tmp_path / "bare.npy", keypoints())
    assert run("lift", tmp_path / "bare.npy", "-o", tmp_path / "bare.npz", "--camera", "1500", "--fps", 30, *LIFT) == 1
    assert "--image-size" in only_line(capsys.readouterr().err)


def test_several_persons_become_one_file_each(duo, tmp_path, capsys):
    assert run("lift", duo, "-o", tmp_path / "results", *LIFT) == 0
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        "duo-person-0.npz",
        "duo-person-1.npz",
    ]
    assert "person 1" in capsys.readouterr().out


def test_several_persons_are_lifted_together_unless_each_is_to_be_lifted_alone(duo, tmp_path, capsys):
    assert run("lift", duo, "-o", tmp_path / "together", *LIFT) == 0
    said = capsys.readouterr().out
    assert "2 persons lifted together" in said and "m below the camera" in said
    first, second = (dancelift.load_lift(path) for path in sorted((tmp_path / "together").iterdir()))
    assert first.floor == second.floor is not None and first.camera.focal == second.camera.focal
    assert run("lift", duo, "-o", tmp_path / "alone", *LIFT, "--alone", "-q") == 0
    assert all(dancelift.load_lift(path).floor is None for path in (tmp_path / "alone").iterdir())


def test_several_persons_are_recognised_together(duo, tmp_path, capsys):
    pytest.importorskip("safetensors", reason="recognition needs the extra 'recognize'")
    assert run("recognize", duo, "-o", tmp_path / "found", *LIFT, "--no-reasons") == 0
    assert "2 persons lifted together" in capsys.readouterr().out
    first, second = (dancelift.load_recognition(path) for path in sorted((tmp_path / "found").iterdir()))
    assert first.lift.floor == second.lift.floor is not None
    assert (first.keypoints2d[..., 2] > 0).any()


def test_views_of_one_dancer_are_not_lifted_together(tmp_path, capsys):
    write_dance(tmp_path / "dance", {"salsa_1": "salsa"}, 12)
    (clip,) = (tmp_path / "dance").glob("*.npz")
    assert run("lift", clip, "-o", tmp_path / "results", *LIFT) == 0
    assert "together" not in capsys.readouterr().out
    assert all(dancelift.load_lift(path).floor is None for path in (tmp_path / "results").iterdir())


def test_one_of_several_persons_can_be_chosen(duo, tmp_path):
    for person in ("person 1", "1"):
        output = tmp_path / f"{person}.npz"
        assert run("lift", duo, "-o", output, "--person", person, *LIFT) == 0
        seen = keypoints(2)[..., 2:] > 0
        distance = np.where(seen, dancelift.load_lift(output).keypoints2d - keypoints(2)[..., :2], 0)
        assert np.median(np.abs(distance)) < 20


def test_one_file_gets_the_person_who_is_there_most_and_the_others_are_named(duo, tmp_path, capsys):
    assert run("lift", duo, "-o", tmp_path / "out.npz", *LIFT, "-q") == 0
    line = only_line(capsys.readouterr().err)
    assert "person 0, person 1" in line and line.endswith("person 0 is taken")
    assert (tmp_path / "out.npz").exists()


def test_several_persons_that_were_asked_for_do_not_fit_in_one_file(duo, tmp_path, capsys):
    assert run("lift", duo, "-o", tmp_path / "out.npz", *LIFT, "--person", "all") == 1
    line = only_line(capsys.readouterr().err)
    assert "person 0, person 1" in line
    assert "--person" in line
    assert not (tmp_path / "out.npz").exists()


def test_passers_by_are_listed_and_left_out_unless_asked_for(clip, tmp_path, capsys):
    dancer = np.load(clip)["keypoints2d"]
    passing = np.zeros_like(dancer)
    passing[5:9] = dancer[5:9] * [0.2, 0.2, 0.5]
    np.savez(tmp_path / "crowd.npz", keypoints2d=np.stack([dancer, passing]), fps=30.0, image_size=[1920, 1080])
    assert run("lift", tmp_path / "crowd.npz", "-o", tmp_path / "one", *LIFT, "-q") == 0
    assert "passers-by left out: person 1 (4 frames)" in only_line(capsys.readouterr().err)
    assert len(list((tmp_path / "one").glob("*.npz"))) == 1
    assert run("lift", tmp_path / "crowd.npz", "-o", tmp_path / "both", *LIFT, "-q", "--person", "all") == 0
    assert len(list((tmp_path / "both").glob("*.npz"))) == 2


def test_person_that_is_not_there_is_an_error(duo, tmp_path, capsys):
    assert run("lift", duo, "-o", tmp_path / "out.npz", "--person", "7", *LIFT) == 1
    assert "no person 7, expected one of person 0, person 1" in only_line(capsys.readouterr().err)


def test_several_inputs_go_to_a_folder(clip, duo, tmp_path):
    assert run("lift", clip, duo, "-o", tmp_path / "results", *LIFT) == 0
    names = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert names == ["clip.npz", "duo-person-0.npz", "duo-person-1.npz"]


def test_one_bad_input_does_not_stop_the_others(clip, tmp_path, capsys):
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    assert run("lift", bad, tmp_path / "absent", clip, "-o", tmp_path / "results", *LIFT) == 1
    first, second, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"dancelift: error: {bad}: ")
    assert second.startswith(f"dancelift: error: {tmp_path / 'absent'}: ")
    assert last == f"dancelift: 2 of 3 failed: {bad}, {tmp_path / 'absent'}"
    assert (tmp_path / "results" / "clip.npz").exists()


def test_existing_file_is_not_overwritten_unless_forced(clip, tmp_path, capsys):
    output = tmp_path / "out.npz"
    output.write_text("precious")
    assert run("lift", clip, "-o", output, *LIFT) == 1
    assert output.read_text() == "precious"
    assert "--force" in only_line(capsys.readouterr().err)
    assert run("lift", clip, "-o", output, "--force", *LIFT) == 0
    assert dancelift.load_lift(output).poses3d.shape == (12, 17, 3)


def test_the_input_is_never_overwritten(clip, tmp_path, capsys):
    before = clip.read_bytes()
    assert run("lift", clip, "-o", clip, "--force", *LIFT) == 1
    assert run("lift", clip, "-o", tmp_path, "--force", *LIFT) == 1
    assert clip.read_bytes() == before
    assert "is the input" in capsys.readouterr().err


def test_inputs_of_the_same_name_do_not_overwrite_each_other(clip, tmp_path, capsys):
    other = tmp_path / "other" / "clip.npz"
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes())
    assert run("lift", clip, other, "-o", tmp_path / "results", "--force", *LIFT) == 1
    first, last = capsys.readouterr().err.splitlines()
    assert "exists" in first and last.startswith("dancelift: 1 of 2 failed: ")
    assert (tmp_path / "results" / "clip.npz").exists()


def test_nothing_half_written_is_left(clip, tmp_path, monkeypatch, capsys):
    def full(result: dancelift.LiftResult, path: Path) -> None:
        path.write_text("half")
        raise OSError("no space left on device")

    monkeypatch.setattr(dancelift.LiftResult, "save", full)
    (tmp_path / "results").mkdir()
    assert run("lift", clip, "-o", tmp_path / "results", *LIFT) == 1
    assert "no space left" in only_line(capsys.readouterr().err)
    assert list((tmp_path / "results").iterdir()) == []


def test_what_is_not_known_is_assumed_with_a_warning_of_one_line(tmp_path, capsys):
    np.save(tmp_path / "bare.npy", keypoints())
    assert run("lift", tmp_path / "bare.npy", "-o", tmp_path / "out.npz", *LIFT) == 0
    printed = capsys.readouterr()
    assert "expected" in printed.out
    fps, image_size = printed.err.splitlines()
    assert fps.startswith("dancelift: warning: ") and "--fps" in fps
    assert image_size.startswith("dancelift: warning: ") and "image_size" in image_size


def test_what_the_lift_refuses_is_one_line(clip, tmp_path, capsys):
    for options in (
        ("--n-seeds", "0"),
        ("--sigma", "charm=1"),
        ("--height", "-1"),
        ("--prior", "absent.npz"),
    ):
        assert run("lift", clip, "-o", tmp_path / "out.npz", *options) == 1
        assert "expected" in only_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("lift",),
        ("lift", "clip.npz"),
        ("lift", "clip.npz", "-o", "out.npz", "--camera", "1,2"),
        ("lift", "clip.npz", "-o", "out.npz", "--image-size", "big"),
        ("lift", "clip.npz", "-o", "out.npz", "--sigma", "smooth3d"),
        ("view", "out.npz", "-o", "out.bmp"),
        ("evaluate",),
        ("evaluate", "lift"),
        ("evaluate", "lift", "folder", "--frames", "few"),
        ("evaluate", "lift", "folder", "--height", "tall"),
        ("dance",),
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    assert run(*arguments) == 2
    assert "usage: dancelift" in capsys.readouterr().err


def test_ctrl_c_is_130(clip, tmp_path, monkeypatch, capsys):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.lift_input, "lift_clip", interrupted)
    assert run("lift", clip, "-o", tmp_path / "out.npz") == 130
    assert only_line(capsys.readouterr().err) == "dancelift: interrupted"
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("command", [(), ("lift",), ("view",), ("demo",), ("evaluate",), ("evaluate", "lift")])
def test_help_has_examples(command, capsys):
    assert run(*command, "--help") == 0
    assert "example" in capsys.readouterr().out


def test_view_draws_a_picture_and_an_animation(clip, tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="pictures need the extra 'view'")
    result = tmp_path / "out.npz"
    assert run("lift", clip, "-o", result, "--quiet", *LIFT) == 0
    assert run("view", result, "-o", tmp_path / "out.png", "--keypoints", clip) == 0
    assert run("view", result, "-o", tmp_path / "out.gif") == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out.gif").read_bytes().startswith(b"GIF8")
    capsys.readouterr()
    assert run("view", result, "-o", tmp_path / "out.gif") == 1
    assert "--force" in only_line(capsys.readouterr().err)
    assert run("view", result, "-o", tmp_path / "out.gif", "--force") == 0


def test_view_of_what_is_no_result_is_an_error(clip, tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="pictures need the extra 'view'")
    assert run("view", clip, "-o", tmp_path / "out.png") == 1
    assert f"{clip}: not a lift result" in only_line(capsys.readouterr().err)


@pytest.mark.slow
def test_demo_lifts_the_sample_and_draws_it(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib", reason="pictures need the extra 'view'")
    whole = cli.lift_input.lift_clip
    monkeypatch.setattr(
        cli.lift_input, "lift_clip", lambda clip, options, progress: whole(clip, replace(options, n_seeds=1), progress)
    )
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "demo.png").write_text("of an earlier run")
    assert run("demo", "-o", tmp_path / "demo") == 0
    printed = capsys.readouterr().out
    assert "an invented dance: synthetic motion and keypoints, none of the dances that are known" in printed
    page = (tmp_path / "demo" / "demo.html").read_text(encoding="utf-8")
    assert "<title>An invented dance: synthetic motion and keypoints</title>" in page
    assert '"genre":null' in page
    for name in ("demo.npz", "demo.png", "demo.gif"):
        assert str(tmp_path / "demo" / name) in printed
        assert (tmp_path / "demo" / name).stat().st_size > 10_000
    assert dancelift.load_lift(tmp_path / "demo" / "demo.npz").poses3d.shape == (300, 17, 3)


def test_evaluate_prints_a_line_a_view_and_writes_json_and_csv(tmp_path, capsys):
    folder = write_dance(tmp_path / "data" / "dance", {"waltz_1": "waltz", "salsa_1": "salsa", "salsa_2": "salsa"}, 12)
    files = ("--json", tmp_path / "scores.json", "--csv", tmp_path / "scores.csv")
    assert run("evaluate", "lift", folder, "--split", "test", "--views", 2, *LIFT, *files) == 0
    printed = capsys.readouterr()
    for label in ("salsa_1 view 0", "salsa_1 view 1", "salsa_2 view 1", "overall"):
        assert label in printed.out
    assert "waltz" not in printed.out
    assert printed.err == ""
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["dataset"] == "dance"
    assert scores["overall"]["n_views"] == scores["groups"]["salsa"]["n_views"] == len(scores["clips"]) == 4
    assert scores["overall"]["metrics"]["N-MPJPE"] > 0
    header, *lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert header.startswith("clip,view,group,frames,seconds,MPJPE,N-MPJPE,PA-MPJPE")
    assert len(lines) == 4


def test_evaluate_prints_what_others_report(tmp_path, capsys):
    folder = write_aist(tmp_path / "aist", ["gBR_sBM_cAll_d04_mBR0_ch02", "gWA_sFM_cAll_d27_mWA2_ch21"], 12)
    assert run("evaluate", "lift", folder, *LIFT) == 0
    printed = capsys.readouterr().out
    assert "break" in printed
    assert "246.4" in printed
    assert "73.7" in printed


def test_evaluate_leaves_terms_out_and_still_writes_json(tmp_path):
    folder = write_dance(tmp_path / "dance", {"waltz_1": "waltz"}, 12)
    options = ("--sigma", "smooth3d=inf", "--json", tmp_path / "scores.json", "--height", "true", "--camera", "known")
    assert run("evaluate", "lift", folder, *LIFT, *options) == 0

    def refuse(constant):
        raise AssertionError(constant)

    scores = json.loads((tmp_path / "scores.json").read_text(), parse_constant=refuse)
    assert scores["protocol"]["options"]["sigmas"] == {"smooth3d": "inf"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--split", "train"), "expected one of fit, test"),
        (("--match", "polka,jive"), "starts with polka or jive"),
        (("--dataset", "aist++"), "no clip"),
        (("--n-seeds", "0"), "n_seeds is 0"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(tmp_path, capsys, options, expected):
    folder = write_dance(tmp_path / "dance", {"waltz_1": "waltz"}, 12)
    assert run("evaluate", "lift", folder, *LIFT, *options) == 1
    assert expected in only_line(capsys.readouterr().err)


def test_program_names_its_version_and_that_of_ceres():
    program = [sys.executable, "-m", "dancelift.cli"]
    shown = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith(f"dancelift {dancelift.__version__}, Ceres 2.")
    wrong = subprocess.run([*program, "lift", "absent", "-o", "out.npz"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert only_line(wrong.stderr).startswith("dancelift: error: absent: ")

"""`--like`: a result is made again as it was, or it is said why not."""

import json
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.cli.lift_input import LIFT_OPTIONS
from dancelift.priors.prior import anthropometric
from dancelift.recognition.result import load_recognition
from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run


def write_clip(path: Path, random_seed: int = 0, n_persons: int = 1) -> Path:
    persons = [generate(24, random_seed=random_seed + i) for i in range(n_persons)]
    points = np.stack([person.keypoints2d for person in persons])
    np.savez(path, keypoints2d=points[0] if n_persons == 1 else points, fps=25.0, image_size=(1920, 1080))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("like")
    write_clip(folder / "clip.npz")
    given = ("--n-seeds", 1, "--height", 1.6, "--sigma", "smooth3d=1.5", "robust=inf", "--camera", 1450)
    assert run("lift", folder / "clip.npz", "-o", folder / "out.npz", "-q", *given) == 0
    return folder


def test_a_lift_is_made_again_bit_for_bit(folder, tmp_path, capsys):
    assert run("lift", "--like", folder / "out.npz", "-o", tmp_path / "again.npz") == 0
    printed = capsys.readouterr()
    assert printed.out.endswith(f"  the same as {folder / 'out.npz'}, bit for bit\n") and not printed.err
    assert (tmp_path / "again.npz").read_bytes() == (folder / "out.npz").read_bytes()


def test_an_option_that_is_typed_replaces_the_recorded_one_also_as_usual(folder, tmp_path, capsys):
    like = ("--like", folder / "out.npz", "--random-seed", 0, "--n-seeds", 2, "-q")
    assert run("lift", *like, "-o", tmp_path / "again.npz") == 0
    assert dancelift.load_lift(tmp_path / "again.npz").provenance.options["n_seeds"] == "2"
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"dancelift: {folder / 'out.npz'}: option n_seeds 1, here 2"
    assert said[1].startswith(f"dancelift: the result differs from {folder / 'out.npz'}: joints by up to")


def test_another_input_is_lifted_by_the_same_options_and_that_is_said(folder, tmp_path, capsys):
    other = write_clip(tmp_path / "other.npz", random_seed=5)
    assert run("lift", other, "--like", folder / "out.npz", "-o", tmp_path / "out.npz", "-q") == 0
    assert capsys.readouterr().err.startswith(f"dancelift: {other}: is not what {folder / 'out.npz'} was made of")
    made = dancelift.load_lift(tmp_path / "out.npz").provenance
    assert made.arguments == dancelift.load_lift(folder / "out.npz").provenance.arguments


def test_an_input_that_has_changed_or_gone_is_an_error(tmp_path, capsys):
    clip = write_clip(tmp_path / "clip.npz")
    assert run("lift", clip, "-o", tmp_path / "out.npz", "-q", "--n-seeds", 1) == 0
    write_clip(clip, random_seed=7)
    again = ("lift", "--like", tmp_path / "out.npz", "-o", tmp_path / "again.npz")
    assert run(*again) == 1
    assert f"{clip}: has changed: SHA-256" in only_line(capsys.readouterr().err)
    clip.unlink()
    assert run(*again) == 1
    assert f"{clip}: is not there, expected what" in only_line(capsys.readouterr().err)
    assert not (tmp_path / "again.npz").exists()


def test_a_prior_of_a_file_is_asked_for_and_checked(tmp_path, capsys):
    clip, prior = write_clip(tmp_path / "clip.npz"), tmp_path / "prior.npz"
    anthropometric().save(prior)
    assert run("lift", clip, "-o", tmp_path / "out.npz", "-q", "--n-seeds", 1, "--prior", prior) == 0
    moved = prior.rename(tmp_path / "elsewhere.npz")
    again = ("lift", "--like", tmp_path / "out.npz", "-o", tmp_path / "again.npz")
    for others in ((), ("--prior", "default")):
        assert run(*again, *others) == 1
        assert "not the one that was used, of hash" in only_line(capsys.readouterr().err)
    assert run(*again, "--prior", moved) == 0
    assert "bit for bit" in capsys.readouterr().out


def test_corrections_that_changed_are_an_error(tmp_path, capsys):
    clip, corrections = write_clip(tmp_path / "clip.npz"), tmp_path / "fix.csv"
    corrections.write_text("frame,joint,x,y\n3,nose,900,300\n")
    assert run("lift", clip, "-o", tmp_path / "out.npz", "-q", "--n-seeds", 1, "--corrections", corrections) == 0
    corrections.write_text("frame,joint,x,y\n3,nose,910,300\n")
    assert run("lift", "--like", tmp_path / "out.npz", "-o", tmp_path / "again.npz") == 1
    assert "--corrections: a file of SHA-256" in only_line(capsys.readouterr().err)


def test_one_of_several_who_were_lifted_together(tmp_path, capsys):
    clip = write_clip(tmp_path / "duo.npz", n_persons=2)
    assert run("lift", clip, "-o", tmp_path / "duo", "-q", "--n-seeds", 1) == 0
    files = sorted((tmp_path / "duo").iterdir())
    assert len(files) == 2
    assert dancelift.load_lift(files[1]).floor is not None
    assert run("lift", "--like", files[1], "-o", tmp_path / "again.npz") == 0
    assert "bit for bit" in capsys.readouterr().out
    assert (tmp_path / "again.npz").read_bytes() == files[1].read_bytes()


def test_results_that_cannot_be_repeated(tmp_path, capsys):
    dancelift.lift(generate(20).keypoints2d, n_seeds=1, image_size=(1920, 1080)).save(tmp_path / "python.npz")
    assert run("lift", "--like", tmp_path / "python.npz", "-o", tmp_path / "again.npz") == 1
    assert "was made from Python" in only_line(capsys.readouterr().err)
    assert run("lift", "-o", tmp_path / "again.npz") == 1
    assert "no input, expected" in only_line(capsys.readouterr().err)


def test_options_of_another_version_are_an_error_not_wrong_usage(folder, tmp_path, capsys):
    with np.load(folder / "out.npz") as file:
        members = dict(file)
    about = json.loads(str(members["about"]))
    about["provenance"]["arguments"].append("--of-tomorrow")
    np.savez(tmp_path / "new.npz", **members | {"about": np.array(json.dumps(about))})
    assert run("lift", folder / "clip.npz", "--like", tmp_path / "new.npz", "-o", tmp_path / "again.npz") == 1
    assert "options of another version of dancelift" in only_line(capsys.readouterr().err)


WORDS = [
    *("--format=arrays", "--person=a b", "--person=c", "--ignore-ids", "--fps=25.0", "--image-size=640x480"),
    *("--skeleton=halpe26", "--camera=1.5,2.0,3.0,4.0", "--height=1.6", "--keep-seeds", "--n-seeds=3"),
    *("--prior=p.npz", "--sigma", "smooth3d=inf", "robust=0.1", "--random-seed=5", "--solver=ceres"),
    *("--detector=mediapipe", "--weights", "a.onnx", "b.onnx", "--n-persons=2", "--every=3", "--from=1.5", "--to=9.0"),
    *("--alone", "--corrections=c.csv", "--resume-from=r.npz", "--tolerance=0.001"),
]


def test_every_option_of_a_lift_is_kept_as_it_can_be_typed():
    arguments = LIFT_OPTIONS._parser.parse_args(WORDS)
    assert sorted(LIFT_OPTIONS.words(arguments)) == sorted(WORDS)
    assert LIFT_OPTIONS.words(LIFT_OPTIONS._parser.parse_args(["--threads=2", "--keep=k.npz"])) == []
    given = {word.partition("=")[0] for word in WORDS if word.startswith("--")} | {"--threads", "--keep"}
    assert given == set(LIFT_OPTIONS._parser._option_string_actions)


@pytest.fixture
def networks():
    pytest.importorskip("torch")
    pytest.importorskip("captum")


def test_a_recognition_is_made_again(networks, tmp_path, capsys):
    clip = write_clip(tmp_path / "clip.npz")
    assert run("recognize", clip, "-o", tmp_path / "a.npz", "--no-reasons", "--n-seeds", 1) == 0
    capsys.readouterr()
    assert run("recognize", "--like", tmp_path / "a.npz", "-o", tmp_path / "b.npz") == 0
    assert "bit for bit" in capsys.readouterr().out
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    made = load_recognition(tmp_path / "b.npz")
    assert made.provenance.arguments == ("--no-reasons",) and made.lift.provenance.command == "lift"


def test_a_recognition_of_a_lift_that_is_there(networks, folder, tmp_path, capsys):
    assert run("recognize", folder / "out.npz", "-o", tmp_path / "a.npz", "--no-reasons") == 0
    assert run("recognize", "--like", tmp_path / "a.npz", "-o", tmp_path / "b.npz") == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert run("lift", "--like", tmp_path / "a.npz", "-o", tmp_path / "lift.npz", "-q") == 0
    assert (tmp_path / "lift.npz").read_bytes() == (folder / "out.npz").read_bytes()


def test_other_weights_than_those_that_were_used(networks, tmp_path, capsys):
    clip = write_clip(tmp_path / "clip.npz")
    assert run("recognize", clip, "-o", tmp_path / "a.npz", "--no-reasons", "--n-seeds", 1) == 0
    capsys.readouterr()
    other = Path(dancelift.__file__).with_name("data") / "movements_2d.safetensors"
    like = ("--like", tmp_path / "a.npz", "--movement-model", other)
    assert run("recognize", *like, "-o", tmp_path / "b.npz") == 1
    assert only_line(capsys.readouterr().err).startswith("dancelift: error: --movement-model: of hash ")

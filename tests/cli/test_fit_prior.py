"""`dancelift fit-prior` as people use it: a folder in, a prior's file out, one line for what goes wrong."""

import sys
from pathlib import Path

import numpy as np
import pytest

from dancelift import cli
from dancelift.priors.pose_net import NET_SKELETON
from dancelift.priors.prior import load_prior
from fixtures.commands import only_line
from fixtures.keypoints import dancer, write_json
from fixtures.motion import dance, joints_of, write_dance_clip


@pytest.fixture
def _torch() -> None:
    pytest.importorskip("torch", reason="learning from 3D needs the extra 'train'")


needs_torch = pytest.mark.usefixtures("_torch")


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two clips of 3D motion, 6 s each, one of them to be learnt from."""
    folder = tmp_path / "dances"
    for random_seed, name in enumerate(("waltz_1", "waltz_2")):
        write_dance_clip(folder / f"{name}.npz", joints_of(dance(150, random_seed=random_seed), NET_SKELETON))
    write_json(tmp_path / "split.json", {"fit": ["waltz_1"]})
    return folder


def run(*arguments: object) -> int:
    return cli.main(["fit-prior", *map(str, arguments)])


@needs_torch
def test_prior_is_learnt_from_3d(folder, tmp_path, capsys):
    output = tmp_path / "new" / "prior.npz"
    assert run("--from-3d", folder, "--split", "fit", "--steps", 3, "-o", output) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{output}: from 3D of 1 motions (a studio)\n"
    assert printed.err == ""
    assert load_prior(output).nets
    assert [path.name for path in output.parent.iterdir()] == ["prior.npz"]


@needs_torch
def test_an_upright_prior_has_two_networks(folder, tmp_path):
    output = tmp_path / "prior.npz"
    options = ("--upright", "--strength", 0.25, "--start-from", "default")
    assert run("--from-3d", folder, "--split", "fit", "--steps", 1, *options, "-o", output) == 0
    assert len(load_prior(output).nets) == 2


def test_prior_is_learnt_from_2d(tmp_path, capsys):
    np.savez(tmp_path / "clip.npz", keypoints2d=dancer(30), fps=25.0, image_size=(1920, 1080), skeleton="coco17")
    assert run("--from-2d", tmp_path, "--match", "clip,other", "-o", tmp_path / "prior.npz") == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'prior.npz'}: learnt from 2D")
    assert not load_prior(tmp_path / "prior.npz").nets


@needs_torch
def test_prior_is_learnt_from_3d_and_2d_together(folder, tmp_path, capsys):
    np.savez(tmp_path / "clip.npz", keypoints2d=dancer(30), fps=25.0, image_size=(1920, 1080), skeleton="coco17")
    output, checkpoint = tmp_path / "prior.npz", tmp_path / "run.pt"
    corpora = ("--from-3d", folder, "--from-2d", tmp_path / "clip.npz")
    assert run(*corpora, "--steps", 4, "-o", output, "--checkpoint", checkpoint) == 0
    assert capsys.readouterr().out == f"{output}: from 3D of 3 motions (a studio, dancelift)\n"
    assert load_prior(output).nets


def test_without_a_corpus_it_is_said_which_is_expected(tmp_path, capsys):
    assert run("-o", tmp_path / "prior.npz") == 1
    assert "expected --from-2d, --from-3d or both" in only_line(capsys.readouterr().err)


@needs_torch
def test_existing_file_is_not_overwritten_unless_forced(folder, tmp_path, capsys):
    output = tmp_path / "prior.npz"
    output.write_text("precious")
    options = ("--from-3d", folder, "--steps", 1, "-o", output)
    assert run(*options) == 1
    assert output.read_text() == "precious"
    assert "--force" in only_line(capsys.readouterr().err)
    assert run(*options, "--force") == 0
    assert load_prior(output).nets


@needs_torch
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--steps", "0"), "n_steps is 0, expected"),
        (("--random-seed", "-1"), "random_seed is -1, expected"),
        (("--strength", "2"), "strength is 2.0, expected a number from 0 to 1"),
        (("--device", "abacus"), "device 'abacus': "),
        (("--split", "train"), "no split 'train'; expected"),
        (("--match", "polka"), "no 3D motion with a name that starts with ('polka',)"),
    ],
)
def test_what_cannot_be_is_one_line(folder, tmp_path, capsys, options, expected):
    assert run("--from-3d", folder, "-o", tmp_path / "prior.npz", *options) == 1
    line = only_line(capsys.readouterr().err)
    assert line.startswith("dancelift: error: ")
    assert expected in line
    assert not (tmp_path / "prior.npz").exists()


@pytest.mark.parametrize("kind", ["--from-2d", "--from-3d"])
def test_corpus_that_is_missing_or_empty_is_one_line(kind, tmp_path, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    for corpus in (tmp_path / "absent", empty):
        assert run(kind, corpus, "-o", tmp_path / "prior.npz") == 1
        assert str(corpus) in only_line(capsys.readouterr().err)


def test_too_little_motion_is_one_line(folder, tmp_path, capsys):
    write_dance_clip(tmp_path / "short.npz", joints_of(dance(60), NET_SKELETON))
    assert run("--from-3d", tmp_path / "short.npz", "-o", tmp_path / "prior.npz") == 1
    assert "2.4 s in all, expected at least 5 s" in only_line(capsys.readouterr().err)


def test_without_torch_it_is_said_how_to_get_it(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run("--from-3d", folder, "-o", tmp_path / "prior.npz") == 1
    assert only_line(capsys.readouterr().err).endswith('needs torch: pip install "dancelift[train]"')


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--from-3d", "folder"),
        ("--from-3d", "folder", "-o", "prior.npz", "--steps", "many"),
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    assert run(*arguments) == 2
    assert "usage: dancelift fit-prior" in capsys.readouterr().err


def test_help_has_examples(capsys):
    assert run("--help") == 0
    assert "example" in capsys.readouterr().out

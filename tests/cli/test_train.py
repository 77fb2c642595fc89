"""`dancelift train` as people use it: a dataset in, weights out, one line for what goes wrong."""

import os
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift import cli
from dancelift.datasets import kept_lifts
from dancelift.movements.model import MovementModel, load_movement_model
from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.commands import only_line
from fixtures.datasets import write_dance

QUICK = ("--epochs", 1, "--accelerator", "cpu", "--threads", 1, "--prior", "anthropometric")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    clips = {f"{genre}_{i}": genre for genre in ("waltz", "salsa") for i in range(4)}
    return write_dance(tmp_path_factory.mktemp("data") / "dance", clips, 12)


def run(*arguments: object) -> int:
    return cli.main(["train", "movements", *map(str, arguments)])


def load(path: Path) -> MovementModel:
    return load_movement_model(path, device="cpu")


def test_network_learns_from_lifted_motion_and_says_how_good_it_is(folder, tmp_path, capsys):
    output = tmp_path / "new" / "weights.safetensors"
    assert run(folder, "--split", "test", "--views", 1, "-o", output, *QUICK) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    first, rare, epochs, *parts = printed.out.splitlines()
    assert first == f"{output}: 7 clips, 7 views, 84 frames"
    assert rare == "154 of 154 types took place in fewer than 200 frames, too few to learn"
    assert epochs.startswith("weights of epoch 1, the best on the clips that were held out")
    assert [line.split("  ")[1] for line in parts] == [part.name for part in standard_taxonomy().parts] + ["all"]
    model = load(output)
    assert model.input == "3d"
    assert float(parts[-1].split()[-1]) == pytest.approx(model.figures["F"], abs=6e-4)
    assert sorted(path.name for path in output.parent.iterdir()) == ["weights.safetensors", "weights_run"]
    lifts = output.parent / "weights_run" / "lifts"
    assert len(list(lifts.glob("* view 0.npz"))) == 7
    assert (output.parent / "weights_run" / "last.ckpt").exists()


def test_network_learns_from_keypoints_without_lifting(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(kept_lifts, "lift_clip", lambda *_, **__: pytest.fail("lifted"))
    output = tmp_path / "weights.safetensors"
    assert run(folder, "--input", "2d", "-o", output, *QUICK) == 0
    assert f"{output}: 1 clips, 2 views, 24 frames" in capsys.readouterr().out
    assert load(output).input == "2d"


def test_a_run_is_resumed(folder, tmp_path, capsys, monkeypatch):
    places = ("--run", tmp_path / "run", "--lifts", tmp_path / "lifts")
    assert run(folder, "-o", tmp_path / "one.safetensors", *places, *QUICK) == 0
    assert "too few clips to hold some out" in capsys.readouterr().out
    monkeypatch.setattr(kept_lifts, "lift_clip", lambda *_, **__: pytest.fail("lifted again"))
    assert run(folder, "-o", tmp_path / "two.safetensors", *places, *QUICK) == 0
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()


def test_weights_that_are_there_are_not_replaced_unless_asked_for(folder, tmp_path, capsys):
    output = tmp_path / "weights.safetensors"
    output.write_text("old")
    options = ("--input", "2d", "-o", output, *QUICK)
    assert run(folder, *options) == 1
    assert "exists, expected a new file, or --force" in only_line(capsys.readouterr().err)
    assert sorted(tmp_path.iterdir()) == [output]
    assert run(folder, *options, "--force") == 0
    assert load(output).input == "2d"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--split", "train"), "split is 'train', expected one of fit, test"),
        (("--match", "polka"), "starts with polka, expected at least one"),
        (("--dataset", "h36m"), "split is 'fit', expected one of train, test of h36m"),
        (("--annotations", "absent"), "absent: no such folder"),
        (("--n-seeds", 0), "n_seeds is 0"),
    ],
)
def test_what_is_unfit_for_training_is_one_line(folder, tmp_path, capsys, options, expected):
    assert run(folder, "-o", tmp_path / "weights.safetensors", *QUICK, *options) == 1
    assert expected in only_line(capsys.readouterr().err)
    assert not (tmp_path / "weights.safetensors").exists()


def test_a_folder_of_another_run_is_one_line(folder, tmp_path, capsys):
    options = ("--input", "2d", "--run", tmp_path / "run", *QUICK)
    assert run(folder, "-o", tmp_path / "one.safetensors", *options) == 0
    capsys.readouterr()
    assert run(folder, "-o", tmp_path / "two.safetensors", *options, "--random-seed", 1) == 1
    assert "of a run with other random_seed" in only_line(capsys.readouterr().err)


def test_without_torch_it_says_what_to_install(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(folder, "-o", tmp_path / "weights.safetensors", *QUICK) == 1
    assert 'training needs torch: pip install "dancelift[train]"' in only_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "options", [(), ("folder",), ("folder", "-o", "out", "--views", "few"), ("folder", "-o", "out", "--epochs", "0")]
)
def test_wrong_usage_is_2(options, capsys):
    assert run(*options) == 2
    assert "usage: dancelift train movements" in capsys.readouterr().err


def test_help_has_examples(capsys):
    for arguments in (["train", "--help"], ["train", "movements", "--help"]):
        assert cli.main(arguments) == 0
        assert "example" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_training_that_is_stopped_says_so_and_writes_no_weights(folder, tmp_path, monkeypatch, number):
    from dancelift.training import movement_training

    step = movement_training._Module.training_step

    def stop(self, batch, index):
        os.kill(os.getpid(), number)
        return step(self, batch, index)

    monkeypatch.setattr(movement_training._Module, "training_step", stop)
    output = tmp_path / "weights.safetensors"
    before = signal.getsignal(signal.SIGINT)
    if number == signal.SIGINT:
        assert run(folder, "--input", "2d", "-o", output, *QUICK) == 130
    else:
        with pytest.raises(SystemExit) as stopped:
            run(folder, "--input", "2d", "-o", output, *QUICK)
        assert stopped.value.code == 143
    assert signal.getsignal(signal.SIGINT) is before
    assert not output.exists()
    assert not list(tmp_path.rglob("*.part"))

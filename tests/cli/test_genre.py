"""`dancelift train genre` and `dancelift evaluate genre` as people use them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift import cli
from dancelift.datasets import kept_lifts
from dancelift.genres.model import load_genre_model
from fixtures.commands import only_line
from fixtures.datasets import world_motion, write_dance
from fixtures.movement_weights import write_weights

CLIPS = {f"{genre}_{i}": genre for genre in ("rumba", "salsa") for i in range(4)}
LIFT = ("--threads", 1, "--prior", "anthropometric", "--views", 1, "--epochs", 1, "--members", 1)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> tuple[Path, Path]:
    """A folder of clips of 12 frames, one of whose splits has both genres, and one of their lifts."""
    parent = tmp_path_factory.mktemp("data")
    folder = write_dance(parent / "dance", CLIPS, 12)
    training = [name for name in CLIPS if name[-1] in "012"]
    lists = {"fit": training, "test": sorted(set(CLIPS) - set(training))}
    (parent / "split.json").write_text(json.dumps(lists))
    return folder, parent / "lifts"


@pytest.fixture(scope="module")
def model_2d(tmp_path_factory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "2d.safetensors", "2d")


def train(data, *arguments: object) -> int:
    options = ("--lifts", data[1], *LIFT)
    return cli.main(["train", "genre", str(data[0]), *map(str, (*options, *arguments))])


def evaluate(data, model_2d, *arguments: object) -> int:
    options = ("--lifts", data[1], "--movement-model-2d", model_2d, *LIFT)
    return cli.main(["evaluate", "genre", str(data[0]), *map(str, (*options, *arguments))])


def test_network_is_trained_and_its_figures_are_printed(data, tmp_path, capsys):
    output = tmp_path / "genre.safetensors"
    assert train(data, "-o", output) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    first, held_out, _, *genres, macro = printed.out.splitlines()
    assert first == f"{output}: 6 clips, 6 views of rumba, salsa"
    assert held_out.startswith("of clips that were held out, by networks that had not seen them; temperature ")
    assert [line.split()[0] for line in genres] == ["rumba", "salsa"]
    assert macro.startswith("  macro F: ")
    model = load_genre_model(output, device="cpu")
    assert (model.genres, model.inputs) == (("rumba", "salsa"), ("movements",))
    assert model.architecture.n_channels == 154


@pytest.fixture(scope="module")
def two_dancers(data, tmp_path_factory) -> tuple[Path, Path]:
    """The same clips, but for a taller dancer in every second one, and longer ones of other motion."""
    parent = tmp_path_factory.mktemp("two dancers")
    shutil.copytree(data[0], parent / "dance")
    shutil.copy(data[0].parent / "split.json", parent)
    for i, path in enumerate(sorted((parent / "dance").glob("*.npz"))):
        arrays = dict(np.load(path))
        if i % 2:
            arrays |= {name: 1.1 * arrays[name] for name in ("keypoints3d", "t")}
        np.savez(path, **arrays)
    return parent / "dance", parent / "lifts"


def test_network_of_probabilities_knows_what_is_none_of_its_genres(two_dancers, tmp_path, capsys):
    walks = tmp_path / "walks.npz"
    np.savez(walks, poses3d=world_motion(40), fps=30)
    output = tmp_path / "genre.safetensors"
    model_3d = write_weights(tmp_path / "3d.safetensors", "3d")
    chain = ("--movement-vectors", "probabilities", "--movement-model", model_3d, "--unknown", walks)
    assert train(two_dancers, "-o", output, *chain) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("of the unknown for one")
    model = load_genre_model(output, device="cpu")
    assert model.movement_vectors == "probabilities"
    assert model.novelty is not None and model.novelty.threshold > 0
    folds = tmp_path / "genre_run" / "movements"
    assert sorted(path.name for path in folds.iterdir()) == ["without dancer 1", "without dancer 2"]


def test_movements_of_one_dancer_alone_cannot_be_predicted_for_another(data, tmp_path, capsys):
    assert train(data, "-o", tmp_path / "out", "--movement-vectors", "probabilities") == 1
    assert "all clips are of one dancer" in only_line(capsys.readouterr().err)


def test_a_run_is_resumed(data, tmp_path, monkeypatch):
    run = ("--run", tmp_path / "run", "--inputs", "pose3d")
    assert train(data, "-o", tmp_path / "one", *run) == 0
    monkeypatch.setattr(kept_lifts, "lift_clip", lambda *_, **__: pytest.fail("lifted again"))
    assert train(data, "-o", tmp_path / "two", *run) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--match", "salsa"), "clips of one genre only, salsa"),
        (("--match", "polka"), "starts with polka, expected at least one"),
    ],
)
def test_what_is_unfit_for_training_is_one_line(data, tmp_path, capsys, options, expected):
    assert train(data, "-o", tmp_path / "out", *options) == 1
    assert expected in only_line(capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_clips_of_one_frame_are_one_line(tmp_path, capsys):
    folder = write_dance(tmp_path / "data" / "dance", {"rumba_1": "rumba", "salsa_1": "salsa"}, 1)
    (tmp_path / "data" / "split.json").write_text(json.dumps({"fit": ["rumba_1", "salsa_1"], "test": []}))
    assert train((folder, tmp_path / "lifts"), "-o", tmp_path / "out") == 1
    assert "rumba_1: 1 frames, expected at least 2" in only_line(capsys.readouterr().err)


def test_weights_that_are_there_are_not_replaced_unless_asked_for(data, tmp_path, capsys):
    (tmp_path / "out").write_text("old")
    assert train(data, "-o", tmp_path / "out") == 1
    assert "exists, expected a new file, or --force" in only_line(capsys.readouterr().err)


def test_every_row_is_printed_and_written(data, model_2d, tmp_path, capsys):
    assert evaluate(data, model_2d, "--repeats", 2, "--json", tmp_path / "new" / "genre.json") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines[0].startswith("2 genres, 2D pose: F by view ")
    table = lines.index("Genres by input")
    for name in ("2D pose", "3D pose + movements", "ST-GCN, 3D pose", "always the commonest genre"):
        assert any(line.startswith(name) for line in lines[table:])
    assert max(map(len, lines)) <= 130
    found = json.loads((tmp_path / "new" / "genre.json").read_text())
    assert (found["dataset"], found["learn"], found["split"]) == ("dance", "fit", "test")
    (task,) = found["tasks"]
    assert len(task["rows"]) == 8
    assert all(len(row["repeats"]) == 2 for row in task["rows"])


def test_unknown_dances_are_a_table_of_their_own(data, model_2d, tmp_path, capsys):
    walks = tmp_path / "walks.npz"
    np.savez(walks, poses3d=world_motion(40), fps=30)
    assert evaluate(data, model_2d, "--repeats", 1, "--unknown", walks, "--json", tmp_path / "genre.json") == 0
    lines = capsys.readouterr().out.splitlines()
    table = lines.index("Known dances and others")
    assert any(line.startswith("walks.npz") for line in lines[table:])
    assert json.loads((tmp_path / "genre.json").read_text())["novelty"]["named"] == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--learn", "test"), "is in both splits, expected other clips"),
        (("--genres", "rumba,tango"), "genres to distinguish are rumba, tango, expected at least two of rumba, salsa"),
        (("--genres", "rumba"), "genres to distinguish are rumba, expected at least two of rumba, salsa"),
        (("--movement-model-2d", "absent"), "absent: not a movement model"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(data, model_2d, capsys, options, expected):
    assert evaluate(data, model_2d, *options) == 1
    assert expected in only_line(capsys.readouterr().err)


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help_has_examples(command, capsys):
    assert cli.main([command, "genre", "--help"]) == 0
    assert "example" in capsys.readouterr().out


@pytest.mark.parametrize("options", [(), ("folder", "-o", "out", "--inputs", "pose4d")])
def test_wrong_usage_is_2(options, capsys):
    assert cli.main(["train", "genre", *options]) == 2
    assert "usage: dancelift train genre" in capsys.readouterr().err

"""Training of the movement networks: it learns, can be stopped and resumed, and rejects unfit clips."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("lightning", reason="training needs the extra 'train'")
torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from dancelift.errors import InputError  # noqa: E402
from dancelift.movements.labels import MovementLabels  # noqa: E402
from dancelift.movements.model import MovementModel  # noqa: E402
from dancelift.training import movement_training  # noqa: E402
from dancelift.training.movement_data import UNKNOWN, MovementData, TrainingClip, phases  # noqa: E402
from dancelift.training.movement_thresholds import ProbabilityHistogram  # noqa: E402
from dancelift.training.movement_training import TrainingOptions, train_movements  # noqa: E402
from fixtures.broken_training import break_off  # noqa: E402
from fixtures.movements import dancing, features, labelled, taxonomy  # noqa: E402

TAXONOMY = taxonomy()
KNOWN = ["left hand up", "left hand out", "left hand rises"]
QUICK = TrainingOptions(
    hidden=8, window=40, batch_size=4, delay=2, validation_share=0.34, max_epochs=4, learning_rate=0.01
)


def clip(random_seed: int, n_frames: int = 120, fps: float = 27.0) -> TrainingClip:
    labels = labelled(dancing(n_frames, random_seed, fps), TAXONOMY, fps)
    return TrainingClip(f"dance {random_seed}", features(n_frames, random_seed, TAXONOMY, fps), labels)


CLIPS = [clip(random_seed) for random_seed in range(6)]


def train(folder: Path, clips=CLIPS, options=QUICK, **others) -> MovementModel:
    arguments = {"accelerator": "cpu", "progress": False} | others
    return train_movements(clips, TAXONOMY, "3d", folder, options, **arguments)


def weights(model: MovementModel) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in model.network.state_dict().items()}


def figures(folder: Path, column: str) -> list[float]:
    """Of the epochs, in the order in which they were logged."""
    found = []
    for path in sorted(folder.glob("log/version_*/metrics.csv")):
        with open(path, newline="") as file:
            found += [float(row[column]) for row in csv.DictReader(file) if row.get(column)]
    return found


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> tuple[Path, MovementModel]:
    folder = tmp_path_factory.mktemp("unbroken")
    return folder, train(folder)


@pytest.mark.slow
def test_movements_of_other_dances_are_predicted(tmp_path):
    options = dataclasses.replace(QUICK, hidden=24, max_epochs=25, patience=25, learning_rate=0.02, batch_size=2)
    model = train(tmp_path, [clip(random_seed, 240) for random_seed in range(8)], options)
    assert model.figures["F"] > 0.9
    test = clip(99, 240)
    found = model.label(test.features, 27)
    rows = [TAXONOMY.index(name) for name in KNOWN]
    agree = found.active[:, rows] == test.labels.active[:, rows]
    assert (agree.mean(axis=0) > 0.85).all()


def test_training_writes_its_figures_and_checkpoints(unbroken):
    folder, model = unbroken
    assert (folder / "best.ckpt").exists()
    assert (folder / "last.ckpt").exists()
    losses, scores = figures(folder, "loss"), figures(folder, "val_f")
    assert len(losses) == len(scores) == 4
    assert losses[-1] < losses[0]
    assert figures(folder, "val_f left arm")[-1] == pytest.approx(scores[-1], abs=0.2)
    assert model.figures["epochs"] == 1 + np.argmax(scores)
    assert set(model.figures) == {"epochs", "F", "F left arm", "F head", "F whole body"}
    assert not model.network.training


def test_same_random_seed_gives_the_same_weights_and_another_one_others(unbroken, tmp_path):
    first, again, other = unbroken[1], train(tmp_path / "again"), train(tmp_path / "other", random_seed=1)
    for name, weight in weights(first).items():
        assert_array_equal(weights(again)[name], weight)
    assert (weights(other)["recurrent_weight.0"] != weights(first)["recurrent_weight.0"]).any()


def test_training_that_was_broken_off_is_resumed_to_the_same_weights(unbroken, tmp_path, monkeypatch):
    break_off(monkeypatch, movement_training, epoch=2)
    with pytest.raises(OSError, match="no power"):
        train(tmp_path)
    monkeypatch.undo()
    resumed = train(tmp_path)
    assert_allclose(figures(tmp_path, "loss"), figures(unbroken[0], "loss"), atol=1e-6)
    for name, weight in weights(unbroken[1]).items():
        assert_array_equal(weights(resumed)[name], weight)


def test_training_that_is_over_is_not_repeated(unbroken):
    folder, model = unbroken
    before = (folder / "last.ckpt").stat().st_mtime_ns
    again = train(folder)
    assert (folder / "last.ckpt").stat().st_mtime_ns == before
    assert again.figures == model.figures
    assert_array_equal(again.thresholds, model.thresholds)
    for name, weight in weights(model).items():
        assert_array_equal(weights(again)[name], weight)


def test_training_stops_when_it_gets_no_better(tmp_path):
    options = dataclasses.replace(QUICK, learning_rate=1e-7, max_epochs=30, patience=2)
    train(tmp_path, options=options)
    n_epochs = len(figures(tmp_path, "loss"))
    assert n_epochs < 30
    train(tmp_path, options=options)
    assert len(figures(tmp_path, "loss")) == n_epochs


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"random_seed": 1}, "random_seed"),
        ({"options": dataclasses.replace(QUICK, hidden=9)}, "options"),
        ({"clips": CLIPS[1:]}, "clips"),
    ],
)
def test_a_folder_of_another_run_is_refused(unbroken, change, named):
    with pytest.raises(InputError, match=f"run with other {named}, expected"):
        train(unbroken[0], **change)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    (tmp_path / "last.ckpt").write_bytes(b"half a fi")
    with pytest.raises(InputError, match=r"last\.ckpt: no checkpoint"):
        train(tmp_path)


def test_one_clip_is_learnt_from_without_holding_out_any(tmp_path):
    model = train(tmp_path, CLIPS[:1])
    assert model.figures == {"epochs": 4}
    assert_array_equal(model.thresholds, 0.5)


def test_a_clip_shorter_than_a_window_is_learnt_from(tmp_path):
    assert train(tmp_path, [clip(0, 5)]).figures["epochs"] == 4


def test_what_is_not_known_is_not_learnt_from(tmp_path):
    wrong = []
    for c in CLIPS:
        known = np.array(c.labels.known)
        known[::2] = False
        active = c.labels.active & known
        wrong.append(dataclasses.replace(c, labels=MovementLabels(active, known, 27.0, TAXONOMY)))
    rows = [TAXONOMY.index(name) for name in KNOWN]
    rates = [np.mean([c.labels.active[:, row][c.labels.known[:, row]].mean() for c in CLIPS]) for row in rows]
    options = dataclasses.replace(QUICK, max_epochs=1, learning_rate=1e-7, validation_share=0.0)
    predicted = train(tmp_path, wrong, options).probabilities(CLIPS[0].features, 27)[:, rows].mean(axis=0)
    assert_allclose(predicted, rates, atol=0.08)


def test_views_of_one_motion_are_held_out_together():
    views = [dataclasses.replace(c, name=f"dance {i // 2}") for i, c in enumerate(CLIPS)]
    data = MovementData(views, 0.34, window=40, errors=(0.5, 1.5), delay=2, batch_size=4, random_seed=0)
    assert (len(data.training), len(data.validation)) == (4, 2)
    for phase, view in zip(data.validation, views[2:4], strict=True):
        assert_array_equal(phase.features, view.features)


@pytest.mark.parametrize(("fps", "lengths"), [(27.0, [120]), (54.0, [60, 60]), (81.0, [40, 40, 40]), (13.5, [239])])
def test_clips_are_learnt_from_at_the_networks_frame_rate(fps, lengths):
    found = phases([clip(0, fps=fps)])
    assert [len(phase.features) for phase in found] == [len(phase.targets) for phase in found] == lengths
    row = TAXONOMY.index("left hand up")
    share = np.mean(np.concatenate([phase.targets[:, row] for phase in found]))
    assert share == pytest.approx(clip(0, fps=fps).labels.active[:, row].mean(), abs=0.03)
    assert all((phase.targets[:, TAXONOMY.index("turns")] == UNKNOWN).all() for phase in found)


def test_windows_hold_what_follows_them_and_nothing_beyond_the_clip():
    data = MovementData([clip(0, 50)], 0.0, window=40, errors=(0.5, 1.5), delay=3, batch_size=4, random_seed=0)
    ((x, targets),) = data.train_dataloader()
    assert x.shape[1:] == (43, 3, CLIPS[0].features.shape[-1])
    assert targets.shape[1:] == (40, len(TAXONOMY))
    short = MovementData([clip(0, 30)], 0.0, window=40, errors=(0.5, 1.5), delay=3, batch_size=4, random_seed=0)
    ((x, targets),) = short.train_dataloader()
    assert (targets[:, 30:] == UNKNOWN).all()
    assert_array_equal(x[0, 29:], np.broadcast_to(x[0, 29], x[0, 29:].shape))


def test_threshold_is_where_f_is_greatest():
    rng = np.random.default_rng(0)
    targets = (rng.random((4000, len(TAXONOMY))) < 0.3).astype(np.int8)
    probabilities = np.where(targets == 1, rng.uniform(0.6, 1, targets.shape), rng.uniform(0, 0.61, targets.shape))
    targets[:, 0] = 0  # never takes place
    histogram = ProbabilityHistogram(len(TAXONOMY))
    for half in (slice(0, 2000), slice(2000, 4000)):
        histogram.add(probabilities[half].astype(np.float32), targets[half])
    threshold = histogram.best_threshold()
    assert threshold == pytest.approx(0.6, abs=0.02)
    thresholds = np.full(len(TAXONOMY), threshold, np.float32)
    flags = probabilities >= thresholds
    hits = (flags & (targets == 1)).sum()
    expected = 2 * hits / (flags.sum() + (targets == 1).sum())
    assert histogram.f_scores(thresholds, TAXONOMY)["F"] == pytest.approx(expected, abs=1e-3)


def changed(**changes) -> list[TrainingClip]:
    return [CLIPS[0], dataclasses.replace(CLIPS[1], **changes)]


def with_nan() -> np.ndarray:
    x = np.array(CLIPS[1].features)
    x[3, 1, 2] = np.nan
    return x


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        ([], "no clips"),
        (changed(features=CLIPS[1].features[:, :, 1:]), "dance 1: features are of shape"),
        (changed(features=CLIPS[1].features[:, 1:]), "dance 1: features are of shape"),
        (changed(features=CLIPS[1].features[:1]), "dance 1: 1 frames, expected at least 2"),
        (changed(features=CLIPS[1].features[1:]), "dance 1: labels of 120 frames, expected 119"),
        (changed(features=with_nan()), "dance 1: 1 features are not finite"),
        (changed(labels=labelled(dancing(120), taxonomy("left arm"))), "dance 1: labels of another taxonomy"),
    ],
)
def test_clips_that_cannot_be_learnt_from_are_refused(tmp_path, clips, message):
    with pytest.raises(InputError, match=message):
        train(tmp_path, clips)


@pytest.mark.parametrize(
    ("name", "value"),
    [("hidden", 0), ("dropout", 1.0), ("validation_share", 0.9), ("max_epochs", 0), ("learning_rate", 0)],
)
def test_options_that_cannot_be_are_refused(name, value):
    with pytest.raises(InputError, match=f"{name} is {value}, expected"):
        TrainingOptions(**{name: value})


def test_an_accelerator_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="accelerator 'abacus'"):
        train(tmp_path, accelerator="abacus")


def test_an_unknown_input_is_refused(tmp_path):
    with pytest.raises(InputError, match="input '4d', expected one of 3d, 2d"):
        train_movements(CLIPS, TAXONOMY, "4d", tmp_path)

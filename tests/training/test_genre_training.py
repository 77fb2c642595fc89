"""Training of the network that names dances, and what it says: it learns, knows how sure it is, and can be stopped."""

import dataclasses
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("lightning", reason="training needs the extra 'train'")

from dancelift.errors import DanceliftWarning, InputError
from dancelift.genres.model import GenreModel, load_genre_model, window_bounds
from dancelift.movements.taxonomy import Taxonomy
from dancelift.training import genre_fit
from dancelift.training.genre_data import (
    ChannelStatistics,
    GenreClip,
    GenreData,
    WindowSampling,
    pose_beside_movements,
    stratified_folds,
)
from dancelift.training.genre_fit import Device, GenreOptions
from dancelift.training.genre_training import best_temperature, train_genres
from fixtures.broken_training import break_off
from fixtures.genres import BEATS, INPUTS, TAXONOMY, clips, dance

GENRES = tuple(sorted(BEATS))
QUICK = GenreOptions(
    sampling=WindowSampling(batch_size=16, n_batches=10, noise=0.1), epochs=8, learning_rate=0.02, members=1, folds=2,
    dropout=0.1,
)  # fmt: skip
SHORT = dataclasses.replace(QUICK, epochs=3, members=2, sampling=WindowSampling(batch_size=4, n_batches=2))


def train(folder: Path, of=None, options=SHORT, **others) -> GenreModel:
    return train_genres(of or clips(3), TAXONOMY, INPUTS, folder, options, device=Device("cpu"), **others)


def weights(model: GenreModel) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in model.network.state_dict().items()}


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> tuple[Path, GenreModel]:
    folder = tmp_path_factory.mktemp("short")
    return folder, train(folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> GenreModel:
    return train(tmp_path_factory.mktemp("good"), clips(4), QUICK)


@pytest.mark.parametrize("genre", GENRES)
def test_dances_that_were_not_learnt_from_are_named_by_their_rhythm(good, genre):
    predicted = good.predict(dance(genre, 99))
    assert good.genres[predicted.clip.argmax()] == genre
    assert predicted.clip.max() > 0.7
    assert (predicted.windows.argmax(axis=1) == predicted.clip.argmax()).mean() > 0.8
    assert good.figures["F views"] > 0.8


def test_windows_overlap_by_half_and_cover_the_clip(good):
    predicted = good.predict(dance("slow waltz", 5, 11.0))
    assert_allclose(predicted.times[:2], [[0, 4], [2, 6]])
    assert predicted.times[-1, 1] == pytest.approx(11, abs=0.1)
    assert (np.diff(predicted.times[:, 0]) <= 2).all()
    assert predicted.windows.shape == (len(predicted.times), 2)


def test_probabilities_of_a_clip_are_the_geometric_mean_of_its_windows(good):
    predicted = good.predict(dance("slow waltz", 5))
    mean = np.exp(np.log(predicted.windows).mean(axis=0))
    assert_allclose(predicted.clip, mean / mean.sum())
    assert_allclose(predicted.windows.sum(axis=1), 1)


@pytest.mark.parametrize("seconds", [0.04, 1.0])
def test_a_dance_shorter_than_a_window_is_told_as_it_is(good, seconds):
    predicted = good.predict(dance("slow waltz", 5, seconds))
    assert predicted.windows.shape == (1, 2)
    assert predicted.times[0, 0] == 0
    assert predicted.times[0, 1] <= seconds + 0.08
    assert_allclose(predicted.clip, predicted.windows[0])


def test_padding_does_not_tell(good):
    import torch

    x = torch.randn(2, 30, good.architecture.n_channels)
    with torch.no_grad():
        alone = good.network(x[:1, :20], torch.tensor([20]))
        beside = good.network(x, torch.tensor([20, 30]))
    assert_allclose(beside[0], alone[0], atol=1e-5)


def test_no_window_goes_beyond_the_clip():
    for n_frames in (1, 49, 50, 51, 74, 75, 200):
        frames = window_bounds(n_frames, 4.0)
        assert frames[0, 0] == 0
        assert frames[-1, 1] == n_frames
        assert set(frames[:, 1] - frames[:, 0]) == {min(50, n_frames)}


def test_temperature_makes_probabilities_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    right = rng.uniform(size=(40, 25)) < 0.8
    logits = np.stack([np.where(right, 6.0, 0.0), np.where(right, 0.0, 6.0)], axis=-1)
    temperature = best_temperature([("a", of_clip) for of_clip in logits], ["a", "b"])
    assert 1 / (1 + np.exp(-6 / temperature)) == pytest.approx(0.8, abs=0.03)


def test_weights_that_were_saved_say_the_same(good, tmp_path):
    good.save(tmp_path / "genre.safetensors")
    loaded = load_genre_model(tmp_path / "genre.safetensors", taxonomy=TAXONOMY, device="cpu")
    assert (loaded.genres, loaded.inputs, loaded.temperature) == (good.genres, good.inputs, good.temperature)
    assert loaded.figures == good.figures
    assert_array_equal(loaded.predict(dance("quickstep", 7)).windows, good.predict(dance("quickstep", 7)).windows)


def test_weights_of_another_taxonomy_are_refused(short, tmp_path):
    short[1].save(tmp_path / "genre.safetensors")
    other = Taxonomy(TAXONOMY.parts, TAXONOMY.movements[::-1])
    with pytest.raises(InputError, match=r"genre\.safetensors: weights of another taxonomy, .*: train them again"):
        load_genre_model(tmp_path / "genre.safetensors", taxonomy=other, device="cpu")


@pytest.mark.parametrize(
    ("name", "other"), [("_FORMAT", "dancelift genre 2"), ("SKELETON", "halpe26"), ("_FEATURES", {"rate": 25.0})]
)
def test_weights_of_another_format_skeleton_or_other_features_are_refused(short, tmp_path, monkeypatch, name, other):
    with monkeypatch.context() as patch:
        patch.setattr(f"dancelift.genres.model.{name}", other)
        short[1].save(tmp_path / "genre.safetensors")
    with pytest.raises(InputError, match=r"weights of another (format|skeleton|features), .*, expected .*: train them"):
        load_genre_model(tmp_path / "genre.safetensors", taxonomy=TAXONOMY, device="cpu")


def test_what_is_no_genre_model_is_an_error(tmp_path):
    (tmp_path / "other").write_text("hello")
    for name in ("other", "absent"):
        with pytest.raises(InputError, match=f"{name}: not a genre model"):
            load_genre_model(tmp_path / name, taxonomy=TAXONOMY, device="cpu")


def test_movements_of_another_taxonomy_are_an_error(short):
    other = dataclasses.replace(dance("quickstep", 1), movements=np.ones((300, 154), np.float32))
    with pytest.raises(InputError, match=r"movements are of shape \(300, 154\), expected \(frames, 6\)"):
        short[1].predict(other)


def test_same_random_seed_gives_the_same_weights_and_another_one_others(short, tmp_path):
    again, other = train(tmp_path / "again"), train(tmp_path / "other", random_seed=1)
    for name, weight in weights(short[1]).items():
        assert_array_equal(weights(again)[name], weight)
    for member in range(SHORT.members):
        name = f"members.{member}.output.weight"
        assert (weights(other)[name] != weights(again)[name]).any()


def test_members_differ_and_what_they_say_is_averaged(short):
    import torch

    ensemble = short[1].network
    x, lengths = torch.randn(2, 30, short[1].architecture.n_channels), torch.tensor([30, 30])
    with torch.no_grad():
        one, other = (member(x, lengths) for member in ensemble.members)
        assert_allclose(ensemble(x, lengths), (one + other) / 2, atol=1e-6)
    assert (one != other).any()


def test_training_that_was_broken_off_goes_on_to_the_same_weights(short, tmp_path, monkeypatch):
    break_off(monkeypatch, genre_fit, epoch=1)
    with pytest.raises(OSError, match="no power"):
        train(tmp_path)
    monkeypatch.undo()
    resumed = train(tmp_path)
    for name, weight in weights(short[1]).items():
        assert_array_equal(weights(resumed)[name], weight)


def test_training_that_is_over_is_not_repeated(short, monkeypatch):
    monkeypatch.setattr(genre_fit._Module, "training_step", lambda *_: pytest.fail("trained again"))
    again = train(short[0])
    assert again.figures == short[1].figures
    for name, weight in weights(short[1]).items():
        assert_array_equal(weights(again)[name], weight)


def test_a_folder_of_another_run_is_an_error(short):
    with pytest.raises(InputError, match="of a run with other random_seed, expected the same to resume it"):
        train(short[0], random_seed=2)


@pytest.mark.parametrize(
    ("inputs", "pose"),
    [
        (("movements",), []),
        (("pose3d",), []),
        (("pose3d", "pose2d"), []),
        (("pose2d", "movements"), range(24)),
        (("pose3d", "movements"), range(33)),
        (("movements", "pose3d"), range(6, 39)),
    ],
)
def test_half_of_the_windows_lose_a_pose_that_is_read_beside_the_movements(inputs, pose):
    of = clips(2, inputs)
    n_channels = of[0].copies[0].shape[1]
    lost = pose_beside_movements(inputs, n_channels)
    assert_array_equal(np.flatnonzero(lost), pose)
    mean = np.full(n_channels, 7, np.float32)
    data = GenreData(of, GENRES, WindowSampling(), ChannelStatistics(mean, np.ones_like(mean), lost), random_seed=0)
    windows = [x[:20].numpy() for batch, _, _ in data.train_dataloader() for x in batch]
    without_pose = np.mean([(x[:, lost] == 7).all() for x in windows])
    assert not any((x[:, ~lost] == 7).any() for x in windows)
    assert without_pose == pytest.approx(0.5, abs=0.1) if len(pose) else not lost.any()


def test_every_clip_of_a_genre_of_several_is_held_out_once():
    folds = stratified_folds(clips(3), 4)
    names = [name for fold in folds for name in fold]
    assert sorted(names) == sorted(clip.name for clip in clips(3))
    for fold in folds:
        assert {clip.genre for clip in clips(3) if clip.name not in fold} == set(GENRES)


def test_a_genre_of_one_clip_is_learnt_but_warned_of(tmp_path):
    some = [clip for clip in clips(2) if clip.name != "quickstep 1"]
    with pytest.warns(DanceliftWarning, match="one clip only of quickstep: how well that is recognised is not known"):
        model = train(tmp_path, some)
    assert "views quickstep" not in model.figures
    assert "views slow waltz" in model.figures


def test_without_clips_to_hold_out_nothing_is_said_of_how_good_it_is(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DanceliftWarning)
        model = train(tmp_path, clips(1))
    assert model.temperature == 1
    assert "F views" not in model.figures


def test_several_views_of_a_clip_are_held_out_together():
    views = [view for clip in clips(2) for view in (clip, clip)]
    assert sorted(name for fold in stratified_folds(views, 4) for name in fold) == sorted(
        clip.name for clip in clips(2)
    )


ONE, *OTHERS = clips(2)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ([ONE, dataclasses.replace(ONE, name="b")], "clips of one genre only, quickstep, expected at least two"),
        ([dataclasses.replace(ONE, genre=""), *OTHERS], "quickstep 0: has no genre"),
        ([GenreClip("short", "tango", (ONE.copies[0][:1],)), *OTHERS], "short: 1 frames at 12.5 Hz, expected at least"),
        ([*OTHERS, GenreClip("odd", "tango", (ONE.copies[0][:, 1:],))], "odd: channels are of shape"),
        ([GenreClip("nan", "tango", (np.nan * ONE.copies[0],)), *OTHERS], "nan: channels are not finite"),
    ],
)
def test_clips_that_cannot_be_learnt_from_are_an_error(tmp_path, of, expected):
    with pytest.raises(InputError, match=expected):
        train(tmp_path, of)


def test_no_clips_are_an_error(tmp_path):
    with pytest.raises(InputError, match="no clips to train on"):
        train_genres([], TAXONOMY, INPUTS, tmp_path)


@pytest.mark.parametrize(("name", "value"), [("dropout", 1.0), ("folds", 1), ("epochs", 0), ("window", 0.1)])
def test_options_that_make_no_sense_are_an_error(name, value):
    with pytest.raises(InputError, match=f"{name} is {value}, expected"):
        GenreOptions(**{name: value})

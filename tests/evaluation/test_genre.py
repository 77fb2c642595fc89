"""How well genres are predicted: figures, tables, and the baselines that they are compared with."""

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("lightning", reason="training needs the extra 'train'")
torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from dancelift.errors import InputError  # noqa: E402
from dancelift.evaluation.genre import BASELINES, ROWS, GenreScores, PredictedDance, SeenDance, majority, score  # noqa: E402
from dancelift.evaluation.genre_tables import Task, as_json, tables  # noqa: E402
from dancelift.f_score import macro_f  # noqa: E402
from dancelift.training.genre_data import WindowSampling  # noqa: E402
from dancelift.training.genre_fit import Device, GenreOptions  # noqa: E402
from fixtures.genres import BEATS, dance  # noqa: E402

GENRES = tuple(sorted(BEATS))
OPTIONS = GenreOptions(
    sampling=WindowSampling(batch_size=16, n_batches=10, noise=0.1),
    epochs=5,
    learning_rate=0.02,
    members=1,
    dropout=0.1,
)


def seen(genre: str, random_seed: int) -> SeenDance:
    copies = {source: (dance(genre, random_seed),) for source in ("2d", "3d")}
    return SeenDance(f"{genre} {random_seed}", "view 0", genre, copies)


TRAINING = [seen(genre, random_seed) for genre in GENRES for random_seed in range(3)]
TEST = [seen(genre, random_seed) for genre in GENRES for random_seed in (7, 8)]


def predicted(name: str, genre: str, clip: list[float], *windows: list[float]) -> PredictedDance:
    return PredictedDance(name, "view 0", genre, np.array(clip), np.array(windows or [clip]))


SCORES = GenreScores(
    ROWS[-1],
    ["salsa", "waltz"],
    [
        [predicted("a", "salsa", [0.9, 0.1], [0.9, 0.1], [0.4, 0.6]), predicted("b", "waltz", [0.2, 0.8])],
        [predicted("a", "salsa", [0.3, 0.7], [0.4, 0.6], [0.1, 0.9]), predicted("b", "waltz", [0.2, 0.8])],
    ],
)


def test_macro_f_is_the_mean_of_the_genres_f():
    assert macro_f(np.array([[3, 1], [0, 4]])) == pytest.approx((6 / 7 + 8 / 9) / 2)
    assert macro_f(np.diag([5, 0, 3])) == 1


def test_scores_are_by_view_and_by_window_over_the_repeats():
    assert SCORES.f(by_window=False) == pytest.approx((2 / 3, 1 / 3), abs=1e-6)
    assert SCORES.confusion(0, by_window=True).tolist() == [[1, 1], [0, 1]]
    assert SCORES.confusion(1, by_window=False).tolist() == [[0, 1], [0, 1]]


def test_fewer_genres_are_distinguished_as_if_there_were_no_others():
    repeats = [[predicted("a", "salsa", [0.4, 0.4, 0.2], [0.2, 0.6, 0.2]), predicted("b", "polka", [0.2, 0.8, 0.0])]]
    scores = GenreScores(ROWS[-1], ["salsa", "polka", "waltz"], repeats).among(["salsa", "waltz"])
    ((left,),) = scores.repeats
    assert (left.name, scores.genres) == ("a", ["salsa", "waltz"])
    np.testing.assert_allclose(left.clip, [2 / 3, 1 / 3])
    np.testing.assert_allclose(left.windows, [[0.5, 0.5]])


def test_majority_is_the_genre_of_most_clips():
    training = [*TRAINING, seen("quickstep", 4), seen("quickstep", 5)]
    assert majority(training, TEST, GENRES) == pytest.approx(1 / 3)
    assert majority(training, [*TEST, seen_as("polka")], GENRES) == pytest.approx(1 / 3)  # which is not asked for


def seen_as(genre: str) -> SeenDance:
    """A dance under another genre's name."""
    return dataclasses.replace(TEST[0], genre=genre)


@pytest.mark.parametrize("row", [*ROWS, *BASELINES], ids=lambda row: row.name)
def test_every_row_is_trained_and_predicts(row):
    scores = score(row, TRAINING, TEST, GENRES, OPTIONS, [0], Device("cpu"))
    (repeat,) = scores.repeats
    assert [(view.name, view.genre) for view in repeat] == [(view.name, view.genre) for view in TEST]
    assert all(view.windows.shape == (5, 2) for view in repeat)
    if row.network is None and "pose3d" in row.inputs:
        assert scores.f(by_window=False)[0] > 0.7


def test_rows_are_those_of_the_paper():
    assert [row.published for row in ROWS] == [0.44, 0.47, 0.50, 0.55, 0.73, 0.86]
    assert all(row.published is None for row in BASELINES)


@pytest.mark.parametrize("row", BASELINES, ids=lambda row: row.name)
def test_padding_does_not_change_the_baselines(row):
    n_channels = 33 if row.inputs == ("pose3d",) else 20
    network = row.network(n_channels, 3).eval()
    x = torch.randn(2, 40, n_channels)
    with torch.no_grad():
        alone = network(x[:1, :25], torch.tensor([25]))
        beside = network(x, torch.tensor([25, 40]))
    np.testing.assert_allclose(beside[0], alone[0], atol=1e-5)


def test_a_genre_without_training_clips_cannot_be_predicted():
    with pytest.raises(InputError, match="no clip of slow waltz to train on"):
        score(ROWS[1], TRAINING[:3], TEST, GENRES, OPTIONS, [0])


def test_tables_show_the_paper_beside_the_figures_and_what_was_mistaken():
    ablation, by_view, by_window, mistakes = tables([Task(SCORES.genres, [SCORES], 0.4)], 4.0, "definitions")
    assert ablation.rows[0] == ["3D pose + movements", "0.86", "0.667 ± 0.333", "0.458 ± 0.208"]
    assert ablation.rows[1][:3] == ["always the commonest genre", "-", "0.400"]
    assert by_view.rows == [["salsa", "1", "50.0", "50.0"], ["waltz", "1", "0.0", "100.0"]]
    assert by_window.rows[0] == ["salsa", "2", "25.0", "75.0"]
    assert mistakes.rows == [["a view 0", "salsa", "1 of 2", "75.0", "waltz"]]


def test_everything_is_in_the_json():
    found = json.loads(json.dumps(as_json([Task(SCORES.genres, [SCORES], 0.4)], 4.0)))
    (task,) = found["tasks"]
    assert task["genres"] == ["salsa", "waltz"]
    assert task["rows"][0]["f_by_view"] == {"mean": 0.6667, "std": 0.3333}
    assert task["rows"][0]["repeats"][1][0]["probabilities"] == {"salsa": 0.3, "waltz": 0.7}

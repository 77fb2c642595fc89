"""From keypoints to a recognised dance and why: `dancelift.recognize` and the command of that name."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift import cli
from dancelift.errors import InputError
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.recognition.recognize import recognize_by_definitions

torch = pytest.importorskip("torch", reason="recognition needs the extra 'recognize'")
pytest.importorskip("safetensors", reason="recognition needs the extra 'recognize'")
pytest.importorskip("captum", reason="reasons need the extra 'recognize'")

from dancelift.genres.features import Dance  # noqa: E402
from dancelift.genres.model import GenreArchitecture, GenreEnsemble, GenreLSTM, GenreModel  # noqa: E402
from dancelift.genres.novelty import Novelty  # noqa: E402
from dancelift.recognition.explanation import explain, without  # noqa: E402
from fixtures.recognition import FPS, N_FRAMES, lifted  # noqa: E402

TAXONOMY = standard_taxonomy()
predict = GenreModel.predict
DECISIVE = ("left hand fast", "turning left", "hips low")
"""The movements that `model` recognises polka by; no others matter to it."""


def model() -> GenreModel:
    """The probability of polka is the higher, the more of DECISIVE takes place."""
    torch.manual_seed(3)
    network = GenreLSTM(GenreArchitecture(len(TAXONOMY), 3))
    with torch.no_grad():
        network.project.weight.zero_()
        network.project.bias.fill_(0.6)
        network.output.bias.zero_()
        for name in DECISIVE:
            network.project.weight[:, TAXONOMY.index(name)] = 0.3
        sign = (network.lstm(torch.ones(1, 40, 24))[1][0] - network.lstm(-torch.ones(1, 40, 24))[1][0]).flatten().sign()
        network.output.weight.zero_()
        network.output.weight[1] = 2 * sign
    ensemble = GenreEnsemble([network]).eval()
    return GenreModel(ensemble, ("jive", "polka", "reel"), ("movements",), TAXONOMY, 4.0, 1.0, {})


def movements(n_frames: int = 300) -> np.ndarray:
    rng = np.random.default_rng(0)
    found = np.repeat(rng.random((n_frames // 20, len(TAXONOMY))) < 0.4, 20, axis=0).astype(np.float32)
    found[:, TAXONOMY.index("left hand fast")] = 0
    found[100:160, TAXONOMY.index("left hand fast")] = 1
    return found


def recognised(**options) -> dancelift.Recognition:
    lift, keypoints2d = lifted()
    return dancelift.recognize_lift(lift, keypoints2d=keypoints2d, genre_model=model(), **options)


def test_a_dance_is_lifted_and_recognised():
    _, keypoints2d = lifted()
    found = dancelift.recognize(keypoints2d, fps=FPS, image_size=(1920, 1080), genre_model=model(), n_seeds=1)
    assert found.movements.shape == (N_FRAMES, len(TAXONOMY))
    assert found.genre in found.genre_probabilities
    assert sum(found.genre_probabilities.values()) == pytest.approx(1)
    assert found.window_probabilities.shape == (len(found.window_times), 3)
    assert found.lift.poses3d.shape == (N_FRAMES, 17, 3)


def test_a_long_dance_is_recognised_in_pieces_as_a_whole(monkeypatch):
    whole = recognised(explain=False)
    monkeypatch.setattr("dancelift.recognition.recognize._PIECE", N_FRAMES // 3)
    monkeypatch.setattr("dancelift.recognition.recognize._AROUND", N_FRAMES // 4)
    found = recognised(explain=False)
    assert found.movements.shape == whole.movements.shape
    assert ((found.movements > 0.5) == (whole.movements > 0.5)).mean() > 0.95
    assert found.genre == whole.genre
    for genre, probability in whole.genre_probabilities.items():
        assert found.genre_probabilities[genre] == pytest.approx(probability, abs=0.02)


def knowing(threshold: float) -> GenreModel:
    """The model, which also knows how far from no movement at all a dance may be."""
    n = 3 * len(TAXONOMY)
    novelty = Novelty(
        np.zeros(n), np.ones(n), np.eye(1, n), np.zeros((3, 1)), np.ones((1, 1)), np.ones(2), threshold=threshold
    )
    return dataclasses.replace(model(), novelty=novelty)


def test_a_dance_too_far_from_the_known_ones_has_no_genre_but_probabilities():
    lift, keypoints2d = lifted()
    found = dancelift.recognize_lift(
        lift, keypoints2d=keypoints2d, genre_model=knowing(1e-3), movements=movements()[: len(lift.poses3d)]
    )
    assert found.genre is None and found.novelty > 1 and not found.reasons
    assert set(found.genre_probabilities) == {"jive", "polka", "reel"}
    nearest = max(found.genre_probabilities, key=found.genre_probabilities.__getitem__)
    assert f"{nearest} comes nearest" in found.no_genre
    known = dancelift.recognize_lift(
        lift, keypoints2d=keypoints2d, genre_model=knowing(1e9), movements=movements()[: len(lift.poses3d)]
    )
    assert known.genre == nearest and 0 < known.novelty < 1 and known.reasons


@pytest.mark.parametrize("vectors", ["definitions", "probabilities"])
def test_the_genre_model_reads_the_movements_that_it_was_trained_on(vectors, monkeypatch):
    seen = []
    monkeypatch.setattr(GenreModel, "predict", lambda self, dance: seen.append(dance) or predict(self, dance))
    lift, keypoints2d = lifted()
    reading = dataclasses.replace(model(), movement_vectors=vectors)
    found = dancelift.recognize_lift(lift, keypoints2d=keypoints2d, genre_model=reading, explain=False)
    read = seen[0].movements
    if vectors == "definitions":
        assert set(np.unique(read)) <= {0, 0.5, 1}
    else:
        judged = found.movements > 0
        np.testing.assert_array_equal(read[judged], found.movements[judged])
        assert ((read > 0.05) & (read < 0.95)).any()


def test_a_lift_that_is_there_is_used_as_it_is():
    lift, keypoints2d = lifted()
    found = recognised()
    assert found.lift is lift
    np.testing.assert_array_equal(found.keypoints2d[..., :2], keypoints2d[..., :2])
    again = dancelift.recognize_lift(lift, genre_model=model())
    np.testing.assert_array_equal(again.movements, found.movements)


def test_keypoints_that_the_lift_keeps_are_those_of_the_recognition():
    lift, _ = lifted()
    assert dancelift.recognize_lift(lift, genre_model=model()).keypoints2d is lift.observed2d
    assert recognize_by_definitions(lift).keypoints2d is lift.observed2d
    unknown = dataclasses.replace(lift, observed2d=None)
    found = dancelift.recognize_lift(unknown, genre_model=model())
    np.testing.assert_array_equal(found.keypoints2d[..., :2], lift.keypoints2d)
    assert not recognize_by_definitions(unknown).keypoints2d.any()


def test_movements_that_are_known_replace_those_of_the_network():
    known = movements()[:N_FRAMES]
    found = recognised(movements=known)
    np.testing.assert_array_equal(found.movements, known)


def test_the_movements_that_carry_the_decision_are_named():
    named = {reason.movement for reason in explain(model(), Dance(25.0, movements()), movements() > 0.5)}
    assert named <= set(DECISIVE)
    assert "turning left" in named


def test_without_the_named_movements_the_genre_is_less_likely_than_without_others():
    dance = Dance(25.0, movements())
    reasons = explain(model(), dance, movements() > 0.5)
    named = [TAXONOMY.index(reason.movement) for reason in reasons]
    left = model().predict(without(dance, named)).clip.max()
    rng = np.random.default_rng(1)
    others = [m for m in range(len(TAXONOMY)) if m not in named]
    for _ in range(5):
        chosen = rng.choice(others, len(named), replace=False).tolist()
        assert left < model().predict(without(dance, chosen)).clip.max() - 0.05


def test_a_reason_says_when_its_movement_takes_place():
    (reason,) = [
        reason for reason in explain(model(), Dance(25.0, movements()), movements() > 0.5)
        if reason.movement == "left hand fast"
    ]  # fmt: skip
    assert 4.0 <= reason.start < reason.end <= 6.4
    assert reason.part == "left hand"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"movements": np.zeros((5, 154))}, "movements is of shape"),
        ({"keypoints2d": [[[900 + 9 * j, 500, 1] for j in range(17)]] * 5}, "5 frames, expected 90"),
    ],
)
def test_what_does_not_fit_a_lift_is_refused(options, message):
    lift, keypoints2d = lifted()
    with pytest.raises(InputError, match=message):
        dancelift.recognize_lift(lift, genre_model=model(), **options)


def test_without_captum_reasons_are_refused_before_any_work_begins(monkeypatch):
    lift, keypoints2d = lifted()
    monkeypatch.setitem(sys.modules, "captum", None)
    monkeypatch.setattr("dancelift.recognition.recognize.lift_clip", lambda *_, **__: pytest.fail("lifted"))
    message = r'explaining a recognition \(explain=True\) needs captum: pip install "dancelift\[recognize\]"$'
    for recognize, given in ((dancelift.recognize, keypoints2d), (dancelift.recognize_lift, lift)):
        with pytest.raises(dancelift.MissingExtraError, match=message) as raised:
            recognize(given)
        assert isinstance(raised.value, ImportError)
    assert recognised(explain=False).reasons == ()


def test_one_frame_is_no_dance():
    _, keypoints2d = lifted()
    with pytest.raises(InputError, match="1 frame, expected at least 2"):
        dancelift.recognize(keypoints2d[:1], image_size=(1920, 1080), genre_model=model(), n_seeds=1)


@pytest.fixture
def weights(tmp_path) -> Path:
    path = tmp_path / "genre.safetensors"
    model().save(path)
    return path


def test_every_person_of_a_file_gets_an_answer_and_a_page(tmp_path, weights, capsys):
    _, keypoints2d = lifted()
    duo = tmp_path / "duo.npz"
    np.savez(duo, keypoints2d=np.stack([keypoints2d, keypoints2d + [40, 0, 0]]), fps=FPS, image_size=(1920, 1080))
    out = str(tmp_path / "out")
    assert (
        cli.main(["recognize", str(duo), "-o", out, "--genre-model", str(weights), "--report", "--n-seeds", "1"]) == 0
    )
    shown = capsys.readouterr().out
    assert shown.count("recognised in") == 2
    results = sorted((tmp_path / "out").glob("*.npz"))
    assert len(results) == 2
    assert len(list((tmp_path / "out").glob("*.html"))) == 2
    assert dancelift.load_recognition(results[0]).genre in ("jive", "polka", "reel")


def test_a_lift_is_recognised_without_lifting_again(tmp_path, weights, capsys):
    lift, _ = lifted()
    lift.save(tmp_path / "solo.npz")
    assert cli.main(["recognize", str(tmp_path / "solo.npz"), "--genre-model", str(weights)]) == 0
    assert "solo: " in capsys.readouterr().out


def test_results_are_not_replaced_unless_forced(tmp_path, weights, capsys):
    lift, _ = lifted()
    lift.save(tmp_path / "solo.npz")
    out = tmp_path / "out.npz"
    out.write_text("precious")
    assert cli.main(["recognize", str(tmp_path / "solo.npz"), "-o", str(out), "--genre-model", str(weights)]) == 1
    assert out.read_text() == "precious"
    assert "exists" in capsys.readouterr().err

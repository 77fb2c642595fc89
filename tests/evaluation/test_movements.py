"""`dancelift evaluate movements`: what is counted, the tables, and one line for what goes wrong."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="networks need the extra 'train'")
pytest.importorskip("safetensors", reason="networks need the extra 'train'")

from dancelift import cli
from dancelift.body.motion import Motion
from dancelift.body.skeleton import SKELETONS
from dancelift.datasets.movement_clips import MovementClip
from dancelift.errors import InputError
from dancelift.evaluation.movement_tables import as_json, parts_better_from_3d, tables
from dancelift.evaluation.movements import METHODS, MIN_POSITIVES, MovementEvaluator, MovementScores
from dancelift.evaluation.tables import Table
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.model import MODEL_INPUTS, load_movement_model
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from fixtures.datasets import world_motion, write_dance
from fixtures.movement_weights import write_weights

TAXONOMY = standard_taxonomy()
RARE = 5  # the first types, of which there were too few training frames
LIFT = ("--n-seeds", 1, "--prior", "anthropometric", "--threads", 1)


class FakeModel:
    """A movement model whose predictions are wrong in a share of the frames."""

    taxonomy = TAXONOMY
    n_positives = np.where(np.arange(len(TAXONOMY)) < RARE, MIN_POSITIVES - 1, MIN_POSITIVES)

    def __init__(self, input: str, labels: dict[int, MovementLabels], wrong: float) -> None:
        self.input, self._labels, self._wrong = input, labels, wrong

    def features(self, joints: np.ndarray, fps: float) -> np.ndarray:
        return joints

    def label(self, features: np.ndarray, fps: float) -> MovementLabels:
        labels = self._labels[len(features)]
        wrong = np.random.default_rng(0).random(labels.active.shape) < self._wrong
        return replace(labels, active=labels.active ^ wrong, known=np.ones_like(labels.known))


def clip(n_frames: int, group: str, off: float = 0.0, labels: MovementLabels | None = None) -> MovementClip:
    """A clip of which the lift is `off` m, at random."""
    poses = world_motion(n_frames)
    true = Motion(group, "made up", poses, SKELETONS["coco17"], 30.0)
    noise = off * np.random.default_rng(1).normal(size=poses.shape)
    return MovementClip(
        group, "view 0", group, np.ones_like(poses), true, labels or label_movements(true, TAXONOMY),
        lambda: replace(true, poses3d=poses + noise),
    )  # fmt: skip


def scores(*clips: MovementClip, wrong2d: float = 0.2, wrong3d: float = 0.1) -> MovementScores:
    labels = {len(c.labels): c.labels for c in clips}
    evaluator = MovementEvaluator([FakeModel("2d", labels, wrong2d), FakeModel("3d", labels, wrong3d)])
    for c in clips:
        evaluator.add(c)
    return evaluator.scores()


CLIPS = clip(60, "salsa"), clip(40, "waltz", off=0.05)
SCORES = scores(*CLIPS)


def row(table: Table, label: str) -> list[str]:
    (found,) = (line for line in table.rows if line[0] == label)
    return list(found)


def test_the_definitions_make_no_mistake_on_a_perfect_lift():
    perfect = scores(CLIPS[0], wrong3d=0)
    for method in ("definitions", "3d"):
        assert perfect.outcome(method, range(len(TAXONOMY))).f == 1
    assert np.nanmax(perfect.errors) < 1e-9
    assert perfect.outcome("2d", range(len(TAXONOMY))).f < 0.9


def test_frames_are_counted_by_method_and_genre():
    movements = SCORES.learnable
    active = sum(int(c.labels.active[:, movements].sum()) for c in CLIPS)
    for method in METHODS:
        whole = SCORES.outcome(method, movements)
        assert whole.true == active
        by_genre = [SCORES.outcome(method, movements, genre) for genre in SCORES.genres]
        assert whole.predicted == sum(outcome.predicted for outcome in by_genre)
    assert SCORES.n_frames == 100
    assert SCORES.outcome("definitions", movements, "salsa").f == 1
    assert SCORES.outcome("definitions", movements, "waltz").f < 1


def test_f_is_of_true_and_false_positives_and_misses():
    m = int(CLIPS[0].labels.active.sum(axis=0).argmax())
    outcome = SCORES.outcome("3d", [m])
    precision, recall = outcome.true_positives / outcome.predicted, outcome.true_positives / outcome.true
    assert outcome.f == pytest.approx(2 * precision * recall / (precision + recall))


def test_what_is_not_known_is_not_judged():
    labels = CLIPS[0].labels
    known = np.zeros_like(labels.known)
    known[:20, 7] = True
    judged = scores(clip(60, "salsa", labels=replace(labels, active=labels.active & known, known=known)))
    everything = judged.outcome("2d", range(len(TAXONOMY)))
    assert everything == judged.outcome("2d", [7])
    assert everything.true_positives + everything.false_negatives == labels.active[:20, 7].sum()
    assert judged.share([7]) == labels.active[:20, 7].mean()
    assert np.isnan(judged.share([8]))


def test_a_worse_lift_has_greater_errors():
    near, far = (scores(clip(60, "salsa", off)).errors for off in (0.01, 0.05))
    assert np.nanmedian(far) > 2 * np.nanmedian(near) > 0


def test_no_error_is_given_of_what_does_not_vary():
    true = replace(CLIPS[0].true, poses3d=CLIPS[0].true.poses3d[:1].repeat(60, axis=0))
    still = replace(CLIPS[0], true=true, labels=label_movements(true))
    assert np.isnan(scores(still).errors).all()
    assert all(line[-1] == "-" for line in list(tables(scores(still)))[-1].rows)


def test_rare_types_are_counted_apart():
    assert SCORES.rare == list(range(RARE))
    assert SCORES.learnable == list(range(RARE, len(TAXONOMY)))
    parts, _, rare, *_ = tables(SCORES)
    n_head = len(TAXONOMY.of_part("head"))
    assert row(parts, "head")[1] == f"{n_head - RARE} of {n_head}"
    assert row(parts, "all")[1] == str(len(TAXONOMY) - RARE)
    assert row(parts, "all, and those too rare to learn")[1] == str(len(TAXONOMY))
    assert [line[0] for line in rare.rows] == [*TAXONOMY.names[:RARE], "all of them"]
    assert rare.about.startswith(f"{RARE} of {len(TAXONOMY)} types took place in fewer than 200 frames")


def test_tables_show_every_part_and_genre():
    parts, genres, *_ = tables(SCORES)
    assert [line[0] for line in parts.rows[:16]] == [part.name for part in TAXONOMY.parts]
    expected = [f"{SCORES.outcome(method, TAXONOMY.of_part('hips')).f:.3f}" for method in METHODS]
    assert row(parts, "hips")[-3:] == expected
    assert [line[0] for line in genres.rows] == ["salsa", "waltz"]
    assert row(genres, "salsa")[2] == "1.000"


def test_the_number_of_parts_in_which_3d_is_better_is_given():
    n_better, n_parts = parts_better_from_3d(SCORES)
    assert (n_better, n_parts) == (16, 16)
    assert parts_better_from_3d(scores(*CLIPS, wrong2d=0.1, wrong3d=0.3))[0] == 0
    assert "in 16 of 16 parts" in next(tables(SCORES)).about


def test_what_falls_short_is_listed_with_its_cause():
    weak_parts, weak_types = list(tables(SCORES))[-2:]
    assert {line[0] for line in weak_parts.rows} == {
        part.name
        for part in TAXONOMY.parts
        if SCORES.outcome("3d", [m for m in TAXONOMY.of_part(part.name) if m in SCORES.learnable]).f < 0.9
    }
    f = [SCORES.outcome("3d", [TAXONOMY.index(line[0])]).f for line in weak_types.rows]
    assert 0 < len(f)
    assert max(f) < 0.8
    assert f == sorted(f)
    names = list(weak_types.columns)
    for line in weak_types.rows:
        m = TAXONOMY.index(line[0])
        outcome, shown = SCORES.outcome("3d", [m]), dict(zip(names, line, strict=True))
        assert shown["mostly"] == "false alarms" or outcome.false_positives <= 1.5 * outcome.false_negatives
        if outcome.true:
            assert shown["missed %"] == f"{100 * outcome.false_negatives / outcome.true:.1f}"
        assert shown["lift's error"] == (f"{SCORES.errors[m]:.2f}" if np.isfinite(SCORES.errors[m]) else "-")


def test_nothing_falls_short_where_all_is_right():
    *_, weak_parts, weak_types = tables(scores(CLIPS[0], wrong3d=0))
    assert weak_parts.rows == weak_types.rows == []
    assert "0 of 16" in weak_parts.about
    assert weak_parts.text().splitlines()[0] == "Parts that fall short"


def test_text_and_markdown_show_the_same_figures():
    table = Table("title", ["part", "F"], [["head", "0.9"], ["left foot", "-"]], "About.")
    assert table.text().splitlines() == ["title", "About.", "part         F", "head       0.9", "left foot    -"]
    assert table.markdown().splitlines()[-4:] == [
        "| part | F |",
        "| --- | ---: |",
        "| head | 0.9 |",
        "| left foot | - |",
    ]


def test_figures_without_meaning_are_null_in_json():
    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(json.dumps(as_json(SCORES)), parse_constant=refuse)
    never = [m for m in range(len(TAXONOMY)) if SCORES.outcome("definitions", [m]).predicted == 0]
    never = [m for m in never if SCORES.outcome("definitions", [m]).true == 0]
    assert all(found["movements"][m]["outcomes"]["definitions"]["f"] is None for m in never)
    assert found["micro"]["learnable"]["3d"] == pytest.approx(SCORES.outcome("3d", SCORES.learnable).f, abs=1e-4)
    assert [c["clip"] for c in found["clips"]] == ["salsa", "waltz"]


def test_no_clip_is_an_error():
    with pytest.raises(InputError, match="no clip to predict movements of"):
        MovementEvaluator([FakeModel("2d", {}, 0)]).scores()


# --- the command line


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> tuple[object, ...]:
    folder = tmp_path_factory.mktemp("weights")
    return tuple(
        argument for source in MODEL_INPUTS
        for argument in (f"--movement-model-{source}", write_weights(folder / f"{source}.safetensors", source))
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_dance(tmp_path / "data" / "dance", {"waltz_1": "waltz", "salsa_1": "salsa", "salsa_2": "salsa"}, 12)


def run(*arguments: object) -> int:
    return cli.main(["evaluate", "movements", *map(str, arguments)])


def only_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


def test_it_prints_a_line_a_view_then_the_tables_and_writes_json_and_csv(folder, weights, tmp_path, capsys):
    files = ("--json", tmp_path / "new" / "scores.json", "--csv", tmp_path / "scores.csv")
    assert run(folder, "--split", "test", "--views", "all", *weights, *LIFT, *files) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert [line[:14] for line in lines[1:5]] == [f"salsa_{clip} view {view}" for clip in (1, 2) for view in (0, 1)]
    for title in ("Movements by body part", "Movements by genre", "Parts that fall short", "Types that fall short"):
        assert title in lines
    assert "Types too rare to learn" not in lines
    assert max(map(len, lines)) <= 130
    found = json.loads((tmp_path / "new" / "scores.json").read_text())
    assert (found["dataset"], found["split"], found["n_frames"]) == ("dance", "test", 48)
    assert found["lifts"] == {"n_seeds": "1", "prior": "anthropometric"}
    assert len(found["movements"]) == len(TAXONOMY)
    with open(tmp_path / "scores.csv", newline="") as file:
        types = list(csv.DictReader(file))
    assert [line["movement"] for line in types] == list(TAXONOMY.names)
    head = found["movements"][0]["outcomes"]["3d"]
    assert [int(types[0][f"3d {name}"]) for name in ("TP", "FP", "FN")] == [
        head["true_positives"], head["false_positives"], head["false_negatives"]
    ]  # fmt: skip


def test_same_figures_from_lifts_that_were_kept(folder, weights, tmp_path, capsys, monkeypatch):
    options = (folder, "--match", "salsa_1", *weights, *LIFT, "--lifts", tmp_path / "lifts")
    assert run(*options) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr("dancelift.datasets.kept_lifts.lift_clip", lambda *_, **__: pytest.fail("lifted again"))
    assert run(*options) == 0
    assert capsys.readouterr().out == first


def test_only_the_first_frames_are_judged_if_asked_for(folder, weights, capsys):
    assert run(folder, "--match", "waltz", "--frames", 8, *weights, *LIFT) == 0
    assert "Predictions for 8 frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--split", "train"), "split is 'train', expected one of fit, test"),
        (("--match", "polka"), "starts with polka, expected at least one"),
        (("--annotations", "absent"), "absent: no such folder"),
        (("--movement-model-3d", "absent.safetensors"), "absent.safetensors: not a movement model"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(folder, weights, capsys, options, expected):
    assert run(folder, *weights, *LIFT, *options) == 1
    assert expected in only_line(capsys.readouterr().err)


def test_weights_for_another_input_are_refused(folder, weights, capsys):
    assert run(folder, *weights, "--movement-model-2d", weights[1], *LIFT) == 1
    message = only_line(capsys.readouterr().err)
    assert "3d.safetensors: weights for 3d input, expected those of `dancelift train movements --input 2d`" in message


def test_weights_of_another_taxonomy_are_refused(tmp_path):
    other = Taxonomy(TAXONOMY.parts, TAXONOMY.movements[::-1])
    path = write_weights(tmp_path / "other.safetensors", "3d", other)
    with pytest.raises(InputError, match=r"other\.safetensors: weights of another taxonomy"):
        load_movement_model(path)


def test_help_has_examples(capsys):
    assert run("--help") == 0
    assert "example" in capsys.readouterr().out


@pytest.mark.parametrize("options", [(), ("folder", "--frames", "few"), ("folder", "--views", 0)])
def test_wrong_usage_is_2(options, capsys):
    assert run(*options) == 2
    assert "usage: dancelift evaluate movements" in capsys.readouterr().err

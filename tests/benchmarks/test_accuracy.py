"""benchmarks/accuracy.py: rows are measured once, kept, and written as tables."""

import importlib.util
import json
import sys

import pytest

from dancelift.evaluation.lift import LiftScore
from fixtures.datasets import write_dance
from fixtures.paths import BENCHMARKS

SCRIPT = BENCHMARKS / "accuracy.py"
SCORE = LiftScore("salsa_2", "view 0", "salsa", 12, 1.0, {"N-MPJPE": 50.0, "oracle": 40.0, "slide": float("nan")})


@pytest.fixture
def accuracy(monkeypatch):
    spec = importlib.util.spec_from_file_location("accuracy", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "accuracy", module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(accuracy, tmp_path):
    write_dance(tmp_path / "data" / "dance", {"salsa_1": "salsa", "salsa_2": "salsa", "waltz_1": "waltz"}, 12)
    (tmp_path / "out").mkdir()

    def run(*options: str) -> tuple[str, list[dict]]:
        places = ("--data", str(tmp_path / "data"), "--output", str(tmp_path / "out"))
        accuracy.main([*places, "--frames", "12", "--threads", "1", *options])
        return (tmp_path / "out" / "ACCURACY.md").read_text(), json.loads(
            (tmp_path / "out" / "accuracy.json").read_text()
        )["rows"]

    return run


def test_a_row_that_is_asked_for_is_measured_and_written(run, tmp_path):
    tables, rows = run("--rows", "seeds: anthropometric, 1$")
    (row,) = rows
    assert row["parameters"]["n_seeds"] == 1
    assert row["overall"]["n_views"] == 2
    assert set(row["groups"]) == {"salsa", "waltz"}
    (line,) = [line for line in tables.splitlines() if line.startswith("| anthropometric, 1 |")][:1]
    assert f" {row['overall']['N-MPJPE']:.1f} |" in line
    assert "- Dance: from_2d, detected: no prior from_2d" in tables
    assert "- AIST++, real detections: default: no data aist++" in tables
    assert "- Dance: default, clean: not asked for" in tables
    assert "## Published on h36m" in tables
    assert str(tmp_path) not in tables + json.dumps(rows)


def test_figures_of_others_say_where_they_are_from(accuracy, run):
    tables, _ = run("--rows", "seeds: anthropometric, 1$")
    section = tables.split("## Other methods on AIST++")[1].split("\n## ")[0]
    assert "cannot be compared line by line" in section
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line][2:]
    assert {row[0]: row[2:4] for row in rows}["MVLift"] == ["110.7", "79.2"]
    assert {row[0]: row[2] for row in rows}["Hu & Ahuja 2021, unsupervised"] == "246.4"
    papers = [line for line in section.splitlines() if line.startswith("- **")]
    for row in rows:
        (paper,) = [line for line in papers if line.startswith(f"- **{row[4]}**: ")]
        assert "Protocol: " in paper and ("As quoted in " in paper or "Read in the paper" in paper)
    assert "## Published on aist++" not in tables  # not twice


def test_other_rows_are_kept(run):
    run("--rows", "seeds: anthropometric, 1$")
    tables, rows = run("--rows", "out: smooth3d")
    assert len(rows) == 2
    assert "## Number of seeds" in tables
    assert "## Terms left out" in tables


def test_what_was_measured_is_not_measured_again_unless_asked_for(run, accuracy, monkeypatch):
    _, before = run("--rows", "seeds: anthropometric, 1$")
    chosen = accuracy.Experiment("Seeds", "one", "dance", "anthropometric", n_seeds=1)
    monkeypatch.setattr(accuracy, "experiments", lambda: iter([chosen]))
    evaluated = []
    monkeypatch.setattr(accuracy.Suite, "measure", lambda suite, experiment: evaluated.append(experiment))
    _, after = run()
    assert evaluated == []
    assert after == before
    run("--rows", "one")
    assert evaluated == [chosen]


def test_a_changed_prior_is_measured_again(run, accuracy, monkeypatch, tmp_path):
    chosen = accuracy.Experiment("Dance", "learnt", "dance", "from_2d", n_seeds=1)
    monkeypatch.setattr(accuracy, "experiments", lambda: iter([chosen]))
    monkeypatch.setattr(accuracy, "evaluate_clip", lambda *_: [SCORE])
    prior = tmp_path / "from_2d.npz"
    prior.write_bytes(b"one")
    tables, (first,) = run("--priors", str(tmp_path))
    assert "| learnt | 2 | 50.0 | - |" in tables
    assert "oracle |" in tables
    prior.write_bytes(b"other")
    _, (second,) = run("--priors", str(tmp_path))
    assert first["prior_digest"] != second["prior_digest"]
    tables, _ = run()  # without the file, what is known of it stands
    assert "| learnt |" in tables

"""benchmarks/movements.py: one run writes the page and the record."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from fixtures.paths import BENCHMARKS

pytest.importorskip("torch", reason="networks need the extra 'train'")
pytest.importorskip("safetensors", reason="networks need the extra 'train'")

from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.datasets import write_dance
from fixtures.movement_weights import write_weights

SCRIPT = BENCHMARKS / "movements.py"


@pytest.fixture
def movements(monkeypatch):
    spec = importlib.util.spec_from_file_location("movements_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "movements_benchmark", module)
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec.loader.exec_module(module)
    return module


def test_a_run_writes_the_page_and_the_record(movements, tmp_path, capsys):
    write_dance(tmp_path / "data" / "dance", {"waltz_1": "waltz", "salsa_1": "salsa", "rumba_1": "rumba"}, 12)
    (tmp_path / "out").mkdir()
    models = [
        str(argument)
        for source in ("2d", "3d")
        for argument in (f"--movement-model-{source}", write_weights(tmp_path / f"{source}.safetensors", source))
    ]
    places = ["--data", str(tmp_path / "data"), "--output", str(tmp_path / "out")]
    movements.main([*places, *models, "--match", "salsa", "--threads", "1"])
    page = (tmp_path / "out" / "MOVEMENTS.md").read_text()
    record = json.loads((tmp_path / "out" / "movements.json").read_text())
    for heading in ("Movements by body part", "Movements by genre", "Types that fall short", "Speed", "Every type"):
        assert f"\n## {heading}\n" in page
    assert "2 views of 1 clips of `test`, 24 frames" in page
    assert "| part | waltz % | informative |" in page  # shares of the training clips
    names = standard_taxonomy().names
    assert sum(line.startswith(tuple(f"| {name} |" for name in names)) for line in page.splitlines()) >= len(names)
    assert set(record["speed"]) == {"2d", "3d", "definitions"}
    assert all(rate > 0 for rate in record["speed"].values())
    assert record["machine"]["threads"] == 1
    assert list(record["shares_in_fit"]["waltz"]) == list(names)
    assert f"{record['n_informative']} of {len(names)} types are informative" in capsys.readouterr().out
    assert str(tmp_path) not in page + json.dumps(record)


def test_a_type_is_informative_if_some_genre_has_it_sometimes(movements):
    shares = {"salsa": np.array([0.0, 0.004, 0.005, 0.9, 0.6]), "waltz": np.array([0.0, 0.7, 0.0, 0.3, 0.7])}
    assert movements.informative(shares).tolist() == [False, False, True, True, True]

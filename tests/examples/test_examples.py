"""Every script in examples/ runs by itself, says what it found, and writes what it says it has written."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
MODULES_OF_EXTRA = {
    "view": ("matplotlib", "PIL"),
    "annotate": ("pympi", "defusedxml"),
    "recognize": ("torch", "safetensors", "captum"),
}
TAKES_LONG = {"03_recognize_and_explain.py", "05_learn_a_prior_of_your_own.py"}
LONGEST = 40  # lines


def skip_without_extra(script: Path) -> None:
    """Skip where the extra that the script's docstring asks for is not installed."""
    for extra in re.findall(r"needs the extra `(\w+)`", script.read_text(encoding="utf-8")):
        missing = [module for module in MODULES_OF_EXTRA[extra] if find_spec(module) is None]
        if missing:
            pytest.skip(f"needs the extra {extra!r}: {', '.join(missing)} not installed")


@pytest.mark.parametrize(
    "script",
    [pytest.param(s, id=s.stem, marks=[pytest.mark.slow] if s.name in TAKES_LONG else []) for s in SCRIPTS],
)
def test_example_runs_and_writes_what_it_says(script, tmp_path):
    skip_without_extra(script)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "made" / "here")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr
    written = [Path(line.removeprefix("written: ")) for line in ran.stdout.splitlines() if line.startswith("written: ")]
    assert written
    for path in written:
        assert path.parent == tmp_path / "made" / "here"
        assert path.stat().st_size > 0


def test_examples_are_numbered_in_the_order_of_reading():
    assert [int(script.name[:2]) for script in SCRIPTS] == list(range(1, len(SCRIPTS) + 1))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_example_is_short(script):
    assert len(script.read_text(encoding="utf-8").splitlines()) < LONGEST

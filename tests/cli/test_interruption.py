"""Signals at random moments of the commands that write: nothing half written, nothing left, and a rerun completes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import dancelift
from dancelift.synthetic.dance import generate
from fixtures.commands import run

if sys.platform == "win32":
    pytest.skip("no such signals on Windows", allow_module_level=True)

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
LONGEST = 300  # s


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    np.savez(folder / "clip.npz", keypoints2d=generate(60).keypoints2d, fps=25.0, image_size=(1920, 1080))
    assert run("lift", folder / "clip.npz", "-o", folder / "lift.npz", "--n-seeds", 1, "-q") == 0
    return folder


COMMANDS: dict[str, tuple[str, ...]] = {
    "lift": ("lift", "CLIP", "-o", "out.npz", "--n-seeds", "4", "-q"),
    "label": ("label", "LIFT", "-o", "out.npz"),
    "report": ("report", "LIFT", "-o", "out.html"),
    "export": ("export", "LIFT", "-o", "out.glb"),
    "view": ("view", "LIFT", "-o", "out.png"),
    "film": ("view", "LIFT", "-o", "out.mp4"),
    "compare": ("compare", "LIFT", "LIFT", "-o", "out.html"),
    "phrases": ("phrases", "LIFT", "-o", "out.html"),
    "demo": ("demo", "-o", "demo"),
    "recognize": ("recognize", "CLIP", "-o", "out.npz", "--no-reasons", "--n-seeds", "2"),
    "batch": ("batch", "CLIP", "-o", "results", "--n-seeds", "2", "--workers", "1", "-q"),
    "fit-prior": ("fit-prior", "--from-2d", "CLIP", "-o", "out.npz"),
}


def start(folder: Path, where: Path, words: tuple[str, ...]) -> subprocess.Popen:
    given = [{"CLIP": str(folder / "clip.npz"), "LIFT": str(folder / "lift.npz")}.get(word, word) for word in words]
    return subprocess.Popen(
        [sys.executable, "-m", "dancelift.cli", *given], cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, "PYTHONPATH": str(Path(dancelift.__file__).parents[1])},
    )  # fmt: skip


def left(where: Path) -> list[str]:
    """Files that are no result."""
    return [path.name for path in where.rglob("*") if path.name.startswith(".")]


def whole(where: Path) -> bool:
    """Whether what has its final name can be shown, which reads all of it."""
    found = [path for path in where.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return all(run("show", path) == 0 for path in found)


def attack(folder: Path, where: Path, words: tuple[str, ...], number: int, seconds: float) -> None:
    where.mkdir()
    process = start(folder, where, words)
    time.sleep(seconds)
    process.send_signal(number)
    error = process.communicate(timeout=LONGEST)[1]
    ended = {0, CODES[signal.Signals(number)], -number}  # before it came; by our handler; before there was one
    if words[0] == "batch" and number == signal.SIGTERM:
        ended.add(130)  # which stops a batch as Ctrl-C does
    assert process.returncode in ended, error
    assert "Traceback" not in error
    if number != signal.SIGKILL:
        assert not left(where)
    assert whole(where)
    again = start(folder, where, (*words, *(() if words[0] == "demo" else ("--force",))))
    error = again.communicate(timeout=LONGEST)[1]
    assert again.returncode == 0, error
    assert not left(where) and whole(where)


def test_a_lift_is_ended_while_it_lifts(folder, tmp_path):
    attack(folder, tmp_path / "here", COMMANDS["lift"], signal.SIGHUP, 1.0)


@pytest.mark.trust
@pytest.mark.slow
@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_ended_at_a_random_moment(folder, tmp_path, name, number, capsys):
    words = COMMANDS[name]
    before = time.monotonic()
    (tmp_path / "whole").mkdir()
    first = start(folder, tmp_path / "whole", words)
    error = first.communicate(timeout=LONGEST)[1]
    if first.returncode and "pip install" in error:
        pytest.skip(error.strip())
    assert first.returncode == 0, error
    lasts = time.monotonic() - before
    chosen = random.Random(f"{name} {number}")
    for i in range(2):
        attack(folder, tmp_path / str(i), words, number, chosen.uniform(0, lasts))

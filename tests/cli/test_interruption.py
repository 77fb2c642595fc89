"""Signals at random moments of every command that writes: nothing half written, nothing left, and a rerun completes.

TRUST_SEED and TRUST_MOMENTS say which moments, and how many for each command and signal.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dancelift
from fixtures.writing_commands import COMMANDS, damaged, left, words_of, write_inputs

if sys.platform == "win32":
    pytest.skip("no such signals on Windows", allow_module_level=True)

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
OF_TERMINALS = (signal.SIGINT, signal.SIGHUP)  # which come to the command's processes as well
LONGEST = 300  # s
FIRST = 0.15  # s, in which Python itself starts
SEED = os.environ.get("TRUST_SEED", "0")
N_MOMENTS = int(os.environ.get("TRUST_MOMENTS", "1"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


@pytest.fixture(scope="module")
def durations() -> dict[str, float]:
    """Of commands that were run to their end, s."""
    return {}


def start(where: Path, words: list[str]) -> subprocess.Popen:
    (where / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "dancelift.cli", *words], cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, "PYTHONPATH": str(Path(dancelift.__file__).parents[1]), "TMPDIR": str(where / "tmp")},
    )  # fmt: skip


def attack(folder: Path, where: Path, name: str, number: int, seconds: float) -> None:
    where.mkdir()
    moment = f"{name}, {signal.Signals(number).name} after {seconds:.3f} s"
    process = start(where, words_of(name, folder))
    time.sleep(seconds)
    if number in OF_TERMINALS:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    error = process.communicate(timeout=LONGEST)[1]
    ended = {0, CODES[signal.Signals(number)], -number}  # before it came; by our handler; before there was one
    assert process.returncode in ended, f"{moment}: {process.returncode}, {error}"
    assert "Traceback" not in error, f"{moment}: {error}"
    if number == signal.SIGINT and process.returncode:
        assert error.splitlines()[-1:] in (["dancelift: interrupted"], []), f"{moment}: {error}"
    if number != signal.SIGKILL:
        assert not left(where), moment
        others = [path.name for path in (where / "tmp").iterdir() if not path.name.startswith("torchinductor_")]
        assert not others, moment  # but for a cache of torch's
    assert not list(damaged(where)), moment
    again = start(where, words_of(name, folder, again=True))
    error = again.communicate(timeout=LONGEST)[1]
    assert again.returncode == 0, f"{moment}, and again: {error}"
    assert not left(where) and not list(damaged(where)), f"{moment}, and again"


def test_a_lift_is_ended_while_it_lifts(folder, tmp_path):
    attack(folder, tmp_path / "here", "lift", signal.SIGHUP, 1.0)


def cases() -> list:
    """Every command with every signal; those of one command in one process, which knows how long it lasts.

    The demo, which lifts, draws and reports as others do, and takes longest, has two of them.
    """
    signals = {name: list(CODES) for name in COMMANDS}
    signals["demo"] = random.Random(f"{SEED} demo").sample(list(CODES), 2)
    return [
        pytest.param(name, number, id=f"{name}-{number.name}", marks=pytest.mark.xdist_group(name))
        for name in COMMANDS
        for number in signals[name]
    ]


@pytest.mark.trust
@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), cases())
def test_a_command_is_ended_at_a_random_moment(folder, tmp_path, durations, name, number, capsys):
    if name not in durations:
        before = time.monotonic()
        (tmp_path / "whole").mkdir()
        first = start(tmp_path / "whole", words_of(name, folder))
        error = first.communicate(timeout=LONGEST)[1]
        if first.returncode and "pip install" in error:
            pytest.skip(error.strip())
        assert first.returncode == 0, error
        assert not left(tmp_path) and not list(damaged(tmp_path))
        durations[name] = time.monotonic() - before
    chosen = random.Random(f"{SEED} {name} {number}")
    for i in range(N_MOMENTS):
        attack(folder, tmp_path / str(i), name, number, chosen.uniform(FIRST, durations[name]))

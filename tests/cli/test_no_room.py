"""Full disks and places that cannot be written, found before the work; what fills up meanwhile is one line, no part."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dancelift
from dancelift import cli
from fixtures.commands import only_line
from fixtures.writing_commands import COMMANDS, left, words_of, write_inputs

if sys.platform == "win32":
    pytest.skip("no such limits on Windows", allow_module_level=True)

FEW = 64 * 1024  # bytes


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


def mounted(place: Path, options: str) -> None:
    """Have a file system of its own in a folder, or skip where that is not allowed."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "place"
    place.mkdir()
    mounted(place, f"size={FEW}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "place"
    place.mkdir()
    if os.geteuid() == 0:  # whom no permissions stop
        mounted(place, "ro")
    else:
        place.chmod(0o500)
    yield place
    if os.geteuid() == 0:
        subprocess.run(["umount", place], check=True)
    else:
        place.chmod(0o700)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "place"
    place.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FEW, before[1]))
    yield place
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


REASONS = {"full": "No space left on device", "read_only": "Read-only file system|Permission denied",
           "limited": "File too large"}  # fmt: skip


@pytest.mark.trust
@pytest.mark.parametrize("kind", REASONS)
@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_found_before_the_work(folder, request, monkeypatch, capsys, name, kind):
    words = words_of(name, folder)
    where = request.getfixturevalue(kind)
    with monkeypatch.context() as within:
        within.chdir(where)
        code = cli.main(words)
    printed = capsys.readouterr()
    if "pip install" in printed.err:
        pytest.skip(printed.err.strip())
    line = only_line(printed.err)
    assert code == 1
    assert line.startswith("dancelift: error: ")
    named = line.removeprefix("dancelift: error: ").partition(": ")[0]
    assert named.split("/")[0].split(".")[0] in ("out", "labels", "demo", "results"), line
    assert any(reason in line for reason in REASONS[kind].split("|")), line
    assert "expected a place with room" in line
    assert printed.out in ("", "\n")
    assert list(where.iterdir()) == []


PROGRAM = """
import resource, sys
import dancelift.files
from dancelift import cli

dancelift.files._LEAST_ROOM = 0  # the disk was not full when it was looked at
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.mark.trust
@pytest.mark.slow
@pytest.mark.parametrize("most", [200, 1500])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_fills_up_meanwhile(folder, tmp_path, name, most):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(most), *words_of(name, folder)], cwd=tmp_path, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, timeout=300,
        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
        env={**os.environ, "PYTHONPATH": str(Path(dancelift.__file__).parents[1])},
    )  # fmt: skip
    if "pip install" in run.stderr:
        pytest.skip(run.stderr.strip())
    assert "Traceback" not in run.stderr, run.stderr
    assert run.returncode == 1, run.stderr
    last = run.stderr.splitlines()[-1]
    assert last.startswith("dancelift: error: ") and "File too large" in last, run.stderr
    assert any(word in last for word in ("out", "labels", "demo", "results", "lifts", "run.pt")), last
    assert not left(tmp_path)

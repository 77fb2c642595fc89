"""Files that several processes write at once, and what those leave that are killed."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dancelift.files
from dancelift.files import check_writable, final_name, remove_parts, write

WRITE = """
import sys
from pathlib import Path
from dancelift.files import write

def save(part):
    part.write_text(sys.argv[2] * 1000)
    print("half", flush=True)
    sys.stdin.readline()
    with part.open("a") as file:
        file.write(sys.argv[2] * 1000)

write(Path(sys.argv[1]), save)
"""


def writing(path: Path, letter: str) -> subprocess.Popen:
    """A process that has written half of a file, and writes the rest after a line on its input."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, path, letter], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "half\n"
    return process


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_two_processes_that_write_one_file_at_once_both_write_it_whole(tmp_path):
    path = tmp_path / "out.npz"
    first, second = writing(path, "a"), writing(path, "b")
    assert len(parts(tmp_path)) == 2
    for process, letter in ((second, "b"), (first, "a")):
        assert process.communicate("\n", timeout=60)[1] == ""
        assert process.returncode == 0
        assert path.read_text() == letter * 2000
    assert parts(tmp_path) == []


def test_threads_that_write_one_file_at_once_do_not_harm_one_another(tmp_path):
    path, pool = tmp_path / "out", ThreadPoolExecutor(4)
    for _ in pool.map(lambda i: write(path, lambda part: part.write_text(str(i) * 10**6)), range(8)):
        assert len(path.read_text()) == 10**6
    assert os.listdir(tmp_path) == ["out"]


def killed(path: Path) -> str:
    """The name of what a process that was killed leaves."""
    process = writing(path, "a")
    (part,) = set(parts(path.parent))
    process.kill()
    process.communicate()
    return part


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be asked for")
def test_what_a_process_that_was_killed_has_left_goes_with_the_next_file_and_what_one_is_writing_stays(tmp_path):
    killed(tmp_path / "a.npz")
    other = writing(tmp_path / "b.npz", "b")
    of_others = (tmp_path / ".of_others.part", tmp_path / ".a.npz.part")
    for path in of_others:
        path.write_text("")
    dancelift.files._remove_parts_once.cache_clear()
    write(tmp_path / "c.npz", lambda part: part.write_text("c"))
    assert not (tmp_path / "a.npz").exists()
    (left,) = {name for name in parts(tmp_path)} - {path.name for path in of_others}
    assert left.startswith(".b.npz.")
    other.communicate("\n", timeout=60)
    assert sorted(os.listdir(tmp_path)) == sorted(["b.npz", "c.npz", *(path.name for path in of_others)])


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be asked for")
def test_of_another_machine_what_has_not_changed_for_a_day_goes(tmp_path, monkeypatch):
    name = killed(tmp_path / "a.npz")
    under_suffix = tmp_path / f"{name}.c3d"  # as libraries have it that go by the suffix
    under_suffix.write_text("")
    monkeypatch.setattr(dancelift.files, "_this_machine", lambda: "abcdef")
    remove_parts(tmp_path)
    assert sorted(parts(tmp_path)) == sorted([name, under_suffix.name])
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    remove_parts(tmp_path)
    assert parts(tmp_path) == []


def test_the_name_that_a_part_will_have(tmp_path):
    names = []
    for path in (tmp_path / "a b.trc", tmp_path / ".hidden.1-2-3.part", tmp_path / "x\ny"):
        write(path, lambda part: (names.append(final_name(part)), part.write_text("")))
    assert names == ["a b.trc", ".hidden.1-2-3.part", "x\ny"]
    assert final_name(Path("somewhere/else.trc")) == "else.trc"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_look_at_a_place_leaves_nothing_even_if_it_is_killed(tmp_path):
    code = "import os, pathlib, dancelift.files as files, sys\n"
    code += "pathlib.Path.unlink = lambda *_, **__: os.kill(os.getpid(), 9)\n"
    code += "files.check_writable(pathlib.Path(sys.argv[1]))"
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "a"], check=False).returncode == -signal.SIGKILL
    assert len(parts(tmp_path)) == 1
    check_writable(tmp_path / "a")
    remove_parts(tmp_path)
    assert os.listdir(tmp_path) == []

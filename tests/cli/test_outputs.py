"""An output that cannot be written is found before the work, by every command, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dancelift.errors import InputError
from dancelift.files import check_writable, write
from dancelift.synthetic.dance import generate
from fixtures.commands import only_line, run


def no_room(*_: object) -> int:
    raise OSError(28, "No space left on device")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.npz"
    np.savez(path, keypoints2d=generate(12).keypoints2d, fps=25.0, image_size=(1920, 1080))
    return path


COMMANDS = {
    "lift": ("lift", "CLIP", "-o"),
    "recognize": ("recognize", "CLIP", "-o"),
    "fit-prior": ("fit-prior", "--from-2d", "CLIP", "-o"),
    "train movements": ("train", "movements", "FOLDER", "-o"),
    "train genre": ("train", "genre", "FOLDER", "-o"),
    "evaluate lift": ("evaluate", "lift", "FOLDER", "--json"),
    "evaluate movements": ("evaluate", "movements", "FOLDER", "--json"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_where_a_folder_should_be(clip, tmp_path, command, capsys):
    if command == "recognize":
        pytest.importorskip("torch", reason="recognition needs the extra 'recognize'")
    (tmp_path / "file").write_text("mine")
    output = (
        tmp_path
        / "file"
        / {"train movements": "a.safetensors", "train genre": "a.safetensors"}.get(
            command, "a.json" if "evaluate" in command else "a.npz"
        )
    )
    given = [{"CLIP": clip, "FOLDER": tmp_path}.get(word, word) for word in COMMANDS[command]]
    assert run(*given, output) == 1
    printed = capsys.readouterr()
    assert only_line(printed.err) == f"dancelift: error: {output}: {tmp_path / 'file'} is no folder, expected one"
    assert printed.out == ""
    assert (tmp_path / "file").read_text() == "mine"


def test_demo_without_a_place(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run("demo", "-o", tmp_path / "file" / "demo") == 1
    assert "is no folder" in only_line(capsys.readouterr().err)


def test_a_full_disk_is_found_before_anything_is_lifted(clip, tmp_path, monkeypatch, capsys):
    opened = open
    full = lambda path, mode="r", **options: no_room() if "w" in mode else opened(path, mode, **options)  # noqa: E731
    monkeypatch.setattr("dancelift.cli.lift.lift_track", lambda *_: pytest.fail("lifted"))
    monkeypatch.setattr("builtins.open", full)
    assert run("lift", clip, "-o", tmp_path / "out.npz") == 1
    monkeypatch.undo()
    assert only_line(capsys.readouterr().err).startswith(
        f"dancelift: error: {tmp_path / 'out.npz'}: cannot be written (No space left on device)"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["clip.npz"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        check_writable(tmp_path / "a.npz")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x" * 252, "File name too long"), ("a\0b", "null"), (".", "is a folder, expected a file")],
)
def test_a_name_that_no_file_can_have(tmp_path, name, expected):
    with pytest.raises((InputError, ValueError), match=expected):
        check_writable(tmp_path / name)


def test_a_device_is_not_replaced():
    with pytest.raises(InputError, match="/dev/null: is no ordinary file"):
        check_writable(Path("/dev/null"))


def test_what_goes_wrong_while_writing_names_the_file_and_leaves_no_part(tmp_path):
    with pytest.raises(OSError, match=r"No space left on device: '.*/a.npz'"):
        write(tmp_path / "a.npz", no_room)
    assert not list(tmp_path.iterdir())


SLOW_LIFT = """
import sys, time
from pathlib import Path
from dancelift import cli
from dancelift.files import write

def slow(arguments):
    def save(part):
        part.write_text("half")
        print("writing", flush=True)
        for _ in range(600):  # one long sleep would not end for a signal that came just before it
            time.sleep(0.1)
    write(Path(sys.argv[1]), save)

cli.lift.run = slow
sys.exit(cli.main(["lift", "x", "-o", sys.argv[1]]))
"""


def program(*code: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", *code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("number", "code", "said"), [(15, 143, ""), (1, 129, ""), (2, 130, "dancelift: interrupted\n")]
)
def test_no_part_is_left_by_signals(tmp_path, number, code, said):
    process = program(SLOW_LIFT, str(tmp_path / "a.npz"))
    assert process.stdout.readline() == "writing\n"
    process.send_signal(number)
    assert process.communicate(timeout=30)[1] == said
    assert process.returncode == code
    assert not list(tmp_path.iterdir())


IMPORT = """
import sys, types, signal, os
module, sys.argv[0] = sys.argv[1], "dancelift"
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
import dancelift.cli
"""


@pytest.mark.parametrize("module", ["dancelift._core", "dancelift.lifting.lift", "dancelift.cli.train"])
def test_ctrl_c_while_modules_are_imported_has_no_traceback(module):
    process = program(IMPORT, module)
    assert process.communicate(timeout=60)[1] == "dancelift: interrupted\n"
    assert process.returncode == -2  # which shells call 130

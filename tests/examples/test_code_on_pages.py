"""The code on the pages of the documentation runs, from the top of each page to its end: `make docs-code`."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.page_files import environment, write_page_files
from website.code_blocks import LANGUAGES, OTHER_LANGUAGES, Block, blocks_in, blocks_of
from website.pages import code_pages

NEEDED = (
    "torch",
    "matplotlib",
    "av",
    "pympi",
    "dtaidistance",
    "ezc3d",
    "pxr",
    "rerun",
    "pandas",
    "distributed",
    "captum",
)
"""Modules of the extras that the pages take for granted."""

LONGEST = 600  # s, that a page's code may take

PAGES = [page for page in code_pages() if any(block.language in LANGUAGES for block in blocks_of(page))]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the pages name."""
    missing = [module for module in NEEDED if find_spec(module) is None]
    if missing:
        pytest.skip(f"needs the extra 'docs' and those that the pages use: {', '.join(missing)} not installed")
    folder = tmp_path_factory.mktemp("page_files")
    write_page_files(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_code_on_page_runs(page: str, files: Path, tmp_path: Path) -> None:
    place = tmp_path / "here"
    subprocess.run(["cp", "-a", str(files), str(place)], check=True)
    script = script_of([block for block in blocks_of(page) if is_run(block, place)])
    ran = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment(tmp_path), capture_output=True, encoding="utf-8",
        timeout=LONGEST,
    )  # fmt: skip
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}"
    for block in blocks_of(page):
        if block.language == "console" and is_run(block, place):
            assert_same_lines(shown_output(block), (place / output_name(block)).read_text(encoding="utf-8"))


def is_run(block: Block, place: Path) -> bool:
    if block.language not in LANGUAGES or block.not_run:
        return False
    return not block.needs_data or (place / "recordings" / block.needs_data).exists()


def script_of(blocks: list[Block]) -> str:
    """A script for bash that runs blocks in turn; those of Python, wherever they stand, share their names.

    The state of a page's Python is kept by running it anew from the start each time would take too long, so that all of
    it runs in one interpreter, which reads block after block from a pipe and says when one is done.
    """
    lines = [
        "set -euo pipefail",
        "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT",  # what a page starts in the background
        "mkfifo .to .from",
        f"python -u -c '{_INTERPRETER}' <.to >.from &",
        "exec 8>.to 9<.from",
        "disown",  # %1 is the first that a page starts
    ]
    for number, block in enumerate(blocks):
        lines += block.first
        if block.language == "python":
            name = f".block{number}.py"
            lines += [
                f"cat > {name} <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK",
                f"echo {name} >&8; read -r answer <&9",
                f'[ "$answer" = done ] || {{ echo "{block.page}:{block.line}: $answer" >&2; exit 1; }}',
            ]
        elif block.language == "sh":
            lines += [f"trap 'echo \"{block.page}:{block.line}\" >&2' ERR", "\n".join(block.lines_that_run)]
        else:
            lines += [f"{{ {command} || true; }} >> {output_name(block)} 2>&1" for command in commands_in(block)]
    lines += ["exec 8>&-", "read -r answer <&9 || true"]
    return "\n".join(lines)


_INTERPRETER = """
import sys, traceback
names = {"__name__": "__main__"}
answers, sys.stdout = sys.stdout, sys.stderr
for line in iter(sys.stdin.readline, ""):
    try:
        with open(line.strip(), encoding="utf-8") as file:
            exec(compile(file.read(), line.strip(), "exec"), names)
        print("done", file=answers, flush=True)
    except BaseException as error:
        traceback.print_exc()
        print(repr(error).replace(chr(10), " "), file=answers, flush=True)
"""


def commands_in(block: Block) -> list[str]:
    """What follows a prompt, with the lines that go on with it."""
    commands: list[str] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif commands and commands[-1].count('"') % 2:
            commands[-1] += "\n" + line
    return commands


def shown_output(block: Block) -> list[str]:
    """What the page shows below the commands."""
    commands = "\n".join(commands_in(block)).splitlines()
    return [line for line in block.text.splitlines() if line.removeprefix("$ ") not in commands]


def output_name(block: Block) -> str:
    return f".output{block.line}"


def assert_same_lines(shown: list[str], came: str) -> None:
    """Line by line, but for the numbers; a line that ends in "..." may go on, or have been shortened."""
    came_lines = came.splitlines()
    assert len(shown) == len(came_lines), came
    for line, other in zip(shown, came_lines, strict=True):
        start = line.removesuffix("...").rstrip()
        assert _without_numbers(other).startswith(_without_numbers(start)), f"{line!r} is shown, and came: {other!r}"


def _without_numbers(line: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "#", line)


def test_every_block_says_its_language():
    known = {*LANGUAGES, *OTHER_LANGUAGES}
    wrong = [
        f"{b.page}:{b.line}: {b.language!r}" for p in code_pages() for b in blocks_of(p) if b.language not in known
    ]
    assert wrong == []


def test_few_blocks_are_not_run_and_each_says_why():
    blocks = [block for page in PAGES for block in blocks_of(page) if block.language in LANGUAGES]
    not_run = [block for block in blocks if block.not_run]
    assert len(not_run) < len(blocks) / 3
    reasons = ("installs", "needs ", "trains ", "takes hours", "opens a window", "builds ", "a part of ")
    assert [block.not_run for block in not_run if not block.not_run.startswith(reasons)] == []


def test_extras_that_pages_name_are_there():
    root = Path(__file__).parents[2]
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    named = {
        extra
        for page in code_pages()
        for extras in re.findall(r"dancelift\[([\w,]+)\]", (root / page).read_text(encoding="utf-8"))
        for extra in extras.split(",")
    }
    assert named
    assert [extra for extra in sorted(named) if f"\n{extra} = [" not in project] == []


def test_marks_before_a_block_are_read():
    text = "<!-- not run: needs a camera -->\n<!-- first: mkdir a -->\n```sh\nls a\n```\n\n```python\n1\n```\n"
    one, other = blocks_in(text, "page.md")
    assert (one.language, one.text, one.line, one.not_run, one.first) == (
        "sh",
        "ls a\n",
        4,
        "needs a camera",
        ("mkdir a",),
    )
    assert (other.language, other.not_run, other.first) == ("python", "", ())


def test_mark_without_a_block_is_an_error():
    with pytest.raises(ValueError, match=r"page\.md:2: a mark"):
        blocks_in("<!-- not run: why -->\nNo block.\n", "page.md")


def test_output_that_is_shown_is_compared_but_for_numbers():
    assert_same_lines(["2 clips in 3.5 s", "a long line ..."], "4 clips in 11 s\na long line that goes on")
    with pytest.raises(AssertionError):
        assert_same_lines(["2 clips in 3.5 s"], "2 files in 3.5 s")

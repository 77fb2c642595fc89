"""Blocks of code in the pages: which there are, which are run, and why the others are not.

A fenced block of `python`, `sh` or `console` is run, page by page and from top to bottom. Comments before a block, each
on a line of its own, which no reader sees:

    <!-- not run: REASON -->     it is not run
    <!-- needs data: FOLDER -->  it is run where that folder of recordings is, which do not ship
    <!-- left out: START | REASON -->  its lines that start so are not run
    <!-- first: COMMAND -->      is run before it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from website.pages import ROOT, code_pages

LANGUAGES = ("python", "sh", "console")
"""Of blocks that are run."""

OTHER_LANGUAGES = ("text", "json", "csv", "html", "toml", "yaml", "bibtex")
"""Of blocks in which there is nothing to run."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*) *$")
_MARK = re.compile(r"^ *<!-- (not run|needs data|left out|first): (.+?) -->$")


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        page: file that it is in, relative to the repository.
        line: of that file, in which its text begins, counted from 1.
        language: as the fence says.
        text: of the block, without its indentation.
        not_run: why it is not run; "" if it is.
        needs_data: folder of recordings without which it is not run; "": none.
        first: commands that are run before it.
        left_out: how lines begin that are not run, and why.
    """

    page: str
    line: int
    language: str
    text: str
    not_run: str = ""
    needs_data: str = ""
    first: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def lines_that_run(self) -> list[str]:
        """Its lines, without those that are left out."""
        starts = tuple(start for start, _ in self.left_out)
        return [line for line in self.text.splitlines() if not starts or not line.startswith(starts)]


def blocks_of(page: str) -> list[Block]:
    """Of a file of the repository, in their order."""
    return blocks_in((ROOT / page).read_text(encoding="utf-8"), page)


def blocks_in(text: str, page: str) -> list[Block]:
    found: list[Block] = []
    marks: list[tuple[str, str]] = []
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        mark, fence = _MARK.match(line), _FENCE.match(line)
        if mark:
            marks.append((mark[1], mark[2]))
        elif fence:
            inside = []
            for _, code in lines:
                if code.strip() == "```":
                    break
                inside.append(code.removeprefix(fence["indent"]))
            said = dict(marks)
            first = tuple(command for kind, command in marks if kind == "first")
            left_out = [said.partition(" | ") for kind, said in marks if kind == "left out"]
            found.append(
                Block(
                    page, number + 1, fence["language"], "\n".join(inside) + "\n",
                    said.get("not run", ""), said.get("needs data", ""), first,
                    tuple((start, reason) for start, _, reason in left_out),
                )
            )  # fmt: skip
            marks = []
        elif line.strip() and marks:
            raise ValueError(f"{page}:{number}: a mark for a block of code, and no block after it")
    return found


def all_blocks() -> list[Block]:
    """Of all pages, those in which there is nothing to run left out."""
    return [block for page in code_pages() for block in blocks_of(page) if block.language in LANGUAGES]


def table_of_not_run() -> str:
    """What is not run, and why, as a table for the site."""
    blocks = all_blocks()
    not_run = [block for block in blocks if block.not_run or block.needs_data]
    lines = [
        f"Of {len(blocks)} blocks of Python and of the command line, {len(blocks) - len(not_run)} are run as they "
        "stand. The others, and lines that are left out:",
        "",
        "| page | begins with | why it is not run |",
        "| --- | --- | --- |",
    ]
    for block in not_run:
        why = block.not_run or f"only where the recordings `{block.needs_data}` are, which do not ship"
        lines.append(_row(block, re.split(r"\s{2,}|\n", block.text.strip())[0], why))
    lines += [_row(block, start, reason) for block in blocks for start, reason in block.left_out]
    return "\n".join(lines)


def _row(block: Block, begins: str, why: str) -> str:
    return f"| {Path(block.page).name} | `{begins}` | {why} |".replace("\\|", "|")

"""What the documentation says is there: links, files, modules and names."""

import ast
import importlib
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import dancelift
from dancelift.errors import DanceliftError
from website.pages import code_pages

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / page for page in code_pages()]
FIGURES = ("rooms.svg", "frames.svg")


def import_or_skip(module: str):
    """A module, or a skip where the extra that it needs is not installed."""
    try:
        return importlib.import_module(module)
    except (ImportError, DanceliftError) as reason:
        cause = reason if isinstance(reason, ImportError) else reason.__cause__
        if isinstance(cause, ImportError) and (cause.name or "").startswith("dancelift"):
            raise
        pytest.skip(f"{module}: {reason}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:python|cpp|tests|docs|examples|benchmarks)/[\w./]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_files_on_a_clips_way_exist():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    way = page.split("## One clip's way")[1].split("##")[0]
    named = re.findall(r"`((?:\w+/)+\w+\.py|(?:\w+/)+)`", way)
    assert len(named) > 15
    assert [name for name in named if not (ROOT / "python" / "dancelift" / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_imports_in_code_blocks_are_there(page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        for node in ast.walk(ast.parse(textwrap.dedent(block))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dancelift"):
                module = import_or_skip(node.module)
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "dancelift":
                assert node.attr in dancelift.__all__


def public_names() -> list[tuple[str, list[str]]]:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.split("## What is public")[1].split("##")[0]
    rows = re.findall(r"^\| `(dancelift\.[\w.]+)` \| (.+) \|$", table, re.MULTILINE)
    return [(module, re.findall(r"`(\w+)`", names)) for module, names in rows]


@pytest.mark.parametrize("module, names", public_names(), ids=lambda value: value if isinstance(value, str) else "")
def test_public_names_are_there(module, names):
    found = import_or_skip(module)
    assert names
    assert [name for name in names if not hasattr(found, name)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_figures_show_what_the_contract_and_the_packages_say(name):
    code = f"import make_figures; print(make_figures.FIGURES[{name!r}](), end='')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "docs"), "PYTHONIOENCODING": "utf-8"}
    drawn = subprocess.run(
        [sys.executable, "-B", "-c", code], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert drawn.stdout == (ROOT / "docs" / name).read_text(encoding="utf-8"), "run python docs/make_figures.py"


def test_architecture_names_every_room():
    """Of the layers of the import contract, in the figure."""
    figure = (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8")
    packages = [path.parent.name for path in (ROOT / "python" / "dancelift").glob("*/__init__.py")]
    assert [name for name in packages if f">{name}/<" not in figure] == []

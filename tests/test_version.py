"""pyproject.toml has the version; everything else that names one names that."""

import re
from importlib import metadata

import dancelift
from dancelift import _core
from fixtures.paths import REPOSITORY


def in_file(name: str, pattern: str) -> str:
    (found,) = re.findall(pattern, (REPOSITORY / name).read_text(encoding="utf-8"), re.MULTILINE)
    return found


VERSION = in_file("pyproject.toml", r'^version = "(.+)"$')


def test_package_and_core_are_of_the_version_of_the_project():
    assert dancelift.__version__ == _core.__version__ == metadata.version("dancelift") == VERSION


def test_stubs_of_the_core_name_that_version():
    assert in_file("python/dancelift/_core.pyi", r'^__version__: str = "(.+)"$') == VERSION


def test_citation_is_of_that_version():
    assert in_file("CITATION.cff", r"^version: (.+)$") == VERSION


def test_changelog_begins_with_that_version():
    first = re.search(
        r"^## .*?(\d+\.\d+\.\d+)", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert first is not None
    assert first[1] == VERSION

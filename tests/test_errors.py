"""Errors, and the optional dependencies that are asked for."""

import subprocess
import sys
import tomllib
from importlib.util import find_spec

import pytest

from dancelift.errors import EXTRAS, DanceliftError, InputError, MissingExtraError, require
from fixtures.paths import REPOSITORY

MODULES = {"pillow": "PIL", "pympi-ling": "pympi", "rerun-sdk": "rerun", "usd-core": "pxr"}
"""Of distributions whose module has another name."""


def test_modules_are_those_of_the_extras_in_pyproject():
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    def modules(extra: str) -> set[str]:
        found = set()
        for requirement in extras[extra]:
            name = requirement.split(">")[0]
            found |= (
                modules(name[len("dancelift[") : -1]) if name.startswith("dancelift[") else {MODULES.get(name, name)}
            )
        return found

    for extra, expected in EXTRAS.items():
        assert set(expected) == modules(extra)


def test_what_is_missing_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pympi", None)
    with pytest.raises(
        MissingExtraError, match=r'^writing needs pympi: pip install "dancelift\[annotate\]"$'
    ) as raised:
        require("annotate", "writing", "pympi")
    assert isinstance(raised.value, DanceliftError) and isinstance(raised.value, ImportError)


def test_only_the_modules_asked_for_are_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "captum", None)
    if find_spec("torch"):
        require("recognize", "recognition", "torch")
    with pytest.raises(MissingExtraError, match="captum"):
        require("recognize", "recognition")


def test_no_command_needs_an_extra_before_it_is_run():
    modules = sorted({module for of_extra in EXTRAS.values() for module in of_extra})
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({modules!r}))\n"
        "from dancelift import cli\n"
        "raise SystemExit(cli.main(['--help']))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "batch" in run.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a program of its own")
def test_import_in_a_subinterpreter_is_an_error_and_does_not_wait():
    code = (
        "try:\n import _interpreters as i\nexcept ImportError:\n import _xxsubinterpreters as i\n"
        "one = i.create()\n"
        "run = getattr(i, 'exec', None) or i.run_string\n"
        "try:\n found = run(one, 'import dancelift')\n"
        "except Exception as error:\n found = error\n"
        "print(found)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "imported in a subinterpreter, expected the main one" in run.stdout, run.stdout + run.stderr


@pytest.mark.parametrize("message", ["one\ntwo", "one \r\n two", "one\n\n two"])
def test_messages_are_one_line(message):
    assert str(InputError(message)) == "one two"

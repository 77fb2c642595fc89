"""The Python reference: a page for each module that docs/architecture.md calls public, from its docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

import dancelift
from website.pages import ROOT, write


def public_names() -> dict[str, list[str]]:
    """The names that are public, by module."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.split("## What is public")[1].split("##")[0]
    rows = re.findall(r"^\| `(dancelift\.[\w.]+)` \| (.+) \|$", table, re.MULTILINE)
    return {"dancelift": list(dancelift.__all__)} | {module: re.findall(r"`(\w+)`", names) for module, names in rows}


def index() -> str:
    """A list of the modules with their names, and the order of their pages."""
    lines = []
    for module, names in public_names().items():
        said = (inspect.getdoc(importlib.import_module(module)) or "").splitlines()[0]
        linked = ", ".join(f"[`{name}`](#{_full_name(module, name)})" for name in names)
        lines.append(f"- [`{module}`](python/{module}.rst): {said}  \n  {linked}")
    toc = ["", "```{toctree}", ":hidden:", "", *(f"python/{module}" for module in public_names()), "```"]
    return "\n".join(lines + toc)


def write_pages(folder: Path) -> None:
    """Write the pages, in reStructuredText, for autodoc to fill."""
    for module, names in public_names().items():
        lines = [module, "=" * len(module), "", f".. automodule:: {module}", "   :no-members:", ""]
        for name in names:
            if _full_name(module, name) != f"{module}.{name}":
                lines += [f"``{name}`` is :py:obj:`{_full_name(module, name)}`.", ""]
                continue
            found = getattr(importlib.import_module(module), name)
            kind = "class" if inspect.isclass(found) else "function" if callable(found) else "data"
            kind = "exception" if kind == "class" and issubclass(found, BaseException) else kind
            if kind == "data":
                lines += [f".. py:data:: {module}.{name}", "", f"   {_about_data(module, name)}", ""]
            else:
                lines += [f".. auto{kind}:: {module}.{name}", ""]
        write(folder / f"{module}.rst", "\n".join(lines))


def _about_data(module: str, name: str) -> str:
    """What stands below the definition of a constant, which autodoc reads in the module that defines it alone."""
    imports = ast.walk(ast.parse(inspect.getsource(importlib.import_module(module))))
    homes = [
        node.module or module
        for node in imports
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]
    ]
    said = ModuleAnalyzer.for_module(homes[0] if homes else module).find_attr_docs()
    return " ".join(said["", name])


def _full_name(module: str, name: str) -> str:
    """The name under which something is described: the shortest of those under which it is public."""
    return f"dancelift.{name}" if name in dancelift.__all__ else f"{module}.{name}"

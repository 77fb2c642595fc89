"""The project's docstrings as napoleon takes them: what it would read as a type, or not at all, is put otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises):$")
_SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+): (.*)$")
_BEFORE_NAPOLEON = 400


def prepare(lines: list[str], kind: str) -> list[str]:
    """The lines of a docstring.

    Args:
        lines: as they stand in the code, without their indentation.
        kind: of what they describe, as autodoc calls it.
    """
    found: list[str] = [""] if kind in ("property", "attribute", "data") else []  # else "one: two" is a type and a text
    section = ""
    several: tuple[str, list[str]] | None = None  # names that share a description, and the lines of it so far
    for line in lines:
        if line and not line.startswith(" "):
            found += _repeated(several)
            several = None
            match = _SECTION.match(line)
            section = match[1] if match else ""
            if section in ("Returns", "Yields"):
                found.append("")
                continue
        shared = _SEVERAL.match(line) if section in ("Args", "Attributes") else None
        if section in ("Returns", "Yields") and line.strip():
            is_first = not found[-1].strip()
            found.append(f":returns: {line.strip()}" if is_first else f"    {line.strip()}")
        elif shared:
            found += _repeated(several)
            several = shared[2], [f"{shared[1]}{{name}}: {shared[3]}"]
        elif several and line.startswith(" " * 8):
            several[1].append(line)
        else:
            found += _repeated(several)
            several = None
            found.append(line)
    return found + _repeated(several)


def _repeated(several: tuple[str, list[str]] | None) -> list[str]:
    """The description once for each of its names."""
    if several is None:
        return []
    names, (first, *others) = several
    return [line for name in names.split(", ") for line in (first.replace("{name}", name), *others)]


def _process(app: Sphinx, kind: str, name: str, described: Any, options: Any, lines: list[str]) -> None:
    lines[:] = prepare(lines, kind)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process, priority=_BEFORE_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

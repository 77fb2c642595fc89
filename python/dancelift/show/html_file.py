"""A page as one HTML file that needs neither a network nor a server, and what its script reads."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from dancelift.arraytypes import Array

MISSING = -32768
"""Stands for NaN among 16 bits."""

_TRANSPORT = Path(__file__).with_name("page") / "transport.html"
_LARGEST = 32767  # of 16 bits


def write_html(
    path: str | os.PathLike[str],
    template: Path,
    styles: Sequence[Path],
    scripts: Sequence[Path],
    title: str,
    content: dict[str, Any],
    provenance: dict[str, Any],
) -> None:
    """Write a page.

    Args:
        path: of the HTML file.
        template: HTML with $title, $provenance, $style, $style_hash, $script, $script_hash, $transport, the controls
            of what is played, and $data, the content as JSON.
        styles: CSS that the page holds.
        scripts: JavaScript that the page holds.
        title: as text.
        content: fit for JSON.
        provenance: see `dancelift.provenance.made_of`.
    """
    script = "".join(each.read_text(encoding="utf-8") for each in scripts)
    style = "".join(each.read_text(encoding="utf-8") for each in styles)
    page = Template(template.read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        provenance=html.escape(json.dumps(provenance)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        transport=_TRANSPORT.read_text(encoding="utf-8"),
        data=_harmless_json(content),
    )
    Path(path).write_text(page, encoding="utf-8", newline="\n")


def _hash(source: str) -> str:
    """Return the hash by which the page's content security policy knows its own style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _harmless_json(content: dict[str, Any]) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin another."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def packed(array: Array, finest: float) -> dict[str, Any]:
    """Pack coordinates as 16 bits each, in multiples of `unit`: the finest, or the one with which the largest fits."""
    largest = np.nanmax(np.abs(array), initial=0)
    unit = max(finest, float(largest) / _LARGEST)
    counts = np.where(np.isnan(array), MISSING, np.round(array / unit))
    return {"unit": unit, "data": base64_of(counts.astype("<i2"))}


def base64_of(array: np.ndarray) -> str:
    """Return an array's bytes as text."""
    return base64.b64encode(array.tobytes()).decode()

"""How far dancelift's solver is from what the processor could do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def section(record: Mapping[str, Any]) -> str:
    """Markdown of a section of BENCHMARK.md, from what speed.json holds; empty: there is none."""
    return ""

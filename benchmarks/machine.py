"""What a benchmark's figures depend on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dancelift


def machine(n_threads: int, libraries: Sequence[str]) -> dict[str, Any]:
    """The processor, threads, and versions of Python, of libraries from PyPI and of dancelift."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": n_threads,
        "python": platform.python_version(),
        **{name: _version(name) for name in libraries},
        "dancelift": dancelift.__version__,
    }


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

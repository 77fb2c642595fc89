"""Programs in C++ that benchmarks build for themselves."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


def missing(name: str) -> str:
    """What a program lacks to be built; empty: nothing."""
    try:
        build(name)
    except (OSError, subprocess.CalledProcessError):
        return "Ceres, or what it takes to build with it"
    return ""


@cache
def build(name: str) -> Path:
    """The program of the folder benchmarks/NAME.

    Raises:
        OSError: there is no CMake.
        subprocess.CalledProcessError: it cannot be built.
    """
    folder = _HERE.parent / "build" / name
    for arguments in (["-S", str(_HERE / name), "-B", str(folder)], ["--build", str(folder), "--target", name]):
        subprocess.run([shutil.which("cmake") or "cmake", *arguments], check=True, capture_output=True)
    return folder / name

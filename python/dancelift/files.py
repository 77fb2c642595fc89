"""Writing files so that no half a file is ever found in their place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write(output: Path, save: Callable[[Path], object]) -> None:
    """Have a file written beside its place and moved there when complete, so that no half a file is left."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    try:
        save(part)
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)

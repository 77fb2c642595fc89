"""dancelift's package by links, with a core of one's choice, for what an editable install stands in the way of."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path

SOURCES = Path("python/dancelift")


def link_package(core: Path, folder: Path) -> Path:
    """Link the sources and an extension into a folder, and return the package in it."""
    package = folder / "dancelift"
    package.mkdir(parents=True, exist_ok=True)
    own = [path for path in SOURCES.iterdir() if not path.name.startswith(("_core.c", "__pyc"))]
    for path in (*own, core):
        link = package / path.name
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
    return package


def import_plainly(folder: Path) -> None:
    """Have dancelift imported as Python does by itself, if by links into a folder.

    An editable install has a way of its own, in which atheris counts no branches: it then tries at random.
    """
    spec = find_spec("dancelift")
    if spec is None or isinstance(spec.loader, SourceFileLoader):
        return
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    core = next(file for place in places for file in place.glob("_core.*") if file.suffix in (".so", ".pyd"))
    sys.path.insert(0, str(link_package(core, folder).parent.resolve()))
    sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_editable")]

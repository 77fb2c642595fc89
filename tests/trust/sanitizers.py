"""The core's tests, and the Python tests that touch it, with the sanitizers that a build has."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = (
    "tests/test_core.py", "tests/test_core_arrays.py", "tests/lifting/test_lift.py", "tests/lifting/test_windows.py",
    "tests/lifting/test_bad_input.py", "tests/trust/test_processes.py",
)  # fmt: skip
"""Those that touch the core in every way."""


@dataclass(frozen=True)
class Sanitizer:
    """A build with sanitizers, by `make sanitize`.

    Attributes:
        build: its folder.
        library: what is loaded before Python, by its name where the compiler has it.
        compiler: that knows where.
        options: environment variables of what is run.
    """

    build: Path
    library: str
    compiler: str
    options: Mapping[str, str]

    @property
    def is_built(self) -> bool:
        """Whether there is something to run."""
        return (self.build / "elimination_fuzz").exists() and any(self.build.glob("_core.*.so"))

    def environment(self, python: bool) -> dict[str, str]:
        """What is set for a program of the core, or for Python with it."""
        found = {**os.environ, "OMP_NUM_THREADS": "1", **self.options}
        if self.compiler.startswith("clang"):
            # beside the compiler's libraries; tells of what OpenMP's threads wait for
            place = Path(self._file(self.library)).resolve().parents[4]
            found["OMP_TOOL_LIBRARIES"] = str(place / "libarcher.so")
        if python:
            # with it Python's own library of C++, or exceptions would not be seen
            found["LD_PRELOAD"] = f"{self._file(self.library)} {self._file('libstdc++.so.6')}"
            found["PYTHONPATH"] = str(self.package().parent)
        return found

    def package(self) -> Path:
        """The package with the build's extension, beside an interpreter that finds no other."""
        folder = self.build / "python"
        package = folder / "dancelift"
        package.mkdir(parents=True, exist_ok=True)
        (core,) = self.build.glob("_core.*.so")
        own = [path for path in Path("python/dancelift").iterdir() if not path.name.startswith(("_core.c", "__pyc"))]
        for path in (*own, core):
            link = package / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path.resolve())
        return package

    def python(self) -> Path:
        """An interpreter with all that this one has installed but an editable dancelift."""
        folder = self.build.resolve() / "venv"
        if not (folder / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            (site,) = (folder / "lib").glob("python*/site-packages")
            places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *_more_places()}
            (site / "others.pth").write_text("\n".join(sorted(places)) + "\n")  # whose own .pth are not read
        return folder / "bin" / "python"

    def _file(self, name: str) -> str:
        found = subprocess.run([self.compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        return found.stdout.strip()


def _more_places() -> list[str]:
    return [place for place in sys.path if place.endswith("site-packages")]


def steady(*command: object) -> list[str]:
    """A command without a random layout of memory, which older sanitizers need."""
    words = [str(word) for word in command]
    return ["setarch", "-R", *words] if sys.platform == "linux" else words


def clang() -> str:
    """The name of clang for C++."""
    names = ["clang++", *(f"clang++-{version}" for version in range(30, 13, -1))]
    return next((name for name in names if any((Path(p) / name).exists() for p in os.get_exec_path())), "clang++")


ADDRESS = Sanitizer(
    Path("build/address"),
    "libasan.so",
    os.environ.get("CXX", "g++"),
    {"ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"},
)
THREAD = Sanitizer(
    Path("build/thread"),
    f"libclang_rt.tsan-{os.uname().machine}.so",
    clang(),
    {"TSAN_OPTIONS": "ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66"},
)

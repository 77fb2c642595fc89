"""The core's tests, and the Python tests that touch it, with the sanitizers that a build has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which

from trust.package import link_package

TESTS = (
    "tests/test_core.py", "tests/test_core_arrays.py", "tests/lifting/test_lift.py", "tests/lifting/test_windows.py",
    "tests/lifting/test_bad_input.py", "tests/lifting/test_threads.py", "tests/trust/test_processes.py",
)  # fmt: skip
"""Those that touch the core in every way."""


@dataclass(frozen=True)
class Sanitizer:
    """A build with sanitizers, by `make sanitize`.

    Attributes:
        build: its folder.
        libraries: with the sanitizer's own functions; the first with which Python can be started is loaded before it.
        options: environment variables of what is run.
    """

    build: Path
    libraries: tuple[str, ...]
    options: Mapping[str, str]

    @property
    def is_built(self) -> bool:
        """Whether there is something to run."""
        return (self.build / "elimination_fuzz").exists() and any(self.build.glob("_core.*.so"))

    @property
    def compiler(self) -> str:
        """By which it is built."""
        cache = (self.build / "CMakeCache.txt").read_text(encoding="utf-8")
        (found,) = re.findall(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, re.MULTILINE)
        return str(found)

    def environment(self, library: str | None) -> dict[str, str]:
        """What is set for a program of the core, or for Python with it and a library that is loaded before it."""
        found = {**os.environ, "OMP_NUM_THREADS": "1", **self.options}
        archer = _resources(self.compiler).parents[1] / "libarcher.so"
        if archer.exists():  # beside clang's OpenMP library; tells of what its threads wait for
            found["OMP_TOOL_LIBRARIES"] = str(archer)
        if library:
            # with it Python's own library of C++, or exceptions would not be seen
            found["LD_PRELOAD"] = f"{library} {_file(self.compiler, 'libstdc++.so.6')}"
            found["PYTHONPATH"] = str(self.package().parent)
        return found

    def library(self) -> str | None:
        """The library with which Python can be started; None: there is none.

        That of some releases of clang ends any program into which it is loaded; GCC's has the same functions.
        """
        for name in self.libraries:
            for compiler in (self.compiler, "g++"):
                found = _file(compiler, name)
                if found and _starts({**os.environ, **self.options, "LD_PRELOAD": found}):
                    return found
        return None

    def package(self) -> Path:
        """The package with the build's extension, beside an interpreter that finds no other."""
        (core,) = self.build.glob("_core.*.so")
        return link_package(core, self.build / "python")

    def python(self) -> Path:
        """An interpreter with all that this one has installed but an editable dancelift."""
        folder = self.build.resolve() / "venv"
        if not (folder / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            (site,) = (folder / "lib").glob("python*/site-packages")
            places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *_more_places()}
            (site / "others.pth").write_text("\n".join(sorted(places)) + "\n")  # whose own .pth are not read
        return folder / "bin" / "python"


def _more_places() -> list[str]:
    return [place for place in sys.path if place.endswith("site-packages")]


def _file(compiler: str, name: str) -> str:
    """Where a compiler has a file; "": nowhere."""
    try:
        found = subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    place = found.stdout.strip()
    return place if Path(place).is_absolute() else ""


def _resources(compiler: str) -> Path:
    """The folder of clang's own files; of GCC, of its libraries."""
    for option in ("-print-resource-dir", "-print-libgcc-file-name"):
        found = subprocess.run([compiler, option], capture_output=True, text=True, check=False)
        if not found.returncode:
            return Path(found.stdout.strip()).resolve()
    return Path.cwd()


def _starts(environment: Mapping[str, str]) -> bool:
    """Whether Python can be started at all."""
    command = steady(sys.executable, "-c", "pass")
    return subprocess.run(command, env=dict(environment), capture_output=True, check=False).returncode == 0


@cache
def _keeps_layout() -> bool:
    return which("setarch") is not None and not subprocess.run(["setarch", "-R", "true"], check=False).returncode


def steady(*command: object) -> list[str]:
    """A command without a random layout of memory, which older sanitizers need."""
    return [*(["setarch", "-R"] if _keeps_layout() else []), *(str(word) for word in command)]


RACE = """
import ctypes, sys, threading
library = ctypes.CDLL(sys.argv[1])
threads = [threading.Thread(target=library.write_at_once) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def sees_a_race(sanitizer: Sanitizer, library: str) -> bool:
    """Whether a race on purpose, in a library that Python loads and two of its threads call, is seen."""
    race = sanitizer.build.resolve() / "race.so"
    source = Path(__file__).with_name("race.cpp")
    flags = ["-std=c++17", "-fsanitize=thread", "-O1", "-g1", "-fPIC", "-shared"]
    subprocess.run([sanitizer.compiler, *flags, source, "-o", race], check=True)
    command = steady(sanitizer.python(), "-c", RACE, race)
    run = subprocess.run(command, env=sanitizer.environment(library), capture_output=True, text=True, check=False)
    return run.returncode == RACED and "data race" in run.stderr


RACED = 66  # exit code of what has one

ADDRESS = Sanitizer(
    Path("build/address"),
    ("libasan.so",),
    {"ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"},
)
THREAD = Sanitizer(
    Path("build/thread"),
    (f"libclang_rt.tsan-{os.uname().machine}.so", "libclang_rt.tsan.so", "libtsan.so"),
    {"TSAN_OPTIONS": f"ignore_noninstrumented_modules=1 halt_on_error=1 allocator_may_return_null=1 exitcode={RACED}"},
)

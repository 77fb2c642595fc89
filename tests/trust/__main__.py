"""Run what must hold whatever comes, and say what was tried, what was found and what survived: python -m trust."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from trust.sanitizers import ADDRESS, TESTS, THREAD, Sanitizer, sees_a_race, steady

OUTPUT = Path("build/trust")
_CORE = Path("build/dev")  # without a sanitizer
_SYSTEMS, _SANITIZED_SYSTEMS = 4000, 500  # that each kernel of the elimination is given
_TESTS_OF_CORE = ("elimination_check", "gradient_check", "lift_check")


@dataclass(frozen=True)
class Outcome:
    """What came of one thing that was tried.

    Attributes:
        what: it is.
        tried: how often, with a unit; "": not at all.
        n_found: faults.
        seconds: that it took.
        note: more to say, such as why it was not tried.
    """

    what: str
    tried: str
    n_found: int
    seconds: float
    note: str = ""


def _run(name: str, command: Sequence[object], environment: Mapping[str, str] | None = None) -> tuple[int, float]:
    """The exit code and the time of a command, whose output goes to a file and, where it fails, is shown in part."""
    start = time.monotonic()
    log = OUTPUT / f"{name}.log"
    with log.open("wb") as output:
        code = subprocess.run(
            [str(word) for word in command], stdout=output, stderr=subprocess.STDOUT, env=environment, check=False
        ).returncode
    if code:
        print(f"--- {name} ended with {code}; the end of {log}:")
        print("\n".join(log.read_text(errors="replace").splitlines()[-40:]))
    return code, time.monotonic() - start


def _of_tests(name: str, report: Path, code: int, seconds: float, by_file: bool) -> Iterator[Outcome]:
    """What a report of pytest has, a row a file or one in all."""
    if not report.exists():
        yield Outcome(name, "0 tests", 1, seconds, f"ended with {code} before a report was written")
        return
    cases: dict[str, list[ElementTree.Element]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        words = [word for word in case.get("classname", "").split(".") if word != "tests"]
        cases.setdefault(" ".join(words) if by_file else name, []).append(case)
    n_bad = 0
    for what, each in sorted(cases.items()):
        skipped = sum(case.find("skipped") is not None for case in each)
        bad = sum(case.find("failure") is not None or case.find("error") is not None for case in each)
        n_bad += bad
        took = sum(float(case.get("time", 0)) for case in each) if by_file else seconds
        note = f"{skipped} skipped" if skipped else ""
        yield Outcome(what.replace("_", " "), f"{len(each) - skipped} tests", bad, took, note)
    if code and not n_bad:
        yield Outcome(name, "", 1, 0.0, f"ended with {code}")


def tests(seconds: float) -> Iterator[Outcome]:
    """Files of invented structure, numbers, interruption and records: all tests that are marked `trust`."""
    report = OUTPUT / "tests.xml"
    report.unlink(missing_ok=True)
    side_by_side = ["-n", "2", "--dist", "loadgroup"] if find_spec("xdist") else []
    command = [
        sys.executable, "-m", "pytest", "-q", "-m", "trust", "--hypothesis-profile=trust", f"--junitxml={report}",
        *side_by_side,
    ]  # fmt: skip
    yield from _of_tests("tests", report, *_run("tests", command), by_file=True)
    if (_CORE / "elimination_fuzz").exists():
        yield _elimination("elimination", _CORE, _SYSTEMS, None)
    else:
        yield Outcome("elimination", "", 0, 0.0, f"not tried: {_CORE} has no tests of C++, see make editable")


def files(seconds: float) -> Iterator[Outcome]:
    """Every reader, fuzzed by bytes for some minutes."""
    if not find_spec("atheris"):
        yield Outcome("files, by bytes", "", 0, 0.0, "not tried: pip install 'dancelift[fuzz]'")
        return
    output = OUTPUT / "fuzz"
    command = [sys.executable, "-m", "trust.fuzz", "--seconds", seconds, "--inputs", 10**9, "--jobs", 2, "-o", output]
    (output / "figures.json").unlink(missing_ok=True)
    code, took = _run("files", command)
    if not (output / "figures.json").exists():
        yield Outcome("files, by bytes", "", 1, took, f"ended with {code}")
        return
    found = json.loads((output / "figures.json").read_text())
    for tried in found:
        for fault, count in tried["faults"].items():
            print(f"--- {tried['reader']}: {count} times {fault}; see {output}")
    n_inputs, n_faults = sum(tried["n_inputs"] for tried in found), sum(len(tried["faults"]) for tried in found)
    longest, largest = max(tried["longest"] for tried in found), max(tried["largest"] for tried in found)
    note = f"{len(found)} readers; at most {longest:.2f} s and {largest:.0f} MB"
    yield Outcome("files, by bytes", f"{n_inputs:,} inputs", n_faults, took, note)


def memory(seconds: float) -> Iterator[Outcome]:
    """The core with AddressSanitizer and UndefinedBehaviorSanitizer."""
    yield from _sanitized("memory", ADDRESS)


def races(seconds: float) -> Iterator[Outcome]:
    """The core with ThreadSanitizer."""
    yield from _sanitized("races", THREAD)


def _elimination(name: str, build: Path, n_systems: int, environment: Mapping[str, str] | None) -> Outcome:
    """The elimination of random systems."""
    command = steady(build / "elimination_fuzz", n_systems, os.environ["TRUST_SEED"])
    code, took = _run(name.replace(":", ""), command, environment)
    log = (OUTPUT / f"{name.replace(':', '')}.log").read_text(errors="replace")
    kernels = [line.split()[1].rstrip(":") for line in log.splitlines() if line.startswith("ok")]
    return Outcome(name, f"{n_systems * len(kernels):,} systems", int(code != 0), took, ", ".join(kernels))


def _sanitized(name: str, sanitizer: Sanitizer) -> Iterator[Outcome]:
    if not sanitizer.is_built:
        yield Outcome(name, "", 0, 0.0, f"not tried: {sanitizer.build} is not built, see make sanitize")
        return
    environment = sanitizer.environment(None)
    for program in _TESTS_OF_CORE:
        code, took = _run(f"{name} {program}", steady(sanitizer.build / program), environment)
        yield Outcome(f"{name}: {program}", "1 program", int(code != 0), took)
    yield _elimination(f"{name}: elimination", sanitizer.build, _SANITIZED_SYSTEMS, environment)

    library = sanitizer.library()
    if library is None:
        yield Outcome(f"{name}: python", "", 0, 0.0, "not tried: Python does not start with a library of the sanitizer")
        return
    if sanitizer is THREAD:
        start = time.monotonic()
        seen = sees_a_race(sanitizer, library)
        note = f"{'seen' if seen else 'not seen'}, by {Path(library).name}"
        yield Outcome(f"{name}: one on purpose", "1 race", int(not seen), time.monotonic() - start, note)
    report = (OUTPUT / f"{name}.xml").resolve()
    report.unlink(missing_ok=True)
    command = [
        sanitizer.python(), "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-m", "not slow",
        f"--junitxml={report}", *TESTS,
    ]  # fmt: skip
    code, took = _run(f"{name} python", steady(*command), sanitizer.environment(library))
    yield from _of_tests(f"{name}: python", report, code, took, by_file=False)


STEPS: dict[str, Callable[[float], Iterator[Outcome]]] = {
    "tests": tests,
    "files": files,
    "memory": memory,
    "races": races,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trust", description="Try what must hold whatever comes.")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="by default all")
    parser.add_argument(
        "--seconds", type=float, default=180, metavar="S", help="of fuzzing files by bytes (default: 180)"
    )
    parser.add_argument("--all", action="store_true", help="what cannot be tried here counts as a fault")
    parser.add_argument(
        "--moments", type=int, default=1, metavar="N", help="at which each command gets each signal (default: 1)"
    )
    parser.add_argument(
        "--random-seed",
        type=int,
        default=int(time.time()) % 10**6,
        metavar="N",
        help="of the moments and systems (default: the time)",
    )
    arguments = parser.parse_args()
    os.environ |= {"TRUST_MOMENTS": str(arguments.moments), "TRUST_SEED": str(arguments.random_seed)}
    print(f"random seed {arguments.random_seed}", flush=True)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in arguments.only:
        print(f"{name}: {(STEPS[name].__doc__ or '').strip()}", flush=True)
    found: list[Outcome] = []
    for together in (["tests"], ["files"], ["memory", "races"]):  # two processes each
        steps = [STEPS[name] for name in together if name in arguments.only]
        with ThreadPoolExecutor(len(together)) as pool:
            for outcomes in pool.map(lambda step: list(step(arguments.seconds)), steps):
                found += outcomes
    print()
    print(table(found))
    n_faults, n_left_out = sum(one.n_found for one in found), sum(not one.tried and not one.n_found for one in found)
    print(f"\n{n_faults} faults" + (f", {n_left_out} not tried" if n_left_out else ""))
    return 1 if n_faults or (arguments.all and n_left_out) else 0


def table(found: Sequence[Outcome]) -> str:
    """What was tried, found and survived."""
    width = max(len(one.what) for one in found)
    lines = [f"{'what':{width}}  {'tried':>18}  {'found':>5}  {'survived':>8}  {'s':>6}"]
    for one in found:
        survived = ("no" if one.n_found else "yes") if one.tried else "-"
        row = f"{one.what:{width}}  {one.tried or '-':>18}  {one.n_found:>5}  {survived:>8}  {one.seconds:>6.0f}"
        lines.append(f"{row}  {one.note}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

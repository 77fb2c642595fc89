"""Fuzz every reader, each in processes of its own: python -m trust.fuzz --inputs 1000000 -o build/fuzz."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

_MOST_RESTARTS = 20  # of a reader that crashes


@dataclass
class Tried:
    """What came of all inputs of a reader.

    Attributes:
        reader: its name.
        n_inputs: tried.
        n_accepted: from which something was read.
        longest: s of the processor that one took.
        largest: MB by which one let the memory grow.
        faults: numbers of inputs by what was wrong.
    """

    reader: str
    n_inputs: int = 0
    n_accepted: int = 0
    longest: float = 0.0
    largest: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)


def fuzz(reader: str, n_inputs: int, output: Path, seconds: float | None = None) -> Tried:
    """Try a reader, again after a crash, until it has had so many inputs or the time is over."""
    folder, tried, end = output / reader.replace(" ", "-"), Tried(reader), time.monotonic() + (seconds or 1e9)
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    for attempt in range(_MOST_RESTARTS):
        (folder / "figures.json").unlink(missing_ok=True)
        left = [] if seconds is None else [f"-max_total_time={max(1, round(end - time.monotonic()))}"]
        command = [sys.executable, "-m", "trust.fuzz_bytes", reader, str(folder), str(n_inputs - tried.n_inputs)]
        with (folder / "log").open("ab") as log:
            code = subprocess.run([*command, *left, f"-seed={attempt + 1}"], stdout=log, stderr=log, env=environment)
        if (folder / "figures.json").exists():
            found = json.loads((folder / "figures.json").read_text())
            tried.n_inputs += found["n_inputs"]
            tried.n_accepted += found["n_accepted"]
            tried.longest = max(tried.longest, found["longest"])
            tried.largest = max(tried.largest, found["largest"])
            for fault, count in found["faults"].items():
                tried.faults[fault] = tried.faults.get(fault, 0) + count
        if code.returncode == 0:
            break
        crash = f"the process ended with {code.returncode}"
        tried.faults[crash] = tried.faults.get(crash, 0) + 1
        if tried.n_inputs >= n_inputs or time.monotonic() > end:
            break
    return tried


def available() -> list[str]:
    """The readers whose modules are installed."""
    from trust.readers import READERS

    return [reader.name for reader in READERS if all(map(find_spec, reader.needs))]


def fuzz_all(
    readers: Sequence[str], n_inputs: int, output: Path, jobs: int, seconds: float | None = None
) -> list[Tried]:
    """Try readers side by side, so many at a time, with as many inputs together; seconds: for all of them together."""
    each = max(1, n_inputs // len(readers))
    share = None if seconds is None else max(1.0, seconds * jobs / len(readers))
    with ThreadPoolExecutor(jobs) as pool:
        found = []
        for tried in pool.map(partial(fuzz, n_inputs=each, output=output, seconds=share), readers):
            print(line(tried), flush=True)
            found.append(tried)
    return found


def line(tried: Tried) -> str:
    """What came of a reader, in a line, and a line for each fault."""
    figures = (
        f"{tried.reader:24}{tried.n_inputs:>9,} inputs{tried.n_accepted:>9,} read"
        f"{tried.longest:>7.2f} s at most{tried.largest:>6.0f} MB at most{sum(tried.faults.values()):>6} faults"
    )
    return "\n".join([figures, *(f"    {count:>6} {fault}" for fault, count in tried.faults.items())])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, metavar="N", help="of all readers (default: 1000000)")
    parser.add_argument("--seconds", type=float, metavar="S", help="after which no more are tried, of all readers")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="readers at a time (default: 1)")
    parser.add_argument("--reader", nargs="+", metavar="NAME", help="by default all")
    parser.add_argument("-o", "--output", type=Path, default=Path("build/fuzz"), help="folder (default: build/fuzz)")
    arguments = parser.parse_args()
    readers = arguments.reader or available()
    found = fuzz_all(readers, arguments.inputs, arguments.output, arguments.jobs, arguments.seconds)
    total = sum(tried.n_inputs for tried in found)
    n_faults = sum(sum(tried.faults.values()) for tried in found)
    print(f"{total:,} inputs of {len(found)} readers, {n_faults} faults; inputs with faults are in {arguments.output}")
    (arguments.output / "figures.json").write_text(json.dumps([vars(tried) for tried in found], indent=1) + "\n")
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Fuzz every reader by atheris, coverage-guided: python -m trust.fuzz --inputs 1000000 -o build/fuzz.

Each reader is tried in a process of its own, which a crash ends; another goes on. In the folder of a reader
lie the inputs that were worth keeping (corpus/), one of each kind of fault (faults/) with what happened beside it, and
figures.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import atheris

from trust.package import import_plainly

import_plainly(Path("build/plain"))

with atheris.instrument_imports(include=["dancelift", "csv", "zipfile"]):
    if find_spec("torch"):  # imported by the readers when they are first used
        import_module("dancelift.genres.model")
        import_module("dancelift.movements.model")
    from trust.mutations import mutate
    from trust.readers import BY_NAME, READERS, Reader
    from trust.verdict import judge

_EVERY = 500  # inputs after which figures are written
_MOST_RESTARTS = 20  # of a reader that crashes
_LONGEST = 20  # s after which an input is given up
_NOT_INSTRUMENTED = "Is the code instrumented for coverage?"
_WORDS = (
    '"keypoints"', '"people"', '"pose_keypoints_2d"', '"image_id"', '"instance_info"', '"fps"', '"frame_id"', "null",
    "1e999", "-1", "nan", "NaN", "Frames:", "Frame Time:", "CHANNELS", "JOINT", "End Site", "OFFSET", "1e308", "0.0",
    "99999999999999999999", "1 0 0 0", "<i8", "|O", "descr", "fortran_order", "shape",
)  # fmt: skip


@dataclass
class Tried:
    """What came of the inputs of a reader.

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

    def add(self, other: Tried) -> None:
        """Take what came of further inputs."""
        self.n_inputs += other.n_inputs
        self.n_accepted += other.n_accepted
        self.longest = max(self.longest, other.longest)
        self.largest = max(self.largest, other.largest)
        for fault, count in other.faults.items():
            self.add_fault(fault, count)

    def add_fault(self, fault: str, count: int = 1) -> None:
        """Count a fault."""
        self.faults[fault] = self.faults.get(fault, 0) + count


class _Target:
    """Gives a reader one input after the other, as libFuzzer calls it."""

    def __init__(self, reader: Reader, output: Path, folder: Path) -> None:
        self._reader, self._output, self._folder = reader, output, folder
        self._place = reader.prepare(folder)
        self.tried = Tried(reader.name)

    def __call__(self, content: bytes) -> None:
        self._place.write_bytes(content)
        verdict = judge(self._reader, self._folder)
        tried = self.tried
        tried.n_inputs += 1
        tried.n_accepted += verdict.accepted
        tried.longest, tried.largest = max(tried.longest, verdict.seconds), max(tried.largest, verdict.megabytes)
        if verdict.fault:
            if verdict.fault not in tried.faults:
                self._keep(content, verdict.fault, verdict.message)
            tried.add_fault(verdict.fault)
        if tried.n_inputs % _EVERY == 0 or verdict.fault:
            self.save()
        if verdict.megabytes > 100:
            self.save()
            os._exit(0)  # its greatest memory does not tell of later inputs

    def save(self) -> None:
        """Write what came of the inputs so far."""
        (self._output / "figures.json").write_text(json.dumps(asdict(self.tried)))

    def _keep(self, content: bytes, fault: str, message: str) -> None:
        name = hashlib.sha256(fault.encode()).hexdigest()[:12]
        (self._output / "faults" / f"{name}{self._place.suffix}").write_bytes(content)
        (self._output / "faults" / f"{name}.txt").write_text(f"{self._reader.name}: {fault}\n{message}\n")


def _run(reader: Reader, output: Path, n_inputs: int, seconds: int, seed: int) -> None:
    """Try a reader in this process, which that ends."""
    seeds = reader.good()
    for folder in ("corpus", "faults"):
        (output / folder).mkdir(parents=True, exist_ok=True)
    for what, content in seeds.items():
        (output / "corpus" / f"seed {what}").write_bytes(content)
    (output / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in _WORDS))
    # what a checksum guards can be damaged by whoever computes it anew
    zipfile.ZipExtFile._update_crc = lambda self, newdata: None  # type: ignore[attr-defined,method-assign]

    def changed(content: bytes, most: int, random_seed: int) -> bytes:
        found = mutate(content, Path(reader.file).suffix, random_seed) if random_seed % 2 else None
        return atheris.Mutate(content, most) if found is None or len(found) > most else found

    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        target = _Target(reader, output, Path(place))
        arguments = [
            f"-runs={n_inputs}", f"-max_total_time={seconds}", f"-seed={seed}", f"-dict={output / 'words'}",
            f"-artifact_prefix={output}/faults/", f"-timeout={_LONGEST}", "-rss_limit_mb=4000",
            f"-max_len={2 * max(map(len, seeds.values()))}", "-print_final_stats=1", str(output / "corpus"),
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *arguments], target, custom_mutator=changed)
        try:
            atheris.Fuzz()
        finally:
            target.save()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def fuzz(name: str, n_inputs: int, output: Path, seconds: float = 1e6) -> Tried:
    """Try a reader, again after a crash, until it has had so many inputs or the time is over."""
    folder, tried, end = output / name.replace(" ", "-"), Tried(name), time.monotonic() + seconds
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log").unlink(missing_ok=True)  # of an earlier run
    for attempt in range(_MOST_RESTARTS):
        (folder / "figures.json").unlink(missing_ok=True)
        child = os.fork()
        if not child:
            with (folder / "log").open("ab") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            try:
                left = max(1, round(end - time.monotonic()))
                _run(BY_NAME[name], folder, n_inputs - tried.n_inputs, left, attempt + 1)
            except SystemExit as reason:
                os._exit(int(reason.code or 0))
            finally:
                os._exit(99)
        _, status = os.waitpid(child, 0)
        if (folder / "figures.json").exists():
            tried.add(Tried(**json.loads((folder / "figures.json").read_text())))
        if _NOT_INSTRUMENTED in (folder / "log").read_text(errors="replace"):
            tried.add_fault("its branches are not counted: nothing is learnt from what was tried")
        if status:
            tried.add_fault(f"the process ended {_ending(status)}")
        if tried.n_inputs >= n_inputs or time.monotonic() > end:
            break
    return tried


def _ending(status: int) -> str:
    return f"by {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(status) else f"with {status >> 8}"


def available() -> list[str]:
    """The readers whose modules are installed."""
    return [reader.name for reader in READERS if all(map(find_spec, reader.needs))]


def fuzz_all(
    readers: Sequence[str], n_inputs: int, output: Path, jobs: int, seconds: float | None = None
) -> list[Tried]:
    """Try readers side by side, so many at a time, with as many inputs together; seconds: for all of them together."""
    each = max(1, n_inputs // len(readers))
    share = 1e6 if seconds is None else max(1.0, seconds * jobs / len(readers))
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
    parser = argparse.ArgumentParser(prog="python -m trust.fuzz", description="Fuzz every reader.")
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
    (arguments.output / "figures.json").write_text(json.dumps([asdict(tried) for tried in found], indent=1) + "\n")
    return 1 if n_faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Fuzz one reader by atheris, coverage-guided: python -m trust.fuzz_bytes READER OUTPUT N [libFuzzer's options].

OUTPUT gets the inputs that were worth keeping (corpus/), one input of each kind of fault (faults/) with what happened
beside it, and figures.json. It ends after N inputs, or at once where memory ran out; what crashes ends it too.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dancelift", "csv", "zipfile", "numpy.lib.format", "numpy.lib._format_impl"]):
    from trust.readers import BY_NAME, Reader
    from trust.verdict import judge

from trust.mutations import mutate

_EVERY = 1000  # inputs after which figures are written
_WORDS = (
    '"keypoints"', '"people"', '"pose_keypoints_2d"', '"image_id"', '"instance_info"', '"fps"', '"frame_id"', "null",
    "1e999", "-1", "nan", "NaN", "Frames:", "Frame Time:", "CHANNELS", "JOINT", "End Site", "OFFSET", "1e308", "0.0",
    "99999999999999999999", "1 0 0 0", "<i8", "|O", "descr", "fortran_order", "shape",
)  # fmt: skip


@dataclass
class Figures:
    """What came of a run."""

    reader: str
    n_inputs: int = 0
    n_accepted: int = 0
    n_faults: int = 0
    longest: float = 0.0  # s
    largest: float = 0.0  # MB, above what the process had before
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)


class Fuzzing:
    """Gives a reader one input after the other."""

    def __init__(self, reader: Reader, output: Path, folder: Path) -> None:
        self._reader, self._output, self._folder = reader, output, folder
        self._place = reader.prepare(folder)
        self._start = time.monotonic()
        self.figures = Figures(reader.name)
        (output / "faults").mkdir(exist_ok=True)

    def __call__(self, content: bytes) -> None:
        self._place.write_bytes(content)
        verdict = judge(self._reader, self._folder)
        figures = self.figures
        figures.n_inputs += 1
        figures.n_accepted += verdict.accepted
        figures.longest = max(figures.longest, verdict.seconds)
        figures.largest = max(figures.largest, verdict.megabytes)
        if verdict.fault:
            figures.n_faults += 1
            known = verdict.fault in figures.faults
            figures.faults[verdict.fault] = figures.faults.get(verdict.fault, 0) + 1
            if not known:
                self._keep(content, verdict.fault, verdict.message)
        if figures.n_inputs % _EVERY == 0 or verdict.fault:
            self.save()
        if verdict.fault.startswith("more than"):
            raise MemoryError(verdict.fault)  # ends the process, whose memory does not tell of later inputs

    def save(self) -> None:
        """Write the figures."""
        self.figures.seconds = time.monotonic() - self._start
        (self._output / "figures.json").write_text(json.dumps(asdict(self.figures), indent=1))

    def _keep(self, content: bytes, fault: str, message: str) -> None:
        name = hashlib.sha256(fault.encode()).hexdigest()[:12]
        (self._output / "faults" / f"{name}{self._place.suffix}").write_bytes(content)
        (self._output / "faults" / f"{name}.txt").write_text(f"{self._reader.name}: {fault}\n{message}\n")


def main() -> None:
    name, output, n_inputs, *options = sys.argv[1:]
    reader, folder = BY_NAME[name], Path(output)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = reader.good()
    good = list(seeds.values())
    for what, content in seeds.items():
        (corpus / f"seed {what}").write_bytes(content)
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in _WORDS))
    # what a checksum guards can be damaged by whoever computes it anew
    zipfile.ZipExtFile._update_crc = lambda self, newdata: None  # type: ignore[attr-defined,method-assign]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        fuzzing = Fuzzing(reader, folder, Path(place))
        for seed in good:
            fuzzing(seed)
        if fuzzing.figures.n_accepted != fuzzing.figures.n_inputs:
            raise SystemExit(f"{name}: {fuzzing.figures} of good files")
        arguments = [
            f"-runs={n_inputs}", f"-dict={folder / 'words'}", f"-artifact_prefix={folder}/faults/", "-timeout=20",
            "-rss_limit_mb=4000", f"-max_len={2 * max(map(len, good))}", "-print_final_stats=1", *options, str(corpus),
        ]  # fmt: skip

        def mutated(content: bytes, most: int, seed: int) -> bytes:
            changed = mutate(content, Path(reader.file).suffix, seed) if seed % 2 else None
            return atheris.Mutate(content, most) if changed is None or len(changed) > most else changed

        atheris.Setup([sys.argv[0], *arguments], fuzzing, custom_mutator=mutated)
        try:
            atheris.Fuzz()
        finally:
            fuzzing.save()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


if __name__ == "__main__":
    main()

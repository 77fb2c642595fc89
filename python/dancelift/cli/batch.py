"""`dancelift batch`: many clips, by the processes of one machine or of a Dask cluster."""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from dancelift.batch.inputs import Input, find_inputs
from dancelift.batch.manifest import FORMATS, write_manifest
from dancelift.batch.outputs import EXPORTS, LABELS, OUTPUTS, Result, check_outputs
from dancelift.batch.record import DONE, RESULT, WAITING, Record, load_records
from dancelift.batch.work import Dancer, Job
from dancelift.batch.workers import n_processors, work_here, work_on_dask
from dancelift.body.clip import Clip
from dancelift.cli.common import Commands, fail, note, whole_number
from dancelift.cli.lift_input import add_lift_input, lift_track, read_lift_input
from dancelift.cli.recognize import recorded
from dancelift.errors import InputError, require
from dancelift.files import check_writable, content_hash, remove_parts
from dancelift.lifting.result import LiftResult, holds_lift, load_lift
from dancelift.recognition.recognize import recognize_lift

_MOST_SHOWN = 20  # failures that are said one by one
_WITHOUT_EFFECT = {"threads", "output"}  # on the results
_N_SEEDS, _TOLERANCE = 1, 1e-5  # by default: each halves the time or more, and the motion is hardly another


def add(commands: Commands) -> None:
    outputs = "\n".join(f"  NAME{output.suffix:15} {output.about}" for output in OUTPUTS.values() if output.about)
    command = commands.add_parser(
        "batch",
        help="many clips, on all processors or on a cluster",
        description="Lifts every clip that is named, and recognises, labels, exports and reports it where asked to. "
        "What an earlier run has finished is left as it is, unless the input or the options have changed; so a batch "
        "that was stopped goes on where it was.",
        epilog="examples:\n"
        "  dancelift batch clips/ -o results --recognize --report\n"
        "  dancelift batch 'clips/**/*.json' -o results --label eaf --export bvh glb --workers 8\n"
        "  dancelift batch clips.csv -o results          columns: input, and maybe name, fps, height, ...\n"
        "  dancelift batch s3://bucket/clips/ -o results --dask tcp://10.0.0.1:8786\n"
        "  dancelift batch -o results                    the manifest only, from what is there\n"
        f"\nof every person, in OUT:\n{outputs}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "inputs", nargs="*", metavar="IN",
        help="files, folders, patterns, a .csv with a column 'input', or addresses that fsspec reaches",
    )  # fmt: skip
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="folder of the results")
    command.add_argument("--force", action="store_true", help="make anew what is there")
    command.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    what = command.add_argument_group("what is made of every clip")
    what.add_argument("--recognize", action="store_true", help="also movements and the dance")
    what.add_argument("--movement-model", type=Path, metavar="FILE", help="of `dancelift train movements`")
    what.add_argument("--genre-model", type=Path, metavar="FILE", help="of `dancelift train genre`")
    what.add_argument("--no-reasons", action="store_true", help="do not explain the genre")
    what.add_argument("--label", nargs="+", choices=LABELS, default=[], help="also a file of movements")
    what.add_argument(
        "--export", nargs="+", choices=EXPORTS, default=[], metavar="FORMAT",
        help=f"also files for other programs: {', '.join(EXPORTS)}; see `dancelift export`",
    )  # fmt: skip
    what.add_argument("--report", action="store_true", help="also a page to look at")
    where = command.add_argument_group("where and how it runs")
    where.add_argument("--workers", type=whole_number, metavar="N", help="processes (default: one a processor)")
    where.add_argument("--dask", metavar="ADDRESS", help="of a Dask scheduler, or its file, whose workers do it")
    where.add_argument(
        "--check", choices=("content", "time"), default="content",
        help="what of an input tells that it has not changed: its content, or its size and time of change, which is "
        "faster for large videos (default: content)",
    )  # fmt: skip
    where.add_argument(
        "--manifest", choices=FORMATS, help="(default: parquet where pyarrow is installed, otherwise csv)"
    )
    add_lift_input(command, _N_SEEDS, _TOLERANCE)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    require("batch", "dancelift batch", "joblib", "threadpoolctl")
    if arguments.recognize:
        require("recognize", "--recognize", "torch", "safetensors", *(() if arguments.no_reasons else ("captum",)))
    check_outputs(_outputs(arguments))
    form = arguments.manifest or ("parquet" if find_spec("pyarrow") else "csv")
    if form == "parquet":
        require("batch", "a manifest in Parquet", "pyarrow")
    manifest = arguments.output / f"manifest.{form}"
    check_writable(manifest)
    jobs = _jobs(arguments)
    try:
        code = _work(jobs, arguments) if jobs else 0
    finally:
        if arguments.output.is_dir():
            _write_manifest(manifest, arguments.output, jobs)
            if not arguments.quiet:
                print(f"manifest: {manifest}")
    return code


def _work(jobs: Sequence[Job], arguments: argparse.Namespace) -> int:
    """Work on the clips, with a bar of those that are not there yet; returns the exit code."""
    if arguments.dask:
        records = work_on_dask(jobs, arguments.dask)
    else:
        records = work_here(jobs, _n_workers(arguments, len(jobs)), jobs[0].n_threads)
    start, failed, n_frames, n_there = time.perf_counter(), 0, 0, 0
    bar: tqdm[Any] = tqdm(
        total=len(jobs), unit="clip", smoothing=0.05, disable=arguments.quiet or not sys.stderr.isatty()
    )
    try:
        with closing(records), bar:
            for record in records:
                if not record.computed:
                    n_there += 1
                    bar.total = (bar.total or 0) - 1  # so that the time left is that of the work
                    bar.refresh()
                    continue
                if record.status != DONE:
                    failed += 1
                    if failed <= _MOST_SHOWN:
                        with bar.external_write_mode():
                            error = record.error.removeprefix(f"{record.input}: ")
                            fail(InputError(f"{record.clip}: {error}"))
                n_frames += sum(person.frames or 0 for person in record.persons)
                bar.set_postfix(failed=failed, refresh=False)
                bar.update()
    finally:  # of workers that were killed
        for folder, _, _ in os.walk(arguments.output):
            remove_parts(Path(folder))
    seconds = time.perf_counter() - start
    if failed > _MOST_SHOWN:
        note(f"{failed - _MOST_SHOWN} more failed, see the manifest")
    if not arguments.quiet:
        n_made = len(jobs) - n_there - failed
        print(
            f"{len(jobs)} clips: {n_made} made, {n_there} there already, {failed} failed; {n_frames} frames in "
            f"{seconds:.1f} s, {n_frames / seconds:.0f} frames/s"
        )
    return int(failed > 0)


def _outputs(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Names of the outputs that are asked for, each once."""
    exports = [EXPORTS[name] for name in arguments.export]
    return tuple(dict.fromkeys((RESULT, *(["report"] if arguments.report else []), *arguments.label, *exports)))


def _n_workers(arguments: argparse.Namespace, n_jobs: int) -> int:
    return min(arguments.workers or max(1, n_processors() // (arguments.threads or 1)), n_jobs)


def _jobs(arguments: argparse.Namespace) -> list[Job]:
    inputs = find_inputs(arguments.inputs, without=arguments.output)
    if arguments.dask:
        n_threads = arguments.threads or 1
    else:
        n_workers = _n_workers(arguments, max(1, len(inputs)))
        n_threads = arguments.threads or max(1, n_processors() // n_workers)
    run = uuid.uuid4().hex
    tasks = _Tasks(arguments, n_threads)
    return [
        Job(
            one,
            tasks.of(one),
            _outputs(arguments),
            arguments.output.absolute(),
            run,
            n_threads,
            by_time=arguments.check == "time",
            force=arguments.force,
        )
        for one in inputs
    ]


@dataclass(frozen=True, eq=False)
class LiftAndRecognize:
    """What is done with every clip, by the options of `add_lift_input` and those of recognition.

    Attributes:
        arguments: those of `add_lift_input`.
        recognition: arguments of `recognize_lift`; None: the clip is lifted only.
        options: all of them that change the results, as text.
    """

    arguments: argparse.Namespace
    recognition: Mapping[str, Any] | None
    options: Mapping[str, str]

    @property
    def recognizes(self) -> bool:
        """Whether the results are recognitions rather than lifts."""
        return self.recognition is not None

    def depends_on(self) -> Mapping[str, str]:
        """Return the options that change the results, as text."""
        return self.options

    def dancers(self, path: Path, name: str) -> Sequence[Dancer]:
        """Read the persons of a clip, or the lift of one."""
        if path.is_file() and holds_lift(path):
            return [Dancer("", lambda: (self._recognized(load_lift(path), None, name, path, ""), None))]
        tracks = read_lift_input(path, self.arguments)

        def lifted(number: int) -> tuple[Result, Clip | None]:
            track = tracks[number]
            lift, clip = lift_track(track, self.arguments, quiet=True)
            title = f"{name} {track.name}" if len(tracks) > 1 else name
            return self._recognized(lift, clip, title, path, track.name), clip

        return [Dancer(track.name, partial(lifted, number)) for number, track in enumerate(tracks)]

    def _recognized(self, lift: LiftResult, clip: Clip | None, name: str, source: Path, person: str) -> Result:
        if self.recognition is None:
            return lift
        found = recognize_lift(lift, keypoints2d=clip, name=name, **_with_models(self.recognition))
        models = {model: self.recognition[model] for model in ("movement_model", "genre_model")}
        given = argparse.Namespace(**models, no_reasons=not self.recognition["explain"])
        return recorded(found, source, person, given)


class _Tasks:
    """The tasks of clips, some of which have options of their own."""

    def __init__(self, arguments: argparse.Namespace, n_threads: int) -> None:
        self._parser = _Parser(add_help=False)
        add_lift_input(self._parser, _N_SEEDS, _TOLERANCE)
        self._given = {name: getattr(arguments, name) for name in vars(self._parser.parse_args([]))}
        self._given |= {"threads": n_threads, "output": arguments.output}
        self._recognition = None
        if arguments.recognize:
            self._recognition = {
                "movement_model": _from_root(arguments.movement_model),
                "genre_model": _from_root(arguments.genre_model),
                "explain": not arguments.no_reasons,
            }
        self._files: dict[Path, str] = {}

    def of(self, one: Input) -> LiftAndRecognize:
        """The task of a clip.

        Raises:
            InputError: an option of its own cannot be used.
        """
        words = [f"--{name.replace('_', '-')}={text}" for name, text in one.options.items()]
        given = {name: value for name, value in self._given.items() if name not in one.options}
        try:
            given = vars(self._parser.parse_args(words, argparse.Namespace(**given)))
        except InputError as error:
            raise InputError(f"{one.place}: {error}") from None
        given = {name: _from_root(value) for name, value in given.items()}
        given["output"] /= f"{one.name}.npz"
        effects = {name: value for name, value in given.items() if name not in _WITHOUT_EFFECT}
        effects["recognition"] = self._recognition
        return LiftAndRecognize(
            argparse.Namespace(**given),
            self._recognition,
            {name: self._text(value) for name, value in effects.items()},
        )

    def _text(self, value: Any) -> str:
        """An option as text; of a file, its content."""
        if isinstance(value, Mapping):
            return str({name: self._text(one) for name, one in value.items()})
        if isinstance(value, str | Path) and Path(value).is_file():
            path = Path(value)
            if path not in self._files:
                self._files[path] = content_hash(path)
            return self._files[path]
        return str(value)


def _from_root(value: Any) -> Any:
    """The path of a file from the root, for workers may have another working directory; any other option as it is."""
    is_file = isinstance(value, str | Path) and Path(value).is_file()
    return type(value)(Path(value).absolute()) if is_file else value


class _Parser(argparse.ArgumentParser):
    """Parses the options of a clip in a list."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; expected columns that are called as options of `dancelift batch`")


_loaded: dict[tuple[Path | None, Path | None], dict[str, Any]] = {}


def _with_models(recognition: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a recognition with its models loaded, once a process."""
    from dancelift.genres.model import load_genre_model
    from dancelift.movements.model import load_movement_model

    files = recognition["movement_model"], recognition["genre_model"]
    if files not in _loaded:
        _loaded.clear()
        _loaded[files] = {
            "movement_model": load_movement_model(files[0] or "3d"),
            "genre_model": load_genre_model(files[1]),
        }
    return {**recognition, **_loaded[files]}


def _write_manifest(manifest: Path, folder: Path, jobs: Sequence[Job]) -> None:
    """Write what became of every clip, of this run and of earlier ones."""
    records = load_records(folder)
    begun = {record.clip for record in records}
    waiting = [Record(job.input.name, job.input.place, status=WAITING) for job in jobs if job.input.name not in begun]
    write_manifest(manifest, [*records, *waiting])

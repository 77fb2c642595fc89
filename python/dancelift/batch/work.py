"""The work on one clip, in a worker: what is there is kept, what is missing is made, and a record is kept of it."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import os
import platform
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from dancelift import _core
from dancelift.batch.inputs import Input
from dancelift.batch.outputs import OUTPUTS, Result, load_result
from dancelift.batch.record import DONE, FAILED, RESULT, RUNNING, WAITING, Person, Record, figures
from dancelift.batch.threads import limited_threads
from dancelift.body.clip import Clip
from dancelift.errors import DanceliftError, DanceliftWarning, InputError
from dancelift.files import as_file_name, content_hash, write

MOST_ATTEMPTS = 2
"""Workers that a clip may take down before it is given up."""


@dataclass(frozen=True, eq=False)
class Dancer:
    """One person of a clip, whose work has not begun.

    Attributes:
        name: within the clip.
        work: returns their result, and the clip that was lifted where it is known.
    """

    name: str
    work: Callable[[], tuple[Result, Clip | None]]


class Task(Protocol):
    """What is to be done with every clip; it is sent to the workers, so it can be pickled."""

    @property
    def recognizes(self) -> bool:
        """Whether the results are recognitions rather than lifts."""

    def depends_on(self) -> Mapping[str, str]:
        """Return the options that change the results, as text."""

    def dancers(self, path: Path, name: str) -> Sequence[Dancer]:
        """Read the persons of the clip at a path, whose name is given too."""


@dataclass(frozen=True, eq=False)
class Job:
    """A clip, what is to be done with it, and where the results go.

    Attributes:
        input: the clip.
        task: what is done.
        outputs: that are written, names of OUTPUTS.
        folder: of the results.
        run: of the command, a text that no other one has.
        n_threads: that the worker uses.
        by_time: whether an input that has its size and time of change is taken to be unchanged.
        force: whether what is there is made anew.
    """

    input: Input
    task: Task
    outputs: tuple[str, ...]
    folder: Path
    run: str
    n_threads: int = 1
    by_time: bool = False
    force: bool = False


def work(job: Job) -> Record:
    """Do what is to be done with a clip and return its record, which is kept too; it never raises an Exception."""
    before = Record.load(Record.path(job.folder, job.input.name))
    if before is not None and before.run == job.run and before.status in (DONE, FAILED):
        return before  # a cluster asks again for what it lost with a worker
    known = before or Record(job.input.name, job.input.place)
    attempts = known.attempts if known.run == job.run and known.status == RUNNING else 0
    if attempts >= MOST_ATTEMPTS:
        return give_up(job)
    record = replace(
        known,
        input=job.input.place,
        status=RUNNING,
        error="",
        warnings=[],
        run=job.run,
        attempts=attempts + 1,
        process=os.getpid(),
        host=platform.node(),
        computed=True,
    )
    start = time.perf_counter()
    try:
        with contextlib.ExitStack() as stack:
            record.key, record.version, record.stamp = _key(job.task), _core.__version__, job.input.stamp()
            is_same = known.key == record.key and (attempts > 0 or not job.force)
            path = None
            if not job.by_time:
                path = stack.enter_context(job.input.on_this_machine())
                record.content = content_hash(path)
                is_same = is_same and known.content == record.content
            else:
                is_same = is_same and known.stamp == record.stamp
            if is_same and known.status == DONE and _is_whole(job, known):
                return replace(known, computed=False)
            record.persons = [person for person in known.persons if is_same and RESULT in person.outputs]
            record.save(job.folder)  # a worker that is killed from here on leaves it RUNNING
            if path is None:
                path = stack.enter_context(job.input.on_this_machine())
                record.content = content_hash(path)
            stack.enter_context(limited_threads(job.n_threads, job.task.recognizes))
            _work_on(job, record, path, may_replace=before is not None or job.force)
    except Exception as error:  # whatever one clip does to its worker, the others go on
        record.error = _what(error)
    failed = [person for person in record.persons if person.status == FAILED]
    if failed:
        record.error = failed[0].error
    record.status = FAILED if record.error else DONE
    return _finish(job, record, time.perf_counter() - start)


def give_up(job: Job, why: str = "") -> Record:
    """Record that a clip is not tried again, because its workers were killed or for the reason that is given."""
    known = Record.load(Record.path(job.folder, job.input.name)) or Record(job.input.name, job.input.place)
    error = why or f"its worker was killed {MOST_ATTEMPTS} times, as by a system that has no more memory"
    return _finish(job, replace(known, run=job.run, status=FAILED, error=error, computed=True), known.seconds)


def interrupt(job: Job) -> None:
    """Record that a worker was stopped while it was at work on a clip, which counts as no attempt."""
    known = Record.load(Record.path(job.folder, job.input.name))
    if known is not None and known.status == RUNNING:
        replace(known, status=WAITING, attempts=0).save(job.folder)


def _finish(job: Job, record: Record, seconds: float) -> Record:
    record.seconds = seconds
    record.finished = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        record.save(job.folder)
    except OSError as error:  # a full disk; the next run tries again
        record.status, record.error = FAILED, record.error or _what(error)
    return record


def _key(task: Task) -> str:
    about = json.dumps([_core.__version__, dict(task.depends_on())], sort_keys=True)
    return hashlib.blake2b(about.encode(), digest_size=16).hexdigest()


def _is_whole(job: Job, record: Record) -> bool:
    return bool(record.persons) and all(not _missing(job, person) for person in record.persons)


def _missing(job: Job, person: Person) -> list[str]:
    """Names of the outputs of a person that are still to be made."""
    return [
        name for name in job.outputs if name not in person.outputs or not (job.folder / person.outputs[name]).exists()
    ]


def _work_on(job: Job, record: Record, path: Path, may_replace: bool) -> None:
    """Work on every person of a clip, of whom those in the record are there already."""
    with _noted(record.warnings):
        dancers = job.task.dancers(path, job.input.name)
    done = {person.person: person for person in record.persons}
    record.persons = []
    for dancer, stem in zip(dancers, _stems(job.input.name, [dancer.name for dancer in dancers]), strict=True):
        person = done.get(dancer.name, Person(dancer.name))
        missing = _missing(job, person)
        start = time.perf_counter()
        try:
            if missing:
                with _noted(person.warnings):
                    _make(job, dancer, person, stem, missing, path, may_replace)
                person.seconds = time.perf_counter() - start
            person.status, person.error = DONE, ""
        except Exception as error:  # the other persons are worked on all the same
            person.status, person.error = FAILED, _what(error)
        record.persons.append(person)
        record.save(job.folder)
        gc.collect()  # a result may be large


def _make(job: Job, dancer: Dancer, person: Person, stem: str, missing: list[str], path: Path, replaces: bool) -> None:
    """Make the outputs of a person that are missing, from the result where that is there."""
    files = {name: job.folder / f"{stem}{OUTPUTS[name].suffix}" for name in missing}
    for file in files.values():
        if file.exists() and file.samefile(path):
            raise InputError(f"{file}: is the input, expected another folder for the results")
        if file.exists() and not replaces:
            raise InputError(f"{file}: exists and is of no earlier run, expected another folder, or --force")
    if RESULT in missing:
        result, clip = dancer.work()
        for name, value in figures(result, clip).items():
            setattr(person, name, value)
    else:
        result = load_result(job.folder / person.outputs[RESULT], job.task.recognizes)
    name, failures = stem.rpartition("/")[2], []
    for output in OUTPUTS:
        if output not in files:
            continue
        try:
            write(files[output], partial(OUTPUTS[output].write, result, name))
            person.outputs[output] = files[output].relative_to(job.folder).as_posix()
        except InputError as error:  # a format that cannot hold this motion; the others may
            failures.append(error)
    if failures:
        raise failures[0]


def _stems(clip: str, persons: Sequence[str]) -> list[str]:
    """Names of the files of each person, without their suffix."""
    if len(persons) < 2:
        return [clip] * len(persons)
    stems = [f"{clip}-{as_file_name(person)}" for person in persons]
    counts = Counter(stems)
    return [f"{stem}-{i}" if counts[stem] > 1 else stem for i, stem in enumerate(stems)]


@contextlib.contextmanager
def _noted(messages: list[str]) -> Iterator[None]:
    """Collect warnings, and what is said on stderr, as one line each."""
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(said):
        warnings.simplefilter("always")
        try:
            yield
        finally:
            texts = [str(one.message) for one in caught if issubclass(one.category, DanceliftWarning)]
            texts += [line.removeprefix("dancelift: ") for line in said.getvalue().splitlines()]
            messages += [line for text in texts if (line := " ".join(text.split())) and line not in messages]


def _what(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, (DanceliftError, OSError)) else f"{type(error).__name__}: {text}"

"""What is demanded of every reader, whatever the file: a result or a short error of dancelift's that names it, soon."""

from __future__ import annotations

import resource
import sys
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dancelift.errors import DanceliftError, InputError
from trust.readers import Reader

LONGEST_TIME = 2.0  # s of the processor
MOST_MEMORY = 500.0  # MB beyond what the process had
LONGEST_MESSAGE = 500  # characters

_PACKAGE = f"{Path('python') / 'dancelift'}"
_MB = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss in one


@dataclass(frozen=True)
class Verdict:
    """How a reader took a file.

    Attributes:
        fault: what is wrong with that, in a line that is the same for faults of one kind; "": nothing.
        accepted: whether something was read.
        message: of the error that was raised, or its traceback where it is none of dancelift's.
        seconds: of the processor.
        megabytes: by which the greatest memory of the process has grown.
    """

    fault: str
    accepted: bool
    message: str
    seconds: float
    megabytes: float


def judge(reader: Reader, folder: Path) -> Verdict:
    """Read a file that lies in a folder."""
    fault = message = ""
    accepted = False
    path = reader.opened(folder)
    before, start = _greatest_memory(), time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.load(path)
        accepted = True
    except DanceliftError as error:
        message = str(error)
        if not isinstance(error, InputError):
            fault = f"{type(error).__name__} at {_place(error.__traceback__)}"
        elif str(path) not in message:
            fault = f"names no file at {_place(error.__traceback__)}"
        elif len(message) > LONGEST_MESSAGE or "\n" in message.strip():
            fault = f"message of {len(message)} characters or several lines at {_place(error.__traceback__)}"
    except Exception as error:
        message = "".join(traceback.format_exception(error)[-6:])
        fault = f"{type(error).__name__} at {_place(error.__traceback__)}"
    seconds, megabytes = time.process_time() - start, _greatest_memory() - before
    if not fault and seconds > LONGEST_TIME:
        fault = "longer than 2 s"
    if not fault and megabytes > MOST_MEMORY:
        fault = "more than 500 MB"
    return Verdict(fault, accepted, message, seconds, megabytes)


def _greatest_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB


def _place(trace: TracebackType | None) -> str:
    """File and line of the package in which an error arose."""
    frames = [frame for frame in traceback.extract_tb(trace) if "dancelift" in frame.filename]
    frames = [frame for frame in frames if not frame.filename.endswith(("errors.py", "verdict.py", "readers.py"))]
    if not frames:
        return "?"
    return f"{frames[-1].filename.rpartition('dancelift/')[2]}:{frames[-1].lineno}"

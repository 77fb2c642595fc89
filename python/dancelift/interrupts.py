"""Ctrl-C, SIGTERM and SIGHUP: no traceback, no files left behind, and exit codes that say what happened."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def quiet_interrupts() -> None:
    """Say Ctrl-C in one line wherever it comes in the command line, also while modules are imported; exit code 130."""
    is_program = Path(sys.argv[0] if sys.argv else "").stem == "dancelift"
    if not is_program and "dancelift.cli" not in sys.orig_argv:
        return  # somebody's own program, whose tracebacks are theirs
    quieten()


def quieten() -> None:
    """Say what Ctrl-C ends in one line."""
    others = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print("dancelift: interrupted", file=sys.stderr)
        else:
            others(kind, error, trace)

    sys.excepthook = show


@contextmanager
def clean_termination() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the work as an exception would, so that what is half written is removed.

    The exit code is 128 and the signal's number, as shells have it. What is ignored, as SIGHUP by nohup, stays so.
    """

    def terminate(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    try:
        before = {
            each: signal.signal(each, terminate) for each in _ENDING if signal.getsignal(each) is not signal.SIG_IGN
        }
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)

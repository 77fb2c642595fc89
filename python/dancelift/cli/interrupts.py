"""Ctrl-C and SIGTERM: no traceback, no files left behind, and exit codes that say what happened."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

TERMINATED = 128 + signal.SIGTERM
"""Exit code after SIGTERM, as shells have it."""


def quiet_interrupts() -> None:
    """Say Ctrl-C in one line wherever it comes, also while modules are imported; the exit code is 130 then too."""
    others = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print("dancelift: interrupted", file=sys.stderr)
        else:
            others(kind, error, trace)

    sys.excepthook = show


@contextmanager
def clean_termination() -> Iterator[None]:
    """Have SIGTERM end the work as an exception would, so that what is half written is removed; only where it can."""

    def terminate(number: int, frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    try:
        before = signal.signal(signal.SIGTERM, terminate)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

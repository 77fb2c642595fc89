"""Ctrl-C, SIGTERM and SIGHUP: no traceback, no files left behind, and exit codes that say what happened."""

from __future__ import annotations

import _thread
import atexit
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_AGAIN = 0.05  # s, after which a signal that came where nothing can be raised comes again

_received: list[int] = []  # numbers of the signals that came, of a program of dancelift's


def quiet_interrupts() -> None:
    """Say Ctrl-C in one line wherever it comes in the command line, also while modules are imported; exit code 130."""
    is_program = Path(sys.argv[0] if sys.argv else "").stem == "dancelift"
    if not is_program and "dancelift.cli" not in sys.orig_argv:
        return  # somebody's own program, whose tracebacks are theirs
    quieten()
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ):
        signal.signal(signal.SIGINT, _end)
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # all is done by then


def quieten() -> None:
    """Say what Ctrl-C ends in one line."""
    others, others_of_unraisable = sys.excepthook, sys.unraisablehook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not ends_by_signal(error):
            others(kind, error, trace)
            return
        print("dancelift: interrupted", file=sys.stderr)
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        if not issubclass(kind, KeyboardInterrupt):  # as which Python would end the process
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)

    def show_unraisable(about: sys.UnraisableHookArgs) -> None:
        if isinstance(about.exc_value, (KeyboardInterrupt, _Ended)):  # in a destructor or a callback, which went on
            number = _received[-1] if _received else signal.SIGINT
            again = threading.Timer(_AGAIN, _thread.interrupt_main, [number])
            again.daemon = True
            with suppress(RuntimeError):  # the interpreter ends anyway
                again.start()
        else:
            others_of_unraisable(about)

    sys.excepthook, sys.unraisablehook = show, show_unraisable


def ends_by_signal(error: BaseException) -> bool:
    """Whether an error is that of a signal, or was made of it by what it passed through, or came after one."""
    if _received:
        return True
    seen, waiting = set[int](), [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (KeyboardInterrupt, _Ended)):
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [each for each in (one.__cause__, one.__context__) if each is not None]
            waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    return False


@contextmanager
def clean_termination() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the work as an exception would, so that what is half written is removed.

    The exit code is 128 and the signal's number, as shells have it; of SIGINT there is a KeyboardInterrupt. Whatever
    other errors libraries make of these, as while they are imported, is that of the signal again. What is ignored, as
    SIGHUP by nohup, stays so.
    """
    _received.clear()
    before = {}
    if threading.current_thread() is threading.main_thread():
        others = (signal.SIG_IGN, None)  # None: somebody's who is not Python's
        before = {each: signal.signal(each, _end) for each in _ENDING if signal.getsignal(each) not in others}
    try:
        yield
    except BaseException as error:
        number = _received[0] if _received else signal.SIGINT
        if not before or isinstance(error, GeneratorExit) or not ends_by_signal(error):
            raise
        if number == signal.SIGINT:
            raise KeyboardInterrupt from None
        raise SystemExit(128 + number) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        _received.clear()


class _Ended(SystemExit):
    """Ends the process by a signal other than Ctrl-C's."""


def _end(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise _Ended(128 + number)

"""What libraries make of a signal that comes within them, and how the command line ends all the same."""

import os
import signal
import subprocess
import sys

import pytest

from dancelift.interrupts import ends_by_signal

if sys.platform == "win32":
    pytest.skip("no such signals on Windows", allow_module_level=True)

COMMAND = """
import os, signal, sys, time
from dancelift import cli

def stop():
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(10)

class Drawer:
    def __del__(self):
        stop()

def as_cause():
    try:
        stop()
    except BaseException as error:
        raise ImportError("initialization failed") from error

def as_context():
    try:
        stop()
    except BaseException:
        raise ValueError("not closed")

def forgotten():
    error = None
    try:
        stop()
    except BaseException:
        error = RuntimeError("a worker failed")
    raise error

def as_input_error():
    from dancelift.cli.common import Failures
    from dancelift.errors import InputError
    failures = Failures()
    for name in "a", "b":
        with failures.of(name):
            try:
                stop()
            except BaseException as error:
                raise InputError(f"{name}: cannot be read") from error
    return failures.code()

def in_a_group():
    try:
        stop()
    except BaseException as error:
        raise BaseExceptionGroup("several", [ValueError("one"), error]) from None

def in_a_destructor():
    Drawer()
    time.sleep(10)

cli.lift.run = lambda arguments: globals()[sys.argv[2]]()
sys.argv[0] = "dancelift"
from dancelift.interrupts import quiet_interrupts
quiet_interrupts()
sys.exit(cli.main(["lift", "x", "-o", "x.npz"]))
"""
HOW = ("as_cause", "as_context", "forgotten", "as_input_error", "in_a_group", "in_a_destructor")
CODES = {signal.SIGINT: (130, "dancelift: interrupted\n"), signal.SIGTERM: (143, ""), signal.SIGHUP: (129, "")}


def ended(code: str, *arguments: object) -> tuple[int, str]:
    """The exit code of a program, and what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True, check=False, timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
@pytest.mark.parametrize("how", HOW)
def test_whatever_becomes_of_a_signal_the_command_ends_by_it(how, number):
    assert ended(COMMAND, int(number), how) == CODES[number]


IMPORT = """
import os, signal, sys, time
sys.argv[0] = "dancelift"
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(10)
            except KeyboardInterrupt as error:
                raise ImportError("initialization failed") from error
sys.meta_path.insert(0, Stop())
import dancelift.cli
"""


@pytest.mark.parametrize("module", ["dancelift._core", "dancelift.cli.train"])
def test_ctrl_c_of_which_an_import_makes_its_own_error_has_no_traceback(module):
    assert ended(IMPORT, module) == (-signal.SIGINT, "dancelift: interrupted\n")


def test_an_error_that_is_nobodys_signal_stays_what_it_is():
    error = ValueError("wrong")
    error.__context__, error.__cause__ = KeyError("a"), error
    assert not ends_by_signal(error)
    error.__context__.__context__ = KeyboardInterrupt()
    assert ends_by_signal(error)


OTHERS = """
import os, signal, sys, time
import dancelift
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)
except KeyboardInterrupt as error:
    raise ImportError("mine") from error
"""


def test_tracebacks_of_somebodys_own_program_are_theirs():
    code, error = ended(OTHERS)
    assert code == 1 and "ImportError: mine" in error and os.linesep in error

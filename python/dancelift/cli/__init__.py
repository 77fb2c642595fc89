"""The command line: one module a command, each with `add`, which registers its parser and what it runs."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper
from typing import TextIO

from dancelift import __version__, _core
from dancelift.cli import (
    batch,
    compare,
    demo,
    evaluate,
    export,
    fit_prior,
    label,
    lift,
    movements,
    phrases,
    recognize,
    report,
    show,
    stream,
    train,
    view,
)
from dancelift.cli.common import fail, one_line
from dancelift.errors import DanceliftError, DanceliftWarning, InputError
from dancelift.interrupts import clean_termination

_COMMANDS = (
    lift,
    recognize,
    batch,
    view,
    report,
    show,
    export,
    label,
    compare,
    phrases,
    movements,
    stream,
    demo,
    fit_prior,
    train,
    evaluate,
)  # in the order of `dancelift --help`


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit code.

    0: fine. 1: some input could not be used, as one line on stderr says. 2: wrong usage. 130: Ctrl-C. 143: SIGTERM.
    129: SIGHUP.
    """
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):  # names of files and clips may be of characters that it has not
            output.reconfigure(errors="backslashreplace")
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
        arguments.words = sys.argv[1:] if argv is None else list(argv)
    except SystemExit as stop:  # after --help, --version, and wrong usage
        return int(stop.code or 0)
    with warnings.catch_warnings():
        warnings.simplefilter("always", DanceliftWarning)
        warnings.showwarning = _show_warning
        try:
            with clean_termination():
                return int(arguments.run(arguments))
        except BrokenPipeError:  # what it was piped into has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except (DanceliftError, OSError) as error:
            return fail(error)
        except MemoryError:
            return fail(InputError("not enough memory, expected a smaller input, or more memory"))
        except KeyboardInterrupt:
            print("dancelift: interrupted", file=sys.stderr)
            return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dancelift",
        description="Lifts a dancer's 2D keypoints to 3D motion.",
        epilog="examples:\n"
        "  dancelift demo -o demo                  the invented dance that ships, lifted and drawn\n"
        "  dancelift lift keypoints.json -o out.npz\n"
        "  dancelift recognize keypoints.json -o out.npz --report\n"
        "  dancelift view out.npz -o out.gif\n"
        "  dancelift export out.npz -o out.bvh\n"
        "  dancelift compare teacher.npz pupil.npz -o compared.html\n"
        "  dancelift phrases out.npz -o phrases.html\n"
        "  dancelift evaluate lift data/dance --split test",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"dancelift {__version__}, Ceres {_core.describe_ceres()}"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning in one line, without a place in the code, in place of `warnings.showwarning`."""
    print(f"dancelift: warning: {one_line(message)}", file=sys.stderr)

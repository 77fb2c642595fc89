"""What several commands share: options, reading keypoints, writing files, saying what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from dancelift.errors import InputError
from dancelift.formats.keypoints import FORMATS, load_keypoints
from dancelift.keypoints import Track
from dancelift.lifting.options import SOLVERS, LiftOptions, default_sigmas

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What a command's `add` registers itself in."""


def fail(error: Exception) -> int:
    """Say on stderr what went wrong, in one line; returns the exit code."""
    print(f"dancelift: error: {one_line(error)}", file=sys.stderr)
    return 1


def one_line(message: object) -> str:
    return " ".join(str(message).split())


def add_reading(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that reads keypoints, see `read_tracks`."""
    formats = [known.name for known in FORMATS]
    command.add_argument(
        "--format",
        choices=formats,
        metavar="FORMAT",
        help=f"of the keypoints, usually recognised: {', '.join(formats)}",
    )
    command.add_argument(
        "--person",
        action="append",
        metavar="NAME",
        help="which one of several, by name or its last word; may be repeated; default: all",
    )


def add_lifting(command: argparse.ArgumentParser, n_seeds: int = 16) -> None:
    """Add the options of a command that lifts, see `lifting_options`; `n_seeds` is the default."""
    command.add_argument(
        "--n-seeds", type=int, default=n_seeds, metavar="K", help=f"hypotheses tried (default: {n_seeds})"
    )
    command.add_argument("--prior", default="default", help="'default', 'anthropometric' or the file of a pose prior")
    command.add_argument(
        "--sigma",
        nargs="+",
        action="extend",
        type=_sigma,
        default=[],
        dest="sigmas",
        metavar="NAME=VALUE",
        help=f"standard deviations in the objective; inf leaves a term out: {', '.join(default_sigmas())}",
    )
    command.add_argument("--random-seed", type=int, default=0, metavar="N", help="of the random draws (default: 0)")
    command.add_argument("--threads", type=int, metavar="N", help="default: one a processor")
    command.add_argument(
        "--solver",
        choices=list(SOLVERS),
        default="chain",
        help="chain: fast, gives up seeds that cannot win (default); ceres: the reference, every seed to convergence",
    )


def lifting_options(arguments: argparse.Namespace, height: float | None = None) -> LiftOptions:
    """Return what the options of `add_lifting` mean for a dancer of that height, m."""
    return LiftOptions(
        n_seeds=arguments.n_seeds,
        prior=arguments.prior,
        height=height,
        sigmas=dict(arguments.sigmas),
        random_seed=arguments.random_seed,
        n_threads=arguments.threads,
        solver=arguments.solver,
    )


def _sigma(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE, such as smooth3d=1.5") from None


def names(text: str) -> tuple[str, ...]:
    """Parse the value of an option A,B."""
    return tuple(text.split(","))


def whole_number(text: str) -> int:
    """Parse the value of an option that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number of at least 1")
    return int(text)


def n_frames(text: str) -> int | None:
    """Parse the value of an option that says how many frames are used; None: all."""
    return None if text == "all" else whole_number(text)


def read_tracks(
    path: Path,
    arguments: argparse.Namespace,
    skeleton: str | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Read the persons in a file that were asked for."""
    found = load_keypoints(path, format=arguments.format, skeleton=skeleton, fps=fps, image_size=image_size)
    if not arguments.person:
        return found
    chosen = [t for t in found if {t.name, *t.name.split()[-1:]} & set(arguments.person)]
    if not chosen:
        raise InputError(f"{path}: no person {', '.join(arguments.person)}, expected one of {names_of(found)}")
    return chosen


def names_of(persons: Iterable[Track]) -> str:
    return ", ".join(track.name for track in persons)


def check_output(output: Path, source: Path, force: bool) -> None:
    """Refuse to write over what is there.

    Raises:
        InputError: the output is there, and not to be replaced, or is the input itself.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"{output}: is the input, expected another file as the output")
    if output.exists() and not force:
        raise InputError(f"{output}: exists, expected a new file, or --force to replace one of an earlier run")

"""What several commands share: options, reading keypoints, writing files, saying what went wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from dancelift.errors import DanceliftError, InputError
from dancelift.files import check_writable
from dancelift.formats.keypoints import FORMATS, load_keypoints
from dancelift.interrupts import ends_by_signal
from dancelift.keypoints import Track
from dancelift.lifting.options import SOLVERS, LiftOptions, default_sigmas

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What a command's `add` registers itself in."""

_MOST_NAMED = 5  # passers-by that are listed by name


def fail(error: Exception) -> int:
    """Say on stderr what went wrong, in one line; returns the exit code."""
    print(f"dancelift: error: {one_line(error)}", file=sys.stderr)
    return 1


def note(message: str) -> None:
    """Say something on stderr that is no warning, in one line."""
    print(f"dancelift: {one_line(message)}", file=sys.stderr)


class Failures:
    """What could not be done for some inputs while the others went on."""

    def __init__(self) -> None:
        self._n_tried = 0
        self._failed: list[str] = []

    @contextmanager
    def of(self, name: str, is_whole: bool = True) -> Iterator[None]:
        """Go on after what goes wrong in the work on one input, which is said and counted.

        Args:
            name: of the input.
            is_whole: whether that is all of it; else it counts only if it fails.
        """
        try:
            yield
        except (DanceliftError, OSError) as error:
            if ends_by_signal(error):
                raise
            fail(error)
            self._failed.append(name)
            self._n_tried += 1
        else:
            self._n_tried += is_whole

    def code(self) -> int:
        """The exit code; where several were tried and some failed, a closing line says which."""
        if self._failed and self._n_tried > 1:
            note(f"{len(self._failed)} of {self._n_tried} failed: {', '.join(self._failed)}")
        return int(bool(self._failed))


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
        help="which of several: a name or its last word, 'main' for the one who is there most, or 'all', passers-by "
        "too; may be repeated; default: all but passers-by",
    )
    command.add_argument(
        "--ignore-ids", action="store_true", help="track persons anew, whatever ids the detector gave them"
    )


def add_lifting(command: argparse.ArgumentParser, n_seeds: int = 16, tolerance: float = 1e-8) -> None:
    """Add the options of a command that lifts, see `lifting_options`; `n_seeds` and `tolerance` are the defaults."""
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
    command.add_argument(
        "--tolerance", type=float, default=tolerance, metavar="X",
        help="relative decrease of the error in a step at which the seed that is chosen has converged "
        f"(default: {tolerance:g})",
    )  # fmt: skip


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
        tolerance=arguments.tolerance,
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


def file_name(*suffixes: str) -> Callable[[str], Path]:
    """Return what parses the value of an option for a file that ends in one of these; "" is one without a suffix."""

    def parse(text: str) -> Path:
        if Path(text).suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(
                f"{text!r}: expected a name that ends in {_either(filter(None, suffixes))}"
            )
        return Path(text)

    return parse


def file_or_folder(*suffixes: str) -> Callable[[str], Path]:
    """Return what parses the value of an option for a file that ends in one of these, or else for a folder.

    A name with another suffix is a folder's only if it is there, or ends in a slash: it may be a file's by mistake.
    """

    def parse(text: str) -> Path:
        path = Path(text)
        is_folder = not path.suffix or text.endswith(("/", os.sep)) or path.is_dir()
        if not is_folder and path.suffix.lower() not in suffixes:
            files = f"a name that ends in {_either(suffixes)}, or " if suffixes else ""
            raise argparse.ArgumentTypeError(f"{text!r}: expected {files}a folder, {text}/ for one of that name")
        return path

    return parse


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def n_frames(text: str) -> int | None:
    """Parse the value of an option that says how many frames are used; None: all."""
    return None if text == "all" else whole_number(text)


def load_tracks(
    path: Path,
    arguments: argparse.Namespace,
    skeleton: str | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Read everybody in a file by the options of `add_reading`."""
    return load_keypoints(
        path,
        format=arguments.format,
        skeleton=skeleton,
        fps=fps,
        image_size=image_size,
        ignore_ids=arguments.ignore_ids,
    )


def read_tracks(
    path: Path,
    arguments: argparse.Namespace,
    skeleton: str | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Read the persons in a file that were asked for, see `chosen_persons`."""
    return chosen_persons(path, load_tracks(path, arguments, skeleton, image_size=image_size), arguments)


def chosen_persons(path: Path, found: list[Track], arguments: argparse.Namespace) -> list[Track]:
    """The persons that were asked for, of those in a file; passers-by are listed and left out unless they are."""
    asked = set(arguments.person or ())
    if "all" in asked:
        return found
    if not asked:
        passing = [track for track in found if not track.is_main]
        if passing:
            shown = [f"{track.name} ({len(track.keypoints2d)} frames)" for track in passing[:_MOST_NAMED]]
            more = f" and {len(passing) - _MOST_NAMED} more" if len(passing) > _MOST_NAMED else ""
            note(f"{path}: passers-by left out: {', '.join(shown)}{more}; --person all takes them too")
        return [track for track in found if track.is_main]
    chosen = [track for track in found if {track.name, *track.name.split()[-1:]} & asked]
    if "main" in asked and found[0] not in chosen:
        chosen.insert(0, found[0])
    if not chosen:
        raise InputError(f"{path}: no person {', '.join(arguments.person)}, expected one of {names_of(found)}")
    return chosen


def only_main(path: Path, tracks: Sequence[Track], arguments: argparse.Namespace) -> list[Track]:
    """The one person for an output of one file: who is there most, unless several were asked for by name."""
    if len(tracks) > 1 and arguments.person:
        raise InputError(f"{path}: holds {names_of(tracks)}, expected a folder as the output or one as --person")
    if len(tracks) > 1:
        note(f"{path}: holds {names_of(tracks)}; one file as the output, so {tracks[0].name} is taken")
    return list(tracks[:1])


def names_of(persons: Iterable[Track]) -> str:
    return ", ".join(track.name for track in persons)


def files_of(lifts: Sequence[Path]) -> dict[str, Path]:
    """Return the files of lifts by a name for each, which is the file's, with its folder's before it where it must."""
    found: dict[str, Path] = {}
    for path in lifts:
        alike = sum(other.stem == path.stem for other in lifts) > 1
        name = f"{path.resolve().parent.name}_{path.stem}" if alike else path.stem
        if name in found:
            raise InputError(f"{path}: has the name of {found[name]}, expected different ones")
        found[name] = path
    return found


def check_output(output: Path, source: Path, force: bool) -> None:
    """Refuse to write over what is there, or where nothing can be written.

    Raises:
        InputError: the output is there, and not to be replaced, or is the input itself, or cannot be written.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"{output}: is the input, expected another file as the output")
    if output.exists() and not force:
        raise InputError(f"{output}: exists, expected a new file, or --force to replace one of an earlier run")
    check_writable(output)

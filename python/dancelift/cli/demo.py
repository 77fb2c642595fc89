"""`dancelift demo`: lift the invented dance that ships with dancelift, and draw it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dancelift.body.clip import Clip
from dancelift.cli.common import Commands, file_or_folder
from dancelift.cli.lift import summary
from dancelift.cli.lift_input import lift_with_bar
from dancelift.errors import MissingExtraError
from dancelift.files import DATA, check_writable, write
from dancelift.formats.keypoints import load_keypoints
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult
from dancelift.recognition.recognize import recognize_by_definitions, recognize_lift
from dancelift.recognition.result import Recognition
from dancelift.show.report import write_report

_INVENTED = "an invented dance: synthetic motion and keypoints"

_FILES = ("demo.npz", "demo.png", "demo.gif", "demo.html")


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "demo",
        help="lift the invented dance that ships with dancelift",
        description=f"Lifts the ten seconds that ship with dancelift, {_INVENTED}, none of the dances that are known; "
        "finds the movements in them, and draws them.",
        epilog="example:\n  dancelift demo -o demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "-o", "--output", type=file_or_folder(), default=Path("demo"), metavar="DIR", help="folder (default: demo)"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from dancelift.show.pictures import draw_animation, draw_picture

    for name in _FILES:
        check_writable(arguments.output / name)
    (track,) = load_keypoints(DATA / "sample.npz")
    print(f"the sample is {_INVENTED}, none of the dances that are known", flush=True)
    start = time.perf_counter()
    result = lift_with_bar(Clip.of_track(track), LiftOptions(), "demo", quiet=False)
    print(summary(track, result, camera_given=False, seconds=time.perf_counter() - start))
    recognised = _recognised(result)
    writers: tuple[Callable[[Path], object], ...] = (
        result.save,
        lambda path: draw_picture(result, None, path),
        lambda path: draw_animation(result, None, path),
        lambda path: write_report(recognised, path, title=_INVENTED[0].upper() + _INVENTED[1:]),
    )
    print("written:")
    for name, save in zip(_FILES, writers, strict=True):
        write(arguments.output / name, save)
        print(f"  {arguments.output / name}")
    return 0


def _recognised(lift: LiftResult) -> Recognition:
    """Recognise a lift by the networks, or where torch is not installed by the definitions of the movements.

    Whatever genre the network finds nearest, the sample has none.
    """
    try:
        return replace(recognize_lift(lift, explain=False, name="demo"), no_genre="it was invented")
    except MissingExtraError:
        return recognize_by_definitions(lift, name="demo")

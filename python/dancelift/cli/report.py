"""`dancelift report`: a page that shows what was recognised."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from dancelift.cli.common import Commands, check_output, file_name
from dancelift.files import write
from dancelift.lifting.result import load_lift
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.recognition.result import Recognition, holds_recognition, load_recognition
from dancelift.show.report import write_report


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "report",
        help="a page that shows what was lifted and recognised",
        description="Writes a page for the browser, one HTML file that needs no network: the dancer in 2D and in 3D "
        "and how sure each joint is, the movements of every body part over time, the dance and what speaks for it. Of "
        "a lift, for which no dance was recognised, the movements are those of the definitions. Several persons of one "
        "video share a page, and the room where one camera filmed them.",
        epilog="examples:\n"
        "  dancelift report recognised.npz -o report.html\n"
        "  dancelift report out.npz -o report.html --title 'Salsa, second take'\n"
        "  dancelift report duo/*.npz -o duo.html             all persons of one video",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "results",
        nargs="+",
        type=Path,
        metavar="RESULT",
        help="what `dancelift recognize` or `dancelift lift` wrote, one a person",
    )
    command.add_argument(
        "-o", "--output", type=file_name(".html", ".htm"), required=True, metavar="OUT", help="page.html"
    )
    command.add_argument("--title", metavar="TEXT", help="of the page; default: the clips' names")
    command.add_argument("--force", action="store_true", help="replace a page that exists")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for result in arguments.results:
        check_output(arguments.output, result, arguments.force)
    persons = [_load(result) for result in arguments.results]
    write(arguments.output, partial(write_report, persons, title=arguments.title))
    print(f"written to {arguments.output}")
    return 0


def _load(result: Path) -> Recognition:
    if holds_recognition(result):
        return load_recognition(result)
    return recognize_by_definitions(load_lift(result), name=result.stem)

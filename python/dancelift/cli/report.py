"""`dancelift report`: a page that shows what was recognised."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from dancelift.cli.common import Commands, check_output, file_name
from dancelift.files import write
from dancelift.lifting.result import load_lift
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.recognition.result import holds_recognition, load_recognition
from dancelift.show.report import write_report


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "report",
        help="a page that shows what was recognised",
        description="Writes a page for the browser, one HTML file that needs no network: the dancer in 2D and in 3D, "
        "the movements of every body part over time, the dance and what speaks for it. Of a lift, for which no dance "
        "was recognised, the movements are those of the definitions.",
        epilog="examples:\n"
        "  dancelift report recognised.npz -o report.html\n"
        "  dancelift report out.npz -o report.html --title 'Salsa, second take'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "result", type=Path, metavar="RESULT", help="what `dancelift recognize` or `dancelift lift` wrote"
    )
    command.add_argument(
        "-o", "--output", type=file_name(".html", ".htm"), required=True, metavar="OUT", help="page.html"
    )
    command.add_argument("--title", metavar="TEXT", help="of the page; default: the clip's name")
    command.add_argument("--force", action="store_true", help="replace a page that exists")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    check_output(arguments.output, arguments.result, arguments.force)
    if holds_recognition(arguments.result):
        found = load_recognition(arguments.result)
    else:
        found = recognize_by_definitions(load_lift(arguments.result), name=arguments.result.stem)
    write(arguments.output, partial(write_report, found, title=arguments.title))
    print(f"written to {arguments.output}")
    return 0

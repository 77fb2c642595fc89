"""`dancelift compare`: how two performances of one phrase differ."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from dancelift.choreography.comparison import Comparison, compare
from dancelift.cli.common import Commands, check_output, file_name
from dancelift.cli.lift_input import add_lift_input
from dancelift.cli.performances import INPUT, add_from_keypoints, read_performance
from dancelift.errors import require
from dancelift.files import write_all
from dancelift.recognition.recognize import N_SEEDS
from dancelift.show.choreography_pages import write_comparison_page

_MOST_SHOWN = 8  # remarks


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "compare",
        help="how two performances of one phrase differ",
        description="Aligns two performances of one phrase in time by their movement, such as a teacher's and a "
        "pupil's, or two takes, and says by how much they differ: by part of the body and by moment, in degrees, in "
        "cm, in time, and in words. Where the dancers stand, face and how tall they are does not count.",
        epilog="examples:\n"
        "  dancelift compare teacher.npz pupil.npz -o compared.html    a page, and compared.csv and .json beside it\n"
        "  dancelift compare take1.bvh take2.bvh                       in words alone\n"
        "  dancelift compare teacher.npz pupil.json --mirror -o compared.html\n"
        "  dancelift compare duo.json duo.json --person-a 1 --person-b 2 --synchronous -o couple.html",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("a", type=Path, metavar="A", help=f"the one to go by: {INPUT}")
    command.add_argument("b", type=Path, metavar="B", help="the one that is compared with it: the same")
    command.add_argument(
        "-o",
        "--output",
        type=file_name(".html", ".htm"),
        metavar="OUT",
        help="page.html; page.csv and page.json beside it",
    )
    command.add_argument("--mirror", action="store_true", help="B dances it the other way round, left for right")
    command.add_argument(
        "--synchronous", action="store_true",
        help="two dancers of one recording: compare what happens at the same time",
    )  # fmt: skip
    command.add_argument("--person-a", metavar="NAME", help="which of several persons in the keypoints A")
    command.add_argument("--person-b", metavar="NAME", help="which of several persons in the keypoints B")
    command.add_argument("--title", metavar="TEXT", help="of the page; default: the names of the two")
    command.add_argument("--force", action="store_true", help="replace files that exist")
    add_from_keypoints(command)
    add_lift_input(command, N_SEEDS)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    require("choreography", "dancelift compare", "dtaidistance")
    page: Path | None = arguments.output
    outputs = [] if page is None else [page, page.with_suffix(".csv"), page.with_suffix(".json")]
    for output in outputs:
        for source in (arguments.a, arguments.b):
            check_output(output, source, arguments.force)
    a = read_performance(arguments.a, arguments, arguments.person_a)
    b = read_performance(arguments.b, arguments, arguments.person_b)
    found = compare(a, b, mirror=arguments.mirror, synchronous=arguments.synchronous, names=_names(a.name, b.name))
    print(_text(found), flush=True)
    if page is not None:
        write_page = partial(write_comparison_page, found, title=arguments.title)
        write_all(dict(zip(outputs, (write_page, found.save_csv, found.save_json), strict=True)))
        print(f"written to {', '.join(map(str, outputs))}")
    return 0


def _names(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a != b else (f"{a} (A)", f"{b} (B)")


def _text(found: Comparison) -> str:
    lines = [*found.summary]
    shown = found.remarks[:_MOST_SHOWN]
    if shown:
        lines.append(f"What differs in {found.b.name}:" if len(shown) == len(found.remarks) else
                     f"What differs most in {found.b.name}, {len(shown)} of {len(found.remarks)}:")  # fmt: skip
        lines += [f"  {remark.text}" for remark in shown]
    return "\n".join(lines)

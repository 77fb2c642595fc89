"""`dancelift movements`: the movements that dancelift distinguishes."""

from __future__ import annotations

import argparse

from dancelift.cli.common import Commands
from dancelift.formats.labels.vocabulary import Vocabulary
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.movements.taxonomy_page import markdown_page, text_page


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "movements",
        help="the movements that are distinguished",
        description="Lists the movements by body part: name, what it is for a dancer, and how it is defined.",
        epilog="examples:\n"
        "  dancelift movements --part 'left forearm'\n"
        "  dancelift movements --markdown > movements.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--part", action="append", metavar="NAME", help="only those of this part; may be repeated; default: all"
    )
    command.add_argument("--markdown", action="store_true", help="as a page in Markdown, with a table a part")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    taxonomy = standard_taxonomy()
    vocabulary = Vocabulary(taxonomy)
    parts = [vocabulary.part(name) for name in arguments.part or [part.name for part in taxonomy.parts]]
    page = markdown_page if arguments.markdown else text_page
    print(page(taxonomy, parts))
    return 0

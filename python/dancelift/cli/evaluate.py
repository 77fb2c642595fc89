"""`dancelift evaluate`: how good results are, a stage each."""

from __future__ import annotations

import argparse

from dancelift.cli import evaluate_genre, evaluate_lift, evaluate_movements
from dancelift.cli.common import Commands

_STAGES = (evaluate_lift, evaluate_movements, evaluate_genre)


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "evaluate",
        help="how good results are, on data with the truth",
        description="Measures results against the truth.",
        epilog="examples:\n"
        "  dancelift evaluate lift data/dance --split test\n"
        "  dancelift evaluate movements data/dance --split test",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = command.add_subparsers(title="stages", required=True, metavar="STAGE")
    for stage in _STAGES:
        stage.add(stages)

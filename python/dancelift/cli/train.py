"""`dancelift train`: learn what lifted motion means, a stage each."""

from __future__ import annotations

import argparse

from dancelift.cli import train_genre, train_movements
from dancelift.cli.common import Commands

_STAGES = (train_movements, train_genre)


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "train",
        help="learn movements from clips with true 3D motion",
        description="Trains a network; needs the extra 'train'.",
        epilog="example:\n  dancelift train movements data/dance -o movements.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = command.add_subparsers(title="stages", required=True, metavar="STAGE")
    for stage in _STAGES:
        stage.add(stages)

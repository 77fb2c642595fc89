"""`dancelift evaluate movements`: how well movements are predicted from a detector's keypoints."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from dancelift.cli.clips import add_dataset, add_movement_clips, movement_clips
from dancelift.cli.common import Commands, n_frames
from dancelift.errors import require
from dancelift.files import check_writable, write


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "movements",
        help="what every body part does",
        description="Predicts the movements in the clips of a dataset by three methods - a network from the 2D "
        "keypoints, the definitions from the lifted motion, a network from the lifted motion - and compares them with "
        "what takes place in the true motion.",
        epilog="examples:\n"
        "  dancelift evaluate movements data/dance --split test --lifts lifts\n"
        "  dancelift evaluate movements data/dance --split test --match salsa --movement-model-3d my.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(stage)
    stage.add_argument("--frames", type=n_frames, metavar="N", help="of each clip, or 'all' (default: all)")
    for name in ("3d", "2d"):
        stage.add_argument(
            f"--movement-model-{name}", type=Path, metavar="FILE",
            help=f"of `dancelift train movements --input {name}` (default: the one that ships)",
        )  # fmt: skip
    add_movement_clips(stage, n_views=1, lifts="nowhere")
    stage.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    stage.add_argument("--csv", type=Path, metavar="OUT", help="write the figures of each type of movement there")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for output in filter(None, (arguments.json, arguments.csv)):
        check_writable(output)
    require("recognize", "predicting movements", "torch", "safetensors")
    from dancelift.evaluation import movement_tables as report
    from dancelift.evaluation.movements import MovementEvaluator
    from dancelift.movements.model import load_movement_model

    evaluator = MovementEvaluator(
        [
            load_movement_model(arguments.movement_model_2d or "2d", input="2d"),
            load_movement_model(arguments.movement_model_3d or "3d", input="3d"),
        ]
    )
    source, names = movement_clips(arguments, None, arguments.frames)
    print(report.header())
    with tqdm(names, unit="clip", leave=False, disable=not sys.stderr.isatty()) as bar:
        for name in bar:
            for clip in source.read(name):
                bar.write(report.row(evaluator.add(clip)), file=sys.stdout)
                sys.stdout.flush()
    scores = evaluator.scores()
    for table in report.tables(scores):
        print("", table.text(), sep="\n")
    if arguments.json:
        about = {
            "dataset": source.dataset.name,
            "split": arguments.split,
            "match": arguments.match,
            "lifts": source.lifts.options.made_by,
        }
        text = json.dumps({**about, **report.as_json(scores)}, indent=1)
        write(arguments.json, lambda path: path.write_text(text + "\n"))
    if arguments.csv:
        write(arguments.csv, lambda path: report.write_csv(path, scores))
    return 0

"""`dancelift evaluate lift`: how far lifted motion is from the true one, on a dataset that has it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Literal, get_args

from tqdm import tqdm

from dancelift.cli.clips import add_dataset
from dancelift.cli.common import Commands, add_lifting, lifting_options, n_frames, whole_number
from dancelift.datasets.registry import open_dataset
from dancelift.datasets.sequence import KeypointSource
from dancelift.errors import InputError
from dancelift.evaluation.lift import METRICS, LiftProtocol, LiftScore, chosen_clips, evaluate_clip
from dancelift.evaluation.lift_tables import as_json, header, published_table, row, summary_table, write_csv
from dancelift.files import check_writable, write


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "lift",
        help="3D motion",
        description="Lifts the clips of a dataset and measures how far the motion is from the true one.",
        epilog="examples:\n"
        "  dancelift evaluate lift data/dance --split test --n-seeds 4 --json scores.json\n"
        "  dancelift evaluate lift aist_plusplus --split test --views 9 --frames all\n"
        "  dancelift evaluate lift h36m --split test --views 4 --height true --camera known\n"
        "\nfigures:\n" + "\n".join(f"  {name:10} {meaning}" for name, meaning in METRICS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(stage)
    stage.add_argument(
        "--keypoints",
        choices=get_args(KeypointSource),
        default="detected",
        help="of a detector, or exact (default: detected)",
    )
    stage.add_argument(
        "--frames", type=n_frames, default=300, metavar="N", help="of each clip, or 'all' (default: 300)"
    )
    stage.add_argument("--views", type=whole_number, default=1, metavar="N", help="of each clip (default: 1)")
    stage.add_argument("--camera", choices=["unknown", "known"], default="unknown", help="whether intrinsics are given")
    stage.add_argument("--height", type=_height, metavar="M", help="of the dancers in metres, or 'true'")
    add_lifting(stage)
    stage.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    stage.add_argument("--csv", type=Path, metavar="OUT", help="write the figures of each clip there")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for output in filter(None, (arguments.json, arguments.csv)):
        check_writable(output)
    dataset = open_dataset(arguments.dataset_folder, arguments.dataset)
    protocol = LiftProtocol(
        split=arguments.split,
        match=arguments.match,
        keypoints=arguments.keypoints,
        n_frames=arguments.frames,
        n_views=arguments.views,
        camera_known=arguments.camera == "known",
        height=arguments.height,
        options=lifting_options(arguments),
    )
    scores: list[LiftScore] = []
    with tqdm(chosen_clips(dataset, protocol), unit="clip", leave=False, disable=not sys.stderr.isatty()) as clips:
        for clip in clips:
            for score in evaluate_clip(dataset, clip, protocol):
                if not scores:
                    clips.write(header(list(score.metrics)), file=sys.stdout)
                clips.write(row(f"{score.clip} {score.view}", score), file=sys.stdout)
                sys.stdout.flush()
                scores.append(score)
    if not scores:
        raise InputError(f"{arguments.dataset_folder}: no clip could be lifted, expected at least one")
    print("", summary_table(scores), sep="\n")
    published = published_table(dataset)
    if published:
        print("", published, sep="\n")
    if arguments.json:
        text = json.dumps(as_json(dataset, protocol, scores), indent=1)
        write(arguments.json, lambda path: path.write_text(text + "\n"))
    if arguments.csv:
        write(arguments.csv, lambda path: write_csv(path, scores))
    return 0


def _height(text: str) -> float | Literal["true"]:
    try:
        return "true" if text == "true" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected metres, such as 1.68, or 'true'") from None

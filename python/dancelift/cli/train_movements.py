"""`dancelift train movements`: train a movement model on detected keypoints of clips with true 3D motion."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dancelift.cli.clips import add_training, movement_clips, read_views, run_folder
from dancelift.cli.common import Commands, check_output, whole_number
from dancelift.errors import require
from dancelift.files import write

if TYPE_CHECKING:
    from dancelift.movements.model import MovementModel


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "movements",
        help="what every body part does",
        description="Lifts the clips of a dataset, labels their true motion with the movements that take place, "
        "and trains one LSTM per body part to predict them. A run that was stopped is resumed when started again.",
        epilog="examples:\n"
        "  dancelift train movements data/dance -o movements_3d.safetensors\n"
        "  dancelift train movements data/dance --input 2d -o movements_2d.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_training(stage)
    stage.add_argument(
        "--input", choices=["3d", "2d"], default="3d",
        help="what the network reads: lifted motion, or the 2D keypoints themselves (default: 3d)",
    )  # fmt: skip
    stage.add_argument(
        "--epochs", type=whole_number, metavar="N", help="at most; it stops earlier where it gets no better"
    )
    stage.add_argument(
        "--accelerator", choices=["auto", "cpu", "gpu"], default="auto", help="default: a GPU where there is one"
    )
    stage.add_argument("--devices", type=whole_number, default=1, metavar="N", help="GPUs to train on (default: 1)")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    check_output(arguments.output, arguments.dataset_folder, arguments.force)
    require("train", "training")
    from dancelift.evaluation.movements import MIN_POSITIVES
    from dancelift.training.movement_training import TrainingOptions, train_movements
    from dancelift.training.training_clip import training_clips

    folder = run_folder(arguments)
    source, names = movement_clips(arguments, folder / "lifts")
    clips, n_views, n_frames = [], 0, 0
    for view in read_views(source, names):
        clips += training_clips(view, source.taxonomy, arguments.input)
        n_views, n_frames = n_views + 1, n_frames + len(view.labels)
    model = train_movements(
        clips,
        source.taxonomy,
        arguments.input,
        folder,
        TrainingOptions(**({"max_epochs": arguments.epochs} if arguments.epochs else {})),
        random_seed=arguments.random_seed,
        accelerator=arguments.accelerator,
        devices=arguments.devices,
        progress=sys.stderr.isatty(),
    )
    write(arguments.output, model.save)
    print(f"{arguments.output}: {len(names)} clips, {n_views} views, {n_frames} frames")
    rare = int((model.n_positives < MIN_POSITIVES).sum())
    if rare:
        print(
            f"{rare} of {len(model.taxonomy)} types took place in fewer than {MIN_POSITIVES} frames, too few to learn"
        )
    print(_figures(model))
    return 0


def _figures(model: MovementModel) -> str:
    """Return what was measured in training, in a few lines."""
    epochs = f"weights of epoch {model.figures['epochs']:.0f}"
    if "F" not in model.figures:
        return f"{epochs}, the last: too few clips to hold some out, so how good they are is not known"
    width = max(len(part.name) for part in model.taxonomy.parts)
    lines = [f"{epochs}, the best on the clips that were held out; micro F on these:"]
    lines += [f"  {part.name:{width}}  {model.figures[f'F {part.name}']:.3f}" for part in model.taxonomy.parts]
    return "\n".join([*lines, f"  {'all':{width}}  {model.figures['F']:.3f}"])

"""`dancelift train movements`: learn to tell movements from what a detector sees of clips with true 3D motion."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from dancelift.cli.clips import add_dataset, add_movement_clips, movement_clips
from dancelift.cli.common import Commands, check_output, needs_extra, whole_number
from dancelift.files import write

if TYPE_CHECKING:
    from dancelift.movement_model import MovementModel


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "movements",
        help="what every body part does",
        description="Lifts the clips of a dataset, labels their true motion with the movements that take place, "
        "and trains one LSTM per body part to tell them. A run that was stopped goes on when it is started again.",
        epilog="examples:\n"
        "  dancelift train movements data/dance -o movements_3d.safetensors\n"
        "  dancelift train movements data/dance --input 2d -o movements_2d.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(stage, split="fit")
    stage.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="safetensors of the weights")
    stage.add_argument(
        "--input", choices=["3d", "2d"], default="3d",
        help="what the network reads: lifted motion, or the 2D keypoints themselves (default: 3d)",
    )  # fmt: skip
    stage.add_argument(
        "--run", type=Path, dest="run_folder", metavar="FOLDER",
        help="of lifts, checkpoints and figures, from which a run goes on (default: OUT_run, without OUT's suffix)",
    )  # fmt: skip
    stage.add_argument(
        "--epochs", type=whole_number, metavar="N", help="at most; it stops earlier where it gets no better"
    )
    stage.add_argument(
        "--accelerator", choices=["auto", "cpu", "gpu"], default="auto", help="default: a GPU where there is one"
    )
    stage.add_argument("--devices", type=whole_number, default=1, metavar="N", help="GPUs to train on (default: 1)")
    add_movement_clips(stage, n_views=None, lifts="lifts in the run's folder")
    stage.add_argument("--force", action="store_true", help="replace OUT")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    check_output(arguments.output, arguments.dataset_folder, arguments.force)
    with needs_extra("train", "training"):
        import torch

        from dancelift.evaluation.movements import LEAST_LEARNT
        from dancelift.training.movement_training import TrainingOptions, train_movements
        from dancelift.training.training_clip import training_clips

    torch.set_num_threads(arguments.threads or 1)  # the steps are so small that threads wait for each other
    folder = arguments.run_folder or arguments.output.with_name(f"{arguments.output.stem}_run")
    source, names = movement_clips(arguments, folder / "lifts")
    shows_progress = sys.stderr.isatty()
    clips, n_views, n_frames = [], 0, 0
    with tqdm(names, "lift", unit="clip", leave=False, disable=not shows_progress) as bar:
        for name in bar:
            for view in source.read(name):
                clips += training_clips(view, source.taxonomy, arguments.input)
                n_views, n_frames = n_views + 1, n_frames + len(view.labels)
    model = train_movements(
        clips,
        source.taxonomy,
        arguments.input,
        folder,
        TrainingOptions(**({"max_epochs": arguments.epochs} if arguments.epochs else {})),
        seed=arguments.seed,
        accelerator=arguments.accelerator,
        devices=arguments.devices,
        progress=shows_progress,
    )
    write(arguments.output, model.save)
    print(f"{arguments.output}: {len(names)} clips, {n_views} views, {n_frames} frames")
    rare = int((model.n_learnt < LEAST_LEARNT).sum())
    if rare:
        print(f"{rare} of {len(model.taxonomy)} types took place in fewer than {LEAST_LEARNT} frames, too few to learn")
    print(_figures(model))
    return 0


def _figures(model: MovementModel) -> str:
    """What was measured in training."""
    epochs = f"weights of epoch {model.figures['epochs']:.0f}"
    if "F" not in model.figures:
        return f"{epochs}, the last: too few clips to hold some out, so how good they are is not known"
    width = max(len(part.name) for part in model.taxonomy.parts)
    lines = [f"{epochs}, the best on the clips that were held out; micro F on these:"]
    lines += [f"  {part.name:{width}}  {model.figures[f'F {part.name}']:.3f}" for part in model.taxonomy.parts]
    return "\n".join([*lines, f"  {'all':{width}}  {model.figures['F']:.3f}"])

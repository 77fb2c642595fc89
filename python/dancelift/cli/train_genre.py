"""`dancelift train genre`: train a genre model on detected keypoints of clips whose genre is known."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from dancelift.cli.clips import add_training, film_motions, movement_clips, read_views, run_folder
from dancelift.cli.common import Commands, check_output, whole_number
from dancelift.errors import require
from dancelift.files import write
from dancelift.genres.features import INPUTS, channels

if TYPE_CHECKING:
    from dancelift.genres.model import GenreModel
    from dancelift.training.genre_fit import GenreOptions


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "genre",
        help="the dance's name",
        description="Lifts the clips of a dataset, finds their movements, and trains LSTMs to predict the genre "
        "from them, calibrated by cross-validation. A run that was stopped is resumed when it is started again.",
        epilog="examples:\n"
        "  dancelift train genre data/dance --unknown data/cmu -o genre.safetensors\n"
        "  dancelift train genre data/dance --inputs movements,pose3d -o genre.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_training(stage)
    stage.add_argument(
        "--inputs", type=_inputs, default=("movements",), metavar="A,B",
        help=f"what the network reads, of {', '.join(INPUTS)} (default: movements)",
    )  # fmt: skip
    stage.add_argument(
        "--unknown", type=Path, nargs="+", default=[], metavar="DIR",
        help="folders of 3D motion that is none of the genres, to set by it how novel a dance may be",
    )  # fmt: skip
    add_fitting(stage)
    stage.add_argument(
        "--accelerator", choices=["auto", "cpu", "gpu"], default="cpu", help="default: cpu, which is as fast"
    )
    stage.set_defaults(run=_run)


def add_fitting(command: argparse.ArgumentParser) -> None:
    """Add the options of the training of genre networks, see `fitting_options`."""
    command.add_argument("--epochs", type=whole_number, metavar="N", help="of each network")
    command.add_argument("--members", type=whole_number, metavar="N", help="networks of the ensemble")


def fitting_options(arguments: argparse.Namespace) -> GenreOptions:
    """Return how genre networks are fitted, by the options of `add_fitting`."""
    from dancelift.training.genre_fit import GenreOptions

    given = {name: getattr(arguments, name) for name in ("epochs", "members")}
    return GenreOptions(**{name: value for name, value in given.items() if value})


def _run(arguments: argparse.Namespace) -> int:
    check_output(arguments.output, arguments.dataset_folder, arguments.force)
    require("train", "training")
    from dancelift.training.genre_clip import dance_as_lifted, training_dances
    from dancelift.training.genre_data import GenreClip
    from dancelift.training.genre_fit import Device
    from dancelift.training.genre_training import train_genres

    folder = run_folder(arguments)
    source, names = movement_clips(arguments, folder / "lifts")
    clips = []
    for view in read_views(source, names):
        dances = training_dances(view, dance_as_lifted(view, source.taxonomy), source.taxonomy)
        copies = tuple(channels(dance, arguments.inputs) for dance in dances)
        clips.append(GenreClip(view.name, view.group, copies))
    unknown = [
        channels(dance_as_lifted(view, source.taxonomy), arguments.inputs)
        for view in film_motions(source, arguments.unknown)
    ]
    with tqdm(desc="train", bar_format="{desc}: {postfix}", leave=False, disable=not sys.stderr.isatty()) as bar:
        model = train_genres(
            clips,
            source.taxonomy,
            arguments.inputs,
            folder,
            fitting_options(arguments),
            random_seed=arguments.random_seed,
            device=Device(arguments.accelerator),
            unknown=unknown,
            progress=bar.set_postfix_str,
        )
    write(arguments.output, model.save)
    print(f"{arguments.output}: {len(names)} clips, {len(clips)} views of {', '.join(model.genres)}")
    print(_figures(model))
    return 0


def _figures(model: GenreModel) -> str:
    """Return what was measured in training, in a few lines."""
    if "F views" not in model.figures:
        return "too few clips to hold some out, so how good the weights are is not known"
    width = max(map(len, model.genres))
    lines = [
        f"of clips that were held out, by networks that had not seen them; temperature {model.temperature:.2f}:",
        f"  {'':{width}}  views right  windows right",
    ]
    for genre in model.genres:
        if f"views {genre}" in model.figures:
            views, windows = (model.figures[f"{what} {genre}"] for what in ("views", "windows"))
            lines.append(f"  {genre:{width}}  {views:11.3f}  {windows:13.3f}")
    lines.append(f"  macro F: {model.figures['F views']:.3f} by view, {model.figures['F windows']:.3f} by window")
    if "unknown named" in model.figures:
        lost, named = model.figures.get("known lost", 0.0), model.figures["unknown named"]
        lines.append(
            f"  {lost:.1%} of them are taken for none of the dances, {named:.1%} of what is none for one of them"
        )
    return "\n".join(lines)


def _inputs(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(INPUTS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r}: expected some of {', '.join(INPUTS)}")
    return names

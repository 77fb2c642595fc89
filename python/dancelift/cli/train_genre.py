"""`dancelift train genre`: train a genre model on detected keypoints of clips whose genre is known."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from dancelift.cli.clips import add_training, film_motions, movement_clips, read_views, run_folder
from dancelift.cli.common import Commands, check_output, whole_number
from dancelift.datasets.dancers import group_by_dancer
from dancelift.errors import require
from dancelift.files import write
from dancelift.genres.features import INPUTS, channels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dancelift.datasets.movement_clips import MovementClip
    from dancelift.genres.model import GenreModel
    from dancelift.movements.model import MovementModel
    from dancelift.movements.taxonomy import Taxonomy
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
    add_movement_vectors(stage)
    stage.add_argument(
        "--movement-model", type=Path, metavar="FILE",
        help="by whose probabilities it will be used, for what is unknown (default: the one that ships)",
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


def add_movement_vectors(command: argparse.ArgumentParser) -> None:
    """Add the option for where the movements come from that a genre network reads, see `GenreModel`."""
    command.add_argument(
        "--movement-vectors", choices=["definitions", "probabilities"], default="definitions",
        help="of the lifted motion that the network reads: by the movements' definitions, or the probabilities that "
        "movement networks predict which have not seen the dancer (default: definitions)",
    )  # fmt: skip


def held_out_models(
    views: Sequence[MovementClip], taxonomy: Taxonomy, folder: Path, progress: Callable[[str], object]
) -> dict[str, MovementModel]:
    """Train, or find in a run's folder, the movement models that have not seen a clip's dancer, by the clip's name."""
    from dancelift.training.movement_folds import train_without_each
    from dancelift.training.training_clip import training_clips

    clips = [clip for view in views for clip in training_clips(view, taxonomy, "3d")]
    dancers = group_by_dancer([view.true for view in views])
    return train_without_each(clips, dancers, taxonomy, "3d", folder / "movements", progress=progress)


def fitting_options(arguments: argparse.Namespace) -> GenreOptions:
    """Return how genre networks are fitted, by the options of `add_fitting`."""
    from dancelift.training.genre_fit import GenreOptions

    given = {name: getattr(arguments, name) for name in ("epochs", "members")}
    return GenreOptions(**{name: value for name, value in given.items() if value})


def _run(arguments: argparse.Namespace) -> int:
    check_output(arguments.output, arguments.dataset_folder, arguments.force)
    require("train", "training")
    from dancelift.movements.model import load_movement_model
    from dancelift.training.genre_clip import dance_by_definitions, dance_by_model, training_dances
    from dancelift.training.genre_data import GenreClip
    from dancelift.training.genre_fit import Device
    from dancelift.training.genre_training import train_genres

    folder = run_folder(arguments)
    source, names = movement_clips(arguments, folder / "lifts")
    views = list(read_views(source, names))
    with tqdm(desc="train", bar_format="{desc}: {postfix}", leave=False, disable=not sys.stderr.isatty()) as bar:
        by_probabilities = arguments.movement_vectors == "probabilities"
        models = held_out_models(views, source.taxonomy, folder, bar.set_postfix_str) if by_probabilities else {}
        clips = []
        for view in views:
            held_out = models.get(view.name)
            seen = dance_by_model(view, held_out) if held_out else dance_by_definitions(view, source.taxonomy)
            copies = training_dances(view, seen, source.taxonomy, held_out)
            clips.append(GenreClip(view.name, view.group, tuple(channels(dance, arguments.inputs) for dance in copies)))
        final = load_movement_model(arguments.movement_model or "3d", input="3d") if by_probabilities else None
        unknown = [
            dance_by_model(view, final) if final else dance_by_definitions(view, source.taxonomy)
            for view in film_motions(source, arguments.unknown)
        ]
        model = train_genres(
            clips,
            source.taxonomy,
            arguments.inputs,
            folder,
            fitting_options(arguments),
            random_seed=arguments.random_seed,
            device=Device(arguments.accelerator),
            movement_vectors=arguments.movement_vectors,
            unknown=[channels(dance, arguments.inputs) for dance in unknown],
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
        lines.append(f"  {lost:.1%} of these are taken for no known dance, {named:.1%} of the unknown for one")
    return "\n".join(lines)


def _inputs(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(INPUTS) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r}: expected some of {', '.join(INPUTS)}")
    return names

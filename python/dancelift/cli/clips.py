"""Options of commands that read clips of a dataset with true 3D motion."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from dancelift.cli.common import add_lifting, file_name, lifting_options, names, whole_number
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.datasets.movement_clips import MovementClip, MovementSource
from dancelift.datasets.registry import DATASETS, open_dataset
from dancelift.datasets.sequence import Dataset
from dancelift.evaluation.lift import LiftProtocol, chosen_clips
from dancelift.files import check_writable
from dancelift.formats.motion import load_motions
from dancelift.movements.taxonomy import standard_taxonomy

_MIN_SECONDS = 1.0  # of a motion to learn from


def add_dataset(command: argparse.ArgumentParser, split: str | None = None) -> None:
    """Add options for which clips of which dataset, see `open_dataset` and `chosen_clips`; `split` is the default."""
    command.add_argument("dataset_folder", type=Path, metavar="DIR", help="of the dataset, as it is published")
    known = [dataset.name for dataset in DATASETS]
    command.add_argument("--dataset", choices=known, help="usually recognised")
    splits = "; ".join(f"{dataset.name}: {', '.join(dataset.splits)}" for dataset in DATASETS)
    command.add_argument(
        "--split", default=split, metavar="NAME",
        help=f"only the clips of one list of the dataset ({splits})" + (f" (default: {split})" if split else ""),
    )  # fmt: skip
    command.add_argument(
        "--match", type=names, default=(), metavar="NAMES", help="only clips that start with one of these, A,B"
    )


def add_movement_clips(command: argparse.ArgumentParser, n_views: int | None, lifts: str) -> None:
    """Add the options for how the clips of `add_dataset` are lifted and labelled, see `movement_clips`.

    Args:
        command: with the options.
        n_views: the usual number of views; None: all.
        lifts: where they are kept by default.
    """
    command.add_argument(
        "--views", type=_views, default=n_views, metavar="N",
        help=f"of each clip, or 'all' (default: {n_views or 'all'})",
    )  # fmt: skip
    command.add_argument(
        "--lifts", type=Path, metavar="FOLDER", help=f"of lifted clips, which are kept there (default: {lifts})"
    )
    command.add_argument(
        "--annotations", type=Path, metavar="FOLDER",
        help="of people's labels, CLIP.eaf, .csv or .npz, which replace those by definition",
    )  # fmt: skip
    add_lifting(command, n_seeds=1)


def movement_clips(
    arguments: argparse.Namespace, lifts: Path | None, n_frames: int | None = None
) -> tuple[MovementSource, list[str]]:
    """Return where the clips come from, and the names of those that were asked for.

    Args:
        arguments: of a command with the options of `add_dataset` and `add_movement_clips`.
        lifts: where they are kept unless the arguments say otherwise; None: nowhere.
        n_frames: the first frames of each clip; None: all.
    """
    dataset: Dataset = open_dataset(arguments.dataset_folder, arguments.dataset)
    source = MovementSource(
        dataset,
        standard_taxonomy(),
        n_views=arguments.views,
        n_frames=n_frames,
        lifts=KeptLifts(lifting_options(arguments), arguments.lifts or lifts),
        annotations=arguments.annotations,
    )
    return source, chosen_clips(dataset, LiftProtocol(split=arguments.split, match=arguments.match))


def add_training(command: argparse.ArgumentParser, split: str = "fit") -> None:
    """Add the options that every training has: what is learnt from and where the weights go, see `run_folder`."""
    add_dataset(command, split=split)
    command.add_argument(
        "-o", "--output", type=file_name(".safetensors", ""), required=True, metavar="OUT",
        help="safetensors of the weights",
    )  # fmt: skip
    command.add_argument(
        "--run", type=Path, dest="run_folder", metavar="FOLDER",
        help="of lifts, checkpoints and figures, from which a run goes on (default: OUT_run, without OUT's suffix)",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace OUT")
    add_movement_clips(command, n_views=None, lifts="lifts in the run's folder")


def run_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder of a training's runs, by the options of `add_training`.

    Raises:
        InputError: nothing can be written there.
    """
    folder: Path = arguments.run_folder or arguments.output.with_name(f"{arguments.output.stem}_run")
    check_writable(folder / "last.ckpt")
    return folder


def read_views(source: MovementSource, clips: Sequence[str]) -> Iterator[MovementClip]:
    """Read every view of the clips, with a bar where there is a terminal."""
    with tqdm(clips, "lift", unit="clip", leave=False, disable=not sys.stderr.isatty()) as bar:
        for name in bar:
            yield from source.read(name)


def film_motions(source: MovementSource, folders: Sequence[Path]) -> Iterator[MovementClip]:
    """Film the motions in folders of 3D motion by cameras placed at random, one view of each, with a bar.

    What is too short to tell a movement, or lacks a joint, is passed over.
    """
    motions = [motion for folder in folders for motion in load_motions(folder)]
    with tqdm(motions, "film", unit="motion", leave=False, disable=not sys.stderr.isatty()) as bar:
        for motion in bar:
            if len(motion.poses3d) >= _MIN_SECONDS * motion.fps and np.isfinite(motion.as_coco17()).all():
                yield from source.film(motion, 1)


def _views(text: str) -> int | None:
    return None if text == "all" else whole_number(text)

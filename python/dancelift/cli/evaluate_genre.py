"""`dancelift evaluate genre`: how well genres are predicted from a detector's keypoints."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dancelift.cli.clips import add_dataset, add_movement_clips, film_motions, movement_clips, read_views
from dancelift.cli.common import Commands, names, whole_number
from dancelift.cli.train_genre import add_fitting, add_movement_vectors, fitting_options, held_out_models
from dancelift.datasets.registry import DATASETS, open_dataset
from dancelift.errors import InputError, require
from dancelift.evaluation.lift import LiftProtocol, chosen_clips
from dancelift.files import check_writable, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dancelift.datasets.movement_clips import MovementClip, MovementSource
    from dancelift.evaluation.genre import SeenDance
    from dancelift.evaluation.novelty import NoveltyScores
    from dancelift.movements.model import MovementModel

_ONE_STUDIO = {"dance": ("cha-cha", "rumba", "waltz")}
"""By dataset: genres that were all recorded in one place, so that the place does not give them away."""


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "genre",
        help="the dance's name",
        description="Trains networks to predict the genre from 2D poses, 3D poses, movements, or both, on one split "
        "of a dataset, and predicts the dances of another; also by a logistic regression and an ST-GCN. They are "
        "trained on all genres; where fewer are distinguished, their probabilities of the others are left out.",
        epilog="examples:\n"
        "  dancelift evaluate genre data/dance --lifts lifts\n"
        "  dancelift evaluate genre data/dance --genres rumba,waltz --repeats 2",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(stage, split="test")
    stage.add_argument("--learn", default="fit", metavar="NAME", help="split to learn from (default: fit)")
    stage.add_argument(
        "--genres", type=names, action="append", metavar="A,B",
        help="to distinguish; may be repeated (default: all, and those of one studio)",
    )  # fmt: skip
    stage.add_argument(
        "--repeats",
        type=whole_number,
        default=5,
        metavar="N",
        help="of each training, with N random seeds (default: 5)",
    )
    add_fitting(stage)
    stage.add_argument(
        "--movement-model-2d", type=Path, metavar="FILE",
        help="of `dancelift train movements --input 2d`, for movements from 2D (default: the one that ships)",
    )  # fmt: skip
    add_movement_vectors(stage)
    stage.add_argument(
        "--movement-model-3d", type=Path, metavar="FILE",
        help="of `dancelift train movements`, for the probabilities of movements from 3D (default: the one that ships)",
    )  # fmt: skip
    stage.add_argument(
        "--run", type=Path, dest="run_folder", default=Path("genre_run"), metavar="FOLDER",
        help="of the movement networks that have not seen a dancer, which are kept there (default: genre_run)",
    )  # fmt: skip
    stage.add_argument(
        "--unknown", type=Path, nargs="+", default=[], metavar="DIR",
        help="datasets of other dances, or folders of 3D motion, to tell from those that a trained model knows",
    )  # fmt: skip
    stage.add_argument(
        "--genre-model", type=Path, metavar="FILE", help="that tells them apart (default: the one that ships)"
    )
    add_movement_clips(stage, n_views=None, lifts="nowhere")
    stage.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.json is not None:
        check_writable(arguments.json)
    if arguments.movement_vectors == "probabilities":
        check_writable(arguments.run_folder / "movements")
    require("train", "training")
    from dancelift.evaluation import genre_tables as report
    from dancelift.evaluation.genre import BASELINES, ROWS, majority, score
    from dancelift.movements.model import load_movement_model
    from dancelift.training.genre_fit import Device

    model_2d = load_movement_model(arguments.movement_model_2d or "2d", input="2d")
    source, test_clips = movement_clips(arguments, None)
    training_clips = chosen_clips(source.dataset, LiftProtocol(split=arguments.learn, match=arguments.match))
    if set(training_clips) & set(test_clips):
        raise InputError(f"clip {min(set(training_clips) & set(test_clips))} is in both splits, expected other clips")
    model_3d = None
    if arguments.movement_vectors == "probabilities":
        model_3d = load_movement_model(arguments.movement_model_3d or "3d", input="3d")
    training = _read(source, training_clips, model_2d, model_3d, arguments.run_folder)
    test = _read(source, test_clips, model_2d, model_3d, None)
    found = sorted({dance.genre for dance in training})
    options = fitting_options(arguments)
    asked = _tasks(arguments.genres, found, source.dataset.name)
    random_seeds = range(arguments.random_seed, arguments.random_seed + arguments.repeats)
    rows = []
    for row in (*ROWS, *BASELINES):
        scores = score(row, training, test, found, options, random_seeds, Device("cpu"))
        rows.append([scores.among(genres) for genres in asked])
        print(*map(report.line, rows[-1]), sep="\n", flush=True)
    tasks = [
        report.Task(genres, of_task, majority(training, test, genres))
        for genres, of_task in zip(asked, zip(*rows, strict=True), strict=True)
    ]
    novelty = _novelty(arguments, source, test_clips) if arguments.unknown else None
    for table in (
        *report.tables(tasks, options.window, arguments.movement_vectors),
        *([novelty.table()] if novelty else []),
    ):
        print("", table.text(), sep="\n")
    if arguments.json:
        about = {"dataset": source.dataset.name, "learn": arguments.learn, "split": arguments.split}
        text = json.dumps(
            {
                **about,
                "lifts": source.lifts.options.made_by,
                "movement_vectors": arguments.movement_vectors,
                **report.as_json(tasks, options.window),
                **({"novelty": novelty.as_json()} if novelty else {}),
            },
            indent=1,
        )
        write(arguments.json, lambda path: path.write_text(text + "\n"))
    return 0


def _read(
    source: MovementSource,
    clips: Sequence[str],
    model_2d: MovementModel,
    model_3d: MovementModel | None,
    augment: Path | None,
) -> list[SeenDance]:
    """Read the views of clips.

    Args:
        source: of the clips.
        clips: their names.
        model_2d: that predicts movements from keypoints.
        model_3d: that predicts them from lifted motion; None: they are by definition.
        augment: None: as they are seen; else augmented for training, and in this folder are the movement models that
            have not seen a clip's dancer, where such are needed.
    """
    from dancelift.evaluation.genre import SeenDance
    from dancelift.training.genre_clip import dance_by_definitions, dance_by_model, training_dances

    views = list(read_views(source, clips))
    held_out = {} if augment is None or model_3d is None else held_out_models(views, source.taxonomy, augment, print)
    found = []
    for view in views:
        model = held_out.get(view.name, model_3d)
        seen = {
            "3d": dance_by_model(view, model) if model else dance_by_definitions(view, source.taxonomy),
            "2d": dance_by_model(view, model_2d),
        }
        copies = {
            name: [dance]
            if augment is None
            else training_dances(view, dance, source.taxonomy, model if name == "3d" else None)
            for name, dance in seen.items()
        }
        found.append(SeenDance(view.name, view.view, view.group, copies))
    return found


def _novelty(arguments: argparse.Namespace, source: MovementSource, clips: Sequence[str]) -> NoveltyScores:
    """How well a trained model tells the clips of a dataset from what is unknown."""
    from dancelift.evaluation.novelty import score_novelty
    from dancelift.genres.model import load_genre_model
    from dancelift.movements.model import load_movement_model

    def unknown(folder: Path) -> Iterator[MovementClip]:
        if not any(dataset.recognises(folder) for dataset in DATASETS):
            yield from film_motions(source, [folder])
            return
        other = replace(source, dataset=open_dataset(folder), annotations=None)
        yield from read_views(other, other.dataset.clips(None))

    return score_novelty(
        load_genre_model(arguments.genre_model),
        load_movement_model(arguments.movement_model_3d or "3d", input="3d"),
        read_views(source, clips),
        {folder.name: unknown(folder) for folder in arguments.unknown},
    )


def _tasks(asked: list[tuple[str, ...]] | None, found: list[str], dataset: str) -> list[tuple[str, ...]]:
    """Return the sets of genres to distinguish.

    Raises:
        InputError: there are no training clips of one, or there are not at least two in a set.
    """
    for genres in asked or [tuple(found)]:
        unknown = sorted(set(genres) - set(found))
        if unknown or len(set(genres)) < 2:
            raise InputError(
                f"genres to distinguish are {', '.join(genres)}, expected at least two of {', '.join(found)}"
            )
    if asked:
        return [tuple(sorted(set(genres))) for genres in asked]
    studio = _ONE_STUDIO.get(dataset, ())
    return [tuple(found), *([studio] if studio and set(studio) < set(found) else [])]

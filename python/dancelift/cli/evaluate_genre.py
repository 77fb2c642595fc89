"""`dancelift evaluate genre`: how well dances are named from a detector's keypoints."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from dancelift.cli.clips import add_dataset, add_movement_clips, movement_clips, read_views
from dancelift.cli.common import Commands, names, needs_extra, whole_number
from dancelift.cli.train_genre import add_fitting, fitting_options
from dancelift.errors import InputError
from dancelift.evaluation.lift import LiftProtocol, chosen_clips
from dancelift.files import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dancelift.datasets.movement_clips import MovementSource
    from dancelift.evaluation.genre import SeenDance
    from dancelift.movements.model import MovementModel

_ONE_STUDIO = {"dance": ("cha-cha", "rumba", "waltz")}
"""By dataset: genres that were all recorded in one place, so that the place cannot tell them."""


def add(stages: Commands) -> None:
    stage = stages.add_parser(
        "genre",
        help="the dance's name",
        description="Trains networks to name dances, that read 2D poses, 3D poses, movements, or both, on one split "
        "of a dataset, and lets them name the dances of another; also a logistic regression and an ST-GCN. They learn "
        "all genres; where fewer are told apart, what they say of the others is left out.",
        epilog="examples:\n"
        "  dancelift evaluate genre data/dance --lifts lifts\n"
        "  dancelift evaluate genre data/dance --genres rumba,waltz --trainings 2",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(stage, split="test")
    stage.add_argument("--learn", default="fit", metavar="NAME", help="split to learn from (default: fit)")
    stage.add_argument(
        "--genres", type=names, action="append", metavar="A,B",
        help="to tell apart; may be repeated (default: all, and those of one studio)",
    )  # fmt: skip
    stage.add_argument(
        "--trainings", type=whole_number, default=5, metavar="N", help="of each network, from N seeds (default: 5)"
    )
    add_fitting(stage)
    stage.add_argument(
        "--weights2d", type=Path, metavar="FILE",
        help="of `dancelift train movements --input 2d`, for movements from 2D (default: those that ship)",
    )  # fmt: skip
    add_movement_clips(stage, n_views=None, lifts="nowhere")
    stage.add_argument("--json", type=Path, metavar="OUT", help="write all figures there")
    stage.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    with needs_extra("train", "naming dances"):
        import torch

        from dancelift.evaluation import genre_tables as report
        from dancelift.evaluation.genre import BASELINES, ROWS, majority, score
        from dancelift.movements.model import load_model
        from dancelift.training.genre_fit import Device

    torch.set_num_threads(arguments.threads or 1)  # the steps are so small that threads wait for each other
    model_2d = load_model("2d", arguments.weights2d)
    source, tested = movement_clips(arguments, None)
    learnt = chosen_clips(source.dataset, LiftProtocol(split=arguments.learn, match=arguments.match))
    if set(learnt) & set(tested):
        raise InputError(f"clip {min(set(learnt) & set(tested))} is to be learnt from and told, expected other clips")
    to_learn, to_tell = _read(source, learnt, model_2d, True), _read(source, tested, model_2d, False)
    found = sorted({dance.genre for dance in to_learn})
    options = fitting_options(arguments)
    asked = _tasks(arguments.genres, found, source.dataset.name)
    seeds = range(arguments.random_seed, arguments.random_seed + arguments.trainings)
    rows = []
    for row in (*ROWS, *BASELINES):
        scores = score(row, to_learn, to_tell, found, options, seeds, Device("cpu"))
        rows.append([scores.among(genres) for genres in asked])
        print(*map(report.line, rows[-1]), sep="\n", flush=True)
    tasks = [
        report.Task(genres, of_task, majority(to_learn, to_tell, genres))
        for genres, of_task in zip(asked, zip(*rows, strict=True), strict=True)
    ]
    for table in report.tables(tasks, options.window):
        print("", table.text(), sep="\n")
    if arguments.json:
        about = {"dataset": source.dataset.name, "learn": arguments.learn, "split": arguments.split}
        text = json.dumps(
            {**about, "lifts": source.lifts.options.made_by, **report.as_json(tasks, options.window)}, indent=1
        )
        write(arguments.json, lambda path: path.write_text(text + "\n"))
    return 0


def _read(source: MovementSource, clips: Sequence[str], model_2d: MovementModel, to_learn: bool) -> list[SeenDance]:
    """The views of clips: as they are seen, or in all ways that are learnt from."""
    from dancelift.evaluation.genre import SeenDance
    from dancelift.training.genre_clip import dance_as_lifted, dance_in_2d, dances_to_learn

    found = []
    for view in read_views(source, clips):
        seen = {"3d": dance_as_lifted(view, source.taxonomy), "2d": dance_in_2d(view, model_2d)}
        copies = {
            kind: dances_to_learn(view, dance, source.taxonomy) if to_learn else [dance] for kind, dance in seen.items()
        }
        found.append(SeenDance(view.name, view.view, view.group, copies))
    return found


def _tasks(asked: list[tuple[str, ...]] | None, found: list[str], dataset: str) -> list[tuple[str, ...]]:
    """Sets of genres to tell apart.

    Raises:
        InputError: there are no clips of one to learn from, or there are not at least two in a set.
    """
    for genres in asked or [tuple(found)]:
        unknown = sorted(set(genres) - set(found))
        if unknown or len(set(genres)) < 2:
            raise InputError(
                f"genres to tell apart are {', '.join(genres)}, expected at least two of {', '.join(found)}"
            )
    if asked:
        return [tuple(sorted(set(genres))) for genres in asked]
    studio = _ONE_STUDIO.get(dataset, ())
    return [tuple(found), *([studio] if studio and set(studio) < set(found) else [])]

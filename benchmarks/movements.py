"""How well movements are predicted on clips of dance that were not used for training, and how fast.

    python benchmarks/movements.py [--data DIR] [--views N] [--lifts DIR] [--threads N]

Writes MOVEMENTS.md and movements.json beside this file: every view of the clips of `test`, all of their frames, lifted
from one seed. The share of the frames in which a type takes place is that in the true motion of `fit`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dancelift.arraytypes import Array
from dancelift.datasets.kept_lifts import KeptLifts
from dancelift.datasets.movement_clips import MovementClip, MovementSource
from dancelift.datasets.registry import open_dataset
from dancelift.evaluation.lift import LiftProtocol, chosen_clips
from dancelift.evaluation.movement_tables import as_json, tables
from dancelift.evaluation.movements import METHODS, MovementEvaluator, MovementScores
from dancelift.evaluation.tables import Table, percent, score
from dancelift.formats.motion import load_motions
from dancelift.lifting.options import LiftOptions
from dancelift.movements.labeller import label_movements
from dancelift.movements.model import MovementModel, load_movement_model
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from machine import machine

_HERE = Path(__file__).parent
_DATASET = "dance"
_INFORMATIVE = (0.005, 0.6)  # share of the frames of a genre
_REPEATS = 5

Shares = Mapping[str, NDArray[np.float64]]
"""(M,) share of the frames in which each movement takes place, by genre."""


def shares_by_genre(folder: Path, taxonomy: Taxonomy) -> Shares:
    """Shares of the movements in the true motion of the training clips."""
    active: dict[str, NDArray[np.int64]] = {}
    known: dict[str, NDArray[np.int64]] = {}
    for motion in load_motions(folder, "fit"):
        labels, genre = label_movements(motion, taxonomy), str(motion.genre)
        active[genre] = active.get(genre, 0) + labels.active.sum(axis=0)
        known[genre] = known.get(genre, 0) + labels.known.sum(axis=0)
    return {genre: active[genre] / np.maximum(known[genre], 1) for genre in sorted(active)}


def informative(shares: Shares) -> NDArray[np.bool_]:
    """(M,) whether a movement takes place neither hardly ever nor nearly always, in at least one genre."""
    low, high = _INFORMATIVE
    found: NDArray[np.bool_] = np.any([(share >= low) & (share <= high) for share in shares.values()], axis=0)
    return found


def speeds(clip: MovementClip, models: Sequence[MovementModel]) -> dict[str, float]:
    """Frames per second of all parts together, features included, by method."""
    fps = clip.labels.fps
    found = {}
    for model in models:
        joints = clip.joints(model.input)
        found[model.input] = _rate(partial(_predict, model, joints, fps), len(joints))
    found["definitions"] = _rate(lambda: label_movements(clip.lifted, models[0].taxonomy), len(clip.labels))
    return {method: found[method] for method in METHODS}


def _predict(model: MovementModel, joints: Array, fps: float) -> None:
    model.label(model.features(joints, fps), fps)


def _rate(run: Callable[[], object], n_frames: int) -> float:
    run()  # the first time is slower
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return n_frames / statistics.median(seconds)


# --- MOVEMENTS.md


def markdown(scores: MovementScores, shares: Shares, record: Mapping[str, Any]) -> str:
    """The whole page."""
    about = ", ".join(f"{name} {value}" for name, value in record["machine"].items())
    views = f"{len(scores.clips)} views of {len({clip.clip for clip in scores.clips})} clips of `test`"
    return "\n\n".join(
        [
            "# Movements",
            f"Written by `python benchmarks/movements.py`: {views}, {scores.n_frames} frames, detected keypoints. "
            f"{about[0].upper()}{about[1:]}.",
            *(table.markdown() for table in tables(scores)),
            speed_table(record["speed"]).markdown(),
            type_table(scores, shares).markdown(),
        ]
    ) + "\n"  # fmt: skip


def speed_table(speed: Mapping[str, float]) -> Table:
    """A line for each method."""
    lines = [[METHODS[method], f"{rate:.0f}"] for method, rate in speed.items()]
    about = "All parts together, of a whole clip at once; features are included, lifting is not."
    return Table("Speed", ["method", "frames/s"], lines, about)


def type_table(scores: MovementScores, shares: Shares) -> Table:
    """A line for each type of movement."""
    is_informative = informative(shares)
    lines = [
        [
            movement.name,
            movement.part,
            *(percent(share[m]) for share in shares.values()),
            "yes" if is_informative[m] else "no",
            *(score(scores.outcome(method, [m]).f) for method in METHODS),
        ]
        for m, movement in enumerate(scores.taxonomy.movements)
    ]
    low, high = _INFORMATIVE
    about = (
        "In how many % of the frames of each genre a type takes place, in the true motion of `fit`; informative: in "
        f"{100 * low:g} to {100 * high:g} % of those of at least one genre, which "
        f"{is_informative.sum()} of the {len(is_informative)} types are; F on `test`."
    )
    genres = [f"{genre} %" for genre in shares]
    columns = ["type", "part", *genres, "informative", *(f"F: {title}" for title in METHODS.values())]
    return Table("Every type", columns, lines, about)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=_HERE.parents[1] / "shared" / "data", metavar="DIR")
    parser.add_argument(
        "--match", nargs="+", default=[], metavar="NAME", help="only clips that start with one of these"
    )
    parser.add_argument("--views", type=int, metavar="N", help="of each clip (default: all)")
    parser.add_argument("--lifts", type=Path, metavar="DIR", help="where lifts are kept (default: nowhere)")
    for name in ("2d", "3d"):
        parser.add_argument(f"--movement-model-{name}", type=Path, metavar="FILE", help="default: the one that ships")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--output", type=Path, default=_HERE, metavar="DIR", help="default: beside this file")
    args = parser.parse_args(argv)

    evaluator = MovementEvaluator(
        [
            load_movement_model(args.movement_model_2d or "2d", input="2d"),
            load_movement_model(args.movement_model_3d or "3d", input="3d"),
        ]
    )
    source = MovementSource(
        open_dataset(args.data / _DATASET),
        standard_taxonomy(),
        n_views=args.views,
        lifts=KeptLifts(LiftOptions(n_seeds=1, n_threads=args.threads), args.lifts),
    )
    names = chosen_clips(source.dataset, LiftProtocol(split="test", match=tuple(args.match)))
    longest: MovementClip | None = None
    for name in tqdm(names, unit="clip", leave=False, disable=not sys.stderr.isatty()):
        for clip in source.read(name):
            evaluator.add(clip)
            if longest is None or len(clip.labels) > len(longest.labels):
                longest = clip
    assert longest is not None
    scores, shares = evaluator.scores(), shares_by_genre(args.data / _DATASET, evaluator.taxonomy)
    is_informative = informative(shares)
    record = {
        "machine": machine(args.threads, ("numpy", "torch")),
        "models": {model.input: dict(model.figures) for model in evaluator.models},
        "speed": {method: round(rate, 1) for method, rate in speeds(longest, evaluator.models).items()},
        "n_informative": int(is_informative.sum()),
        "shares_in_fit": {
            genre: dict(zip(evaluator.taxonomy.names, share.round(5).tolist(), strict=True))
            for genre, share in shares.items()
        },
        **as_json(scores),
    }
    (args.output / "movements.json").write_text(json.dumps(record, indent=1) + "\n")
    (args.output / "MOVEMENTS.md").write_text(markdown(scores, shares, record))
    print(f"{is_informative.sum()} of {len(is_informative)} types are informative")


if __name__ == "__main__":
    main()

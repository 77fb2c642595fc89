"""What became of a clip and of every person in it: one small file a clip, written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.body.clip import Clip
from dancelift.files import write
from dancelift.lifting.result import LiftResult
from dancelift.recognition.result import Recognition

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
"""States of a clip; a person is DONE or FAILED."""

RESULT = "result"
"""Name of the output that is always written, and from which the others can be made later."""

FOLDER = "records"
"""Of the records, in the folder of the results."""

_FORMAT = "dancelift batch record 1"


@dataclass
class Person:
    """What became of one person of a clip; figures are None where they are not known.

    Attributes:
        person: name within the clip.
        status: DONE or FAILED.
        error: why they failed.
        warnings: what was doubtful and what was assumed.
        seconds: that the work took.
        frames: of the result.
        fps: frames of it a second.
        seen: share of the joints that were seen.
        dancer_px: median height of the box around the joints that were seen, px.
        reprojection_px: mean distance of the reprojected joints from those that were seen, px.
        seeds: that were tried.
        best_seed: that was chosen, from 0; of a long clip, that of least total error.
        seed_error: its error a frame.
        second_seed_error: that of the next best; close to `seed_error` where the motion is ambiguous.
        deviation_across: mean standard deviation of the joints across the line of sight, m.
        deviation_along: along it, m.
        genre: that was recognised; None: none, or none was asked for.
        genre_probability: of the most probable genre.
        no_genre: why no genre is named.
        outputs: files, by name of the output, relative to the folder of the results.
    """

    person: str
    status: str = DONE
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    seconds: float | None = None
    frames: int | None = None
    fps: float | None = None
    seen: float | None = None
    dancer_px: float | None = None
    reprojection_px: float | None = None
    seeds: int | None = None
    best_seed: int | None = None
    seed_error: float | None = None
    second_seed_error: float | None = None
    deviation_across: float | None = None
    deviation_along: float | None = None
    genre: str | None = None
    genre_probability: float | None = None
    no_genre: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Record:
    """What became of one clip.

    Attributes:
        clip: its name.
        input: its path or address.
        status: RUNNING, which one whose worker was killed stays, WAITING after Ctrl-C, DONE or FAILED.
        error: why it failed.
        key: hash of the options and the version that the outputs depend on.
        content: hash of the input.
        stamp: text that changes with the input's size and time of change.
        version: of dancelift.
        run: of the command that worked on it last.
        attempts: times that this run began to work on it.
        process: number of the worker's process.
        host: name of its machine.
        finished: time at which it was done or failed, ISO 8601.
        seconds: that the work took, of all persons.
        warnings: of the reading.
        persons: of the clip, as far as they are done.
        computed: whether this run did anything; not kept in the file.
    """

    clip: str
    input: str
    status: str = RUNNING
    error: str = ""
    key: str = ""
    content: str = ""
    stamp: str = ""
    version: str = ""
    run: str = ""
    attempts: int = 0
    process: int = 0
    host: str = ""
    finished: str = ""
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    computed: bool = True

    @staticmethod
    def path(folder: Path, clip: str) -> Path:
        """Return where the record of a clip is kept in the folder of the results."""
        return folder / FOLDER / f"{clip}.json"

    def save(self, folder: Path) -> None:
        """Write it to the folder of the results."""
        content = {"format": _FORMAT, **asdict(self)}
        del content["computed"]
        text = json.dumps(content, indent=1, ensure_ascii=False)
        write(self.path(folder, self.clip), lambda path: path.write_text(text, encoding="utf-8"))

    @staticmethod
    def load(path: Path) -> Record | None:
        """Read a record; None where there is none, or one of another format."""
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("format") != _FORMAT:
                return None
            persons = [Person(**person) for person in content.pop("persons")]
            return Record(**content, persons=persons)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def load_records(folder: Path) -> list[Record]:
    """Read all records in the folder of the results, by the name of the clip."""
    found = [Record.load(path) for path in sorted((folder / FOLDER).rglob("*.json"))]
    return [record for record in found if record is not None]


def figures(result: LiftResult | Recognition, clip: Clip | None) -> dict[str, Any]:
    """Return the figures of a `Person`, from their result and the clip that was lifted, where it is known."""
    recognition = result if isinstance(result, Recognition) else None
    lift = result.lift if isinstance(result, Recognition) else result
    n_frames = len(lift.poses3d)
    errors = np.sort(lift.seed_errors.sum(axis=1)) / n_frames
    found: dict[str, Any] = {
        "frames": n_frames,
        "fps": float(lift.fps),
        "seen": float(lift.seen.mean()),
        "seeds": len(errors),
        "best_seed": lift.best_seed,
        "seed_error": _finite(errors[0]),
        "second_seed_error": _finite(errors[1]) if len(errors) > 1 else None,
    }
    if lift.frame_seeds is not None:
        found["seed_error"] = _finite(sum(lift.losses.values()) / n_frames)
    if lift.deviations.size:
        across, along = lift.deviations.mean(axis=(0, 1))
        found |= {"deviation_across": _finite(across), "deviation_along": _finite(along)}
    if clip is not None and clip.keypoints2d.shape[:2] == lift.keypoints2d.shape[:2]:
        seen = clip.seen
        distance = np.linalg.norm(lift.keypoints2d - clip.keypoints2d[..., :2], axis=2)
        vertical = np.where(seen, clip.keypoints2d[..., 1], np.nan)[seen.any(axis=1)]
        found["reprojection_px"] = _finite(distance[seen].mean())
        found["dancer_px"] = _finite(np.median(np.nanmax(vertical, axis=1) - np.nanmin(vertical, axis=1)))
    if recognition is not None and recognition.genre_probabilities:
        found |= {
            "genre": recognition.genre,
            "genre_probability": max(recognition.genre_probabilities.values()),
            "no_genre": recognition.no_genre,
        }
    return found


def _finite(number: Any) -> float | None:
    return float(number) if np.isfinite(number) else None

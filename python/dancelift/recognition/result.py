"""What was recognised of a dancer: the lifted motion, what every body part does, the dance's name and why."""

from __future__ import annotations

import json
import math
import os
import zipfile
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags, Floats
from dancelift.errors import InputError
from dancelift.files import open_npz
from dancelift.lifting.result import LiftResult, load_lift
from dancelift.movements.taxonomy import Taxonomy, standard_taxonomy
from dancelift.provenance import Provenance
from dancelift.stored import StoredArrays, StoredJson

_FORMAT = "dancelift recognition 3"
_EXPECTED = "a recognition, expected an npz that Recognition.save wrote"
_MOST_SHOWN = 12  # movements, in a notebook
_PREFIX = "recognition_"  # of the members that a lift result does not have
_ARRAYS = ("keypoints2d", "movements", "thresholds", "window_times", "window_probabilities")


@dataclass(frozen=True, eq=False)
class Reason:
    """A movement that carried the decision for a genre.

    Attributes:
        movement: that takes place, by its name in the taxonomy.
        part: that does it.
        start: s from the clip's start.
        end: s.
        effect: by how much the genre's probability falls without it and those named before; below 0 where it rises.
        text: the same in a dancer's words.
    """

    movement: str
    part: str
    start: float
    end: float
    effect: float
    text: str


@dataclass(frozen=True, eq=False)
class Recognition:
    """What was recognised in a clip of T frames, J joints, M movements, W windows of time and G genres.

    Where only the movements are known there are no genres, windows and reasons: all of these are empty.

    Attributes:
        lift: the 3D motion and the camera that it rests on.
        keypoints2d: (T, J, 3), px and score, that were lifted; NaN or a score of 0 is not seen.
        movements: (T, M), probabilities.
        thresholds: (M,), probabilities from which a movement takes place.
        taxonomy: of the movements.
        genre_probabilities: of the whole clip, by name.
        window_times: (W, 2), s, start and end of each window.
        window_probabilities: (W, G), in the order of `genre_probabilities`.
        reasons: for the genre, the most important first.
        name: of the clip.
        no_genre: why no genre is named although probabilities are there, for a person to read; empty: one is named.
        novelty: how far the dance is from all known ones, relative to how far one of them may be: above 1 it is none
            of them. NaN: not known.
        provenance: how it was made, but for the lift, which has its own; None where that is not known.

    Raises:
        InputError: the arrays do not fit each other, or hold what is no probability.
    """

    lift: LiftResult
    keypoints2d: Array
    movements: Floats
    thresholds: Floats
    taxonomy: Taxonomy
    genre_probabilities: dict[str, float]
    window_times: Array
    window_probabilities: Array
    reasons: tuple[Reason, ...]
    name: str
    no_genre: str = ""
    novelty: float = math.nan
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        n_frames, n_joints = self.lift.poses3d.shape[:2]
        n_movements, n_windows = len(self.taxonomy), len(self.window_times)
        for name, expected in (
            ("keypoints2d", (n_frames, n_joints, 3)),
            ("movements", (n_frames, n_movements)),
            ("thresholds", (n_movements,)),
            ("window_times", (n_windows, 2)),
            ("window_probabilities", (n_windows, len(self.genre_probabilities))),
        ):
            found = getattr(self, name).shape
            if found != expected:
                raise InputError(f"{name} has shape {found}, expected {expected}")
        genres = np.array(list(self.genre_probabilities.values()), float)
        for name, array in (
            ("movements", self.movements),
            ("genre_probabilities", genres),
            ("window_probabilities", self.window_probabilities),
        ):
            wrong = ~((array >= 0) & (array <= 1))
            if wrong.any():
                raise InputError(f"{name} has {array[wrong][0]:g}, expected probabilities of 0 to 1")
        for reason in self.reasons:
            self.taxonomy.index(reason.movement)

    @property
    def genre(self) -> str | None:
        """The most probable genre; None where none was recognised."""
        if self.no_genre:
            return None
        return max(self.genre_probabilities, key=self.genre_probabilities.__getitem__, default=None)

    @property
    def active(self) -> Flags:
        """Whether each movement takes place in each frame, (T, M)."""
        return self.movements >= self.thresholds

    def _repr_html_(self) -> str:
        """What a notebook shows of it: the lift, the dance, what is done most, and why it is that dance."""
        genres = sorted(self.genre_probabilities.items(), key=lambda item: -item[1])
        dance = ", ".join(f"{name} {share:.0%}" for name, share in genres)
        shares = self.active.mean(axis=0)
        commonest = [m for m in np.argsort(-shares, kind="stable")[:_MOST_SHOWN].tolist() if shares[m] > 0]
        movements = ", ".join(f"{self.taxonomy.names[m]} {shares[m]:.0%}" for m in commonest)
        reasons = "".join(f"<li>{escape(f'{reason.movement}: {reason.text}')}</li>" for reason in self.reasons)
        title = escape(f"{self.name}: {self.genre or self.no_genre or 'movements only'}")
        return (
            f"<div><h4>{title}</h4>{self.lift._repr_html_()}<p>{escape(dance)}</p><p>{escape(movements)}</p>"
            f"<ul>{reasons}</ul></div>"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as one npz, without pickle; `load_recognition` reads it.

        The file is that of the lift result with more in it: `dancelift.load_lift` reads it too.
        """
        about = {
            "format": _FORMAT,
            "taxonomy": self.taxonomy.hash,
            "genre_probabilities": self.genre_probabilities,
            "reasons": [asdict(reason) for reason in self.reasons],
            "name": self.name,
            "no_genre": self.no_genre,
            "novelty": None if math.isnan(self.novelty) else self.novelty,
            "provenance": None if self.provenance is None else self.provenance.as_json(),
        }
        members: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS}
        if self.lift.observed2d is not None and np.array_equal(self.keypoints2d, self.lift.observed2d):
            del members["keypoints2d"]  # the lift's own members have them
        members["about"] = np.array(json.dumps(about))
        self.lift.save(path)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
            for name, array in members.items():
                with file.open(f"{_PREFIX}{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)


def load_recognition(path: str | os.PathLike[str]) -> Recognition:
    """Read what `Recognition.save` wrote.

    Raises:
        InputError: the file is missing, is no recognition, or is one of another taxonomy.
    """
    taxonomy = standard_taxonomy()
    with open_npz(path, _EXPECTED) as file:
        stored = StoredArrays(file, _PREFIX)
        about = stored.json()
        if about["format"] != _FORMAT:
            raise InputError(f"recognition of format {about['format']!r}, expected {_FORMAT!r}")
        if about["taxonomy"] != taxonomy.hash:
            raise InputError(
                f"movements of another taxonomy ({about.text('taxonomy'):.12}), expected {taxonomy.hash:.12}"
            )
        lift = load_lift(path)
        n_frames, n_joints = lift.poses3d.shape[:2]
        genres = about.numbers("genre_probabilities", 0, 1)
        n_windows = len(file[f"{_PREFIX}window_times"])
        keypoints2d = lift.observed2d
        if "keypoints2d" in stored or keypoints2d is None:
            keypoints2d = stored("keypoints2d", n_frames, n_joints, 3, finite=False)
        return Recognition(
            lift=lift,
            keypoints2d=keypoints2d,
            movements=stored("movements", n_frames, len(taxonomy)),
            thresholds=stored("thresholds", len(taxonomy)),
            taxonomy=taxonomy,
            genre_probabilities=genres,
            window_times=stored("window_times", n_windows, 2),
            window_probabilities=stored("window_probabilities", n_windows, len(genres)),
            reasons=tuple(_reason(StoredJson(reason)) for reason in about.items("reasons")),
            name=about.text("name"),
            no_genre=about.text("no_genre"),
            novelty=math.nan if about["novelty"] is None else about.number("novelty", least=0),
            provenance=Provenance.of_json(about.get("provenance")),
        )


def _reason(about: StoredJson) -> Reason:
    movement, part, text = (about.text(name) for name in ("movement", "part", "text"))
    return Reason(movement, part, about.number("start"), about.number("end"), about.number("effect"), text)


def holds_recognition(path: str | os.PathLike[str]) -> bool:
    """Whether a file is an npz that `Recognition.save` wrote, of whatever taxonomy."""
    try:
        with open_npz(path, _EXPECTED) as file:
            return f"{_PREFIX}about" in file
    except InputError:
        return False

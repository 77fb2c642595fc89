"""A dance cut into sections, its phrases and what lies between them, each with the sentence that describes it."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancelift.choreography.phrases import Phrases
from dancelift.choreography.sentences import Describer, Sentence
from dancelift.provenance import made_of

LONGEST = 8.0
"""s, of a section between phrases: a sentence about more says little."""

_SHORTEST = 1.0  # s, of a section between phrases
_OVERLAP = 0.1  # s, by which beats of phrases that follow on each other may overlap
_FORMAT = "dancelift phrases 1"


@dataclass(frozen=True)
class Section:
    """A stretch of a dance.

    Attributes:
        phrase: name of the phrase that takes place; empty between phrases.
        sentence: what the dancer does, and from when to when.
    """

    phrase: str
    sentence: Sentence


@dataclass(frozen=True)
class Beat:
    """A beat of a phrase that lasts whole counts of eight.

    Attributes:
        start, end: s from the start of the video.
        count: 1 to 8.
    """

    start: float
    end: float
    count: int


def describe_sections(phrases: Phrases) -> tuple[Section, ...]:
    """Describe each time of each phrase, and what lies between them in pieces of up to `LONGEST`.

    Where times of two phrases overlap, the later one is described from the end of the earlier one.
    """
    performance = phrases.performance
    describer = Describer(performance)
    times = sorted((each.start, each.end, phrase.name) for phrase in phrases.phrases for each in phrase.occurrences)
    found: list[Section] = []
    done = performance.start
    for start, end, name in [*times, (performance.start + performance.seconds, math.inf, "")]:
        if start - done >= _SHORTEST:
            n_pieces = math.ceil((start - done) / LONGEST)
            for i in range(n_pieces):
                bounds = [done + (start - done) * share / n_pieces for share in (i, i + 1)]
                found.append(Section("", describer.describe(*bounds)))
        begin = max(start, done)
        if name and end - begin >= _SHORTEST:
            found.append(Section(name, describer.describe(begin, end)))
        if name:
            done = max(done, end)
    return tuple(found)


def counts_of_eight(phrases: Phrases) -> Iterator[Beat]:
    """Yield the beats of every time of the phrases that last whole counts of eight, the first of them a 1."""
    counted = [(each, phrase.eights) for phrase in phrases.phrases if phrase.eights for each in phrase.occurrences]
    done = -math.inf
    for each, eights in sorted(counted, key=lambda item: item[0].start):
        bounds = np.linspace(each.start, each.end, 8 * eights + 1)
        for i, (start, end) in enumerate(itertools.pairwise(bounds)):
            if start >= done - _OVERLAP:
                yield Beat(float(max(start, done)), float(end), i % 8 + 1)
                done = float(end)


def as_json(phrases: Phrases, sections: tuple[Section, ...]) -> dict[str, Any]:
    """Return phrases and sections, fit for JSON: times in s, how far as the clauses say."""
    tempo = phrases.tempo
    return {
        "format": _FORMAT,
        "provenance": made_of(phrases.performance.provenance),
        "name": phrases.performance.name,
        "start_s": phrases.performance.start,
        "end_s": phrases.performance.start + phrases.performance.seconds,
        "fps": phrases.performance.fps,
        "beats_per_minute": None if tempo is None else round(tempo.per_minute, 1),
        "phrases": [
            {
                "name": phrase.name,
                "seconds": round(phrase.seconds, 2),
                "is_step": phrase.is_step,
                "beats": phrase.beats,
                "eights": phrase.eights,
                "occurrences": [
                    {"start": round(each.start, 2), "end": round(each.end, 2), "distance_m": each.distance}
                    for each in phrase.occurrences
                ],
            }
            for phrase in phrases.phrases
        ],
        "sections": [
            {
                "phrase": section.phrase or None,
                "start": round(section.sentence.start, 2),
                "end": round(section.sentence.end, 2),
                "text": section.sentence.text,
                "caption": section.sentence.caption,
                "clauses": [asdict(clause) for clause in section.sentence.clauses],
            }
            for section in sections
        ],
    }


def save_json(phrases: Phrases, sections: tuple[Section, ...], path: str | os.PathLike[str]) -> None:
    """Write phrases and sections as JSON."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(as_json(phrases, sections), file, indent=1, allow_nan=False)
        file.write("\n")

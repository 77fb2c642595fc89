"""Movement labels as an annotation file of ELAN (.eaf), with one tier for each body part.

A tier is named as its part. The text of an annotation lists the part's movements in that time, separated by ";"; a
movement that cannot be judged has a "?" before it, and a "?" alone says so of all. Where a tier has no annotation,
none of the part's movements takes place; a part without a tier was not annotated, and its movements are unknown. ELAN
counts in milliseconds.

What dancelift writes is cut where the set of movements changes, as annotations of one tier must not overlap. What it
reads may be less strict:
- names in any case, with spaces or underscores; separated by commas, semicolons or new lines, and named repeatedly;
- annotations without a text, which say nothing;
- annotations that overlap, and several tiers of one part, such as "left arm@Ann" and "left arm@Bob" of two
  annotators: they are united, and where one names a movement and another is in doubt about it, it takes place;
- tiers that are not of a part, if they are empty or their name starts with "#" or "note".

Files are written with pympi, and read with defusedxml, which refuses document types, entities and references to other
files, so that a hostile file can neither exhaust the memory nor reach out. Needs the extra `annotate`.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ElementTree, ParseError

from dancelift.checks import MIN_FPS
from dancelift.errors import InputError, require
from dancelift.formats.labels.intervals import (
    MOST_FRAMES,
    Interval,
    annotated_parts,
    constant_runs,
    frames_between,
    labels_of,
)
from dancelift.formats.labels.npz_labels import check_taxonomy
from dancelift.formats.labels.vocabulary import Vocabulary, plain
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import Taxonomy
from dancelift.provenance import Provenance

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ROOT = "ANNOTATION_DOCUMENT"
_SCHEMA = {
    "FORMAT": "3.0",
    "VERSION": "3.0",
    "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
}
_TAXONOMY, _FPS, _FRAMES, _START = "dancelift taxonomy", "dancelift fps", "dancelift frames", "dancelift start"
_PROVENANCE = "dancelift provenance"
"""Names of the header's properties."""

_TYPE = "movements"  # ELAN's linguistic type of the tiers
_IN_DOUBT = "?"
_ASIDE = ("#", "note")
_LARGEST = 100_000_000  # bytes
_LARGEST_FPS = 999.0  # beyond which frames are shorter than ELAN's unit of time


@dataclass(frozen=True)
class _Annotation:
    tier: str
    start: float  # s
    end: float
    text: str

    def __str__(self) -> str:
        return f"tier {self.tier!r}, {self.start:.3f} to {self.end:.3f} s"


def read_elan(
    path: str | os.PathLike[str], taxonomy: Taxonomy, n_frames: int | None, fps: float | None, start: float | None
) -> MovementLabels:
    """See `dancelift.formats.labels.read_annotations`."""
    root = _parse(path)
    properties = {str(e.get("NAME")): (e.text or "").strip() for e in root.iterfind("HEADER/PROPERTY")}
    if _TAXONOMY in properties:
        check_taxonomy(properties[_TAXONOMY], taxonomy)
    n_frames, fps = _length(properties, n_frames, fps)
    begin = _start(properties) if start is None else start
    vocabulary = Vocabulary(taxonomy)
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iterfind("TIME_ORDER/TIME_SLOT")}
    intervals: list[Interval] = []
    parts: set[str] = set()
    for tier in root.iterfind("TIER"):
        name = str(tier.get("TIER_ID", ""))
        if plain(name).startswith(_ASIDE):
            continue
        try:
            part = vocabulary.part(name.partition("@")[0])
        except InputError as reason:
            if len(tier):
                raise InputError(f"tier {name!r}: {reason}") from None
            continue
        parts.add(part)
        for annotation in _annotations(name, tier, slots):
            try:
                first, after = frames_between(annotation.start, annotation.end, n_frames, fps, begin)
                for text in filter(None, map(str.strip, re.split(r"[;,\n\r]", annotation.text))):
                    if text == _IN_DOUBT:
                        intervals += [Interval(first, after, movement, False) for movement in taxonomy.of_part(part)]
                        continue
                    movement = vocabulary.movement(text.removeprefix(_IN_DOUBT), part)
                    intervals.append(Interval(first, after, movement, not text.startswith(_IN_DOUBT)))
            except InputError as reason:
                raise InputError(f"{annotation}: {reason}") from None
    found = labels_of(intervals, parts, taxonomy, n_frames, fps, begin)
    return replace(found, provenance=_provenance(properties))


def write_elan(path: str | os.PathLike[str], labels: MovementLabels) -> None:
    """See `dancelift.formats.labels.write_annotations`."""
    if labels.fps > _LARGEST_FPS:
        raise InputError(f"{labels.fps:g} frames a second, expected at most {_LARGEST_FPS:g}: ELAN counts milliseconds")
    properties = [(_TAXONOMY, labels.taxonomy.hash), (_FPS, repr(labels.fps)), (_FRAMES, str(len(labels)))]
    if labels.start:
        properties.append((_START, repr(labels.start)))
    if labels.provenance is not None:
        properties.append((_PROVENANCE, json.dumps(labels.provenance.as_json())))
    tiers = {part: list(_texts(labels, part)) for part in annotated_parts(labels)}
    write_tiers(path, _TYPE, tiers, properties)


def write_tiers(
    path: str | os.PathLike[str],
    kind: str,
    tiers: Mapping[str, Sequence[tuple[float, float, str]]],
    properties: Sequence[tuple[str, str]] = (),
) -> None:
    """Write annotations of any kind as an annotation file of ELAN.

    Args:
        path: of the .eaf.
        kind: ELAN's linguistic type of the tiers.
        tiers: start and end, s, and text of the annotations of each, by its name; those of one do not overlap.
        properties: of the file's header, by name.

    Raises:
        MissingExtraError: pympi is not installed.
    """
    require("annotate", "writing an .eaf", "pympi")
    from pympi import Elan

    document = Elan.Eaf(author="dancelift")
    document.adocument |= {**_SCHEMA, "DATE": datetime.now(UTC).isoformat(timespec="seconds")}
    document.header["TIME_UNITS"] = "milliseconds"
    document.properties = list(properties)
    document.add_linguistic_type(kind)
    document.remove_tier("default")
    document.remove_linguistic_type("default-lt")
    for name, texts in tiers.items():
        document.add_tier(name, kind)
        for start, end, text in texts:
            document.add_annotation(name, round(1000 * start), round(1000 * end), text)
    # not Eaf.to_file, which would rename a file that is there
    ElementTree(Elan.to_adocument(document)).write(path, encoding="UTF-8", xml_declaration=True)


def _texts(labels: MovementLabels, part: str) -> Iterator[tuple[float, float, str]]:
    """Start and end, s, and text of a tier's annotations."""
    movements = list(labels.taxonomy.of_part(part))
    states = labels.active[:, movements] * 2 + ~labels.known[:, movements]
    for start, end in constant_runs(states):
        active = [labels.taxonomy.names[m] for m in movements if labels.active[start, m]]
        in_doubt = [_IN_DOUBT + labels.taxonomy.names[m] for m in movements if not labels.known[start, m]]
        if len(in_doubt) == len(movements):
            in_doubt = [_IN_DOUBT]
        if active or in_doubt:
            first, after = (labels.start + frame / labels.fps for frame in (start, end))
            yield first, after, "; ".join([*active, *in_doubt])


def _provenance(properties: dict[str, str]) -> Provenance | None:
    """How labels were made, where the file says so as dancelift writes it."""
    try:
        return Provenance.of_json(json.loads(properties.get(_PROVENANCE, "null")))
    except (ValueError, RecursionError):  # what a person, or ELAN, made of it says nothing
        return None


def _start(properties: dict[str, str]) -> float:
    """Time of the clip's first frame in the video, s."""
    try:
        start = float(properties.get(_START, 0.0))
    except ValueError:
        start = math.nan
    if not math.isfinite(start) or start < 0:
        raise InputError(f"{_START} is {properties[_START]!r}, expected seconds")
    return start


def _annotations(name: str, tier: Element, slots: dict[str | None, str | None]) -> Iterator[_Annotation]:
    """The annotations of a tier.

    Raises:
        InputError: one has no time, or one that is no number.
    """
    for element in tier.iterfind("ANNOTATION/*"):
        text = element.findtext("ANNOTATION_VALUE") or ""
        times = [slots.get(element.get(key)) for key in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")]
        try:
            start, end = (int(time or "") / 1000 for time in times)
        except (ValueError, OverflowError):
            raise InputError(
                f"tier {name!r}, annotation {text[:60]!r}: time {times[0]} to {times[1]}, expected milliseconds"
            ) from None
        yield _Annotation(name, start, end, text)


def _length(properties: dict[str, str], n_frames: int | None, fps: float | None) -> tuple[int, float]:
    """Frames of the clip and frames a second: as given, else as the file says."""
    if not {_FPS, _FRAMES} <= set(properties):
        if n_frames is None or fps is None:
            raise InputError("does not say how long the clip is, expected its frames and its fps to be given")
        return n_frames, fps
    try:
        own_frames, own_fps = int(properties[_FRAMES]), float(properties[_FPS])
    except ValueError:
        own_frames, own_fps = -1, math.nan
    if not 0 <= own_frames <= MOST_FRAMES or not MIN_FPS <= own_fps <= _LARGEST_FPS:
        raise InputError(
            f"is of {properties[_FRAMES][:20]!r} frames, {properties[_FPS][:20]!r} a second; "
            f"expected at most {MOST_FRAMES} frames, {MIN_FPS:g} to {_LARGEST_FPS:g} a second"
        )
    if n_frames is None or fps is None:
        return own_frames, own_fps
    if abs(own_frames / own_fps - n_frames / fps) > 1 / fps:
        raise InputError(
            f"is of a clip of {own_frames / own_fps:g} s, expected {n_frames / fps:g} s ({n_frames} frames)"
        )
    return n_frames, fps


def _parse(path: str | os.PathLike[str]) -> Element:
    """The root of an EAF document."""
    require("annotate", "reading an .eaf", "defusedxml")
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    with open(path, "rb") as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InputError(f"the file is too large, expected at most {_LARGEST / 1e6:g} MB")
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError("has a document type, entities or references, expected plain XML as ELAN writes it") from None
    except (ParseError, ValueError, LookupError) as reason:
        raise InputError(f"not an annotation file of ELAN, expected XML ({reason})") from None
    if root.tag != _ROOT:
        raise InputError(f"the root element is {root.tag[:60]!r}, expected {_ROOT!r} of ELAN")
    units = root.find("HEADER[@TIME_UNITS]")
    if units is not None and units.get("TIME_UNITS") != "milliseconds":
        raise InputError(f"times are in {units.get('TIME_UNITS')!r}, expected 'milliseconds'")
    return root

"""`dancelift phrases`: which phrases of a dance come back, and what the dancer does in each, in words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from dancelift.choreography.phrases import LEAST_SECONDS, MIN_SECONDS, Phrases, find_phrases
from dancelift.choreography.sections import Section, counts_of_eight, describe_sections, save_json
from dancelift.cli.common import Commands, check_output, file_name, note
from dancelift.cli.lift_input import add_lift_input
from dancelift.cli.performances import INPUT, add_from_keypoints, read_performance
from dancelift.files import write_all
from dancelift.formats.labels.elan import write_tiers
from dancelift.recognition.recognize import N_SEEDS
from dancelift.show.choreography_pages import write_phrases_page


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "phrases",
        help="which phrases of a dance come back, and each in a sentence",
        description="Finds the stretches of a dance that come back, wherever the dancer stands and faces, and says in "
        "a sentence what the dancer does in each of them and between them.",
        epilog="examples:\n"
        "  dancelift phrases out.npz -o phrases.html        a page; phrases.json, phrases.eaf for ELAN\n"
        "  dancelift phrases dance.bvh --min-seconds 6\n"
        "\nA phrase lasts at least --min-seconds and takes place at least twice; what repeats inside of a phrase is\n"
        "no phrase of its own, and one that is a shorter step over and over says so.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("input", type=Path, metavar="IN", help=INPUT)
    command.add_argument(
        "-o",
        "--output",
        type=file_name(".html", ".htm"),
        metavar="OUT",
        help="page.html; page.json and page.eaf beside it",
    )
    command.add_argument(
        "--min-seconds", type=_seconds, default=MIN_SECONDS, metavar="S",
        help=f"that a phrase lasts, {LEAST_SECONDS:g} or more (default: {MIN_SECONDS:g})",
    )  # fmt: skip
    command.add_argument("--title", metavar="TEXT", help="of the page; default: the clip's name")
    command.add_argument("--force", action="store_true", help="replace files that exist")
    add_from_keypoints(command)
    add_lift_input(command, N_SEEDS)
    command.set_defaults(run=_run)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds") from None


def _run(arguments: argparse.Namespace) -> int:
    page: Path | None = arguments.output
    outputs = [] if page is None else [page, page.with_suffix(".json"), page.with_suffix(".eaf")]
    if outputs and find_spec("pympi") is None:
        note(f'{outputs.pop()}: not written, for it needs pip install "dancelift[annotate]"')
    for output in outputs:
        check_output(output, arguments.input, arguments.force)
    found = find_phrases(read_performance(arguments.input, arguments), min_seconds=arguments.min_seconds)
    sections = describe_sections(found)
    print("\n".join(found.summary))
    for section in sections:
        print(f"  {section.phrase or '-':2} {section.sentence.text}")
    if page is not None:
        saves = (
            partial(write_phrases_page, found, sections, title=arguments.title),
            partial(save_json, found, sections),
            partial(write_tiers, kind="choreography", tiers=_tiers(found, sections)),
        )
        write_all(dict(zip(outputs, saves, strict=False)))
        print(f"written to {', '.join(map(str, outputs))}")
    return 0


def _tiers(found: Phrases, sections: Sequence[Section]) -> dict[str, list[tuple[float, float, str]]]:
    """Tiers for ELAN: one for each phrase, as phrases may overlap, the sentences, the beats."""
    tiers = {
        f"phrase {phrase.name}": [(each.start, each.end, phrase.name) for each in phrase.occurrences]
        for phrase in found.phrases
    }
    tiers["sentences"] = [(s.sentence.start, s.sentence.end, s.sentence.caption) for s in sections]
    tiers["count"] = [(beat.start, beat.end, str(beat.count)) for beat in counts_of_eight(found)]
    return tiers

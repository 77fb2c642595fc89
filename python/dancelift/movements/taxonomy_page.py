"""A taxonomy as people read it: as text for the terminal, and as the documentation's page."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from dancelift.movements.taxonomy import Movement, Taxonomy

_WIDTH = 100
_FRAMES = (
    "Lengths are in those of the dancer's own leg (hip to ankle), arm (shoulder to wrist) or trunk (mid-hip to "
    "mid-shoulder). In the trunk frame up is from mid-hip to mid-shoulder and left is along the shoulders; in a level "
    "frame up is against gravity. The sagittal plane parts left from right, the frontal one front from back."
)


def definition(movement: Movement) -> list[str]:
    """The conditions of a movement, all of which must hold, and how long it must take at least."""
    return [*map(str, movement.when), f"at least {movement.min_duration:g} s"]


def text_page(taxonomy: Taxonomy, parts: Sequence[str]) -> str:
    """Movements of the named parts, as text: the name, then the dancer's line and the definition, indented."""
    lines: list[str] = []
    for part in parts:
        lines += ["", part] if lines else [part]
        for index in taxonomy.of_part(part):
            movement = taxonomy.movements[index]
            lines.append(f"  {movement.name}")
            for line in (movement.dancer, "; ".join(definition(movement))):
                lines += textwrap.wrap(line, _WIDTH, initial_indent="    ", subsequent_indent="      ")
    return "\n".join(lines)


def markdown_page(taxonomy: Taxonomy, parts: Sequence[str]) -> str:
    """Movements of the named parts, as a page in Markdown: a table for each part."""
    indices = {part: taxonomy.of_part(part) for part in parts}
    lines = [
        "# Movements",
        "",
        f"Types of movement: {sum(map(len, indices.values()))}. Body parts: {len(parts)}.",
        "",
        "A movement takes place where all of its conditions hold. A condition has two thresholds (hysteresis): it "
        "begins to hold where its quantity passes the first, and ceases where the quantity is back at the second, the "
        "release. What is shorter than the least duration does not count, and neither do interruptions that are "
        "shorter.",
    ]
    for part, movements in indices.items():
        lines += ["", f"## {part}", "", "| movement | for a dancer | definition |", "| --- | --- | --- |"]
        for index in movements:
            movement = taxonomy.movements[index]
            cells = movement.name, movement.dancer, "<br>".join(definition(movement))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    used = dict.fromkeys(c.measured for m in taxonomy.movements if m.part in indices for c in m.when)
    lines += ["", "## Quantities", "", _FRAMES, "", "| quantity | unit | what it is |", "| --- | --- | --- |"]
    lines += [f"| {quantity.name} | {quantity.unit} | {quantity.about} |" for quantity in used]
    return "\n".join(lines)

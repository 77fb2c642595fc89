"""A table of figures, as text for a terminal and as Markdown."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

NO_FIGURE = "-"

_WIDTH = 100


@dataclass(frozen=True)
class Table:
    """Rows of cells under titles.

    Attributes:
        title: of the table.
        columns: titles of the columns; the first one holds labels.
        rows: as many cells each.
        about: what the figures mean; may be empty.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    about: str = ""

    def text(self) -> str:
        """The table as text, aligned by spaces."""
        lines = [self.columns, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        shown = []
        for label, *cells in lines:
            aligned = [f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True)]
            shown.append("  ".join([f"{label:{widths[0]}}", *aligned]))
        return "\n".join([self.title, *textwrap.wrap(self.about, _WIDTH), *shown])

    def markdown(self, level: int = 2) -> str:
        """The table as Markdown, under a heading of a level."""
        lines = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)], *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([f"{'#' * level} {self.title}", *([self.about] if self.about else []), table])


def score(value: float) -> str:
    """Format a score from 0 to 1."""
    return NO_FIGURE if math.isnan(value) else f"{value:.3f}"


def percent(value: float) -> str:
    """Format a share of 1 in %."""
    return NO_FIGURE if math.isnan(value) else f"{100 * value:.1f}"

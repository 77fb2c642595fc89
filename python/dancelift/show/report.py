"""A page that shows what was recognised of dancers: one HTML file, which needs neither a network nor a server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dancelift.errors import InputError
from dancelift.provenance import made_of
from dancelift.recognition.result import Recognition
from dancelift.show.content import page_content
from dancelift.show.html_file import write_html

_SOURCES = Path(__file__).with_name("page")
_SCRIPTS = (
    "shared.js", "data.js", "player.js", "persons.js", "figure.js", "keypoints_panel.js", "lift_panel.js", "tracks.js",
    "timeline.js", "doubt.js", "genre.js", "reasons.js", "announcer.js", "report.js",
)  # fmt: skip
_MOST_NAMED = 3  # persons in a title


def write_report(
    recognitions: Recognition | Sequence[Recognition], path: str | os.PathLike[str], title: str | None = None
) -> None:
    """Write the page about one or several recognitions.

    Several persons share the picture and the room where one camera filmed them at the same times; one of them at a
    time is chosen, of whom the page shows the movements, the genre and the doubt.

    Args:
        recognitions: of one clip, or of one a person. Where none of its keypoints is seen the page shows the
            reprojection alone; where it has no genres the page leaves them out.
        path: of the HTML file.
        title: None: the names of the recognitions.

    Raises:
        InputError: there is no recognition.
    """
    persons = [recognitions] if isinstance(recognitions, Recognition) else list(recognitions)
    if not persons:
        raise InputError("recognitions: none, expected at least one")
    if title is None:
        names = [person.name for person in persons]
        title = ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" * (len(names) > _MOST_NAMED))
    write_html(
        path,
        _SOURCES / "template.html",
        [_SOURCES / "report.css"],
        [_SOURCES / name for name in _SCRIPTS],
        title,
        page_content(persons),
        made_of(*(known for person in persons for known in (person.lift.provenance, person.provenance))),
    )

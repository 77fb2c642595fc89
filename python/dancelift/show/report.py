"""A page that shows what was recognised of dancers: one HTML file, which needs neither a network nor a server."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from dancelift.errors import InputError
from dancelift.recognition.result import Recognition
from dancelift.show.content import page_content

_SOURCES = Path(__file__).with_name("page")
_SCRIPTS = (
    "data.js", "player.js", "persons.js", "figure.js", "keypoints_panel.js", "lift_panel.js", "tracks.js",
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
    script = "".join((_SOURCES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = (_SOURCES / "report.css").read_text(encoding="utf-8")
    page = Template((_SOURCES / "template.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_harmless_json(page_content(persons)),
    )
    Path(path).write_text(page, encoding="utf-8", newline="\n")


def _hash(source: str) -> str:
    """Return the hash by which the page's content security policy knows its own style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _harmless_json(content: dict[str, Any]) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin another."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")

"""Pages for choreographers: two performances over each other with their differences, and a dance with its phrases."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.choreography.comparison import Comparison
from dancelift.choreography.performance import JOINTS, Performance
from dancelift.choreography.phrases import Phrases, likeness
from dancelift.choreography.remarks import judge
from dancelift.choreography.sections import Section, as_json, counts_of_eight
from dancelift.provenance import made_of
from dancelift.show.html_file import base64_of, packed, write_html

_SOURCES = Path(__file__).with_name("choreography_page")
_SHARED = Path(__file__).with_name("page")
_FINEST = 0.001  # of all units, to which numbers are rounded
_MOST_OF_MATRIX = 360  # moments
_FULL_SCALE = 4.0  # times what is said, the height of a row
_MOST_REMARKS = 60

_BONES = (
    ("torso", "left_shoulder", "right_shoulder"),
    ("torso", "left_shoulder", "left_hip"),
    ("torso", "right_shoulder", "right_hip"),
    ("hips", "left_hip", "right_hip"),
    *(
        (f"{side} {part}", f"{side}_{near}", f"{side}_{far}")
        for side in ("left", "right")
        for part, near, far in (
            ("arm", "shoulder", "elbow"),
            ("elbow", "elbow", "wrist"),
            ("leg", "hip", "knee"),
            ("knee", "knee", "ankle"),
        )
    ),
)
"""What is drawn of the body: the part that a bone shows, and its joints."""


def write_comparison_page(comparison: Comparison, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Write the page about two performances.

    Args:
        comparison: of the two.
        path: of the HTML file.
        title: None: their names.
    """
    a, b = comparison.a, comparison.b
    content = _body_content(a.own_poses, a.fps, a.start) | {
        "a": packed(a.own_poses, _FINEST),
        "b": packed(b.own_poses, _FINEST),
        "nameA": a.name,
        "nameB": b.name,
        "timesB": packed(b.start + comparison.time_map.b - comparison.time_map.b[0], _FINEST),
        "summary": comparison.summary,
        "remarks": [asdict(remark) for remark in comparison.remarks[:_MOST_REMARKS]],
        "tracks": [
            {
                "name": judged.part,
                "unit": judged.unit,
                "signed": judged.is_signed,
                "threshold": round(float(np.median(judged.least)), 2),
                "largest": round(_FULL_SCALE * float(np.median(judged.least)), 2),
                "values": packed(judged.values, _FINEST),
            }
            for judged in judge(comparison.differences, comparison.lag)
            if np.isfinite(judged.values).any()
        ],
    }
    _write(path, "comparison", title or f"{b.name} against {a.name}", content, a, b)


def write_phrases_page(
    phrases: Phrases, sections: tuple[Section, ...], path: str | os.PathLike[str], title: str | None = None
) -> None:
    """Write the page about the phrases of a dance.

    Args:
        phrases: of the dance.
        sections: what the dancer does in them and between them, in words.
        path: of the HTML file.
        title: None: the clip's name.
    """
    performance = phrases.performance
    alike = likeness(performance, _MOST_OF_MATRIX)
    about = as_json(phrases, sections)
    content = _body_content(performance.own_poses, performance.fps, performance.start) | {
        "poses": packed(performance.own_poses, _FINEST),
        "phrases": about["phrases"],
        "sections": [{key: each[key] for key in ("phrase", "start", "end", "text")} for each in about["sections"]],
        "beats": [asdict(beat) for beat in counts_of_eight(phrases)],
        "likeness": {"size": len(alike), "data": base64_of(np.round(255 * alike).astype("u1"))},
        "summary": phrases.summary,
    }
    _write(path, "phrases", title or performance.name, content, performance)


def _body_content(own_poses: Array, fps: float, start: float) -> dict[str, Any]:
    """What both pages need to draw bodies in the dancer's own frame: times, bones, floor."""
    ankles = own_poses[:, [JOINTS.index("left_ankle"), JOINTS.index("right_ankle")], 1]
    return {
        "fps": fps,
        "start": start,
        "nFrames": len(own_poses),
        "nJoints": len(JOINTS),
        "bones": [{"part": part, "joints": [JOINTS.index(a), JOINTS.index(b)]} for part, a, b in _BONES],
        "ears": [JOINTS.index("left_ear"), JOINTS.index("right_ear")],
        "nose": JOINTS.index("nose"),
        "floor": round(float(np.nanpercentile(ankles, 2)) - 0.07, 3),
    }


def _write(path: str | os.PathLike[str], page: str, title: str, content: dict[str, Any], *shown: Performance) -> None:
    write_html(
        path,
        _SOURCES / f"{page}.html",
        [_SHARED / "report.css", _SOURCES / "choreography.css"],
        [_SHARED / "shared.js", _SOURCES / "common.js", _SHARED / "player.js", _SOURCES / f"{page}.js"],
        title,
        content,
        made_of(*(each.provenance for each in shown)),
    )

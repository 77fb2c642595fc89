"""A page that shows what was recognised of a dancer: one HTML file, which needs neither a network nor a server."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from dancelift.arraytypes import Array, Flags
from dancelift.body import anatomy
from dancelift.body.floor import floor_height
from dancelift.body.skeleton import Skeleton
from dancelift.recognition.result import Recognition

_SOURCES = Path(__file__).with_name("page")
_SCRIPTS = (
    "data.js", "player.js", "figure.js", "keypoints_panel.js", "lift_panel.js", "tracks.js", "timeline.js", "genre.js",
    "reasons.js", "report.js",
)  # fmt: skip
_MIDDLE, _LEFT, _RIGHT = range(3)
_FINEST_3D, _FINEST_2D = 0.001, 1 / 16  # m and px, to which coordinates are rounded
_LARGEST, _MISSING = 32767, -32768  # of 16 bits
_TRUNK = (("left", "shoulder"), ("right", "shoulder"), ("right", "hip"), ("left", "hip"))  # in turn around it


def write_report(recognition: Recognition, path: str | os.PathLike[str], title: str | None = None) -> None:
    """Write the page about a recognition.

    Args:
        recognition: of one clip. Where none of its keypoints is seen the page shows the reprojection alone; where it
            has no genres the page leaves them out.
        path: of the HTML file.
        title: None: the clip's name.
    """
    title = recognition.name if title is None else title
    script = "".join((_SOURCES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = (_SOURCES / "report.css").read_text(encoding="utf-8")
    page = Template((_SOURCES / "template.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_harmless_json(_content(recognition)),
    )
    Path(path).write_text(page, encoding="utf-8", newline="\n")


def _hash(source: str) -> str:
    """Return the hash by which the page's content security policy knows its own style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _harmless_json(content: dict[str, Any]) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin another."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _content(recognition: Recognition) -> dict[str, Any]:
    """Return what the page's script reads, see data.js."""
    lift, taxonomy = recognition.lift, recognition.taxonomy
    poses = lift.motion(recognition.name).poses3d
    floor = floor_height(poses, lift.skeleton)
    middle = poses.mean(axis=(0, 1))
    keypoints = recognition.keypoints2d
    seen = (keypoints[..., 2] > 0) & np.isfinite(keypoints).all(axis=2)
    scores = np.where(seen, keypoints[..., 2], 0).clip(0, 1)
    return {
        "fps": lift.fps,
        "nFrames": len(poses),
        "imageSize": lift.image_size,
        "skeleton": _drawing(lift.skeleton),
        "poses": _packed(poses - [middle[0], floor, middle[2]], _FINEST_3D),
        "reprojection": _packed(lift.keypoints2d, _FINEST_2D),
        "keypoints": _packed(np.where(seen[..., None], keypoints[..., :2], np.nan), _FINEST_2D),
        "scores": _base64(np.round(255 * scores).astype("u1")),
        "parts": [{"name": part.name, "side": _side(part.name)} for part in taxonomy.parts],
        "movements": [
            {"name": movement.name, "part": movement.part, "dancer": movement.dancer, "runs": runs}
            for movement, runs in zip(taxonomy.movements, map(_runs, recognition.active.T), strict=True)
            if runs
        ],
        "genres": [
            {"name": name, "probability": round(probability, 4), "overTime": over_time.round(4).tolist()}
            for (name, probability), over_time in zip(
                recognition.genre_probabilities.items(), recognition.window_probabilities.T, strict=True
            )
        ],
        "noGenre": recognition.no_genre,
        "windows": recognition.window_times.round(3).tolist(),
        "reasons": [asdict(reason) for reason in recognition.reasons],
    }


def _runs(active: Flags) -> list[list[int]]:
    """Return [first frame, frame after the last] of each time that a movement takes place, given its flags (T,)."""
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False))
    runs: list[list[int]] = edges.reshape(-1, 2).tolist()
    return runs


def _packed(array: Array, finest: float) -> dict[str, Any]:
    """Pack coordinates as 16 bits each, in multiples of `unit`: the finest, or the one with which the largest fits."""
    largest = np.nanmax(np.abs(array), initial=0)
    unit = max(finest, float(largest) / _LARGEST)
    counts = np.where(np.isnan(array), _MISSING, np.round(array / unit))
    return {"unit": unit, "data": _base64(counts.astype("<i2"))}


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _drawing(skeleton: Skeleton) -> dict[str, Any]:
    """Return what to draw of a skeleton: its bones with their sides, the trunk's corners, the head."""
    names = {skeleton.index(landmark): landmark for landmark in anatomy.LANDMARKS}
    head = [joint for joint in map(skeleton.index, anatomy.HEAD_LANDMARKS) if joint is not None]
    ears = [joint for joint in map(skeleton.index, ("left_ear", "right_ear")) if joint is not None]
    trunk = [skeleton.index(f"{side}_{joint}") for side, joint in _TRUNK]
    return {
        "nJoints": len(skeleton),
        "sides": [_side(names.get(joint, "")) for joint in range(len(skeleton))],
        "bones": [[a, b, _side(side)] for a, b, side in skeleton.drawn_bones],
        "trunk": trunk,
        "head": ears if len(ears) == 2 else head,
        "face": head,
        "nose": skeleton.index("nose"),
        "neck": list(skeleton.neck),
        "hips": trunk[2:],
    }


def _side(name: str) -> int:
    """Return the side of the body, "left", "right" or "", that the name of a landmark or part has."""
    words = name.replace("_", " ").split()
    return _LEFT if "left" in words else _RIGHT if "right" in words else _MIDDLE

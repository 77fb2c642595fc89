"""A page that shows what was recognised of a dancer: one HTML file, which needs neither a network nor a server."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.arraytypes import Flags
from dancelift.body import anatomy
from dancelift.body.floor import floor_height
from dancelift.body.skeleton import Skeleton
from dancelift.recognition.result import Recognition
from dancelift.show.html_file import base64_of, packed, write_html

_SOURCES = Path(__file__).with_name("page")
_SCRIPTS = (
    "data.js", "player.js", "figure.js", "keypoints_panel.js", "lift_panel.js", "tracks.js", "timeline.js", "genre.js",
    "reasons.js", "report.js",
)  # fmt: skip
_MIDDLE, _LEFT, _RIGHT = range(3)
_FINEST_3D, _FINEST_2D = 0.001, 1 / 16  # m and px, to which coordinates are rounded
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
    write_html(
        path,
        _SOURCES / "template.html",
        [_SOURCES / "report.css"],
        [_SOURCES / name for name in _SCRIPTS],
        title,
        _content(recognition),
    )


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
        "poses": packed(poses - [middle[0], floor, middle[2]], _FINEST_3D),
        "reprojection": packed(lift.keypoints2d, _FINEST_2D),
        "keypoints": packed(np.where(seen[..., None], keypoints[..., :2], np.nan), _FINEST_2D),
        "scores": base64_of(np.round(255 * scores).astype("u1")),
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

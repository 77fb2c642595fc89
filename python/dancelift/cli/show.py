"""`dancelift show`: what is in a file, and how it was made."""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.checks import shown
from dancelift.cli.common import Commands, Failures
from dancelift.cli.contents import (
    MOST_SHOWN,
    comment_of,
    holds_export,
    holds_json,
    holds_prior,
    json_lines,
    label_lines,
    length,
    lift_lines,
    made_of_lines,
    page_lines,
    parsed,
    prior_lines,
    recognition_lines,
    weights_lines,
)
from dancelift.errors import InputError, require
from dancelift.files import content_hash, open_npz
from dancelift.formats.export import FORMATS as EXPORTS
from dancelift.formats.gltf import read_gltf
from dancelift.formats.keypoints import load_keypoints
from dancelift.formats.labels import holds_annotations
from dancelift.formats.motion import holds_motion, load_motions
from dancelift.lifting.result import holds_lift
from dancelift.recognition.result import holds_recognition
from dancelift.stored import StoredArrays
from dancelift.video.decoding import Video, is_video


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "show",
        help="what is in a file, and how it was made",
        description="Says what is in files that dancelift writes or reads, and of results by which version, of what "
        "and with which options they were made. `dancelift lift --like` and `recognize --like` make them again.",
        epilog="examples:\n"
        "  dancelift show out.npz\n"
        "  dancelift show results/*.npz prior.npz weights.safetensors page.html",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a result, or whatever dancelift reads")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    failures = Failures()
    for path in arguments.files:
        with failures.of(str(path)):
            if not path.exists():
                raise InputError(f"{path}: there is no such file or folder")
            print("\n  ".join(_lines(path)), flush=True)
    return failures.code()


def _lines(path: Path) -> list[str]:
    """What is said of a file: what it is, what is in it, and how it was made."""
    kind, *found = next(lines for holds, describe in _KINDS if holds(path) for lines in [list(describe(path))])
    return [f"{path}: {kind}", *found, f"SHA-256 of the {'folder' if path.is_dir() else 'file'}: {content_hash(path)}"]


def _motion(path: Path) -> Iterator[str]:
    motions = load_motions(path)
    yield "3D motion"
    for motion in motions[:MOST_SHOWN]:
        unknown = int(np.isnan(motion.poses3d).any(axis=2).all(axis=0).sum())
        missing = f", {unknown} of them never known" if unknown else ""
        joints = f"{len(motion.skeleton)} joints ({motion.skeleton.name}){missing}"
        yield f"{motion.name}: {length(len(motion.poses3d), motion.fps)}, {joints}"
    if len(motions) > MOST_SHOWN:
        yield f"and {len(motions) - MOST_SHOWN} more"
    if path.suffix.lower() in (".glb", ".gltf"):
        document = read_gltf(path).document
        yield f"generator: {shown(document['asset'].get('generator', 'unknown'))}"
        yield from made_of_lines(_extras(document).get("of"))


def _export(path: Path) -> Iterator[str]:
    yield from _motion(path)
    with open_npz(path, "arrays that dancelift exported") as file:
        yield from made_of_lines(StoredArrays(file).json("provenance").get("of"))


def _extras(document: dict[str, Any]) -> dict[str, Any]:
    """What the first scene of a glTF file keeps of how it was made."""
    try:
        found = document["scenes"][0]["extras"]["provenance"]
    except (LookupError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _usd(path: Path) -> Iterator[str]:
    require("export", "showing USD", "pxr")
    from pxr import Tf, Usd

    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise InputError(f"{path}: not USD ({error})") from None
    yield "a scene of USD"
    first, last = stage.GetStartTimeCode(), stage.GetEndTimeCode()
    yield f"time codes {first:g} to {last:g}, {stage.GetTimeCodesPerSecond():g} a second"
    text = stage.GetRootLayer().customLayerData.get("dancelift", "{}")
    yield from made_of_lines(parsed(path, str(text)).get("of"))


def _film(path: Path) -> Iterator[str]:
    found = Video.open(path)
    yield "a video"
    width, height = found.image_size
    yield f"about {found.n_frames} frames, {found.fps or 0:g} frames/s, {width}x{height}"
    import av

    with av.open(str(path)) as container:
        comment = container.metadata.get("comment", "")
    yield from made_of_lines(comment_of(comment).get("of"))


def _picture(path: Path) -> Iterator[str]:
    require("view", "showing a picture", "PIL")
    from PIL import Image

    try:
        with Image.open(path) as image:
            n_frames, size = getattr(image, "n_frames", 1), image.size
            comment = image.info.get("Comment") or image.info.get("comment") or ""
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: not a picture ({error})") from None
    yield "a picture" if n_frames == 1 else f"an animation of {n_frames} pictures"
    yield f"{size[0]}x{size[1]}"
    text = comment.decode(errors="replace") if isinstance(comment, bytes) else str(comment)
    yield from made_of_lines(comment_of(text).get("of"))


def _tiers(path: Path) -> Iterator[str]:
    require("annotate", "showing an .eaf", "defusedxml")
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, parse

    try:
        root = parse(path, forbid_dtd=True).getroot()
        tiers = [] if root is None else root.findall("TIER")
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InputError(f"{path}: not an annotation file of ELAN ({error})") from None
    yield "annotations for ELAN"
    for tier in tiers[:MOST_SHOWN]:
        yield f"{tier.get('TIER_ID')}: {len(tier)} annotations"
    if len(tiers) > MOST_SHOWN:
        yield f"and {len(tiers) - MOST_SHOWN} more"


def _recording(path: Path) -> Iterator[str]:
    yield "a recording for Rerun's viewer"


def _table(path: Path) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            columns = next(rows, [])
            n_rows = sum(1 for _ in rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a table ({error}), expected one in UTF-8") from None
    yield "a table"
    yield f"{n_rows} rows of {', '.join(columns[:MOST_SHOWN])}{', ...' if len(columns) > MOST_SHOWN else ''}"


def _manifest(path: Path) -> Iterator[str]:
    require("batch", "showing a table in Parquet", "pyarrow")
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: not a table in Parquet ({error})") from None
    yield "a table in Parquet"
    yield f"{table.num_rows} rows of {', '.join(table.column_names[:MOST_SHOWN])}, ..."
    for name in ("status", "version"):
        if name in table.column_names:
            counts = Counter(table.column(name).to_pylist())
            yield f"{name}: {', '.join(f'{value} {count}' for value, count in counts.most_common(MOST_SHOWN))}"


def _keypoints(path: Path) -> Iterator[str]:
    tracks = load_keypoints(path)
    yield f"2D keypoints of {len(tracks)} person{'s' * (len(tracks) != 1)}"
    for track in tracks[:MOST_SHOWN]:
        fps = "unknown frame rate" if track.fps is None else f"{track.fps:g} frames/s"
        image = f", image {track.image_size[0]}x{track.image_size[1]}" if track.image_size else ""
        skeleton = track.skeleton if isinstance(track.skeleton, str) else track.skeleton.name
        seen = (track.keypoints2d[..., 2] > 0).mean() if track.keypoints2d.shape[2] > 2 else 1.0
        passing = "" if track.is_main else ", a passer-by"
        yield (
            f"{track.name}: {len(track.keypoints2d)} frames, {fps}, {track.keypoints2d.shape[1]} joints ({skeleton}), "
            f"{seen:.0%} seen{image}{passing}"
        )
    if len(tracks) > MOST_SHOWN:
        yield f"and {len(tracks) - MOST_SHOWN} more"


def _holds_labels(path: Path) -> bool:
    """Whether labels say of how long a clip they are: those that dancelift wrote, but for tables."""
    if not path.is_file() or path.suffix.lower() == ".csv" or not holds_annotations(path):
        return False
    return path.suffix.lower() != ".eaf" or b"dancelift taxonomy" in path.read_bytes()


def _suffix(*suffixes: str) -> Callable[[Path], bool]:
    return lambda path: path.is_file() and path.suffix.lower() in suffixes


_KINDS: Sequence[tuple[Callable[[Path], bool], Callable[[Path], Iterator[str]]]] = (
    (lambda path: path.is_file() and holds_recognition(path), recognition_lines),
    (lambda path: path.is_file() and holds_lift(path), lift_lines),
    (_holds_labels, label_lines),
    (_suffix(".eaf"), _tiers),
    (_suffix(".rrd"), _recording),
    (holds_prior, prior_lines),
    (holds_export, _export),
    (_suffix(".safetensors"), weights_lines),
    (_suffix(".html", ".htm"), page_lines),
    (holds_json, json_lines),
    (_suffix(".parquet"), _manifest),
    (_suffix(".png", ".gif"), _picture),
    (_suffix(".usd", ".usda", ".usdc"), _usd),
    (lambda path: path.is_file() and is_video(path), _film),
    (lambda path: path.suffix.lower() in EXPORTS and holds_motion(path), _motion),
    (_suffix(".csv"), _table),
    (lambda path: True, _keypoints),
)
"""Whether a file is of a kind, and what is said of it; the first that it is of."""

"""Writers of 3D motion for other programs: one file a format, listed in FORMATS by suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dancelift.errors import InputError, require
from dancelift.files import final_name, write_all
from dancelift.formats.c3d import write_c3d
from dancelift.formats.export.bvh import write_bvh
from dancelift.formats.export.gltf import write_gltf
from dancelift.formats.export.markers import markers_of
from dancelift.formats.export.scene import Scene, Up, clean_names, make_scene
from dancelift.formats.export.tables import write_csv, write_json, write_npz
from dancelift.formats.export.usd import write_usd
from dancelift.formats.trc import format_trc
from dancelift.lifting.result import LiftResult

_MM = 1000.0


@dataclass(frozen=True)
class ExportFormat:
    """One way in which other programs take 3D motion.

    Attributes:
        about: what it is, for a person to read.
        write: a scene, to a path, in a world with that axis up.
        module: of the extra `export` that it needs; "": none.
        up: axis that usually points up in it.
        is_always_up: whether no other can.
        one_dancer: whether it holds one dancer a file.
    """

    about: str
    write: Callable[[Scene, Path, Up], None]
    module: str = ""
    up: Up = "y"
    is_always_up: bool = False
    one_dancer: bool = False


def _write_trc(scene: Scene, path: Path, up: Up) -> None:
    markers = markers_of(scene, up)
    text = format_trc(
        final_name(path), markers.names, scene.frame_numbers.tolist(), scene.times, markers.positions, scene.fps, "m"
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_c3d(scene: Scene, path: Path, up: Up) -> None:
    markers = markers_of(scene, up)
    first = round(scene.start * scene.fps)
    write_c3d(path, markers.names, _MM * markers.positions, markers.residuals, scene.fps, first, f"+{up.upper()}")


def _write(known: ExportFormat, scene: Scene, up: Up, path: Path) -> None:
    known.write(scene, path, up)


FORMATS: dict[str, ExportFormat] = {
    ".bvh": ExportFormat(
        "bones and their rotations, for Blender and MotionBuilder; one dancer a file",
        lambda scene, path, up: write_bvh(scene.dancers[0], path, up),
        one_dancer=True,
    ),
    ".trc": ExportFormat("markers, for OpenSim and Pose2Sim, m", _write_trc),
    ".c3d": ExportFormat("markers, for biomechanics, mm; needs the extra export", _write_c3d, "ezc3d", up="z"),
    ".glb": ExportFormat(
        "bones, a body and the camera, for viewers on the web and Blender",
        lambda scene, path, up: write_gltf(scene, path, binary=True),
        is_always_up=True,
    ),
    ".gltf": ExportFormat(
        "the same as text", lambda scene, path, up: write_gltf(scene, path, binary=False), is_always_up=True
    ),
    ".usd": ExportFormat(
        "bones, a body and the camera; .usda as text, .usdc; needs the extra export",
        lambda scene, path, up: write_usd(scene, path, up, ".usd"),
        "pxr",
    ),
    ".usda": ExportFormat("", lambda scene, path, up: write_usd(scene, path, up, ".usda"), "pxr"),
    ".usdc": ExportFormat("", lambda scene, path, up: write_usd(scene, path, up, ".usdc"), "pxr"),
    ".csv": ExportFormat("a table of a row for each person, frame and joint", write_csv),
    ".json": ExportFormat("joints, bones and camera", write_json),
    ".npz": ExportFormat("arrays, (frames, joints, 3) or (persons, frames, joints, 3)", write_npz),
}
"""By suffix."""


def get_format(path: Path) -> ExportFormat:
    """Return the format of a file by its suffix.

    Raises:
        InputError: no format has it.
    """
    known = FORMATS.get(path.suffix.lower())
    if known is None:
        raise InputError(f"{path}: expected a name that ends in {', '.join(FORMATS)}")
    return known


def export_files(output: Path, names: Sequence[str]) -> list[Path]:
    """Return the files that `export` writes of dancers of these names: the one, or OUTPUT-NAME of each of several where
    the format holds but one."""
    if len(names) > 1 and get_format(output).one_dancer:
        return [output.with_name(f"{output.stem}-{name}{output.suffix}") for name in clean_names(names)]
    return [output]


def check_export(output: Path, up: Up | None) -> None:
    """Raise unless a file can be exported in a world with that axis up, before what takes long.

    Raises:
        InputError: its suffix is not known, or it has another axis up.
        MissingExtraError: what writes it is not installed.
    """
    known = get_format(output)
    if known.is_always_up and up not in (None, known.up):
        raise InputError(f"{output}: up = {up!r}, expected {known.up!r}, which it always is in {output.suffix}")
    if known.module:
        require("export", output.suffix, known.module)


def export(results: Mapping[str, LiftResult], output: Path, up: Up | None = None) -> list[Path]:
    """Write lifted dancers of one video for another program, into one file where the format can hold them.

    Args:
        results: by the dancers' names, one at least.
        output: file, whose suffix is one of FORMATS.
        up: axis of the world that points up; None: as is usual in the format.

    Returns:
        The files that were written: all, or none where one failed.

    Raises:
        InputError: the results are not of one video, or the format cannot hold them.
        MissingExtraError: what writes the format is not installed.
        OSError: a file cannot be written.
    """
    check_export(output, up)
    known = get_format(output)
    scene = make_scene(results)
    files = export_files(output, list(results))
    scenes = [scene]
    if len(files) > 1:
        scenes = [Scene((dancer,), scene.fps, scene.camera) for dancer in scene.dancers]
    axis = up or known.up
    write_all({file: partial(_write, known, each, axis) for file, each in zip(files, scenes, strict=True)})
    return files

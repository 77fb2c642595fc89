"""`dancelift export`: lifted dancers for Blender, OpenSim, viewers on the web, and tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from dancelift.cli.common import Commands, Failures, check_output, file_or_folder, files_of
from dancelift.formats.export import FORMATS, check_export, export, export_files
from dancelift.formats.export.scene import Up
from dancelift.lifting.result import LiftResult, load_lift


def add(commands: Commands) -> None:
    formats = "\n".join(f"  {suffix:5} {known.about}" for suffix, known in FORMATS.items() if known.about)
    command = commands.add_parser(
        "export",
        help="results for Blender, OpenSim, the web and tables",
        description="Writes lifted dancers for other programs: upright, on a floor at height 0, in the times of the "
        "video. Several results of one video go into one file, where the format can hold several dancers.",
        epilog="examples:\n"
        "  dancelift export out.npz -o out.bvh                       Blender, MotionBuilder\n"
        "  dancelift export out.npz -o out.trc                       OpenSim, Pose2Sim\n"
        "  dancelift export results/lead.npz results/follow.npz -o duo.glb\n"
        "  dancelift export results/*.npz --format csv -o tables     a file for each result\n"
        f"\nformats, by the suffix of OUT:\n{formats}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "results", nargs="+", type=Path, metavar="RESULT", help="what `dancelift lift` or `dancelift recognize` wrote"
    )
    command.add_argument(
        "-o", "--output", type=file_or_folder(*FORMATS), required=True, metavar="OUT",
        help="a file for all results; with --format, a folder",
    )  # fmt: skip
    command.add_argument(
        "--format",
        choices=[suffix.removeprefix(".") for suffix in FORMATS],
        help="OUT is a folder, with a file of this format for each result",
    )
    command.add_argument(
        "--up", choices=["y", "z"], help="axis of the world that points up (default: z in c3d, y in all others)"
    )
    command.add_argument("--force", action="store_true", help="replace files that exist")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    files = files_of(arguments.results)
    if arguments.format is None:
        check_export(arguments.output, arguments.up)
        results = {name: load_lift(path) for name, path in files.items()}
        for path in arguments.results:
            _check_outputs(results, arguments.output, path, arguments.force)
        write_export(results, arguments.output, arguments.up)
        return 0
    failures = Failures()
    for name, path in files.items():
        output = arguments.output / f"{name}.{arguments.format}"
        check_export(output, arguments.up)
        with failures.of(str(path)):
            results = {name: load_lift(path)}
            _check_outputs(results, output, path, arguments.force)
            write_export(results, output, arguments.up)
    return failures.code()


def _check_outputs(results: Mapping[str, LiftResult], output: Path, source: Path, force: bool) -> None:
    for file in export_files(output, list(results)):
        check_output(file, source, force)


def write_export(results: Mapping[str, LiftResult], output: Path, up: Up | None, quiet: bool = False) -> None:
    """Write lifted dancers for another program, and say where."""
    files = export(results, output, up)
    if not quiet:
        print(f"written to {', '.join(map(str, files))}")

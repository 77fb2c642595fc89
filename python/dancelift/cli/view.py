"""`dancelift view`: a picture or an animation of a result."""

from __future__ import annotations

import argparse
from pathlib import Path

from dancelift.body.skeleton import SKELETONS
from dancelift.cli.common import Commands, add_reading, check_output, file_name, read_tracks
from dancelift.files import write
from dancelift.lifting.result import load_lift


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "view",
        help="a picture or an animation of a result",
        description="Draws a result in 2D, and in 3D from two sides.",
        epilog="examples:\n"
        "  dancelift view out.npz -o out.png\n"
        "  dancelift view out.npz -o out.gif --keypoints keypoints.json --start 12",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("result", type=Path, metavar="RESULT", help="what `dancelift lift` wrote")
    command.add_argument(
        "-o",
        "--output",
        type=file_name(".png", ".gif"),
        required=True,
        metavar="OUT",
        help="picture.png or animation.gif",
    )
    command.add_argument("--force", action="store_true", help="replace a picture that exists")
    command.add_argument(
        "--keypoints",
        type=Path,
        metavar="IN",
        help="drawn under the reprojection; default: those that were lifted, which the result keeps",
    )
    add_reading(command)
    command.add_argument(
        "--start",
        type=float,
        default=0.0,
        metavar="S",
        help="second at which an animation starts; it lasts 16",
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from dancelift.show.pictures import draw_animation, draw_picture

    check_output(arguments.output, arguments.keypoints or arguments.result, arguments.force)
    result = load_lift(arguments.result)
    keypoints2d = None
    if arguments.keypoints is not None:
        skeleton = result.skeleton.name if result.skeleton.name in SKELETONS else None
        keypoints2d = read_tracks(arguments.keypoints, arguments, skeleton, image_size=result.image_size)[0].keypoints2d
    if arguments.output.suffix.lower() == ".png":
        write(arguments.output, lambda path: draw_picture(result, keypoints2d, path))
    else:
        write(arguments.output, lambda path: draw_animation(result, keypoints2d, path, arguments.start))
    print(f"written to {arguments.output}")
    return 0

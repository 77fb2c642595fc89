"""`dancelift view`: a result in the interactive viewer, as a picture, an animation or a video."""

from __future__ import annotations

import argparse
from pathlib import Path

from dancelift.body.skeleton import SKELETONS
from dancelift.cli.common import Commands, add_reading, check_output, file_name, read_tracks
from dancelift.cli.film import write_film
from dancelift.files import write
from dancelift.lifting.result import load_lift
from dancelift.recognition.result import holds_recognition, load_recognition

_ENDINGS = (".png", ".gif", ".mp4", ".rrd")


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "view",
        help="look at a result: interactively, as a picture, or as a video",
        description="Opens a result in an interactive viewer, or draws it in 2D, and in 3D from two sides.",
        epilog="examples:\n"
        "  dancelift view out.npz --video dance.mp4               in the viewer; needs the extra viewer\n"
        "  dancelift view out.npz -o out.rrd                      for the viewer, to look at later\n"
        "  dancelift view out.npz -o out.mp4 --video dance.mp4    needs the extra video\n"
        "  dancelift view out.npz -o out.png\n"
        "  dancelift view out.npz -o out.gif --keypoints keypoints.json --start 12",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "result", type=Path, metavar="RESULT", help="what `dancelift lift` or `dancelift recognize` wrote"
    )
    command.add_argument(
        "-o",
        "--output",
        type=file_name(*_ENDINGS),
        metavar="OUT",
        help="picture.png, animation.gif, video.mp4, or recording.rrd; without it the viewer opens",
    )
    command.add_argument("--force", action="store_true", help="replace an output that exists")
    command.add_argument("--video", type=Path, metavar="VIDEO", help="that was lifted, to draw over; .mp4 and viewer")
    command.add_argument("--seeds", action="store_true", help="all seeds as ghosts, where the result has them; viewer")
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
    output: Path | None = arguments.output
    if output is not None:
        check_output(output, arguments.keypoints or arguments.result, arguments.force)
    recognition = load_recognition(arguments.result) if holds_recognition(arguments.result) else None
    result = load_lift(arguments.result) if recognition is None else recognition.lift
    keypoints2d = None if recognition is None else recognition.keypoints2d
    if arguments.keypoints is not None:
        skeleton = result.skeleton.name if result.skeleton.name in SKELETONS else None
        keypoints2d = read_tracks(arguments.keypoints, arguments, skeleton, image_size=result.image_size)[0].keypoints2d
    ending = ".rrd" if output is None else output.suffix.lower()
    if ending == ".rrd":
        from dancelift.show.viewer import show

        show(
            result, output, video=arguments.video, keypoints2d=keypoints2d, recognition=recognition,
            seeds=arguments.seeds,
        )  # fmt: skip
    elif ending == ".mp4":
        write_film(result, arguments.output, arguments.video, keypoints2d, recognition)
    else:
        from dancelift.show.pictures import draw_animation, draw_picture

        if ending == ".png":
            write(arguments.output, lambda path: draw_picture(result, keypoints2d, path))
        else:
            write(arguments.output, lambda path: draw_animation(result, keypoints2d, path, arguments.start))
    if output is not None:
        print(f"written to {output}")
    return 0

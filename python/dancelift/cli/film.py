"""What commands that draw videos share."""

from __future__ import annotations

import sys
from pathlib import Path

from tqdm import tqdm

from dancelift.arraytypes import Array
from dancelift.files import write
from dancelift.keypoints import Track
from dancelift.lifting.result import LiftResult
from dancelift.recognition.result import Recognition
from dancelift.video.decoding import is_video


def video_of(track: Track) -> Path | None:
    """The video that a track was found in, if it was."""
    path = Path(track.source)
    return path if is_video(path) else None


def write_film(
    result: LiftResult,
    output: Path,
    video: Path | None,
    keypoints2d: Array | None,
    recognition: Recognition | None = None,
    quiet: bool = False,
) -> None:
    """Draw a lift as an MP4, see `draw_film`, with a bar where there is a terminal; whole or not at all."""
    from dancelift.show.film import draw_film

    with tqdm(desc=output.name, unit="frame", leave=False, disable=quiet or not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        def draw(path: Path) -> None:
            draw_film(
                result, path, video=video, keypoints2d=keypoints2d, recognition=recognition, progress=progress
            )  # fmt: skip

        write(output, draw)

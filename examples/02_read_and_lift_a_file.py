"""Read the keypoint file that ships with dancelift, lift it, and draw the keypoints beside the 3D motion.

python examples/02_read_and_lift_a_file.py [FOLDER]        needs the extra `view`
"""

import sys
import tempfile
from pathlib import Path

import dancelift
from dancelift.show.pictures import draw_picture

SAMPLE = Path(dancelift.__file__).parent / "data" / "sample.npz"

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)

# The format is recognised from the content. There is one track a person, the longest and most surely seen first.
for i, track in enumerate(dancelift.load_keypoints(SAMPLE)):
    print(f"{len(track.keypoints2d)} frames of {track.skeleton}, {track.fps} a second, image {track.image_size}")
    result = dancelift.lift(
        track.keypoints2d,
        skeleton=track.skeleton,
        fps=track.fps or 30.0,
        image_size=track.image_size,
        n_seeds=4,
    )
    path = result.poses3d.mean(axis=1)
    print(f"the dancer is {path[:, 2].min():.1f} to {path[:, 2].max():.1f} m from the camera")
    draw_picture(result, track.keypoints2d, folder / f"dancer{i}.png")
    print(f"written: {folder / f'dancer{i}.png'}")

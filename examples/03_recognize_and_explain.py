"""Recognise the movements and the nearest genre of the invented dance that ships, say why, and write a page.

python examples/03_recognize_and_explain.py [FOLDER]        needs the extra `recognize`
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import dancelift
from dancelift.show.report import write_report

SAMPLE = Path(dancelift.__file__).parent / "data" / "sample.npz"

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)

(track,) = dancelift.load_keypoints(SAMPLE)
found = dancelift.recognize(
    track.keypoints2d, skeleton=track.skeleton, fps=track.fps or 30.0, image_size=track.image_size, n_seeds=1
)

# The sample is an invented dance, synthetic motion and keypoints: whatever is nearest, it is none of these.
found = replace(found, no_genre="it was invented")
print("an invented dance; by the network, nearest of the genres that it knows:")
for genre, probability in sorted(found.genre_probabilities.items(), key=lambda item: -item[1]):
    print(f"{probability:6.1%}  {genre}")

print("the movements that speak for the nearest:")
for reason in found.reasons:
    print(f"  {reason.start:4.1f} to {reason.end:4.1f} s  {reason.effect:+.2f}  {reason.text}")

second = found.active[: round(found.lift.fps)].mean(axis=0)
print("throughout the first second:", ", ".join(found.taxonomy.names[m] for m in (second == 1).nonzero()[0]))

write_report(found, folder / "dance.html")  # one file, which needs neither a network nor a server
print(f"written: {folder / 'dance.html'}")

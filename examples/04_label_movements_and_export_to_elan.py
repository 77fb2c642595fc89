"""Label the movements of a lifted dance by their definitions, for an expert to correct in ELAN or a spreadsheet.

python examples/04_label_movements_and_export_to_elan.py [FOLDER]        needs the extra `annotate`
"""

import sys
import tempfile
from pathlib import Path

import dancelift
from dancelift.formats.labels import read_annotations, write_annotations
from dancelift.movements.labeller import label_movements
from dancelift.movements.taxonomy import standard_taxonomy

SAMPLE = Path(dancelift.__file__).parent / "data" / "sample.npz"

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)

(track,) = dancelift.load_keypoints(SAMPLE)
result = dancelift.lift(
    track.keypoints2d, skeleton=track.skeleton, fps=track.fps or 30.0, image_size=track.image_size, n_seeds=1
)

labels = label_movements(result.motion("sample"))  # .active and .known: (T, 154) each
share = labels.active.mean(axis=0)
for m in share.argsort()[::-1][:8]:
    print(f"{share[m]:4.0%} of the frames  {labels.taxonomy.names[m]}")

for suffix in (".eaf", ".csv"):
    write_annotations(folder / f"sample{suffix}", labels)
    print(f"written: {folder / f'sample{suffix}'}")

# What an expert has corrected is read back the same way; training takes a folder of such files.
again = read_annotations(folder / "sample.eaf", standard_taxonomy())
print("read back as it was written:", (again.active == labels.active).all())

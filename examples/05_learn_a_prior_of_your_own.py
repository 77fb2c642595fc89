"""Learn a pose prior from 2D keypoints alone, and lift with it a clip that it has not seen.

python examples/05_learn_a_prior_of_your_own.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import dancelift
from dancelift.metrics import n_mpjpe
from dancelift.synthetic import generate
from dancelift.training.prior_from_2d import fit_prior_from_2d

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)

# Use videos of your own dancers here: dancelift.load_keypoints gives the tracks of each.
clips = [generate(random_seed=random_seed) for random_seed in range(8)]
tracks = [dancelift.Track(clip.keypoints2d, clip.skeleton, clip.fps, clip.image_size) for clip in clips]

prior = fit_prior_from_2d(tracks, n_components=8, name="eight invented dances")
prior.save(folder / "prior.npz")
print(f"written: {folder / 'prior.npz'}")

new = generate(random_seed=100)
hips = [dancelift.SKELETONS[new.skeleton].joints.index(f"{side}_hip") for side in ("left", "right")]
for name, choice in (("anthropometric", "anthropometric"), ("of these dancers", folder / "prior.npz")):
    lifted = dancelift.lift(
        new.keypoints2d, skeleton=new.skeleton, fps=new.fps, image_size=new.image_size, prior=choice
    )
    print(f"prior {name:<17} N-MPJPE {n_mpjpe(lifted.poses3d, new.poses3d, hips):4.0f} mm")

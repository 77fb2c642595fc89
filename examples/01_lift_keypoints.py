"""Lift 2D keypoints of an invented dance, whose 3D motion is known, and measure the error.

python examples/01_lift_keypoints.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import dancelift
from dancelift.metrics import n_mpjpe, pa_mpjpe
from dancelift.synthetic import generate

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)

# Ten seconds of dance, and the keypoints that a detector would give: with jitter, outliers and hidden joints.
clip = generate(n_frames=300, fps=30.0, random_seed=3)

result = dancelift.lift(
    clip.keypoints2d,  # (T, J, 3): x, y in px and a score
    skeleton=clip.skeleton,
    fps=clip.fps,
    image_size=clip.image_size,
    height=1.70,  # m, of the dancer: one camera cannot tell it
)

print(f"poses3d {result.poses3d.shape}, m in the camera frame; focal length {result.camera.focal:.0f} px")
print(f"seed {result.best_seed} of {len(result.seed_errors)} won: {result.seed_labels[result.best_seed]}")
for name, cost in sorted(result.losses.items(), key=lambda item: -item[1])[:4]:
    print(f"  {name:<16} {cost:8.1f}")

hips = [result.skeleton.joints.index(f"{side}_hip") for side in ("left", "right")]
print(f"N-MPJPE {n_mpjpe(result.poses3d, clip.poses3d, hips):.0f} mm, PA-MPJPE", end=" ")
print(f"{pa_mpjpe(result.poses3d, clip.poses3d):.0f} mm")

result.save(folder / "lift.npz")  # dancelift.load_lift reads it
print(f"written: {folder / 'lift.npz'}")

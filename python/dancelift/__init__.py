"""dancelift: 2D keypoints of a dancer to 3D motion, what every body part does, and the name of the dance."""

from dancelift import _core
from dancelift.camera import Camera
from dancelift.errors import DanceliftError, DanceliftWarning, InputError, SolverError
from dancelift.keypoints import Track
from dancelift.lift_problem import default_weights
from dancelift.lifting import LiftResult, lift, load
from dancelift.prior import PosePrior
from dancelift.readers import load_keypoints
from dancelift.recognition import recognize
from dancelift.recognition_result import Reason, Recognition, load_recognition
from dancelift.skeleton import SKELETONS, Skeleton

__version__: str = _core.__version__

__all__ = [
    "SKELETONS",
    "Camera",
    "DanceliftError",
    "DanceliftWarning",
    "InputError",
    "LiftResult",
    "PosePrior",
    "Reason",
    "Recognition",
    "Skeleton",
    "SolverError",
    "Track",
    "default_weights",
    "lift",
    "load",
    "load_keypoints",
    "load_recognition",
    "recognize",
]

"""dancelift: 2D keypoints of a dancer to 3D motion, what every body part does, and the name of the dance."""

from dancelift import _core
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.camera import Camera
from dancelift.errors import DanceliftError, DanceliftWarning, InputError, MissingExtraError, SolverError
from dancelift.formats.keypoints import load_keypoints
from dancelift.keypoints import Track
from dancelift.lifting.lift import lift
from dancelift.lifting.options import default_sigmas
from dancelift.lifting.result import LiftResult, load_lift
from dancelift.lifting.stream import LiftStream
from dancelift.priors.prior import PosePrior, load_prior
from dancelift.recognition.recognize import recognize, recognize_lift
from dancelift.recognition.result import Reason, Recognition, load_recognition
from dancelift.video.detect import detect_keypoints

__version__: str = _core.__version__

__all__ = [
    "SKELETONS",
    "Camera",
    "DanceliftError",
    "DanceliftWarning",
    "InputError",
    "LiftResult",
    "LiftStream",
    "MissingExtraError",
    "PosePrior",
    "Reason",
    "Recognition",
    "Skeleton",
    "SolverError",
    "Track",
    "default_sigmas",
    "detect_keypoints",
    "lift",
    "load_lift",
    "load_keypoints",
    "load_prior",
    "load_recognition",
    "recognize",
    "recognize_lift",
]

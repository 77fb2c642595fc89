"""dancelift: 2D keypoints of a dancer to 3D motion, what every body part does, and the name of the dance."""

from dancelift.errors import require_main_interpreter
from dancelift.interrupts import quiet_interrupts

quiet_interrupts()
require_main_interpreter()  # before the core, which would wait forever

from dancelift import _core
from dancelift.body.skeleton import SKELETONS, Skeleton
from dancelift.camera import Camera
from dancelift.choreography.comparison import Comparison, compare
from dancelift.choreography.phrases import Phrases, find_phrases
from dancelift.errors import DanceliftError, DanceliftWarning, InputError, MissingExtraError, SolverError
from dancelift.formats.keypoints import load_keypoints
from dancelift.keypoints import Track
from dancelift.lifting.lift import lift
from dancelift.lifting.options import default_sigmas
from dancelift.lifting.result import LiftResult, load_lift
from dancelift.lifting.stream import LiftStream
from dancelift.lifting.together import lift_together
from dancelift.priors.prior import PosePrior, load_prior
from dancelift.recognition.recognize import recognize, recognize_lift
from dancelift.recognition.result import Reason, Recognition, load_recognition
from dancelift.video.detect import detect_keypoints

__version__: str = _core.__version__

__all__ = [
    "SKELETONS",
    "Camera",
    "Comparison",
    "DanceliftError",
    "DanceliftWarning",
    "InputError",
    "LiftResult",
    "LiftStream",
    "MissingExtraError",
    "Phrases",
    "PosePrior",
    "Reason",
    "Recognition",
    "Skeleton",
    "SolverError",
    "Track",
    "compare",
    "default_sigmas",
    "detect_keypoints",
    "find_phrases",
    "lift",
    "lift_together",
    "load_lift",
    "load_keypoints",
    "load_prior",
    "load_recognition",
    "recognize",
    "recognize_lift",
]

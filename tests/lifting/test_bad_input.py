"""What cannot be lifted is refused with the value and what was expected instead."""

import math

import numpy as np
import pytest

import dancelift
from dancelift import Camera, DanceliftError, InputError, PosePrior, Skeleton
from dancelift.priors.prior import anthropometric
from fixtures.lifts import dance, joint, spoilt

K = dance(1).camera.matrix
BODY = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
TRUNK = [joint(dancelift.SKELETONS["coco17"], landmark) for landmark in BODY]


def refuse(*expected: str, **arguments: object) -> None:
    """Lifting raises InputError, whose message has all of `expected`."""
    given = {"keypoints2d": dance(5).keypoints2d, "n_seeds": 1, "image_size": (1920, 1080)}
    with pytest.raises(InputError) as error:
        dancelift.lift(**(given | arguments))
    for part in ("expected", *expected):
        assert part in str(error.value)


def keypoints(n_frames: int = 5) -> np.ndarray:
    return np.array(dance(n_frames, noise=0).keypoints2d)


def at(values: tuple[float, float, float]) -> np.ndarray:
    """Good keypoints but for one."""
    array = keypoints()
    array[3, 9] = values
    return array


def test_input_error_is_a_dancelift_error_and_a_value_error():
    assert issubclass(InputError, DanceliftError)
    assert issubclass(InputError, ValueError)


# keypoints


@pytest.mark.parametrize(
    ("shape", "described"),
    [
        ((17, 3), "(17, 3)"),
        ((2, 5, 17, 3), "(2, 5, 17, 3)"),
        ((5, 17, 1), "(5, 17, 1)"),
        ((5, 17, 4), "(5, 17, 4)"),
        ((), "()"),
    ],
)
def test_keypoints_of_another_shape(shape, described):
    refuse(described, "(T, J, 2) or (T, J, 3)", keypoints2d=np.full(shape, 500.0))


@pytest.mark.parametrize(("n_joints", "fitting"), [(25, "body25"), (26, "halpe26"), (33, "blazepose33")])
def test_number_of_joints_of_another_skeleton_is_told_which(n_joints, fitting):
    refuse(f"{n_joints} joints", "17", "'coco17'", fitting, keypoints2d=np.full((5, n_joints, 3), 500.0))


def test_what_a_mask_hides_is_not_seen():
    hidden = np.zeros((5, 17, 3), np.bool_)
    hidden[:, 9] = True
    masked = np.ma.masked_array(keypoints(), hidden)
    with pytest.warns(dancelift.DanceliftWarning, match="never seen: left_wrist"):
        result = dancelift.lift(masked, n_seeds=1, image_size=(1920, 1080))
    assert not result.seen[:, 9].any()
    assert result.seen[:, :9].all()


def test_tensor_that_has_a_gradient():
    torch = pytest.importorskip("torch")
    refuse(
        "keypoints2d: Can't call numpy() on Tensor that requires grad",
        keypoints2d=torch.zeros(5, 17, 3).requires_grad_(),
    )


def test_complex_keypoints():
    refuse("keypoints2d: complex numbers", "of numbers", keypoints2d=keypoints() + 1j)


def test_object_that_has_no_text():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

    refuse("n_seeds is a Odd too large to show", n_seeds=Odd())
    refuse("fps is a Odd too large to show", fps=Odd())


@pytest.mark.parametrize("digits", [400, 5000])
def test_numbers_that_no_memory_holds(digits):
    huge = 10**digits
    refuse("image_size is", "width and height in px", image_size=(huge, 5))
    refuse("n_seeds is", "at least 1 and at most 100000", n_seeds=huge)
    for name in ("fps", "height"):
        refuse(f"{name} is", "above 0", **{name: huge})
    refuse("sigmas['smooth3d'] is", "above 0", sigmas={"smooth3d": huge})
    refuse("random_seed is", "at least 0", random_seed=-huge)


def test_number_of_joints_of_no_skeleton():
    refuse("19 joints", "33", "'blazepose33'", keypoints2d=np.full((5, 19, 2), 500.0), skeleton="blazepose33")


def test_seventeen_joints_fit_two_skeletons():
    refuse("coco17, h36m17", keypoints2d=np.full((5, 17, 2), 500.0), skeleton="body25")


def test_no_frames():
    refuse("0 frames", "at least 1", keypoints2d=np.zeros((0, 17, 3)))


@pytest.mark.parametrize("value", [None, "clip.json", [["a"]], [[[1, 2], [3]]], {"keypoints": []}], ids=repr)
def test_keypoints_that_are_no_numbers(value):
    refuse("keypoints2d", "(T, J, 2) or (T, J, 3)", keypoints2d=value)


@pytest.mark.parametrize(
    ("name", "values"),
    [("x", (math.inf, 300, 1)), ("x", (-math.inf, 300, 1)), ("y", (500, math.inf, 1)), ("score", (500, 300, math.inf))],
)
def test_infinite_keypoints(name, values):
    refuse(
        f"{name} = {values[['x', 'y', 'score'].index(name)]:g}", "frame 3, joint 9", "finite", keypoints2d=at(values)
    )


@pytest.mark.parametrize("values", [(0, 0, 0), (math.nan, math.nan, math.nan), (500, 300, 0)])
def test_no_joint_is_ever_seen(values):
    refuse("no joint is seen", keypoints2d=np.full((5, 17, 3), values))


def test_trunk_is_never_seen():
    array = keypoints()
    array[:, TRUNK] = 0
    refuse("neither a shoulder nor a hip", keypoints2d=array)


@pytest.mark.filterwarnings("ignore::dancelift.DanceliftWarning")
@pytest.mark.parametrize("image_size", [(1920, 1080), None], ids=["image_size", "no image_size"])
@pytest.mark.parametrize("n_frames", [1, 5])
def test_single_joint_is_no_body(image_size, n_frames):
    array = np.zeros((n_frames, 17, 3))
    array[:, TRUNK[0]] = (500, 300, 1)
    refuse("keypoints2d", keypoints2d=array, image_size=image_size)


@pytest.mark.parametrize("coordinate", [1e6, -1e6, 1e300])
def test_huge_coordinates(coordinate):
    refuse(f"{coordinate}", "frame 3", "'left_wrist'", "px", keypoints2d=at((500, coordinate, 1)))


def test_all_joints_in_one_point():
    refuse("spans 0 px", "a person", keypoints2d=np.full((5, 17, 2), 500.0))


def test_normalised_coordinates():
    refuse("normalised", "px", keypoints2d=keypoints() / [1920, 1080, 1])


def test_keypoints_outside_the_image():
    refuse("outside the image", "(200, 100)", keypoints2d=keypoints(), image_size=(200, 100))


# options


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "4", None, math.nan], ids=repr)
def test_number_of_seeds(value):
    refuse(f"n_seeds is {value!r}", "at least 1", n_seeds=value)


def test_solver_that_does_not_exist():
    refuse("solver is 'newton'", "'chain' or 'ceres'", solver="newton")


@pytest.mark.parametrize("value", [0, -2, 1.5, True, "2"], ids=repr)
def test_number_of_threads(value):
    refuse(f"n_threads is {value!r}", "at least 1", n_threads=value)


@pytest.mark.parametrize("value", [-1, 0.5, "a", None], ids=repr)
def test_random_seed(value):
    refuse(f"random_seed is {value!r}", "at least 0", random_seed=value)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 1e6, "fast", None], ids=repr)
def test_frame_rate(value):
    refuse(f"fps is {value!r}", "frames per second", fps=value)


@pytest.mark.parametrize("value", [(0, 5), (5, -5), (1,), (1, 2, 3), "big", 1920, (math.nan, 5)], ids=repr)
def test_image_size(value):
    refuse(f"image_size is {value!r}", "width", "height", "px", image_size=value)


@pytest.mark.parametrize("value", [0, -1.7, 170, math.nan, math.inf, "tall"], ids=repr)
def test_height_in_other_than_metres(value):
    refuse(f"height is {value!r}", "metres", "at most 3", height=value)


@pytest.mark.parametrize("value", ["coco18", "", None, 17, ["coco17"]], ids=repr)
def test_unknown_skeleton(value):
    refuse(repr(value), *dancelift.SKELETONS, skeleton=value)


def test_unknown_standard_deviation():
    refuse("'smoothness'", "smooth3d", sigmas={"smoothness": 1})


@pytest.mark.parametrize("value", [0, -1, math.nan, -math.inf, "strong", None], ids=repr)
def test_value_that_is_no_standard_deviation(value):
    refuse(f"sigmas['smooth3d'] is {value!r}", "above 0", sigmas={"smooth3d": value})


# cameras


@pytest.mark.parametrize("value", [K[:2], K[0], K[0, 0], K[None], np.zeros((3, 4))], ids=lambda k: str(k.shape))
def test_camera_of_another_shape(value):
    refuse("camera", str(np.shape(value)), "(3, 3)", camera=value)


@pytest.mark.parametrize("value", ["phone", [[1, 2], [3]], {"focal": 1000}], ids=repr)
def test_camera_that_is_no_matrix(value):
    refuse("camera", "K", camera=value)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [(0, 0, math.nan), (0, 2, math.inf), (0, 0, 0), (1, 1, -9), (1, 0, 5), (2, 0, 1), (2, 1, 1), (2, 2, 0)],
)
def test_camera_that_is_no_matrix_of_intrinsics(row, column, value):
    matrix = np.array(K)
    matrix[row, column] = value
    refuse("camera", repr(float(value)), "[[fx, s, cx], [0, fy, cy], [0, 0, 1]]", camera=matrix)


def test_camera_of_unknown_model():
    with pytest.raises(InputError, match="'fisheye', expected 'perspective' or 'weak_perspective'"):
        Camera(K, "fisheye")


# priors


@pytest.mark.parametrize("value", ["mocap", "missing/prior.npz", "", None, 3], ids=repr)
def test_prior_that_is_neither_a_name_nor_a_file(value):
    refuse(repr(value), "'anthropometric'", "'default'", prior=value)


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "damaged", "npy", "other", "directory"])
def test_prior_file_that_is_none(kind, tmp_path):
    path = tmp_path / "bad.npz"
    if kind == "npy":
        with open(path, "wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "other":
        np.savez(path, mean=np.zeros((3, 3)))
    elif kind == "directory":
        path.mkdir()
    else:
        anthropometric().save(path)
        path.write_bytes(spoilt(kind, path.read_bytes()))
    refuse(str(path), prior=path)


def test_prior_of_another_body():
    prior = anthropometric()
    with pytest.raises(InputError, match=r"mean \(5, 3\).*expected"):
        PosePrior(prior.mean[:5], prior.covariance, "small")
    with pytest.raises(InputError, match=r"covariance \(5, 5\).*expected"):
        PosePrior(prior.mean, prior.covariance[:5, :5], "small")


# skeletons of a user's own


def test_skeleton_with_an_unknown_landmark():
    with pytest.raises(InputError, match="'mine': joint 'tail' marks 'tail', expected one of nose, .*left_ear"):
        Skeleton("mine", (*BODY, "tail"))
    with pytest.raises(InputError, match="'mine': joint 'l' marks 'left_nose', expected"):
        Skeleton("mine", (*BODY, "l"), landmarks={"l": "left_nose"})
    with pytest.raises(InputError, match="'mine': joint 'l' marks 'left_nose', expected"):
        Skeleton("mine", (*BODY, "l"), landmarks={"l": {"left_eye": 0.5, "left_nose": 0.5}})


def test_skeleton_with_a_repeated_joint():
    with pytest.raises(InputError, match="'mine': joints named twice: left_hip"):
        Skeleton("mine", (*BODY, "left_hip"))


def test_skeleton_with_a_landmark_for_what_is_no_joint():
    with pytest.raises(InputError, match="'mine': landmarks given for what is no joint: head"):
        Skeleton("mine", BODY, landmarks={"head": "nose"})


@pytest.mark.parametrize("missing", BODY)
def test_skeleton_without_hips_or_shoulders(missing):
    with pytest.raises(InputError, match=f"'mine': no joint marks {missing}, which lifting needs"):
        Skeleton("mine", tuple(name for name in BODY if name != missing))


def test_skeleton_whose_weights_do_not_sum_to_one():
    with pytest.raises(InputError, match="'mine': joint 'chest'.* sum to 1"):
        Skeleton("mine", (*BODY, "chest"), landmarks={"chest": {"left_shoulder": 0.5, "right_shoulder": 0.3}})

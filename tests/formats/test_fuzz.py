"""Whatever is in a file, reading it gives something or an InputError that names the file, soon."""

import json
import pickle
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

from dancelift.errors import InputError  # noqa: E402
from dancelift.formats.keypoints import load_keypoints  # noqa: E402
from dancelift.formats.labels import read_annotations  # noqa: E402
from dancelift.formats.motion import load_motions  # noqa: E402
from dancelift.lifting.result import load_lift  # noqa: E402
from dancelift.movements.taxonomy import standard_taxonomy  # noqa: E402
from dancelift.priors.prior import load_prior  # noqa: E402
from dancelift.recognition.result import load_recognition  # noqa: E402
from fixtures.motion import dancer_rig, write_bvh  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

few = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

LONGEST = 5.0  # s of the processor

numbers = st.one_of(st.integers(-(10**30), 10**30), st.floats(), st.integers(-3, 400))
leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
KEYS = (
    "people", "pose_keypoints_2d", "keypoints", "keypoint_scores", "score", "image_id", "category_id", "idx", "bbox",
    "instance_info", "instances", "frame_id", "frame", "landmarks", "x", "y", "visibility", "timestamp_ms", "fps",
    "image_size", "annotations", "images", "name", "meta_info", "results", "track_id", "box",
)  # fmt: skip
points = st.lists(st.one_of(st.floats(-1e4, 1e4), numbers), min_size=51, max_size=51)
documents = st.recursive(
    st.one_of(leaves, points),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=6)
    ),
    max_leaves=20,
)
arrays = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_, "U3", np.complex64]),
    st.one_of(
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        st.tuples(st.integers(0, 3), st.sampled_from([17, 26, 33, 43]), st.integers(1, 4)),
    ),
)
MEMBERS = (
    "keypoints2d", "keypoints", "keypoints3d", "poses3d", "fps", "image_size", "skeleton", "names", "up", "times",
    "persons", "about", "seed_losses", "terms", "active", "known", "mean", "covariance", "landmarks", "trans", "poses",
    "mocap_framerate", "recognition_about", "recognition_movements", "positions_2d", "keypoints2d_detected",
)  # fmt: skip


def labels(path: Path) -> object:
    return read_annotations(path, standard_taxonomy(), 10, 25.0)


def something_or_an_error(path: Path, *loads) -> None:
    for load in loads:
        start = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load(path)
        except InputError as error:
            assert str(path) in str(error)
            assert len(str(error)) <= 500
        assert time.process_time() - start < LONGEST


@few
@given(documents)
def test_json(tmp_path, document):
    (tmp_path / "a.json").write_text(json.dumps(document))
    something_or_an_error(tmp_path / "a.json", load_keypoints, load_motions)


@few
@given(st.lists(st.fixed_dictionaries({"image_id": leaves, "keypoints": st.one_of(points, documents)},
                                      optional={"score": leaves, "category_id": leaves, "track_id": leaves}),
                min_size=1, max_size=5))  # fmt: skip
def test_coco_results(tmp_path, records):
    (tmp_path / "a.json").write_text(json.dumps(records))
    something_or_an_error(tmp_path / "a.json", load_keypoints)


@few
@given(st.dictionaries(st.sampled_from(MEMBERS), arrays, min_size=1, max_size=6))
def test_npz(tmp_path, members):
    np.savez(tmp_path / "a.npz", **members)
    loads = (load_keypoints, load_motions, load_lift, load_prior, load_recognition, labels)
    something_or_an_error(tmp_path / "a.npz", *loads)


@few
@given(st.one_of(documents, arrays, st.dictionaries(st.sampled_from(MEMBERS), st.one_of(arrays, documents))))
def test_pickle(tmp_path, content):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
    something_or_an_error(tmp_path / "a.pkl", load_keypoints, load_motions)


@few
@given(st.data())
def test_damaged_bytes(tmp_path, data):
    good = tmp_path / data.draw(st.sampled_from(["a.bvh", "a.npz", "a.pkl", "a.csv", "a.trc", "a.c3d", "a.glb"]))
    if good.suffix == ".bvh":
        content = bytearray(write_bvh(good, dancer_rig()).read_bytes())
    elif good.suffix == ".npz":
        np.savez_compressed(good, keypoints2d=np.ones((3, 17, 3)), poses3d=np.ones((3, 17, 3)), about="{}")
        content = bytearray(good.read_bytes())
    elif good.suffix == ".pkl":
        content = bytearray(pickle.dumps({"keypoints2d": np.ones((1, 3, 17, 3))}))
    else:
        content = bytearray(b"frame,x,y\n1,2,3\n" * 20)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)):
        content[at] = byte
    good.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    something_or_an_error(good, load_keypoints, load_motions)

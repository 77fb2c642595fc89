"""What is seen and how surely: one form of keypoints for every source."""

import numpy as np
import pytest

from dancelift import DanceliftWarning, InputError
from dancelift.formats.keypoints import load_keypoints
from dancelift.keypoints import clean
from fixtures.keypoints import alphapose_results, coco_results, dancer, write_json


def cleaned(keypoints: np.ndarray) -> tuple[np.ndarray, list[str]]:
    warnings: list[str] = []
    return clean(keypoints, error=InputError, warn=warnings.append), warnings


@pytest.mark.parametrize(
    "unseen", [(0, 0, 0.9), (-1, -1, 0.9), (np.nan, 5, 0.9), (5, np.nan, 0.9), (5, 6, np.nan), (5, 6, 0), (5, 6, -0.5)]
)
def test_not_seen_is_not_seen_whatever_the_score(unseen):
    keypoints = dancer(5)
    keypoints[2, 3] = unseen
    found, warnings = cleaned(keypoints)
    assert not found[2, 3].any() and not warnings
    keypoints[2, 3] = 0
    np.testing.assert_array_equal(found, keypoints)


@pytest.mark.parametrize("unseen", [(0, 0), (-1, -1), (np.nan, np.nan)])
def test_without_scores_what_is_seen_has_score_one(unseen):
    keypoints = dancer(5)[..., :2]
    keypoints[2, 3] = unseen
    found, _ = cleaned(keypoints)
    assert np.argwhere(found[..., 2] == 0).tolist() == [[2, 3]]
    assert set(np.unique(found[..., 2])) == {0, 1}


def test_scores_in_percent_are_divided_with_one_warning():
    keypoints = dancer(5)
    percent = keypoints * [1, 1, 100]
    found, warnings = cleaned(percent)
    np.testing.assert_allclose(found, keypoints)
    assert len(warnings) == 1 and "100" in warnings[0]


@pytest.mark.parametrize(("score", "n_warnings"), [(1.04, 0), (1.2, 1), (1.52, 1), (87.0, 1)])
def test_a_few_scores_above_one_are_cut(score, n_warnings):
    keypoints = dancer(5)
    keypoints[2, 3, 2] = keypoints[3, 4, 2] = score
    found, warnings = cleaned(keypoints)
    assert found[2, 3, 2] == found[3, 4, 2] == 1
    np.testing.assert_array_equal(found[0], keypoints[0])
    assert len(warnings) == n_warnings


@pytest.mark.parametrize("scale", [7.0, 255.0])
def test_scores_of_another_scale_are_divided_by_the_largest(scale):
    keypoints = dancer(5)
    found, warnings = cleaned(keypoints * [1, 1, scale / keypoints[..., 2].max()])
    assert found[..., 2].max() == 1 and len(warnings) == 1
    np.testing.assert_allclose(found[..., 2] * keypoints[..., 2].max(), keypoints[..., 2])


def test_infinite_coordinates_are_an_error_with_their_place():
    keypoints = dancer(5)
    keypoints[3, 2, 0] = np.inf
    with pytest.raises(InputError, match="frame 13, joint 2: x = inf"):
        clean(keypoints, error=InputError, warn=print, frames=range(10, 15))


def test_a_file_in_percent_is_read_with_one_warning_that_names_it(tmp_path):
    persons = [dancer(12, x=600, random_seed=1), dancer(12, x=1200, random_seed=2)]
    path = write_json(tmp_path / "alphapose.json", alphapose_results([p * [1, 1, 100] for p in persons], [1, 2]))
    with pytest.warns(DanceliftWarning, match="alphapose.json: scores go up to") as warned:
        tracks = load_keypoints(path)
    assert len(warned) == 1 and warned[0].filename == __file__
    assert max(track.keypoints2d[..., 2].max() for track in tracks) < 1


def test_null_and_minus_one_in_a_file(tmp_path):
    entries = coco_results([dancer(3)])
    entries[1]["keypoints"][3:6] = [None, None, None]
    entries[2]["keypoints"][3:6] = [-1, -1, 0.7]
    (track,) = load_keypoints(write_json(tmp_path / "results.json", entries))
    assert not track.keypoints2d[1:, 1].any()

"""Corrections by hand: read from a table, put in the place of what was detected."""

import numpy as np
import pytest

from dancelift.errors import InputError
from dancelift.formats.corrections import correct, load_corrections
from dancelift.keypoints import Track


def table(tmp_path, text):
    (tmp_path / "fixes.csv").write_text(text)
    return load_corrections(tmp_path / "fixes.csv")


@pytest.fixture
def tracks():
    keypoints = np.full((5, 17, 3), 0.5)
    numbers = np.arange(10, 20, 2)
    return [Track(keypoints, "coco17", name=f"person {i}", frame_numbers=numbers) for i in range(2)]


def test_corrections_go_to_their_frame_joint_and_person(tmp_path, tracks):
    fixes = table(tmp_path, "frame,joint,x,y,person\n12,left_wrist,100,200.5,1\n14,nose,,,person 0\n16,nose,7,8,\n")
    first, second = correct(tracks, fixes)
    np.testing.assert_array_equal(second.keypoints2d[1, 9], [100, 200.5, 1])
    np.testing.assert_array_equal(first.keypoints2d[2, 0], [0, 0, 0])  # not to be seen
    np.testing.assert_array_equal(first.keypoints2d[3, 0], [7, 8, 1])
    assert np.argwhere(first.certain).tolist() == [[3, 0]] and np.argwhere(second.certain).tolist() == [[1, 9]]
    assert (first.keypoints2d != tracks[0].keypoints2d).any(axis=2).sum() == 2
    assert tracks[0].certain is None and (tracks[0].keypoints2d == 0.5).all()


@pytest.mark.parametrize(
    "text, message",
    [
        ("frame,joint,x\n1,nose,2\n", "no column y; expected frame, joint, x, y"),
        ("frame,joint,x,y\n", "no line; expected at least one correction"),
        ("frame,joint,x,y\none,nose,2,3\n", "line 2 is 'one,nose,2,3'"),
        ("frame,joint,x,y\n1,nose,2,\n", "line 2 has x = '2', y = ''; expected both in px, or neither"),
        ("frame,joint,x,y\n1,nose,inf,3\n", "line 2 has x = 'inf'"),
        ("frame,joint,x,y\n1,nose,2\n", "line 2 has x = '2', y = ''"),
        ("frame,joint,x,y\n1\n\nx\n", "line 4 is 'x'"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        table(tmp_path, text)


@pytest.mark.parametrize(
    "line, message",
    [
        ("11,nose,1,2,", "line 2: no frame 11, expected one of 10 to 18"),
        ("12,tail,1,2,", "line 2: no joint 'tail', expected one of nose, left_eye"),
        ("12,nose,1,2,ghost", "line 2: no person 'ghost', expected one of person 0, person 1"),
    ],
)
def test_corrections_of_what_is_not_there_are_named(tmp_path, tracks, line, message):
    with pytest.raises(InputError, match=message):
        correct(tracks, table(tmp_path, f"frame,joint,x,y,person\n{line}\n"))

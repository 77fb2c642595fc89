"""Where two sequences run alike."""

import itertools

import numpy as np

from dancelift.choreography.local_alignment import best_path, best_paths, distances


def similarity_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of sequences of numbers: 1 where they are equal, -1 where they are not."""
    return np.where(a[:, None] == b, 1.0, -1.0).astype(np.float32)


def test_common_stretch_is_found_wherever_it_begins():
    common = np.arange(100, 120)
    a = np.concatenate([[1, 2, 3], common, [4]])
    b = np.concatenate([[5, 6, 7, 8, 9], common, [10, 11]])
    path = best_path(similarity_of(a, b))
    assert (a[path.rows] == common).all() and (b[path.columns] == common).all()
    assert path.score == len(common)


def test_path_follows_another_pace_and_never_stands_still_or_turns_back():
    a = np.arange(30)
    b = np.sort(np.concatenate([a, a[10:20]]))  # 10 to 19 take twice the time
    path = best_path(similarity_of(a, b))
    assert (a[path.rows] == b[path.columns]).all()
    assert path.rows[0] == 0 and path.rows[-1] == 29
    for indices in (path.rows, path.columns):
        assert set(np.diff(indices)) <= {1, 2}


def test_nothing_alike_has_no_path():
    assert best_path(similarity_of(np.arange(5), np.arange(10, 15))) is None


def test_paths_come_by_their_score_and_do_not_meet():
    motif = np.arange(20)
    a = np.concatenate([motif, [-1], motif[:12], [-2]])
    paths = list(itertools.islice(best_paths(similarity_of(a, motif)), 2))
    assert [path.score for path in paths] == [20, 12]
    cells = [set(zip(path.rows.tolist(), path.columns.tolist(), strict=True)) for path in paths]
    assert not cells[0] & cells[1]


def test_distance_of_one_point_is_cut():
    a, b = np.zeros((1, 4, 3)), np.zeros((1, 4, 3))
    b[0, 0, 0] = 100
    assert np.isclose(distances(a, b, 0.5), np.sqrt(0.5**2 / 4)).all()
    b[0, :, 1] = 0.1
    assert np.isclose(distances(a, b, 0.5), np.sqrt((0.5**2 + 3 * 0.1**2) / 4)).all()


def test_later_paths_are_those_of_the_matrix_without_the_earlier_ones():
    rng = np.random.default_rng(0)
    similarity = rng.normal(-0.4, 0.6, (60, 80)).astype(np.float32)
    left = similarity.copy()
    for path in itertools.islice(best_paths(similarity, aside=2), 12):
        anew = best_path(left)
        assert anew.score == path.score
        np.testing.assert_array_equal(anew.rows, path.rows)
        np.testing.assert_array_equal(anew.columns, path.columns)
        for r, c in zip(path.rows, path.columns, strict=True):
            left[r, max(0, c - 2) : c + 3] = -np.inf
            left[max(0, r - 2) : r + 3, c] = -np.inf

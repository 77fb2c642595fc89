"""Who is who in the frames of a video, who comes back, and who is only passing by."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from dancelift.formats.keypoints import load_keypoints
from fixtures.keypoints import alphapose_results, coco_results, dancer, write_json


def same(track: Any, keypoints: np.ndarray) -> bool:
    return track.keypoints2d.shape == keypoints.shape and np.allclose(track.keypoints2d, keypoints)


# from frame to frame


def test_two_people_side_by_side_keep_their_identities(tmp_path):
    left, right = dancer(80, x=600, random_seed=1), dancer(80, x=660, random_seed=2)
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results([left, right], shuffle=0)), fps=25)
    assert len(tracks) == 2
    assert (
        sorted(same(track, left) for track in tracks) == sorted(same(track, right) for track in tracks) == [False, True]
    )


def test_people_who_miss_frames_beside_each_other_keep_their_identities(tmp_path):
    left, right = dancer(100, x=600, random_seed=1), dancer(100, x=680, random_seed=2)
    left[30:45], right[60:75], right[40] = 0, 0, 0
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results([left, right], shuffle=0)), fps=25)
    assert len(tracks) == 2
    assert any(same(track, left) for track in tracks) and any(same(track, right) for track in tracks)


def test_people_who_walk_past_each_other_keep_their_identities(tmp_path):
    path = np.linspace(400, 1000, 75)
    rightward, leftward = dancer(75, x=path, random_seed=1), dancer(75, x=path[::-1], height=380, random_seed=2)
    entries = coco_results([rightward, leftward], shuffle=0)
    tracks = load_keypoints(write_json(tmp_path / "results.json", entries), fps=25)
    assert len(tracks) == 2
    for track in tracks:
        direction = np.sign(track.keypoints2d[-1, 0, 0] - track.keypoints2d[0, 0, 0])
        assert same(track, rightward if direction > 0 else leftward)


def test_a_track_is_as_long_as_its_person_is_seen(tmp_path):
    whole, late = dancer(40, x=300, random_seed=1), dancer(40, x=1200, random_seed=2)
    late[:25] = 0
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results([late, whole])))
    assert same(tracks[0], whole), "the longest comes first"
    assert same(tracks[1], late[25:])
    assert_array_equal(tracks[1].frame_numbers, np.arange(25, 40))
    assert [track.name for track in tracks] == ["person 0", "person 1"]


def test_a_detection_made_twice_is_one_person(tmp_path):
    keypoints = dancer(50)
    ghost = keypoints + [3, 3, -0.3]
    ghost[np.random.default_rng(0).random(50) < 0.7] = 0
    (track,) = load_keypoints(write_json(tmp_path / "results.json", coco_results([ghost, keypoints], shuffle=0)))
    assert same(track, keypoints)


# who goes away and comes back


def away(keypoints: np.ndarray, start: int, stop: int) -> np.ndarray:
    keypoints = keypoints.copy()
    keypoints[start:stop] = 0
    return keypoints


@pytest.mark.parametrize("ids", [None, [1, 5]], ids=["found anew", "a tracker's new id"])
def test_somebody_alone_who_goes_away_for_three_seconds_is_one_person(tmp_path, ids):
    where = np.where(np.arange(200) < 100, 300.0, 1400.0)
    dance = away(dancer(200, x=where), 60, 135)
    if ids is None:
        entries = coco_results([dance])
    else:
        entries = alphapose_results([away(dance, 60, 200), away(dance, 0, 135)], ids)
    (track,) = load_keypoints(write_json(tmp_path / "results.json", entries), fps=25)
    assert same(track, dance)


def test_somebody_who_is_away_for_long_comes_back_as_another(tmp_path):
    dance = away(dancer(500), 100, 400)
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results([dance])), fps=25)
    assert sorted(len(track.keypoints2d) for track in tracks) == [100, 100]


def test_two_who_go_away_come_back_as_themselves(tmp_path):
    left, right = away(dancer(200, x=400, random_seed=1), 80, 125), away(dancer(200, x=1100, random_seed=2), 90, 130)
    path = write_json(tmp_path / "results.json", coco_results([left, right], shuffle=0))
    tracks = load_keypoints(path, fps=25)
    assert len(tracks) == 2
    assert any(same(track, left) for track in tracks) and any(same(track, right) for track in tracks)


def test_two_who_are_away_together_come_back_as_themselves_by_their_build(tmp_path):
    """They come back where the other one was, of one height: place and size say the wrong thing, the legs the right."""
    long_legged, short_legged = dancer(250, x=800, random_seed=1), dancer(250, x=860, random_seed=2)
    for person, legs, trunk in ((long_legged, 1.15, 0.78), (short_legged, 0.85, 1.22)):
        y = person[..., 1]
        shoulder, hip = y[:, 5:7].mean(axis=1, keepdims=True), y[:, 11:13].mean(axis=1, keepdims=True)
        lower_hip = shoulder + trunk * (hip - shoulder)
        y[:, 11:] = lower_hip + legs * (y[:, 11:] - hip)
    long_legged[125:, :, 0] += 60
    short_legged[125:, :, 0] -= 60
    long_legged[75:125], short_legged[78:128] = 0, 0
    path = write_json(tmp_path / "results.json", coco_results([long_legged, short_legged], shuffle=0))
    tracks = load_keypoints(path, fps=25)
    assert len(tracks) == 2
    assert all(any(same(track, person) for track in tracks) for person in (long_legged, short_legged))


def test_who_comes_back_is_not_guessed_where_it_could_be_either(tmp_path):
    left, right = dancer(200, x=600, random_seed=1), dancer(200, x=900, random_seed=1)  # of one build
    left[60:], right[60:125] = 0, 0
    right[125:, :, 0] -= 150  # midway between the places of the two
    path = write_json(tmp_path / "results.json", coco_results([left, right], shuffle=0))
    assert sorted(len(track.keypoints2d) for track in load_keypoints(path, fps=25)) == [60, 60, 75]


def test_a_detectors_ids_can_be_ignored(tmp_path):
    left, right = dancer(80, x=500, random_seed=1), dancer(80, x=1000, random_seed=2)
    swapped = [left.copy(), right.copy()]
    swapped[0][40:], swapped[1][40:] = right[40:], left[40:]
    path = write_json(tmp_path / "alphapose.json", alphapose_results(swapped, [3, 8]))
    assert any(same(track, swapped[0]) for track in load_keypoints(path, fps=25))
    tracks = load_keypoints(path, fps=25, ignore_ids=True)
    assert len(tracks) == 2
    assert any(same(track, left) for track in tracks) and any(same(track, right) for track in tracks)


# whom the video is of


def test_passers_by_are_no_main_persons_and_come_last(tmp_path):
    rng = np.random.default_rng(0)
    couple = [dancer(300, x=700, random_seed=1), dancer(300, x=1000, random_seed=2)]
    couple[1][100:160] = 0  # hidden for a while
    crowd = []
    for i in range(22):
        person = dancer(300, x=float(rng.uniform(100, 1800)), height=float(rng.uniform(60, 120)), random_seed=10 + i)
        start, length = int(rng.integers(0, 250)), int(rng.integers(5, 50))
        person[..., 2] *= 0.6
        person[:start] = person[start + length :] = 0
        crowd.append(person)
    path = write_json(tmp_path / "results.json", coco_results([*crowd, *couple], shuffle=0))
    tracks = load_keypoints(path, fps=25)
    assert [track.is_main for track in tracks] == [True, True] + [False] * (len(tracks) - 2)
    assert same(tracks[0], couple[0]) and same(tracks[1], couple[1])
    assert all(len(track.keypoints2d) < 200 for track in tracks[2:])


def test_somebody_far_away_all_the_time_is_no_main_person(tmp_path):
    persons = [dancer(100, x=600, random_seed=1), dancer(100, x=1200, height=150, random_seed=2)]
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results(persons)), fps=25)
    assert [track.is_main for track in tracks] == [True, False]


def test_all_of_a_group_are_main_persons(tmp_path):
    persons = [dancer(60, x=250.0 * i, height=400 - 20 * i, random_seed=i) for i in range(1, 7)]
    tracks = load_keypoints(write_json(tmp_path / "results.json", coco_results(persons)), fps=25)
    assert len(tracks) == 6 and all(track.is_main for track in tracks)


def test_the_only_person_is_a_main_one_however_short(tmp_path):
    (track,) = load_keypoints(write_json(tmp_path / "results.json", coco_results([dancer(2)])))
    assert track.is_main


def test_tracks_do_not_grow_with_the_video(tmp_path):
    """Ten minutes with short tracks of 400 people who come again and again would fill the memory if each were whole."""
    rng = np.random.default_rng(0)
    entries = []
    for person in range(400):
        for start in (int(rng.integers(0, 8000)), int(rng.integers(10000, 17900))):
            entries += [
                {**entry, "image_id": f"{start + t}.jpg"}
                for t, entry in enumerate(alphapose_results([dancer(3, random_seed=person)], [person]))
            ]
    path: Path = write_json(tmp_path / "alphapose.json", entries)
    assert sum(track.keypoints2d.size for track in load_keypoints(path, fps=30, ignore_ids=False)) < 5e6

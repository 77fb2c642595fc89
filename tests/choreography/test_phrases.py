"""Phrases that come back, and those that do not."""

import numpy as np
import pytest

import dancelift
from dancelift.body.skeleton import SKELETONS
from dancelift.choreography.phrases import Phrases
from dancelift.choreography.sections import as_json, counts_of_eight, describe_sections
from dancelift.errors import InputError
from dancelift.synthetic.detector import Detector
from fixtures.body_motions import motion
from fixtures.movements import standing
from fixtures.paths import REAL_CLIPS
from fixtures.performances import elsewhere, invented, one_after_another, played, real, with_poses

_EDGE = 0.6  # s, by which the ends of a phrase may be off: where clips are joined the dancer jumps


def spans(phrases: Phrases) -> list[list[tuple[float, float]]]:
    return [[(each.start, each.end) for each in phrase.occurrences] for phrase in phrases.phrases]


def noisy(motion, random_seed: int):
    """The motion as a tracker that errs by 2 cm has it."""
    rng = np.random.default_rng(random_seed)
    return with_poses(motion, motion.poses3d + rng.normal(0, 0.02, motion.poses3d.shape))


def piece(motion, start: float, end: float):
    return with_poses(motion, motion.poses3d[round(start * motion.fps) : round(end * motion.fps)])


def test_phrase_is_found_wherever_the_dancer_stands_and_faces_at_whatever_pace():
    dance = invented(1200)
    phrase, others = piece(dance, 0, 7), [piece(invented(1200, random_seed=seed), 5, 12) for seed in (1, 2)]
    times = [phrase, others[0], played(elsewhere(phrase, 90, (2, 0, 1)), 0, 1.15), others[1],
             elsewhere(phrase, -150, (-1, 0, 0))]  # fmt: skip
    found = dancelift.find_phrases(one_after_another(*(noisy(each, i) for i, each in enumerate(times))))
    ends = np.cumsum([len(each.poses3d) / dance.fps for each in times])
    expected = [(0, ends[0]), (ends[1], ends[2]), (ends[3], ends[4])]
    (occurrences,) = spans(found)
    assert np.abs(np.array(occurrences) - expected).max() < _EDGE
    (named,) = found.phrases
    assert named.name == "A" and not named.is_step
    assert named.occurrences[0].distance == 0 and 0 < named.occurrences[1].distance < 0.1


def test_repeats_that_follow_on_each_other_are_told_apart():
    phrase = piece(invented(600), 0, 6)
    (occurrences,) = spans(dancelift.find_phrases(one_after_another(*(noisy(phrase, i) for i in range(4)))))
    assert np.abs(np.array(occurrences) - [(6 * i, 6 * i + 6) for i in range(4)]).max() < _EDGE


def test_several_phrases_are_named_in_the_order_of_time():
    pieces = [piece(invented(1200, random_seed=seed), 2, 8) for seed in range(3)]
    a, b, c = pieces
    found = dancelift.find_phrases(one_after_another(a, b, c, b, a))
    assert [phrase.name for phrase in found.phrases] == ["A", "B"]
    expected = [[(0, 6), (24, 30)], [(6, 12), (18, 24)]]
    assert np.abs(np.array(spans(found)) - expected).max() < _EDGE


def test_phrase_that_also_takes_place_by_itself_is_taken_out_of_the_longer_one():
    a, b, other = (piece(invented(1200, random_seed=seed), 2, 8) for seed in range(3))
    found = dancelift.find_phrases(one_after_another(a, other, a, b, a, b))
    expected = [[(0, 6), (12, 18), (24, 30)], [(18, 24), (30, 36)]]
    assert [len(occurrences) for occurrences in spans(found)] == [3, 2]
    for occurrences, true in zip(spans(found), expected, strict=True):
        assert np.abs(np.array(occurrences) - true).max() < _EDGE


@pytest.mark.parametrize("seed", range(3))
def test_dance_that_goes_on_has_no_phrases(seed):
    found = dancelift.find_phrases(invented(900, random_seed=seed))
    assert found.phrases == ()
    assert found.summary[-1] == "Nothing comes back."


def test_standing_still_is_no_phrase():
    rng = np.random.default_rng(0)
    still = standing(900) + rng.normal(0, 0.001, (900, 17, 3))
    assert dancelift.find_phrases(motion(still)).phrases == ()


def test_step_over_and_over_says_so():
    time = np.arange(900) / 30
    poses = standing(900)
    for joint, phase in ((9, 0), (10, np.pi), (15, 0), (16, np.pi)):
        poses[:, joint, 2] += 0.25 * np.sin(2 * np.pi * time / 1.5 + phase)
        poses[:, joint, 1] += 0.1 * np.maximum(np.cos(2 * np.pi * time / 1.5 + phase), 0)
    found = dancelift.find_phrases(motion(poses))
    assert [phrase.is_step for phrase in found.phrases] == [True]
    periods = found.phrases[0].seconds / 1.5
    assert periods == pytest.approx(round(periods), abs=0.07)
    assert found.summary[1].startswith("Repeated step A (")


def lifted_from(name: str, first: int, n_frames: int):
    """A stretch of a real dance lifted three times: by two cameras, and by other detections of the first."""
    path = REAL_CLIPS / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with np.load(path) as file:
        stretch = slice(first, first + n_frames)
        detected = file["keypoints2d_detected"][:, stretch].astype(float)
        clean = file["keypoints2d_clean"][0, stretch].astype(float)
        fps, image_size = float(file["fps"]), tuple(file["image_size"].tolist())
    again = Detector(SKELETONS["coco17"], fps).detect(
        clean[..., :2], detected[0, ..., 2] < 0.55, np.ptp(clean[..., 1], axis=1), 1.0, np.random.default_rng(5)
    )
    results = [dancelift.lift(keypoints, n_seeds=2, fps=fps, image_size=image_size) for keypoints in (*detected, again)]
    return [result.motion(name) for result in results]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "first", "n_frames"),
    [("cha-cha_6", 100, 250), ("waltz_17", 300, 250), ("salsa_60_10", 60, 200), ("rumba_4", 150, 250)],
)
def test_all_repeats_by_other_cameras_and_detections_are_found_and_none_besides(name, first, n_frames):
    times = lifted_from(name, first, n_frames)
    seconds = n_frames / times[0].fps
    (occurrences,) = spans(dancelift.find_phrases(one_after_another(*times)))
    expected = [(i * seconds, (i + 1) * seconds) for i in range(3)]
    assert np.abs(np.array(occurrences) - expected).max() < 0.8
    assert dancelift.find_phrases(times[0]).phrases == ()


@pytest.mark.slow
def test_repeats_between_other_dances_are_found_and_none_besides():
    a, b, again = lifted_from("rumba_4", 150, 250)
    cha_cha, waltz = lifted_from("cha-cha_6", 400, 200)[0], lifted_from("waltz_17", 600, 200)[0]
    (occurrences,) = spans(dancelift.find_phrases(one_after_another(cha_cha, a, waltz, b, again)))
    assert np.abs(np.array(occurrences) - [(8, 18), (26, 36), (36, 46)]).max() < 0.8


def test_phrase_of_a_count_of_eight_is_counted():
    found = dancelift.find_phrases(real("rumba_2", slice(None)))
    assert found.tempo is not None and found.tempo.per_minute == pytest.approx(120, abs=3)
    assert [phrase.eights for phrase in found.phrases] == [1, 1, 1]
    beats = list(counts_of_eight(found))
    assert [beat.count for beat in beats[:9]] == [1, 2, 3, 4, 5, 6, 7, 8, 1]
    assert all(one.end <= other.start + 1e-9 for one, other in zip(beats, beats[1:], strict=False))
    assert beats[0].end - beats[0].start == pytest.approx(0.5, abs=0.03)


def test_sections_cover_the_dance_without_overlap():
    phrase = piece(invented(600), 0, 6)
    whole = one_after_another(piece(invented(900, random_seed=1), 0, 19), phrase, phrase)
    found = dancelift.find_phrases(whole)
    sections = describe_sections(found)
    assert [section.phrase for section in sections] == ["", "", "", "A", "A"]
    assert sections[0].sentence.start == 0 and sections[-1].sentence.end > 30
    for one, other in zip(sections, sections[1:], strict=False):
        assert 0 <= other.sentence.start - one.sentence.end < 1
        assert one.sentence.end - one.sentence.start <= 8.01
    about = as_json(found, sections)
    assert about["sections"][3]["phrase"] == "A" and about["sections"][0]["phrase"] is None
    assert about["sections"][3]["caption"].startswith("a dancer ")
    assert about["phrases"][0]["occurrences"][0]["start"] == pytest.approx(19, abs=_EDGE)


@pytest.mark.parametrize("seconds", [1.5, float("nan"), -4])
def test_shortest_phrase_that_can_be_asked_for(seconds):
    with pytest.raises(InputError, match="min_seconds is .*, expected at least 2"):
        dancelift.find_phrases(invented(100), min_seconds=seconds)

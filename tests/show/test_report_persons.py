"""The page about several dancers: one at a time is told of, and all are shown where they belong together."""

import dataclasses

import pytest

from dancelift.show.report import write_report
from fixtures.browser import browser, needs_browser
from fixtures.recognition import MOVEMENT, N_FRAMES, WITHOUT_GENRE, lifted, recognised
from fixtures.report_page import centre, count, frame, picture, seek, text

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


def second(**changes):
    """Another dancer beside the first one, who does nothing with the left upper arm."""
    lift, keypoints2d = lifted()
    shift = [300, 0]
    beside = dataclasses.replace(
        lift, poses3d=lift.poses3d + [1.2, 0, 0], keypoints2d=lift.keypoints2d + shift, **changes
    )
    found = recognised(**WITHOUT_GENRE, lift=beside, name="ben")
    movements = found.movements.copy()
    movements[:, found.taxonomy.index(MOVEMENT)] = 0
    points = keypoints2d.copy()
    points[..., :2] += shift
    return dataclasses.replace(found, movements=movements, keypoints2d=points)


@pytest.fixture
def opened(page, tmp_path):
    write_report([recognised(name="anna"), second()], tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    return page


def choose(page, name: str) -> None:
    page.value(f"[...document.querySelectorAll('.person')].find((b) => b.textContent === {name!r}).click()")
    page.draw()


def pressed(page) -> list[str]:
    return page.value(
        "[...document.querySelectorAll('.person')].filter((b) => b.ariaPressed === 'true').map((b) => b.textContent)"
    )


def test_the_first_dancer_is_chosen_and_all_are_shown(opened, tmp_path):
    assert text(opened, "h1") == "anna, ben"
    assert pressed(opened) == ["anna"]
    assert opened.problems == []
    both = {canvas: picture(opened, canvas) for canvas in ("keypoints", "lift")}
    write_report(recognised(name="anna"), tmp_path / "alone.html")
    opened.open(tmp_path / "alone.html")
    assert opened.value("document.getElementById('persons').hidden")
    for canvas, seen in both.items():
        assert picture(opened, canvas) != seen


def test_choosing_a_dancer_shows_the_movements_and_the_genre_of_that_one_at_the_same_time(opened):
    seek(opened, 40)
    assert "raising" in text(opened, "#timeline")
    before = {canvas: picture(opened, canvas) for canvas in ("keypoints", "lift")}
    choose(opened, "ben")
    assert pressed(opened) == ["ben"]
    assert frame(opened) == 40
    assert "raising" not in text(opened, "#timeline")
    for panel in ("verdict", "genre", "reasons"):
        assert opened.value(f"document.getElementById('{panel}').hidden")
    for canvas, seen in before.items():
        assert picture(opened, canvas) != seen
    choose(opened, "anna")
    assert text(opened, "#verdict").startswith("Salsa 70 %")
    assert "raising" in text(opened, "#timeline")
    assert opened.value("document.querySelectorAll('#timeline > .tracks:not([hidden])').length") == 1
    for canvas, seen in before.items():
        assert picture(opened, canvas) == seen
    assert opened.problems == []


def test_unfolding_and_reasons_are_those_of_the_chosen_dancer(opened):
    choose(opened, "ben")
    opened.value("document.getElementById('unfold').click()")
    opened.draw()
    folded = "[...document.querySelectorAll('#timeline .fold[aria-expanded=true]')].map((e) => !!e.offsetParent)"
    assert opened.value(folded) == [True]
    choose(opened, "anna")
    opened.click(*centre(opened, ".reason"))
    assert frame(opened) == 30
    choose(opened, "ben")
    assert opened.value("document.querySelector('#timeline > .tracks:not([hidden]) .band').hidden")


def test_dancers_of_cameras_that_differ_are_shown_one_at_a_time_in_3d(page, tmp_path):
    camera = lifted()[0].camera
    other = dataclasses.replace(camera, matrix=camera.matrix * [[1.2], [1.2], [1]])
    write_report([recognised(name="anna"), second(camera=other)], tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    assert "one dancer at a time in 3D" in text(page, "#room-hint")
    pictures = [picture(page, "lift")]
    choose(page, "ben")
    pictures.append(picture(page, "lift"))
    assert pictures[0] != pictures[1]
    assert count(page, "lift", "--left") > 100


def test_a_dancer_who_is_not_there_is_not_drawn(page, tmp_path):
    late = second(times=lifted()[0].times + 1.0)
    write_report([recognised(name="anna"), late], tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    choose(page, "ben")
    assert page.value("player.shown") == 0
    alone = count(page, "keypoints", "--left")
    seek(page, 45)
    assert count(page, "keypoints", "--left") > alone + 50
    assert text(page, "#clock").endswith("/ 0:04.0")
    assert page.value("document.getElementById('time').max") == str(N_FRAMES + 29)

"""How sure the joints are, on the page about recognitions: in 3D, in words, and over time."""

import dataclasses

import numpy as np
import pytest

from dancelift.show.report import write_report
from fixtures.browser import browser, needs_browser
from fixtures.recognition import N_FRAMES, lifted, recognised
from fixtures.report_page import box, centre, picture, seek, text

pytestmark = needs_browser
WRIST, OTHERS = 0.123, 0.04  # m, along the line of sight


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


@pytest.fixture
def opened(page, tmp_path):
    """The page about a dancer whose left wrist is less sure than all else, and more so from half of the clip on."""
    lift, _ = lifted()
    deviations = np.full((N_FRAMES, 17, 2), [0.02, OTHERS])
    deviations[:, lift.skeleton.index("left_wrist"), 1] = WRIST
    deviations[N_FRAMES // 2 :, lift.skeleton.index("left_wrist"), 1] = 2 * WRIST
    write_report(recognised(lift=dataclasses.replace(lift, deviations=deviations)), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    return page


def test_the_least_sure_joints_are_said_at_every_moment(opened):
    assert text(opened, "#doubt-now").startswith("Least sure: left wrist ±12 cm, ")
    seek(opened, N_FRAMES - 1)
    assert text(opened, "#doubt-now").startswith("Least sure: left wrist ±25 cm, ")


def test_a_button_shows_and_hides_the_doubt_in_3d(opened):
    before = picture(opened, "lift")
    opened.click(*centre(opened, "#show-doubt"))
    assert opened.value("document.getElementById('show-doubt').getAttribute('aria-pressed')") == "false"
    assert picture(opened, "lift") != before
    opened.click(*centre(opened, "#show-doubt"))
    assert picture(opened, "lift") == before


def ellipses(page, view: str) -> list[tuple[float, float]]:
    """Half axes of the ellipses that are drawn, in m at their distance, from a side."""
    page.value(
        "window.drawn = []; Figure.prototype.ellipse = function (at, axes) {"
        " drawn.push(axes.map((axis) => axis / at[3])); };"
        f"document.querySelector('[data-view={view}]').click()"
    )
    page.draw()
    return page.value("drawn")


def test_from_the_camera_the_doubt_is_that_across_and_from_the_side_that_along(opened):
    front = np.array(ellipses(opened, "front"))
    side = np.array(ellipses(opened, "side"))
    assert len(front) == len(side) == 12
    np.testing.assert_allclose(front[:, 1], 0.02, atol=0.001)
    assert front[:, 0].max() < 0.05
    np.testing.assert_allclose(np.sort(side[:, 0])[:-1], OTHERS, atol=0.004)
    assert side[:, 0].max() == pytest.approx(WRIST, abs=0.01)


def test_the_doubt_over_time_is_the_mean_and_unfolds_into_joints(opened):
    mean = (7 * OTHERS + WRIST) / 8
    assert text(opened, "#doubt .mean .now") == f"±{100 * mean:.0f} cm"
    assert not opened.value("document.querySelector('#doubt .joints').offsetParent")
    opened.click(*centre(opened, "#doubt .fold"))
    names = opened.value("[...document.querySelectorAll('#doubt .joints .name')].map((e) => e.textContent)")
    assert len(names) == 8 and "left wrist" in names and "right ankle" in names
    row = names.index("left wrist")
    opened.value(f"document.querySelectorAll('#doubt .joints .row')[{row}].setAttribute('data-row', 'wrist')")
    assert text(opened, "[data-row=wrist] .now") == "±12 cm"
    left, top, width, height = box(opened, "[data-row=wrist] .track")
    opened.mouse("mouseMoved", left + 0.9 * width, top + height / 2)
    opened.draw()
    assert text(opened, "#tip").startswith("left wrist ±25 cm")
    opened.click(left + 0.9 * width, top + height / 2)
    assert opened.value("player.shown") == pytest.approx(0.9 * N_FRAMES, abs=1)


def test_without_deviations_nothing_is_said_of_doubt(page, tmp_path):
    lift = dataclasses.replace(lifted()[0], deviations=np.empty((0, 0, 2)))
    write_report(recognised(lift=lift), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    assert page.problems == []
    for part in ("doubt", "doubt-now", "show-doubt", "doubt-legend"):
        assert page.value(f"document.getElementById('{part}').hidden")

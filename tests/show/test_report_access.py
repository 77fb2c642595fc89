"""The page about recognitions for everyone: by keys alone, by a screen reader, on a phone, for every eye."""

import itertools

import numpy as np
import pytest

from dancelift.show.report import write_report
from fixtures.browser import browser, needs_browser
from fixtures.recognition import FPS, recognised
from fixtures.report_page import frame, seek, text

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


@pytest.fixture
def opened(page, tmp_path):
    write_report([recognised(name="anna"), recognised(name="ben")], tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    return page


def test_tab_reaches_every_control_and_shows_where_it_is(opened):
    opened.value("document.getElementById('unfold').click()")
    controls = opened.value(
        "[...document.querySelectorAll('button, input, select, canvas[tabindex]')]"
        ".filter((e) => e.offsetParent && !e.disabled).map((e, i) => e.dataset.control = String(i))"
    )
    reached = []
    for _ in controls:
        opened.press("Tab")
        found, style, width = opened.value(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.dataset.control, s.outlineStyle, parseFloat(s.outlineWidth)]; })()"
        )
        assert style == "solid" and width >= 2
        reached.append(found)
    assert reached == controls
    assert opened.value("[...document.querySelectorAll('.person')].every((b) => b.offsetParent)")


def test_what_has_the_focus_is_not_hidden_behind_the_transport(opened):
    opened.value("document.getElementById('unfold').click()")
    for _ in range(25):
        opened.press("Tab")
        hidden = opened.value(
            "(() => { const e = document.activeElement, b = e.getBoundingClientRect();"
            "const bar = document.getElementById('transport'), t = bar.getBoundingClientRect();"
            "return !bar.contains(e) && b.height < innerHeight / 2 && b.top < t.bottom && b.bottom > t.top; })()"
        )
        assert not hidden


def test_dancers_and_frames_are_chosen_by_keys_on_their_buttons(opened):
    for button, expected in (("forward", 1), ("forward", 2), ("back", 1)):
        opened.value(f"document.getElementById('{button}').focus()")
        opened.press("Enter", text="\r")
        assert frame(opened) == expected
    opened.value("document.querySelectorAll('.person')[1].focus()")
    opened.press(" ", text=" ")
    assert not opened.value("player.playing")
    assert opened.value("choice.person.name") == "ben"


def heard(page) -> list[str]:
    return page.value("window.heard")


@pytest.fixture
def listening(opened):
    """The page, with what its live regions say collected."""
    opened.value(
        "window.heard = []; for (const region of document.querySelectorAll('[aria-live], [role=status], [role=alert]'))"
        " new MutationObserver(() => heard.push(region.textContent)).observe(region,"
        " { childList: true, characterData: true, subtree: true })"
    )
    return opened


def test_while_it_plays_nothing_is_said_and_where_it_stops_what_takes_place(listening):
    seek(listening, 20)
    listening.press(" ", text=" ")
    listening.wait_for(f"player.shown > {20 + FPS}")
    assert heard(listening) == []
    listening.press(" ", text=" ")
    listening.wait_for("heard.length > 0")
    (said,) = heard(listening)
    assert said.startswith("0:0") and "anna" in said and "left upper arm raising" in said
    assert "Least sure: " in said and " centimetres" in said


def test_many_steps_are_said_once(listening):
    for _ in range(12):
        listening.press("ArrowRight")
    listening.wait_for("heard.length > 0")
    listening.value("new Promise((done) => setTimeout(done, 900))")
    (said,) = heard(listening)
    assert said.startswith("0:00.4. anna. no movement")


def test_everything_that_is_referred_to_is_there_and_sections_are_named(opened):
    missing = opened.value(
        "[...document.querySelectorAll('[aria-controls], [aria-labelledby], [for]')].flatMap((e) =>"
        " ['aria-controls', 'aria-labelledby', 'for'].map((a) => e.getAttribute(a)).filter(Boolean))"
        ".filter((id) => !document.getElementById(id))"
    )
    assert missing == []
    assert opened.value("document.documentElement.lang") == "en"
    assert opened.value("[...document.querySelectorAll('section')].every((e) => e.hasAttribute('aria-labelledby'))")
    assert opened.value("[...document.querySelectorAll('canvas')].every((e) => e.role === 'img' && e.ariaLabel)")
    assert opened.value("[...document.querySelectorAll('[role=group]')].every((e) => e.ariaLabel)")
    seek(opened, 45)
    assert opened.value("document.getElementById('time').getAttribute('aria-valuetext')") == "0:01.5"


def test_on_a_phone_what_is_touched_is_large_and_nothing_scrolls_sideways(page, tmp_path):
    write_report([recognised(name="anna"), recognised(name="a name that is " + "long " * 12)], tmp_path / "a.html")
    page.open(tmp_path / "a.html", 360, 740, touch=True)
    page.value("document.getElementById('unfold').click(); document.querySelector('#doubt .fold').click()")
    page.draw()
    small = page.value(
        "[...document.querySelectorAll('button, input, select, .track')].filter((e) => e.offsetParent"
        " && !e.closest('.ruler')).filter((e) => { const b = e.getBoundingClientRect();"
        " return b.width < 40 || b.height < 40; }).map((e) => e.outerHTML.slice(0, 90))"
    )
    assert small == []
    assert page.value("document.documentElement.scrollWidth") == 360
    assert page.requests == [(tmp_path / "a.html").as_uri()]


def test_left_and_right_differ_in_more_than_colour(opened):
    middle = opened.value(
        """(() => {
            const figure = new Figure("lift", () => {});
            const at = (side, y) => {
                figure.limb([50, y], [150, y], side, 20);
                return [...figure.context.getImageData(100, y, 1, 1).data.slice(0, 3)];
            };
            figure.drawNow();
            return [at(LEFT, 50), at(RIGHT, 100)];
        })()"""
    )
    colours = [opened.value(f"colours.{name}") for name in ("left", "surface")]
    assert middle == [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]
    assert text(opened, ".legend").count("dancer's") == 2


# Machado, Oliveira & Fernandes 2009, table 1, severity 1: what a linear RGB colour looks like
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    """CIELAB of a colour #rrggbb as an eye sees it, D65."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = (eye @ linear).clip(0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ linear / [0.9505, 1, 1.089], 0.009))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("eye", EYES)
def test_colours_of_the_sides_are_told_apart_by_every_eye(eye, dark, page, tmp_path):
    write_report(recognised(), tmp_path / "report.html")
    page.open(tmp_path / "report.html", dark=dark)
    found = [lab(page.value(f"colours.{name}"), EYES[eye]) for name in ("left", "right", "middle")]
    for one, other in itertools.combinations(found, 2):
        assert np.linalg.norm(one - other) > 15

"""The page about a recognition: its file, the command, and what it does in a browser, where there is one."""

import base64
import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from dancelift import cli
from dancelift.body.skeleton import SKELETONS
from dancelift.recognition.result import Reason
from dancelift.show.report import write_report
from dancelift.synthetic.dance import generate
from fixtures.browser import browser, needs_browser
from fixtures.recognition import FPS, MOVEMENT, N_FRAMES, WITHOUT_GENRE, first_frames, lifted, recognised
from fixtures.report_page import box, centre, count, cursor, frame, part_row, picture, seek, text

EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


@pytest.fixture
def opened(page, tmp_path):
    """The page about a recognition with genres, at a desktop's width."""
    write_report(recognised(), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    return page


class References(HTMLParser):
    """Collects what a page would load, and the scripts that it would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.n_scripts = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        self.n_scripts += tag == "script"


def test_page_is_one_file_that_refers_to_nothing(tmp_path):
    write_report(recognised(), tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert References(source).found == []
    assert "url(" not in source and "@import" not in source
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_names_cannot_break_out_of_the_page(tmp_path):
    reason = Reason(MOVEMENT, "left upper arm", 1.0, 2.0, 0.3, EVIL)
    write_report(recognised(name=EVIL, reasons=(reason,)), tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert References(source).n_scripts == 2
    assert "<img" not in source


def test_size_of_the_page_is_about_23_bytes_a_joint_and_frame(tmp_path):
    lift, keypoints2d = lifted()
    sizes = []
    for n_frames in (30, N_FRAMES):
        shorter = first_frames(lift, n_frames)
        movements = np.zeros((n_frames, 154), np.float32)
        found = recognised(lift=shorter, keypoints2d=keypoints2d[:n_frames], movements=movements)
        write_report(found, tmp_path / "report.html")
        sizes.append((tmp_path / "report.html").stat().st_size)
    assert sizes[1] - sizes[0] < 24 * 17 * (N_FRAMES - 30)


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def test_command_writes_the_page_of_a_recognition(tmp_path, capsys):
    recognised().save(tmp_path / "a.npz")
    output = tmp_path / "new" / "a.html"
    assert run("report", tmp_path / "a.npz", "-o", output) == 0
    assert capsys.readouterr().out == f"written to {output}\n"
    source = output.read_text(encoding="utf-8")
    assert "<h1>take &lt;1&gt;</h1>" in source
    assert '"name":"salsa"' in source


def test_command_shows_a_lift_with_its_keypoints_and_its_movements_by_their_definitions(tmp_path):
    lifted()[0].save(tmp_path / "take.npz")
    assert run("report", tmp_path / "take.npz", "-o", tmp_path / "a.html", "--title", "Take 2 & more") == 0
    source = (tmp_path / "a.html").read_text(encoding="utf-8")
    (person,) = content_of(source)["persons"]
    scores = np.frombuffer(base64.b64decode(person["scores"]), np.uint8).reshape(N_FRAMES, 17)
    np.testing.assert_array_equal(scores > 0, (lifted()[1][..., :2] != 0).any(axis=2))
    assert "<title>Take 2 &amp; more</title>" in source
    assert '"genres":[]' in source
    assert '"runs":[[' in source


def content_of(source: str) -> dict:
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="content">(.*?)</script>', source)[1])


def test_command_puts_several_persons_on_one_page(tmp_path):
    lifted()[0].save(tmp_path / "anna.npz")
    recognised(name="ben").save(tmp_path / "ben.npz")
    assert run("report", tmp_path / "anna.npz", tmp_path / "ben.npz", "-o", tmp_path / "duo.html") == 0
    source = (tmp_path / "duo.html").read_text(encoding="utf-8")
    assert "<title>anna, ben</title>" in source
    assert [person["name"] for person in content_of(source)["persons"]] == ["anna", "ben"]
    assert run("report", tmp_path / "anna.npz", tmp_path / "no.npz", "-o", tmp_path / "b.html") == 1
    assert not (tmp_path / "b.html").exists()


def test_command_replaces_a_page_only_if_forced(tmp_path, capsys):
    recognised().save(tmp_path / "a.npz")
    (tmp_path / "a.html").write_text("precious")
    assert run("report", tmp_path / "a.npz", "-o", tmp_path / "a.html") == 1
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "a.html").read_text() == "precious"
    assert run("report", tmp_path / "a.npz", "-o", tmp_path / "a.html", "--force") == 0


@pytest.mark.parametrize(
    ("name", "output", "code", "expected"),
    [
        ("nowhere.npz", "a.html", 1, "nowhere.npz: not a lift result"),
        ("text.npz", "a.html", 1, "text.npz: not a lift result"),
        ("text.npz", "a.pdf", 2, "'a.pdf': expected a name that ends in .html"),
    ],
)
def test_command_refuses_what_it_does_not_know(name, output, code, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.npz").write_text("no")
    assert run("report", name, "-o", output) == code
    assert expected in capsys.readouterr().err
    assert not Path(output).exists()


@needs_browser
@pytest.mark.parametrize("changes", [{}, WITHOUT_GENRE, {"keypoints2d": np.zeros((N_FRAMES, 17, 3))}])
@pytest.mark.parametrize(("width", "touch"), [(360, True), (820, True), (1920, False)])
def test_page_opens_without_complaint_request_or_sideways_scrolling(changes, width, touch, page, tmp_path):
    write_report(recognised(**changes), tmp_path / "report.html")
    page.open(tmp_path / "report.html", width, 900, touch=touch)
    page.value("document.getElementById('unfold').click()")
    page.draw()
    assert page.problems == []
    assert page.requests == [(tmp_path / "report.html").as_uri()]
    assert page.value("document.documentElement.scrollWidth <= innerWidth")
    assert page.value("innerWidth") == width


@needs_browser
@pytest.mark.parametrize("n_frames", [1, 10])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_every_skeleton_can_be_shown(skeleton, n_frames, page, tmp_path):
    clip = generate(n_frames, random_seed=1, skeleton=skeleton)
    lift = dataclasses.replace(
        first_frames(lifted()[0], n_frames), poses3d=clip.poses3d, keypoints2d=clip.keypoints2d[..., :2],
        skeleton=SKELETONS[skeleton], image_size=None, deviations=np.full((*clip.poses3d.shape[:2], 2), 0.05),
    )  # fmt: skip
    keypoints2d = np.insert(clip.keypoints2d[..., :2], 2, 1, axis=2)
    movements = np.ones((n_frames, 154), np.float32)
    write_report(recognised(lift=lift, keypoints2d=keypoints2d, movements=movements), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    assert page.problems == []
    for canvas in ("keypoints", "lift"):
        for side in ("left", "right"):
            assert count(page, canvas, f"--{side}") > 100


@needs_browser
def test_names_stay_text_in_the_browser(page, tmp_path):
    reason = Reason(MOVEMENT, "left upper arm", 1.0, 2.0, 0.3, EVIL)
    write_report(
        recognised(name=EVIL, reasons=(reason,), genre_probabilities={EVIL: 0.7, "a": 0.2, "b": 0.1}),
        tmp_path / "report.html",
    )
    page.open(tmp_path / "report.html")
    assert page.value("window.hacked") is None
    assert page.value("document.images.length") == 0
    assert text(page, "h1") == page.value("document.title") == EVIL
    assert EVIL in text(page, ".reason .text")
    assert page.problems == []


@needs_browser
def test_slider_moves_both_views_and_the_cursor(opened):
    before = picture(opened, "keypoints"), picture(opened, "lift"), cursor(opened)
    assert before[2] == 0
    seek(opened, 45)
    assert picture(opened, "keypoints") != before[0]
    assert picture(opened, "lift") != before[1]
    assert cursor(opened) == pytest.approx(45 / N_FRAMES)
    assert text(opened, "#clock") == "0:01.5 / 0:03.0"


@needs_browser
def test_play_goes_on_at_real_speed_until_paused(opened):
    opened.click(*centre(opened, "#play"))
    assert opened.value("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    start, start_ms = opened.value("[player.frame, performance.now()]")
    opened.value("new Promise((done) => setTimeout(done, 600))")
    end, end_ms = opened.value("[player.frame, performance.now()]")
    assert end - start == pytest.approx((end_ms - start_ms) / 1000 * FPS, abs=4)
    opened.click(*centre(opened, "#play"))
    paused = frame(opened)
    opened.value("new Promise((done) => setTimeout(done, 150))")
    assert frame(opened) == paused


@needs_browser
def test_playing_ends_at_the_end_and_begins_again(opened):
    seek(opened, N_FRAMES - 3)
    opened.press(" ", text=" ")
    opened.wait_for("!player.playing")
    assert frame(opened) == N_FRAMES - 1
    opened.press(" ", text=" ")
    assert frame(opened) < N_FRAMES // 2


@needs_browser
def test_keys_play_and_step(opened):
    opened.press("ArrowRight")
    opened.press("ArrowRight")
    opened.press("ArrowLeft")
    assert frame(opened) == 1
    opened.press("ArrowRight", modifiers=8)
    assert frame(opened) == 1 + FPS
    opened.value("document.getElementById('time').focus()")
    opened.press("ArrowRight")
    assert frame(opened) == 2 + FPS
    opened.press(" ", text=" ")
    assert opened.value("player.playing")


@needs_browser
def test_pointing_at_a_bar_tells_the_movement_and_clicking_goes_there(opened):
    row = part_row(opened, "left upper arm")
    left, top, width, height = box(opened, f"{row} .track")
    at = left + width * 40 / N_FRAMES, top + height / 2
    opened.mouse("mouseMoved", *at)
    opened.draw()
    shown = text(opened, "#tip")
    assert shown.startswith(MOVEMENT)
    assert "0:01.0 – 0:02.0" in shown
    taxonomy = recognised().taxonomy
    assert taxonomy.movements[taxonomy.index(MOVEMENT)].dancer in shown
    opened.click(*at)
    assert frame(opened) in (39, 40)
    assert "raising" in text(opened, f"{row} .now")
    opened.mouse("mouseMoved", left + width * 10 / N_FRAMES, at[1])
    opened.draw()
    assert opened.value("document.getElementById('tip').hidden")


@needs_browser
def test_tapping_a_bar_tells_the_movement_on_a_phone(page, tmp_path):
    write_report(recognised(), tmp_path / "report.html")
    page.open(tmp_path / "report.html", 380, 800, touch=True)
    left, top, width, height = box(page, f"{part_row(page, 'left upper arm')} .track")
    page.tap(left + width / 2, top + height / 2)
    page.wait_for("!document.getElementById('tip').hidden")
    assert text(page, "#tip").startswith(MOVEMENT)
    assert frame(page) == pytest.approx(45, abs=1)
    page.tap(*centre(page, "h1"))
    page.wait_for("document.getElementById('tip').hidden")


@needs_browser
def test_parts_unfold_into_their_movements_which_lead_to_their_next_time(opened):
    row = part_row(opened, "left upper arm")
    opened.click(*centre(opened, f"{row} .fold"))
    assert opened.value(f"document.querySelector({row + ' .fold'!r}).getAttribute('aria-expanded')") == "true"
    label = f"{row} + .movements .label"
    assert text(opened, label) == "raising"
    opened.click(*centre(opened, label))
    assert frame(opened) == 30
    opened.click(*centre(opened, f"{row} .fold"))
    assert opened.value(f"document.querySelector({row + ' + .movements'!r}).hidden")


@needs_browser
def test_timeline_can_show_a_shorter_stretch_and_pages_after_the_cursor(opened):
    opened.value("document.getElementById('narrower').click()")
    assert text(opened, "#span") == "2.0 s"
    assert opened.value("document.getElementById('narrower').disabled")
    seek(opened, 80)
    assert 0 <= cursor(opened) <= 1
    left, top, width, height = box(opened, f"{part_row(opened, 'left upper arm')} .track")
    opened.click(left + 1, top + height / 2)
    assert frame(opened) == pytest.approx(N_FRAMES - 60, abs=1)


@needs_browser
def test_reason_leads_to_its_moment(opened):
    opened.click(*centre(opened, ".reason"))
    assert frame(opened) == 30
    shown = text(opened, ".reason")
    assert "The left arm goes up." in shown and "left upper arm" in shown and "0:01.0 – 0:02.0" in shown
    assert "Without it salsa falls to 40 %" in shown
    assert opened.value("parseFloat(document.querySelector('#timeline .band').style.left)") == pytest.approx(
        33.33, abs=0.01
    )
    row = part_row(opened, "left upper arm")
    assert not opened.value(f"document.querySelector({row + ' + .movements'!r}).hidden")


@needs_browser
def test_genres_are_listed_from_the_most_probable_with_their_course(opened):
    assert text(opened, "#verdict").startswith("Salsa 70 %")
    names = opened.value("[...document.querySelectorAll('#genre .name')].map((e) => e.textContent)")
    assert names == ["salsa", "cha-cha", "waltz"]
    assert opened.value("document.querySelectorAll('#genre .outline').length") == len(names)
    opened.mouse("mouseMoved", *centre(opened, "#genre .track svg"))
    opened.draw()
    assert text(opened, "#tip").startswith("salsa 70 %")


@needs_browser
@pytest.mark.parametrize("why", ["hardly any steps", ""])
def test_a_dance_that_is_none_of_the_known_is_not_named(why, page, tmp_path, monkeypatch):
    if not why:  # a recognition may know no genre without more to say of it
        monkeypatch.setattr("dancelift.recognition.result.Recognition.genre", None)
    write_report(recognised(no_genre=why), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    assert page.problems == []
    said = text(page, "#verdict")
    assert said.startswith("None of the dances that are known")
    assert why in said and "Nearest: salsa 70 %" in said
    assert text(page, "#genre-title") == "The nearest dances"
    assert text(page, "#reasons-title") == "What speaks for salsa, the nearest"
    assert page.value("document.querySelectorAll('#genre .first').length") == 0


@needs_browser
def test_panels_about_the_genre_are_left_out_where_there_is_none(page, tmp_path):
    write_report(recognised(**WITHOUT_GENRE), tmp_path / "report.html")
    page.open(tmp_path / "report.html")
    for panel in ("verdict", "genre", "reasons"):
        assert page.value(f"document.getElementById('{panel}').hidden")


@needs_browser
def test_3d_view_turns_zooms_and_resets(opened):
    left, top, width, height = box(opened, "#lift")
    middle = left + width / 2, top + height / 2
    pictures = [picture(opened, "lift")]
    opened.drag(*middle, middle[0] + 90, middle[1] + 20)
    pictures.append(picture(opened, "lift"))
    opened.mouse("mouseWheel", *middle, deltaX=0, deltaY=-300)
    opened.wait_for(f"document.getElementById('lift').toDataURL() !== {pictures[-1]!r}")
    pictures.append(picture(opened, "lift"))
    for button in ("[data-view='above']", "[data-view='side']", "#follow"):
        opened.value(f"document.querySelector({button!r}).click()")
        opened.draw()
        pictures.append(picture(opened, "lift"))
    assert len(set(pictures)) == len(pictures)
    opened.value("document.getElementById('follow').click()")
    opened.click(*middle, times=2)
    assert picture(opened, "lift") == pictures[0]


@needs_browser
def test_keys_turn_the_3d_view_while_it_has_the_focus(opened):
    before = picture(opened, "lift")
    opened.value("document.getElementById('lift').focus()")
    opened.press("ArrowRight")
    assert picture(opened, "lift") != before
    assert frame(opened) == 0
    opened.press("0")
    assert picture(opened, "lift") == before


@needs_browser
def test_every_control_has_a_name(opened):
    unnamed = opened.value(
        "[...document.querySelectorAll('button, input, select')].filter((e) => e.offsetParent && "
        "!(e.getAttribute('aria-label') || e.labels?.length || e.innerText.trim())).map((e) => e.outerHTML)"
    )
    assert unnamed == []


def luminance(colour: str) -> float:
    """Relative luminance of a colour #rrggbb, WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground_by_day_and_by_night(dark, page, tmp_path):
    write_report(recognised(), tmp_path / "report.html")
    page.open(tmp_path / "report.html", dark=dark)

    def contrast(one: str, other: str) -> float:
        lights = sorted(
            luminance(page.value(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"))
            for name in (one, other)
        )
        return (lights[1] + 0.05) / (lights[0] + 0.05)

    for ground in ("page", "surface"):
        for ink in ("ink", "muted"):
            assert contrast(ink, ground) >= 4.5
    assert contrast("on-accent", "accent") >= 4.5
    for limb in ("left", "right", "middle", "path"):
        assert contrast(limb, "surface") >= 3
    is_dark = page.value("getComputedStyle(document.body).color")
    assert (int(re.findall(r"\d+", is_dark)[0]) > 128) == dark

"""The pages of choreography: their files, and what they do in a browser, where there is one."""

import dataclasses
import re

import pytest

import dancelift
from dancelift.choreography.sections import describe_sections
from dancelift.show.choreography_pages import write_comparison_page, write_phrases_page
from fixtures.browser import browser, needs_browser
from fixtures.performances import arm_turned, invented, one_after_another, with_poses

pytest.importorskip("dtaidistance")
EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def comparison():
    teacher = invented(240)
    pupil = arm_turned(teacher, "left", (0, 0, 1), -40, slice(90, 150))
    return dancelift.compare(teacher, pupil, names=("teacher", EVIL))


@pytest.fixture(scope="module")
def phrases():
    phrase, other = invented(180), invented(400, random_seed=1)
    whole = one_after_another(phrase, with_poses(other, other.poses3d[:200]), phrase)
    return dancelift.find_phrases(dataclasses.replace(whole, name=EVIL))


def drawn(page) -> str:
    page.draw()
    return page.value("document.getElementById('bodies').toDataURL()")


def box(page, selector: str) -> list[float]:
    page.value(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
    page.draw()
    return page.value(
        f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )


def frame(page) -> int:
    return int(page.value("document.getElementById('time').value"))


def is_clean(page) -> bool:
    """Nothing went wrong, was asked for besides the page itself, or was taken for HTML."""
    assert page.problems == []
    assert len(page.requests) == 1
    return page.value("window.hacked === undefined")


def test_pages_are_whole_and_name_no_other_file(comparison, phrases, tmp_path):
    write_comparison_page(comparison, tmp_path / "a.html", title="Take 2")
    write_phrases_page(phrases, describe_sections(phrases), tmp_path / "b.html")
    for name in ("a.html", "b.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not re.search(r"<(?:script|link|img)[^>]*\b(?:src|href)=", text)
        assert "default-src 'none'" in text and "$" + "data" not in text
        assert text.count("<script") == 2
    assert "<title>Take 2</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")


@needs_browser
def test_remark_leads_to_its_moment(page, comparison, tmp_path):
    write_comparison_page(comparison, tmp_path / "a.html")
    page.open(tmp_path / "a.html")
    before = drawn(page)
    left, top, width, height = box(page, "#reasons button")
    page.click(left + width / 2, top + height / 2)
    assert 90 <= frame(page) < 150
    assert drawn(page) != before
    assert page.value("document.querySelector('#reasons button').textContent").startswith("left arm")
    assert page.value("getComputedStyle(document.querySelector('.band')).display") != "none"
    now = page.value("[...document.querySelectorAll('#timeline .row.part')].map((row) => row.textContent)")
    (arm,) = [text for text in now if text.startswith("left arm")]
    assert 30 < int(re.search(r"(\d+) deg", arm)[1]) < 45
    assert is_clean(page)


@needs_browser
def test_part_that_differs_is_set_off(page, comparison, tmp_path):
    write_comparison_page(comparison, tmp_path / "a.html")
    page.open(tmp_path / "a.html")
    set_off = {
        at: page.value(
            f"(() => {{ player.seek({at}); return [...document.querySelectorAll('.now.differs')].length; }})()"
        )
        for at in (30, 120, 200)
    }
    assert set_off == {30: 0, 120: 1, 200: 0}


@needs_browser
def test_pointing_at_a_track_goes_there(page, comparison, tmp_path):
    write_comparison_page(comparison, tmp_path / "a.html")
    page.open(tmp_path / "a.html")
    left, top, width, height = box(page, "#timeline .row.part .track")
    page.click(left + width / 2, top + height / 2)
    assert abs(frame(page) - len(comparison.time_map.a) / 2) <= 2


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_view_is_turned_by_button_pointer_and_keys(page, comparison, tmp_path, dark):
    write_comparison_page(comparison, tmp_path / "a.html")
    page.open(tmp_path / "a.html", dark=dark)
    views = [drawn(page)]
    page.value("document.querySelector('[data-view=side]').click()")
    views.append(drawn(page))
    left, top, width, height = box(page, "#bodies")
    page.drag(left + width / 2, top + height / 2, left + width / 2 + 90, top + height / 2)
    views.append(drawn(page))
    page.value("document.getElementById('bodies').focus()")
    page.press("ArrowUp")
    views.append(drawn(page))
    assert len(set(views)) == 4
    assert is_clean(page)


@needs_browser
def test_phrase_leads_to_its_times_and_its_words(page, phrases, tmp_path):
    write_phrases_page(phrases, describe_sections(phrases), tmp_path / "b.html")
    page.open(tmp_path / "b.html", height=1400)
    assert page.value("document.querySelectorAll('.block').length") == 2
    second = "#timeline .block:nth-of-type(2)"
    left, top, width, height = box(page, second)
    page.click(left + width / 2, top + height / 2)
    start = phrases.phrases[0].occurrences[1].start
    assert abs(frame(page) - start * 30) <= 2
    page.value("player.seek(player.frame + 30)")
    current = page.value("document.querySelector('#reasons button[aria-current=true]').textContent")
    assert current.startswith("phrase A") and "the dancer" in current
    left, top, width, height = box(page, "#matrix")
    page.click(left + width / 2, top + height / 2)
    assert abs(frame(page) - phrases.performance.seconds * 15) < 10
    assert is_clean(page)


@needs_browser
def test_nothing_overflows_on_a_phone(page, comparison, phrases, tmp_path):
    write_comparison_page(comparison, tmp_path / "a.html", title="a")
    write_phrases_page(phrases, describe_sections(phrases), tmp_path / "b.html", title="b")
    for name in ("a.html", "b.html"):
        page.open(tmp_path / name, width=390, height=800, touch=True)
        assert page.value("document.documentElement.scrollWidth") <= 390

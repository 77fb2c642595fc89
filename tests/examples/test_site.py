"""The pages of the repository as pages of the site: links, navigation, and what the site adds."""

from pathlib import Path

import pytest

from website import pages
from website.check_links import broken_links
from website.command_line import command_line, commands
from website.docstrings import prepare
from website.pages import contents, sources, stage


def staged(folder: Path, **generated: str) -> Path:
    """The site's sources, with short stand-ins for what takes long to make."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    for name in ("sample.gif", "sample.png", "doubt.png", "doubt-dark.png", "seeds.png", "movements.png"):
        (pictures / name).touch()
    names = ("python", "command line", "code that is not run", "example page")
    stage(folder, {name: lambda name=name: generated.get(name, f"made: {name}") for name in names}, pictures)
    return folder


def test_every_page_of_the_site_is_staged_and_linked_from_the_navigation(tmp_path):
    folder = staged(tmp_path)
    navigation = contents((folder / "index.md").read_text(encoding="utf-8"))
    for page in sources().values():
        assert (folder / page).is_file()
        if page != "index.md":
            assert f"\n{page.removesuffix('.md')}\n" in navigation


def test_links_between_files_lead_between_pages(tmp_path):
    folder = staged(tmp_path)
    assert "](../models/any_pose_prior.md)" not in (folder / "priors.md").read_text(encoding="utf-8")
    assert "](models/any_pose_prior.md)" in (folder / "priors.md").read_text(encoding="utf-8")
    assert "](../movements.md)" in (folder / "models" / "movements.md").read_text(encoding="utf-8")
    assert "](../export.md#bones)" in (folder / "recipes" / "blender.md").read_text(encoding="utf-8")


def test_links_to_code_lead_to_where_it_is_hosted(tmp_path):
    page = (staged(tmp_path) / "how_it_works.md").read_text(encoding="utf-8")
    assert f"]({pages.REPOSITORY}/blob/main/cpp/dancelift/term_table.hpp)" in page
    assert f"]({pages.REPOSITORY}/tree/main/cpp/dancelift/factors)" in page


def test_what_only_the_site_shows_takes_the_place_of_its_comment(tmp_path):
    folder = staged(tmp_path, python="the reference")
    page = (folder / "reference" / "python.md").read_text(encoding="utf-8")
    assert "the reference" in page and "<!--" not in page
    shown = (folder / "limits.md").read_text(encoding="utf-8")
    assert "](pictures/doubt.png){.only-light}" in shown and "](pictures/doubt-dark.png){.only-dark}" in shown


def test_comments_in_code_are_kept(tmp_path):
    web = (staged(tmp_path) / "recipes" / "web.md").read_text(encoding="utf-8")
    assert "<!doctype html>" in web


def test_link_to_a_file_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("[one](other.md)")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "sources", lambda: {"docs/page.md": "page.md"})
    with pytest.raises(LookupError, match=r"docs/page\.md: links to other\.md, which is not there"):
        stage(tmp_path / "site", {}, tmp_path)


def test_staging_again_leaves_what_has_not_changed(tmp_path):
    folder = staged(tmp_path / "one")
    before = (folder / "start.md").stat().st_mtime_ns
    (folder / "export.md").write_text("changed")
    names = ("python", "command line", "code that is not run", "example page")
    stage(folder, {name: lambda: "" for name in names}, folder / "pictures")
    assert (folder / "start.md").stat().st_mtime_ns == before
    assert (folder / "export.md").read_text(encoding="utf-8") != "changed"


def test_broken_links_of_a_built_site_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">1</a><a href="b.html#there">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text('<p id="here"></p><a href="https://example.org/nowhere">4</a><a href="#">5</a>')
    assert broken_links(tmp_path) == [
        "a.html: b.html#there: no such place in the page",
        "a.html: c.html: no such file",
    ]


def prepared(text: str) -> list[str]:
    return prepare(text.split("|"), "function")


def test_names_that_share_a_description_have_it_each():
    lines = prepared("Compare.||Args:|    a, b: the two,|        of one dance.|    c: another.")
    both = [f"    {name}" for name in ("a: the two,", "    of one dance.", "b: the two,", "    of one dance.")]
    assert lines == ["Compare.", "", "Args:", *both, "    c: another."]


def test_what_is_returned_is_no_type():
    lines = prepared("Push.||Returns:|    The frames, in order:|    often none.||Raises:|    InputError: no.")
    returned = [":returns: The frames, in order:", "    often none."]
    assert lines == ["Push.", "", "", *returned, "", "Raises:", "    InputError: no."]


def test_every_command_and_option_is_described():
    page = "\n" + command_line()
    for name, parser in commands():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        options = {action.option_strings[-1] for action in parser._actions if action.option_strings} - {"--help"}
        assert [option for option in sorted(options) if option not in section] == []


def test_help_reads_as_prose_and_is_no_markup():
    page = command_line()
    assert "(default: beside the result, \\*.keypoints.npz)" in page
    assert "of `dancelift train movements`" in page

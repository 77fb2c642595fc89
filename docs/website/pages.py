"""The pages of the site: which files they are made of, and how links between files become links between pages.

Every page is plain Markdown that reads well where the code is hosted. What only the site can show stands in it as a
comment: `<!-- generated: NAME -->` and `<!-- picture: FILE | what it shows -->`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/dancelift/dancelift"

_FOLDERS = {"docs": "", "docs/recipes": "recipes", "docs/reference": "reference", "benchmarks": "benchmarks",
            "python/dancelift/data": "models"}  # fmt: skip
_NAMES = {
    "README.md": "index.md",  # for who follows a link to it; the site's own start is docs/README.md
    "docs/README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *(```|~~~)")
_GENERATED = re.compile(r"^<!-- generated: (.+?) -->$", re.MULTILINE)
_PICTURE = re.compile(r"^<!-- picture: (\S+) \| (.+?) -->$", re.MULTILINE)
_COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)


def sources() -> dict[str, str]:
    """Files of the repository that are pages, and the file of the site that each becomes."""
    found = {str(path.relative_to(ROOT).as_posix()): "" for folder in _FOLDERS for path in (ROOT / folder).glob("*.md")}
    found |= {name: "" for name in _NAMES if name != "README.md"}
    return {source: _site_name(source) for source in sorted(found)}


def code_pages() -> list[str]:
    """Files of the repository whose blocks of code people are to run."""
    with_code = ("docs/",)
    return ["README.md", "CONTRIBUTING.md", *(name for name in sources() if name.startswith(with_code))]


def _site_name(source: str) -> str:
    folder, name = posixpath.split(source)
    return _NAMES.get(source) or posixpath.join(_FOLDERS[folder], name.lower())


def stage(folder: Path, generated: Mapping[str, Callable[[], str]], pictures: Path) -> None:
    """Write the sources of the site into a folder; what is there already and has not changed keeps its time.

    Args:
        folder: for Sphinx to read.
        generated: what stands for each `<!-- generated: NAME -->`.
        pictures: folder of those that the pages show.

    Raises:
        LookupError: a page links to a file that is not there, or asks for what is not made.
    """
    wanted = {folder / site: _staged(source, site, generated, pictures) for source, site in sources().items()}
    index = folder / "index.md"
    wanted[index] += contents(wanted[index])
    for path, text in wanted.items():
        write(path, text)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def contents(index: str) -> str:
    """The site's navigation: a part for each section of the index, of the pages that its list links to."""
    parts = []
    for section in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        title = section.splitlines()[0]
        links = re.findall(r"^- \[[^\]]*\]\(([^)#]+)\.md\)", section, re.MULTILINE)
        if links:
            parts.append("\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *links, "```", ""]))
    return "".join(parts)


def _staged(source: str, site: str, generated: Mapping[str, Callable[[], str]], pictures: Path) -> str:
    text = (ROOT / source).read_text(encoding="utf-8")
    text = _outside_of_code(text, lambda part: _LINK.sub(lambda link: _relinked(link, source, site), part))
    text = _PICTURE.sub(lambda found: _picture(found[1], found[2], site, pictures), text)
    text = _GENERATED.sub(lambda found: generated[found[1]](), text)
    return _outside_of_code(text, lambda part: _COMMENT.sub("", part))


def _outside_of_code(text: str, change: Callable[[str], str]) -> str:
    """The text with what is in no block of code changed."""
    parts: list[list[str]] = [[]]
    in_code = False
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            in_code = not in_code
            if in_code:
                parts.append([line])
            else:
                parts[-1].append(line)
                parts.append([])
        else:
            parts[-1].append(line)
    return "".join(change("".join(part)) if i % 2 == 0 else "".join(part) for i, part in enumerate(parts))


def _relinked(link: re.Match[str], source: str, site: str) -> str:
    picture, text, target = link.groups()
    if re.match(r"[a-z]+:|#", target):
        return link[0]
    name, _, anchor = target.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
    if not (ROOT / found).exists():
        raise LookupError(f"{source}: links to {target}, which is not there")
    pages = sources() | {"docs": "index.md"} | ({} if anchor else {"README.md": "index.md"})
    if found in pages:
        is_its_file = text.endswith(PurePosixPath(found).name)  # then the page's title is shown
        to = _relative(pages[found], site)
        text = "" if is_its_file else text
    elif picture:
        to = _relative(posixpath.join("pictures", PurePosixPath(found).name), site)
    else:
        to = f"{REPOSITORY}/{'tree' if (ROOT / found).is_dir() else 'blob'}/main/{found}"
    return f"{picture}[{text}]({to}{'#' if anchor else ''}{anchor})"


def _relative(target: str, site: str) -> str:
    return os.path.relpath(target, posixpath.dirname(site) or ".").replace(os.sep, "/")


def _picture(name: str, alt: str, site: str, pictures: Path) -> str:
    """A picture; where there is one for dark pages, both, of which the page shows one."""
    dark = PurePosixPath(name).with_stem(PurePosixPath(name).stem + "-dark").name
    for needed in (name,):
        if not (pictures / needed).exists():
            raise LookupError(f"{site}: shows {needed}, which is not made")
    at = _relative(posixpath.join("pictures", name), site)
    if not (pictures / dark).exists():
        return f"![{alt}]({at})"
    at_dark = _relative(posixpath.join("pictures", dark), site)
    return f"![{alt}]({at}){{.only-light}}\n![{alt}]({at_dark}){{.only-dark}}"

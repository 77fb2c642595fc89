"""`make docs`: build the site into a folder, any warning an error, and check the links between its pages."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx_build

from website import python_reference
from website.check_links import broken_links
from website.code_blocks import table_of_not_run
from website.command_line import command_line
from website.pages import ROOT, stage
from website.pictures import make_pictures

_EXAMPLE_PAGE = (
    '<a href="examples/report.html">Open the page</a> that `dancelift recognize --report` writes of it: the motion '
    "from any side, what every body part does, how sure every joint is."
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m website", description=__doc__)
    parser.add_argument("output", type=Path, nargs="?", default=ROOT / "build" / "docs")
    parser.add_argument("--external", action="store_true", help="check the links to other sites too, over the network")
    parser.add_argument("--keep-pictures", action="store_true", help="do not draw anew what an earlier build drew")
    arguments = parser.parse_args()
    source, html = arguments.output / "source", arguments.output / "html"

    if not arguments.keep_pictures:
        make_pictures(source / "pictures")
    generated = {
        "example page": lambda: _EXAMPLE_PAGE,
        "python": python_reference.index,
        "command line": command_line,
        "code that is not run": table_of_not_run,
    }
    stage(source, generated, source / "pictures")
    python_reference.write_pages(source / "reference" / "python")

    configuration = str(Path(__file__).parent)
    common = ["-c", configuration, "-d", str(arguments.output / "doctrees"), "--jobs", "auto", "--quiet"]
    if arguments.external:
        return sphinx_build(["-b", "linkcheck", *common, str(source), str(arguments.output / "external")])
    code = sphinx_build(["-b", "html", "--fail-on-warning", "--keep-going", *common, str(source), str(html)])
    shutil.copytree(source / "pictures" / "pages", html / "examples", dirs_exist_ok=True)
    broken = broken_links(html)
    for link in broken:
        print(link, file=sys.stderr)
    print(f"the site is in {html / 'index.html'}")
    return code or int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())

"""Formulas as MathML, which browsers draw by themselves: without a script, a font or a network."""

from __future__ import annotations

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_math(node, "inline"))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula">{_math(node, "block")}</div>')
    raise nodes.SkipNode


def _math(node: nodes.math | nodes.math_block, display: str) -> str:
    found = convert(node.astext(), display=display)
    if "\\" in found:  # a command that the converter does not know goes through as it is
        logging.getLogger(__name__).warning("formula that cannot be shown: %s", node.astext(), location=node)
    return found


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

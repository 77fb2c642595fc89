"""The command line's reference, from its parsers: what `dancelift COMMAND --help` says, as a page."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator

from dancelift import cli

_WIDTH = 76  # characters of a usage
_USAGE = "usage: "


def command_line() -> str:
    """A section for each command."""
    return "\n".join(line for name, parser in commands() for line in _section(name, parser))


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, by its full name."""
    yield from _leaves("dancelift", cli._parser())


def _leaves(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in inner:
        for command, below in action.choices.items():
            yield from _leaves(f"{name} {command}", below)
    if not inner:
        yield name, parser


def _section(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from (f"## {name}", "")
    yield from (_prose(parser.description or ""), "")
    yield from ("```text", _usage(name, parser), "```", "")
    for group in parser._action_groups:
        actions = [
            action
            for action in group._group_actions
            if action.help is not argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
        ]
        if actions:
            yield from (f"**{(group.title or '').capitalize()}**", "")
            for action in actions:
                yield from (f"`{_names(action)}`", f": {_help(action, parser)}", "")
    if parser.epilog:
        yield from ("```text", textwrap.dedent(parser.epilog).strip(), "```", "")


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=_WIDTH)
    parser.prog = name
    return textwrap.dedent(" " * len(_USAGE) + parser.format_usage().removeprefix(_USAGE)).rstrip()


def _names(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else _value(action)
    if not action.option_strings:
        return value
    return ", ".join(action.option_strings) + (f" {value}" if value else "")


def _value(action: argparse.Action) -> str:
    return argparse.HelpFormatter("")._format_args(action, str(action.metavar or _default_metavar(action)))


def _default_metavar(action: argparse.Action) -> str:
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    text = argparse.HelpFormatter(parser.prog)._expand_help(action) if action.help else ""
    return _prose(text)


def _prose(text: str) -> str:
    """Text as Markdown: what is code stays code, and nothing else is markup."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(
        part if i % 2 else re.sub(r"(--[a-z][\w-]*)", r"`\1`", re.sub(r"([*_<>\[\]{}|#])", r"\\\1", part))
        for i, part in enumerate(parts)
    )

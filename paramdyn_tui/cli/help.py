"""``paramdyn help``: a page about a topic, or the options of a command."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from paramdyn_tui.cli.options import Json

PAGES = Path(__file__).parents[1] / "help"
WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""


def help(  # noqa: A001 - the command's name
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="A topic, or a command.")
    ] = None,
    json: Json = False,
) -> None:
    """Explain a topic, or a command.

    \b
    paramdyn help                  the topics
    paramdyn help perturbations    a page about one
    paramdyn help export           the same as paramdyn export --help
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.app import COMMANDS

    if topic is None:
        if json:
            output.result_json({"topics": topics(), "commands": COMMANDS})
        else:
            _print_topics()
        return
    text = page(topic)
    if json:
        output.result_json({"topic": topic, "text": text})
    elif topic in topics():
        shown = rendered(text, width=min(output.width(), WIDEST), colour=_colour())
        output.result_lines(shown, painted=_colour())
    else:
        output.result_lines(text)


def topics() -> dict[str, str]:
    """Return each topic with its title."""
    found = {}
    for path in sorted(PAGES.glob("*.md")):
        with path.open(encoding="utf-8") as file:
            found[path.stem] = file.readline().removeprefix("# ").strip()
    return found


def page(topic: str) -> str:
    """Return the page about a topic, as Markdown, or the help of a command, as it is printed.

    Raises:
        UnknownName: It is neither.
    """
    from paramdyn.errors import UnknownName
    from paramdyn.registry import unknown_name
    from paramdyn_tui.cli.app import COMMANDS

    name = topic.lower().replace("_", "-").replace(" ", "-")
    if name in topics():
        text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
        return re.sub(r"^\{(\w+)\}$", lambda found: _catalogue(found[1]), text, flags=re.MULTILINE)
    if name in COMMANDS:
        return command_help(name)
    known = [*topics(), *COMMANDS]
    raise UnknownName(unknown_name("topic", topic, known, where="help", listing="paramdyn help"))


def command_help(name: str) -> str:
    """Return what ``paramdyn NAME --help`` prints."""
    from paramdyn_tui.cli.app import load_command

    command = load_command(name)
    context: Any = command.context_class(command, info_name=f"paramdyn {name}")
    text: str = command.get_help(context)
    return text.rstrip("\n")


def rendered(text: str, *, width: int, colour: bool = False) -> str:
    """Return Markdown as plain lines of at most ``width`` characters; code is not broken.

    Args:
        text: Headings, paragraphs, lists with ``-``, fenced code, and `` `code` `` in lines.
        width: Characters a line.
        colour: Whether to mark headings and code with ANSI colours; without, headings stand alone.
    """
    return "\n".join(_lines(text, width=width, colour=colour)).rstrip("\n")


def _lines(text: str, *, width: int, colour: bool) -> Iterator[str]:
    for kind, block in _blocks(text):
        if kind == "code":
            yield from (f"    {_code(line, colour=colour)}".rstrip() for line in block)
        elif kind == "heading":
            yield from (
                _heading(line, colour=colour)
                for line in textwrap.wrap(block[0].lstrip("# "), width)
            )
        elif kind == "item":
            yield _paragraph(" ".join(block), width=width, colour=colour, first="- ")
        elif kind == "text":
            yield _paragraph(" ".join(block), width=width, colour=colour)
        else:
            yield ""


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (kind, lines): ``heading``, ``code``, ``item``, ``text``; ``gap`` for a blank line."""
    kind, fenced = "", False
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("```"):
            if fenced:
                yield "code", block
                block = []
            fenced = not fenced
            continue
        if fenced:
            block.append(line)
            continue
        starts = "heading" if line.startswith("#") else "item" if line.startswith("- ") else ""
        if block and (starts or not line.strip()):
            yield kind, block
            block = []
        if starts:
            kind, block = starts, [line.removeprefix("- ")]
        elif line.strip():
            kind = kind if block else "text"
            block.append(line.strip())
        else:
            yield "gap", []


def _paragraph(text: str, *, width: int, colour: bool, first: str = "") -> str:
    plain = text if colour else text.replace("`", "")
    wrapped = textwrap.fill(
        plain,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return re.sub(r"`([^`]*)`", lambda found: _code(found[1], colour=True), wrapped)


def _heading(text: str, *, colour: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def _code(text: str, *, colour: bool) -> str:
    return f"\x1b[36m{text}\x1b[0m" if colour and text else text


def _catalogue(plural: str) -> str:
    """Return a Markdown list of everything of one kind; ``keys`` are those of the application."""
    if plural == "keys":
        from paramdyn_tui.tui.actions.page import keys_page

        return keys_page()
    from paramdyn.catalogues import REGISTRIES

    [registry] = [registry for registry in REGISTRIES if registry.plural == plural]
    lines = []
    for entry in registry.entries():
        amount = (entry.options or {}).get("amount")
        usual = f" (`{entry.name}:{amount:g}` unless said)" if amount is not None else ""
        lines.append(f"- `{entry.name}`: {entry.summary}{usual}.")
    return "\n".join(lines)


def _print_topics() -> None:
    from paramdyn_tui.cli import output

    rows: Sequence[Sequence[str]] = [[name, title] for name, title in topics().items()]
    output.table(["topic", "about"], rows)
    output.result()
    output.result("Read one: paramdyn help TOPIC. Options of a command: paramdyn help COMMAND")


def _colour() -> bool:
    from paramdyn_tui.cli import output

    return output.is_colourful(sys.stdout)

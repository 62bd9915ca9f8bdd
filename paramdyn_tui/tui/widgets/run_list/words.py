"""What is said above and below the table: the question, the run at the cursor, what paramdyn is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from paramdyn.store.query.groups import REPEATED
from paramdyn.store.run_folder import runs_folder
from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.cli.run_table import heading
from paramdyn_tui.formatting import count
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, boxed, fitted, shortened, width_of
from paramdyn_tui.tui.dialogs.message import message_rows
from paramdyn_tui.tui.widgets.run_list.columns import heading_of
from paramdyn_tui.tui.widgets.run_list.listing import Head, Line, Listing
from paramdyn_tui.tui.widgets.run_list.signs import sign_of, style_of


def question_row(listing: Listing | None, marked: int, width: int, keys: dict[str, str]) -> Row:
    """Return the line above the table: the filter, how many runs it means, groups, order.

    Args:
        listing: What is listed; None while the folder is being read.
        marked: How many runs are marked.
        width: Cells.
        keys: Name of an action -> its key.
    """
    if listing is None:
        return fitted((Span(" reading the folder ...", "dim"),), width)
    asked = listing.asked
    total, found = len(listing.everything), len(listing.runs)
    counted = f"{count(found)} of {count(total)}" if asked.query else count(total)
    left = [Span(f" {keys['filter']} ", "key"), Span(" ")]
    left.append(Span(asked.query or "all runs", "strong" if asked.query else "dim"))
    if listing.problems:
        left += [Span("  "), Span(listing.problems[0], "bad")]
    parts = [[Span(counted, "title"), Span(" runs" if total != 1 else " run", "dim")]]
    if marked:
        parts.append([Span(f"{count(marked)} marked", "mark")])
    if listing.by or not listing.keys:
        parts.append([Span("by ", "dim"), Span(order_text(listing), "text")])
    if listing.keys:
        names = shortened(_grouping_text(listing), max(width // 4, 14))
        parts.append([Span("in groups of ", "dim"), Span(names, "text")])
    right: list[Span] = []
    for part in parts:
        more = [Span("   "), *part]
        if width_of((*right, *more)) + 1 > width - min(width_of(tuple(left)), width // 3):
            break
        right += more
    right.append(Span(" "))
    room = max(width - width_of(tuple(right)), 0)
    if width_of(tuple(left)) > room:
        text = shortened("".join(span.text for span in left[2:]), max(room - 4, 0))
        left = [*left[:2], Span(text, left[-1].style)]
    return (*fitted(left, room), *right)


def _grouping_text(listing: Listing) -> str:
    """Return what the table is grouped by, in a few words."""
    names = [key.name for key in listing.keys]
    if len(names) > 1 and set(names) == set(listing.spread.differing()):
        return "all but seeds"
    return ",".join(map(heading, listing.keys))


def order_text(listing: Listing) -> str:
    """Return what the table is sorted by, in a few words."""
    if not listing.by:
        return "age"
    return ",".join(f"{heading_of(key)}{' ▲' if turned else ' ▼'}" for key, turned in listing.by)


def detail_row(line: Line | None, listing: Listing | None, look: Look, width: int) -> Row:
    """Return the line below the table: the whole name of the run at the cursor, and how it is."""
    if line is None or listing is None:
        return fitted((), width)
    if isinstance(line, Head):
        told = _head_words(line)
        while len(told) > 1 and width_of(tuple(told)) + 2 > width:
            told.pop()  # what is less important, not half of it
        first = Span(shortened(told[0].text, max(width - 2, 0)), told[0].style)
        return fitted((Span(" "), first, *told[1:]), width, style="dim")
    words: list[Span] = [Span(" "), sign_of(line.status, look), Span(" ")]
    said = line.problem or line.reason
    status = Span(f"  {line.status}", style_of(line.status))
    more = Span(f": {said}" if said else "", "bad" if line.problem else "dim")
    if not said and line.control_of:
        more = Span(f", {line.arm} of {line.control_of}", "dim")
    elif not said and line.parent:
        changed = f", {line.perturbations}" if line.perturbations else ""
        more = Span(f", from {line.parent}{changed}", "dim")
    room = width - 3 - width_of((status,)) - min(width_of((more,)), width // 2)
    name = shortened(line.name, max(room, 8), keep="both")
    begun = (*words, Span(name, "strong"), status)
    return fitted((*begun, _printable(more, max(width - width_of(begun) - 1, 0))), width)


def _printable(span: Span, width: int) -> Span:
    return Span(shortened(span.text, width), span.style)


def _head_words(head: Head) -> list[Span]:
    group = head.group
    words = [Span("mean of finished runs, ± half of the 95 % interval over seeds", "dim")]
    if group.varying:
        inside = ", ".join(group.varying)
        words = [Span(f"not only seeds differ inside this group: {inside}", "warn")]
    if group.apart.get(REPEATED):
        words.append(Span("; a repeated run counts once", "dim"))
    return words


def welcome(
    runs: Path, problem: str, keys: dict[str, str], width: int, height: int, *, readonly: bool
) -> Picture:
    """Return what an empty folder shows: what paramdyn is, and how a first run is made.

    Args:
        runs: The runs folder.
        problem: Why it cannot be read; empty when it is only empty.
        keys: Name of an action -> its key.
        width: Cells.
        height: Rows.
        readonly: Whether runs cannot be started from here.
    """
    if problem:
        paragraphs = [
            [Span("The runs folder cannot be read.", "bad")],
            *map(list, message_rows(problem, max(min(width - 10, 84), 8))),
            [Span("Another folder: ", "dim"), Span("paramdyn tui --runs FOLDER", "link")],
        ]
    else:
        paragraphs = [
            [Span("paramdyn trains image models and records how every parameter moves.", "strong")],
            [Span("Perturb a trained model, train on beside its controls, and see what the")],
            [Span("perturbation did, and what would have happened anyway.")],
            [],
            [Span(f"No runs in {runs} yet.", "dim")],
            [],
            *_first_steps(keys, first_command(runs), width, readonly=readonly),
        ]
    inner = min(width - 4, max(width_of(tuple(each)) for each in paragraphs) + 4)
    rows = [(Span("  "), *_cut(each, inner - 4)) for each in paragraphs]
    box = boxed(
        [(), *rows, ()],
        inner + 2,
        min(len(rows) + 4, height),
        title=(Span("Runs", "title"),),
        foot=(Span(f"{keys['help']} explains all keys", "dim"),),
    )
    above = max((height - len(box)) // 3, 0)
    left = Span(" " * max((width - inner - 2) // 2, 0))
    return [*([()] * above), *[(left, *row) for row in box]]


def first_command(runs: Path) -> str:
    """Return the command that makes a first run in a folder."""
    usual = runs.absolute() == runs_folder(None).absolute()
    where = "" if usual else f" --runs {shlex.quote(str(runs))}"
    return f"paramdyn run --model lenet --dataset digits{where}"


def _first_steps(
    keys: dict[str, str], command: str, width: int, *, readonly: bool
) -> list[list[Span]]:
    if len(command) + 14 > width:
        head, _, where = command.partition(" --runs ")
        lines = [f"{head} \\", f"  --runs {where}"]
    else:
        lines = [command]
    typed = [
        [Span("     or type in a shell:", "dim")],
        *[[Span("     "), Span(line, "link")] for line in lines],
        [],
        [Span("     LeNet on 1,797 handwritten digits, which need no download.", "dim")],
    ]
    if readonly:
        return [[Span("Only looking (--readonly): start one in a shell.", "dim")], *typed[1:]]
    start = [Span(f" {keys['new_run']} ", "key"), Span("  start a first run from a form", "strong")]
    return [start, *typed]


def _cut(spans: Sequence[Span], width: int) -> Row:
    room = width
    kept: list[Span] = []
    for text, style in spans:
        kept.append(Span(shortened(text, max(room, 0), keep="both"), style))
        room -= len(kept[-1].text)
    return tuple(kept)


def is_empty(everything: Sequence[RunSummary] | None) -> bool:
    """Tell whether a folder was read and has no runs."""
    return everything is not None and not everything

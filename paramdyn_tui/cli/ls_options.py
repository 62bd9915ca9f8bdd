"""What ``ls`` can be asked, and which runs, keys and order that means."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paramdyn_tui.cli.options import ASCII, JSON, RUNS

if TYPE_CHECKING:
    from paramdyn.store.query.keys import Key, Vocabulary
    from paramdyn.store.run_summary import RunSummary


def _keys_option(flag: str, about: str) -> Any:  # noqa: ANN401 - a field of any type
    option = typer.Option(flag, metavar="KEY,...", help=about)
    return field(default="", metadata={"typer": option})


def _flag(flag: str, about: str) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=False, metadata={"typer": typer.Option(flag, help=about)})


_TERMS = typer.Argument(metavar="FILTER...", help="Which runs; see above.", show_default=False)
_LIMIT = typer.Option("--limit", min=0, metavar="N", help="Only so many; 0: all.")


@dataclass(frozen=True, kw_only=True)
class LsOptions:
    """All options of ``ls``."""

    terms: list[str] | None = field(default=None, metadata={"typer": _TERMS})
    sort: str = _keys_option("--sort", "Best first; -KEY turns it around.")
    group: str = _keys_option("--group", "Means over runs with equal KEYs.")
    members: bool = _flag("--members", "With --group: the runs of each group too.")
    tree: bool = _flag("--tree", "Each run below the run it started from.")
    columns: str = _keys_option("--columns", "What to show beside the id.")
    limit: int = field(default=0, metadata={"typer": _LIMIT})
    ids: bool = _flag("--ids", "Only the ids, one a line.")
    runs: str | None = field(default=None, metadata={"typer": RUNS})
    json: bool = field(default=False, metadata={"typer": JSON})
    ascii: bool = field(default=False, metadata={"typer": ASCII})


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, with its keys found.

    Attributes:
        folder: The runs folder.
        runs: The runs that the filter means, sorted.
        everything: All runs of the folder.
        group: Keys to group by; empty for none.
        columns: The columns asked for; empty for the usual ones.
        by: What to sort by, each key with whether it is turned around; empty for newest first.
    """

    folder: Path
    runs: list[RunSummary]
    everything: list[RunSummary]
    group: list[Key]
    columns: list[Key]
    by: list[tuple[Key, bool]]


def _refuse_contradictions(options: LsOptions) -> None:
    from paramdyn.errors import BadRequest

    if options.tree and options.group:
        raise BadRequest("--tree and --group: a list is one or the other. Leave one out.")
    if options.members and not options.group:
        raise BadRequest("--members: shows the runs of groups. Add --group KEY.")
    if options.ids and (options.json or options.group or options.tree):
        raise BadRequest("--ids: prints ids and nothing else. Leave out the other forms.")


def request_from(options: LsOptions) -> Request:
    """Read the folder, and find everything that names keys.

    Raises:
        BadRequest: Options that exclude each other, or a mistake in a filter or a key: all of them.
        StoreError: The folder cannot be read.
    """
    from paramdyn.errors import QueryError
    from paramdyn.store.query.filters import Query, parse_query
    from paramdyn.store.query.keys import Vocabulary
    from paramdyn.store.query.order import order_from, sort_by
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs

    _refuse_contradictions(options)
    folder = runs_folder(options.runs)
    terms = options.terms or []
    everything = list_runs(folder)
    vocabulary = Vocabulary(everything)
    problems: list[str] = []
    query = Query()
    try:
        query = parse_query(" ".join(terms), vocabulary=vocabulary)
    except QueryError as error:
        problems += error.problems
    named = {
        name: _keys(getattr(options, name), vocabulary, f"--{name}", problems)
        for name in ("sort", "group", "columns")
    }
    if named["group"] and not options.members:
        problems += [
            f"--columns: '{key.name}' has no numbers to average. A group shows means."
            for key, _ in named["columns"]
            if key.kind not in ("number", "any")
        ]
    if problems:
        raise QueryError(problems)
    found = query.select(everything)
    by = named["sort"]
    if by and not named["group"]:
        found = sort_by(found, order_from(by), lambda key, run: key.get(run))
    group, columns = ([key for key, _ in named[name]] for name in ("group", "columns"))
    return Request(folder, found, everything, group, columns, by)


def _keys(
    text: str, vocabulary: Vocabulary, option: str, problems: list[str]
) -> list[tuple[Key, bool]]:
    from paramdyn.errors import QueryError
    from paramdyn.store.query.order import keys_of

    if not text:
        return []
    try:
        return keys_of(text, vocabulary, where=option)
    except QueryError as error:
        problems += error.problems
        return []

"""``paramdyn rm``: delete runs, after asking."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paramdyn_tui.cli.options import Json, Runs
from paramdyn_tui.safe_text import printable

if TYPE_CHECKING:
    from paramdyn.store.removal import Removal
    from paramdyn.store.run_summary import RunSummary


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be deleted.

    Attributes:
        folder: The runs folder.
        removals: The runs, parents before children.
        orphans: Names of the runs that lose their parent.
    """

    folder: Path
    removals: list[Removal]
    orphans: list[str]


def rm(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            "--where", metavar="FILTER", help="The runs that this filter means, as in ls."
        ),
    ] = "",
    with_children: Annotated[
        bool, typer.Option("--with-children", help="Delete what started from them too.")
    ] = False,
    orphan: Annotated[
        bool, typer.Option("--orphan", help="Delete parents and keep their children.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted, delete nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Delete runs for good, after showing what goes and asking.

    \b
    paramdyn rm lenet-digits-default-sgd-s0-1aa03aa1
    paramdyn rm --where 'status=failed,crashed age>7d' --dry-run
    paramdyn rm base-run --with-children

    A run that a process works on is never deleted: paramdyn stop RUN first.
    Nor is the parent of other runs, unless told what becomes of these: its
    snapshots are where they start. With --orphan they keep their records and
    snapshots, but nobody can resume them, run them again, or compare them with
    their start. Where a run's folder is a
    link, only the link goes. Without a terminal --yes is needed, and whole
    ids. paramdyn ls --help explains filters.
    """  # noqa: D301 - \b keeps lines apart in the help
    from paramdyn_tui.cli import output

    plan = _plan(names or [], where, runs, with_children=with_children, orphan=orphan, yes=yes)
    if not plan.removals:
        output.talk("No run is meant; nothing is deleted.")
    elif not json:
        _show(plan)
    if plan.removals and not dry_run and not yes:
        _ask(plan)
    removed, failed = ([], []) if dry_run else _delete(plan)
    if json:
        output.result_json(_facts(plan, removed, failed, dry_run=dry_run))
    elif dry_run:
        output.talk("Nothing is deleted: --dry-run.")
    elif removed:
        gone = [each for each in plan.removals if each.run.name in removed]
        output.talk(f"Deleted {_count(gone)}, {_bytes(sum(each.size for each in gone))} free.")
    if failed:
        raise failed[0]


def _plan(
    names: Sequence[str],
    where: str,
    runs: str | None,
    *,
    with_children: bool,
    orphan: bool,
    yes: bool,
) -> Plan:
    """Find the runs, and refuse all at once what must not be deleted."""
    from paramdyn.errors import BadRequest
    from paramdyn.store.removal import descendants, plan_removal
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs
    from paramdyn.store.run_order import tree_of
    from paramdyn.store.run_query import parse_query

    if with_children and orphan:
        raise BadRequest("--with-children and --orphan: children go or stay. Leave one out.")
    if bool(names) == bool(where.strip()):
        raise BadRequest(
            "rm: which runs? Name some, or describe them with --where FILTER; one or the other."
        )
    folder = runs_folder(runs)
    everything = list_runs(folder)
    problems: list[str] = []
    if where:
        chosen = parse_query(where, everything).select(everything)
    else:
        chosen = _named(names, folder, everything, problems, whole=yes)
    if with_children:
        chosen = chosen + descendants([run.name for run in chosen], everything)
    chosen = [branch.run for branch in tree_of(chosen, everything) if not branch.is_context]
    removals = [plan_removal(run, everything) for run in chosen]
    problems += [f"{each.run.name}: {each.refusal}" for each in removals if each.refusal]
    going = {run.name for run in chosen}
    orphans = sorted({child for each in removals for child in each.children} - going)
    if orphans and not orphan:
        problems += [
            f"{each.run.name}: {_names(staying)} started from it. Delete them too "
            "(--with-children), or leave them without a parent (--orphan)."
            for each in removals
            if (staying := [child for child in each.children if child not in going])
        ]
    if problems:
        raise BadRequest(_listed(problems))
    return Plan(folder, removals, orphans)


def _named(
    names: Sequence[str],
    folder: Path,
    everything: Sequence[RunSummary],
    problems: list[str],
    *,
    whole: bool,
) -> list[RunSummary]:
    """Return the runs that are named, each once."""
    from paramdyn.errors import ParamdynError
    from paramdyn.store.run_folder import find_run

    by_name = {run.name: run for run in everything}
    found: dict[str, RunSummary] = {}
    for name in names:
        try:
            path = folder / name if name in by_name else find_run(folder, name).path
        except ParamdynError as error:
            problems.append(str(error))
            continue
        if path.name not in by_name or path.parent.resolve() != folder.resolve():
            problems.append(
                f"{name}: is not in {folder}. Only runs of the runs folder are deleted; "
                "name that with --runs."
            )
        elif whole and name not in by_name and "/" not in name:
            problems.append(f"{name}: means {path.name}. With --yes, write the whole id.")
        else:
            found[path.name] = by_name[path.name]
    return list(found.values())


def _show(plan: Plan) -> None:
    from paramdyn_tui.cli import output, run_table

    rows = [
        [
            printable(each.run.name),
            each.run.status,
            f"link to {printable(each.link)}" if each.link else _bytes(each.size),
            str(len(each.children)) if each.children else "-",
        ]
        for each in plan.removals
    ]
    headings = ["id", "status", "size", "children"]
    run_table.show(run_table.Table(headings, rows, frozenset(["size", "children"])))
    if plan.orphans:
        output.talk(
            f"{_names(plan.orphans)} will have no parent: nobody can resume them, run them "
            "again, or compare them with their start."
        )


def _ask(plan: Plan) -> None:
    """Ask on the terminal; anything but yes ends the command.

    Raises:
        BadRequest: There is nobody to ask.
    """
    from paramdyn.errors import BadRequest

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadRequest("rm: there is no terminal to ask on. Add --yes to delete without asking.")
    size = _bytes(sum(each.size for each in plan.removals))
    question = f"Delete {_count(plan.removals)} ({size}) for good?"
    if not typer.confirm(question, default=False, err=True):
        raise typer.Exit(1)


def _delete(plan: Plan) -> tuple[list[str], list[Any]]:
    """Delete children before their parents, so that a failure leaves no orphans."""
    from paramdyn.errors import ParamdynError
    from paramdyn.store.removal import remove_run, sweep
    from paramdyn_tui.cli import output

    removed: list[str] = []
    failed: list[ParamdynError] = []
    kept: set[str] = set()
    for each in reversed(plan.removals):
        if kept & set(each.children):
            output.talk(f"{each.run.name}: is kept, because a child of it could not be deleted.")
            kept.add(each.run.name)
            continue
        try:
            remove_run(each.run.path)
        except ParamdynError as error:
            kept.add(each.run.name)
            failed.append(error)
            if len(failed) > 1:
                output.talk(str(error))
        else:
            removed.append(each.run.name)
    sweep(plan.folder)
    return removed, failed


def _facts(
    plan: Plan, removed: Sequence[str], failed: Sequence[Any], *, dry_run: bool
) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "runs": [
            {
                "id": each.run.name,
                "path": str(each.run.path),
                "status": each.run.status,
                "bytes": each.size,
                "link": each.link,
                "children": list(each.children),
                "deleted": each.run.name in removed,
            }
            for each in plan.removals
        ],
        "orphans": plan.orphans,
        "problems": [str(error) for error in failed],
    }


def _listed(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:" + "".join(f"\n  - {problem}" for problem in problems)


def _names(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _count(removals: Sequence[Removal]) -> str:
    return "1 run" if len(removals) == 1 else f"{len(removals):,} runs"


def _bytes(size: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} B"

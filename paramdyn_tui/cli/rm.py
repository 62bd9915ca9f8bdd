"""``paramdyn rm``: delete runs, after asking."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paramdyn_tui.cli.options import Json, Runs
from paramdyn_tui.safe_text import printable

if TYPE_CHECKING:
    from paramdyn.store.upkeep.removal import Removal
    from paramdyn_tui.launch.removing import Plan


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
    snapshots are where they start. With --orphan each child keeps the snapshot
    that it started from, so that it can be resumed; its spec cannot be run
    again elsewhere. Where a run's folder is a link, only the link goes.
    Without a terminal --yes is needed, and whole ids. paramdyn ls --help
    explains filters.
    """  # noqa: D301 - \b keeps lines apart in the help
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import byte_size
    from paramdyn_tui.launch.removing import delete, planned

    plan = planned(names or [], where, runs, with_children=with_children, orphan=orphan, yes=yes)
    if not plan.removals:
        output.talk("No run is meant; nothing is deleted.")
    elif not json:
        _show(plan)
    if plan.removals and not dry_run and not yes:
        _ask(plan)
    removed, failed = ([], []) if dry_run else delete(plan, output.talk)
    if json:
        output.result_json(_facts(plan, removed, failed, dry_run=dry_run))
    elif dry_run:
        output.talk("Nothing is deleted: --dry-run.")
    elif removed:
        gone = [each for each in plan.removals if each.run.name in removed]
        free = max(sum(each.size for each in gone) - plan.kept, 0)
        output.talk(f"Deleted {_count(gone)}, {byte_size(free)} free.")
    if failed:
        raise failed[0]


def _show(plan: Plan) -> None:
    from paramdyn_tui.cli import output, run_table
    from paramdyn_tui.formatting import byte_size
    from paramdyn_tui.launch.removing import named

    rows = [
        [
            printable(each.run.name),
            each.run.status,
            f"link to {printable(each.link)}" if each.link else byte_size(each.size),
            str(len(each.children)) if each.children else "-",
        ]
        for each in plan.removals
    ]
    headings = ["id", "status", "size", "children"]
    run_table.show(run_table.Table(headings, rows, frozenset(["size", "children"])))
    if plan.orphans:
        output.talk(
            f"{named(plan.orphans)} will have no parent. Each keeps the snapshot it started from "
            f"({byte_size(plan.kept)} in all), so that it can be resumed."
        )
        lost = [
            origin.child.name
            for origins in plan.origins.values()
            for origin in origins
            if origin.file is None
        ]
        if lost:
            output.talk(
                f"Not so {named(lost)}: what it started from is not there any more, and nobody "
                "can resume it."
            )


def _ask(plan: Plan) -> None:
    """Ask on the terminal; anything but yes ends the command.

    Raises:
        BadRequest: There is nobody to ask.
    """
    from paramdyn.errors import BadRequest
    from paramdyn_tui.formatting import byte_size

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadRequest("rm: there is no terminal to ask on. Add --yes to delete without asking.")
    size = byte_size(sum(each.size for each in plan.removals))
    question = f"Delete {_count(plan.removals)} ({size}) for good?"
    if not typer.confirm(question, default=False, err=True):
        raise typer.Exit(1)


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


def _count(removals: Sequence[Removal]) -> str:
    return "1 run" if len(removals) == 1 else f"{len(removals):,} runs"

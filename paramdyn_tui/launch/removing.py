"""Deleting runs: what that means, worked out before anybody is asked, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn.errors import ParamdynError
    from paramdyn.store.run_summary import RunSummary
    from paramdyn.store.upkeep.orphans import Origin
    from paramdyn.store.upkeep.removal import Removal


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be deleted.

    Attributes:
        folder: The runs folder.
        removals: The runs, parents before children.
        orphans: Names of the runs that lose their parent.
        origins: For each run that leaves orphans: what these started from.
    """

    folder: Path
    removals: list[Removal]
    orphans: list[str]
    origins: dict[str, list[Origin]]

    @property
    def kept(self) -> int:
        """Bytes of the snapshots that stay, because orphans started from them."""
        files = {each.file: each.size for origins in self.origins.values() for each in origins}
        return sum(files.values())


def planned(
    names: Sequence[str],
    where: str,
    runs: str | None,
    *,
    with_children: bool,
    orphan: bool,
    yes: bool,
) -> Plan:
    """Find the runs, and refuse all at once what must not be deleted.

    Args:
        names: Those that were named.
        where: The filter that describes them instead.
        runs: The runs folder, as the option ``--runs`` names it; None: the usual one.
        with_children: Whether their descendants go, too.
        orphan: Whether children may stay without a parent.
        yes: Whether nobody is asked: then names must be whole.

    Raises:
        BadRequest: With everything that is wrong.
    """
    from paramdyn.errors import BadRequest
    from paramdyn.store.query.filters import parse_query
    from paramdyn.store.query.order import tree_of
    from paramdyn.store.run_folder import runs_folder
    from paramdyn.store.run_index import list_runs
    from paramdyn.store.upkeep.removal import descendants, plan_removal

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
            f"{each.run.name}: {named(staying)} started from it. Delete them too "
            "(--with-children), or leave them without a parent (--orphan)."
            for each in removals
            if (staying := [child for child in each.children if child not in going])
        ]
    if problems:
        raise BadRequest(_listed(problems))
    return Plan(folder, removals, orphans, _origins(folder, removals, going))


def delete(
    plan: Plan, say: Callable[[str], object] = lambda _: None
) -> tuple[list[str], list[ParamdynError]]:
    """Delete what was planned, children before their parents, so that a failure leaves no orphans.

    Args:
        plan: What ``planned`` returned.
        say: Told of each run that is kept, and of each failure but the first.

    Returns:
        The names of the runs that are gone, and why others are not.
    """
    from paramdyn.errors import ParamdynError
    from paramdyn.store.upkeep.orphans import keep_origin
    from paramdyn.store.upkeep.removal import remove_run, sweep

    removed: list[str] = []
    failed: list[ParamdynError] = []
    kept: set[str] = set()
    for each in reversed(plan.removals):
        if kept & set(each.children):
            say(f"{each.run.name}: is kept, because a child of it could not be deleted.")
            kept.add(each.run.name)
            continue
        try:
            for origin in plan.origins[each.run.name]:
                keep_origin(origin)
            remove_run(each.run.path)
        except ParamdynError as error:
            kept.add(each.run.name)
            failed.append(error)
            if len(failed) > 1:
                say(str(error))
        else:
            removed.append(each.run.name)
    sweep(plan.folder)
    return removed, failed


def _origins(folder: Path, removals: Sequence[Removal], going: set[str]) -> dict[str, list[Origin]]:
    """Return what the children started from that outlive each run."""
    from paramdyn.store.run_folder import RunFolder
    from paramdyn.store.upkeep.orphans import origin_of

    here = folder.absolute()
    return {
        each.run.name: [
            origin_of(RunFolder(here / child), RunFolder(here / each.run.name))
            for child in each.children
            if child not in going
        ]
        for each in removals
    }


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


def named(names: Sequence[str], most: int = 4) -> str:
    """Return some names as a text, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _listed(problems: Sequence[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems:" + "".join(f"\n  - {problem}" for problem in problems)

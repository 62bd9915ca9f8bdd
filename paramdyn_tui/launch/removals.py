"""Which runs are going to be deleted, worked out before anybody is asked, and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn.errors import ParamdynError
    from paramdyn.store.orphans import Origin
    from paramdyn.store.removal import Removal
    from paramdyn.store.run_summary import RunSummary


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


@dataclass(slots=True)
class Outcome:
    """What became of a plan.

    Attributes:
        removed: Names of the runs that are gone.
        failed: Why others are not.
        kept: Names of runs that were left because a child of theirs could not be deleted.
    """

    removed: list[str] = field(default_factory=list)
    failed: list[ParamdynError] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def freed(self, plan: Plan) -> int:
        """Return how many bytes are free now."""
        gone = [each for each in plan.removals if each.run.name in self.removed]
        return max(sum(each.size for each in gone) - plan.kept, 0)


def carry_out(plan: Plan) -> Outcome:
    """Delete children before their parents, so that a failure leaves no orphans."""
    from paramdyn.errors import ParamdynError
    from paramdyn.store.orphans import keep_origin
    from paramdyn.store.removal import remove_run, sweep

    outcome = Outcome()
    staying: set[str] = set()
    for each in reversed(plan.removals):
        if staying & set(each.children):
            outcome.kept.append(each.run.name)
            staying.add(each.run.name)
            continue
        try:
            for origin in plan.origins[each.run.name]:
                keep_origin(origin)
            remove_run(each.run.path)
        except ParamdynError as error:
            staying.add(each.run.name)
            outcome.failed.append(error)
        else:
            outcome.removed.append(each.run.name)
    sweep(plan.folder)
    return outcome


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
        runs: The option ``--runs``.
        with_children: Whether their descendants go, too.
        orphan: Whether children may stay without a parent.
        yes: Whether nobody is asked: then names must be whole.

    Raises:
        BadRequest: With everything that is wrong.
    """
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
            f"{each.run.name}: {named(staying)} started from it. Delete them too "
            "(--with-children), or leave them without a parent (--orphan)."
            for each in removals
            if (staying := [child for child in each.children if child not in going])
        ]
    if problems:
        raise BadRequest(_listed(problems))
    return Plan(folder, removals, orphans, _origins(folder, removals, going))


def _origins(folder: Path, removals: Sequence[Removal], going: set[str]) -> dict[str, list[Origin]]:
    """Return what the children started from that outlive each run."""
    from paramdyn.store.orphans import origin_of
    from paramdyn.store.run_folder import RunFolder

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

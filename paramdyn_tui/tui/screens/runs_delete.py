"""Deleting runs from the list: what goes is worked out and shown before it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramdyn.errors import ParamdynError
from paramdyn_tui.formatting import byte_size
from paramdyn_tui.launch.removing import Plan, delete, named, planned
from paramdyn_tui.tui.background import hand_over
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog

if TYPE_CHECKING:
    from paramdyn_tui.tui.screens.runs import RunsScreen

KEEP, ALONE, WITH_CHILDREN, ORPHAN = "keep", "delete", "children", "orphan"


@dataclass(frozen=True, slots=True)
class Way:
    """A way of deleting that is possible.

    Attributes:
        name: ``ALONE``, ``WITH_CHILDREN`` or ``ORPHAN``.
        plan: What goes.
    """

    name: str
    plan: Plan


def ask_to_delete(screen: RunsScreen) -> None:
    """Work out, in a thread, what deleting the marked runs or the one at the cursor means; ask."""
    names = [path.name for path in screen.bench.marked if path.name in screen.listed_names()]
    if not names and (run := screen.run_at_cursor) is not None:
        names = [run.name]
    if not names:
        screen.say("Mark runs first, or move to one.", "warn")
        return

    def work() -> None:
        ways, problem = ways_to_delete(names, str(screen.bench.runs))
        hand_over(screen.app, _ask, screen, names, ways, problem)

    screen.run_worker(work, thread=True, exclusive=True, group="delete")


def ways_to_delete(names: Sequence[str], runs: str) -> tuple[list[Way], str]:
    """Return how runs may be deleted, and why they may not when there is no way.

    Args:
        names: Whole ids.
        runs: The runs folder.
    """
    ways: list[Way] = []
    problem = ""
    for way in (ALONE, WITH_CHILDREN, ORPHAN):
        try:
            plan = _planned(names, runs, way)
        except ParamdynError as error:
            problem = problem or str(error)
        else:
            ways.append(Way(way, plan))
            if way == ALONE:
                break  # nothing started from them
    return ways, problem


def _planned(names: Sequence[str], runs: str, way: str) -> Plan:
    return planned(
        names, "", runs, with_children=way == WITH_CHILDREN, orphan=way == ORPHAN, yes=True
    )


def _ask(screen: RunsScreen, names: Sequence[str], ways: list[Way], problem: str) -> None:
    if not ways:
        screen.say(problem.replace("\n", " "), "bad")
        return
    several = f"the {len(names):,} marked runs" if len(names) > 1 else named(names)
    choices = [Choice(KEEP, "keep", "delete nothing"), *map(_choice, ways)]

    def take(way: str | None) -> None:
        if way not in (None, KEEP):
            _delete(screen, names, str(way))

    screen.application.push_screen(ChoiceDialog(f"Delete {several} for good?", choices), take)


def _choice(way: Way) -> Choice:
    plan = way.plan
    size = byte_size(sum(each.size for each in plan.removals))
    count = f"{len(plan.removals):,} run{'s' if len(plan.removals) != 1 else ''}"
    if way.name == ORPHAN:
        left = f"{len(plan.orphans)} lose their parent"
        return Choice(ORPHAN, "delete, keep children", f"{count}, {size}; {left}")
    if way.name == WITH_CHILDREN:
        return Choice(WITH_CHILDREN, "delete with children", f"{count}, {size}")
    return Choice(ALONE, "delete", f"{count}, {size}")


def _delete(screen: RunsScreen, names: Sequence[str], way: str) -> None:
    def work() -> None:
        # worked out anew: the folder may have changed while the question was open
        runs = screen.bench.runs
        left = [name for name in names if (runs / name).exists()] or names
        try:
            plan = _planned(left, str(runs), way)
            removed, failed = delete(plan)
        except ParamdynError as error:
            words = str(error).replace("\n", " ")
            hand_over(screen.app, screen.say, words, "bad")
        else:
            hand_over(screen.app, _deleted, screen, plan, removed, failed)

    screen.run_worker(work, thread=True, exclusive=True, group="delete")


def _deleted(
    screen: RunsScreen, plan: Plan, removed: Sequence[str], failed: Sequence[ParamdynError]
) -> None:
    bench, gone = screen.bench, set(removed)
    bench.marked = [path for path in bench.marked if path.name not in gone]
    if bench.baseline is not None and bench.baseline.name in gone:
        bench.baseline = None
    if bench.open_run is not None and bench.open_run.name in gone:
        screen.application.leave_run(bench.open_run)
        bench.open_run = None
    if screen.application.watcher is not None:
        screen.application.watcher.look_now()
    screen.application.bench_changed()
    if failed:
        screen.say(str(failed[0]).replace("\n", " "), "bad")
    elif removed:
        size = sum(each.size for each in plan.removals if each.run.name in gone)
        count = f"{len(removed):,} run{'s' if len(removed) != 1 else ''}"
        screen.say(f"deleted {count}, {byte_size(max(size - plan.kept, 0))} free")

"""What the keys of the list of runs do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.widgets.run_list.lines import runs_at
from paramdyn_tui.tui.widgets.run_list.listing import Head
from paramdyn_tui.tui.widgets.run_list.words import first_command
from paramdyn_tui.watching.trends import DRIFT

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.tui.screens.runs import RunsScreen
    from paramdyn_tui.tui.widgets.run_list.table import RunTable


class RunsActions:
    """The methods of the scope ``runs``."""

    def action_cursor(self, where: str) -> None:
        """Move the cursor."""
        self._me.table.place.go(where)
        self._me.table.repaint()
        self._me.cursor_moved()

    def action_open(self) -> None:
        """Open the run; show or hide the runs of a group."""
        me = self._me
        line = me.table.line
        if isinstance(line, Head):
            self._set_open(line, open_it=line.name not in me.lines.open_heads)
        elif line is not None:
            me.application.open_run(line.path)

    def action_fold(self) -> None:
        """Hide the runs of the group that the cursor is in, and go to its head."""
        me = self._me
        head = self._head_at_cursor()
        if head is None:
            me.say("The runs are not in groups.", "warn")
            return
        me.table.place.go_to(head.name)
        self._set_open(head, open_it=False)

    def action_unfold(self) -> None:
        """Show the runs of the group at the cursor."""
        head = self._head_at_cursor()
        if head is None:
            self._me.say("The runs are not in groups.", "warn")
        else:
            self._set_open(head, open_it=True)

    def action_mark(self) -> None:
        """Mark the run, or all runs of the group, and go on to the next."""
        me = self._me
        line = me.table.line
        runs = runs_at(line)
        if not runs:
            return
        self._mark([run.path for run in runs])
        if not isinstance(line, Head):
            me.table.place.go("down")
        me.application.bench_changed()

    def action_mark_all(self) -> None:
        """Mark every run that is listed, or none when all of them are."""
        me = self._me
        if me.listing is None:
            return
        self._mark([run.path for run in me.listing.runs])
        me.application.bench_changed()
        me.say(f"{len(me.bench.marked):,} marked")

    def action_family(self) -> None:
        """Mark the run at the cursor with its parent and its controls."""
        from paramdyn_tui.tui.widgets.run_list.family import family_of

        me = self._me
        run = me.run_at_cursor
        if run is None or me.listing is None:
            me.say("Choose a run first.", "warn")
            return
        family = family_of(run, me.listing.everything)
        if len(family.members) < 2:
            me.say(f"{run.name} has neither parent nor children nor controls here.", "warn")
            return
        paths = [member.path for member in family.members]
        was_marked = self._mark(paths)
        words = f"{len(paths)} marked: {', '.join(_role(each) for each in family.members)}"
        if not was_marked and me.bench.baseline is None and family.twin is not None:
            me.bench.baseline = family.twin.path
            words += "; baseline: the twin"
        me.application.bench_changed()
        me.say("the family's marks are gone" if was_marked else words)

    def action_baseline(self) -> None:
        """Make the run at the cursor the baseline; again: none."""
        me = self._me
        runs = runs_at(me.table.line)
        if runs:
            path = runs[0].path
            me.bench.baseline = None if me.bench.baseline == path else path
            me.application.bench_changed()

    def action_group(self) -> None:
        """Ask by what runs are grouped."""
        from paramdyn_tui.tui.screens.runs_choices import ask_for_group

        ask_for_group(self._me)

    def action_sort(self) -> None:
        """Ask what runs are sorted by."""
        from paramdyn_tui.tui.screens.runs_choices import ask_for_order

        ask_for_order(self._me)

    def action_filter(self) -> None:
        """Ask which runs are meant."""
        from paramdyn_tui.tui.screens.runs_choices import ask_for_query

        ask_for_query(self._me)

    def action_metric(self) -> None:
        """Ask which metric is shown."""
        from paramdyn_tui.tui.screens.runs_choices import ask_for_metric

        ask_for_metric(self._me)

    def action_diff(self) -> None:
        """Show what differs from the baseline, or hide it."""
        me = self._me
        me.diff_is_open = not me.diff_is_open
        me.show_lines()
        me.draw_compared()

    def action_delete(self) -> None:
        """Ask whether the marked runs, or the one at the cursor, are to be deleted."""
        from paramdyn_tui.tui.screens.runs_delete import ask_to_delete

        ask_to_delete(self._me)

    def action_all_fields(self) -> None:
        """Show all fields, or those that differ; opens the differences."""
        me = self._me
        if me.diff_is_open:
            me.shows_all_fields = not me.shows_all_fields
        else:
            me.diff_is_open = me.shows_all_fields = True
        me.show_lines()
        me.draw_compared()

    def copied(self) -> str:
        """Return the id of the run, the values of the chart, or the command that compares."""
        from paramdyn_tui.tui.screens.runs_beside import command_to_diff

        me = self._me
        if me.has_class("-empty"):
            return first_command(me.bench.runs)
        if me.focused is not None and me.overlay in me.focused.ancestors:
            return me.overlay.copied()
        if me.diff_is_open and (command := command_to_diff(me)):
            return command
        return "\n".join(run.name for run in runs_at(me.table.line))

    def change(self, **chosen: str) -> None:
        """Change what is asked, remember it, and list anew.

        Args:
            **chosen: ``query``, ``sort``, ``group`` or ``metric``.
        """
        me = self._me
        for name, value in chosen.items():
            setattr(me.application.settings, name, value)
        if "group" in chosen:
            me.turned = frozenset()
        sort = me.application.settings.sort
        if "metric" in chosen and sort.removeprefix("-").startswith(DRIFT):
            # of another measurement's totals nothing is known any more
            turned = "-" if sort.startswith("-") else ""
            me.application.settings.sort = f"{turned}{chosen['metric']}"
        me.relist()

    def sort_by(self, key: str) -> None:
        """Sort by a key; by the same again: the other way round."""
        sort = self._me.application.settings.sort
        self.change(sort=f"-{key}" if key and sort == key else key)

    def on_run_table_clicked(self, event: RunTable.Clicked) -> None:
        """Show where the cursor went; open what was clicked twice."""
        self._me.table.repaint()
        self._me.cursor_moved()
        if event.twice:
            self.action_open()

    def on_run_table_heading_clicked(self, event: RunTable.HeadingClicked) -> None:
        """Sort by the column."""
        self.sort_by(event.key)

    def _mark(self, paths: Sequence[Path]) -> bool:
        """Mark runs, or take the marks away when all have one; tell whether all had."""
        bench = self._me.bench
        marked = set(bench.marked)
        if all(path in marked for path in paths):
            gone = set(paths)
            bench.marked = [path for path in bench.marked if path not in gone]
            return True
        bench.marked += [path for path in paths if path not in marked]
        return False

    def _set_open(self, head: Head, *, open_it: bool) -> None:
        me = self._me
        if (head.name in me.lines.open_heads) is not open_it:
            me.turned ^= {head.name}
            me.refold()

    def _head_at_cursor(self) -> Head | None:
        me = self._me
        above = reversed(me.lines.lines[: me.table.place.at + 1])
        return next((line for line in above if isinstance(line, Head)), None)

    @property
    def _me(self) -> RunsScreen:
        return cast("RunsScreen", self)


def _role(run: RunSummary) -> str:
    return "parent" if run.arm in ("base", "continued") else run.arm or "run"

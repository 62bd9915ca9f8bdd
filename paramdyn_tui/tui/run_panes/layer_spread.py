"""The values of one parameter from snapshots: read in a thread, for one parameter at a time."""

from __future__ import annotations

from pathlib import Path

from paramdyn.errors import ParamdynError
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.tui.run_panes.inspector import Spread


def read_spread(path: Path, name: str) -> Spread:
    """Return the histograms of a parameter before and after; why there are none, in words.

    Reads only this parameter. Takes about a second for a hundred million values.

    Args:
        path: The run folder.
        name: The parameter.
    """
    from paramdyn_tui.plotting.histograms import PARENT, newest_snapshot, starting_snapshot
    from paramdyn_tui.tui.charts.histogram import read_counts

    try:
        folder = RunFolder.open(path)
        after, after_words = newest_snapshot(folder)
        before, before_words = starting_snapshot(folder)
        counted = read_counts(after, [name])
        if before is None:
            hint = f"values at {after_words}; the start was not kept (--snapshots init,final)"
            return Spread(after=counted, words=hint)
        if before_words == PARENT:  # its values were changed before the run began
            before_words += ", not perturbed"
        return Spread(
            before=read_counts(before, [name]),
            after=counted,
            moved=read_counts(after, [name], before) if before != after else None,
            words=f"before: {before_words}, after: {after_words}",
        )
    except ParamdynError as error:
        head = f"{path}/snapshots: "  # the screen says which run it is
        return Spread(words=str(error).replace(head, "", 1))

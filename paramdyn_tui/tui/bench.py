"""What all screens share: the runs folder, the open run, the marked runs, what was seen last.

No Textual here. The truth is in the run folders; this is what a person has chosen to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.tui.palette import SERIES

if TYPE_CHECKING:
    from paramdyn_tui.watching.runs_watch import RunsView
    from paramdyn_tui.watching.view import RunView


@dataclass
class Bench:
    """The state of a session.

    Attributes:
        runs: The runs folder.
        readonly: Whether nothing may be done to runs.
        data: Where data sets lie, for runs that are started; None: as paramdyn finds them.
        open_run: The run that the screens of one run show.
        marked: Runs that are laid over each other, in the order of marking.
        baseline: The run that others are compared with.
        behind: The run that is watched because it lies behind the open one.
        look_at: Step at which the charts of the open run are to be inspected, once.
        question: The question at the cursor of the answers; empty: the first.
        list_seen: The last list of runs.
        seen: Folder -> what was last seen of a run that is watched.
        followed: Runs that are watched because they are compared.
    """

    runs: Path
    readonly: bool = False
    data: str | None = None
    open_run: Path | None = None
    marked: list[Path] = field(default_factory=list)
    baseline: Path | None = None
    behind: Path | None = None
    look_at: float | None = None
    question: str = ""
    list_seen: RunsView | None = None
    seen: dict[Path, RunView] = field(default_factory=dict)
    followed: set[Path] = field(default_factory=set)
    _colors: dict[str, int] = field(default_factory=dict)

    @property
    def open_view(self) -> RunView | None:
        """What was last seen of the open run."""
        return self.seen.get(self.open_run) if self.open_run else None

    def mark(self, path: Path) -> None:
        """Mark a run, or take its mark away."""
        if path in self.marked:
            self.marked.remove(path)
        else:
            self.marked.append(path)

    def compared(self) -> list[Path]:
        """Return the runs to compare: the baseline, then the marked ones; else the open one."""
        chosen = [*([self.baseline] if self.baseline else []), *self.marked]
        if not chosen and self.open_run:
            chosen = [self.open_run]
        return list(dict.fromkeys(chosen))

    def color_of(self, name: str) -> int:
        """Return the series colour of a run: the same on every screen, its own while they last.

        Colours are given out in the order of asking; the eleventh run shares one.
        """
        if name not in self._colors:
            used = set(self._colors.values())
            free = [color for color in range(SERIES) if color not in used]
            self._colors[name] = free[0] if free else len(self._colors) % SERIES
        return self._colors[name]

    def take_colors(self, colors: Mapping[str, int]) -> None:
        """Give runs the colours that they had in an earlier session."""
        self._colors |= {name: color % SERIES for name, color in colors.items()}

    def keep_colors(self, names: Iterable[str]) -> None:
        """Give the colours of runs that are not among ``names`` back."""
        wanted = set(names)
        self._colors = {name: color for name, color in self._colors.items() if name in wanted}

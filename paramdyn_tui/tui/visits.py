"""What was looked at in a runs folder, so that it is there again after a kill -9 or a lost link.

``tui-visits.json`` of the user's state folder holds one entry for each runs folder: the screen, the
open run, the marked runs in their order, the baseline, the colours of the compared ones, and the
question about them. It is written whole about a second after a key that changed something, and when
the application is left.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.settings import Settings, save_settings

MOST_VISITS = 50
"""Runs folders that are remembered; the one that was looked at longest ago is forgotten first."""
FILE_NAME = "tui-visits.json"


@dataclass(frozen=True)
class Visit:
    """What was looked at in a runs folder. Runs are names of its folders, or paths elsewhere.

    Attributes:
        screen: The screen that was open.
        open_run: The run that the screens of one run showed; empty: none.
        marked: The runs that were laid over each other.
        baseline: The run that others were compared with; empty: none.
        colors: Name of a compared run -> its series colour.
        question: The question that was at the cursor of the answers.
    """

    screen: str = "runs"
    open_run: str = ""
    marked: list[str] = field(default_factory=list)
    baseline: str = ""
    colors: dict[str, int] = field(default_factory=dict)
    question: str = ""


def visit_of(bench: Bench, screen: str) -> Visit:
    """Return what is looked at now."""

    def name(path: Path) -> str:
        return path.name if path.parent == bench.runs else str(path)

    return Visit(
        screen=screen,
        open_run=name(bench.open_run) if bench.open_run else "",
        marked=[name(path) for path in bench.marked],
        baseline=name(bench.baseline) if bench.baseline else "",
        colors={path.name: bench.color_of(path.name) for path in bench.compared()},
        question=bench.question,
    )


def restore(bench: Bench, visit: Visit) -> None:
    """Look at the same again; runs that are gone are left out.

    Args:
        bench: A new one. A run that is open already stays open.
        visit: What was looked at.
    """
    listed: set[str] = set()
    if visit.marked or visit.baseline or visit.open_run:
        with contextlib.suppress(OSError):
            listed = {each.name for each in bench.runs.iterdir()}  # once, for all that is marked

    def there(name: str) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return name in listed or (name.startswith("/") and Path(name).is_dir())
        return False

    bench.question = visit.question
    bench.marked = [bench.runs / name for name in visit.marked if there(name)]
    bench.baseline = bench.runs / visit.baseline if there(visit.baseline) else None
    if bench.open_run is None and there(visit.open_run):
        bench.open_run = bench.runs / visit.open_run
    names = {path.name for path in bench.compared()}
    bench.take_colors({name: at for name, at in visit.colors.items() if name in names})


def load_visit(path: Path, runs: Path) -> Visit:
    """Return what was looked at in a runs folder; what cannot be read is as at the first time.

    Args:
        path: The file of visits.
        runs: The runs folder, absolute.
    """
    found = _entries(path).get(str(runs))
    known = found if isinstance(found, dict) else {}
    usual = Visit()
    marked, colors = known.get("marked"), known.get("colors")
    return Visit(
        screen=_text(known, "screen") or usual.screen,
        open_run=_text(known, "open_run"),
        marked=[each for each in marked if isinstance(each, str)]
        if isinstance(marked, list)
        else [],
        baseline=_text(known, "baseline"),
        colors={name: at for name, at in colors.items() if type(at) is int and at >= 0}
        if isinstance(colors, dict)
        else {},
        question=_text(known, "question"),
    )


def save_visit(visit: Visit, path: Path, runs: Path) -> None:
    """Remember a visit beside those to other folders; where nothing can be written none is."""
    from paramdyn.errors import StoreError
    from paramdyn.store.atomic import write_whole

    entries = _entries(path)
    entries.pop(str(runs), None)
    entries[str(runs)] = asdict(visit)
    kept = dict(list(entries.items())[-MOST_VISITS:])
    with contextlib.suppress(OSError, StoreError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(kept).encode())


class Memory:
    """Writes what is to be remembered when it has changed.

    Args:
        bench: What is looked at.
        settings: How it is looked at.
        path: The file of settings; that of visits stands beside it.
    """

    def __init__(self, bench: Bench, settings: Settings, path: Path) -> None:
        self._bench, self._settings, self._path = bench, settings, path
        self._visit: Visit | None = None
        self._known = asdict(settings)

    @property
    def visits(self) -> Path:
        """The file of visits."""
        return self._path.with_name(FILE_NAME)

    def recall(self) -> Visit:
        """Return what was looked at in the runs folder, and take it as what is known."""
        self._visit = load_visit(self.visits, self._bench.runs)
        return self._visit

    def keep(self, screen: str) -> None:
        """Write what has changed since the last time; nothing has: write nothing."""
        if (visit := visit_of(self._bench, screen)) != self._visit:
            self._visit = visit
            save_visit(visit, self.visits, self._bench.runs)
        if (settings := asdict(self._settings)) != self._known:
            self._known = settings
            save_settings(self._settings, self._path)


def _entries(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(known: dict[str, Any], name: str) -> str:
    value = known.get(name)
    return value if isinstance(value, str) else ""

"""Opening the application on a terminal."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.modes import MODULES
from paramdyn_tui.tui.settings import (
    configuration_path,
    load_configuration,
    load_settings,
    state_path,
)
from paramdyn_tui.tui.visits import Memory, restore

SWITCH_SECONDS = 0.001
"""The thread that draws waits no longer than this, each time, for one that reads files."""
COLLECT_AFTER = (20_000, 20, 50)
"""Everything is seldom searched for rings of dead objects: with the records of a thousand runs that
takes a tenth of a second, in which no key is answered."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How the application is opened.

    Attributes:
        runs: The runs folder.
        run: The run that is open at first; None: what was open the last time.
        data: Where data sets lie, for runs that are started.
        readonly: Whether nothing may be done to runs.
        ascii_only: Whether only ASCII is drawn.
        theme: Name of a theme; empty: the configured or remembered one.
        mouse: Whether the mouse is the application's; without, the terminal selects text with it.
    """

    runs: Path
    run: Path | None = None
    data: str | None = None
    readonly: bool = False
    ascii_only: bool = False
    theme: str = ""
    mouse: bool = True


def open_application(opening: Opening) -> int:
    """Show the application until it is left; return the exit status."""
    settings = load_settings(state_path())
    configuration = load_configuration(configuration_path())
    bench = Bench(
        runs=opening.runs, readonly=opening.readonly, data=opening.data, open_run=opening.run
    )
    memory = Memory(bench, settings, state_path())
    visit = memory.recall()
    restore(bench, visit)
    settings.theme = opening.theme or configuration.theme or settings.theme
    app = ParamdynApp(
        bench,
        look=look_of(os.environ, ascii_only=opening.ascii_only),
        settings=settings,
        configuration=configuration,
        start="run" if opening.run else first_screen(bench, visit.screen),
        memory=memory,
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*COLLECT_AFTER)
    try:
        app.run(mouse=opening.mouse)
    finally:
        app.remember()
    return app.return_code or 0


def first_screen(bench: Bench, remembered: str) -> str:
    """Return the screen to open: the remembered one, unless what it was about is gone."""
    of_one_run = remembered in ("run", "layers", "logs")
    if remembered not in MODULES or (of_one_run and bench.open_run is None):
        return "runs"
    if remembered in ("compare", "analyze") and not bench.compared():
        return "runs"
    return remembered


def look_of(environment: Mapping[str, str], *, ascii_only: bool) -> Look:
    """Return what a terminal with that environment can show."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    return Look(
        color=not environment.get("NO_COLOR") and environment.get("TERM") != "dumb",
        ascii_only=ascii_only or encoding not in {"utf8", "utf16", "utf32"},
    )

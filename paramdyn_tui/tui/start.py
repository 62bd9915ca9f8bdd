"""Opening the application on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.settings import (
    configuration_path,
    load_configuration,
    load_settings,
    save_settings,
    state_path,
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How the application is opened.

    Attributes:
        runs: The runs folder.
        run: The run that is open at first; None: the list of runs is.
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
    settings.theme = opening.theme or configuration.theme or settings.theme
    bench = Bench(
        runs=opening.runs, readonly=opening.readonly, data=opening.data, open_run=opening.run
    )
    app = ParamdynApp(
        bench,
        look=look_of(os.environ, ascii_only=opening.ascii_only),
        settings=settings,
        configuration=configuration,
        start="run" if opening.run else "runs",
    )
    try:
        app.run(mouse=opening.mouse)
    finally:
        save_settings(settings, state_path())
    return app.return_code or 0


def look_of(environment: Mapping[str, str], *, ascii_only: bool) -> Look:
    """Return what a terminal with that environment can show."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    return Look(
        color=not environment.get("NO_COLOR") and environment.get("TERM") != "dumb",
        ascii_only=ascii_only or encoding not in {"utf8", "utf16", "utf32"},
    )

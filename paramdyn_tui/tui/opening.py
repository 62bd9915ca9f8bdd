"""From the words of the command line to the application; the run is found before Textual loads."""

from __future__ import annotations

from pathlib import Path

from paramdyn.store.runs_place import runs_folder
from paramdyn_tui.tui.palette import check_theme


def open_as_asked(
    *,
    run: str | None = None,
    runs: str | None = None,
    data: str | None = None,
    theme: str = "",
    readonly: bool = False,
    ascii: bool = False,  # noqa: A002 - the option's name
    no_mouse: bool = False,
) -> int:
    """Open the application; return the exit status.

    Raises:
        UnknownName: There is no such theme.
        RunNotFound, RunIncomplete: As ``find_run``.
    """
    check_theme(theme)
    folder = runs_folder(runs)
    path = _path_of(run, folder) if run else None
    from paramdyn_tui.tui.start import Opening, open_application

    return open_application(
        Opening(
            runs=folder.absolute(),
            run=path,
            data=data,
            readonly=readonly,
            ascii_only=ascii,
            theme=theme,
            mouse=not no_mouse,
        )
    )


def _path_of(run: str, folder: Path) -> Path:
    from paramdyn.store.run_folder import find_run

    return find_run(folder, run).path

"""From the words of the command line to the application; the run is found before Textual loads."""

from __future__ import annotations

from pathlib import Path

from paramdyn.errors import ParamdynError, UnknownName
from paramdyn.store.runs_place import runs_folder
from paramdyn_tui.late_imports import OF_TEXTUAL, imports_put_off
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
        ParamdynError: As ``check_asked``.
    """
    folder = runs_folder(runs)
    path = check_asked(run=run, folder=folder, theme=theme)
    with imports_put_off(OF_TEXTUAL):
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


def check_asked(*, run: str | None, folder: Path, theme: str) -> Path | None:
    """Return the folder of the run that is asked for; None when none is.

    Raises:
        UnknownName: There is no such theme.
        RunNotFound, RunIncomplete: As ``find_run``.
        UsageError: Both.
    """
    path: Path | None = None
    found: list[ParamdynError] = []
    try:
        check_theme(theme)
    except UnknownName as error:
        found.append(error)
    try:
        path = _path_of(run, folder) if run else None
    except ParamdynError as error:
        found.append(error)
    if len(found) > 1:
        from paramdyn_tui.cli.usage import UsageError

        raise UsageError(map(str, found))
    if found:
        raise found[0]
    return path


def _path_of(run: str, folder: Path) -> Path:
    from paramdyn.store.run_folder import find_run

    return find_run(folder, run).path

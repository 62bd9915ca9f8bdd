"""``paramdyn plot RUN``: pictures of a run, finished or not."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Annotated

import typer

from paramdyn.errors import BadRequest
from paramdyn_tui.cli import output
from paramdyn_tui.cli.options import ASCII, Json, Runs


def plot(  # noqa: PLR0913, PLR0917 - one parameter an option
    run: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="A run's id, its start, or its folder."),
    ],
    what: Annotated[
        str, typer.Option(metavar="a,b", help="Any of curves, drift, classes.")
    ] = "curves,drift,classes",
    x: Annotated[str, typer.Option("--x", metavar="AXIS", help="step, epoch or time.")] = "epoch",
    measure: Annotated[
        str,
        typer.Option(metavar="NAME", help="Drawn as drift: see catalog measurements."),
    ] = "relative_displacement",
    width: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Characters a line has. [the terminal's, else 80]"),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Lines to fill. [the terminal's, else 24]"),
    ] = None,
    log_scale: Annotated[
        bool, typer.Option("--log", help="Loss and drift on a logarithmic scale.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    ascii_: Annotated[bool, ASCII] = False,
    json_: Json = False,
    runs: Runs = None,
) -> None:
    """Draw loss and accuracy, how far each layer moved over time, and what became of every value.

    A picture fits the terminal; piped, it is plain text of 80 columns. NO_COLOR, FORCE_COLOR and
    TERM=dumb are respected.
    """
    from paramdyn.store.run_folder import find_run, runs_folder

    folder = find_run(runs_folder(runs), the_one(run))
    parts = [name.strip() for name in what.split(",") if name.strip()]
    if json_:
        from paramdyn_tui.plotting.export import run_data

        output.result_json(run_data(folder, what=parts, x=x, measurement=measure))
        return
    from paramdyn_tui.plotting.figures import plot_run
    from paramdyn_tui.plotting.raster import to_ascii

    terminal = shutil.get_terminal_size((80, 24))
    picture = plot_run(
        folder,
        what=parts,
        x=x,
        measurement=measure,
        width=width or terminal.columns,
        height=height or terminal.lines,
        color=wants_color(no_color),
        log=log_scale,
    )
    plain = ascii_ or not output.is_unicode(sys.stdout)
    output.result(to_ascii(picture) if plain else picture)


def the_one(runs: list[str]) -> str:
    """Return the run that was named.

    Raises:
        BadRequest: Several were.
    """
    if len(runs) != 1:
        raise BadRequest(
            f"plot: {len(runs)} runs were named: {', '.join(runs)}. Expected one: several in one "
            "picture are not drawn yet. Call plot once for each."
        )
    return runs[0]


def wants_color(refused: bool) -> bool:
    """Tell whether to draw in colour: refused, NO_COLOR, FORCE_COLOR, terminal, in this order."""
    if refused or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or output.is_colourful(sys.stdout)

"""The options of ``plot``, and the runs and the request that they ask for."""

# ruff: noqa: RUF009 - the called functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paramdyn.errors import BadRequest
from paramdyn_tui.cli.options import ASCII, JSON, RUNS

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder
    from paramdyn_tui.plotting.request import Request


def _option(flag: str, about: str, default: Any = None, **more: Any) -> Any:  # noqa: ANN401
    return field(default=default, metadata={"typer": typer.Option(flag, help=about, **more)})


@dataclass(frozen=True, kw_only=True)
class PlotOptions:
    """All options of ``plot``."""

    run: list[str] | None = field(
        default=None,
        metadata={
            "typer": typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")
        },
    )
    where: str | None = _option(
        "--where", "And the runs that this filter means, as in ls.", metavar="FILTER"
    )
    what: str | None = _option(
        "--what", "Any of curves, drift, classes, histograms, layers.", metavar="a,b"
    )
    metric: str | None = _option(
        "--metric", "A panel for each: test.acc, train.loss, lr, speed, ...", metavar="a,b"
    )
    x: str = _option("--x", "step, epoch, images, time or relative.", "epoch", metavar="AXIS")
    measure: str = _option(
        "--measure", "Drawn as drift and layers: see catalog measurements.",
        "relative_displacement", metavar="NAME",
    )  # fmt: skip
    band: bool = _option("--band", "Runs that differ in seed only: mean and 95% t-band.", False)
    group: str | None = _option(
        "--group", "Bands over runs with the same value of a field: model, lr, perturb, ...",
        metavar="KEY",
    )  # fmt: skip
    diff: str | None = _option("--diff", "Draw each run minus this one.", metavar="RUN")
    smooth: float = _option(
        "--smooth", "0 to 0.999: exponential average; 2 and more: window of records.", 0.0,
        metavar="X",
    )  # fmt: skip
    log: bool = _option("--log", "Loss, drift and layers on a logarithmic scale.", False)
    log_y: bool = _option("--log-y", "Every panel on a logarithmic scale.", False)
    log_x: bool = _option("--log-x", "Curves over a logarithmic axis, without step 0.", False)
    chance: bool = _option("--chance", "Mark what guessing gets.", False)
    target: float | None = _option("--target", "Mark this accuracy.", metavar="X")
    out: Path | None = _option(
        "--out", "Write .svg, .png or .pdf (needs matplotlib), .txt or .ans.", metavar="FILE"
    )
    width: int | None = _option(
        "--width", "Characters a line has. [the terminal's, else 80]", metavar="N", min=1
    )
    height: int | None = _option(
        "--height", "Lines to fill. [the terminal's, else 24]", metavar="N", min=1
    )
    no_color: bool = _option("--no-color", "No colours.", False)
    ascii: bool = field(default=False, metadata={"typer": ASCII})
    json: bool = field(default=False, metadata={"typer": JSON})
    runs: str | None = field(default=None, metadata={"typer": RUNS})


def request_of(options: PlotOptions, base: RunFolder | None) -> Request:
    """Return what the options ask for.

    Raises:
        BadRequest: An option names nothing, or two exclude each other.
    """
    from paramdyn_tui.plotting.request import PARTS, Request, names_in

    if options.band and options.group:
        raise BadRequest(
            "--band, --group: both were given. --band makes a group of runs that differ in their "
            "seeds only, --group of runs with the same value of one field. Give one."
        )
    return Request(
        what=() if options.what is None else names_in(options.what, "--what", PARTS),
        x=options.x,
        metrics=() if options.metric is None else names_in(options.metric, "--metric"),
        measurement=options.measure,
        log=options.log,
        log_y=options.log_y,
        log_x=options.log_x,
        smooth=options.smooth,
        band=options.band,
        group=options.group or "",
        chance=options.chance,
        target=options.target,
        difference=base.name if base else "",
    )


def chosen_runs(options: PlotOptions) -> list[RunFolder]:
    """Return the runs that were named, then those that fit the filter, none twice.

    Raises:
        RunNotFound: A name stands for no run or for several.
        BadRequest: No run was named and none fits, or the filter cannot be read.
    """
    from paramdyn.store.run_folder import RunFolder, find_run, runs_folder

    runs = runs_folder(options.runs)
    found = [find_run(runs, name) for name in options.run or ()]
    if options.where is not None:
        from paramdyn.store.query.filters import parse_query
        from paramdyn.store.run_index import list_runs

        rows = list_runs(runs)
        fitting = parse_query(options.where, rows).select(rows)
        found += [RunFolder(row.path.absolute()) for row in reversed(fitting)]
        if not found:
            raise BadRequest(
                f"--where: no run in {runs} fits '{options.where}'. Expected at least one. Try the "
                "filter with paramdyn ls."
            )
    if not found:
        raise BadRequest(
            "plot: no run was named. Expected the id of at least one, or --where FILTER. List the "
            "runs: paramdyn ls."
        )
    return list({folder.path: folder for folder in found}.values())

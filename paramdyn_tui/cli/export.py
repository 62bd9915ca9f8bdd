"""``paramdyn export``: runs as tables for other programs."""

# ruff: noqa: RUF009 - the called function returns a dataclass field

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paramdyn_tui.cli.options import JSON, RUNS, takes

if TYPE_CHECKING:
    from paramdyn.store.run_folder import RunFolder
    from paramdyn_tui.export.written import Written

FORMATS = ("csv", "parquet", "tensorboard")
DEFAULT_OUT = "export"


def _as(parameter: Any, default: Any = None) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=default, metadata={"typer": parameter})


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """All options of ``export``."""

    run: list[str] | None = _as(
        typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")
    )
    to: str = _as(
        typer.Option("--to", metavar="FORMAT", help="csv, parquet or tensorboard."), "csv"
    )
    out: str = _as(
        typer.Option("--out", "-o", metavar="DIR", help="Folder to write into; -: stdout."),
        DEFAULT_OUT,
    )
    what: str | None = _as(
        typer.Option(
            "--what",
            metavar="TABLES",
            help="Some of runs, metrics, drift_totals, drift, events, timing, parameters, spec, "
            "snapshots. [default: all]",
        )
    )
    where: str | None = _as(
        typer.Option("--where", metavar="FILTER", help="The runs that this filter means, as in ls.")
    )
    every: bool = _as(typer.Option("--all", help="Every run of the folder."), False)
    overwrite: bool = _as(typer.Option("--overwrite", help="Replace what is there."), False)
    runs: str | None = _as(RUNS)
    json: bool = _as(JSON, False)


@takes(ExportOptions)
def export(options: ExportOptions) -> None:
    """Write runs as tables that other programs read. Several runs share each table.

    \b
    paramdyn export lenet-digits --to csv --out tables
    paramdyn export --where 'model=resnet18 status=finished' --to parquet
    paramdyn export RUN --what metrics --out - | head
    paramdyn export RUN --to tensorboard --out events
    tensorboard --logdir events

    CSV and Parquet: one file a table. NaN and infinities stay what they are; undefined is an empty
    field in CSV, which pandas reads as NaN, and null in Parquet. Column run names the run.

    TensorBoard: one folder of event files a run, with scalars, histograms of the snapshots, the
    spec as text and in the HParams tab.

    Parquet and TensorBoard need: pip install 'paramdyn[export]'

    A running run is exported as far as it is. Existing files are kept unless --overwrite is given.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn.store.run_folder import runs_folder

    names = _tables(options.what)
    check_request(options.to, options.out, names, json=options.json)
    folders = chosen(options, runs=runs_folder(options.runs))
    if options.out == "-":
        _to_stdout(folders, names)
        return
    out = Path(options.out).expanduser()
    written = write(folders, to=options.to, out=out, what=names, overwrite=options.overwrite)
    _report(written, folders, to=options.to, json=options.json)


def check_request(to: str, out: str, names: Sequence[str], *, json: bool) -> None:
    """Check what can be checked before any run is read.

    Raises:
        UnknownName: There is no such format or table.
        BadRequest: stdout cannot take what was asked for, or a package is missing.
    """
    from paramdyn.errors import BadRequest, UnknownName
    from paramdyn.registry import unknown_name
    from paramdyn.store.export.names import TABLES
    from paramdyn_tui.export.written import require

    if to not in FORMATS:
        listing = ", ".join(FORMATS)
        raise UnknownName(unknown_name("format", to, list(FORMATS), where="--to", listing=listing))
    for name in names:
        if name not in TABLES:
            listing = ", ".join(TABLES)
            message = unknown_name("table", name, list(TABLES), where="--what", listing=listing)
            raise UnknownName(message)
    if out == "-" and (to != "csv" or len(names) != 1 or json):
        raise BadRequest(
            "--out -: stdout takes one table as CSV, without --json. "
            "Name the table, such as: --what metrics --out -"
        )
    if to == "parquet":
        require("pyarrow.parquet", "pyarrow", "Parquet")
    if to == "tensorboard":
        require("tensorboard.summary.writer.record_writer", "tensorboard", "TensorBoard")


def chosen(options: ExportOptions, *, runs: Path) -> list[RunFolder]:
    """Return the runs that are named, or that answer a filter, each once.

    Raises:
        RunNotFound: A name is unknown, or no run answers.
        BadRequest: Nothing was said about which runs.
    """
    from paramdyn.errors import BadRequest, RunNotFound
    from paramdyn.store.run_folder import RunFolder, find_run
    from paramdyn.store.run_index import list_runs
    from paramdyn.store.run_summary import BROKEN

    names, where = options.run or [], options.where
    if not names and where is None and not options.every:
        raise BadRequest(
            "export: no run is named. Name runs, or choose them: --where 'status=finished', --all."
        )
    found = [find_run(runs, name) for name in names]
    if where is not None or options.every:
        listed = [row for row in list_runs(runs) if row.status != BROKEN]
        if where is not None:
            from paramdyn.store.query.filters import parse_query

            query = parse_query(where, listed)
            listed = [row for row in listed if query.matches(row)]
        found += [RunFolder.open(row.path.absolute()) for row in reversed(listed)]
    if not found:
        asked = f"answers '{where}'" if where is not None else "is there"
        raise RunNotFound(f"{runs}: no run {asked}. List the runs: paramdyn ls.")
    return list({folder.path.resolve(): folder for folder in found}.values())


def write(
    folders: Sequence[RunFolder], *, to: str, out: Path, what: Sequence[str], overwrite: bool
) -> list[Written]:
    """Write runs in one of ``FORMATS``.

    Raises:
        BadRequest: Something is there already.
        StoreError: A run cannot be read, or a file cannot be written.
    """
    from paramdyn.store.atomic import store_error
    from paramdyn.store.export.tables import tables_of
    from paramdyn_tui.export.written import check_free

    if to == "tensorboard":
        paths = [out / folder.name for folder in folders]
    else:
        paths = [out / f"{name}.{to}" for name in what]
    check_free(paths, overwrite=overwrite)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_error(out, "made", error) from error
    if to == "tensorboard":
        from paramdyn_tui.export.tensorboard_files import write_tensorboard

        return write_tensorboard(folders, out, what=what, overwrite=overwrite)
    tables = tables_of(folders, what)
    if to == "parquet":
        from paramdyn_tui.export.parquet_files import write_parquet

        return write_parquet(tables, out, runs=[folder.name for folder in folders])
    from paramdyn_tui.export.csv_files import write_csv

    return write_csv(tables, out)


def _tables(what: str | None) -> list[str]:
    from paramdyn.store.export.names import TABLES

    if what is None:
        return list(TABLES)
    return list(dict.fromkeys(part.strip() for part in what.split(",") if part.strip()))


def _to_stdout(folders: Sequence[RunFolder], names: Sequence[str]) -> None:
    from paramdyn.store.export.tables import tables_of
    from paramdyn_tui.export.csv_files import write_rows

    [table] = tables_of(folders, names)
    write_rows(table, sys.stdout)


def _report(
    written: Sequence[Written], folders: Sequence[RunFolder], *, to: str, json: bool
) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import count, short_count

    if json:
        output.result_json(facts(written, folders, to=to))
        return
    rows = [
        [item.table or item.run, count(item.rows), f"{short_count(item.size_bytes)}B",
         str(item.path)]
        for item in written
    ]  # fmt: skip
    columns = ["run" if to == "tensorboard" else "table", "rows", "size", "path"]
    output.table(columns, rows, right=("rows", "size"))


def facts(written: Sequence[Written], folders: Sequence[RunFolder], *, to: str) -> dict[str, Any]:
    """Return what ``--json`` prints: what was written where."""
    return {
        "format": to,
        "runs": [folder.name for folder in folders],
        "files": [
            {
                "path": str(item.path.absolute()),
                "table": item.table or None,
                "run": item.run or None,
                "rows": item.rows,
                "size_bytes": item.size_bytes,
            }
            for item in written
        ],
    }

"""``paramdyn run``: train a network in a child process and show it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from paramdyn_tui.cli.options import RunOptions, takes

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn_tui.cli.foreground import Ending


@takes(RunOptions)
def run(options: RunOptions) -> None:
    """Train a network and record how every parameter moves.

    Without options: LeNet on 1,797 handwritten digits, 20 epochs. What is not said comes from the
    SPEC file or from the run named by --from, else from the defaults.
    """
    from paramdyn.store.run_folder import runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.spec_options import specs_from

    runs = runs_folder(options.runs)
    if options.dry_run:
        from paramdyn_tui.cli.run_plan import dry_run

        dry_run(options, runs=runs)
        return
    endings = _one_after_another(specs_from(options, runs=runs), options, runs=runs)
    if options.json:
        facts = [ending.facts for ending in endings]
        output.result_json(facts if options.seeds else facts[0])
    worst = max(ending.exit_status for ending in endings)
    if worst:
        raise typer.Exit(worst)


def _one_after_another(
    specs: Sequence[RunSpec], options: RunOptions, *, runs: Path
) -> list[Ending]:
    from paramdyn_tui.cli.foreground import INTERRUPTED

    endings: list[Ending] = []
    for spec in specs:
        endings.append(_one(spec, options, runs=runs))
        if endings[-1].exit_status == INTERRUPTED:
            break
    return endings


def _one(spec: RunSpec, options: RunOptions, *, runs: Path) -> Ending:
    from paramdyn.specs.writer import to_toml
    from paramdyn_tui.cli.data_option import data_arguments
    from paramdyn_tui.cli.foreground import carry_out

    with tempfile.TemporaryDirectory(prefix="paramdyn-") as folder:
        path = Path(folder) / "spec.toml"
        path.write_text(to_toml(spec), encoding="utf-8")
        arguments = ["--spec", str(path), "--runs", str(runs)]
        arguments += data_arguments(options.data, _earlier_run(options, runs=runs))
        return carry_out([*arguments, "--", "paramdyn", *sys.argv[1:]], options)


def _earlier_run(options: RunOptions, *, runs: Path) -> Path | None:
    """Return the folder of the run that ``--from`` or SPEC names, if any."""
    from paramdyn.store.run_folder import find_run

    if options.start:
        return find_run(runs, options.start.partition("@")[0]).path
    return options.spec.parent if options.spec is not None else None

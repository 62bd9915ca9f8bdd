"""``paramdyn resume``: carry on from a run's last checkpoint."""

from __future__ import annotations

import typer

from paramdyn_tui.cli.options import ResumeOptions, takes


@takes(ResumeOptions)
def resume(options: ResumeOptions) -> None:
    """Carry on with a run that was stopped, failed or crashed, from its last checkpoint.

    It ends with the same bytes as a run that was never interrupted.
    """
    from paramdyn.store.run_folder import find_run, runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.data_option import data_arguments
    from paramdyn_tui.cli.foreground import carry_out

    folder = find_run(runs_folder(options.runs), options.run)
    arguments = ["--resume", str(folder.path), *data_arguments(options.data, folder.path)]
    ending = carry_out(arguments, options)
    if options.json:
        output.result_json(ending.facts)
    if ending.exit_status:
        raise typer.Exit(ending.exit_status)

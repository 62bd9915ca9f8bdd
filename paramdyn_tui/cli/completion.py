"""``paramdyn completion``: the script that makes a shell complete names."""

from __future__ import annotations

from typing import Annotated

import typer


def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print the script that makes the tab key complete commands, options, runs and names.

    \b
    eval "$(paramdyn completion bash)"              # in ~/.bashrc
    paramdyn completion zsh > ~/.zfunc/_paramdyn    # with fpath+=~/.zfunc
    paramdyn completion fish > ~/.config/fish/completions/paramdyn.fish

    Run ids come from --runs, $PARAMDYN_RUNS or ./runs, the steps after RUN@ from its snapshots;
    models, data sets, optimizers and the like from the catalogue.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn.errors import UnknownName
    from paramdyn.registry import unknown_name
    from paramdyn_tui.cli import output
    from paramdyn_tui.completing.scripts import SCRIPTS

    if shell not in SCRIPTS:
        listing = ", ".join(SCRIPTS)
        message = unknown_name("shell", shell, list(SCRIPTS), where="completion", listing=listing)
        raise UnknownName(message)
    output.result_lines(SCRIPTS[shell].rstrip("\n"))

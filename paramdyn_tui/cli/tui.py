"""``paramdyn tui``: the application."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import typer

from paramdyn_tui.cli.options import ASCII, DATA, RUNS, takes
from paramdyn_tui.cli.quick_tui import is_screen


@dataclass(frozen=True, kw_only=True)
class TuiOptions:
    """All options of ``tui``."""

    run: str | None = field(
        default=None,
        metadata={
            "typer": typer.Argument(
                metavar="RUN", help="A run to open: its id, the start of one, or its folder."
            )
        },
    )
    runs: str | None = field(default=None, metadata={"typer": RUNS})
    data: str | None = field(default=None, metadata={"typer": DATA})
    readonly: bool = field(
        default=False,
        metadata={"typer": typer.Option("--readonly", help="Look only: start and stop nothing.")},
    )
    theme: str = field(
        default="",
        metadata={
            "typer": typer.Option(
                "--theme", metavar="NAME", help="dark or light. [default: the last one]"
            )
        },
    )
    ascii: bool = field(default=False, metadata={"typer": ASCII})
    no_mouse: bool = field(
        default=False,
        metadata={"typer": typer.Option("--no-mouse", help="Leave the mouse to the terminal.")},
    )


@takes(TuiOptions)
def tui(options: TuiOptions) -> None:
    """Watch, compare, perturb and start runs on the whole screen.

    Press ? for the keys, ctrl+p to find anything by its name, q to leave. The application owns
    nothing: runs go on when it is left, killed, or when the connection is lost, and it shows the
    same again when it is opened anew.

    \b
    paramdyn tui                  all runs of ./runs
    paramdyn tui lenet-digits     one run; the start of its id is enough
    paramdyn tui --readonly       look at what others run

    Without a terminal (a pipe, TERM=dumb) it lists the runs, as paramdyn ls does. What is
    remembered and configured: paramdyn help application.
    """  # noqa: D301 - \b keeps the examples' lines apart in the help
    if not is_screen():
        _plain(options)
        return
    from paramdyn_tui.tui.opening import open_as_asked

    if status := open_as_asked(**asdict(options)):
        raise typer.Exit(status)


def _plain(options: TuiOptions) -> None:
    """Print what a pipe can take: one run, or the list. A mistake is one here, too."""
    from paramdyn.store.runs_place import runs_folder
    from paramdyn_tui.cli.app import load_command
    from paramdyn_tui.tui.opening import check_asked

    check_asked(run=options.run, folder=runs_folder(options.runs), theme=options.theme)
    name, words = ("show", [options.run]) if options.run else ("ls", [])
    words += ["--runs", options.runs] if options.runs else []
    words += ["--ascii"] if options.ascii and name == "ls" else []
    load_command(name).main(words, standalone_mode=False)

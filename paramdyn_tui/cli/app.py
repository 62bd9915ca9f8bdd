"""The command ``paramdyn``: a table of commands whose modules are imported when they are asked for.

``paramdyn --help`` reads the table only, so that it costs no import beyond Typer's.
"""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from paramdyn_tui.cli.options import CommandOfOptions

COMMANDS = {
    "run": "Train a network and record how every parameter moves.",
    "tui": "Watch, compare, perturb and start runs on the whole screen.",
    "attach": "Watch a run while it trains.",
    "stop": "Stop runs, keeping a checkpoint to resume from.",
    "pause": "Let runs wait until they are resumed.",
    "resume": "Carry on with a run that was stopped, paused or killed.",
    "ls": "List the runs: filter, sort, group over seeds.",
    "show": "Tell everything about one run.",
    "diff": "Tell what differs between runs, and how far apart they end.",
    "analyze": "Answer a question about runs, with controls and a verdict.",
    "rm": "Delete runs, after asking.",
    "plot": "Draw one run, or several on top of each other.",
    "export": "Write runs as CSV, Parquet or TensorBoard event files.",
    "catalog": "List the models, data sets, optimizers, perturbations, ...",
    "doctor": "Check this machine: devices, data, folders.",
    "completion": "Print what makes the tab key complete names in a shell.",
    "help": "Explain a topic, or a command.",
}
"""Command -> one line of help. The function is ``paramdyn_tui.cli.<command>:<command>``."""

GROUPS = {
    "Train": ("run", "attach", "stop", "pause", "resume"),
    "Look and compare": ("tui", "ls", "show", "diff", "plot", "analyze"),
    "Keep or leave": ("export", "rm"),
    "Find out": ("catalog", "doctor", "help", "completion"),
}
"""Heading of ``--help`` -> commands below it. One that is in none stands below ``More``."""


class LazyGroup(TyperGroup):
    """A group of commands that imports a command when it is run, and none to list them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - click's or typer's own
        """Return the names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Import and return a command; None when there is none of that name."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the options before the command."""
        from paramdyn_tui.cli.usage import checked

        return super().parse_args(ctx, checked(self, ctx, args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command, or suggest the nearest ones."""
        if args[0] not in COMMANDS:
            from paramdyn.errors import UnknownName
            from paramdyn.registry import unknown_name

            raise UnknownName(
                unknown_name("command", args[0], list(COMMANDS), listing="paramdyn --help")
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002
        """Write the table, in groups, all equally wide."""
        grouped = {name for names in GROUPS.values() for name in names}
        more = tuple(name for name in COMMANDS if name not in grouped)
        widest = max(map(len, COMMANDS))
        for title, names in {**GROUPS, "More": more}.items():
            rows = [(name.ljust(widest), COMMANDS[name]) for name in names if name in COMMANDS]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def load_command(name: str) -> Any:  # noqa: ANN401 - the class is click's or typer's own
    """Import the function of a command and make it one that parses its arguments."""
    from paramdyn_tui.cli.command_line import kinds_of

    module = importlib.import_module(f"paramdyn_tui.cli.{name}")
    function = getattr(module, name)
    single = typer.Typer(rich_markup_mode=None, add_completion=False)
    settings = getattr(module, "CONTEXT_SETTINGS", None)
    made = single.command(
        name, cls=CommandOfOptions, help=function.__doc__, context_settings=settings
    )
    made(function)
    command = typer.main.get_command(single)
    command.name = name
    command.kinds = kinds_of(function)  # type: ignore[attr-defined]
    return command


EPILOG = (
    "Start here: paramdyn run. Options of a command: paramdyn COMMAND --help. "
    "Topics such as perturbations and filters: paramdyn help"
)

app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from paramdyn import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback(epilog=EPILOG)
def paramdyn(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """The lab bench for weight-space experiments in a terminal."""

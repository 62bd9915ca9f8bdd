"""The usage line and the tables of a command's ``--help``: arguments as a manual page has them.

The library's own show types of Python and bounds, such as ``RUN... <list[str]>`` and ``x>=0.0``.
"""

from __future__ import annotations

import re
from typing import Any

PANELS = {
    "run": {
        "What to train": (
            "model", "dataset", "limit", "test_limit", "validation", "normalize", "augment",
            "image_size", "seed", "seeds",
        ),
        "How it starts": ("init", "weights", "start", "perturb", "as_published", "controls"),
        "How it trains": (
            "epochs", "max_steps", "batch", "optimizer", "lr", "momentum", "weight_decay", "betas",
            "eps", "schedule", "warmup", "precision", "device", "threads",
        ),
        "What is recorded": ("record", "measure", "snapshots"),
        "How it is carried out": ("dry_run", "detach", "foreground", "quiet", "json", "ascii"),
    },
}  # fmt: skip
"""Command -> heading -> its options below it, by parameter. One in none stands below the last."""

_BOUNDS = re.compile(r"(?:; x>=[^\];]+|\s*\[x>=[^\];]+\])(?=\]|$)")


def as_named(argument: Any) -> str:  # noqa: ANN401 - click's or typer's own
    """Return an argument as the text calls it: ``RUN``, or ``RUN...`` where several may stand."""
    name = str(argument.metavar or argument.name.upper()).removesuffix("...")
    return f"{name}..." if argument.nargs == -1 else name


def in_usage(argument: Any) -> str:  # noqa: ANN401
    """Return an argument as the usage line has it: in brackets when it may be left out."""
    return as_named(argument) if argument.required else f"[{as_named(argument)}]"


def usage_pieces(command: Any, context: Any) -> list[str]:  # noqa: ANN401
    """Return what follows the command's name in the usage line."""
    arguments = [each for each in command.get_params(context) if _is_argument(each)]
    return ["[OPTIONS]", *map(in_usage, arguments)]


def write_tables(command: Any, context: Any, formatter: Any) -> None:  # noqa: ANN401
    """Write the arguments and the options, each with a line of help."""
    parameters = command.get_params(context)
    arguments = [(as_named(each), each.help or "") for each in parameters if _is_argument(each)]
    options = {
        each.name: (record[0], _BOUNDS.sub("", record[1]))
        for each in parameters
        if not _is_argument(each) and (record := each.get_help_record(context))
    }
    widest = max((len(record[0]) for record in options.values()), default=0)
    panels = PANELS.get(command.name, {})
    rest = "Other options" if panels else "Options"
    sections = {title: [options.pop(name) for name in names] for title, names in panels.items()}
    for title, rows in {"Arguments": arguments, **sections, rest: [*options.values()]}.items():
        if rows:
            width = widest if panels and title != "Arguments" else 0
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def _is_argument(parameter: Any) -> bool:  # noqa: ANN401
    return bool(parameter.param_type_name == "argument")

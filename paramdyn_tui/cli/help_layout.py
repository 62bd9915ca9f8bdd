"""The usage line and the tables of a command's ``--help``: arguments as a manual page has them.

The library's own show types of Python and bounds, such as ``RUN... <list[str]>`` and ``x>=0.0``.
"""

from __future__ import annotations

import re
from typing import Any

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
    records = [each.get_help_record(context) for each in parameters if not _is_argument(each)]
    options = [(name, _BOUNDS.sub("", text)) for name, text in filter(None, records)]
    for title, rows in (("Arguments", arguments), ("Options", options)):
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _is_argument(parameter: Any) -> bool:  # noqa: ANN401
    return bool(parameter.param_type_name == "argument")

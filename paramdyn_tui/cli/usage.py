"""The way to a command through its words: what is wrong with them is said in our words, all of it.

The parser's own complaints differ from version to version, and come one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from paramdyn.errors import SpecError


class UsageError(SpecError):
    """A command line has problems. All of them are in ``problems``, one sentence each."""


def checked(command: Any, context: Any, words: Sequence[str]) -> list[str]:  # noqa: ANN401
    """Return the words, or ``--help`` alone when that is among the options.

    Args:
        command: The parser's object; its ``kinds`` tell what values must be.
        context: The parser's context; its path is what the command is called. One that is resilient
            is of somebody who wants the help alone.
        words: What follows the command's name.

    Raises:
        UsageError: All that is wrong with the words.
    """
    from paramdyn_tui.cli.command_line import CommandLine
    from paramdyn_tui.cli.help_layout import as_named

    if context.resilient_parsing:
        return list(words)
    parameters = command.get_params(context)
    options = {
        name: each
        for each in parameters
        if each.param_type_name == "option"
        for name in (*each.opts, *each.secondary_opts)
    }
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    line = CommandLine(
        command=context.command_path,
        options=options,
        kinds=getattr(command, "kinds", {}),
        dashes_are_words=context.ignore_unknown_options,
        only_first=not context.allow_interspersed_args,
    )
    line.read(words)
    if line.asks_help:
        return ["--help"]
    if not line.only_first:
        line.check_arguments(arguments, [as_named(each) for each in arguments])
    if line.problems:
        raise UsageError(line.problems)
    return list(words)


def carry_out(words: Sequence[str]) -> int:
    """Carry out a command line, and return the status that its command leaves with.

    Without words: the help.

    Raises:
        UsageError: The words are not as the command has them.
    """
    import typer

    from paramdyn_tui.cli.app import app

    given = list(words) if any(word != "--" for word in words) else []
    refusal: Any = typer.BadParameter.__base__
    try:
        status = app(given or ["--help"], prog_name="paramdyn", standalone_mode=False)
    except refusal as error:
        raise UsageError(_in_our_words(error)) from error
    except typer.Abort:  # the end of input where an answer was expected
        return 1
    return status if isinstance(status, int) else 0


def _in_our_words(error: Any) -> str:  # noqa: ANN401 - of click's or typer's own class
    """Return what the parser refused, and ``checked`` did not, in our form."""
    path = error.ctx.command_path if error.ctx is not None else "paramdyn"
    name = path.partition(" ")[2]
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    return f"{name + ': ' if name else ''}{message}. What is expected: {path} --help."

"""Calling what users name: which options a function accepts, and what to say when one is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from paramdyn.errors import BadRequest
from paramdyn.registry import nearest_names

USER_CODE_FAILURES = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What a user's own code may raise when it is imported or called; reported in words."""


def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters that can be given by keyword, without ``**`` ones; name -> parameter.

    A function whose signature Python cannot tell (some built-in ones) has none.
    """
    return {
        name: parameter
        for name, parameter in _signature(function).items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def takes_any_keyword(function: Callable[..., Any]) -> bool:
    """Tell whether ``function`` ends with ``**options``."""
    return any(p.kind is p.VAR_KEYWORD for p in _signature(function).values())


def check_options(where: str, options: Iterable[str], accepted: Collection[str]) -> None:
    """Check that every option is an accepted one.

    Args:
        where: Where the options stand, such as ``model.options``.
        options: The names that were given.
        accepted: The names that may be given.

    Raises:
        BadRequest: One or more are not; all of them are named, with the nearest accepted ones.
    """
    problems = []
    for option in options:
        if option in accepted:
            continue
        near = nearest_names(option, sorted(accepted))
        hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
        problems.append(f"{where}: unknown option '{option}'.{hint}")
    if problems:
        listing = ", ".join(sorted(accepted)) or "none"
        raise BadRequest("\n".join([*problems, f"{where}: accepted options: {listing}."]))


def call_with_options(
    where: str,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    *,
    keywords: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Any:  # noqa: ANN401 - whatever the function returns
    """Call ``function(*arguments, **keywords, **options)``, the options checked first.

    Args:
        where: Where the options stand, for messages.
        function: What to call.
        arguments: Its positional arguments.
        keywords: What the engine gives.
        options: What the user gave.

    Raises:
        BadRequest: ``function`` does not take one of ``options``.
    """
    if not takes_any_keyword(function):
        taken = list(parameters_of(function))[len(arguments) :]
        check_options(where, options, [name for name in taken if name not in keywords])
    return function(*arguments, **keywords, **options)


def first_line(error: BaseException) -> str:
    """Return the error's type and the first line of its message, for use inside our own."""
    text = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _signature(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}

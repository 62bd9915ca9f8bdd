"""The front door of the command line: the one place where an error becomes words and a status."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

from paramdyn.errors import ParamdynError, SpecError
from paramdyn_tui.safe_text import printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 done, 1 the work failed, 2 the request cannot be done, 130 interrupted. ``--debug``, anywhere
    on the line, adds the traceback of an error.
    """
    asked = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in asked
    _open_closed_streams()
    try:
        status = _run([argument for argument in asked if argument != "--debug"], debug=debug)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader (head, less) has left: nobody to tell, and Python must not try at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if debug:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        from paramdyn.store.atomic import in_words

        told = in_words(error)
        sys.stderr.write(explain(told))
        return told.exit_status
    return status


def _open_closed_streams() -> None:
    """Send what is said to a stream that the caller closed nowhere, instead of into a new file."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            descriptor = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            mode = "r" if number == 0 else "w"
            stream = os.fdopen(descriptor, mode, encoding="utf-8", closefd=False)
            setattr(sys, name, stream)


def _run(arguments: list[str], *, debug: bool) -> int:
    if os.environ.get("_PARAMDYN_COMPLETE"):
        from paramdyn_tui.completing.answer import main as answer_the_shell

        return answer_the_shell()
    try:
        if arguments[:1] == ["tui"]:
            from paramdyn_tui.cli.quick_tui import quick_tui

            if (status := quick_tui(arguments[1:])) is not None:
                return status
        from paramdyn_tui.cli.usage import carry_out

        return carry_out(arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        return 130
    except ParamdynError as error:
        if debug:
            traceback.print_exc()
        else:
            from paramdyn_tui.cli import output

            output.talk_lines(explain(error))
        return error.exit_status


def explain(error: ParamdynError) -> str:
    """Return what to print about an error: one line, or a list when there are several problems."""
    if isinstance(error, SpecError) and len(error.problems) > 1:
        lines = "".join(f"\n- {printable(problem)}" for problem in error.problems)
        return f"paramdyn: {len(error.problems)} problems:{lines}"
    return f"paramdyn: {error}"


if __name__ == "__main__":
    sys.exit(main())

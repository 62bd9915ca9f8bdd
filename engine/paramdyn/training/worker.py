"""The process that trains: started by the command line, alive without it.

Its first line on stdout says whether it started or why it refuses; after that only the run folder
speaks. SIGINT and SIGTERM ask it to write a checkpoint and stop; a lost terminal does not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from paramdyn.errors import BadRequest, ParamdynError
from paramdyn.store.run_folder import RunFolder

log = logging.getLogger("paramdyn")


class _Stop:
    """Remembers that a signal asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask(self, number: int, _: FrameType | None) -> None:
        self.asked = True
        log.info("%s: stopping after this batch", signal.Signals(number).name)

    def __call__(self) -> bool:
        return self.asked


class _Handshake:
    """Says once, on stdout, how the start went, and then lets stdout go."""

    def __init__(self) -> None:
        self.done = False

    def say(self, **message: Any) -> None:  # noqa: ANN401 - JSON
        if not self.done:
            self.done = True
            with contextlib.suppress(OSError):  # whoever started this may have gone
                os.write(1, json.dumps(message).encode() + b"\n")

    def started(self, folder: RunFolder) -> None:
        _log_into(folder.layout.log)
        self.say(event="started", path=str(folder.path.absolute()))
        # What a library prints from now on belongs in the log, and a closed pipe must not matter.
        with folder.layout.log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)


def main() -> int:
    """Train as the arguments say; return the exit status."""
    arguments = _arguments()
    handshake = _Handshake()
    stop = _Stop()
    try:
        return _work(arguments, handshake, stop)
    except ParamdynError as error:
        if not handshake.done:
            handshake.say(
                event="refused",
                kind=type(error).__name__,
                message=str(error),
                exit_status=error.exit_status,
            )
            return 2 if isinstance(error, BadRequest) else 1
        log.error("%s", error)  # noqa: TRY400 - the message is the whole story
        return 1


def _work(arguments: argparse.Namespace, handshake: _Handshake, stop: _Stop) -> int:
    from paramdyn import devices
    from paramdyn.datasets import data_folder
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.state import read_state
    from paramdyn.training.run import resume_run, train_run

    devices.keep_freed_memory()
    data = data_folder(arguments.data)
    if arguments.resume:
        folder = RunFolder.open(Path(arguments.resume))
        resume_run(folder, data_folder=data, on_start=handshake.started, should_stop=stop)
    else:
        folder = train_run(
            read_spec(Path(arguments.spec)),
            runs=Path(arguments.runs),
            data_folder=data,
            command=arguments.command,
            arm=arguments.arm,
            control_of=arguments.of,
            into=Path(arguments.into) if arguments.into else None,
            on_start=handshake.started,
            should_stop=stop,
        )
    return 0 if read_state(folder.layout).status in ("finished", "stopped") else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m paramdyn.training.worker")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--spec", help="spec.toml to run")
    what.add_argument("--resume", help="run folder to go on with")
    parser.add_argument("--runs", default="runs", help="where run folders are made")
    parser.add_argument("--into", default="", help="the run's folder, made when it was queued")
    parser.add_argument("--data", default=None, help="where data sets are")
    parser.add_argument("--arm", default="", help="arm of a comparison, for the record")
    parser.add_argument("--of", default="", help="run it is a control of, for the record")
    parser.add_argument("command", nargs="*", help="the command line, for the record")
    return parser.parse_args()


def _log_into(path: Path) -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[logging.FileHandler(path, encoding="utf-8")],
        force=True,
    )
    logging.captureWarnings(True)


if __name__ == "__main__":
    sys.exit(main())

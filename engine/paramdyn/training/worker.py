"""The process that trains: started by the command line, alive without it.

Its first line on stdout says whether it started or why it refuses; after that the run folder
speaks, and stderr once more when the run fails. SIGINT and SIGTERM ask it to write a checkpoint and
stop, as the ``control`` file can; a lost terminal (SIGHUP) does not.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from paramdyn.errors import BadRequest, ParamdynError, RunIncomplete
from paramdyn.regular_files import open_descriptor
from paramdyn.store.atomic import in_words, store_error, write_all
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import effective_status, read_state
from paramdyn.store.upkeep.lost_state import never_began

log = logging.getLogger("paramdyn")


class _Stop:
    """Remembers that a signal asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a run belongs to nobody's terminal

    def _ask(self, number: int, _: FrameType | None) -> None:
        if not self.asked:
            log.info("%s: stopping after this batch", signal.Signals(number).name)
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


class _LogFile(logging.Handler):
    """Appends to log.txt with one write a message; a disk that takes none ends nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            self._descriptor = open_descriptor(path, flags)
        except OSError as error:
            raise store_error(path, "written", error) from error
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record) + "\n"
        with contextlib.suppress(OSError):
            write_all(self._descriptor, text.encode(errors="replace"))

    def fileno(self) -> int:
        """Return the open file."""
        return self._descriptor


class _Talk:
    """What the worker says to the process that started it.

    On stdout, once, how the start went. After that stdout and stderr are log.txt, where whatever a
    library prints belongs; the stderr that it was started with is kept for the last words of a
    failure, because the folder may be full, read-only or gone.
    """

    def __init__(self) -> None:
        self.done = False
        self._stderr = os.dup(2)

    def say(self, **message: Any) -> None:  # noqa: ANN401 - JSON
        if not self.done:
            self.done = True
            with contextlib.suppress(OSError):  # whoever started this may be gone
                write_all(1, json.dumps(message).encode("ascii") + b"\n")

    def started(self, folder: RunFolder) -> None:
        handler = _LogFile(folder.layout.log)
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
        logging.captureWarnings(True)
        self.say(event="started", path=str(folder.path.absolute()))
        os.dup2(handler.fileno(), 1)
        os.dup2(handler.fileno(), 2)
        faulthandler.enable()  # a crash of compiled code leaves its place, too

    def failed(self, reason: str) -> None:
        with contextlib.suppress(OSError):
            write_all(self._stderr, f"paramdyn worker: {reason}\n".encode(errors="replace"))


def main() -> int:
    """Train as the arguments say; return the exit status."""
    arguments = _arguments()
    talk = _Talk()
    stop = _Stop()
    try:
        with _explaining(talk):
            return _work(arguments, talk, stop)
    except ParamdynError as error:
        if not talk.done:
            talk.say(
                event="refused",
                kind=type(error).__name__,
                message=str(error),
                exit_status=error.exit_status,
            )
            return 2 if isinstance(error, BadRequest) else 1
        log.error("%s", error)  # noqa: TRY400 - the message is the whole story
        talk.failed(str(error))
        return 1
    except BaseException as error:
        if talk.done:
            log.critical("a failure that paramdyn did not expect", exc_info=True)
            talk.failed(f"{type(error).__name__}: {error} (see log.txt)")
            return 1
        raise


@contextlib.contextmanager
def _explaining(talk: _Talk) -> Iterator[None]:
    """Put into words what the system says about a file that the request names."""
    try:
        yield
    except OSError as error:
        if talk.done or not error.filename:
            raise
        raise in_words(error) from error


def _work(arguments: argparse.Namespace, talk: _Talk, stop: _Stop) -> int:
    if not arguments.resume:
        folder = _train(arguments, talk, stop)
    else:
        folder = RunFolder.open(Path(arguments.resume))
        with folder.taken_up():  # before torch is loaded: from here on it is seen to start
            if _never_began(folder):
                _take_over(folder, arguments)
                _train(arguments, talk, stop, holds_lock=True)
            else:
                _go_on(folder, arguments, talk, stop)
    return 0 if read_state(folder.layout).status in ("finished", "stopped") else 1


def _train(
    arguments: argparse.Namespace, talk: _Talk, stop: _Stop, *, holds_lock: bool = False
) -> RunFolder:
    from paramdyn import devices
    from paramdyn.datasets import data_folder
    from paramdyn.specs.reader import read_spec
    from paramdyn.training.run import train_run

    devices.keep_freed_memory()
    return train_run(
        read_spec(Path(arguments.spec)),
        runs=Path(arguments.runs),
        data_folder=data_folder(arguments.data),
        command=arguments.command,
        arm=arguments.arm,
        control_of=arguments.of,
        into=Path(arguments.into) if arguments.into else None,
        holds_lock=holds_lock,
        on_start=talk.started,
        should_stop=stop,
    )


def _go_on(folder: RunFolder, arguments: argparse.Namespace, talk: _Talk, stop: _Stop) -> None:
    from paramdyn import devices
    from paramdyn.datasets import data_folder
    from paramdyn.training.run import resume_run

    devices.keep_freed_memory()
    resume_run(
        folder,
        data_folder=data_folder(arguments.data),
        holds_lock=True,
        on_start=talk.started,
        should_stop=stop,
    )


def _take_over(folder: RunFolder, arguments: argparse.Namespace) -> None:
    """Make the arguments those with which whoever queued a run would have begun it."""
    summary: dict[str, Any] = {}
    with contextlib.suppress(RunIncomplete):  # what it was queued for is lost with its state
        summary = read_state(folder.layout).summary
    arguments.spec, arguments.into = str(folder.layout.spec), str(folder.path)
    arguments.runs = str(folder.path.parent)
    arguments.arm, arguments.of = (str(summary.get(key, "")) for key in ("arm", "control_of"))


def _never_began(folder: RunFolder) -> bool:
    """Tell whether a run was queued, and whoever queued it died or was asked to stop."""
    if folder.layout.manifest.exists():
        return False
    try:
        state = read_state(folder.layout)
    except RunIncomplete:
        return never_began(folder)
    except ParamdynError:
        return False
    return effective_status(state) != "queued" and state.step == 0 and state.checkpoint_step < 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m paramdyn.training.worker")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--spec", help="spec.toml to run")
    what.add_argument("--resume", help="run folder to go on with")
    parser.add_argument("--runs", default="runs", help="where run folders are made")
    parser.add_argument("--into", default="", help="the run's folder, made when it was queued")
    parser.add_argument("--data", default=None, help="where data sets are")
    parser.add_argument("--arm", default="", help="which control it is, for the record")
    parser.add_argument("--of", default="", help="run it is a control of, for the record")
    parser.add_argument("command", nargs="*", help="the command line, for the record")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

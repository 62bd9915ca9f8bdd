"""A run that somebody else started, as something to watch and to ask."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from paramdyn.store import control
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests


@dataclass(frozen=True)
class Stranger:
    """A run known by its folder alone.

    Attributes:
        folder: The run folder.
        returncode: None: how its worker ended is for its parent to know.
    """

    folder: Path
    returncode: int | None = None

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds; tell whether the run has ended."""
        time.sleep(seconds)
        return requests.status_of(RunFolder(self.folder))[0] not in requests.ALIVE

    def interrupt(self) -> None:
        """Ask for a checkpoint and the end."""
        requests.ask(RunFolder(self.folder), control.STOP)

    def kill(self) -> None:
        """End it at once.

        Raises:
            BadRequest: It runs on another machine.
        """
        requests.kill(RunFolder(self.folder))

"""What a running worker is asked for: by signals, and by the word in its ``control`` file.

The newest word counts. ``stop`` ends the run after this batch, ``stop-after-epoch`` after this
epoch, ``pause`` makes it wait after this batch. ``resume`` lets a paused run go on; to one that is
not paused it takes back ``stop-after-epoch``. A paused run that is asked to stop after its epoch
goes on to the epoch's end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from paramdyn.errors import StoreError
from paramdyn.store import control
from paramdyn.store.layout import Layout

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
"""Time between two looks at the file: a fiftieth of it costs a look, even on a slow disk."""
PAUSED_LOOK_SECONDS = 0.1
_TROUBLED_SECONDS = 10.0


class Requests:
    """Collects requests to one worker.

    Args:
        layout: The folder that ``control`` comes to.
        should_stop: Asked at every look, such as whether a signal came.

    Attributes:
        stop: Whether to leave now.
        after_epoch: Whether to leave at the end of the epoch.
        pause: Whether to wait.
    """

    def __init__(self, layout: Layout, should_stop: Callable[[], bool]) -> None:
        self.stop = self.after_epoch = self.pause = False
        self._layout = layout
        self._should_stop = should_stop
        self._next_look = 0.0

    def look(self) -> bool:
        """See whether something was asked for; tell whether a new word came.

        The file is looked for every ``LOOK_SECONDS``, so that this can be called at any rate.
        """
        if self._should_stop():
            self.stop = True
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        if not control.is_waiting(self._layout):
            return False
        try:
            word = control.take(self._layout)
        except StoreError as error:
            log.warning("control is ignored: %s", error)
            self._next_look = time.monotonic() + _TROUBLED_SECONDS
            return False
        return word is not None and self._understand(word)

    def wait_while_paused(self, meanwhile: Callable[[], None]) -> None:
        """Return when the run may go on or must leave; call ``meanwhile`` meanwhile."""
        while self.pause and not self.stop:
            meanwhile()
            time.sleep(PAUSED_LOOK_SECONDS)
            self.look()

    @property
    def waiting(self) -> str:
        """The request that is taken and not done yet; empty when there is none."""
        return control.STOP_AFTER_EPOCH if self.after_epoch else ""

    def _understand(self, word: str) -> bool:
        if word not in control.REQUESTS:
            log.warning("%s It is ignored.", control.misunderstood(word))
            return False
        log.info("control: %s", word)
        if word == control.STOP:
            self.stop = True
        elif word == control.PAUSE:
            self.pause = True
        elif word == control.STOP_AFTER_EPOCH:
            self.after_epoch, self.pause = True, False
        elif self.pause:
            self.pause = False
        else:
            self.after_epoch = False
        return True

"""What Ctrl-C and the keys mean while a run is watched. No terminal here: only what was pressed."""

from __future__ import annotations

from dataclasses import dataclass

DETACH = "detach"
STOP_AFTER_EPOCH = "stop-after-epoch"
STOP_NOW = "stop"
KILL = "kill"
PAUSE = "pause"
RESUME = "resume"

_ANSWERS = {
    "d": DETACH, "q": DETACH, "\n": DETACH, "\r": DETACH,
    "a": STOP_AFTER_EPOCH, "n": STOP_NOW,
}  # fmt: skip
_LEAVES = {"q", "d"}
_QUESTION = "[d]etach [a]fter-epoch [n]ow [c]ontinue"
_LONG_QUESTION = "[d]etach: it goes on   stop [a]fter this epoch   stop [n]ow   [c]ontinue"


_ASKED = {
    KILL: ("Ending it at once ...",),
    STOP_NOW: (
        "Stopping after this batch ... (Ctrl-C again: end it at once.)",
        "Stopping ... (Ctrl-C: end it at once)",
    ),
    STOP_AFTER_EPOCH: (
        "Stopping after this epoch ... (Ctrl-C: other ways)",
        "Stopping after this epoch ...",
    ),
}


@dataclass
class Dialog:
    """Turns signals and keys into what is to be done.

    Attributes:
        can_ask: Whether somebody sits there who can answer. Without, Ctrl-C stops the run.
        asking: Whether the question is on the screen.
        asked: The strongest thing asked of the run so far: one of the constants, or empty.
    """

    can_ask: bool
    asking: bool = False
    asked: str = ""

    def interrupt(self) -> str:
        """Return what a Ctrl-C asks for; nothing when it brings up the question.

        At the question it stops the run; once the run is stopping it kills it.
        """
        if self.asked in (STOP_NOW, KILL):
            return self._ask(KILL)
        if self.asking or not self.can_ask:
            return self._ask(STOP_NOW)
        self.asking = True
        return ""

    def stop(self) -> str:
        """Return what a SIGTERM asks for, however often it comes."""
        return self._ask(STOP_NOW)

    def key(self, key: str, *, paused: bool) -> str:
        """Return what a key asks for, or nothing.

        Args:
            key: One character.
            paused: Whether the run is paused.
        """
        key = key.lower()
        if self.asking:
            if key in ("c", "\x1b"):
                self.asking = False
            return self._ask(_ANSWERS[key]) if key in _ANSWERS else ""
        if key in _LEAVES:
            return DETACH
        if key == "s" and self.asked not in (STOP_NOW, KILL):
            self.asking = True
        if key == "p" and not self.asked.startswith("stop"):
            return self._ask(RESUME if paused else PAUSE)
        return ""

    def hint(self, status: str, *, width: int) -> str:
        """Return the line under the picture, at most ``width`` characters from 40 on."""
        if self.asking:
            return next(text for text in (_LONG_QUESTION, _QUESTION) if len(text) <= width)
        texts = self._hints(status)
        return next((text for text in texts if len(text) <= width), texts[-1][:width])

    def _hints(self, status: str) -> tuple[str, ...]:
        if self.asked in _ASKED:
            return _ASKED[self.asked]
        if not self.can_ask:
            return (
                "Ctrl-C: stop after this batch and write a checkpoint.",
                "Ctrl-C: stop with a checkpoint.",
            )
        if status == "paused":
            return (
                "Paused.  p: go on   q: leave it paused   s: stop",
                "Paused. p go on q leave s stop",
            )
        if self.asked == PAUSE:
            return ("Pausing after this batch ...",)
        return ("q: leave it running   p: pause   s: stop", "q leave  p pause  s stop")

    def _ask(self, what: str) -> str:
        self.asking = False
        if what not in (DETACH, RESUME):
            self.asked = what
        elif what == RESUME:
            self.asked = ""
        return what

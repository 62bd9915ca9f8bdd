"""What the keys K, P and R ask of a run: to stop, to wait, to go on. Nothing here blocks a key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn.errors import FailedWork, ParamdynError
from paramdyn.store import control
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.formatting import count
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.answers import AT_WORK, WAITING
from paramdyn_tui.launch.onward import can_resume, has_begun
from paramdyn_tui.tui.background import in_background
from paramdyn_tui.tui.children import asked
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.dialogs.message import tell

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

KILL, DEQUEUE = "kill", "dequeue"
OBEYS_SECONDS = 60.0
"""So long it is watched whether a run does as it was asked; the request stays after that."""

HOW_TO_STOP = (
    Choice(control.STOP_AFTER_EPOCH, "after this epoch", "it writes a checkpoint and stops"),
    Choice(control.STOP, "now", "after the batch at hand, with a checkpoint"),
    Choice(KILL, "kill -9", "at once; what came after its last checkpoint is lost"),
)
OUT_OF_QUEUE = (Choice(DEQUEUE, "take it out of the queue", "it has not begun, and will not"),)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a request.

    Attributes:
        text: In words.
        style: Of the words: ``good``, ``warn`` or ``bad``.
    """

    text: str
    style: str = "good"


def ask_to_stop(app: ParamdynApp, path: Path) -> None:
    """Ask how a run is to be stopped, and do it."""
    folder = RunFolder(path)

    def choose(status: str) -> None:
        if status not in requests.ALIVE:
            tell(app, f"{folder.name} is {status}: there is nothing to stop.", "warn")
            return
        queued = status == "queued"
        ways = OUT_OF_QUEUE if queued else HOW_TO_STOP
        title = f"{folder.name}: how is it to stop?"
        app.push_screen(ChoiceDialog(title, ways), partial(_stop, app, folder))

    in_background(app, lambda: requests.status_of(folder)[0], choose, partial(_refused, app))


def pause_or_go_on(app: ParamdynApp, path: Path) -> None:
    """Let a run that works wait, and one that waits go on."""
    folder = RunFolder(path)
    _carry_out(app, partial(paused_or_going, folder))


def carry_on(app: ParamdynApp, path: Path) -> None:
    """Carry on with a run that was stopped, failed or crashed, detached."""
    folder = RunFolder(path)
    app.say(f"{folder.name}: looking where it can go on ...")
    data = app.bench.data

    def done(said: Said) -> None:
        _say(app, said)
        app.follow_run(path)

    in_background(app, partial(carried_on, folder, data), done, partial(_refused, app))


def _stop(app: ParamdynApp, folder: RunFolder, how: str | None) -> None:
    if how is None:
        return
    doing = "is being killed" if how == KILL else "has been asked to stop; it may take a moment"
    app.say(f"{folder.name} {doing} ...")
    _carry_out(app, partial(stopped, folder, how))


def _carry_out(app: ParamdynApp, work: partial[Said]) -> None:
    in_background(app, work, partial(_say, app), partial(_refused, app))


def _say(app: ParamdynApp, said: Said) -> None:
    tell(app, said.text, said.style, title="What became of it")
    if app.watcher is not None:
        app.watcher.look_now()


def _refused(app: ParamdynApp, error: ParamdynError) -> None:
    tell(app, str(error), "bad", title="That cannot be done")


def stopped(folder: RunFolder, how: str, *, seconds: float = OBEYS_SECONDS) -> Said:
    """Stop a run, wait until it has, and tell what became of it.

    Args:
        folder: The run.
        how: A request of ``store.control``, ``KILL`` or ``DEQUEUE``.
        seconds: How long is waited.

    Raises:
        ParamdynError: It cannot be asked or killed.
    """
    if how in (KILL, DEQUEUE):
        requests.kill(folder)
    else:
        requests.ask(folder, how)
    done = requests.wait_for(
        folder, lambda status, _: status not in requests.ALIVE, seconds=seconds
    )
    status, state = requests.status_of(folder)
    if not done:
        return Said(_unheard(folder, status, how), "warn")
    if status == "stopped" and not has_begun(folder):
        return Said(f"{folder.name} has been taken out of the queue.")
    where = f" at step {count(state.step)} of {count(state.total_steps)}" if state else ""
    onward = "; resume carries on with it" if can_resume(folder) else ""
    return Said(f"{folder.name} is {status}{where}{onward}.")


def _unheard(folder: RunFolder, status: str, how: str) -> str:
    if status == "suspended":
        return (
            f"{folder.name}: its process is suspended (SIGSTOP, Ctrl-Z) and cannot obey. The "
            "request stays. Let it go on, or kill it."
        )
    if how == control.STOP_AFTER_EPOCH:
        return f"{folder.name} is {status}: it stops when its epoch ends."
    return f"{folder.name} is still {status}. The request stays; kill ends it at once."


def paused_or_going(folder: RunFolder, *, seconds: float = OBEYS_SECONDS) -> Said:
    """Let a run wait, or go on, and tell what became of it.

    Raises:
        ParamdynError: It cannot be asked, or its process is not here.
    """
    status, state = requests.status_of(folder)
    if status in AT_WORK:
        requests.ask(folder, control.PAUSE)
        done = requests.wait_for(folder, lambda now, _: now not in AT_WORK, seconds=seconds)
    elif status in WAITING:
        if status == "suspended":
            requests.wake(folder)
        if state is not None and state.status == "paused":
            requests.ask(folder, control.RESUME)
        done = requests.wait_for(folder, lambda now, _: now not in WAITING, seconds=seconds)
    else:
        return Said(f"{folder.name} is {status}: it can neither wait nor go on.", "warn")
    now = requests.status_of(folder)[0]
    if done:
        keeps = "; it keeps its memory and computes nothing" if now == "paused" else ""
        return Said(f"{folder.name} is {now}{keeps}.")
    return Said(f"{folder.name} is still {now}. The request stays.", "warn")


def carried_on(folder: RunFolder, data: str | None) -> Said:
    """Carry on with a run, and tell what became of it.

    Args:
        folder: The run.
        data: Where data sets lie; None: as the run has it.

    Raises:
        ParamdynError: The command ``paramdyn resume`` refused, in its words.
    """
    status, state = requests.status_of(folder)
    if status in WAITING:
        return paused_or_going(folder)
    if status == "finished":
        return Said(f"{folder.name} has finished: fork it to train on from its end.", "warn")
    if status in requests.ALIVE:
        return Said(f"{folder.name} is {status}: it needs nobody to carry on.", "warn")
    where = ["--runs", str(folder.path.parent), *(["--data", data] if data else [])]
    if can_resume(folder):
        asked(["resume", str(folder.path), "--detach", "--json", *where])
        begin = f" from step {count(max(state.checkpoint_step, 0))}" if state is not None else ""
        return Said(f"{folder.name} goes on{begin}.")  # it may be farther than that by now
    if not has_begun(folder) and folder.layout.spec.exists():
        facts = asked(["run", str(folder.layout.spec), "--detach", "--json", *where])
        return Said(f"{folder.name} had not begun: {facts['id']} was started in its place.")
    raise FailedWork(
        f"{folder.name} is {status}, and there is nothing to carry on from: its checkpoint is "
        "gone, or it diverged. Start it again from its spec, or fork another run."
    )

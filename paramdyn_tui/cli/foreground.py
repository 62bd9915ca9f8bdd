"""Starting runs and watching them. What is in the foreground is a viewer; the run needs it not.

With ``--foreground`` the run shares the fate of the calling process, as batch schedulers expect.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from paramdyn.errors import BadRequest
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import STARTING
from paramdyn_tui.cli import output
from paramdyn_tui.cli.dialog import DETACH, KILL, STOP_NOW, Dialog
from paramdyn_tui.cli.ending import (
    INTERRUPTED,
    TERMINATED,
    Ending,
    Watched,
    ending_of,
    facts_of,
    print_ending,
    say_detached,
)
from paramdyn_tui.cli.keys import Keys
from paramdyn_tui.cli.live import LastingView, starting, view_of
from paramdyn_tui.cli.options import LaunchOptions
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.interrupts import Interrupts, counted_interrupts
from paramdyn_tui.launch.worker_process import LOOK_SECONDS, Worker, started
from paramdyn_tui.watching.following import Following

if TYPE_CHECKING:
    from paramdyn_tui.launch.plan import Plan
    from paramdyn_tui.launch.sequence_process import SequenceProcess

STATE_SECONDS = 10.0
"""How long a worker that has begun may take to write its first state."""


def check_launch(options: LaunchOptions) -> None:
    """Check that the ways to start do not contradict each other.

    Raises:
        BadRequest: They do.
    """
    if options.detach and options.foreground:
        raise BadRequest(
            "--detach and --foreground: a run cannot both leave the terminal and stay with it. "
            "Give --detach to get the shell back, --foreground in a batch job."
        )


def carry_out(
    arguments: Sequence[str], options: LaunchOptions, *, keep_open: Sequence[int] = ()
) -> Ending:
    """Start a worker with ``arguments``, and watch it to its end or until it is left.

    Args:
        arguments: Its command line.
        options: How to start and show it.
        keep_open: Open files that it inherits.

    Raises:
        ParamdynError: The worker refused or died before the run began.
    """
    with ExitStack() as stack:
        interrupts = stack.enter_context(counted_interrupts())
        with starting(quiet=options.quiet):
            worker = stack.enter_context(
                started(
                    arguments,
                    interrupts,
                    own_session=not options.foreground,
                    keep_open=keep_open,
                )
            )
        if options.detach:
            return _left_at_once(worker, options)
        ending = watch(worker, options, interrupts)
    print_ending(ending, options)
    return ending


def carry_out_all(plan: Plan, options: LaunchOptions) -> list[Ending]:
    """Start a sequence of runs and watch one after another; return how each ended.

    Raises:
        ParamdynError: The first run was refused; nothing is left.
    """
    # Here, because watching one run, as attach does, has no use for it.
    from paramdyn_tui.launch.sequence_process import started_sequence

    with ExitStack() as stack:
        interrupts = stack.enter_context(counted_interrupts())
        with starting(quiet=options.quiet):
            sequence = stack.enter_context(
                started_sequence(plan, interrupts, own_session=not options.foreground)
            )
        if options.detach:
            return _all_left(sequence, options)
        endings = list(_watch_all(sequence, options, interrupts))
        if not any(ending.detached for ending in endings):
            sequence.process.wait()  # it only has to note what is not begun
        return endings


def watch(
    watched: Watched, options: LaunchOptions, interrupts: Interrupts, *, others: int = 0
) -> Ending:
    """Show a run until it ends or is left, and pass on what is asked of it.

    Args:
        watched: The run.
        options: How to show it.
        interrupts: Signals that come.
        others: How many runs wait behind it.

    Raises:
        ParamdynError: A request could not be sent. The run goes on.
    """
    following = Following(RunFolder(watched.folder))
    wanted = not (options.quiet or options.foreground) and sys.stderr.isatty()
    with Keys(wanted=wanted) as keys:
        dialog = Dialog(can_ask=keys.usable)
        plain = options.foreground
        shown = view_of(following, quiet=options.quiet, ascii_only=options.ascii, plain=plain)
        with LastingView(shown) as view:
            desk = Desk(dialog, keys, interrupts, stays=options.foreground)
            left = attend(watched, following, view, desk)
    folder = following.folder
    if not left:
        exit_asked = TERMINATED if interrupts.terminations else INTERRUPTED
        return ending_of(watched, following, dialog, options, exit_asked=exit_asked)
    if not (view.lost or interrupts.hung_up):
        say_detached(folder, options, others=others)
    status = TERMINATED if interrupts.terminations else 0
    return Ending(folder=folder, exit_status=status, facts=facts_of(folder), detached=True)


class Desk:
    """Where signals and keys arrive, and become what is asked of the run.

    Args:
        dialog: What they mean.
        keys: Keys pressed.
        interrupts: Signals.
        stays: Whether the run shares the fate of this process: then nobody leaves it.
    """

    def __init__(self, dialog: Dialog, keys: Keys, interrupts: Interrupts, *, stays: bool) -> None:
        self.dialog = dialog
        self._keys = keys
        self._interrupts = interrupts
        self.stays = stays
        self._terminated = False

    def actions(self, *, paused: bool) -> Iterator[str]:
        """Yield what was asked since the last call."""
        ending = self._interrupts.terminations > 0 or (self.stays and self._interrupts.hung_up)
        if self._interrupts.hung_up and not self.stays:
            yield DETACH
        if ending and not self._terminated:
            self._terminated = True
            yield DETACH if self.dialog.can_ask else self.dialog.stop()
        while self._interrupts.handled < self._interrupts.count:
            self._interrupts.handled += 1
            yield self.dialog.interrupt()
        for key in self._keys.read():
            yield self.dialog.key(key, paused=paused)

    def came_back(self) -> bool:
        """Tell whether another job may have had the terminal since the last call."""
        came_back, self._keys.came_back = self._keys.came_back, False
        return came_back


def attend(watched: Watched, following: Following, view: LastingView, desk: Desk) -> bool:
    """Show a run until it ends or is left; tell whether it was left."""
    ended = False
    same = _same_stream(1, 2)
    while True:
        state = following.state
        paused = state is not None and state.status == "paused"
        for action in desk.actions(paused=paused):
            if action == DETACH:
                return True
            _pass_on(action, watched, following.folder)
        if desk.came_back():
            view.begin_anew()
        view.update(following.look(), desk.dialog)
        if view.lost and same and not desk.stays:
            return True
        if ended:
            return False
        ended = watched.wait(LOOK_SECONDS)


def _pass_on(action: str, watched: Watched, folder: RunFolder) -> None:
    if action == STOP_NOW:
        watched.interrupt()
    elif action == KILL:
        watched.kill()
    elif action:
        requests.ask(folder, action)


def _same_stream(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


def _watch_all(
    sequence: SequenceProcess, options: LaunchOptions, interrupts: Interrupts
) -> Iterator[Ending]:
    from paramdyn_tui.launch.sequence_process import SequenceRun

    for index in sorted(sequence.folders):
        folder = RunFolder(sequence.folders[index])
        if index not in sequence.waiting:
            if not options.quiet:
                output.talk(f"run {folder.name}: is there already, and is not trained again")
            yield Ending(folder=folder, exit_status=0, facts=facts_of(folder))
            continue
        others = sum(later > index for later in sequence.waiting)
        ending = watch(SequenceRun(sequence, index), options, interrupts, others=others)
        print_ending(ending, options)
        yield ending
        if ending.asked and others:
            sequence.interrupt()
        if ending.detached or ending.asked:
            return


def _left_at_once(worker: Worker, options: LaunchOptions) -> Ending:
    folder = RunFolder(worker.folder)
    _await_state(folder, worker.process.pid)
    say_detached(folder, options)
    if not options.json:
        output.result_exact(folder.name)
    return Ending(folder=folder, exit_status=0, facts=facts_of(folder), detached=True)


def _all_left(sequence: SequenceProcess, options: LaunchOptions) -> list[Ending]:
    folders = [RunFolder(sequence.folders[index]) for index in sorted(sequence.folders)]
    for event in sequence.events:
        if event["event"] == "started":
            _await_state(folders[event["index"]], event["pid"])
    waiting = sorted(sequence.waiting)
    held = [event for event in sequence.events if event["event"] == "waiting"]
    if waiting:
        why = waits_in_words(held[0]) if held else ""
        say_detached(folders[waiting[0]], options, others=len(waiting) - 1, why=why)
    if not options.json:
        for folder in folders:
            output.result_exact(folder.name)
    return [
        Ending(folder=folder, exit_status=0, facts=facts_of(folder), detached=True)
        for folder in folders
    ]


def waits_in_words(event: Mapping[str, Any]) -> str:
    """Return why a run does not begin yet, from what its sequence says."""
    first, *others = [str(name) for name in event["ahead"]] or ["another one"]
    who = f"{first} and {len(others)} more go" if others else f"{first} goes"
    return f"{event['device']} is taken: {who} first."


def _await_state(folder: RunFolder, pid: int) -> None:
    """Wait until the state is the worker's own, so that what is said of the run is true."""
    requests.wait_for(
        folder,
        lambda status, state: state is not None and state.pid == pid and status != STARTING,
        seconds=STATE_SECONDS,
    )

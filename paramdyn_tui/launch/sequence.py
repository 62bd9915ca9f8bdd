"""The process that carries out several runs one after another, alive without any terminal.

It reads a plan from stdin, makes a queued folder for each run, and starts one worker after another
in its own group of processes. What happens it says in lines of JSON on stdout, for as long as
somebody reads them; the run folders tell the same without it.

A run that fails does not end the sequence, but those that start from it are not begun. A run that
somebody asked to stop ends the sequence.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from paramdyn.errors import ParamdynError, StoreError
from paramdyn.store import control
from paramdyn_tui.launch.device_turn import Turns, turn_of
from paramdyn_tui.launch.interrupts import Interrupts, counted_interrupts
from paramdyn_tui.launch.plan import Plan, from_json
from paramdyn_tui.launch.queued import (
    Member,
    beat,
    close,
    discard,
    enqueue,
    is_cancelled,
    say_behind,
    say_order,
)
from paramdyn_tui.launch.worker_process import LOOK_SECONDS, Worker, started

LOOK_AROUND_SECONDS = 1.0
BEAT_SECONDS = 5.0
CANCELLED = "asked to stop before it began"


class Speaker:
    """Says what happens, and falls silent when nobody listens; never waits for a listener."""

    def __init__(self) -> None:
        self._open = True
        os.set_blocking(1, False)

    def __call__(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - JSON
        """Say one thing."""
        if self._open:
            line = json.dumps({"event": event, **facts}).encode() + b"\n"
            try:
                self._open = os.write(1, line) == len(line)
            except OSError:
                self._open = False


class Sequence:
    """Carries out a plan.

    Args:
        plan: What to run.
        say: Told what happens.
        interrupts: Signals that ask to stop the run and to begin no other, or to kill it.
    """

    def __init__(self, plan: Plan, say: Callable[..., None], interrupts: Interrupts) -> None:
        self._plan = plan
        self._say = say
        self._interrupts = interrupts
        self._members = enqueue(plan.jobs, plan.runs)
        self._begun = False
        self._turn: Member | None = None
        self._looked = self._beaten = time.monotonic()
        for member in self._members:
            path = str(member.folder.path.absolute())
            say("queued", index=member.index, path=path, waiting=member.waiting)

    def carry_out(self) -> int:
        """Carry out all runs; return the exit status: 1 when one failed."""
        failed = False
        for member in self._members:
            self.look_around()
            if not member.waiting:
                continue
            if self._interrupts.stops:
                break
            if not self._is_ready(member):
                failed = True
                continue
            self._turn = member
            say_order(self._members, member)
            if not self._has_device(member):
                continue
            asked = self._run(member)
            failed |= member.status not in ("finished", "stopped")
            if asked:
                self._cancel_rest(f"{member.folder.name} was stopped, and with it the sequence")
                break
        self._cancel_rest("the sequence was stopped")
        self._say("done")
        return int(failed)

    def look_around(self, *, every: float = LOOK_AROUND_SECONDS) -> None:
        """Obey requests to the waiting runs, and keep their heartbeat."""
        now = time.monotonic()
        if now - self._looked < every:
            return
        self._looked = now
        beating = now - self._beaten >= BEAT_SECONDS
        self._beaten = now if beating else self._beaten
        before = [member.waiting for member in self._members]
        for member in self._members:
            if member.waiting and not member.folder.path.exists():
                member.waiting = False
                self._say("skipped", index=member.index, reason="its folder was removed")
            elif member.waiting and is_cancelled(member):
                close(member, "stopped", CANCELLED)
                self._say("skipped", index=member.index, reason=CANCELLED)
            elif member.waiting and beating:
                beat(member)
        if self._turn is not None and before != [member.waiting for member in self._members]:
            say_order(self._members, self._turn)

    def _is_ready(self, member: Member) -> bool:
        if member.job.start_of is None:
            return True
        parent = self._members[member.job.start_of]
        if parent.status == "finished":
            return True
        reason = f"not begun: it starts from {parent.folder.name}, which is {parent.status}"
        close(member, "failed", reason)
        self._say("skipped", index=member.index, reason=reason)
        return False

    def _has_device(self, member: Member) -> bool:
        """Wait until a run's device is free, if it wants that; tell whether it may begin."""
        device = member.job.waits_for
        if not device:
            return True
        turns = Turns(self._plan.runs)
        told: list[str] | None = None
        while member.waiting and not self._interrupts.stops + self._interrupts.kills:
            try:
                ahead = turns.ahead_of(turn_of(member.folder.path, device))
            except StoreError:
                ahead = told or []  # it was removed, or the disk is away for a moment
            else:
                if ahead != told:
                    say_behind(member, ahead, device=device)
                if not ahead:
                    return True
            if ahead != told:
                self._begun = True  # its folder has been shown: what becomes of it stays there
                self._say("waiting", index=member.index, device=device, ahead=ahead)
                told = ahead
            self._rest()
        return False

    def _rest(self) -> None:
        """Let a moment pass, obeying requests."""
        end = time.monotonic() + LOOK_AROUND_SECONDS
        while time.monotonic() < end and not self._interrupts.stops + self._interrupts.kills:
            time.sleep(LOOK_SECONDS)
        self.look_around(every=0.0)

    def _run(self, member: Member) -> bool:
        """Carry out one run; tell whether somebody asked it to stop."""
        idle = functools.partial(self._look_around_but, member)
        try:
            with started(
                self._arguments(member), self._interrupts, own_session=False, idle=idle
            ) as worker:
                self._begun, member.waiting = True, False
                self._say("started", index=member.index, pid=worker.process.pid)
                asked = self._attend(member, worker)
        except KeyboardInterrupt:
            for other in self._members if not self._begun else ():
                discard(other)
            close(member, "stopped", CANCELLED)
            self._say("skipped", index=member.index, reason=CANCELLED)
            return True
        except ParamdynError as error:
            self._refused(member, error)
            return False
        self._say("ended", index=member.index, status=member.status, returncode=worker.returncode)
        return asked

    def _attend(self, member: Member, worker: Worker) -> bool:
        stops = kills = 0
        while not worker.wait(LOOK_SECONDS):
            self.look_around()
            if self._interrupts.stops > stops:
                stops = self._interrupts.stops
                worker.interrupt()
            if self._interrupts.kills > kills:
                kills = self._interrupts.kills
                worker.kill()
        if worker.returncode != 0 and control.is_waiting(member.folder.layout):
            return is_cancelled(member)  # killed by somebody who asked first
        stopped = worker.returncode == 0 and member.status == "stopped"
        return stopped or self._interrupts.stops + self._interrupts.kills > 0

    def _look_around_but(self, member: Member) -> None:
        """Look around while ``member`` starts: its requests and its state are its worker's."""
        member.waiting = False
        self.look_around()
        member.waiting = True

    def _refused(self, member: Member, error: ParamdynError) -> None:
        """Note that a run cannot begin. When it is the first one, all others stand as it does."""
        facts = {
            "index": member.index,
            "kind": type(error).__name__,
            "message": str(error),
            "exit_status": error.exit_status,
        }
        if not self._begun:
            for other in self._members:
                discard(other)
            self._say("refused", **facts, all=True)
            return
        close(member, "failed", str(error))
        self._say("refused", **facts, all=False)

    def _cancel_rest(self, reason: str) -> None:
        for member in self._members:
            if member.waiting:
                close(member, "stopped", f"not begun: {reason}")
                self._say("skipped", index=member.index, reason=reason)

    def _arguments(self, member: Member) -> list[str]:
        folder, plan = member.folder, self._plan
        arguments = ["--spec", str(folder.layout.spec), "--into", str(folder.path)]
        arguments += ["--runs", str(plan.runs), *plan.data]
        arguments += ["--arm", member.job.arm] if member.job.arm else []
        arguments += ["--of", member.control_of] if member.control_of else []
        return [*arguments, "--", *plan.command]


def main() -> int:
    """Carry out the plan on stdin; return the exit status."""
    say = Speaker()
    with counted_interrupts(killable=True) as interrupts:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            return Sequence(from_json(sys.stdin.read()), say, interrupts).carry_out()
        except ParamdynError as error:
            say(
                "refused",
                index=0,
                kind=type(error).__name__,
                message=str(error),
                exit_status=error.exit_status,
                all=True,
            )
            return error.exit_status


if __name__ == "__main__":
    sys.exit(main())

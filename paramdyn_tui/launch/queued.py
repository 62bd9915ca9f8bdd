"""Run folders that wait for their turn: ``queued``, held by the process that will begin them."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from paramdyn.errors import ParamdynError, StoreError
from paramdyn.specs.controls import started_from
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store import control
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder, find_run
from paramdyn.store.state import RunState, effective_status, read_state, write_state
from paramdyn.store.summary import summary_of
from paramdyn_tui.launch.jobs import Job

QUEUED = "queued"


@dataclass
class Member:
    """One run of a sequence.

    Attributes:
        index: Its place.
        job: What was asked.
        folder: Its folder.
        control_of: Name of the run that it is a control of, or empty.
        waiting: Whether its turn has not come.
    """

    index: int
    job: Job
    folder: RunFolder
    control_of: str = ""
    waiting: bool = True

    @property
    def status(self) -> str:
        """How its run stands, as its folder tells; ``removed`` when that is gone."""
        try:
            return effective_status(read_state(self.folder.layout))
        except StoreError:
            return "broken" if self.folder.path.exists() else "removed"


def enqueue(jobs: tuple[Job, ...], runs: Path) -> list[Member]:
    """Make a folder for each job that must be trained, and return the members in order.

    Raises:
        ParamdynError: A folder cannot be made, or an existing run is not there. None is left.
    """
    members: list[Member] = []
    try:
        for index, job in enumerate(jobs):
            members.append(_member(index, job, members, runs))
        for member in members:
            member.control_of = _control_of(member.job, members)
            if member.waiting:
                _write(member, _state(member))
    except ParamdynError:
        for member in members:
            discard(member)
        raise
    return members


def beat(member: Member) -> None:
    """Renew the heartbeat of a waiting run: on other machines silence means a dead process."""
    with contextlib.suppress(StoreError):
        state = read_state(member.folder.layout)
        _write(member, replace(state, heartbeat=time.time()))


def say_behind(member: Member, ahead: Sequence[str], *, device: str = "") -> None:
    """Write down, for whoever looks at a waiting run, which runs must end before it begins.

    Args:
        member: The run.
        ahead: Names of those runs, the next one to end first; none: its turn has come.
        device: What they hold; empty: their turns in the sequence come before.
    """
    whose, why = ("", f"waiting for {device}, ") if device else (" of its sequence", "")
    several = f"{len(ahead)} runs{whose}, first " if len(ahead) > 1 else ""
    reason = f"{why}behind {several}{ahead[0]}" if ahead else ""
    with contextlib.suppress(StoreError):
        state = read_state(member.folder.layout)
        if state.reason != reason:
            _write(member, replace(state, reason=reason, heartbeat=time.time()))


def say_order(members: Sequence[Member], turn: Member) -> None:
    """Write down behind whom the runs of a sequence wait.

    Args:
        members: Its runs.
        turn: The one whose turn it is.
    """
    ahead: list[str] = []
    for member in members:
        if member.waiting:
            say_behind(member, ahead)
        if member.waiting or member is turn:
            ahead.append(member.folder.name)


def is_cancelled(member: Member) -> bool:
    """Tell whether somebody asked a waiting run not to begin; takes the request away."""
    try:
        request = control.take(member.folder.layout)
    except StoreError:
        return False
    return request in (control.STOP, control.STOP_AFTER_EPOCH)


def close(member: Member, status: str, reason: str) -> None:
    """Write down why a waiting run does not begin."""
    member.waiting = False
    with contextlib.suppress(StoreError):
        state = read_state(member.folder.layout)
        _write(member, replace(state, status=status, reason=reason, heartbeat=time.time()))


def discard(member: Member) -> None:
    """Delete the folder of a run that has not begun."""
    if member.waiting:
        member.waiting = False
        shutil.rmtree(member.folder.path, ignore_errors=True)


def _member(index: int, job: Job, before: list[Member], runs: Path) -> Member:
    if job.existing:
        return Member(index, job, find_run(runs, job.existing), waiting=False)
    spec = job.spec if job.start_of is None else _starting_from(job.spec, before[job.start_of])
    job = dataclasses.replace(job, spec=spec)
    folder = RunFolder.create(
        runs,
        run_id(spec),
        to_toml(spec),
        # what it is a control of may have no name yet; whoever lists runs sees a queued one
        lambda made: write_state(made.layout, _state(Member(index, job, made))),
    )
    return Member(index, job, folder)


def _starting_from(spec: RunSpec, parent: Member) -> RunSpec:
    return started_from(spec, parent.folder.name)


def _control_of(job: Job, members: list[Member]) -> str:
    return members[job.of].folder.name if job.of is not None else job.of_run


def _state(member: Member) -> RunState:
    me, now = this_process(), time.time()
    parent = member.job.spec.initializer.name.partition("run:")[2].partition("@")
    waits = {"waits_for": member.job.waits_for} if member.job.waits_for else {}
    return RunState(
        status=QUEUED,
        heartbeat=now,
        started=now,
        pid=me.pid,
        process_start=me.process_start,
        boot_id=me.boot_id,
        host=me.host,
        summary=summary_of(
            member.job.spec,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            parent={"run": parent[0], "step": parent[2] or "final"} if parent[0] else None,
            arm=member.job.arm,
            control_of=member.control_of,
        )
        | waits,
    )


def _write(member: Member, state: RunState) -> None:
    write_state(member.folder.layout, state)

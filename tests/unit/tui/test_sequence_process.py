"""A run of a sequence as something to watch: also when whoever carries it out is gone."""

import dataclasses
import signal
from types import SimpleNamespace

import pytest

from paramdyn.specs.run_spec import InitializerSpec, RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.state import read_state, write_state
from paramdyn_tui.launch.jobs import Job
from paramdyn_tui.launch.queued import enqueue
from paramdyn_tui.launch.sequence import Sequence
from paramdyn_tui.launch.sequence_process import SequenceProcess, SequenceRun


@pytest.fixture
def sent():
    return []


@pytest.fixture
def gone(sent):
    """A sequence of which no more is heard."""
    process = SimpleNamespace(stdout=None, send_signal=sent.append)
    return SequenceProcess(process=process, talk=None, open=False)


@pytest.mark.parametrize(("alive", "ended"), [(True, False), (False, True)])
def test_run_of_a_sequence_that_is_gone_is_watched_by_its_folder(made_run, runs_dir, gone, alive,
                                                                 ended):  # fmt: skip
    folder = runs_dir / made_run(RunSpec(), status="running")
    me = this_process() if alive else dataclasses.replace(this_process(), process_start=1.0)
    layout = Layout(folder)
    state = dataclasses.replace(
        read_state(layout), pid=me.pid, process_start=me.process_start, boot_id=me.boot_id,
        host=me.host,
    )  # fmt: skip
    write_state(layout, state)
    gone.folders[0] = folder
    assert ended is SequenceRun(sequence=gone, index=0).wait(0.0)


def test_requests_are_signals_to_the_sequence(gone, sent):
    from paramdyn_tui.launch.interrupts import KILL_SIGNAL

    run = SequenceRun(sequence=gone, index=0)
    run.interrupt()
    gone.kill()
    assert [signal.SIGTERM, KILL_SIGNAL] == sent


def test_queued_child_names_its_parent_and_the_step(runs_dir):
    jobs = [
        Job(spec=RunSpec(initializer=InitializerSpec(name=name)))
        for name in ("run:base@24", "run:base", "default")
    ]
    members = enqueue(jobs, runs_dir)
    parents = [read_state(member.folder.layout).summary["parent"] for member in members]
    assert ["base@24", "base@final", ""] == parents


def test_each_further_interrupt_reaches_the_worker(made_run, runs_dir):
    """First asked to stop, then killed, each once."""
    folder = SimpleNamespace(layout=Layout(runs_dir / made_run(RunSpec(), status="stopped")))
    interrupts = SimpleNamespace(stops=0, kills=0)
    done = []

    class Worker:
        returncode = -9

        def wait(self, _seconds):
            if interrupts.stops == 0:
                interrupts.stops = 1
            elif interrupts.kills == 0:
                interrupts.kills = 1
            elif len(done) > 2:
                return True
            else:
                done.append("wait")
            return False

        def interrupt(self):
            done.append("interrupt")

        def kill(self):
            done.append("kill")

    sequence = object.__new__(Sequence)
    sequence.__dict__ |= {"_interrupts": interrupts}
    sequence.look_around = lambda: None
    member = SimpleNamespace(folder=folder, status="crashed")
    assert sequence._attend(member, Worker())
    assert ["interrupt", "kill"] == [each for each in done if each != "wait"]

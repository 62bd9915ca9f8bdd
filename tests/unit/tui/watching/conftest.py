"""Runs whose files a test writes by hand."""

import json

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.process import this_process
from paramdyn.store.records import RecordWriter
from paramdyn.store.state import RunState, write_state


class Hand:
    """Writes the files of one run as a worker would."""

    def __init__(self, path):
        self.layout = Layout(path)

    def state(self, status="running", step=0, **more):
        me = this_process()
        facts = {"pid": me.pid, "process_start": me.process_start, "boot_id": me.boot_id,
                 "host": me.host, "total_steps": 20, "epoch": step / 10} | more  # fmt: skip
        write_state(self.layout, RunState(status=status, step=step, **facts))

    def metrics(self, *records):
        self.append(self.layout.metrics, *records)

    def drift(self, *records):
        self.append(self.layout.drift, *records)

    def events(self, *records):
        self.append(self.layout.events, *records)

    def timing(self, *records):
        self.append(self.layout.timing, *records)

    def append(self, path, *records):
        with RecordWriter(path) as writer:
            writer.append_all(records)

    def edit(self, path, **fields):
        content = json.loads(path.read_text())
        path.write_text(json.dumps(content | fields))


@pytest.fixture
def hand(made_run, runs_dir):
    """Return who writes a run of LeNet on digits, of 4 parameters and 2 epochs of 10 steps."""
    from paramdyn.specs.run_spec import RunSpec

    return Hand(runs_dir / made_run(RunSpec(), kept=()))

"""Workers that train nothing: one does as its first argument says, another one lives on."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest

FAKE_WORKER = """
import json, os, signal, sys, time
from pathlib import Path
from paramdyn.specs.reader import read_spec
from paramdyn.specs.writer import to_toml
from paramdyn.specs.run_id import run_id
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state

mode, arguments = sys.argv[1], sys.argv[2:]
given = dict(zip(arguments[::2], arguments[1::2]))

def say(**message):
    print(json.dumps(message), flush=True)

if mode == "die":
    print("Segmentation fault, or so", file=sys.stderr)
    sys.exit(3)
if mode == "refuse":
    say(event="refused", kind="DatasetError", message="mnist: no such file.", exit_status=2)
    sys.exit(2)
if "--resume" in given:
    folder = RunFolder.open(Path(given["--resume"]))
elif "--into" in given:
    folder = RunFolder.open(Path(given["--into"]))
else:
    spec = read_spec(Path(given["--spec"]))
    folder = RunFolder.create(Path(given["--runs"]), run_id(spec), to_toml(spec))
layout = folder.layout
stops = []
signal.signal(signal.SIGINT, lambda *_: stops.append(1))

def state(status, step, reason=""):
    write_state(layout, RunState(
        status=status, reason=reason, epoch=step / 10, step=step, total_steps=20,
        metrics={"test/accuracy": 0.875}, heartbeat=100.0 + step, started=100.0,
        images_per_s=11000.0, summary={"model": "lenet", "dataset": "digits"}))

table = (ParameterInfo("conv1.weight", (5, 10), 50, "conv1", "conv", True),
         ParameterInfo("conv1.bias", (50,), 50, "conv1", "bias", True))
write_manifest(layout, Manifest(
    id=folder.name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={}, git=None,
    host="here", boot_id="", pid=0, process_start=0.0, device="cpu", device_name="a chip",
    threads=1, precision="fp32", kernel="torch", parent=None, dataset={}, steps_per_epoch=10,
    total_steps=20, record_steps=10, parameters=table, buffers=(), initial_sha256="",
    reach=[{"parameter": "conv1.weight", "scalars": 25, "reason": "they only ever see padding"}],
    perturbations=[{"text": "distort:1e-06", "scalars": 100, "changed": 99, "norm": 1e-05,
                    "relative_norm": 1e-06}]))
metrics, drift = RecordWriter(layout.metrics), RecordWriter(layout.drift)
state("running", 0)
say(event="started", path=str(folder.path))
metrics.append({"step": 0, "epoch": 0.0, "test/loss": 2.3, "test/accuracy": 0.125})
for step in range(1, 11):
    metrics.append({"step": step, "epoch": step / 10, "train/loss": 2.0 / step,
                    "train/accuracy": 0.5})
    drift.append({"step": step, "measurement": "relative_displacement", "total": step / 100,
                  "values": [step / 100, None]})
metrics.append({"step": 10, "epoch": 1.0, "train/epoch_loss": 0.5, "train/epoch_accuracy": 0.75,
                "test/loss": 0.25, "test/accuracy": 0.875})
drift.append({"step": 10, "measurement": "displacement", "total": 5.0, "values": [3.0, 4.0]})
drift.append({"step": 10, "measurement": "classes", "total": {"structural": 25, "changed": 75},
              "values": {"structural": [25, 0], "changed": [25, 50]}})
metrics.close(); drift.close()
if mode == "finish":
    state("finished", 20)
elif mode == "fail":
    state("diverged", 10, "the loss is not finite at step 11")
    sys.exit(1)
elif mode == "vanish":
    layout.log.write_text("out of luck\\n")
    os.kill(os.getpid(), signal.SIGKILL)
elif mode == "interrupt":
    os.kill(os.getppid(), signal.SIGINT)
    while not stops:
        time.sleep(0.005)
    layout.checkpoint.write_bytes(b"")
    state("stopped", 11)
elif mode == "stubborn":
    os.kill(os.getppid(), signal.SIGINT)
    while not stops:
        time.sleep(0.005)
    os.kill(os.getppid(), signal.SIGINT)
    while True:
        time.sleep(1)
"""

FAKE_SEQUENCE = """
import sys
from paramdyn_tui.launch import sequence, worker_process
worker_process.worker_command = lambda given: [*{command!r}, *given]
sys.exit(sequence.main())
"""


LIVE_WORKER = """
import json, os, signal, sys, time
from pathlib import Path
from paramdyn.specs.reader import read_spec
from paramdyn.specs.run_id import run_id
from paramdyn.specs.writer import to_toml
from paramdyn.store import control
from paramdyn.store.process import this_process
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state

arguments = sys.argv[1:]
given = dict(zip(arguments[::2], arguments[1::2]))
steps = int(os.environ.get("FAKE_STEPS", "1000000"))
stops = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: stops.append("stop"))
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if "--into" in given:
    folder = RunFolder.open(Path(given["--into"]))
else:
    spec = read_spec(Path(given["--spec"]))
    folder = RunFolder.create(Path(given["--runs"]), run_id(spec), to_toml(spec))
layout, me = folder.layout, this_process()

def state(status, step, reason=""):
    write_state(layout, RunState(
        status=status, reason=reason, epoch=step / 10, step=step, total_steps=steps,
        heartbeat=time.time(), started=me.process_start, images_per_s=11000.0, pid=me.pid,
        process_start=me.process_start, boot_id=me.boot_id, host=me.host,
        summary={"model": "lenet"}))

state("running", 0)
try:
    print(json.dumps({"event": "started", "path": str(folder.path.absolute())}), flush=True)
except OSError:
    pass
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
metrics, step, status, ending = RecordWriter(layout.metrics), 0, "running", ""
while step < steps and status != "stopped":
    request = control.take(layout) or (stops and stops.pop())
    if request == "pause":
        status = "paused"
    elif request == "resume":
        status = "running"
    elif request:
        ending = request
    if status == "running":
        step += 1
        end = step % 10 == 0
        more = {"train/epoch_loss": 1.0, "train/epoch_accuracy": 0.5} if end else {}
        metrics.append({"step": step, "epoch": step / 10, "train/loss": 2.0 / step,
                        "train/accuracy": 0.5, **more})
    if ending == "stop" or (ending and step % 10 == 0):
        status = "stopped"
        layout.checkpoint.write_bytes(b"")
        state("stopped", step, "asked to stop")
    else:
        state(status, step)
    time.sleep(0.02)
if status == "running":
    state("finished", step)
"""

COMMAND_LINE = """
import sys
from paramdyn_tui.__main__ import main
from paramdyn_tui.launch import sequence_process, worker_process
worker_process.worker_command = lambda given: [sys.executable, {worker!r}, *given]
sequence_process.sequence_command = lambda: [sys.executable, {sequence!r}]
sys.exit(main())
"""

SEQUENCE = """
import sys
from paramdyn_tui.launch import sequence, worker_process
worker_process.worker_command = lambda given: [sys.executable, {worker!r}, *given]
sys.exit(sequence.main())
"""


@pytest.fixture
def fake_worker(tmp_path, monkeypatch):
    """Return a function that makes every worker one that behaves as ``mode`` says."""
    from paramdyn_tui.launch import sequence_process, worker_process

    script = tmp_path / "fake_worker.py"
    script.write_text(FAKE_WORKER)
    sequence = tmp_path / "fake_sequence.py"

    def use(mode):
        command = [sys.executable, str(script), mode]
        monkeypatch.setattr(worker_process, "worker_command", lambda given: [*command, *given])
        sequence.write_text(FAKE_SEQUENCE.format(command=command))
        by_script = [sys.executable, str(sequence)]
        monkeypatch.setattr(sequence_process, "sequence_command", lambda: by_script)

    return use


@pytest.fixture
def command(capsys, monkeypatch):
    """Return a function that runs a command line and returns exit status, stdout and stderr."""
    from paramdyn_tui.__main__ import main

    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def json_of(command):
    """Return a function that runs a command line with ``--json`` and reads what it prints."""

    def run(*arguments):
        status, out, err = command(*arguments, "--json")
        assert (0, "") == (status, err)
        return json.loads(out)

    return run


def _eventually(condition, *, seconds=60):
    """Poll until something is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


class Viewer:
    """A command in a terminal of its own, of which it is the controlling terminal."""

    def __init__(self, command, *, columns=80, rows=24):
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one call
            env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""},
        )

    @property
    def text(self):
        """What the terminal shows."""
        while select.select([self.master], [], [], 0)[0]:
            self._stream.feed(os.read(self.master, 65536))
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def mode(self):
        """Whether keys arrive one by one."""
        return not termios.tcgetattr(self._slave)[3] & termios.ICANON

    def sees(self, words):
        """Wait until the terminal shows ``words``."""
        _eventually(lambda: words in self.text)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def leaves(self):
        """Wait for its end, and return its exit status."""
        _eventually(lambda: self.text is not None and self.process.poll() is not None)
        return self.process.returncode

    def close(self):
        """Close the terminal."""
        if self.master >= 0:
            os.close(self.master)
            os.close(self._slave)
            self.master = -1

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()


@pytest.fixture
def script(tmp_path):
    """The command line, with workers that train nothing."""
    worker, sequence, script = (tmp_path / name for name in ("w.py", "s.py", "p.py"))
    worker.write_text(LIVE_WORKER)
    sequence.write_text(SEQUENCE.format(worker=str(worker)))
    script.write_text(COMMAND_LINE.format(worker=str(worker), sequence=str(sequence)))
    return [sys.executable, str(script)]


@pytest.fixture
def view(script, runs_dir):
    """Return a function that starts a command in a terminal; all it leaves behind is ended."""
    viewers = []

    def start(*arguments, command=script, **size):
        viewers.append(Viewer([*command, *arguments], **size))
        return viewers[-1]

    yield start
    for viewer in viewers:
        viewer.end()
    _end_all(runs_dir)


@pytest.fixture
def call(script, runs_dir):
    """Return a function that runs a command without a terminal."""
    yield lambda *arguments, **more: subprocess.run(
        [*script, *arguments], capture_output=True, text=True, timeout=120, check=False, **more
    )
    _end_all(runs_dir)


def _end_all(runs_dir):
    from paramdyn_tui.launch import requests

    for _ in range(2):  # a sequence that was alive may have begun another run
        for folder in requests.live_runs(runs_dir):
            _, state = requests.status_of(folder)
            try:
                os.kill(state.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            _eventually(lambda folder=folder: requests.status_of(folder)[0] not in requests.ALIVE)

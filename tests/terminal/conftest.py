"""A worker that trains nothing: it writes a run folder as asked by its first argument."""

import json
import sys

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

"""A run that loses its worker or its viewer, as real processes: nothing that was written is lost.

The model sends the signals, so that they come at a step and not at a time.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from paramdyn_tui.__main__ import main

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

SIGNALLING = """
import atexit, os, signal
import torch
from torch import nn

KIND, _, AT = os.environ.get("TEST_SIGNAL", "").partition(":")


def kill_viewer():
    os.kill(os.getppid(), signal.SIGKILL)
    atexit.register(lambda: open(os.environ["TEST_FIFO"], "w").close())


def interrupt_viewer():
    # what a terminal does: the viewer gets it and passes it on; wait until it has
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    os.kill(os.getppid(), signal.SIGINT)
    assert signal.sigtimedwait([signal.SIGINT], 30)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    os.kill(os.getpid(), signal.SIGINT)


ACTIONS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "interrupt": interrupt_viewer,
    "orphan": kill_viewer,
}


class Signalling(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.drop, self.fc, self.batches = nn.Dropout(0.25), nn.Linear(3 * 8 * 8, classes), 0

    def forward(self, images):
        if self.training and len(images) == 20:
            self.batches += 1
            if KIND and self.batches == int(AT):
                ACTIONS[KIND]()
        return self.fc(self.drop(images.flatten(1)))


def make(num_classes=10):
    return Signalling(num_classes)
"""

RUN = (
    "run", "-q", "--model", "signalling:make", "--image-size", "8", "--limit", "200",
    "--test-limit", "50", "--batch", "20", "--epochs", "3", "--threads", "1", "--device", "cpu",
    "--record", "every:1", "--optimizer", "adam",
)  # fmt: skip
COMPARED = ("spec.toml", "metrics.jsonl", "drift.jsonl", "events.jsonl")


@pytest.fixture
def paramdyn(tmp_path, monkeypatch):
    """Return a function that runs the real command, with a signal ``KIND:BATCH`` on the way."""
    (tmp_path / "signalling.py").write_text(SIGNALLING)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    monkeypatch.setenv("TEST_FIFO", str(tmp_path / "ended"))

    def run(*arguments, on_the_way=""):
        done = subprocess.run(
            [sys.executable, "-m", "paramdyn_tui", *arguments],
            check=False,
            env={**os.environ, "TEST_SIGNAL": on_the_way},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def contents(folder):
    files = [folder / name for name in COMPARED] + sorted((folder / "snapshots").iterdir())
    return {file.name: file.read_bytes() for file in files}


def status(folder):
    return json.loads((folder / "state.json").read_text())["status"]


def test_interrupted_then_killed_then_resumed_has_the_bytes_of_one_never_touched(
    paramdyn, runs_dir
):
    assert 0 == main(RUN)
    [whole] = runs_dir.iterdir()

    stopped = paramdyn(*RUN, on_the_way="interrupt:7")
    [cut] = set(runs_dir.iterdir()) - {whole}
    assert (130, "stopped") == (stopped.returncode, status(cut))
    assert f"Carry on: paramdyn resume {cut.name}" in stopped.stderr

    killed = paramdyn("resume", cut.name, "-q", on_the_way="kill:9")
    assert 1 == killed.returncode
    assert "crashed" in killed.stderr
    assert "signal SIGKILL" in killed.stderr

    assert (0, "finished") == (main(["resume", cut.name, "-q"]), status(cut))
    assert contents(whole) == contents(cut)


def test_run_outlives_its_viewer(paramdyn, runs_dir, tmp_path):
    os.mkfifo(tmp_path / "ended")
    lost = paramdyn(*RUN, on_the_way="orphan:4")
    assert -signal.SIGKILL == lost.returncode
    subprocess.run(["cat", str(tmp_path / "ended")], check=True, timeout=60)
    [folder] = runs_dir.iterdir()
    assert "finished" == status(folder)
    assert (folder / "snapshots" / "step-00000030.safetensors").is_file()

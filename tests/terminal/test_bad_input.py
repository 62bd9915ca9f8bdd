"""Bad input through the whole program: words and a status, no traceback, and nothing is lost."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")

STEP = {"step": 1, "measurement": "displacement", "total": 1.0, "values": [1.0, 2.0]}
BROKEN = {
    "state-metrics-are-words": ("state.json", {"metrics": {"test/accuracy": "high"}}),
    "state-newer": ("state.json", {"schema_version": 99}),
    "state-cut": ("state.json", b'{"status": "fin'),
    "run-newer": ("run.json", {"schema_version": 99}),
    "run-cut": ("run.json", b'{"schema_version": 1, "id"'),
    "run-empty": ("run.json", b""),
    "run-parameters-are-a-number": ("run.json", {"parameters": 3}),
    "metrics-no-utf-8": ("metrics.jsonl", b"\xff\xfe\n"),
    "metrics-step-is-a-word": ("metrics.jsonl", b'{"step":"a","test/loss":1.0}\n'),
    "metrics-loss-is-a-list": ("metrics.jsonl", b'{"step":1,"test/loss":[1,2]}\n'),
    "drift-line-of-a-list": ("drift.jsonl", b"[1]\n"),
    "drift-no-step": ("drift.jsonl", b'{"measurement":"classes","total":{},"values":{}}\n'),
    "drift-count-is-a-word": (
        "drift.jsonl",
        b'{"step":1,"measurement":"classes","total":{"changed":"x"},"values":{"changed":[1,2]}}\n',
    ),
    "drift-of-another-table": (
        "drift.jsonl",
        json.dumps({**STEP, "values": [1.0]}).encode() + b"\n",
    ),
    "spec-cut": ("spec.toml", b"[model]\nname ="),
}
"""What is wrong -> the file, and its content or what to change in it."""


@pytest.fixture
def broken_run(fake_worker, command, runs_dir, request):
    """A run of the fake worker, one file of which was spoiled."""
    fake_worker("finish")
    assert 0 == command("run", "-q")[0]
    [folder] = runs_dir.iterdir()
    name, change = BROKEN[request.param]
    file = folder / name
    if isinstance(change, dict):
        change = json.dumps({**json.loads(file.read_text()), **change}).encode()
    file.write_bytes(change)
    return folder, name


@pytest.mark.parametrize("broken_run", BROKEN, indirect=True)
def test_broken_run_folder_is_explained_by_every_reader(broken_run, command):
    folder, name = broken_run
    told = []
    for arguments in (["show", folder.name], ["plot", folder.name], ["ls"]):
        for more in ([], ["--json"]):
            status, out, err = command(*arguments, *more)
            assert status in (0, 1, 2)
            assert err.startswith("paramdyn: ") if status else out
            if more and status == 0:
                json.loads(out)
            told += [name in out.replace("\n", "") or name in err]
    assert any(told)


def test_worker_that_dies_early_in_a_resume_is_no_success(
    fake_worker, command, runs_dir, monkeypatch
):
    """The state of the run before it must not be taken for how this one ended."""
    from paramdyn_tui.launch import worker_process

    fake_worker("finish")
    command("run", "-q")
    [folder] = runs_dir.iterdir()
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(
        json.dumps({**state, "status": "stopped", "reason": "asked"})
    )
    words = json.dumps({"event": "started", "path": str(folder)})
    dying = [sys.executable, "-c", f"import sys; print({words!r}); sys.exit(1)"]
    monkeypatch.setattr(worker_process, "worker_command", lambda _: dying)
    ended, _, err = command("resume", folder.name)
    assert 1 == ended
    assert f"run {folder.name} failed: the worker ended with exit status 1, unexplained." in err


def test_absurd_number_of_threads(command, runs_dir):
    status, out, err = command("run", "--threads", "100000")
    assert (2, "") == (status, out)
    assert "paramdyn: training.threads: found 100000, expected at most 1,024.\n" == err
    assert not list(runs_dir.iterdir())


MODELS = """
import torch
from torch import nn

class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.batches = nn.Linear(192, 10), 0

    def forward(self, images):
        self.batches += self.training and len(images) == 20
        if self.batches == 3:
            raise MemoryError("not enough memory")
        return self.fc(images.flatten(1))

def hungry(num_classes=10):
    return Late()
"""
SMALL = (
    "--image-size", "8", "--limit", "200", "--batch", "20", "--epochs", "1", "--threads", "1",
    "--device", "cpu",
)  # fmt: skip


@pytest.fixture
def paramdyn(tmp_path, monkeypatch, warm_command):
    """Return a function that runs the real command in a process."""
    (tmp_path / "my_models.py").write_text(MODELS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))

    def run(*arguments, **options):
        done = subprocess.run(
            [*warm_command, *arguments],
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **options},
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def test_a_file_where_the_runs_should_be(paramdyn, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = paramdyn("run", "-q", "--threads", "1", "--runs", str(tmp_path / "file"))
    assert (1, "") == (done.returncode, done.stdout)
    assert "file: cannot be made: a file has its name. Move that file, or" in done.stderr
    assert "mine" == (tmp_path / "file").read_text()


def test_truncated_images(paramdyn, tmp_path, runs_dir):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        images = struct.pack(">IIII", 2051, 20, 28, 28) + bytes(20 * 784)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(images[:-1])
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, 20) + bytes(20))
    done = paramdyn("run", "-q", "--dataset", "mnist", "--threads", "1")
    assert (2, "") == (done.returncode, done.stdout)
    assert "train-images-idx3-ubyte: it has 15695 bytes and is cut short. 15696" in done.stderr
    assert not list(runs_dir.iterdir())


def test_out_of_memory_and_a_loss_that_is_not_finite(paramdyn, runs_dir):
    done = paramdyn("run", *SMALL, "--model", "my_models:hungry")
    assert 1 == done.returncode
    assert "out of memory (not enough memory). Lower training.batch_size (now 20)" in done.stderr
    [failed] = runs_dir.iterdir()
    assert "failed" == json.loads((failed / "state.json").read_text())["status"]
    shutil.rmtree(failed)

    done = paramdyn("run", "-q", "--threads", "1", "--max-steps", "9", "--lr", "1e20", "--json")
    assert (1, "diverged") == (done.returncode, json.loads(done.stdout)["status"])
    [diverged] = runs_dir.iterdir()
    assert '"event":"diverged"' in (diverged / "events.jsonl").read_text()
    assert (diverged / "metrics.jsonl").read_bytes().count(b"\n") >= 2


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written(paramdyn):
    with FULL.open("w") as full:
        done = paramdyn("ls", "--json", stdout=full)
    assert 1 == done.returncode
    assert "paramdyn: stdout: cannot be read or written: no space left on device." in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("closing", ["<&-", ">&-", "<&- >&-", "2>&-"])
def test_closed_streams(closing):
    line = f'"{sys.executable}" -m paramdyn_tui ls --json {closing}'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)

"""Pipes, sockets, devices, folders, broken links in place of a run's files: said, never hung."""

import json
import os
import shutil
import signal
import socket

import pytest

from paramdyn.specs import DatasetSpec, RecordingSpec, RunSpec, TrainingSpec
from paramdyn.training.run import train_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes"),
]

FILES = (
    "spec.toml", "run.json", "state.json", "metrics.jsonl", "drift.jsonl", "events.jsonl",
    "timing.jsonl", "log.txt", "control", "lock", "checkpoint.pt", "snapshots",
    "snapshots/step-00000000.safetensors", "snapshots/step-00000004.safetensors",
    ".reserve", "plugins", "origin.safetensors",
)  # fmt: skip
SECONDS = 30
LONG = bool(os.environ.get("PARAMDYN_LONG"))


def pipe(path):
    os.mkfifo(path)


def bound_socket(path):
    # The name of a socket has 108 bytes at most, whatever that of its folder.
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def device(path):
    path.symlink_to("/dev/zero")


def folder(path):
    path.mkdir()
    (path / "inside").touch()


def broken_link(path):
    path.symlink_to("nowhere/at/all")


def circle(path):
    path.symlink_to(path.name)


KINDS = (pipe, bound_socket, device, folder, broken_link, circle)
COMMANDS = (
    ("ls",), ("ls", "--json"), ("show", "RUN"), ("show", "RUN", "--json"), ("plot", "RUN"),
    ("plot", "RUN", "--what", "drift,classes,histograms,layers"), ("plot", "RUN", "--x", "time"),
    ("diff", "RUN", "other"), ("export", "RUN", "--to", "csv"),
    ("attach", "RUN"), ("stop", "RUN"), ("pause", "RUN"), ("rm", "RUN", "--dry-run"),
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A sound run of four steps."""
    options = {"train": 64, "test": 32, "classes": 10, "channels": 1, "native_size": 28}
    spec = RunSpec(
        dataset=DatasetSpec(name="synthetic", options=options),
        training=TrainingSpec(epochs=2, batch_size=32, device="cpu", threads=1),
        recording=RecordingSpec(when="every:1", snapshots=("init", "final")),
    )
    place = tmp_path_factory.mktemp("trained")
    return train_run(spec, runs=place, data_folder=place).path


@pytest.fixture
def odd(trained, runs_dir):
    """Return a function that makes a run with something odd in place of one of its files."""

    def make(name, kind):
        run = runs_dir / "odd"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(trained, run)
        if not (runs_dir / "other").exists():
            shutil.copytree(trained, runs_dir / "other")
        place = run / name
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.parent.mkdir(exist_ok=True)
        kind(place)
        return run

    return make


@pytest.fixture
def in_time():
    """Fails a test that hangs."""

    def late(*_):
        raise AssertionError(f"it hangs, after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    yield lambda: signal.alarm(SECONDS)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", FILES)
def test_no_command_hangs_or_loses_its_head(
    name, kind, odd, in_time, capsys, runs_dir, tmp_path, monkeypatch
):
    """A third of the commands for each: all for each file and for each kind of thing."""
    from paramdyn_tui.__main__ import main

    monkeypatch.chdir(tmp_path)
    run = odd(name, kind)
    place = KINDS.index(kind) + FILES.index(name)
    for command in COMMANDS if LONG else COMMANDS[place % 3 :: 3]:
        in_time()
        line = [run.name if word == "RUN" else word for word in command]
        status = main([*line, "--runs", str(runs_dir)])
        said = capsys.readouterr()
        assert status in (0, 1, 2), (command, said)
        assert "Traceback" not in said.out + said.err, command
        assert said.out + said.err, command
        assert "fault of paramdyn" not in said.err, (command, said.err)


HALF = [
    pytest.param(name, kind, id=f"{name}-{kind.__name__}")
    for row, name in enumerate(FILES)
    for column, kind in enumerate(KINDS)
    if LONG or (row + column) % 2 == 0
]
"""Every file with every other kind of thing, and the other way round."""


@pytest.mark.parametrize(("name", "kind"), HALF)
def test_a_worker_says_what_it_finds(name, kind, odd, in_time, go_on):
    run = odd(name, kind)
    in_time()
    worker = go_on(run)
    status = worker.wait()
    assert status in (0, 1, 2), worker.stderr
    assert "Traceback" not in worker.stderr
    if status:
        said = json.loads(worker.stdout)
        assert said["event"] in ("refused", "started")
        assert said["event"] == "started" or said["message"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_odd_can_be_deleted(kind, odd, in_time, capsys, runs_dir):
    from paramdyn_tui.__main__ import main

    for name in FILES:
        run = odd(name, kind)
        in_time()
        status = main(["rm", "odd", "--yes", "--runs", str(runs_dir)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert (status == 0) is not run.exists(), (name, said)
        if status:
            assert "lock" in said.err or "spec.toml" in said.err, (name, said.err)

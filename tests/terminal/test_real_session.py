"""The life of one real run: left, watched, paused, stopped, resumed; and its bytes at the end."""

import subprocess
import sys

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests

ASKED = (
    "--device", "cpu", "--threads", "1", "--limit", "300", "--test-limit", "50", "--batch", "10",
    "--epochs", "60", "--measure", "displacement",
)  # fmt: skip


def paramdyn(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "paramdyn_tui", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def contents(folder):
    files = [folder.path / f"{name}.jsonl" for name in ("metrics", "drift", "events")]
    files += [folder.layout.spec, *folder.layout.snapshots.iterdir()]
    return {str(file.relative_to(folder.path)): file.read_bytes() for file in sorted(files)}


def end_all(runs_dir):
    for folder in requests.live_runs(runs_dir):
        requests.kill(folder)


@pytest.fixture
def runs(runs_dir):
    """The runs folder; no worker outlives the test."""
    yield runs_dir
    end_all(runs_dir)


@pytest.mark.slow
@pytest.mark.long
def test_detached_paused_stopped_and_resumed_run_has_the_bytes_of_an_undisturbed_one(runs):
    started = paramdyn("run", "--detach", *ASKED)
    assert 0 == started.returncode, started.stderr
    folder = RunFolder(runs / started.stdout.strip())
    paused = paramdyn("pause", folder.name)
    assert (0, "paused") == (paused.returncode, requests.status_of(folder)[0]), paused.stderr
    assert 0 == paramdyn("resume", folder.name).returncode
    stopped = paramdyn("stop", "--after-epoch", folder.name)
    status, state = requests.status_of(folder)
    assert (0, "stopped", 0) == (stopped.returncode, status, state.step % 30), stopped.stderr
    assert 0 < state.step < state.total_steps
    assert 0 == paramdyn("resume", "--detach", folder.name).returncode
    watched = paramdyn("attach", "--quiet", folder.name)
    assert (0, f"{folder.path}\n") == (watched.returncode, watched.stdout), watched.stderr

    again = paramdyn("run", "--quiet", "--foreground", *ASKED)
    assert 0 == again.returncode, again.stderr
    assert contents(folder) == contents(RunFolder(runs / f"{folder.name}-2"))


@pytest.mark.slow
@pytest.mark.long
def test_sequence_trains_queued_runs_in_their_folders(runs):
    tiny = (*ASKED, "--epochs", "1", "--max-steps", "5", "--seeds", "0-1")
    started = paramdyn("run", "--detach", *tiny)
    assert 0 == started.returncode, started.stderr
    names = started.stdout.split()
    assert 0 == paramdyn("attach", "-q", names[1]).returncode
    assert names == sorted(path.name for path in runs.iterdir() if path.name[0] != ".")
    assert ["finished"] * 2 == [requests.status_of(RunFolder(runs / name))[0] for name in names]


@pytest.mark.slow
@pytest.mark.long
def test_sequence_whose_first_run_is_refused_leaves_nothing(runs):
    refused = paramdyn("run", "--detach", "--seeds", "0-2", "--dataset", "cifar10")
    assert 2 == refused.returncode
    assert "cifar10" in refused.stderr
    assert not [path for path in runs.iterdir() if path.name[0] != "."]

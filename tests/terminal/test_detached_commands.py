"""Commands that start runs in a process of their own, as the application gives them."""

import sys
import time

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import detached as launching
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.answers import request
from paramdyn_tui.launch.detached import detached, resume_arguments


@pytest.fixture
def start(script, call, monkeypatch):  # noqa: ARG001 - call ends all workers
    """Return a function that starts a command, with workers that train nothing; all are ended."""
    monkeypatch.setattr(launching, "detached_command", lambda words: [*script, *words])
    left = []

    def begin(*words):
        left.append(detached(words))
        return left[-1]

    yield begin
    for started in left:
        wait_for(started)


def wait_for(started, seconds=120):
    end = time.monotonic() + seconds
    while (outcome := started.poll()) is None:
        assert time.monotonic() < end, started.said()
        time.sleep(0.02)
    return outcome


def until(folder, *statuses):
    assert requests.wait_for(folder, lambda status, _: status in statuses, seconds=120)


def test_run_is_started_and_named(start, runs_dir):
    started = start("run", "--seeds", "0-1", "--device", "cpu")
    assert None is started.poll()
    assert "paramdyn run --detach --seeds 0-1 --device cpu" == started.command
    outcome = wait_for(started)
    assert (0, 2) == (outcome.status, len(outcome.runs))
    assert {path.name for path in runs_dir.iterdir()} == set(outcome.runs)
    assert f"Run {outcome.runs[0]} goes on without this terminal" in outcome.message
    assert outcome is started.poll()


def test_refusal_is_told_in_words(start, runs_dir):
    outcome = wait_for(start("run", "--model", "lenett"))
    assert (2, ()) == (outcome.status, outcome.runs)
    assert outcome.message.startswith("model.name: unknown model 'lenett'. Did you mean 'lenet'")
    assert [] == list(runs_dir.iterdir())


def test_process_that_says_nothing_is_told_too(monkeypatch):
    monkeypatch.setattr(
        launching, "detached_command", lambda _: [sys.executable, "-c", "import os; os._exit(7)"]
    )
    outcome = wait_for(detached(["run"]))
    assert (7, "paramdyn run --detach: it ended with exit status 7 and said nothing.") == (
        outcome.status,
        outcome.message,
    )


def test_process_has_a_session_of_its_own(monkeypatch):
    code = "import os; print(os.getsid(0) == os.getpid()); print(open('/dev/stdin').read() == '')"
    monkeypatch.setattr(launching, "detached_command", lambda _: [sys.executable, "-c", code])
    assert ("True", "True") == wait_for(detached(["run"])).runs


@pytest.mark.parametrize("word", ["--foreground", "--json", "--dry-run"])
def test_what_contradicts_it_is_refused(word):
    with pytest.raises(ValueError, match=word):
        detached(["run", word])


def test_what_carries_on_names_folder_and_runs(start, runs_dir):
    [name] = wait_for(start("run", "--device", "cpu")).runs
    folder = RunFolder(runs_dir / name)
    assert request(folder, "stop").done
    until(folder, "stopped")
    assert ["resume", str(folder.path), "--runs", str(runs_dir)] == resume_arguments(folder.path)
    outcome = wait_for(start(*resume_arguments(runs_dir / "absent")))
    assert 2 == outcome.status
    assert "no run" in outcome.message


def test_queued_runs_begin_in_their_order_when_the_device_is_free(start, runs_dir):
    names = []
    for seed in range(3):
        words = ["run", "--device", "cpu", "--seed", str(seed)]
        outcome = wait_for(start(*words, *(["--when-free"] if seed else [])))
        assert 0 == outcome.status, outcome.message
        names += outcome.runs
    assert "is queued, and needs no terminal. cpu is taken: " in outcome.message
    assert f"{names[0]} and 1 more go first." in outcome.message
    folders = [RunFolder(runs_dir / name) for name in names]
    assert ["running", "queued", "queued"] == [requests.status_of(each)[0] for each in folders]
    request(folders[0], "stop")
    until(folders[1], "running")
    assert ["stopped", "running", "queued"] == [requests.status_of(each)[0] for each in folders]
    request(folders[2], "stop")
    until(folders[2], "stopped")
    assert "running" == requests.status_of(folders[1])[0]

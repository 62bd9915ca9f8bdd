"""A command that a message names can be pasted into a shell, wherever the runs are."""

import re
import shlex
from pathlib import Path

import pytest

from paramdyn.errors import RunIncomplete
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn.store.upkeep.ended import is_over
from paramdyn.store.upkeep.lost_state import check_restart


@pytest.fixture
def runs_dir(tmp_path):
    """A folder of runs whose name a shell would take apart; not the usual one."""
    folder = tmp_path / "my rüns; all"
    folder.mkdir()
    return folder


def words_after(text, command):
    """Return the words of the last ``command`` that a text names, as a shell takes them."""
    assert command in text
    return shlex.split(re.sub(r"[.;]?$|; or .*|\n.*", "", text.rpartition(command)[2].strip()))


def spec_of(text):
    return Path(words_after(text, "paramdyn run ")[0].rstrip("."))


def test_spec_of_a_run_without_that_snapshot(command, runs_dir, made_run, tiny_spec):
    name = made_run(tiny_spec)
    status, _, said = command("run", "--runs", str(runs_dir), "--from", f"{name}@best")
    assert (2, runs_dir / name / "spec.toml") == (status, spec_of(said))


def test_spec_of_a_run_that_diverged(runs_dir, made_run, tiny_spec):
    folder = RunFolder(runs_dir / made_run(tiny_spec, status="diverged"))
    words = words_after(str(is_over(folder, "diverged")), "paramdyn run ")
    assert [str(folder.layout.spec), "--lr"] == words[:2]


@pytest.mark.parametrize("content", [None, b"no checkpoint", b""])
def test_spec_of_a_run_whose_checkpoint_is_of_no_use(runs_dir, made_run, tiny_spec, content):
    from paramdyn.checkpoints import load_checkpoint

    layout = Layout(runs_dir / made_run(tiny_spec, status="stopped"))
    if content is not None:
        layout.checkpoint.write_bytes(content)
    with pytest.raises(RunIncomplete) as said:
        load_checkpoint(layout.checkpoint)
    assert layout.spec == spec_of(str(said.value))


def test_spec_of_a_run_that_lost_its_state_and_checkpoint(runs_dir, made_run, tiny_spec):
    folder = RunFolder(runs_dir / made_run(tiny_spec, kept=(("init", 0), ("epoch", 8))))
    folder.layout.state.unlink()
    with pytest.raises(RunIncomplete) as said:
        check_restart(folder)
    assert folder.layout.spec == spec_of(str(said.value))


def test_spec_of_a_queued_run(command, runs_dir):
    folder = RunFolder.create(runs_dir, "lenet-x", "")
    write_state(folder.layout, RunState(status="queued"))
    status, _, said = command("resume", "--runs", str(runs_dir), "lenet-x")
    assert (2, folder.layout.spec) == (status, spec_of(said))


def test_spec_of_a_run_that_has_ended(command, runs_dir, fake_worker):
    fake_worker("finish")
    status, out, _ = command("run", "--runs", str(runs_dir))
    again = next(line for line in out.splitlines() if line.startswith("again"))
    assert (0, True) == (status, spec_of(again).is_file())


@pytest.mark.parametrize("asked", [("show", "nothing-like-it"), ("ls", "model=zzz"), ("ls",)])
def test_list_of_runs_that_are_elsewhere(command, runs_dir, made_run, tiny_spec, asked):
    if len(asked) > 1:
        made_run(tiny_spec)
    _, _, said = command(*asked, "--runs", str(runs_dir))
    listing = "paramdyn run" if asked == ("ls",) else "paramdyn ls"
    assert ["--runs", str(runs_dir)] == words_after(said, listing)


def test_list_of_runs_in_the_usual_place_needs_no_option(command):
    assert "All runs: paramdyn ls.\n" in command("show", "nothing-like-it")[2]
    assert "Make one: paramdyn run\n" in command("ls")[2]

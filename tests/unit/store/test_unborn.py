"""What a process leaves that is killed while it makes a run's folder, and who may delete it."""

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paramdyn.errors import BadRequest, StoreError
from paramdyn.store import atomic, unborn
from paramdyn.store.process import this_process
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.unborn import OLD_SECONDS, sweep_unborn
from paramdyn.store.upkeep import removal

MAKER = """
import sys, time
from pathlib import Path
from paramdyn.store.run_folder import RunFolder

def fill(folder):
    folder.layout.log.write_text("half")
    print("filling", flush=True)
    time.sleep(1000)

RunFolder.create(Path(sys.argv[1]), "a", "", fill)
"""


def hidden(runs):
    return [path for path in runs.iterdir() if path.name.startswith(".run-")]


@pytest.fixture
def maker(runs_dir):
    """A process that is filling a run's folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKER, str(runs_dir)], stdout=subprocess.PIPE, text=True
    )
    assert "filling\n" == process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("sweeper", [sweep_unborn, removal.sweep])
def test_a_killed_makers_folder_goes_and_a_living_ones_stays(maker, runs_dir, sweeper):
    [folder] = hidden(runs_dir)
    sweeper(runs_dir)
    maker.send_signal(signal.SIGSTOP)
    sweeper(runs_dir)
    assert "half" == (folder / "log.txt").read_text()
    maker.kill()
    maker.wait()
    sweeper(runs_dir)
    assert [] == list(runs_dir.iterdir())


def test_the_next_run_sweeps(maker, runs_dir):
    maker.kill()
    maker.wait()
    RunFolder.create(runs_dir, "b", "")
    assert ["b"] == [path.name for path in runs_dir.iterdir()]


@pytest.mark.parametrize("maker_file", ["elsewhere", "none", "cut"])
def test_where_the_maker_cannot_be_seen_only_age_counts(runs_dir, maker_file):
    folder = runs_dir / ".run-12345678.tmp"
    (folder / "plugins").mkdir(parents=True)
    inner = folder / "plugins" / "mine.py"
    inner.touch()
    process = dataclasses.replace(this_process(), host="elsewhere", boot_id="x")
    if maker_file != "none":
        text = json.dumps(dataclasses.asdict(process))
        (folder / ".maker.tmp").write_text(text if maker_file == "elsewhere" else text[:20])
    old = time.time() - OLD_SECONDS - 60
    for path in (*folder.rglob("*"), folder):
        if path != inner:
            os.utime(path, (old, old))
    sweep_unborn(runs_dir)
    assert inner.exists()
    os.utime(inner, (old, old))
    sweep_unborn(runs_dir)
    assert not folder.exists()


def test_what_is_none_of_ours_stays(runs_dir, tmp_path):
    (tmp_path / "target").mkdir()
    (runs_dir / ".run-link.tmp").symlink_to(tmp_path / "target")
    (runs_dir / ".run-file.tmp").touch()
    (runs_dir / ".run-other").mkdir()
    os.utime(tmp_path / "target", (0, 0))
    sweep_unborn(runs_dir)
    sweep_unborn(tmp_path / "absent")
    assert {".run-link.tmp", ".run-file.tmp", ".run-other"} == {p.name for p in runs_dir.iterdir()}
    assert (tmp_path / "target").is_dir()


def test_a_named_folder_does_not_tell_its_maker(runs_dir):
    folder = RunFolder.create(runs_dir, "a", "")
    assert ["spec.toml"] == [path.name for path in folder.path.iterdir()]


@pytest.mark.parametrize("fails", ["spec.toml", ".maker.tmp", "log.txt"])
def test_a_full_disk_names_the_run_and_leaves_nothing(runs_dir, monkeypatch, fails):
    write_all = atomic.write_all

    def full(descriptor, data):
        if fails in str(Path(f"/dev/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, "full")
        write_all(descriptor, data)

    monkeypatch.setattr(atomic, "write_all", full)

    def fill(folder):
        atomic.write_whole(folder.layout.log, b"x")

    with pytest.raises(StoreError) as caught:
        RunFolder.create(runs_dir, "lenet-1", "seed = 0", fill)
    said = f"{runs_dir}/lenet-1/{fails}: cannot be written: the disk is full."
    assert str(caught.value).startswith(said)
    assert [] == list(runs_dir.iterdir())


def test_a_name_that_no_disk_takes_is_refused_before_anything_is_made(tmp_path):
    runs = tmp_path / "runs"
    with pytest.raises(BadRequest, match=r"^ééé.*: the run's name has 260 bytes, at most 240"):
        RunFolder.create(runs, "é" * 130, "")
    assert not runs.exists()
    assert 240 == unborn.LONGEST_NAME
    for name in ("x" * 240, "x" * 240 + "-2"):
        assert name == RunFolder.create(runs, "x" * 240, "").name

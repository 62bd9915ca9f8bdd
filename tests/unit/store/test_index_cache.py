"""The cache of a list is never believed against the folder."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from paramdyn.errors import StoreError
from paramdyn.store import index_cache, run_index
from paramdyn.store.index_cache import load_index, save_index
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import RunState, write_state


@pytest.fixture(autouse=True)
def _cache_of_few_runs(monkeypatch, tmp_path):
    """A cache of its own, kept for a single run, of files that count as settled at once."""
    monkeypatch.setenv("PARAMDYN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run_index, "_WORTH_KEEPING", 1)
    monkeypatch.setattr(run_index, "_SETTLED_NS", -(10**12))


def steps(runs):
    """Return step by name as listed, checked against a list that uses no cache."""
    found = {run.name: (run.status, run.step) for run in list_runs(runs)}
    assert {run.name: (run.status, run.step) for run in list_runs(runs, cached=False)} == found
    return {name: step for name, (_, step) in found.items()}


@pytest.fixture
def three(make_run, runs_dir):
    """Three runs in a folder that was listed once."""
    for number in range(3):
        make_run(f"run-{number}", step=number)
    assert {"run-0": 0, "run-1": 1, "run-2": 2} == steps(runs_dir)
    assert 3 == len(load_index(runs_dir))
    return runs_dir


def test_second_list_reads_no_state(three, monkeypatch):
    def refuse(_):
        raise AssertionError("read again")

    before = list_runs(three)
    monkeypatch.setattr(run_index, "facts_of", refuse)
    assert before == list_runs(three)


def test_added_and_removed(three, make_run):
    make_run("run-3", step=3)
    shutil.rmtree(three / "run-0")
    assert {"run-1": 1, "run-2": 2, "run-3": 3} == steps(three)


def test_renamed_copied_and_swapped(three):
    (three / "run-0").rename(three / "spare")
    (three / "run-1").rename(three / "run-0")
    (three / "spare").rename(three / "run-1")
    shutil.copytree(three / "run-2", three / "copy", copy_function=shutil.copy2)
    assert {"run-0": 1, "run-1": 0, "run-2": 2, "copy": 2} == steps(three)


def test_state_replaced(three):
    from paramdyn.store.layout import Layout

    write_state(Layout(three / "run-1"), RunState(status="finished", step=7))
    assert 7 == steps(three)["run-1"]


def test_state_edited_in_place_with_its_time_put_back(three):
    state = three / "run-1" / "state.json"
    before = state.stat()
    text = state.read_text()
    with state.open("r+") as file:
        file.write(text.replace('"step": 1', '"step": 8'))
    os.utime(state, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert 8 == steps(three)["run-1"]


def test_a_state_that_just_changed_is_read_again(three, monkeypatch):
    """Two writes within a clock tick look alike to the file system: neither is kept."""
    monkeypatch.setattr(run_index, "_SETTLED_NS", 10**12)
    shutil.rmtree(os.environ["PARAMDYN_CACHE"])
    steps(three)
    assert {} == load_index(three)


@pytest.mark.parametrize("content", [b'{"status"', b"", b'{"schema_version": 9}', b"[]", b"\xff"])
def test_state_cut_or_of_the_future(three, content):
    (three / "run-1" / "state.json").write_bytes(content)
    steps(three)
    assert "broken" == {run.name: run.status for run in list_runs(three)}["run-1"]


def test_state_gone(three):
    (three / "run-1" / "state.json").unlink()
    assert {"run-0": 0, "run-1": 0, "run-2": 2} == steps(three)


def test_state_unreadable(three):
    (three / "run-1" / "state.json").unlink()
    (three / "run-1" / "state.json").mkdir()
    [found] = [run for run in list_runs(three) if run.name == "run-1"]
    assert ("broken", True) == (found.status, "state.json: cannot be read" in found.problem)


def test_living_processes_are_looked_up_every_time(make_run, runs_dir, monkeypatch):
    from paramdyn.store import state
    from paramdyn.store.process import this_process

    me = this_process()
    fields = {name: getattr(me, name) for name in ("pid", "process_start", "boot_id", "host")}
    make_run("mine", status="running", heartbeat=time.time(), **fields)
    assert "running" == list_runs(runs_dir)[0].status
    assert 1 == len(load_index(runs_dir))
    monkeypatch.setattr(state, "is_alive", lambda _: False)
    assert "crashed" == list_runs(runs_dir)[0].status


def cache_file():
    [found] = Path(os.environ["PARAMDYN_CACHE"], "runs").iterdir()
    return found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + b"x",
        lambda data: data.replace(b"run index ", b"run index 9"),
        lambda _: b"\x80\x04something else",
    ],
)
def test_spoilt_cache_is_ignored_and_made_again(three, spoil):
    cache_file().write_bytes(spoil(cache_file().read_bytes()))
    assert {} == load_index(three)
    steps(three)
    assert 3 == len(load_index(three))


@pytest.mark.parametrize("facts", [None, 3, [], ["finished"], {"a": 1}, [[]] * 19, [3] * 19])
def test_facts_that_make_no_sense_are_read_anew(three, facts):
    """Whole and of this version, yet nothing that this program would keep."""
    index = load_index(three)
    save_index(three, {name: (stamp, facts) for name, (stamp, _) in index.items()})
    assert {"run-0": 0, "run-1": 1, "run-2": 2} == steps(three)


@pytest.mark.parametrize("body", [b"{}", b"[[1]]", b'[["a",[1],2,3]]', b"[3]", b"null"])
def test_rows_that_make_no_sense(three, body):
    cache_file().write_bytes(index_cache._head(three, body) + b"\n" + body)
    assert {"run-0": 0, "run-1": 1, "run-2": 2} == steps(three)


def test_cache_of_another_folder_is_not_believed(three, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(three, other)
    steps(other)
    shutil.copy(index_cache._path(three), index_cache._path(other))
    assert {} == load_index(other)


def test_cache_that_cannot_be_written(three, monkeypatch):
    def full(*_, **__):
        raise StoreError("the disk is full")

    shutil.rmtree(os.environ["PARAMDYN_CACHE"])
    monkeypatch.setattr(index_cache, "write_whole", full)
    assert {"run-0": 0, "run-1": 1, "run-2": 2} == steps(three)
    monkeypatch.setenv("PARAMDYN_CACHE", "/dev/null/nothing")
    assert {"run-0": 0, "run-1": 1, "run-2": 2} == steps(three)


def test_a_folder_reached_by_a_link_has_one_cache(three, tmp_path):
    (tmp_path / "link").symlink_to(three)
    assert load_index(three) == load_index(tmp_path / "link")


def test_odd_folder_names_are_listed_and_not_kept(three):
    name = os.fsdecode(b"odd-\xff")
    shutil.copytree(three / "run-1", three / name)
    assert 1 == steps(three)[name]


@pytest.mark.usefixtures("three")
def test_what_is_kept_is_plain_json():
    head, _, body = cache_file().read_bytes().partition(b"\n")
    assert head.startswith(b"paramdyn run index ")
    assert ["run-0", "run-1", "run-2"] == sorted(row[0] for row in orjson.loads(body))


LISTING = """
import sys
from pathlib import Path
from paramdyn.store import run_index
run_index._WORTH_KEEPING, run_index._SETTLED_NS = 1, -(10**12)
for _ in range(20):
    assert 40 == len(run_index.list_runs(Path(sys.argv[1])))
    run_index.save_index(Path(sys.argv[1]), {})
"""


def test_lists_made_at_the_same_time(make_run, runs_dir):
    for number in range(40):
        make_run(f"run-{number:02d}", step=number)
    command = [sys.executable, "-c", LISTING, str(runs_dir)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate(timeout=100)[1] for process in processes]
    assert [b""] * 3 == said
    assert set(range(40)) == set(steps(runs_dir).values())
    assert [cache_file().name] == [path.name for path in cache_file().parent.iterdir()]

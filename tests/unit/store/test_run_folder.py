import errno
from concurrent.futures import ThreadPoolExecutor

import pytest

from paramdyn.errors import PluginError, RunIncomplete, RunNotFound, StoreError
from paramdyn.store import atomic
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder, find_run, runs_folder, snapshot_path
from paramdyn.store.run_index import list_runs

LENET = "lenet-digits-kaiming-uniform-sgd-s0-1aa03aa1"


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "deep" / "runs"


def test_create(runs):
    folder = RunFolder.create(runs, LENET, "seed = 0\n")
    assert (folder.name, folder.path) == (LENET, runs / LENET)
    assert folder.layout.spec.read_text() == "seed = 0\n"
    assert RunFolder.open(folder.path) == folder


def test_the_same_run_again_gets_a_number(runs):
    names = [RunFolder.create(runs, LENET, "").name for _ in range(3)]
    assert names == [LENET, f"{LENET}-2", f"{LENET}-3"]


def test_many_at_once_get_a_name_each(runs):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda k: RunFolder.create(runs, "a", f"{k}"), range(24)))
    assert 24 == len({folder.name for folder in made})
    assert [f"{k}" for k in range(24)] == [folder.layout.spec.read_text() for folder in made]
    assert {folder.name for folder in made} == {path.name for path in runs.iterdir()}


def test_a_run_appears_complete_or_not_at_all(runs):
    def fill(folder):
        assert folder.name.startswith(".")
        assert list_runs(runs) == []
        folder.layout.log.write_text("filled")

    folder = RunFolder.create(runs, "a", "", fill)
    assert ("a", "filled") == (folder.name, folder.layout.log.read_text())

    def fail(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RunFolder.create(runs, "a", "", fail)
    assert ["a"] == [path.name for path in runs.iterdir()]


def test_a_queued_folder_gets_its_final_spec(runs):
    queued = RunFolder.create(runs, "a", "first")
    assert queued == RunFolder.take(queued.path, "last")
    assert "last" == queued.layout.spec.read_text()


def test_a_runs_folder_that_is_a_file(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(StoreError, match="runs: cannot be made"):
        RunFolder.create(tmp_path / "runs", LENET, "")


def test_an_unwritable_runs_folder(runs, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(errno.EACCES, "denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(StoreError, match="permission denied"):
        RunFolder.create(runs, LENET, "")


def test_a_full_disk_leaves_no_folder(runs, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(atomic.os, "write", full)
    with pytest.raises(StoreError, match="the disk is full"):
        RunFolder.create(runs, LENET, "seed = 0\n")
    assert list(runs.iterdir()) == []


def test_open_what_is_not_there(runs):
    with pytest.raises(RunNotFound, match="no such run folder"):
        RunFolder.open(runs / LENET)
    (runs / "empty").mkdir(parents=True)
    with pytest.raises(RunIncomplete, match=r"has no spec\.toml"):
        RunFolder.open(runs / "empty")


def test_plugins_are_copied(runs, tmp_path):
    folder = RunFolder.create(runs, LENET, "")
    plugin = tmp_path / "mine.py"
    plugin.write_text("x = 1\n")
    assert folder.add_plugin(plugin) == folder.layout.plugins / "mine.py"
    assert folder.add_plugin(plugin).read_text() == "x = 1\n"
    plugin.write_text("x = 2\n")
    with pytest.raises(PluginError, match=r"another plug-in named 'mine\.py'"):
        folder.add_plugin(plugin)
    with pytest.raises(StoreError, match="cannot be copied"):
        folder.add_plugin(tmp_path / "absent.py")


def test_find(runs, monkeypatch):
    lenet, again, resnet = (
        RunFolder.create(runs, name, "") for name in (LENET, LENET, "resnet18-cifar10")
    )
    assert find_run(runs, LENET) == lenet
    assert find_run(runs, f"{LENET}-2") == again
    assert find_run(runs, "res") == resnet
    assert find_run(runs, f"{resnet.path}/") == resnet
    monkeypatch.chdir(runs)
    assert find_run(runs / "elsewhere", f"./{LENET}") == lenet


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lenet-d", f"'lenet-d' is the start of 2 runs: {LENET}, {LENET}-2"),
        ("resnet81-cifar10", r"no run 'resnet81-cifar10' among 3\. Did you mean 'resnet18-cifar"),
        ("", "no run ''"),
    ],
)
def test_find_nothing(runs, name, words):
    for taken in (LENET, LENET, "resnet18-cifar10"):
        RunFolder.create(runs, taken, "")
    with pytest.raises(RunNotFound, match=words):
        find_run(runs, name)


def test_find_without_a_runs_folder(runs):
    with pytest.raises(RunNotFound, match="among 0"):
        find_run(runs, "lenet")


def test_runs_folder(monkeypatch):
    monkeypatch.delenv("PARAMDYN_RUNS", raising=False)
    assert str(runs_folder(None)) == "runs"
    monkeypatch.setenv("PARAMDYN_RUNS", "/there")
    assert str(runs_folder(None)) == "/there"
    assert str(runs_folder("here")) == "here"


@pytest.fixture
def with_snapshots(runs):
    folder = RunFolder.create(runs, LENET, "")
    folder.layout.snapshots.mkdir()
    kept = [(0, "init", None), (12, "epoch", None), (12, "best", "best"), (24, "final", None)]
    with RecordWriter(folder.layout.events) as events:
        for step, name, file in kept:
            path = folder.layout.best_snapshot if file else folder.layout.snapshot(step)
            path.touch()
            relative = str(path.relative_to(folder.path))
            events.append({"step": step, "event": "snapshot", "name": name, "file": relative})
        events.append({"step": 24, "event": "finished"})
    return folder


@pytest.mark.parametrize(
    ("step", "file"),
    [
        ("init", "step-00000000"),
        ("0", "step-00000000"),
        ("12", "step-00000012"),
        ("012", "step-00000012"),
        ("best", "best"),
        ("final", "step-00000024"),
        ("24", "step-00000024"),
    ],
)
def test_snapshot_path(with_snapshots, step, file):
    assert snapshot_path(with_snapshots, step).name == f"{file}.safetensors"


def test_a_snapshot_never_kept(with_snapshots, runs):
    words = r"no snapshot '7'. It has: init \(0\), epoch \(12\), best \(12\), final \(24\)"
    with pytest.raises(RunNotFound, match=words):
        snapshot_path(with_snapshots, "7")
    with pytest.raises(RunNotFound, match="It kept none"):
        snapshot_path(RunFolder.create(runs, "other", ""), "final")


def test_a_snapshot_that_is_gone(with_snapshots):
    with_snapshots.layout.best_snapshot.unlink()
    with pytest.raises(RunIncomplete, match="was kept and is gone"):
        snapshot_path(with_snapshots, "best")

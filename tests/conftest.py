"""Fixtures for every test: small runs, a clean environment, one thread."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# no test asserts on wall time: a busy machine is no failure
LONG = bool(os.environ.get("PARAMDYN_LONG"))
EXAMPLES = 100 if LONG else 40
settings.register_profile(
    "paramdyn",
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("paramdyn")

# Before torch is imported, here and in every process a test starts.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
WARM = ROOT / "tests" / "warm_workers"
# A process that a test starts finds the packages of this checkout, installed or not.
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "engine"), str(ROOT)])


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the golden files; read the diff"
    )


def pytest_collection_modifyitems(items):
    """Skip ``long`` unless asked; ``gpu`` where there is none: torch is imported to find out."""
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="takes long: PARAMDYN_LONG=1 does it"))
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """One cache for the whole session: compiled kernels are compiled once."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARAMDYN_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PARAMDYN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("PARAMDYN_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _one_thread():
    """A test that has torch loaded computes on one thread: its sums always round the same."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def _forked(cache_folder):  # noqa: ARG001 - the environment names it
    """Return a function that gives the command line of a process that is forked when it is run."""
    running = []

    def start():
        folder = tempfile.TemporaryDirectory(prefix="warm")
        address = f"{folder.name}/socket"
        server = subprocess.Popen(
            [sys.executable, str(WARM / "server.py"), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdout.readline() == b"ready\n"
        running.extend([folder, server, address])

    def command(*words):
        if not running:
            start()
        return [sys.executable, "-S", "-E", str(WARM / "client.py"), running[2], *words]

    yield command
    if running:
        folder, server, _ = running
        with server:
            server.stdin.close()  # it ends
        folder.cleanup()


@pytest.fixture(scope="session", autouse=True)
def _warm_workers(_forked):
    """Workers that this process starts are forked from one that has imported torch.

    Those of the commands that tests start as processes are not.
    """
    with pytest.MonkeyPatch.context() as patch:
        if hasattr(os, "fork"):
            from paramdyn_tui.launch import sequence_process, worker_process

            patch.setattr(worker_process, "worker_command", lambda given: _forked("worker", *given))
            patch.setattr(sequence_process, "sequence_command", lambda: _forked("sequence"))
        yield


@pytest.fixture
def warm_command(monkeypatch, _forked):
    """Return the command line as a process of its own, whose workers are forked, too."""
    if not hasattr(os, "fork"):
        return [sys.executable, "-m", "paramdyn_tui"]
    monkeypatch.setenv("TEST_CLIENT", json.dumps(_forked()))
    return [sys.executable, str(WARM / "command.py")]


@pytest.fixture
def runs_dir(tmp_path):
    """The folder that ``PARAMDYN_RUNS`` names during the test."""
    folder = tmp_path / "runs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def tiny_spec():
    """LeNet on 256 synthetic images for 20 steps of 32, on one CPU thread."""
    from paramdyn.specs import DatasetSpec, RecordingSpec, RunSpec, TrainingSpec

    options = {"train": 256, "test": 64, "classes": 10, "channels": 1, "native_size": 28}
    return RunSpec(
        dataset=DatasetSpec(name="synthetic", options=options),
        training=TrainingSpec(epochs=3, batch_size=32, max_steps=20, device="cpu", threads=1),
        recording=RecordingSpec(when="every:5"),
    )


@pytest.fixture(scope="session")
def data_folder():
    """The folder with the real images, or a skip that says how to name it."""
    folder = os.environ.get("PARAMDYN_TEST_DATA")
    if not folder:
        pytest.skip("real images: set PARAMDYN_TEST_DATA to a folder with MNIST and FashionMNIST")
    return Path(folder)


@pytest.fixture
def golden(request):
    """Compare text with ``tests/golden/NAME``; ``--update-golden`` writes it instead."""

    def check_golden(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is missing: pytest tests/golden --update-golden writes it"
        assert path.read_text(encoding="utf-8") == text

    return check_golden


@pytest.fixture
def made_run(runs_dir):
    """Return a function that makes the folder of a run that nobody trained, and names it."""
    import importlib.metadata
    from dataclasses import replace

    from paramdyn.specs.run_id import run_id
    from paramdyn.specs.validation import validate
    from paramdyn.specs.writer import to_toml
    from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
    from paramdyn.store.records import RecordWriter
    from paramdyn.store.run_folder import RunFolder
    from paramdyn.store.state import RunState, write_state
    from paramdyn.store.summary import summary_of

    table = (
        ParameterInfo("bn.weight", (6,), 6, "bn", "norm", True),
        ParameterInfo("conv1.weight", (6, 3, 5, 5), 450, "conv1", "conv", True),
        ParameterInfo("conv1.bias", (6,), 6, "conv1", "bias", True),
        ParameterInfo("fc.weight", (10, 6), 60, "fc", "linear", True),
    )
    here = {"host": "here", "boot_id": "", "pid": 0, "process_start": 0.0, "git": None}
    sizes = {"steps_per_epoch": 10, "total_steps": 20, "record_steps": 2}

    def make(spec, *, status="finished", kept=(("final", 20),), torch="", reason="", reach=()):
        placed = replace(spec.training, device="cpu", threads=spec.training.threads or 1)
        spec = validate(replace(spec, training=placed))
        folder = RunFolder.create(runs_dir, run_id(spec), to_toml(spec))
        version = torch or importlib.metadata.version("torch")
        created = f"2026-01-02T03:04:{len(list(runs_dir.iterdir())):02}+00:00"
        write_manifest(folder.layout, Manifest(
            id=folder.name, created=created, paramdyn="0", versions={"torch": version},
            device="cpu", device_name="a chip", threads=placed.threads, precision="fp32",
            kernel="torch", parent=None, dataset={}, parameters=table, buffers=(),
            initial_sha256="", **here, **sizes,
            reach=[{"parameter": name, "scalars": 1, "reason": "padding"} for name in reach],
        ))  # fmt: skip
        write_state(folder.layout, RunState(
            status=status, reason=reason, step=kept[-1][1] if kept else 0, total_steps=20,
            summary=summary_of(spec, created=created),
        ))  # fmt: skip
        events = RecordWriter(folder.layout.events)
        folder.layout.snapshots.mkdir()
        for name, step in kept:
            file = f"snapshots/step-{step:08}.safetensors"
            (folder.path / file).write_bytes(b"")
            events.append({"step": step, "event": "snapshot", "name": name, "file": file})
        events.close()
        return folder.name

    return make


@pytest.fixture
def full_answer():
    """An answer with every kind of table, picture, verdict, control that is missing, and hole."""
    import numpy as np

    from paramdyn.analysis.answer import (
        Answer,
        Bars,
        Column,
        Curve,
        Curves,
        Heatmap,
        Missing,
        Table,
    )  # fmt: skip
    from paramdyn.analysis.verdict import Measured, Verdict

    nan = float("nan")
    judged = {"statistic": "q = d(E, A0) / d1", "null": 1.0, "null_name": "another order",
              "margin": "at most 1.5"}  # fmt: skip
    measured = Measured(value=1.65, interval=(1.21, 2.25), n=6, **judged)
    good = {"value": 1.65, "interval": (1.21, 2.25), "n": 6, "measured": (measured,), **judged}
    poor = {"value": nan, "interval": (nan, nan), "n": 1, **judged}
    changes = ("six seeds instead of one", "the control order")
    verdicts = [
        Verdict("comes-back", "It comes back.", "supported", reasons=("q is small",),
                what_would_change_it=("a farther end",), p=0.03, **good),
        Verdict("far-away", "It is forced far away.", "artefact", reasons=(),
                what_would_change_it=("no other sign",), artefact="symmetry orbit", **good),
        Verdict("stays", "It stays where it began.", "not supported", reasons=("it moved",),
                what_would_change_it=(), **good),
        Verdict("same", "It is the same model, however long the sentence that says so may be.",
                "inconclusive", reasons=("one seed shows nothing", "a control is missing"),
                what_would_change_it=changes, missing=("order",), **poor),
    ]  # fmt: skip
    columns = [
        Column("layer", "Layer", "text"), Column("scalars", "Scalars", "count"),
        Column("moved", "Distance from the start", "number", "accuracy"),
        Column("moved_null", "Twin", "number", "accuracy", null=True),
        Column("share", "Changed", "share"), Column("p", "p", "probability"),
        Column("step", "Step", "step"), Column("size", "Size", "bytes"),
        Column("dead", "Dead", "text"),
    ]  # fmt: skip
    row = {"layer": "layer4.0.downsample.0.weight", "scalars": 11181642, "moved": 0.0314159,
           "moved_null": 0.029, "share": 0.621270, "p": 1e-9, "step": 1200, "size": 44770000,
           "dead": True}  # fmt: skip
    holed = {**row, "layer": "fc.bias", "moved": None, "dead": False, "p": None}
    tables = [
        Table("layers", "How far layers moved", columns, [row, holed], {(1, "moved"): "0 / 0"},
              note="n = 1 seed."),
        Table("seeds", "Each seed", columns[:3], [row], detail=True),
        Table("empty", "Nothing there", columns[:2], []),
    ]  # fmt: skip
    x = np.arange(1.0, 9.0)
    hole = np.where(x == 4, nan, x / 10)
    pictures = [
        Curves("path", "Along a straight line", "alpha", "loss", [
            Curve("raw", x, hole, low=x / 20, high=x / 5), Curve("twin", x, x / 8, null=True),
        ], log_x=True),
        Heatmap("cka", "CKA", "layers of A", "layers of B", ["conv1", "fc"], ["conv1", "fc"],
                np.array([[1.0, 0.25], [0.125, nan]]), 0.0, 1.0, note="Unbiased."),
        Heatmap("pearson", "Pearson r, matched", "features of A", "features of B", [], [],
                np.outer(np.linspace(-1, 1, 120), np.linspace(-1, 1, 100)), -1.0, 1.0),
        Bars("partition", "Classes", ["conv1", "fc"],
             {"changed": [0.379, 1.0], "structural": [0.621, None]}, "share"),
        Bars("lengths", "Distances", ["child", "twin"], {"d": [3.0, 1.5]}, nulls=["twin"]),
    ]  # fmt: skip
    lack = Missing("lenet-a1b2", "order", "d1 is unknown without it.",
                   "run runs/lenet-a1b2 --controls")  # fmt: skip
    return Answer("recovery", ["lenet-a1b2"], ["It came 0.0314 far; the twin 0.029."], verdicts,
                  tables, pictures, [lack], ["2,000 test images."])  # fmt: skip

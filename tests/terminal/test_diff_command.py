"""``paramdyn diff`` and what ``show`` tells of relatives and states, as a person uses them."""

import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from paramdyn.specs import RunSpec
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.writer import to_toml
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.snapshots import write_snapshot
from paramdyn.store.state import RunState, write_state

TABLE = (
    ParameterInfo("conv1.weight", (4,), 4, "conv1", "conv", True),
    ParameterInfo("conv1.bias", (2,), 2, "conv1", "bias", True),
    ParameterInfo("fc.weight", (2,), 2, "fc", "linear", True),
)
BUFFERS = (ParameterInfo("bn.running_mean", (2,), 2, "bn", "buffer", False),)


@pytest.fixture
def make(runs_dir):
    """Return a function that makes a run whose values are all one number."""

    def run(name, value, *, losses=(1.0, 0.5), parent=None, size=4, status="finished", **fields):
        spec = with_overrides(RunSpec(), {key.replace("__", "."): v for key, v in fields.items()})
        folder = RunFolder.create(runs_dir, name, to_toml(spec))
        layout = folder.layout
        write_manifest(layout, Manifest(
            id=name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={"torch": "2"},
            git=None, host="here", boot_id="", pid=0, process_start=0.0, device="cpu",
            device_name="a chip", threads=1, precision="fp32", kernel="torch", parent=parent,
            dataset={}, steps_per_epoch=1, total_steps=2, record_steps=2, parameters=TABLE,
            buffers=BUFFERS, initial_sha256="0"))  # fmt: skip
        text = f"{parent['run']}@{parent['step']}" if parent else ""
        write_state(layout, RunState(status=status, step=2, total_steps=2, epoch=2.0,
                                     summary={"parent": text}))  # fmt: skip
        with RecordWriter(layout.metrics) as metrics:
            metrics.append_all(
                {"step": step, "epoch": float(step), "test/accuracy": 0.5, "train/loss": loss}
                for step, loss in enumerate(losses)
            )
        tensors = {
            "conv1.weight": np.full(size, value, np.float32),
            "conv1.bias": np.full(2, value, np.float32),
            "fc.weight": np.full(2, 1.0, np.float32),
            "bn.running_mean": np.full(2, value, np.float32),
        }
        with RecordWriter(layout.events) as events:
            for step, kept in ((0, "init"), (2, "final")):
                path = layout.snapshot(step)
                scaled = {key: array * (step or -2) / 2 for key, array in tensors.items()}
                write_snapshot(path, scaled, {"step": str(step), "name": kept})
                file = path.relative_to(folder.path).as_posix()
                events.append({"step": step, "event": "snapshot", "name": kept, "file": file})
        return folder

    return run


def test_only_what_differs(json_of, make):
    make("a", 1.0, seed=0)
    make("b", 1.0, seed=1, optimizer__learning_rate=0.1, perturbations=["sign-flip"])
    facts = json_of("diff", "a", "b")
    expected = {
        "seed": [0, 1],
        "optimizer.learning_rate": [0.005, 0.1],
        "perturbations": ["", "sign-flip"],
    }
    assert expected == {row["field"]: row["values"] for row in facts["spec"]}
    assert [] == facts["provenance"]


def test_distances_by_layer_and_buffers_apart(json_of, make):
    make("a", 3.0)
    make("b", -1.0)
    [found] = json_of("diff", "a", "b")["distances"]
    assert ("a@2", "b@2", None) == (found["a"], found["b"], found["problem"])
    total = found["total"]
    assert (8, 96**0.5, 6, 2) == tuple(
        total[key] for key in ("scalars", "l2", "opposite_signs", "equal_bits")
    )
    assert [("conv1", 96**0.5), ("fc", 0.0)] == [(r["layer"], r["l2"]) for r in found["layers"]]
    assert [("bn.running_mean", 32**0.5)] == [(r["buffer"], r["l2"]) for r in found["buffers"]]


def test_snapshots_can_be_named(json_of, make):
    make("a", 1.0)
    [found] = json_of("diff", "a@init", "a@2")["distances"]
    assert ("a@0", "a@2") == (found["a"], found["b"])
    assert 1.0 == found["total"]["opposite_share"]
    assert pytest.approx(2.0) == found["total"]["direction_change"]


def test_until_which_step_the_records_are_equal(command, make):
    make("a", 1.0, losses=(1.0, 0.5, 0.25))
    make("b", 1.0, losses=(1.0, 0.5, 0.125))
    make("c", 1.0, losses=(1.0, 0.5))
    status, out, _ = command("diff", "a", "b", "c")
    assert 0 == status
    assert "A and B: metrics.jsonl is equal until step 1, differs from step 2 on" in out
    assert "A and C: metrics.jsonl is equal until step 1, where C ends" in out


def test_differences_of_the_last_metrics(command, make):
    make("a", 1.0, losses=(1.0, 0.5))
    make("b", 1.0, losses=(1.0, 0.75))
    out = command("diff", "a", "b")[1]
    [line] = [line.split() for line in out.splitlines() if line.startswith("train/loss")]
    assert ["train/loss", "0.5", "0.75", "+0.25"] == line


def test_different_models_are_told_and_compared_where_they_can_be(command, make):
    make("a", 1.0)
    make("b", 1.0, size=5)
    status, out, _ = command("diff", "a", "b")
    assert 0 == status
    assert "different models" in out
    assert "1 have other shapes" in out


def test_a_live_run_without_snapshots(command, make):
    make("a", 1.0)
    folder = make("b", 1.0, status="running")
    shutil.rmtree(folder.layout.snapshots)
    folder.layout.events.unlink()
    status, out, _ = command("diff", "a", "b")
    assert 0 == status
    assert "b: no snapshot 'final'. It kept none." in out
    status, _, err = command("diff", "a", "b@final")
    assert (2, True) == (status, "no snapshot 'final'" in err)


def test_one_run_is_not_enough(command, make):
    make("a", 1.0)
    status, out, err = command("diff", "a")
    assert (2, "") == (status, out)
    assert "is one run, two are compared" in err


@pytest.mark.parametrize("width", [40, 80, 200])
def test_diff_without_a_terminal_is_the_same_at_every_width(command, make, monkeypatch, width):
    make("a", 1.0)
    make("b", 2.0, seed=3)
    expected = command("diff", "a", "b")[1]
    monkeypatch.setenv("COLUMNS", str(width))
    assert expected == command("diff", "a", "b")[1]


def test_show_tells_where_a_run_comes_from_and_what_came_from_it(json_of, command, make):
    make("root", 1.0)
    make("middle", 1.0, parent={"run": "root", "step": 2}, perturbations=["sign-flip"])
    make("leaf", 1.0, parent={"run": "middle", "step": 0}, perturbations=["shuffle"])
    facts = json_of("show", "leaf")
    assert [("middle", 0, "shuffle", True), ("root", 2, "sign-flip", True)] == [
        (item["run"], item["step"], item["perturbations"], item["found"])
        for item in facts["ancestors"]
    ]
    assert ["leaf"] == [item["run"] for item in json_of("show", "middle")["children"]]
    assert "root@2, then sign-flip" in command("show", "leaf")[1]


def test_show_of_runs_that_are_each_other_s_parents_ends(json_of, make):
    make("a", 1.0, parent={"run": "b", "step": 2})
    make("b", 1.0, parent={"run": "a", "step": 2})
    assert ["b", "a"] == [item["run"] for item in json_of("show", "a")["ancestors"]]


def test_show_of_a_child_whose_parent_is_gone(command, make):
    make("a", 1.0, parent={"run": "gone", "step": 2})
    assert "gone@2 (not in this folder)" in command("show", "a")[1]


@pytest.mark.parametrize(("host", "expected"), [("elsewhere", "stale: on elsewhere, silent for")])
def test_show_tells_the_truth_about_a_silent_run(command, make, host, expected):
    folder = make("a", 1.0)
    state = RunState(
        status="running", host=host, pid=1, boot_id="x", heartbeat=time.time() - 300, step=1
    )
    write_state(folder.layout, state)
    assert expected in command("show", "a")[1]
    write_state(folder.layout, replace(state, status="failed", reason="the disk is full"))
    assert "failed: the disk is full" in command("show", "a")[1]


def test_show_best_is_the_first_of_equals_and_ignores_nan(json_of, make):
    folder = make("a", 1.0)
    with RecordWriter(folder.layout.metrics) as metrics:
        metrics.append({"step": 9, "epoch": 9.0, "test/accuracy": float("nan"), "test/loss": 0.25})
    best = json_of("show", "a")["best"]
    assert {"value": 0.5, "step": 0, "epoch": 0.0} == best["test/accuracy"]
    assert {"value": 0.25, "step": 9, "epoch": 9.0} == best["test/loss"]


def test_show_suggests_only_what_can_be_done(json_of, make):
    folder = make("a", 1.0)
    assert not any("resume" in item["command"] for item in json_of("show", "a")["next"])
    folder.layout.checkpoint.write_bytes(b"")
    write_state(folder.layout, RunState(status="stopped"))
    assert "paramdyn resume a" in [item["command"] for item in json_of("show", "a")["next"]]


def test_page_of_two_runs(make, command, golden, runs_dir):
    """The whole page: who is who, gaps between its parts, hashes short."""
    import json

    make("a", 1.0, losses=(1.0, 0.5, 0.25))
    make("b", -1.0, parent={"run": "a", "step": 2}, seed=3)
    for name, digit in (("a", "0"), ("b", "f")):
        path = runs_dir / name / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "initial_sha256": digit * 64}))
    status, out, err = command("diff", "a", "b")
    assert (0, "") == (status, err)
    golden("diff.txt", out)

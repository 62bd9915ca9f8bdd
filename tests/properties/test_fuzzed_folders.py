"""Ten thousand damaged run folders: nothing but our own errors, and never a wrong claim."""

import json
import random
from pathlib import Path

import pytest

from paramdyn.errors import ParamdynError
from paramdyn.specs import RunSpec
from paramdyn.specs.reader import read_spec
from paramdyn.specs.writer import to_toml
from paramdyn.store import control, records
from paramdyn.store.export.tables import tables_of
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import Manifest, ParameterInfo, read_manifest, write_manifest
from paramdyn.store.process import this_process
from paramdyn.store.record_agreement import agreement
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs, summarize
from paramdyn.store.state import ENDED, LIVE, RunState, effective_status, read_state, write_state

ALIVE = LIVE | {"suspended"}
KNOWN = ENDED | ALIVE | {"crashed", "stale", "broken"}
SHARES = {
    "state.json": 2600, "run.json": 1800, "spec.toml": 1800, "metrics.jsonl": 1200,
    "drift.jsonl": 1200, "events.jsonl": 600, "timing.jsonl": 300, "control": 500,
}  # fmt: skip
ODD_VALUES = [
    None, True, False, 0, -1, 2**31, 2**63, 10**400, 1e308, 1e-320, "", "nan", "inf", "-inf", "x",
    "running", "\ud800", "\x00", "é" * 40, [], {}, [[]], [None], {"": None}, {"a": {"b": [1]}},
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound folder's files, by name."""
    folder = RunFolder.create(tmp_path_factory.mktemp("sound"), "run", to_toml(RunSpec()))
    layout = folder.layout
    table = (ParameterInfo("w", (2,), 2, "l", "linear", True),)
    write_manifest(layout, Manifest(
        id="run", created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={"torch": "2"},
        git={"commit": "a", "dirty": False}, host="h", boot_id="b", pid=1, process_start=0.0,
        device="cpu", device_name="c", threads=1, precision="fp32", kernel="torch",
        parent={"run": "p", "step": 4}, dataset={"name": "digits"}, steps_per_epoch=1,
        total_steps=2, record_steps=2, parameters=table, buffers=(),
        initial_sha256="x"))  # fmt: skip
    process = this_process()
    write_state(layout, RunState(
        status="finished", step=2, total_steps=2, metrics={"test/loss": 0.5}, pid=process.pid,
        process_start=process.process_start, boot_id=process.boot_id, host=process.host,
        summary={"model": "lenet", "seed": 0, "parent": "p@4", "spec": {"seed": 1}}))  # fmt: skip
    drift = {"step": 1, "measurement": "displacement", "total": 0.5, "values": [0.5]}
    event = {"step": 0, "event": "snapshot", "name": "final", "file": "snapshots/x"}
    for path, rows in (
        (layout.metrics, [{"step": n, "epoch": 0.5, "train/loss": 0.25} for n in range(3)]),
        (layout.drift, [drift, {**drift, "step": 2}]),
        (layout.events, [event, {"step": 2, "event": "finished"}]),
        (layout.timing, [{"step": 1, "time": 0.5, "images_per_s": 9.0}]),
    ):
        with records.RecordWriter(path) as writer:
            writer.append_all(rows)
    layout.control.write_bytes(b"stop\n")
    return {name: (folder.path / name).read_bytes() for name in SHARES}


def damaged(data, dice):  # noqa: PLR0911 - one line an accident
    """Return the bytes of a file after one of many accidents."""
    accident = dice.randrange(10)
    if accident == 0:
        return dice.randbytes(dice.randrange(200))
    if accident == 1:
        return data[: dice.randrange(len(data) + 1)]
    if accident == 2:
        spot = dice.randrange(len(data))
        return data[:spot] + dice.randbytes(dice.randrange(1, 6)) + data[spot + dice.randrange(9) :]
    if accident == 3:
        return b"\x00" * dice.randrange(1, 64) + data
    if accident == 4:
        deep = dice.choice((50, 2000, 100_000))
        return dice.choice((b"[" * deep, b'{"a":' * deep, b"a=" + b"[" * deep)) + b"\n"
    if accident == 5:
        return data.replace(b'"schema_version": 1', b'"schema_version": 99').replace(
            b"schema_version = 1", b"schema_version = 99"
        )
    if accident == 6:
        return bytes(
            byte ^ (1 << dice.randrange(8)) if dice.random() < 0.02 else byte for byte in data
        )
    if accident == 7:
        return data + dice.choice((data, b"\xff\xfe", b"}\n", b'{"step":1}', b"\n\n"))
    return odd_fields(data, dice)


def odd_fields(data, dice):
    """Put a strange value into a field of a JSON file or line, or at a word of another file."""
    lines = data.splitlines(keepends=True)
    whole = data.lstrip().startswith(b"{") and b'"schema_version"' in data
    try:
        place = dice.randrange(len(lines))
        record = json.loads(data if whole else lines[place])
        inner = record
        while inner:
            key = dice.choice(list(inner))
            if isinstance(inner[key], dict) and inner[key] and dice.random() < 0.5:
                inner = inner[key]
                continue
            inner[key] = dice.choice(ODD_VALUES)
            break
        text = json.dumps(record).encode()
    except (ValueError, TypeError):
        word = dice.choice((b"1e999", b'"x"', b"[[1]]", b"nan", b"-7", b"99999999999999999999"))
        return data.replace(dice.choice((b"0.005", b"128", b'"lenet"', b"20", b"true")), word)
    return text if whole else b"".join([*lines[:place], text + b"\n", *lines[place + 1 :]])


def ours(work):
    """Return what some work returns, or the error of ours that it raised."""
    try:
        return work()
    except ParamdynError as error:
        return error


TABLES = {
    "state.json": ("runs",), "run.json": ("runs", "parameters", "drift"), "spec.toml": ("spec",),
    "metrics.jsonl": ("metrics",), "drift.jsonl": ("drift", "drift_totals"),
    "events.jsonl": ("events", "snapshots"), "timing.jsonl": ("timing", "metrics", "runs"),
}  # fmt: skip


def batches_of(folder, what):
    return [sum(1 for _ in table.batches()) for table in tables_of([folder], what)]


def check_claims(folder, name):
    """Read everything that depends on a file; the status must be one that can be told."""
    layout: Layout = folder.layout
    if name in ("state.json", "spec.toml"):
        state = ours(lambda: read_state(layout))
        row = summarize(folder.path)
        assert row.status in KNOWN
        if isinstance(state, RunState):
            assert effective_status(state) in KNOWN
        else:
            assert row.status not in ALIVE
            assert row.problem or row.status != "broken"
    if name == "run.json":
        ours(lambda: read_manifest(layout))
    if name == "spec.toml":
        ours(lambda: read_spec(layout.spec))
    if name.endswith(".jsonl"):
        ours(lambda: records.read(folder.path / name))
        ours(lambda: agreement(folder.path / name, folder.path / name))
    if name == "control":
        written = layout.control.read_bytes()
        word = ours(lambda: control.take(layout))
        assert word not in control.REQUESTS or word.encode() == written.split()[0]
        assert not (control.is_waiting(layout) and written)  # an empty one may be half written
    else:
        ours(lambda: batches_of(folder, TABLES[name]))


@pytest.mark.parametrize("name", SHARES)
def test_damage_is_told_and_nothing_else_happens(name, sound, tmp_path):
    dice = random.Random(f"damage to {name}")
    folder = RunFolder(tmp_path / "run")
    (folder.path / "snapshots").mkdir(parents=True)
    for other, data in sound.items():
        (folder.path / other).write_bytes(data)
    for trial in range(SHARES[name]):
        data = damaged(sound[name], dice)
        (folder.path / name).unlink(missing_ok=True)  # cut and written again it would be waited for
        (folder.path / name).write_bytes(data)
        try:
            check_claims(folder, name)
        except Exception:
            shown = data if len(data) < 400 else data[:400] + b"..."
            pytest.fail(f"{name}, trial {trial}: {shown!r}", pytrace=True)


@pytest.mark.parametrize("status", ["", "Running", "running ", "done", "null", "\x00", "finishedd"])
def test_a_status_that_is_none_is_never_told_as_one(status, sound, tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    state = json.loads(sound["state.json"]) | {"status": status}
    (folder.path / "state.json").write_text(json.dumps(state))
    (folder.path / "spec.toml").write_bytes(sound["spec.toml"])
    assert "broken" == summarize(folder.path).status
    with pytest.raises(ParamdynError):
        read_state(folder.layout)


def test_show_and_list_survive_what_is_damaged(sound, tmp_path, capsys):
    from paramdyn_tui.__main__ import main

    dice = random.Random("show")
    runs = tmp_path / "runs"
    for trial in range(120):
        folder = runs / f"run-{trial}"
        (folder / "snapshots").mkdir(parents=True)
        name = dice.choice(list(SHARES))
        for other, data in sound.items():
            (folder / other).write_bytes(damaged(data, dice) if other == name else data)
    assert 120 == len(list_runs(runs))
    for path in sorted(Path(runs).iterdir()):
        status = main(["show", str(path), "--json"])
        said = capsys.readouterr()
        assert status in (0, 1, 2)
        assert "Traceback" not in said.err
        if status == 0:
            assert json.loads(said.out)["status"] in KNOWN


def test_ten_thousand():
    assert 10_000 == sum(SHARES.values())

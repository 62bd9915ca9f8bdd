"""``paramdyn export`` as a person uses it."""

import csv
import io
import json
import sys

import pytest

from paramdyn.store.manifest import Manifest, write_manifest
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.export import csv_files


@pytest.fixture
def two(runs_dir):
    for number, name in enumerate(("lenet-a", "lenet-b")):
        folder = RunFolder.create(runs_dir, name, f"seed = {number}\n")
        write_state(folder.layout, RunState(status="finished", summary={"seed": number}))
        with RecordWriter(folder.layout.metrics) as metrics:
            metrics.append({"step": 1, "epoch": 1.0, "train/loss": 0.5 + number})
    return runs_dir


@pytest.mark.usefixtures("two")
def test_one_table_for_several_runs(command, tmp_path):
    out = tmp_path / "tables"
    status, said, err = command("export", "lenet-a", "lenet-b", "--out", str(out))
    assert (0, "") == (status, err)
    rows = list(csv.DictReader((out / "metrics.csv").read_text(encoding="utf-8").splitlines()))
    assert [("lenet-a", "0.5"), ("lenet-b", "1.5")] == [(r["run"], r["train/loss"]) for r in rows]
    assert "metrics" in said


@pytest.mark.usefixtures("two")
def test_stdout_is_the_table_alone(command):
    status, out, err = command("export", "lenet-a", "--what", "metrics", "--out", "-")
    assert (0, "") == (status, err)
    assert ["run", "step", "epoch", "time", "train/loss"] == next(csv.reader(io.StringIO(out)))
    assert 2 == len(out.splitlines())


@pytest.mark.usefixtures("two")
def test_a_filter_chooses(json_of, tmp_path):
    facts = json_of("export", "--where", "seed=1", "--what", "runs", "--out", str(tmp_path / "o"))
    assert ["lenet-b"] == facts["runs"]
    [file] = facts["files"]
    assert ("runs", 1) == (file["table"], file["rows"])


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("form", ["csv", "parquet", "tensorboard"])
def test_nothing_is_replaced_unless_asked(command, tmp_path, form):
    arguments = ("export", "--all", "--to", form, "--out", str(tmp_path / "o"))
    assert 0 == command(*arguments)[0]
    before = {path: path.read_bytes() for path in (tmp_path / "o").rglob("*") if path.is_file()}
    status, out, err = command(*arguments)
    assert (2, "") == (status, out)
    assert "--overwrite" in err
    assert 0 == command(*arguments, "--overwrite")[0]
    after = {path: path.read_bytes() for path in (tmp_path / "o").rglob("*") if path.is_file()}
    assert before == after


@pytest.mark.usefixtures("two")
def test_a_folder_with_other_files_is_not_replaced(command, tmp_path):
    place = tmp_path / "o" / "lenet-a"
    place.mkdir(parents=True)
    (place / "thesis.txt").write_text("mine")
    arguments = ("export", "lenet-a", "--to", "tensorboard", "--out", str(tmp_path / "o"))
    status, _, err = command(*arguments, "--overwrite")
    assert (2, "mine") == (status, (place / "thesis.txt").read_text())
    assert "thesis.txt" in err


@pytest.mark.usefixtures("two")
def test_a_failing_export_leaves_the_old_file(command, tmp_path, monkeypatch):
    arguments = ("export", "lenet-a", "--what", "metrics", "--out", str(tmp_path / "o"))
    command(*arguments)
    before = (tmp_path / "o" / "metrics.csv").read_bytes()

    def fails(_table, file):
        file.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv_files, "write_rows", fails)
    status, _, err = command(*arguments, "--overwrite")
    assert 1 == status
    assert "the disk is full" in err
    assert before == (tmp_path / "o" / "metrics.csv").read_bytes()
    assert ["metrics.csv"] == [path.name for path in (tmp_path / "o").iterdir()]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("form", "module", "package"),
    [("parquet", "pyarrow.parquet", "pyarrow"),
     ("tensorboard", "tensorboard.summary.writer.record_writer", "tensorboard")],
)  # fmt: skip
def test_a_missing_package_is_named(command, tmp_path, monkeypatch, form, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    status, out, err = command("export", "--all", "--to", form, "--out", str(tmp_path / "o"))
    assert (2, "") == (status, out)
    assert f"{package} is not installed" in err
    assert "pip install 'paramdyn[export]'" in err
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "no run is named"),
        (["lenet-a", "--to", "cvs"], "Did you mean 'csv'?"),
        (["lenet-a", "--what", "metrcis"], "Did you mean 'metrics'"),
        (["lenet-a", "--out", "-"], "stdout takes one table"),
        (["lenet-a", "--out", "-", "--to", "parquet"], "stdout takes one table"),
        (["lenet-x"], "no run 'lenet-x'"),
        (["--where", "seed=7"], "no run answers 'seed=7'"),
    ],
)
def test_mistakes(command, arguments, expected):
    status, out, err = command("export", *arguments)
    assert (2, "") == (status, out)
    assert expected in err


def test_records_of_a_running_run_end_at_the_last_whole_line(command, two):
    with (two / "lenet-a" / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step":2,"epo')
    arguments = ("--what", "metrics", "--out", "-")
    assert 2 == len(command("export", "lenet-a", *arguments)[1].splitlines())


@pytest.mark.parametrize(
    "line", [b"{]\n", b"[1]\n", b'{"step":"x"}\n', b'{"step":1,"train/loss":"low"}\n', b"\xff\n"]
)
def test_an_edited_record_is_named(command, two, line):
    with (two / "lenet-a" / "metrics.jsonl").open("ab") as file:
        file.write(line)
    status, _, err = command("export", "lenet-a", "--what", "metrics", "--out", "-")
    assert 1 == status
    assert "metrics.jsonl" in err


def test_drift_that_does_not_fit_its_table_is_named(command, two):
    folder = RunFolder.open(two / "lenet-a")
    with RecordWriter(folder.layout.drift) as drift:
        drift.append({"step": 1, "measurement": "displacement", "total": 1.0, "values": [1.0]})
    status, _, err = command("export", "lenet-a", "--what", "drift", "--out", "-")
    assert (1, True) == (status, "run.json" in err)
    fields = dict.fromkeys(Manifest.__dataclass_fields__, "")
    fields |= {"versions": {}, "git": None, "pid": 0, "process_start": 0.0, "threads": 1,
               "parent": None, "dataset": {}, "steps_per_epoch": 1, "total_steps": 1,
               "record_steps": 1, "parameters": (), "buffers": (), "reach": [],
               "perturbations": [], "command": [], "schema_version": 1}  # fmt: skip
    write_manifest(folder.layout, Manifest(**fields))
    status, _, err = command("export", "lenet-a", "--what", "drift", "--out", "-")
    assert (1, True) == (status, "0 values, one a row" in err)


@pytest.mark.usefixtures("two")
def test_json_says_what_was_written_where(json_of, tmp_path):
    facts = json_of("export", "--all", "--what", "metrics,runs", "--out", str(tmp_path / "o"))
    assert ("csv", ["lenet-a", "lenet-b"]) == (facts["format"], sorted(facts["runs"]))
    assert [str(tmp_path / "o" / name) for name in ("metrics.csv", "runs.csv")] == [
        item["path"] for item in facts["files"]
    ]
    assert facts == json.loads(json.dumps(facts))

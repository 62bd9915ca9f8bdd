"""``paramdyn plot`` as a user calls it."""

import json

import pytest

from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import encode
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.__main__ import main

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def folder(runs_dir):
    """A run of one layer and 21 records, its loss infinite once."""
    folder = RunFolder.create(runs_dir, "lenet-digits-s0-abc", "# a spec\n")
    table = (ParameterInfo("fc.weight", (4,), 4, "fc", "linear", True),)
    write_manifest(folder.layout, Manifest(
        id=folder.name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={}, git=None,
        host="h", boot_id="", pid=0, process_start=0.0, device="cpu", device_name="a chip",
        threads=1, precision="fp32", kernel="torch", parent=None, dataset={}, steps_per_epoch=10,
        total_steps=20, record_steps=20, parameters=table, buffers=(), initial_sha256="",
    ))  # fmt: skip
    metrics, drift = [], []
    for step in range(21):
        loss = float("inf") if step == 7 else 2.0 / (step + 1)
        metrics.append(
            {"step": step, "epoch": step / 10, "train/loss": loss, "train/accuracy": 0.5}
        )
        row = {"total": step / 20, "values": [step / 20]}
        drift.append({"step": step, "measurement": "relative_displacement", **row})
        counts = {"total": {"changed": 4}, "values": {"changed": [4]}}
        drift.append({"step": step, "measurement": "classes", **counts})
    folder.layout.metrics.write_bytes(b"".join(encode(record) for record in metrics))
    folder.layout.drift.write_bytes(b"".join(encode(record) for record in drift))
    return folder


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM"):
        monkeypatch.delenv(name, raising=False)


def test_piped_it_is_plain_text_of_80_columns(capsys):
    assert 0 == main(["plot", "lenet"])
    out, err = capsys.readouterr()
    assert "" == err
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert len(out.splitlines()) <= 23
    for words in ("loss, nats", "accuracy", "relative displacement", "4 parameters by step 20"):
        assert words in out


def test_terminal_s_size_is_used(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "36")
    main(["plot", "lenet"])
    assert 120 == max(map(len, capsys.readouterr().out.splitlines()))
    main(["plot", "lenet", "--width", "60", "--height", "30"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


@pytest.mark.parametrize(
    ("environment", "options", "colored"),
    [
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-color"], False),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, [], True),
    ],
)
def test_who_decides_about_colour(capsys, monkeypatch, environment, options, colored):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["plot", "lenet", *options])
    assert colored == ("\x1b[" in capsys.readouterr().out)


def test_ascii(capsys):
    assert 0 == main(["plot", "lenet", "--ascii"])
    assert capsys.readouterr().out.isascii()


@pytest.mark.parametrize("part", ["curves", "drift", "classes"])
@pytest.mark.parametrize("options", [[], ["--log"], ["--x", "step"]])
def test_each_part_alone(capsys, part, options):
    assert 0 == main(["plot", "lenet", "--what", part, *options])
    assert len(capsys.readouterr().out.splitlines()) > 2


def test_json_has_the_series_with_infinities_as_text(capsys):
    assert 0 == main(["plot", "lenet", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert "inf" == data["curves"][0]["lines"][0]["y"][7]
    assert 1.0 == data["drift"][0]["parameters"]["fc.weight"][-1]
    assert {"changed": 4} == data["classes"][0]["total"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["lenet", "--what", "loss"], 2, "--what: unknown picture 'loss'"),
        (["lenet", "--what", ","], 2, "--what: nothing was named"),
        (["lenet", "--x", "epocs"], 2, "Did you mean 'epoch'"),
        (["lenet", "--x", "time"], 1, "timing.jsonl: no record of time yet. Use --x epoch"),
        (["lenet", "--measure", "displacment"], 2, "Did you mean 'displacement'"),
        (["lenet", "--measure", "path_length", "--what", "drift"], 1, "no record of 'path_length'"),
        (["vgg"], 2, "no run 'vgg'"),
    ],
)
def test_mistakes_are_told_in_words(capsys, arguments, status, words):
    assert status == main(["plot", *arguments])
    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("paramdyn: ")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("lost", ["metrics.jsonl", "drift.jsonl", "run.json"])
def test_half_written_run_shows_or_says_what_there_is(folder, capsys, lost):
    (folder.path / lost).unlink()
    status = main(["plot", "lenet", "--x", "step"])
    out, err = capsys.readouterr()
    assert (0, "") == (status, err)
    assert lost in out


def test_run_that_recorded_nothing_yet(folder, capsys):
    for name in ("metrics.jsonl", "drift.jsonl", "run.json"):
        (folder.path / name).unlink()
    assert 1 == main(["plot", "lenet"])
    out, err = capsys.readouterr()
    assert "" == out
    assert "run.json" in err
    assert "Traceback" not in err

"""Every option of ``paramdyn plot`` does something; every mistake is told in words."""

import json

import pytest
from PIL import Image

from paramdyn.specs import RunSpec
from paramdyn.specs.writer import to_toml
from paramdyn.store.manifest import Manifest, ParameterInfo, write_manifest
from paramdyn.store.records import encode
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.__main__ import main

USUAL = ["plot", "lenet-s0", "lenet-s1", "--width", "100", "--height", "24"]


@pytest.fixture(autouse=True)
def _runs(runs_dir, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for seed in (0, 1, 2):
        write_run(runs_dir, seed)


def write_run(runs, seed):
    folder = RunFolder.create(runs, f"lenet-s{seed}", to_toml(RunSpec(seed=seed)))
    layout = folder.layout
    table = (ParameterInfo("fc.weight", (4,), 4, "fc", "linear", True),)
    write_manifest(layout, Manifest(
        id=folder.name, created="2026-01-02T03:04:05+00:00", paramdyn="0", versions={}, git=None,
        host="h", boot_id="", pid=0, process_start=0.0, device="cpu", device_name="a chip",
        threads=1, precision="fp32", kernel="torch", parent=None,
        dataset={"train": 640, "classes": list("0123456789")}, steps_per_epoch=10,
        total_steps=30, record_steps=30, parameters=table, buffers=(), initial_sha256="",
    ))  # fmt: skip
    spec = {"seed": seed} if seed else {}
    summary = {"model": "lenet", "dataset": "digits", "seed": seed, "spec": spec,
               "created": f"2026-01-0{seed + 1}T00:00:00+00:00"}  # fmt: skip
    write_state(layout, RunState(status="finished", step=30, total_steps=30, summary=summary))
    metrics, drift = [], []
    for step in range(31):
        loss = 2.0 / (step + 1) + 0.05 * ((step * (seed + 3)) % 7)
        values = {"train/loss": loss * 1.1, "test/loss": loss, "test/accuracy": step / 40}
        metrics.append({"step": step, "learning_rate": 0.1, **values})
        for measurement in ("relative_displacement", "update_ratio"):
            row = {"measurement": measurement, "total": step / 20, "values": [step / 20 + seed]}
            drift.append({"step": step, **row})
    counts = {"total": {"changed": 4}, "values": {"changed": [4]}}
    drift.append({"step": 30, "measurement": "classes", **counts})
    events = [{"step": 10, "event": "learning-rate"}]
    timing = [{"step": step, "time": step**1.5, "images_per_s": 90.0} for step in (10, 20, 30)]
    for name, records in {
        "metrics": metrics,
        "drift": drift,
        "events": events,
        "timing": timing,
    }.items():
        getattr(layout, name).write_bytes(b"".join(map(encode, records)))


def said(capsys, *arguments):
    status = main(list(arguments))
    out, err = capsys.readouterr()
    assert (0, "") == (status, err)
    return out


@pytest.mark.parametrize(
    "options",
    [["--what", "drift"], ["--what", "layers"], ["--what", "classes"], ["--metric", "train.loss"],
     ["--metric", "lr"], ["--x", "step"], ["--x", "images"], ["--x", "time"], ["--x", "relative"],
     ["--band"], ["--group", "model"], ["--diff", "lenet-s0"], ["--diff", "lenet-s2"],
     ["--smooth", "0.9"], ["--smooth", "5"], ["--log"], ["--log-y"], ["--log-x"], ["--chance"],
     ["--target", "0.5"], ["--width", "90"], ["--height", "30"], ["--ascii"],
     ["--where", "seed=2"], ["--json"]],
    ids=" ".join,
)  # fmt: skip
def test_each_option_changes_the_picture(capsys, options):
    assert said(capsys, *USUAL) != said(capsys, *USUAL, *options)


def test_measure_changes_drift_and_layers(capsys):
    for part in ("drift", "layers"):
        usual = said(capsys, *USUAL, "--what", part)
        assert usual != said(capsys, *USUAL, "--what", part, "--measure", "update_ratio")


def test_no_color_wins(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in said(capsys, *USUAL)
    assert "\x1b[" not in said(capsys, *USUAL, "--no-color")


def test_runs_are_chosen_by_a_filter(capsys):
    out = said(capsys, "plot", "--where", "model=lenet seed<2")
    assert out.startswith("2 runs")
    assert "seed 0" in out
    assert "seed 2" not in out


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "txt", "ans"])
def test_out_writes_a_file_and_says_so(capsys, tmp_path, kind):
    file = tmp_path / f"figure.{kind}"
    assert 0 == main([*USUAL, "--out", str(file)])
    out, err = capsys.readouterr()
    assert ("", f"Wrote {file}.\n") == (out, err)
    content = file.read_bytes()
    assert 0 == main([*USUAL, "--out", str(file)])
    assert f"Replaced {file}.\n" == capsys.readouterr().err
    assert content == file.read_bytes()
    assert (kind == "ans") == (b"\x1b[38" in content)
    if kind == "png":
        with Image.open(file) as image:
            image.load()


def test_text_file_is_the_picture(capsys, tmp_path):
    picture = said(capsys, *USUAL)
    main([*USUAL, "--out", str(tmp_path / "a.txt")])
    assert picture == (tmp_path / "a.txt").read_text()


def test_json_beside_a_file(capsys, tmp_path):
    assert 0 == main([*USUAL, "--out", str(tmp_path / "a.txt"), "--json"])
    out, _ = capsys.readouterr()
    assert ["lenet-s0", "lenet-s1"] == [run["run"] for run in json.loads(out)["runs"]]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "plot: no run was named"),
        (["--where", "model=vgg19"], 2, "fits 'model=vgg19'. Expected at least one"),
        (["--where", "modle=vgg19"], 2, "modle"),
        (["lenet-s0", "--band", "--group", "model"], 2, "both were given"),
        (["lenet-s0", "--group", "modle"], 2, "Did you mean 'model'"),
        (["lenet-s0", "--smooth", "1.5"], 2, "neither a weight nor a window"),
        (["lenet-s0", "--smooth", "-1"], 2, "neither a weight nor a window"),
        (["lenet-s0", "--smooth", "nan"], 2, "neither a weight nor a window"),
        (["lenet-s0", "--diff", "lenet-s0"], 2, "is the only run"),
        (["lenet-s0", "--diff", "vgg"], 2, "no run 'vgg'"),
        (["lenet-s0", "--metric", "test.acurracy"], 2, "Did you mean 'test.accuracy'"),
        (["lenet-s0", "--metric", ","], 2, "--metric: nothing was named"),
        (["lenet-s0", "--out", "a.gif"], 2, "Expected one of .svg, .png, .pdf, .txt, .ans"),
        (["lenet-s0", "--out", "nowhere/a.txt"], 1, "its folder is not there"),
        (["lenet-s0", "--what", "histograms"], 1, "no snapshot to show as histograms"),
    ],
)
def test_mistakes_are_told_in_words(capsys, tmp_path, monkeypatch, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    assert status == main(["plot", *arguments])
    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("paramdyn: ")
    assert words in err
    assert "Traceback" not in err

"""The commands that read: ls, show, catalog, doctor."""

import json
import os
import re
import subprocess
import sys

import pytest

SHOWN_RUN = {
    "id", "path", "status", "model", "dataset", "initializer", "optimizer", "seed", "epoch", "step",
    "total_steps", "metrics", "created", "parent", "perturbations", "problem", "name", "reason",
    "images_per_s", "arm", "control_of", "spec", "pid", "silence",
}  # fmt: skip


@pytest.fixture
def finished(fake_worker, command, runs_dir):
    """A finished run of the fake worker."""
    fake_worker("finish")
    command("run", "--quiet")
    [folder] = runs_dir.iterdir()
    return folder


def test_ls_without_runs_says_how_to_make_one(command):
    status, out, err = command("ls")
    assert (0, "") == (status, out)
    assert err.endswith("Make one: paramdyn run\n")


def test_ls_lists_a_run(command, finished):
    status, out, _ = command("ls")
    head, line = out.splitlines()
    assert 0 == status
    columns = "id status model dataset init optimizer perturb seed epoch val acc test acc age"
    assert columns == " ".join(head.split())
    assert [finished.name, "finished", "lenet", "digits"] == line.split()[:4]


def test_ls_lists_a_broken_folder_with_its_problem(command, runs_dir):
    (runs_dir / "odd").mkdir()
    status, out, err = command("ls")
    assert 0 == status
    assert ["odd", "broken"] == out.splitlines()[1].split()[:2]
    assert err.startswith("odd: ")


def test_ls_json(json_of, finished):
    [facts] = json_of("ls")
    assert SHOWN_RUN == set(facts)
    assert finished.name == facts["id"]
    assert [] == json_of("ls", "--sort", "test", "--limit", "1")[1:]


def test_show_counts_perturbed_running_statistics_apart(command, finished):
    manifest = json.loads((finished / "run.json").read_text())
    manifest["perturbations"][0] |= {
        "buffers": 2, "buffer_scalars": 16, "buffer_changed": 15, "buffer_norm": 3.5,
    }  # fmt: skip
    (finished / "run.json").write_text(json.dumps(manifest))
    lines = [line.split() for line in command("show", finished.name)[1].splitlines()]
    assert ["running", "statistics", "16", "15", "3.5", "-"] in lines


def test_show_says_all(command, finished, golden):
    status, out, err = command("show", finished.name)
    assert (0, "") == (status, err)
    sizes = re.sub(r" +[\d.]+[kM]?B\b", "  SIZE", out)  # they grow with each field that a file gets
    golden("show.txt", sizes.replace(str(finished.parent), "RUNS"))


def test_show_of_a_run_that_ended_early(command, finished):
    for name in ("run.json", "metrics.jsonl", "drift.jsonl"):
        (finished / name).unlink()
    status, out, _ = command("show", finished.name)
    assert 0 == status
    assert "sgd (momentum 0.9, dampening 0.0, nesterov False), learning rate 0.005" in out


def test_show_json(json_of, finished):
    facts = json_of("show", finished.name)
    assert "lenet" == facts["spec"]["model"]["name"]
    assert {"structural": 25, "changed": 75} == facts["partition"]
    assert ("conv1", 5.0, 0.75) == tuple(
        facts["layers"][0][key] for key in ("layer", "displacement", "changed")
    )


def test_catalog_names_everything(json_of):
    catalog = json_of("catalog")
    plurals = (
        "models datasets initializers optimizers schedules perturbations measurements questions"
    )
    assert plurals.split() == list(catalog)
    first = {"name", "summary", "options", "owner"}
    assert all(first == set(item) for items in catalog.values() for item in items)


def test_catalog_of_a_plugin(json_of, tmp_path, monkeypatch):
    from paramdyn import catalogues

    monkeypatch.setattr(catalogues.SCHEDULES, "_entries", dict(catalogues.SCHEDULES._entries))
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from paramdyn import catalogues\n"
        "@catalogues.SCHEDULES.register('zigzag', summary='up and down', options={})\n"
        "def zigzag(progress):\n    return 1.0\n"
    )
    items = json_of("catalog", "schedules", "--plugin", str(plugin))["schedules"]
    assert ("zigzag", "up and down") == (items[-1]["name"], items[-1]["summary"])


@pytest.mark.slow
def test_doctor(json_of):
    facts = json_of("doctor")
    assert facts["ok"]
    points = [check["name"] for check in facts["checks"]]
    assert {"python", "torch", "torchvision", "devices", "compiler", "data", "runs"} <= set(points)


def test_doctor_says_what_fails(tmp_path):
    from paramdyn_tui.cli.doctor import _runs

    (tmp_path / "file").write_text("")
    check = _runs(str(tmp_path / "file" / "runs"))
    assert "fails" == check.status
    assert "cannot be written" in check.text


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_no_escape_codes_in_a_pipe(variable):
    done = subprocess.run(
        [sys.executable, "-m", "paramdyn_tui", "catalog", "optimizers"],
        env={**os.environ, **variable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("arguments", [["catalog"], ["catalog", "optimizers"]])
def test_reader_that_leaves_is_no_error(arguments):
    """Both while it prints and, when all fits in the buffer, at its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "paramdyn_tui", *arguments],
        env={name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (1, b"") == (process.wait(), said)


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom paramdyn_tui.__main__ import main\nmain(['--help'])\n"
        "names = ('torch', 'numpy', 'textual', 'rich', 'plotext')\n"
        "print('loaded:', [name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "" == done.stderr
    assert done.stdout.endswith("loaded: []\n")

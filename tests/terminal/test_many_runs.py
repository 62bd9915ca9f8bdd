"""Many runs at the same time in one folder: each is told truly, and none disturbs another.

``PARAMDYN_LONG=1`` takes twenty and thirty of them, and trains; else fewer train nothing.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn_tui.launch import requests

pytestmark = pytest.mark.slow
LONG = bool(os.environ.get("PARAMDYN_LONG"))
COUNT = 20 if LONG else 6
ASKED = (
    "--device", "cpu", "--threads", "1", "--limit", "100", "--test-limit", "50", "--batch", "20",
    "--epochs", "2", "--measure", "displacement",
)  # fmt: skip


def test_lists_race_with_live_runs(call, command, runs_dir):
    """Half of them is stopped meanwhile; nobody is ever crashed, broken, or behind where it was."""
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: call("run", "--detach", "--quiet"), range(COUNT)))
    assert [0] * COUNT == [each.returncode for each in started], started
    names = {path.name for path in runs_dir.iterdir() if path.name[0] != "."}
    assert COUNT == len(names)
    ending = sorted(names)[: COUNT // 2]
    seen = dict.fromkeys(names, 0)
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(call, "stop", *ending)
        looks = 0
        while looks < 10 or not stopped.done():
            status, out, err = command("ls", "--json", "--runs", str(runs_dir))
            assert (0, "") == (status, err)
            rows = {row["id"]: row for row in json.loads(out)}
            assert names == set(rows)
            for name, row in rows.items():
                usual = ("running", "stopped") if name in ending else ("running",)
                assert row["status"] in usual, row
                assert row["step"] >= seen[name]
                seen[name] = row["step"]
            looks += 1
        assert 0 == stopped.result().returncode, stopped.result().stderr
    assert set(ending) == set(command("ls", "status=stopped", "--ids")[1].split())
    assert names - set(ending) == {folder.name for folder in requests.live_runs(runs_dir)}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "trained",
    [
        pytest.param(False, id="nothing is trained"),
        pytest.param(True, id="trained", marks=pytest.mark.long),
    ],
)
def test_runs_begin_at_once(runs_dir, script, trained, monkeypatch):
    """The same spec many times: as many folders and finished runs, the same bytes in each."""
    count = 30 if LONG else 6
    monkeypatch.setenv("FAKE_STEPS", "5")
    program = [sys.executable, "-m", "paramdyn_tui"] if trained else script
    line = [*program, "run", "--detach", "--quiet", *ASKED]
    processes = [
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        said = [process.communicate(timeout=500) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    try:
        assert [0] * count == [process.returncode for process in processes], said
        names = [out.strip() for out, _ in said]
        assert count == len(set(names))
        runs = {name: RunFolder(runs_dir / name) for name in names}
        for folder in runs.values():
            assert requests.wait_for(folder, lambda status, _: status == "finished", seconds=500)
    finally:
        for folder in requests.live_runs(runs_dir):
            requests.kill(folder)
    assert (
        set(names)
        == {run.name for run in list_runs(runs_dir)}
        == {path.name for path in runs_dir.iterdir()}
    )
    kinds = ("metrics.jsonl", "drift.jsonl", "events.jsonl", "spec.toml")
    for kind in kinds if trained else kinds[::3]:
        assert 1 == len({(runs_dir / name / kind).read_bytes() for name in names}), kind

"""Runs that wait for their device, started from a shell."""

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests
from paramdyn_tui.launch.answers import stop


def until(folder, *statuses):
    assert requests.wait_for(folder, lambda status, _: status in statuses, seconds=120)


def test_they_begin_in_their_order_when_the_device_is_free(call, runs_dir):
    names = []
    for seed in range(3):
        words = ["run", "--detach", "--device", "cpu", "--seed", str(seed)]
        done = call(*words, *(["--when-free"] if seed else []))
        assert 0 == done.returncode, done.stderr
        names += done.stdout.split()
    assert "is queued, and needs no terminal. cpu is taken: " in done.stderr
    assert f"{names[0]} and 1 more go first." in done.stderr
    folders = [RunFolder(runs_dir / name) for name in names]
    assert ["running", "queued", "queued"] == [requests.status_of(each)[0] for each in folders]
    stop(folders[0])
    until(folders[1], "running")
    assert ["stopped", "running", "queued"] == [requests.status_of(each)[0] for each in folders]
    stop(folders[2])
    until(folders[2], "stopped")
    assert "running" == requests.status_of(folders[1])[0]

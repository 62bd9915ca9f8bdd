"""``analyze --make-controls`` trains what lacks, and answers with it."""

import json

import pytest

TINY = (
    "--device", "cpu", "--threads", "1", "--limit", "64", "--test-limit", "32", "--batch", "32",
    "--epochs", "1", "--quiet", "--foreground",
)  # fmt: skip


@pytest.mark.slow
def test_controls_are_trained_and_used(command, runs_dir):
    assert 0 == command("run", *TINY, "--snapshots", "init,final")[0]
    [base] = [path.name for path in runs_dir.iterdir()]
    assert 0 == command("run", "--from", base, "--perturb", "sign-flip", *TINY)[0]
    [child] = [path.name for path in runs_dir.iterdir() if path.name != base]
    look = ("analyze", "recovery", child, "--images", "32", "--restarts", "1", "--alphas", "3")
    lacking = json.loads(command(*look, "--json")[1])["answers"][0]["missing"]
    assert {"twin", "order", "independent"} <= {each["control"] for each in lacking}

    status, out, err = command(*look, "--json", "--make-controls", "--yes")
    assert 0 == status
    assert "4 runs to train" in err
    assert [] == json.loads(out)["answers"][0]["missing"]
    assert 6 == len(list(runs_dir.iterdir()))

"""Names that no disk takes: words, exit status 2, and nothing is made."""

import pytest

LONG = "x" * 300
DEEP = "y/" * 2100


@pytest.mark.parametrize(
    "line",
    [
        "show LONG", "show DEEP", "attach LONG", "stop LONG", "resume LONG", "rm LONG --yes",
        "plot LONG", "diff LONG LONG", "export LONG --to csv", "ls --runs LONG", "run LONG.toml",
        "run --from LONG", "run --from LONG@final", "run --model LONG", "run --plugin LONG.py",
        "run --init weights --weights LONG",
    ],
)  # fmt: skip
def test_a_name_that_is_too_long_is_a_bad_request(line, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = line.replace("LONG", LONG).replace("DEEP", DEEP).split()
    status, out, err = command(*words)
    assert (2, "") == (status, out), err
    assert err.startswith("paramdyn: "), err
    assert "Traceback" not in err
    assert [] == [path for path in tmp_path.iterdir() if path.name not in ("cache", "runs")]
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "run --dataset folder:LONG",
        *(pytest.param(line, marks=pytest.mark.long) for line in (
            "run --dataset mnist --data LONG", "run --init run:LONG", "run --runs DEEP",
        )),
    ],
)  # fmt: skip
def test_a_worker_says_so_as_well(line, command, tmp_path):
    status, out, err = command(*line.replace("LONG", LONG).replace("DEEP", DEEP).split())
    assert (2, "") == (status, out), err
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists()

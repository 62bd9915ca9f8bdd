"""Nothing of the machine it was written on stays in the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = {"", ".c", ".cfg", ".csv", ".json", ".jsonl", ".md", ".py", ".svg", ".toml", ".txt", ".yml"}
# Written in pieces, so that this file passes its own test.
LEAKS = re.compile(
    "|".join(
        [
            "/" + "work/",
            "/" + "root/",
            "http://" + "localhost",
            "http://" + r"127\.",
            "pypi" + r"\.org",
            "pytorch" + r"\.org/whl",
            "--" + "(extra-)?index-url",
            "--" + "find-links",
        ]
    )
)


def tracked_files():
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    files = [ROOT / line for line in done.stdout.splitlines()]
    return [file for file in files if file.suffix in TEXT and file.is_file()]


def test_no_local_path_or_index_host():
    leaks = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for file in tracked_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if LEAKS.search(line)
    ]
    assert [] == leaks


def test_constraints_pin_exact_public_versions():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [] == [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)]
    assert {"torch==2.13.0", "torchvision==0.28.0"} <= set(pins)

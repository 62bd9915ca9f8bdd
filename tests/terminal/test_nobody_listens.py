"""Whoever reads what is said (``2>&1 | head``) may leave: the work goes on."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TALK = """
from paramdyn_tui.cli import output
output.talk("a plan")
output.talk_lines("of several\\nlines")
output.talk("and more")
print("started")
"""


def test_what_is_said_to_nobody_ends_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", TALK], cwd=ROOT, stdout=subprocess.PIPE, stderr=writer, check=False
    )
    os.close(writer)
    assert (0, b"started\n") == (done.returncode, done.stdout)

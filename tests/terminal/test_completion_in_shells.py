"""The tab key in real shells, each at a pseudo-terminal; a shell that is not there is skipped.

Test machines may lack zsh and fish: what they ask and get is tested without them in
``test_completion.py``.
"""

import os
import pty
import re
import select
import shutil
import sys
import time

import pytest

from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.completing import scripts

RUN = "lenet-digits-s0-1aa03aa1"
TWIN = "lenet-digits-s1-2bb14bb2"
WHERE = "my rüns"
"""The folder of runs: its name has a blank and a letter that is not ASCII."""

SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], "source ./script.bash"),
    "zsh": (["-f", "-i"], "autoload -Uz compinit && compinit -u -D && source ./script.zsh"),
    "zsh as a function": (
        ["-f", "-i"],
        "fpath+=($PWD/functions) && autoload -Uz compinit && compinit -u -D",
    ),
    "fish": (["--no-config", "-i"], "source ./script.fish"),
}
"""What a shell is started with, and what its user types to have completion."""

TYPED = {
    "a command, then a run": ("paramdyn sh\t lenet-digits-s1\t", ["show", TWIN]),
    "a step of a run": (f"paramdyn run --from {RUN}@fi\t", ["run", "--from", f"{RUN}@final"]),
    "a model": ("paramdyn run --model=resnet10\t", ["run", "--model=resnet101"]),
    "a perturbation": ("paramdyn run --perturb sign-f\t", ["run", "--perturb", "sign-flip"]),
    "an option, then its value": (
        "paramdyn run --sched\t cos\t",
        ["run", "--schedule", "cosine"],
    ),
    "the last of a list": (
        "paramdyn run --measure weight_norm,disp\t",
        ["run", "--measure", "weight_norm,displacement"],
    ),
    "a field that goes on": (
        "paramdyn run --set optimizer.learn\t0.1",
        ["run", "--set", "optimizer.learning_rate=0.1"],
    ),
    "half a filter": ("paramdyn ls stat\tfinished", ["ls", "status=finished"]),
    "an open quote": ("paramdyn run --perturb 'sign-f\t", ["run", "--perturb", "sign-flip"]),
    "runs elsewhere": (
        f"paramdyn show --runs {WHERE.replace(' ', chr(92) + ' ')} lenet-digits-s1\t",
        ["show", "--runs", WHERE, TWIN],
    ),
    "runs elsewhere, quoted": (
        f"paramdyn show --runs '{WHERE}' lenet-digits-s1\t",
        ["show", "--runs", WHERE, TWIN],
    ),
    "a file": ("paramdyn run --weights two\t", ["run", "--weights", "two words.pt"]),
    "nothing": ("paramdyn show zzz\t", ["show", "zzz"]),
    "a command at home": ("~/bin/paramdyn cata\t", ["catalog"]),
    "in the middle": ("paramdyn sh lenet" + "\x1b[D" * 6 + "\t", ["show", "lenet"]),
}


class Terminal:
    """A shell at a pseudo-terminal."""

    def __init__(self, arguments, environment, folder):
        self.child, self.master = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, environment)

    def type(self, text, until):
        """Type, and return what is shown up to a pattern; fail when it never comes."""
        os.write(self.master, text.encode())
        shown, deadline = "", time.monotonic() + 60
        while not re.search(until, shown):
            ready, _, _ = select.select([self.master], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"no {until!r} in {shown!r}"
            shown += os.read(self.master, 65536).decode(errors="replace")
        return shown

    def close(self):
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)
        os.close(self.master)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a ``paramdyn`` that completes, and otherwise says with what it was called."""
    folder = tmp_path_factory.mktemp("desk")
    for name in (RUN, TWIN):
        run = RunFolder.create(folder / WHERE, name, "")
        write_state(run.layout, RunState(status="finished"))
    with RecordWriter(folder / WHERE / RUN / "events.jsonl") as events:
        for step, kept in ((0, "init"), (468, "epoch"), (468, "final")):
            events.append({"step": step, "event": "snapshot", "name": kept, "file": "x"})
    executable = folder / "bin" / "paramdyn"
    executable.parent.mkdir()
    executable.write_text(
        f'#!/bin/sh\nif [ -n "$_PARAMDYN_COMPLETE" ]; then\n'
        f'  exec "{sys.executable}" -m paramdyn_tui "$@"\nfi\n'
        'for word in "$@"; do echo "GOT[$word]"; done\necho "DONE[$#]"\n'
    )
    executable.chmod(0o755)
    for name, script in scripts.SCRIPTS.items():
        (folder / f"script.{name}").write_text(script)
    (folder / "functions").mkdir()
    (folder / "functions" / "_paramdyn").write_text(scripts.ZSH)
    (folder / "two words.pt").write_bytes(b"")
    environment = os.environ | {
        "PATH": f"{executable.parent}{os.pathsep}{os.environ['PATH']}",
        "PARAMDYN_RUNS": str(folder / WHERE),
        "HOME": str(folder),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
    }
    return folder, environment


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, desk):
    """A shell that has loaded its script, shared by all that is typed."""
    folder, environment = desk
    name = request.param.split()[0]
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; its protocol is tested without it")
    arguments, setup = SHELLS[request.param]
    terminal = Terminal([path, *arguments], environment, folder)
    terminal.type(f"{setup}; echo REA''DY\r", "READY")
    yield terminal
    terminal.close()


@pytest.mark.parametrize("what", TYPED)
def test_a_shell_completes(shell, what):
    keys, expected = TYPED[what]
    shown = shell.type(f"{keys}\r", r"DONE\[\d+\]")
    assert expected == re.findall(r"GOT\[(.*?)\]", shown)


def test_a_shell_shows_what_there_is(shell, request):
    """Two runs begin so: both are shown, and nothing is called."""
    typed, clear = "paramdyn show lenet-digits-s", "\x15"
    fish = "fish" in request.node.callspec.id  # a terminal that moves no cursor gets no menu of it
    keys = f"complete -C '{typed}'\r" if fish else f"{typed}\t\t"
    shown = shell.type(keys, r"s0-1aa03aa1[\s\S]*s1-2bb14bb2")
    assert "GOT" not in shown
    assert "GOT[show]" in shell.type(f"{clear}paramdyn show\r", r"DONE\[1\]")

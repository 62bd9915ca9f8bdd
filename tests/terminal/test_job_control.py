"""A viewer as a job of a shell: stopped, in the background, in the foreground, in another size."""

import fcntl
import shutil
import signal
import struct
import termios
import time

import psutil
import pytest

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch import requests

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
SHELL = ("bash", "--norc", "--noprofile", "--noediting", "-i")


def eventually(condition, *, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def the_run(runs_dir):
    def found():
        return [path for path in runs_dir.iterdir() if path.name[0] != "."]

    return RunFolder(eventually(found)[0])


def check_goes_on(run):
    def step():
        state = requests.status_of(run)[1]
        return state.step if state else 0

    before = step()
    eventually(lambda: step() > before)
    assert "running" == requests.status_of(run)[0]


@pytest.fixture
def shell(view, script, monkeypatch):
    """An interactive shell in a terminal, and the words with which it starts paramdyn."""
    monkeypatch.setenv("PS1", "prompt> ")
    terminal = view(command=SHELL)
    terminal.sees("prompt>")
    yield terminal, " ".join(script)
    if terminal.master >= 0:
        terminal.type("\x03\nexit\nexit\n")  # the second one leaves stopped jobs behind


def viewer_of(shell):
    """Return the process of the shell's one job."""
    return eventually(psutil.Process(shell.process.pid).children)[0]


def is_stopped(shell):
    return viewer_of(shell).status() == psutil.STATUS_STOPPED


def test_stopped_by_a_key_and_brought_back(shell, runs_dir):
    terminal, paramdyn = shell
    terminal.type(f"{paramdyn} run\n")
    terminal.sees("q: leave it running")
    assert terminal.mode
    terminal.type("\x1a")
    terminal.sees("Stopped")
    eventually(lambda: is_stopped(terminal))
    assert not terminal.mode
    run = the_run(runs_dir)
    check_goes_on(run)
    terminal.type("echo between\n")
    terminal.sees("\nbetween")
    terminal.type("fg\n")
    eventually(lambda: terminal.mode)
    pictured = "q: leave it running"
    eventually(lambda: terminal.text.rstrip().endswith("s: stop"))
    shown = terminal.text
    assert "\nbetween" in shown  # what the shell said stays
    assert shown.index("\nbetween") < shown.rindex(pictured)
    terminal.type("q")
    terminal.sees("goes on without this terminal")
    eventually(lambda: not terminal.mode)
    check_goes_on(run)


def test_in_the_background_it_leaves_the_terminal_alone(shell, runs_dir):
    terminal, paramdyn = shell
    terminal.type(f"{paramdyn} run\n")
    terminal.sees("q: leave it running")
    terminal.type("\x1a")
    terminal.sees("Stopped")
    terminal.type("clear; bg\n")
    eventually(lambda: not is_stopped(terminal))
    run = the_run(runs_dir)
    check_goes_on(run)
    assert not terminal.mode
    terminal.type("clear\n")
    eventually(lambda: terminal.text == "prompt>")
    check_goes_on(run)
    assert "prompt>" == terminal.text
    terminal.type("jobs\n")
    terminal.sees("Running")
    terminal.type("fg\n")
    terminal.sees("q: leave it running")
    assert terminal.mode
    terminal.type("s")
    terminal.sees("stop [a]fter this epoch")
    terminal.type("n")
    eventually(lambda: requests.status_of(run)[0] == "stopped")
    eventually(lambda: not terminal.mode)


def test_started_in_the_background_it_can_be_brought_to_the_front(shell, runs_dir):
    terminal, paramdyn = shell
    terminal.type(f"{paramdyn} run &\n")
    run = the_run(runs_dir)
    check_goes_on(run)
    terminal.type("clear\n")
    eventually(lambda: terminal.text == "prompt>")
    terminal.type("fg\n")
    terminal.sees("q: leave it running")
    eventually(lambda: terminal.mode)
    terminal.type("q")
    terminal.sees("goes on without this terminal")
    check_goes_on(run)


def test_a_closed_window_with_a_stopped_viewer_changes_nothing(shell, runs_dir):
    terminal, paramdyn = shell
    terminal.type(f"{paramdyn} run\n")
    terminal.sees("q: leave it running")
    terminal.type("\x1a")
    terminal.sees("Stopped")
    viewer = viewer_of(terminal)
    terminal.close()
    terminal.process.wait(60)
    eventually(lambda: not viewer.is_running())
    check_goes_on(the_run(runs_dir))


def resize(terminal, columns, rows):
    terminal.screen.resize(rows, columns)
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.mark.parametrize("sizes", [[(120, 30), (80, 24)], [(200, 50), (100, 12)]])
def test_the_picture_fits_every_size(view, runs_dir, sizes):
    viewer = view("run", columns=80, rows=24)
    viewer.sees("train loss")
    run = the_run(runs_dir)
    for columns, rows in sizes:
        resize(viewer, columns, rows)

        def fits(columns=columns, rows=rows):
            lines = viewer.text.split("\n")
            names = sum(line.startswith(run.name[:30]) for line in lines)
            return (
                names == 1
                and lines[-1].startswith("q: leave it running")
                and all(len(line) <= columns for line in lines)
                and len(lines) <= rows
            )

        eventually(fits)
        check_goes_on(run)
    for _ in range(5):  # a window that is dragged
        for columns, rows in ((60, 20), (40, 10), (90, 30)):
            resize(viewer, columns, rows)
            viewer.process.send_signal(signal.SIGWINCH)
    eventually(lambda: viewer.text.split("\n")[-1].startswith("q: leave it running"))
    check_goes_on(run)
    viewer.type("q")
    assert 0 == viewer.leaves()

"""What a terminal is really sent: bytes and colours, in a pseudo-terminal."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest

SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
COLOR = re.compile(r"^(3[0-7]|38|39|4[0-7]|48|49|9[0-7]|10[0-7])$")
QUERY, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"

pytestmark = pytest.mark.slow


class Wire:
    """The application in a terminal of its own, and every byte that it sends."""

    def __init__(self, words, home, *, columns=120, rows=36, **environment):
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.said = b""
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM")}
        folders = {f"XDG_{name}_HOME": str(home / name) for name in ("STATE", "CONFIG", "CACHE")}
        env = {**kept, "TERM": "xterm-256color", **folders, **environment}
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(sys.executable, [sys.executable, "-m", "paramdyn_tui", "tui", *words], env)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return b""
        if QUERY in data:
            os.write(self.master, ANSWER)
        self.said += data
        self._stream.feed(data)
        return data

    def sees(self, condition):
        end = time.monotonic() + 60
        while not condition(self.text):
            self.read(0.1)
            assert time.monotonic() < end, self.text

    def quiet(self):
        """Read until nothing has come for a while."""
        while self.read(0.4):
            pass

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def type(self, keys):
        os.write(self.master, keys.encode())

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.master)
        os.waitpid(self.pid, 0)


@pytest.fixture
def wire(home):
    """Return a function that opens the application in a terminal."""
    opened = []

    def open_wire(*words, **more):
        opened.append(Wire(words, home, **more))
        return opened[-1]

    yield open_wire
    for each in opened:
        each.end()


@pytest.fixture
def runs(bench_template, tmp_path):
    """The runs, for this test alone."""
    return shutil.copytree(bench_template[0], tmp_path / "runs")


def parameters_of(said):
    return [part for found in SGR.findall(said) for part in found.decode().split(";")]


def visit_all_screens(terminal):
    """Open a run, and go to every screen and back."""
    terminal.sees(lambda text: "lenet" in text)
    terminal.quiet()
    for key in ("\r", "4", "5", "6", "7", "3", "?", "\x1b", "2"):
        terminal.type(key)
        terminal.quiet()


def test_no_color_sends_no_colour_on_any_screen(wire, runs):
    terminal = wire("--runs", str(runs), NO_COLOR="1")
    visit_all_screens(terminal)
    sent = parameters_of(terminal.said)
    assert [each for each in sent if COLOR.match(each)] == []
    assert "1" in sent  # bold it is


def test_ascii_sends_nothing_beyond_on_any_screen(wire, runs):
    terminal = wire("--runs", str(runs), "--ascii")
    visit_all_screens(terminal)
    assert [byte for byte in terminal.said if byte > 0x7F] == []
    assert "+" in terminal.text


@pytest.mark.parametrize("name", ["SIGTSTP", "SIGSTOP"])
def test_a_stopped_viewer_that_goes_on_paints_all_anew(wire, runs, name):
    """The shell has written on its terminal meanwhile; no signal tells of SIGSTOP before."""
    terminal = wire("--runs", str(runs))
    terminal.sees(lambda text: "chance" in text)
    terminal.quiet()
    before = terminal.text
    for _ in range(2):
        os.kill(terminal.pid, getattr(signal, name))
        _, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        terminal.quiet()
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.sees(lambda text: text.splitlines()[0] == before.splitlines()[0])
        terminal.quiet()
        assert before.splitlines()[2:] == terminal.text.splitlines()[2:]
    terminal.type("5")
    terminal.sees(lambda text: "log" in text)


def test_a_locale_that_is_not_utf_8_gets_ascii(wire, runs):
    terminal = wire("--runs", str(runs), PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    terminal.sees(lambda text: "lenet" in text)
    terminal.quiet()
    assert [byte for byte in terminal.said if byte > 0x7F] == []


@pytest.mark.long
def test_colours_are_those_of_the_table_on_a_terminal_with_true_colour(wire, runs):
    terminal = wire("--runs", str(runs), COLORTERM="truecolor")
    visit_all_screens(terminal)
    found = [each.decode() for each in SGR.findall(terminal.said)]
    assert not [each for each in found if "38;2;" in each or "48;2;" in each]
    assert any("38;5;" in each for each in found)


def test_an_idle_screen_of_a_run_that_has_ended_sends_nothing(wire, runs, bench_template):
    terminal = wire(str(runs / bench_template[1]["s0"]))
    terminal.sees(lambda text: any(0x2800 < ord(letter) < 0x2900 for letter in text))
    terminal.quiet()
    before = len(terminal.said)
    terminal.read(3.0)
    assert terminal.said[before:] == b""


@pytest.mark.long
def test_the_first_screen_is_small_and_so_is_a_change_of_screens(wire, runs):
    terminal = wire("--runs", str(runs))
    terminal.sees(lambda text: "lenet" in text)
    terminal.quiet()
    assert len(terminal.said) <= 12_000
    terminal.type(" j j j \r")  # opened for the first time a run is drawn as it is read
    terminal.quiet()
    for key in ("3", "2", "3", "1", "4", "5", "6", "7", "2", "n", "\x1b", "1", "?"):
        before = len(terminal.said)
        terminal.type(key)
        terminal.quiet()
        assert len(terminal.said) - before <= 8_000, key


def test_q_leaves_with_status_0_and_the_terminal_as_it_was(wire, runs):
    terminal = wire("--runs", str(runs))
    terminal.sees(lambda text: "lenet" in text)
    terminal.type("q")
    while terminal.read(5.0):
        pass
    assert b"\x1b[?1049l" in terminal.said
    assert b"\x1b[?25h" in terminal.said


@pytest.mark.long
def test_no_size_breaks_it(wire, runs):
    terminal = wire("--runs", str(runs))
    terminal.sees(lambda text: "lenet" in text)
    sizes = [(40, 12), (20, 5), (200, 50), (10, 3), (80, 24), (1, 1)]
    for key, size in zip("\r24?\x1bn", sizes, strict=True):
        terminal.resize(*size)
        terminal.type(key)
        terminal.quiet()
        terminal.resize(120, 36)
        terminal.quiet()
        assert "Traceback" not in terminal.text
    assert os.waitpid(terminal.pid, os.WNOHANG) == (0, 0)


def test_without_a_terminal_it_lists_the_runs(runs):
    words = [sys.executable, "-m", "paramdyn_tui", "tui", "--runs", str(runs)]
    done = subprocess.run(
        words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True
    )
    assert "lenet-digits-default-sgd-s0" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr

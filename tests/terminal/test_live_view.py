"""The lines of a run on the screen."""

import functools
import io
from pathlib import Path

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.cli import live, output
from paramdyn_tui.cli.dialog import Dialog
from paramdyn_tui.watching.following import Following

NAME = "resnet18-fashion-mnist-kaiming-uniform-sgd-s0-1aa03aa1"


@pytest.fixture
def following(tmp_path):
    """A run at step 98 of 280, watched since step 48, 50 seconds ago."""
    layout = Layout(tmp_path / NAME)
    layout.path.mkdir()
    layout.spec.write_text("[training]\nepochs = 20\n")
    clock = iter([100.0, 150.0])
    seen = Following(RunFolder(layout.path), clock=lambda: next(clock))
    at_step = functools.partial(
        RunState, status="running", total_steps=280, images_per_s=11234.0, heartbeat=1.0
    )
    write_state(layout, at_step(step=48, epoch=3.4))
    seen.look()
    with RecordWriter(layout.metrics) as metrics, RecordWriter(layout.drift) as drift:
        metrics.append({"step": 0, "epoch": 0.0, "test/loss": 2.3, "test/accuracy": 0.1})
        for step in range(99):
            values = {"train/loss": 1.0 / step, "train/accuracy": 0.5} if step else {}
            metrics.append({"step": step, "epoch": step / 14, **values})
            named = {"measurement": "relative_displacement", "total": step / 1000, "values": []}
            drift.append({"step": step, **named})
    write_state(layout, at_step(step=98, epoch=7.0))
    seen.look()
    return seen


def test_screen_at_80_columns(following, golden):
    golden("live-80.txt", "\n".join(live.screen(following, width=80, ascii_only=False)) + "\n")


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_is_too_wide(following, width):
    lines = live.screen(following, width=width, ascii_only=False)
    assert 6 == len(lines)
    assert max(map(len, lines)) <= width


def test_ascii_screen_is_ascii(following):
    assert "\n".join(live.screen(following, width=80, ascii_only=True)).isascii()


def test_seconds_left_are_those_of_the_present_speed(following):
    assert 182.0 == following.seconds_left()


def test_nothing_known_yet():
    seen = Following(RunFolder(Path("nowhere") / NAME))
    assert [] == seen.look()
    assert [NAME, "starting ..."] == live.screen(seen, width=80, ascii_only=False)
    assert seen.seconds_left() is None


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def test_no_color_gets_lines_without_escape_codes(following, monkeypatch):
    terminal = Terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr", terminal)
    with live.starting(quiet=False):
        view = live.view_of(following, quiet=False, ascii_only=False)
    with view:
        assert isinstance(view, live.PlainView)
        view.update([], Dialog(can_ask=False))
    assert "\x1b" not in terminal.getvalue()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_dumb_terminal_gets_lines(following, monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stderr", Terminal())
    assert isinstance(live.view_of(following, quiet=False, ascii_only=False), live.PlainView)
    assert not output.is_colourful(Terminal())


@pytest.mark.parametrize(("coloured", "no_color"), [(True, ""), (False, "1")])
def test_table_on_a_terminal_obeys_no_color(monkeypatch, coloured, no_color):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout", terminal)
    output.table(["name", "n"], [["a", "10"]], right=["n"])
    assert coloured is ("\x1b[" in terminal.getvalue())


def test_table_without_a_terminal_is_aligned(capsys):
    output.table(["name", "n"], [["a", "10"], ["long", "1"]], right=["n"])
    assert "name   n\na     10\nlong   1\n" == capsys.readouterr().out


def test_terminal_with_colours_gets_a_picture_unless_lines_are_asked_for(following, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr", Terminal())
    kinds = [
        type(live.view_of(following, quiet=quiet, ascii_only=False, **more))
        for quiet, more in ((False, {}), (False, {"plain": True}), (True, {}))
    ]
    assert [live.LiveView, live.PlainView, live.SilentView] == kinds


def test_epoch_without_a_record_of_drift_has_a_line_all_the_same(following):
    record = {"step": 140, "epoch": 10.0, "train/epoch_loss": 0.5, "train/epoch_accuracy": 0.75}
    line = live.epoch_line(record, following)
    assert line.startswith("epoch 10  train 0.5/75.0%")
    assert "moved" not in line
    assert "moved, relative 1.4%" in live.epoch_line({**record, "step": 14}, following)
    assert "moved" not in live.epoch_line({**record, "step": 0}, following)


def test_view_of_a_terminal_that_goes_falls_silent_once(monkeypatch):
    silenced = []
    monkeypatch.setattr(output, "silence_talk", lambda: silenced.append(True))

    class Gone(live.SilentView):
        def update(self, *_):
            raise OSError(5, "Input/output error")

    with live.LastingView(Gone()) as view:
        assert not view.lost
        for _ in range(2):
            view.update([], Dialog(can_ask=False))
    assert (True, [True]) == (view.lost, silenced)

"""Reading a run as it grows, and one that is long already."""

import itertools
import os

import pytest

from paramdyn.store.layout import Layout
from paramdyn.store.records import RecordWriter, encode
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, write_state
from paramdyn_tui.watching import following as reading
from paramdyn_tui.watching.following import Following, thinned
from paramdyn_tui.watching.tail import Tail

DRIFT = '{"step":%d,"measurement":"displacement","total":%.1f,"values":[1.0,2.0]}\n'


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.fixture
def following(layout):
    """A viewer whose clock ticks ten seconds at each look at a new state."""
    clock = itertools.count(0.0, 10.0)
    return Following(RunFolder(layout.path), clock=lambda: next(clock))


def record(step):
    values = {"train/loss": 1.0 / (step + 1)}
    if step % 1000 == 0:
        values |= {"train/epoch_loss": 1.0, "test/accuracy": step / 1e6}
    return {"step": step, "epoch": step / 1000, **values}


def test_tail_returns_whole_lines_once(tmp_path):
    path = tmp_path / "file"
    tail = Tail(path)
    assert [] == tail.added()
    path.write_bytes(b"one\ntwo\nthr")
    assert [b"one", b"two"] == tail.added()
    with path.open("ab") as file:
        file.write(b"ee\n")
    assert [b"three"] == tail.added()
    assert [] == tail.added()


def test_tail_begins_anew_in_a_shorter_and_in_another_file(tmp_path):
    path = tmp_path / "file"
    tail = Tail(path)
    path.write_bytes(b"one\ntwo\n")
    tail.added()
    path.write_bytes(b"uno\n")
    assert ([b"uno"], True) == (tail.added(), tail.restarted)
    (tmp_path / "other").write_bytes(b"eins\nzwei\ndrei\n")
    (tmp_path / "other").replace(path)
    assert ([b"eins", b"zwei", b"drei"], True) == (tail.added(), tail.restarted)
    assert ([], False) == (tail.added(), tail.restarted)


def test_long_run_is_sampled_and_then_followed(layout, following, monkeypatch):
    monkeypatch.setattr(reading, "EPOCH_BYTES", 1 << 20)  # so that there is a part before it
    count = 30_000
    layout.metrics.write_bytes(b"".join(encode(record(step)) for step in range(count)) + b'{"st')
    layout.drift.write_text("".join(DRIFT % (step, step) for step in range(count)))
    assert layout.metrics.stat().st_size > 1 << 20
    read = following.look()
    steps = [each["step"] for each in read]
    assert (0, count - 1) == (steps[0], steps[-1])
    assert steps == sorted(steps)
    assert 300 < len(read) < 1000
    late = [step for step in range(count) if step % 1000 == 0 and step > count - 8000]
    assert set(late) <= set(steps)
    _, moved = following.drift_series()
    assert (list(moved), count - 1) == (sorted(moved), max(moved))
    assert {float(step) for step in moved} == set(moved.values())
    with layout.metrics.open("ab") as file:
        file.write(b'ep":30000,"train/loss":0.5}\n')
    assert [30000] == [each["step"] for each in following.look()]
    assert 0.5 == following.series("train/loss")[-1]


def test_resumed_run_begins_anew(layout, following):
    with RecordWriter(layout.metrics) as metrics:
        metrics.append_all([record(step) for step in range(1, 9)])
    following.look()
    os.truncate(layout.metrics, len(encode(record(1))))
    assert [1] == [each["step"] for each in following.look()]
    assert [0.5] == following.series("train/loss")


def test_foreign_lines_are_passed_over(layout, following):
    layout.metrics.write_text('no json\n[1]\n{"step":"x","train/loss":"nan"}\n{"step":1}\n')
    layout.drift.write_text("{}\nnonsense\n")
    assert 2 == len(following.look())
    assert ("relative_displacement", {}) == following.drift_series()


def state(status, step, **more):
    return RunState(status=status, step=step, total_steps=100, **more)


def test_time_left_forgets_what_was_before_a_pause(layout, following):
    left = []
    for status, step in [
        ("running", 10), ("running", 20), ("paused", 20), ("running", 20), ("running", 70),
    ]:  # fmt: skip
        write_state(layout, state(status, step))
        following.look()
        left.append(following.seconds_left())
    assert [None, 80.0, None, None, 6.0] == left


def test_time_left_is_of_the_present_worker_and_never_negative(layout, following):
    for step, pid in [(50, 1), (60, 1), (55, 2), (120, 2)]:
        write_state(layout, state("running", step, pid=pid, heartbeat=-1e9 * pid))
        following.look()
    assert 0.0 == following.seconds_left()


def test_thinning_keeps_spikes():
    values = [float(index % 7) for index in range(4000)]
    values[1234], values[2345] = 100.0, -100.0
    kept = thinned(values)
    assert {100.0, -100.0} <= set(kept)
    assert len(kept) <= 2000

"""A list of runs that is kept up to date, and the course of a metric in each of them."""

import dataclasses
import json
import math
import random
import shutil

import pytest

from paramdyn.specs.run_spec import RunSpec
from paramdyn.store.layout import Layout
from paramdyn.store.records import encode
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import read_state, write_state
from paramdyn_tui.watching import last_totals, runs_watch, trends
from paramdyn_tui.watching.runs_watch import RunsWatch


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def watch(runs_dir, now):
    return RunsWatch(runs_dir, clock=lambda: now[0])


def named(watch):
    return [row.name for row in watch.view().rows]


def change(folder, **fields):
    layout = Layout(folder)
    write_state(layout, dataclasses.replace(read_state(layout), **fields))


def test_list_is_that_of_ls(watch, made_run, runs_dir):
    for seed in range(3):
        made_run(RunSpec(seed=seed))
    (runs_dir / "empty").mkdir()
    assert watch.look()
    assert list_runs(runs_dir, cached=False) == list(watch.view().rows)
    assert not watch.look()
    assert watch.view() is watch.view()


def test_new_and_deleted_runs_are_seen(watch, made_run, runs_dir, now):
    first = made_run(RunSpec(seed=0))
    watch.look()
    second = made_run(RunSpec(seed=1))
    assert watch.look()
    assert [second, first] == named(watch)
    assert not watch.look()
    shutil.rmtree(runs_dir / first)
    now[0] += runs_watch.NAMES_SECONDS  # where a folder's time does not tell
    assert watch.look()
    assert [second] == named(watch)


def test_changed_runs_are_seen_in_their_turn(watch, made_run, runs_dir, monkeypatch):
    monkeypatch.setattr(runs_watch, "RECENT", 1)
    monkeypatch.setattr(runs_watch, "SHARE", 2)
    names = [made_run(RunSpec(seed=seed)) for seed in range(8)]
    watch.look()
    for name in names:
        change(runs_dir / name, reason="edited")
    looks = 0
    while any(row.reason != "edited" for row in watch.view().rows):
        watch.look()
        looks += 1
        assert looks <= 4
    assert looks == 4
    assert not any(watch.look() for _ in range(4))


def test_living_run_is_looked_at_each_time(watch, hand, monkeypatch):
    monkeypatch.setattr(runs_watch, "RECENT", 0)
    monkeypatch.setattr(runs_watch, "SHARE", 0)
    hand.state("running", 3)
    watch.look()
    assert ("running", True) == (watch.view().rows[0].status, watch.alive)
    assert not watch.look()  # it was silent, no more
    hand.state("running", 4, metrics={"train/loss": float("nan")})
    assert watch.look()
    assert 4 == watch.view().rows[0].step
    assert not watch.look()  # NaN is equal to itself here
    change(hand.layout.path, pid=2**22 + 1)
    assert watch.look()
    assert ("crashed", False) == (watch.view().rows[0].status, watch.alive)


def test_run_that_is_taken_up_again_is_seen(watch, hand):
    hand.state("finished", 20, pid=0)
    watch.look()
    from paramdyn.store.process import this_process

    hand.layout.lock.write_text(json.dumps(dataclasses.asdict(this_process())))
    assert watch.look()
    assert "starting" == watch.view().rows[0].status


def test_missing_folder_has_no_runs_and_an_unreadable_one_says_so(tmp_path):
    watch = RunsWatch(tmp_path / "runs")
    assert not watch.look()
    assert ((), "") == (watch.view().rows, watch.view().problem)
    (tmp_path / "runs").write_text("no folder")
    assert watch.look()
    assert str(tmp_path / "runs") in watch.view().problem
    assert not watch.look()


def metrics(folder, values, name="test/accuracy"):
    lines = [encode({"step": step, "train/loss": 0.5, name: v}) for step, v in enumerate(values)]
    (folder / "metrics.jsonl").write_bytes(b"".join(lines))


def test_trend_is_the_course_and_loses_no_spike(watch, hand):
    values = [0.1] * 1000
    values[517] = 9.0
    metrics(hand.layout.path, values)
    [trend] = watch.trends([hand.layout.path.name], "test/accuracy").values()
    assert (trends.MOST_VALUES, 9.0) == (len(trend), max(trend))
    assert (0.5,) * 3 == watch.trends([hand.layout.path.name], "train/loss")[hand.layout.path.name][
        :3
    ]


def test_trend_of_a_long_file_is_sampled_with_its_last_value(watch, hand, monkeypatch):
    monkeypatch.setattr(trends, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(trends, "_PIECE_BYTES", 100)
    metrics(hand.layout.path, [float(n) for n in range(5000)])
    [trend] = watch.trends([hand.layout.path.name], "test/accuracy").values()
    assert (trends.MOST_VALUES, 0.0, 4999.0) == (len(trend), trend[0], trend[-1])
    assert sorted(trend) == list(trend)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ()),
        (b'{"step":1,"a/b":"nan"}\n{"step":2,"a/b":"-inf"}\n', (float("nan"), float("-inf"))),
        (b'{"step":1,"a/b":null}\n{"step":2, "a/b" : 1e-3 }\n', (0.001,)),
        (b'{"step":1,"a/b":5.0}\n{"step":2,"a/b":6.', (5.0,)),
        (b'{"step":1,"xa/b":5.0,"a/bx":6.0,"a/b":"text"}\n', ()),
        (b"\xff\xfe garbage", ()),
    ],
)
def test_trend_of_odd_files(watch, hand, content, expected):
    hand.layout.metrics.write_bytes(content)
    [trend] = watch.trends([hand.layout.path.name], "a/b").values()
    assert str(expected) == str(trend)


def test_trend_is_read_again_only_when_the_file_has_changed(hand, monkeypatch):
    name = hand.layout.path.name
    metrics(hand.layout.path, [1.0])
    reads = []
    real = trends.trend_of
    monkeypatch.setattr(trends, "trend_of", lambda *given: reads.append(1) or real(*given))
    watch = RunsWatch(hand.layout.path.parent)
    assert {name: (1.0,), "absent": ()} == watch.trends([name, "absent"], "test/accuracy")
    watch.trends([name, "absent"], "test/accuracy")
    assert 1 == len(reads)
    metrics(hand.layout.path, [1.0, 2.0])
    assert (1.0, 2.0) == watch.trends([name], "test/accuracy")[name]


def total(step, value, measurement="displacement"):
    return {"step": step, "measurement": measurement, "total": value, "values": [value]}


def test_trend_of_a_total_and_of_the_speed(watch, hand):
    name = hand.layout.path.name
    hand.drift(*(total(step, step / 4) for step in range(4)), total(4, 9.0, "weight_norm"))
    hand.timing({"step": 1, "images_per_s": 100.0}, {"step": 2, "images_per_s": 200.0})
    assert (0.0, 0.25, 0.5, 0.75) == watch.trends([name], "drift/displacement")[name]
    assert (9.0,) == watch.trends([name], "drift/weight_norm")[name]
    assert (100.0, 200.0) == watch.trends([name], "images_per_s")[name]
    assert () == watch.trends([name], "drift/train/loss")[name]


def test_last_total_is_that_of_the_last_record(watch, hand, monkeypatch):
    name = hand.layout.path.name
    assert {name: None, "absent": None} == watch.totals([name, "absent"], "displacement")
    hand.drift(total(1, 0.25), total(1, 9.0, "weight_norm"), total(2, 0.5))
    reads = []
    real = last_totals.last_total
    monkeypatch.setattr(last_totals, "last_total", lambda *given: reads.append(1) or real(*given))
    for _ in range(2):
        assert {name: 0.5} == watch.totals([name], "displacement")
    assert {name: 9.0} == watch.totals([name], "weight_norm")
    assert 2 == len(reads)
    hand.drift(total(3, 0.75))
    assert {name: 0.75} == watch.totals([name], "displacement")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"step":1,"measurement":"displacement","total":"nan","values":[]}\n', math.nan),
        (b'{"step":1,"measurement":"displacement","total":null,"values":[]}\n', None),
        (b'{"step":1,"measurement":"displacement","total":{"dead":1},"values":[]}\n', None),
        (b'{"total": 2.5, "measurement":"displacement", "step": 1}\n', 2.5),
        (b'{"step":1,"measurement":"displacement","total":1.5', None),
        (b"", None),
    ],
)
def test_last_total_of_odd_lines(watch, hand, line, expected):
    hand.layout.drift.write_bytes(line)
    [found] = watch.totals([hand.layout.path.name], "displacement").values()
    assert str(expected) == str(found)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_becomes_of_the_folders_the_list_comes_right(watch, hand, runs_dir, now, seed,
                                                              monkeypatch, tmp_path):  # fmt: skip
    """Runs come, change, go, and are spoilt between looks; in the end the list is that of ls."""
    for name in ("RECENT", "SHARE"):
        monkeypatch.setattr(runs_watch, name, 2)
    rng = random.Random(seed)
    good = tmp_path / "good"
    shutil.copytree(hand.layout.path, good)
    names = [f"run-{number}" for number in range(8)]
    for _ in range(200):
        change_at_random(rng, runs_dir / rng.choice(names), good)
        if rng.random() < 0.7:
            now[0] += rng.choice((0.1, 20.0))
            watch.look()
            watch.trends(named(watch), "train/loss")
            watch.totals(named(watch), "displacement")
            watch.workers()
    now[0] += 100.0
    for _ in range(10):
        watch.look()
    expected = list_runs(runs_dir, cached=False)
    assert [(row.name, row.status, row.step) for row in expected] == [
        (row.name, row.status, row.step) for row in watch.view().rows
    ]


def change_at_random(rng, folder, good):
    """Do one of the things that happen to a run's folder."""
    kind = rng.randrange(6)
    if kind == 0 or not folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(good, folder)
    elif kind == 1:
        shutil.rmtree(folder)
    elif kind == 2:
        folder.joinpath("state.json").write_bytes(rng.choice((b"", b"{", b'{"schema_version":9}')))
    elif kind == 3:
        folder.joinpath("state.json").unlink(missing_ok=True)
    elif folder.joinpath("state.json").exists():
        shutil.copy(good / "state.json", folder / "state.json")
        status = rng.choice(("running", "paused", "queued", "finished", "stopped"))
        change(folder, status=status, step=rng.randrange(99), pid=rng.choice((0, 2**22 + 1)))

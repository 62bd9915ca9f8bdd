"""One run in views that never change, whatever happens to its folder."""

import itertools
import random
import shutil

import numpy as np
import pytest

from paramdyn_tui.plotting.series import read_axis, read_metrics
from paramdyn_tui.watching.run_watch import RunWatch


@pytest.fixture
def watch(hand):
    return RunWatch(hand.layout.path, clock=ticking())


def ticking():
    """Return a clock that goes on by a second whenever somebody asks it."""
    ticks = itertools.count(0.0)
    return lambda: next(ticks)


def write_all(hand, steps=12):
    hand.state("running", steps, metrics={"train/loss": 0.5}, images_per_s=100.0)
    for step in range(steps):
        more = {"test/accuracy": 0.5} if step == 10 else {}
        record = {"step": step, "epoch": step / 10, "learning_rate": 0.1, "train/loss": 1.0 + step}
        hand.metrics(record | more)
        hand.timing({"step": step, "time": step * 2.0, "images_per_s": 50.0})
        hand.drift({"step": step, "measurement": "displacement", "total": 1.0, "values": [1.0] * 4})
    hand.drift({"step": 10, "measurement": "classes", "total": {"changed": 4},
                "values": {"changed": [1] * 4}})  # fmt: skip
    hand.events({"step": 0, "event": "perturbation", "text": "sign-flip"})
    hand.edit(hand.layout.manifest, dataset={"train": 1437, "classes": list("0123456789")})
    hand.layout.log.write_text("one\ntwo\n")


def read_all(watch):
    while watch.look() or not watch.complete:
        pass
    return watch.view()


def test_view_tells_all_that_the_folder_tells(hand, watch):
    write_all(hand)
    watch.want("displacement")
    watch.want("classes")
    view = read_all(watch)
    assert ("running", "", "", True) == (view.status, view.reason, view.problem, view.alive)
    assert (20, 1.2, 12, 20, 10) == (
        view.epochs, view.epoch, view.step, view.total_steps, view.steps_per_epoch
    )  # fmt: skip
    assert (100.0, 0.1, 10, 4) == (
        view.images_per_s, view.learning_rate, view.classes, len(view.parameters)
    )  # fmt: skip
    expected = read_metrics(hand.layout)
    assert set(expected) | {"images_per_s"} == set(view.metrics)
    assert np.array_equal(expected["train/loss"][1], view.metrics["train/loss"].values)
    assert (4, 12) == view.drift["displacement"].values.shape
    assert 10 == view.classes_partition.step
    assert ["sign-flip"] == [event.text for event in view.events]
    assert ("one", "two") == view.log.last
    assert hand.layout.path.name == view.summary.name
    assert view.summary.metrics == {"train/loss": 0.5}


def test_a_glance_tells_how_the_run_stands_and_reads_no_records(hand, watch):
    write_all(hand)
    watch.want("displacement")
    watch.glance()
    view = watch.view()
    assert ("running", 12, False) == (view.status, view.step, view.complete)
    assert ({}, {}, None, frozenset()) == (
        view.metrics, view.drift, view.classes_partition, view.looked_for
    )  # fmt: skip
    assert (["sign-flip"], ("one", "two")) == ([e.text for e in view.events], view.log.last)
    whole = read_all(watch)
    assert ({"displacement"}, 12) == (set(whole.drift), len(whole.metrics["train/loss"]))
    assert view.revision != whole.revision
    assert view.metrics == {}


def test_view_is_the_same_until_something_is_added(hand, watch):
    write_all(hand)
    before = read_all(watch)
    assert before is watch.view()
    hand.metrics({"step": 12, "train/loss": 9.0})
    assert watch.look()
    after = watch.view()
    assert (12, 13) == (len(before.metrics["train/loss"]), len(after.metrics["train/loss"]))
    assert before.revision != after.revision
    assert before.metrics["images_per_s"] is after.metrics["images_per_s"]
    assert before.axes is after.axes


@pytest.mark.parametrize("kind", ["step", "epoch", "images", "time", "relative"])
def test_axes_are_those_of_plots(hand, watch, kind):
    write_all(hand)
    view, steps = read_all(watch), np.array([0.0, 3.0, 10.0, 15.0])
    expected = read_axis(hand.layout, kind)
    assert expected.label == view.axis(kind).label
    assert np.array_equal(expected.of(steps), view.axis(kind).of(steps))
    mine = view.metrics["train/loss"].steps
    assert view.positions(kind, mine) is view.positions(kind, mine)
    assert np.array_equal(expected.of(mine), view.positions(kind, mine))


def test_axis_that_is_not_known_yet_is_that_of_steps(tmp_path):
    watch = RunWatch(tmp_path / "absent", clock=ticking())
    watch.look()
    view = watch.view()
    for kind in ("epoch", "images", "time", "relative"):
        assert "step" == view.axis(kind).label
    assert [7.0] == view.axis("time").of(np.array([7.0])).tolist()


def test_times_that_are_no_numbers_are_left_out(hand, watch):
    hand.timing({"step": 1, "time": "nan"}, {"step": 2, "time": 4.0}, {"step": 3, "time": "inf"})
    assert [2.0] == read_all(watch).axis("time").of(np.array([1.0])).tolist()


def test_absent_and_empty_folders_are_said(tmp_path):
    watch = RunWatch(tmp_path / "absent", clock=ticking())
    watch.look()
    assert ("removed", True) == (watch.view().status, watch.complete)
    (tmp_path / "absent").mkdir()
    assert watch.look()
    view = watch.view()
    assert ("broken", {}, ()) == (view.status, view.metrics, view.log.last)
    assert "state.json: is missing" in view.problem
    assert "run.json" not in view.problem  # one problem at a time: nothing was begun


def test_folder_of_a_newer_version_is_not_read(hand, watch):
    write_all(hand)
    hand.edit(hand.layout.state, schema_version=99)
    watch.look()
    view = watch.view()
    assert ("broken", {}) == (view.status, view.metrics)
    assert "schema version" in view.problem


def test_deleted_while_shown_what_was_good_stays(hand, watch):
    write_all(hand)
    before = read_all(watch)
    shutil.rmtree(hand.layout.path)
    assert watch.look()
    view = watch.view()
    assert ("removed", True) == (view.status, watch.complete)
    assert before.metrics == view.metrics
    assert before.log.last == view.log.last
    assert not watch.look()


def test_replaced_folder_is_read_anew(hand, watch):
    write_all(hand)
    watch.want("displacement")
    read_all(watch)
    other = hand.layout.path.with_name("other")
    shutil.copytree(hand.layout.path, other)
    shutil.rmtree(hand.layout.path)
    (other / "metrics.jsonl").write_text('{"step":1,"train/loss":"nan"}\n')
    (other / "drift.jsonl").unlink()
    (other / "log.txt").write_text("new\n")
    other.rename(hand.layout.path)
    view = read_all(watch)
    assert [1.0] == view.metrics["train/loss"].steps.tolist()
    assert np.isnan(view.metrics["train/loss"].values).all()
    assert ("new",) == view.log.last


def test_no_damage_raises_an_error(hand, watch, tmp_path):
    """Files are cut, grown, spoilt, replaced and removed at random; at the end they are good."""
    rng = random.Random(5)
    write_all(hand)
    good = tmp_path / "good"
    shutil.copytree(hand.layout.path, good)
    for name in ("displacement", "classes", "buffer_displacement", "absent"):
        watch.want(name)
    damaged = ["metrics.jsonl", "timing.jsonl", "drift.jsonl", "events.jsonl", "log.txt",
               "state.json", "run.json", "spec.toml", "lock"]  # fmt: skip
    problems = set()
    for _ in range(150):
        damage(rng, hand.layout.path / rng.choice(damaged), good)
        if rng.random() < 0.05:
            shutil.rmtree(hand.layout.path)
        watch.look()
        view = watch.view()
        problems |= set(view.problem.split("\n"))
        for kind in ("epoch", "images", "time"):
            view.axis(kind).of(np.array([1.0]))
        if not hand.layout.path.exists() or rng.random() < 0.1:
            shutil.rmtree(hand.layout.path, ignore_errors=True)
            shutil.copytree(good, hand.layout.path)
    assert len(problems) > 10
    shutil.copytree(good, tmp_path / "anew")  # while the old files are there: other inodes
    shutil.rmtree(hand.layout.path)
    (tmp_path / "anew").rename(hand.layout.path)
    view = read_all(watch)
    assert ("", 12) == (view.problem, len(view.metrics["train/loss"]))
    assert (4, 12) == view.drift["displacement"].values.shape


ENDS = (b"{", b"\n", b"\xff\xfe\n", b'{"step":1e99}\n', b"null\n",
        b'{"step":3,"measurement":"displacement","total":[]}\n')  # fmt: skip


def damage(rng, path, good):
    """Do one of the things that disks, people and other programs do to a file."""
    if path.is_dir():
        shutil.rmtree(path)
    data = path.read_bytes() if path.exists() else b""
    kind = rng.randrange(8)
    if kind in (0, 1):
        path.unlink(missing_ok=True)
        if kind:
            path.mkdir()
    elif kind == 2:
        path.write_bytes(data[: rng.randrange(len(data) + 1)])
    elif kind == 3:
        spoilt = bytearray(data)
        for _ in range(min(len(data), 3)):
            spoilt[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(spoilt)
    elif kind in (4, 5, 6):
        other = (rng.randbytes(rng.randrange(300)), data + rng.choice(ENDS), data[::-1])
        path.write_bytes(other[kind - 4])
    elif (good / path.name).exists():
        shutil.copy(good / path.name, path)

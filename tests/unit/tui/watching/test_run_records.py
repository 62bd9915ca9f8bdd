"""The three files of records of a run, and what a view of the run takes from them."""

import itertools

import pytest

from paramdyn.store.manifest import read_manifest
from paramdyn_tui.watching import metrics
from paramdyn_tui.watching.run_records import RunRecords
from paramdyn_tui.watching.run_watch import RunWatch

MOVED = {"measurement": "displacement", "total": 1.0, "values": [1.0] * 4}


@pytest.fixture
def records(hand):
    return RunRecords(hand.layout.path)


def test_what_each_file_has_of_new_is_new(hand, records):
    manifest = read_manifest(hand.layout)
    records.want("displacement")
    records.look(manifest)
    for write in (
        lambda: hand.metrics({"step": 1, "train/loss": 1.0}),
        lambda: hand.timing({"step": 1, "time": 1.0}),
        lambda: hand.drift({"step": 1, **MOVED}),
    ):
        write()
        assert (True, False) == (records.look(manifest), records.look(manifest))
    assert frozenset({"displacement"}) == records.looked_for()


def test_drift_waits_for_the_names_of_its_rows(hand, records):
    records.look(None)
    records.want("displacement")
    hand.drift({"step": 1, **MOVED})
    assert not records.look(None)
    assert ({}, frozenset(), True) == (
        dict(records.drift()), records.looked_for(), records.is_complete(None)
    )  # fmt: skip
    assert not records.is_complete(read_manifest(hand.layout))


@pytest.mark.parametrize("name", ["metrics", "timing"])
def test_not_all_is_read_while_one_file_is_not(hand, records, monkeypatch, name):
    monkeypatch.setattr(metrics, "WHOLE_BYTES", 2000)
    getattr(hand, name)(*({"step": step, "time": 1.0, "train/loss": 1.0} for step in range(200)))
    manifest = read_manifest(hand.layout)
    records.look(manifest)
    assert not records.is_complete(manifest)
    while not records.is_complete(manifest):
        records.look(manifest)
    assert not records.look(manifest)


@pytest.mark.parametrize("name", ["metrics", "timing", "drift"])
def test_a_damaged_file_is_named_whichever_it_is(hand, name):
    watch = RunWatch(hand.layout.path, clock=itertools.count().__next__)
    watch.want("displacement")
    hand.metrics({"step": 1, "train/loss": 1.0})
    hand.timing({"step": 1, "time": 1.0})
    hand.drift({"step": 1, **MOVED})
    watch.look()
    assert "" == watch.view().problem
    path = getattr(hand.layout, name)
    with path.open("a") as file:
        file.write('{"step": 2, "measurement":"displacement", nonsense\n')
    watch.look()
    assert f"{name}.jsonl" in watch.view().problem


def test_what_was_told_stays_when_only_the_clock_has_gone_on(hand, records):
    hand.metrics({"step": 1, "train/loss": 1.0})
    hand.timing({"step": 1, "time": 1.0, "images_per_s": 50.0})
    records.look(None)
    before = records.metrics()
    hand.timing({"step": 2, "time": 2.0, "images_per_s": 60.0, "loader": 1.0})
    records.look(None)
    after = records.metrics()
    assert (50.0, 60.0) == (before["images_per_s"].last, after["images_per_s"].last)
    assert {"train/loss", "images_per_s"} == set(after)


def test_a_record_is_ahead_of_the_state_that_is_written_seldom(hand):
    watch = RunWatch(hand.layout.path)
    hand.state("running", 3)
    hand.metrics({"step": 7, "train/loss": 1.0})
    watch.look()
    assert 7 == watch.view().step


def test_nothing_but_how_it_stands_is_read_of_a_run_of_a_newer_version(hand):
    hand.state("running", 3)
    hand.edit(hand.layout.state, schema_version=99)
    hand.events({"step": 0, "event": "perturbation", "text": "sign-flip"})
    hand.layout.log.write_text("one\n")
    watch = RunWatch(hand.layout.path)
    watch.glance()
    assert ((), (), True) == (watch.view().events, watch.view().log.last, watch.view().complete)
    watch.look()
    assert watch.complete


def test_a_run_that_is_gone_has_nothing_left_to_read(tmp_path):
    watch = RunWatch(tmp_path / "gone")
    watch.glance()
    assert (True, "removed") == (watch.view().complete, watch.view().status)


def test_a_second_glance_is_another_view(hand):
    hand.state("running", 3)
    watch = RunWatch(hand.layout.path)
    watch.glance()
    first = watch.view()
    hand.state("running", 4)
    watch.glance()
    assert (3, 4) == (first.step, watch.view().step)
    assert first.revision < watch.view().revision


def test_a_long_log_is_waited_for(hand, monkeypatch):
    watch = RunWatch(hand.layout.path)
    watch.look()
    assert watch.complete
    monkeypatch.setattr(watch._log, "complete", False)
    assert not watch.complete

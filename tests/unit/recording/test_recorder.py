"""The recorder alone, over a drift pass whose sums are given: steps, lines, path, divergence."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.measurements.kernels import COLUMNS
from paramdyn.measurements.reach import Reach
from paramdyn.native import native_library
from paramdyn.parameters import FlatParameters
from paramdyn.recording import recorder as module
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.recorder import Recorder
from paramdyn.store.records import RecordWriter, read

SEEN = (32, 1.5)


class Given:
    """Stands for a drift pass: ``sums`` are what the next record gives."""

    def __init__(self, flat):
        self.start = flat.values.clone()
        self.ever_gradient = torch.zeros(flat.values.numel() // 8, dtype=torch.uint8)
        self.ever_changed = self.ever_gradient.clone()
        self.last = None
        self.opened = []
        self.sums = torch.zeros(len(flat.table), len(COLUMNS), dtype=torch.float64)

    def open_alike(self):
        return False

    def open(self, **options):
        self.opened.append(options)

    def close(self):
        return self.sums.clone()


needs_compiler = pytest.mark.skipif(
    native_library.find_compiler() is None, reason="no C compiler on this machine"
)


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setattr(native_library, "load", lambda: None)


@pytest.fixture(params=[pytest.param("c", marks=needs_compiler), "numpy"])
def bench(request, opened):
    """A function that opens a recorder whose rows are made in C, or are not."""
    if request.param == "numpy":
        request.getfixturevalue("no_compiler")
    return opened


@pytest.fixture
def opened(tmp_path):
    """A function that opens a recorder of two trained parameters and a frozen one."""
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    net.frozen = nn.Parameter(torch.tensor([1.0, 0.0, -2.0]), requires_grad=False)
    flat = FlatParameters(net)  # in the order: weight, bias, frozen
    writers = []

    def start(steps, what=("path_length", "displacement"), name="a"):
        drift = Given(flat)
        inputs = MeasurementInputs(
            flat=flat,
            start=drift.start,
            drift=drift,
            reach=Reach(),
            buffers=[],
            start_buffers=[],
            decay=lambda _i, _step: None,
        )
        files = [RecordWriter(tmp_path / f"{name}-{k}.jsonl") for k in ("metrics", "drift", "time")]
        writers.extend(files)
        recorder = Recorder(
            drift=drift,
            measurements=[MEASUREMENTS.get(m) for m in what],
            inputs=inputs,
            steps=steps,
            steps_per_epoch=4,
            metrics=files[0],
            lines=files[1],
            timing=files[2],
        )
        return SimpleNamespace(
            recorder=recorder,
            drift=drift,
            metrics=lambda: read(files[0].path)[0],
            lines=lambda: read(files[1].path)[0],
            times=lambda: read(files[2].path)[0],
            bytes=lambda: [f.path.read_bytes() for f in files[:2]],
        )

    yield start
    for writer in writers:
        writer.close()


def record(bench, step, *, loss=1.0, spent=SEEN, **columns):
    """Record ``step`` with the given squares in both trained parameters."""
    bench.drift.sums.zero_()
    for name, value in columns.items():
        bench.drift.sums[:2, COLUMNS.index(name)] = torch.tensor(value, dtype=torch.float64)
    bench.recorder.open(step)
    bench.recorder.close(
        step, loss=torch.tensor(loss), hits=torch.tensor(3), images=4, rate=0.1, spent=spent
    )


def totals(bench, name):
    return {r["step"]: r["total"] for r in bench.lines() if r["measurement"] == name}


def test_only_listed_steps_are_due(bench):
    recorder = bench([3, 1]).recorder
    assert [step for step in range(5) if recorder.is_due(step)] == [1, 3]


def test_what_the_pass_has_to_keep_follows_from_the_steps(bench):
    """Neighbouring records need no copy: the update is the chord."""
    a = bench([1, 2, 5, 6])
    for step in (1, 2, 5, 6):
        record(a, step)
    names = ("chord_from_last", "keep_last", "follows", "followed")
    assert [tuple(o[name] for name in names) for o in a.drift.opened] == [
        (False, False, True, True),
        (False, True, True, False),
        (True, False, False, True),
        (False, False, True, False),
    ]


def test_what_was_carried_is_forgotten_when_values_are_loaded(bench):
    a, b = bench([1, 2]), bench([1, 2], name="b")
    record(a, 1)
    b.drift.carried = True
    b.recorder.load_state(a.recorder.state())
    assert b.drift.carried is False


@needs_compiler
def test_a_row_made_in_c_is_written_at_its_step(opened):
    """Whatever time has passed; of an epoch's last, and the run's, the metrics wait for scores."""
    a = opened(range(1, 11), what=("displacement",))
    metrics, drift = [], []
    for step in range(1, 11):
        record(a, step)
        metrics.append(max((r["step"] for r in a.metrics()), default=0))
        drift.append(max(r["step"] for r in a.lines()))
        if step % 4 == 0:
            a.recorder.add_metrics(step, {"test/loss": 0.5}, SEEN)
            a.recorder.flush(wait=True)
            assert a.metrics()[-1]["step"] == step
            assert a.metrics()[-1]["test/loss"] == 0.5
    assert metrics == [1, 2, 3, 3, 5, 6, 7, 7, 9, 9]
    assert drift == list(range(1, 11))


@needs_compiler
def test_rows_that_wait_go_before_the_next(opened):
    a = opened(range(1, 8))
    for step in range(1, 7):
        record(a, step)
    assert [r["step"] for r in a.metrics()] == [1, 2, 3, 4, 5, 6]


@needs_compiler
def test_the_time_is_written_now_and_then_and_with_every_flush(opened):
    a = opened(range(1, 100))
    for step, seconds in ((1, 0.25), (2, 0.3), (3, 0.44), (5, 0.5), (6, 0.55)):
        record(a, step, spent=(32 * step, seconds))
    assert [r["step"] for r in a.times()] == [1, 5]
    a.recorder.flush(wait=True)
    a.recorder.flush(wait=True)
    assert [r["step"] for r in a.times()] == [1, 5, 6]
    assert a.times()[-1] == {"step": 6, "time": 0.55, "images_per_s": 349.090909}


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_a_row_is_written_at_once_where_steps_are_slow(opened, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 1000.0)
    a = opened([1, 2, 3, 4, 5, 6, 9])
    for step, seconds, written in (
        (1, 30.0, [1]),
        (2, 1e-9, [1]),  # quick: it waits for company
        (3, 30.0, [1, 2, 3]),
        (4, 30.0, [1, 2, 3]),  # an epoch's last row waits for its scores
        (5, 30.0, [1, 2, 3, 4, 5]),
    ):
        a.recorder._flush_cost = 1e-3  # how long writing took is the machine's affair
        a.recorder._flushed = module.time.perf_counter() - seconds
        monkeypatch.setattr(module, "FLUSH_SHARE", 0.003 if seconds > 1 else 0.0)
        record(a, step)
        assert [r["step"] for r in a.metrics()] == written


def test_a_run_s_last_row_waits_for_its_scores_in_the_middle_of_an_epoch(bench, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    a = bench([1, 2])
    record(a, 1)
    record(a, 2)
    assert [r["step"] for r in a.metrics()] == [1]
    a.recorder.add_metrics(2, {"test/loss": 0.5}, SEEN)
    a.recorder.flush(wait=True)
    assert [(r["step"], "test/loss" in r) for r in a.metrics()] == [(1, False), (2, True)]


def test_without_a_path_nothing_is_kept(bench):
    a = bench([2, 5], what=("displacement",))
    for step in (2, 5):
        record(a, step)
    assert not any(o["chord_from_last"] or o["keep_last"] for o in a.drift.opened)


def test_a_chord_is_the_update_the_way_from_the_start_or_from_the_last_record(bench):
    a = bench([2, 3, 7])
    columns = {"squared_update": 4.0, "squared_displacement": 9.0, "squared_chord": 25.0}
    for step in (2, 3, 7):
        record(a, step, **columns)
    a.recorder.flush(wait=True)
    values = [r["values"] for r in a.lines() if r["measurement"] == "path_length"]
    assert values == [[3.0, 3.0, 0.0], [5.0, 5.0, 0.0], [10.0, 10.0, 0.0]]
    expected = dict(zip((2, 3, 7), np.cumsum([math.sqrt(2 * s) for s in (9, 4, 25)]), strict=True))
    assert totals(a, "path_length") == pytest.approx(expected, rel=1e-8)


def test_frozen_parameters_have_their_norm_and_their_signs(bench):
    a = bench([1], what=("weight_norm", "sign_changes", "displacement"))
    record(a, 1, squared_norm=2.0, sign_changed=1.0, sign_defined=2.0)
    a.recorder.flush(wait=True)
    norm, signs, moved = a.lines()
    assert norm["values"][2] == pytest.approx(math.sqrt(5), rel=1e-8)
    assert norm["total"] == pytest.approx(3.0, rel=1e-8)
    assert signs["values"] == [0.5, 0.5, 0.0]
    assert signs["total"] == pytest.approx(2 / 6, rel=1e-8)
    assert moved["values"] == [0.0, 0.0, 0.0]


def test_how_rows_are_made_and_grouped_changes_no_byte(opened, monkeypatch):
    numbers = np.random.default_rng(0).random((20, 2))
    what = ("path_length", "straightness", "displacement", "weight_norm", "direction_change")
    results = []
    for name, seconds in (("c", 0.0), ("one", 0.0), ("other", 1000.0)):
        if name != "c":
            monkeypatch.setattr(native_library, "load", lambda: None)
        monkeypatch.setattr(module, "FLUSH_SHARE", 0.0)
        monkeypatch.setattr(module, "FLUSH_SECONDS", seconds)
        a = opened(range(1, 21), what=what, name=name)
        for step, pair in enumerate(numbers, start=1):
            columns = ("squared_update", "squared_displacement", "squared_norm")
            record(a, step, **dict.fromkeys(columns, pair))
        a.recorder.flush(wait=True)
        results.append(a.bytes())
    assert results[0] == results[1] == results[2]


def test_an_epoch_s_metrics_join_the_line_of_its_last_step(bench, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    a = bench([3, 4])
    record(a, 3)
    record(a, 4, loss=2.0)
    a.recorder.add_metrics(4, {"test/loss": 0.5}, SEEN)
    a.recorder.add_metrics(8, {"test/loss": 0.25}, SEEN)  # not a recorded step
    a.recorder.flush(wait=True)
    assert a.metrics()[1:] == [
        {"step": 4, "epoch": 1.0, "learning_rate": 0.1, "test/loss": 0.5, "train/loss": 2.0,
         "train/accuracy": 0.75},
        {"step": 8, "epoch": 2.0, "test/loss": 0.25},
    ]  # fmt: skip
    assert a.recorder.latest["test/loss"] == 0.25


@pytest.mark.parametrize(
    "broken", [{"loss": math.nan}, {"loss": math.inf}, {"squared_norm": math.nan}],
    ids=["loss-nan", "loss-inf", "parameter"],
)  # fmt: skip
def test_nothing_is_recorded_after_the_first_step_that_is_not_finite(bench, broken):
    a = bench([1, 2, 3])
    record(a, 1)
    record(a, 2, **broken)
    record(a, 3)
    a.recorder.add_metrics(3, {"test/loss": 1.0}, SEEN)
    a.recorder.flush(wait=True)
    record(a, 3)
    a.recorder.flush(wait=True)
    assert a.recorder.diverged_at == 2
    assert [r["step"] for r in a.metrics()] == [1, 2]
    assert {r["step"] for r in a.lines()} == {1, 2}


def test_an_epoch_loss_that_is_not_finite_is_divergence_and_a_test_loss_is_not(bench):
    a = bench([])
    a.recorder.add_metrics(0, {"test/loss": math.nan}, SEEN)
    a.recorder.flush(wait=True)
    assert a.recorder.diverged_at is None
    a.recorder.add_metrics(4, {"train/epoch_loss": math.nan}, SEEN)
    a.recorder.flush(wait=True)
    assert a.recorder.diverged_at == 4


def test_a_recorder_goes_on_where_another_was(bench):
    steps = [1, 2, 5, 9]
    whole, first = bench(steps, name="whole"), bench(steps, name="first")
    columns = {"squared_update": 4.0, "squared_displacement": 9.0, "squared_chord": 25.0}
    for step in steps:
        record(whole, step, **columns)
    whole.recorder.flush(wait=True)
    for step in steps[:2]:
        record(first, step, **columns)
    first.recorder.flush(wait=True)
    first.drift.last = torch.full_like(first.drift.start, 7.0)
    first.drift.ever_gradient += 3
    first.drift.ever_changed += 5
    second = bench(steps, name="second")
    second.recorder.load_state(first.recorder.state())
    for step in steps[2:]:
        record(second, step, **columns)
    second.recorder.flush(wait=True)
    assert whole.lines() == first.lines() + second.lines()
    assert second.recorder.state()["chords"] == len(steps)
    assert second.recorder.latest == whole.recorder.latest
    assert torch.equal(second.drift.last, first.drift.last)
    assert second.drift.ever_gradient.eq(3).all()
    assert second.drift.ever_changed.eq(5).all()
    assert second.drift.opened == whole.drift.opened[2:]

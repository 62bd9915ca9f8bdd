"""Rows that wait for their numbers, in order, as the events behind them pass."""

import pytest
import torch

from paramdyn.recording.pending import PendingRows, Row


class Event:
    """Stands for a CUDA event: has not passed until waited for or told so."""

    def __init__(self):
        self.passed = False
        self.waits = 0

    def query(self):
        return self.passed

    def synchronize(self):
        self.waits += 1
        self.passed = True


@pytest.fixture
def rows():
    return PendingRows(torch.device("cpu"))


def numbers(loss=2.5, hits=3):
    return torch.tensor(loss), torch.tensor(hits), torch.full((2, 8), loss, dtype=torch.float64)


def row(step):
    return Row(step, {}, 4, 4 * step, 0.1)


def test_rows_come_back_complete_and_in_order(rows):
    for step in (1, 2):
        rows.add(row(step), *numbers(loss=step / 2, hits=step))
    assert len(rows) == 2
    assert rows.last().step == 2
    first, second = rows.take(wait=False)
    assert (first.step, first.loss, first.hits) == (1, 0.5, 1)
    assert (second.step, second.loss, second.hits) == (2, 1.0, 2)
    assert second.sums.shape == (2, 8)
    assert second.sums.dtype == torch.float64
    assert (len(rows), rows.last(), rows.take(wait=True)) == (0, None, [])


def test_a_row_of_metrics_only_has_no_loss(rows):
    rows.add(row(0), None, None, None)
    (taken,) = rows.take(wait=False)
    assert (taken.loss, taken.hits, taken.sums) == (None, None, None)


def test_a_row_without_sums_has_its_loss(rows):
    loss, hits, _ = numbers()
    rows.add(row(1), loss, hits, None)
    (taken,) = rows.take(wait=False)
    assert (taken.loss, taken.hits, taken.sums) == (2.5, 3, None)


def test_no_row_overtakes_one_that_has_not_arrived(rows):
    events = [Event(), Event()]
    for step, event in enumerate(events, start=1):
        rows._rows.append((row(step), numbers(), event))
    events[1].passed = True
    assert rows.take(wait=False) == []
    events[0].passed = True
    assert [r.step for r in rows.take(wait=False)] == [1, 2]
    assert [event.waits for event in events] == [0, 0]


def test_waiting_takes_everything(rows):
    events = [Event(), Event()]
    for step, event in enumerate(events, start=1):
        rows._rows.append((row(step), numbers(), event))
    assert [r.step for r in rows.take(wait=True)] == [1, 2]
    assert [event.waits for event in events] == [1, 1]

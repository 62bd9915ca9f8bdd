from __future__ import annotations

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.schedule import When, parse_count, parse_when, record_steps


def steps(when, total=100, per_epoch=30):
    return record_steps(when, total_steps=total, steps_per_epoch=per_epoch)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("auto", When("auto")),
        ("epoch", When("epoch")),
        ("none", When("none")),
        ("every:10", When("every", 10)),
        ("log:3", When("log", 3)),
    ],
)
def test_texts_that_mean_something(text, when):
    assert when == parse_when(text)


@pytest.mark.parametrize("text", ["", "evry:3", "auto:2", "epoch:", "EPOCH", "always"])
def test_texts_that_mean_nothing(text):
    with pytest.raises(ValueError, match=f"found '{text}', expected 'auto', 'every:K' steps"):
        parse_when(text)


@pytest.mark.parametrize(
    "text", ["every", "every:", "every:0", "every:-1", "log:1.5", "every:³", "log:" + "9" * 5000]
)
def test_counts_must_be_whole_and_positive(text):
    with pytest.raises(ValueError, match="expected a whole number of at least 1"):
        parse_when(text)
    with pytest.raises(ValueError, match=r"as in '(every|log):10'"):
        parse_count(text)


def test_every_adds_epoch_ends_and_the_last_step():
    assert (25, 30, 50, 60, 75, 90, 100) == steps("every:25")


def test_epoch_and_none():
    assert (30, 60, 90, 100) == steps("epoch")
    assert (100,) == steps("none")


def test_log_gives_so_many_a_decade():
    assert (1, 10, 100, 500, 1000) == steps("log:1", total=1000, per_epoch=500)
    assert (1, 2, 3, 4, 6, 10, 16, 25, 40, 63, 100) == steps("log:5", per_epoch=100)


def test_a_very_fine_log_is_every_step():
    assert tuple(range(1, 101)) == steps("log:999999999999999999")


def test_auto_is_every_step_of_a_short_run():
    assert tuple(range(1, 501)) == steps("auto", total=500)


@pytest.mark.parametrize("total", [501, 1000, 9380, 10**6])
def test_auto_is_dense_at_the_start_and_about_500_in_all(total):
    recorded = steps("auto", total=total, per_epoch=total)
    assert tuple(range(1, 101)) == recorded[:100]
    assert 400 < len(recorded) <= 501
    assert total == recorded[-1]


def test_a_run_without_steps_has_no_records():
    assert () == steps("auto", total=0)


@pytest.mark.parametrize("when", ["auto", "epoch", "every:1000", "log:1000000000000000"])
def test_more_records_than_memory_holds_are_refused_at_once(when):
    with pytest.raises(
        SpecError, match=rf"'{when}' would record [0-9,]+ times.*at most 10,000,000"
    ):
        record_steps(when, total_steps=10**12, steps_per_epoch=10)


def test_a_long_run_may_record_seldom():
    assert (10**12,) == record_steps("none", total_steps=10**12, steps_per_epoch=10)
    assert 10 == len(record_steps("every:100", total_steps=1000, steps_per_epoch=500))
    assert 500 > len(record_steps("log:20", total_steps=10**12, steps_per_epoch=10**11))

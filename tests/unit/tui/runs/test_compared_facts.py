"""The table of what differs says what ``paramdyn diff`` says."""

import dataclasses
from pathlib import Path

import pytest

from paramdyn_tui.comparison import differing
from paramdyn_tui.tui.cells import text_of, width_of
from paramdyn_tui.tui.widgets.comparing.facts import (
    Fact,
    Side,
    columns_that_fit,
    diff_command,
    facts_of,
    facts_picture,
    same_count,
    shortened_label,
    shown_value,
)
from paramdyn_tui.tui.widgets.comparing.subjects import fields_of_summary


@pytest.fixture
def sides(listed_rows):
    readable = [run for run in listed_rows if run.problem is None]
    return [
        Side(f"r{place}", place % 10, fields_of_summary(run), run, {"total": place + 0.5, "fc": 1})
        for place, run in enumerate(readable[:12])
    ]


def rows_of(facts, section):
    return [fact for fact in facts if fact.section == section]


def test_fields_are_those_in_which_specs_differ(sides):
    for chosen in (sides[:2], sides[3:7], sides):
        expected = {row["field"] for row in differing([side.fields for side in chosen])}
        facts = facts_of(chosen, measure="displacement", everything=False)
        assert expected == {fact.name for fact in rows_of(facts, "spec")}
        everything = facts_of(chosen, measure="displacement", everything=True)
        assert {name for side in chosen for name in side.fields} == {
            fact.name for fact in rows_of(everything, "spec")
        }
        assert same_count(chosen) + len(expected) == len(rows_of(everything, "spec"))


def test_metrics_are_compared_with_the_first_run(sides):
    for fact in rows_of(facts_of(sides, measure="", everything=False), "last metrics"):
        values = [side.summary.metrics.get(fact.name) for side in sides]
        for value, found in zip(values, fact.differences, strict=True):
            if value is None or values[0] is None:
                assert found is None
            else:
                assert value - values[0] == found


def test_drift_begins_with_the_total(sides):
    facts = rows_of(facts_of(sides[:2], measure="norm", everything=False), "drift: norm")
    assert ["total", "fc"] == [fact.name for fact in facts]
    assert [(0.0, 1.0), (0.0, 0.0)] == [fact.differences for fact in facts]


@pytest.mark.parametrize("width", [12, 30, 41, 60, 120])
@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_rows_are_as_wide_as_the_pane(sides, width, count):
    chosen = sides[:count]
    facts = facts_of(chosen, measure="norm", everything=count == 1)
    for left in (1, count - 1):
        picture = facts_picture(facts, chosen, width, same=3, left=max(left, 1))
        assert {width} == {width_of(row) for row in picture}


def test_two_runs_stand_beside_each_other_and_more_in_columns(sides):
    pair = sides[:2]
    text = "\n".join(map(text_of, facts_picture(facts_of(pair, measure="", everything=False),
                                                pair, 80)))  # fmt: skip
    assert " → " in text
    many = facts_picture(facts_of(sides, measure="", everything=False), sides, 60)
    assert " → " not in "\n".join(map(text_of, many))
    assert "+" in text_of(many[0])
    assert "r0" in text_of(many[0])
    moved = facts_picture(facts_of(sides, measure="", everything=False), sides, 60, left=9)
    assert "r0" in text_of(moved[0])
    assert "r9" in text_of(moved[0])


def test_equal_specs_say_so(sides):
    twice = [sides[0], sides[0]]
    text = "\n".join(map(text_of, facts_picture(facts_of(twice, measure="", everything=False),
                                                twice, 60)))  # fmt: skip
    assert "The specs are the same." in text


def test_the_baseline_is_always_among_the_columns():
    places, _ = columns_that_fit(20, 10, 60, left=7)
    assert [0, 7] == places[:2]
    assert [0] == columns_that_fit(20, 10, 14)[0]


def test_values_are_written_as_people_write_them():
    told = [shown_value(value) for value in (None, "", True, 0.1, ["a", "b"], 3)]
    assert ["-", "-", "yes", "0.1", "a, b", "3"] == told
    assert "-" == shown_value(3, given=False)


def test_the_command_compares_the_same_runs():
    assert "paramdyn diff a b --runs '/my runs'" == diff_command(["a", "b"], Path("/my runs"))


def test_a_difference_that_is_not_seen_is_not_called_bad():
    sides = [Side(name, 0, {}, None, {}) for name in "abc"]
    fact = Fact("last metrics", "test/loss", ("0.125", "0.125", "0.2"), (0.0, 1e-9, 0.075),
                "test/loss")  # fmt: skip
    row = next(row for row in facts_picture([fact], sides, 80) if "test/loss" in text_of(row))
    styles = [span.style for span in row if span.text.strip() in ("0.125", "0.2")]
    assert styles == ["text", "dim", "bad"]


@pytest.mark.parametrize("count", range(3, 12))
@pytest.mark.parametrize("width", [37, 60, 76, 118])
def test_how_many_runs_do_not_fit_is_told(count, width):
    sides = [Side(f"run {place}", 0, {"seed": place}, None, {}) for place in range(count)]
    rows = facts_picture(facts_of(sides, measure="", everything=False), sides, width)
    shown = text_of(rows[0]).count("run ")
    assert f"+{count - shown}" in text_of(rows[0]) or shown == count


def test_words_keep_their_beginning_and_ids_both_ends():
    assert shortened_label("independent", 8) == "indepen…"
    assert shortened_label("lenet-digits-default-sgd-s0-44136fa3", 12) == "lenet…136fa3"


def test_the_arm_is_the_word_that_the_list_has(listed_rows):
    base = next(run for run in listed_rows if run.arm == "base")
    runs = [dataclasses.replace(base, arm=arm) for arm in ("base", "child", "continued", "twin")]
    compared = [Side(run.arm, None, fields_of_summary(run), run, {}) for run in runs]
    [fact] = [fact for fact in facts_of(compared, measure="", everything=False)
              if fact.name == "arm"]  # fmt: skip
    assert ("base", "child", "continued", "twin") == fact.values


FIELDS = {
    "dataset.train_limit": 64, "dataset.test_limit": 32, "schedule.name": "cosine",
    "optimizer.options.warmup_epochs": 1, "schedule.warmup_epochs": 2,
}  # fmt: skip


@pytest.mark.parametrize("width", [38, 42, 60])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_names_of_fields_can_be_told_apart_in_little_room(width, count):
    sides = [Side(f"r{place}", 0, FIELDS, None, {}) for place in range(count)]
    facts = facts_of(sides, measure="", everything=True)
    text = "\n".join(map(text_of, facts_picture(facts, sides, width)))
    names = [line.split()[0] for line in text.splitlines() if line.startswith(" ") and line.strip()]
    assert len(set(names)) == len(names) >= len(FIELDS)
    whole = width == 60 and count <= 2  # there is room for the whole of them
    assert ("schedule.name" in names) == whole
    assert ("schedule" in names) == (not whole)


def test_of_two_runs_in_little_room_every_name_is_whole():
    fields = {"seed": 0, "initializer.name": "default", "perturbations": "none"}
    facts = [Fact("spec", name, (str(value), "other")) for name, value in fields.items()]
    facts += [Fact("last metrics", name, ("86.4%", "83.9%"), (0.0, -0.025), name)
              for name in ("train/loss", "test/accuracy")]  # fmt: skip
    facts += [Fact("drift", f"conv1.{kind}", ("0.0341", "0.0341"), (0.0, 0.0), "drift")
              for kind in ("weight", "bias")]  # fmt: skip
    sides = [Side(each, 0, {}, None, {}) for each in "ab"]
    rows = [text_of(row) for row in facts_picture(facts, sides, 38)]
    names = [row.split()[0] for row in rows if row.startswith(" ") and row.strip()]
    assert names == ["seed", "initializer", "perturbations", "train/loss", "test/acc", "conv1.w",
                     "conv1.b"]  # fmt: skip
    assert "…" not in "".join(rows)
    assert rows[-1].rstrip().endswith("0.0341 →  0.0341        0")

"""The table lists what ``paramdyn ls`` lists, in its order and its groups."""

import csv
import dataclasses
import json
import math

import pytest

from paramdyn_tui.cli.app import load_command
from paramdyn_tui.tui.widgets.run_list.columns import heading_of
from paramdyn_tui.tui.widgets.run_list.lines import lines_of, runs_at
from paramdyn_tui.tui.widgets.run_list.listing import (
    Asked,
    Head,
    listing_of,
    metrics_in,
    quantities_in,
    query_problem,
)

QUERIES = (
    "", "model=lenet", "test.acc>.5 -perturb=none", "status=finished seed=0-2 | lr=0.1",
    "has:test", "spoilt", "model=resnet18",
)  # fmt: skip
SORTS = ("", "test.acc", "-test.acc", "model,-test.loss", "epoch", "id", "-age", "status,seed")
GROUPS = ("model", "model,perturb", "lr", "perturb,lr,model", "seed")


def ls(folder, capsys, *words):
    load_command("ls").main([*words, "--runs", str(folder), "--json"], standalone_mode=False)
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("sort", SORTS)
def test_runs_are_those_of_ls_in_its_order(listed_folder, listed_rows, capsys, query, sort):
    words = [query] if query else []
    expected = ls(listed_folder, capsys, *words, *(["--sort", sort] if sort else []))
    found = listing_of(listed_rows, Asked(query=query, sort=sort))
    assert () == found.problems
    assert [row["id"] for row in expected] == [run.name for run in found.runs]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("sort", ["", "test.acc", "-test.acc", "model"])
def test_groups_are_those_of_ls(listed_folder, listed_rows, capsys, group, sort):
    words = ["--group", group, "--members", "--columns", "id,test.acc"]
    expected = ls(listed_folder, capsys, *words, *(["--sort", sort] if sort else []))
    found = listing_of(listed_rows, Asked(sort=sort, group=group, metric="test/accuracy"))
    assert len(expected) == len(found.heads)
    for told, head in zip(expected, found.heads, strict=True):
        assert sorted(told["runs"]) == sorted(run.name for run in head.group.runs)
        assert told["counted"] == [run.name for run in head.group.counted]
        mine, theirs = head.group.figures.get("test/accuracy"), told["figures"]
        assert (mine is None) == ("test/accuracy" not in theirs)
        if mine is not None:
            assert mine.mean == pytest.approx(theirs["test/accuracy"]["mean"], nan_ok=True)


def test_lines_of_groups_are_heads_with_their_sorted_runs(listed_rows):
    listing = listing_of(listed_rows, Asked(sort="test.acc", group="model"))
    turned = frozenset(head.name for head in listing.heads[:1])
    lines = lines_of(listing, turned)  # many runs: folded until turned
    first, *others = [place for place, line in enumerate(lines.lines) if isinstance(line, Head)]
    members = lines.lines[first + 1 : others[0]]
    assert first == 0
    assert len(listing.heads[0].group.runs) == len(members)
    values = [run.metrics.get("test/accuracy", -math.inf) for run in members]
    assert sorted(values, reverse=True) == values
    assert len(lines.lines) == len(listing.heads) + len(members)
    assert turned == lines.open_heads
    assert list(listing.heads[0].group.runs) == list(runs_at(lines.lines[0]))


def test_few_runs_are_shown_until_their_group_is_folded(listed_rows):
    listing = listing_of(listed_rows[:10], Asked(group="model"))
    head = listing.heads[0]
    everything = lines_of(listing, frozenset())
    folded = lines_of(listing, frozenset([head.name]))
    assert len(everything.lines) - len(head.group.runs) == len(folded.lines)


def test_names_of_lines_differ(listed_rows):
    lines = lines_of(listing_of(listed_rows[:30], Asked(group="model,perturb")), frozenset())
    assert len(set(lines.names)) == len(lines.lines)


def test_a_wrong_part_of_the_question_is_left_out_and_said(listed_rows):
    asked = Asked(query="modle=lenet", sort="nothing", group="perturb", metric="no.such")
    found = listing_of(listed_rows, asked)
    assert len(listed_rows) == len(found.runs)
    assert found.heads
    assert "test/accuracy" == found.metric.name
    assert 3 == len(found.problems)
    assert "Did you mean 'model'" in found.problems[0]


def test_the_usual_metric_is_one_that_a_run_has(listed_rows):
    without = [run for run in listed_rows if "test/accuracy" not in run.metrics]
    assert "test/accuracy" == listing_of(listed_rows, Asked()).metric.name
    assert "test/accuracy" not in metrics_in(without)
    assert "train/loss" == listing_of(without, Asked()).metric.name


def test_problems_of_a_query_are_in_words(listed_rows):
    vocabulary = listing_of(listed_rows, Asked()).vocabulary
    assert "" == query_problem("model=lenet test.acc>.5", vocabulary)
    assert "has no value" in query_problem("model=", vocabulary)
    assert "character 1" in query_problem("x=1", vocabulary)


def test_seeds_that_continue_a_parent_each_are_one_group(listed_rows):
    import dataclasses

    rows = [
        dataclasses.replace(run, initializer=f"run:parent-{place}", parent=f"parent-{place}@96")
        for place, run in enumerate(listed_rows[:4])
    ]
    heads = listing_of(rows, Asked(group="init")).heads
    assert [("run@96",)] == [head.group.values for head in heads]


def test_an_empty_folder_lists_nothing():
    found = listing_of((), Asked(query="model=lenet", sort="test.acc", group="model"))
    assert [] == list(found.runs)
    assert [] == list(lines_of(found, frozenset()).lines)


def test_what_runs_record_can_be_listed(listed_rows):
    good = [run for run in listed_rows if run.problem is None]
    told = dataclasses.replace(good[0], step=5, images_per_s=9.0, spec={"recording.what": [
        "weight_norm", "classes"]})  # fmt: skip
    usual = dataclasses.replace(good[1], step=5, images_per_s=0.0, spec={})
    broken = next(run for run in listed_rows if run.problem is not None)
    counts = quantities_in([told, usual, broken])
    assert metrics_in([told, usual]).items() <= counts.items()
    assert 1 == counts["images_per_s"]
    assert (2, 1) == (counts["drift/weight_norm"], counts["drift/relative_displacement"])
    assert not {"drift/classes", "drift/loss"} & set(counts)
    assert {} == quantities_in([broken])


def test_a_total_sorts_and_groups_as_soon_as_it_is_known(listed_rows):
    asked = Asked(metric="drift/displacement", sort="drift/displacement", group="model")
    known = {}
    listing = listing_of(listed_rows, asked, known)
    assert () == listing.problems
    assert "displacement" == listing.measurement
    assert listing.rests_on_metric
    assert not any(head.group.figures.get("drift/displacement") for head in listing.heads)
    known |= {run.name: float(place) for place, run in enumerate(listed_rows)}
    again = listing_of(listed_rows, asked, known)
    assert [run.name for run in listed_rows] == [run.name for run in again.runs]
    assert any(head.group.figures.get("drift/displacement") for head in again.heads)
    later = listed_rows[0]
    known[later.name] = 77.0
    assert 77.0 == again.metric.get(later)
    assert "‖θt-θ0‖" == heading_of(again.metric)


def test_a_metric_is_taken_to_the_letter(listed_rows):
    rows = [dataclasses.replace(run, metrics={"learning_rate": 0.5}) for run in listed_rows]
    listing = listing_of(rows, Asked(metric="learning_rate"))
    assert ("learning_rate", 0.5) == (listing.metric.name, listing.metric.get(rows[0]))
    assert "" == listing.measurement


def test_a_choice_of_fields_shows_defaults_too_and_numbers_in_their_order(listed_rows):
    from paramdyn_tui.tui.screens.runs_choices import _seen_values

    some = {0: 300, 1: 4}
    rows = [
        dataclasses.replace(run, spec={**run.spec, "training.epochs": some[place]})
        if place in some else run
        for place, run in enumerate(run for run in listed_rows if run.spec)
    ]  # fmt: skip
    assert _seen_values(listing_of(rows, Asked()), "training.epochs") == "4, 20, 300"
    assert _seen_values(listing_of(rows, Asked()), "model") == "lenet, vgg19"
    assert _seen_values(listing_of(rows, Asked()), "status") == ""


def test_the_written_table_has_each_column_once_and_what_is_shown(listed_rows, tmp_path):
    from paramdyn_tui.tui.screens.runs_exports import table_csv

    rows = [
        dataclasses.replace(run, spec={**run.spec, "training.epochs": 3 + place % 2},
                            metrics={**run.metrics, "learning_rate": 0.25})
        for place, run in enumerate(run for run in listed_rows if run.spec)
    ]  # fmt: skip
    table_csv(listing_of(rows, Asked()), {"drift/x": {rows[0].name: 2.5}}, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        head, first, second, *_ = csv.reader(file)
    assert len(set(head)) == len(head)
    shown = dict(zip(head, first, strict=True))
    assert ("0.25", "3", "2.5") == tuple(
        shown[name] for name in ("learning_rate", "training.epochs", "drift/x")
    )
    assert f"{rows[0].spec['optimizer.learning_rate']}" == shown["lr"]
    assert "" == dict(zip(head, second, strict=True))["drift/x"]

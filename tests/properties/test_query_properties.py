"""Laws of filters: any text is a filter or a mistake in words; a written filter reads the same."""

import json
import math
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.errors import QueryError
from paramdyn.store.query.completion import complete_query
from paramdyn.store.query.filters import format_query, parse_query
from paramdyn.store.query.groups import group_runs
from paramdyn.store.query.keys import Vocabulary
from paramdyn.store.query.order import sort_by, tree_of
from paramdyn.store.run_index import list_runs
from paramdyn.store.run_summary import STATUSES, RunSummary
from paramdyn_tui.cli.run_facts import run_facts
from paramdyn_tui.cli.run_table import runs_table

RUNS = Path("runs")
NAMES = ["lenet", "resnet18", "resnet50", "a,b", "x|y", "it's", 'say "no"', "-odd", "and"]

rows = st.builds(
    RunSummary,
    name=st.sampled_from(["lenet-a", "resnet-b", "x"]),
    runs=st.just(RUNS),
    status=st.sampled_from(STATUSES),
    model=st.sampled_from([*NAMES, ""]),
    seed=st.none() | st.integers(-5, 5),
    perturbations=st.sampled_from(["", "sign-flip", "sign-flip + distort:1e-06"]),
    created=st.sampled_from(["", "2026-01-02T03:04:05+00:00", "yesterday"]),
    metrics=st.dictionaries(
        st.sampled_from(["test/accuracy", "test/loss"]), st.floats(), max_size=2
    ),
    spec=st.just({}),
)

keys = st.sampled_from(["model", "seed", "test.acc", "status", "age", "perturb", "lr", "has", "x"])
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~", ":", "==", ""])
values = st.sampled_from(
    ["lenet", "res*", "0-3", ".5..", "..2", "80%", "1e-3", "none", "a,b", "[", "(", "3d",
     "sign-flip", "finished", '"a b"', "'", "|", "-", "test"]
)  # fmt: skip
signs = st.sampled_from(["", "-", "!"])
terms = st.tuples(signs, keys, operators, values).map("".join)
likely = st.lists(terms | st.sampled_from(["|", "||"]), max_size=5).map(" ".join)


def read(text):
    """Return the filter, or None when the text is a mistake that was put in words."""
    try:
        return parse_query(text)
    except QueryError as error:
        problems = error.problems
    assert problems
    assert all(re.match(r"filter, character \d+: ", each) for each in problems)
    return None


@settings(max_examples=600)
@given(text=st.text(max_size=60) | likely, row=rows)
def test_any_text_is_a_filter_or_a_mistake_in_words(text, row):
    query = read(text)
    assert query is None or query.matches(row) in (True, False)


@settings(max_examples=400)
@given(text=likely | st.text(alphabet="ab=<>~!-|,.'\" \\*[]", max_size=30))
def test_a_written_filter_reads_the_same(text):
    query = read(text)
    if query is not None:
        assert query == parse_query(format_query(query))


@given(text=st.text(max_size=30) | likely)
def test_any_text_can_be_completed(text):
    row = RunSummary(name="a b'c", runs=RUNS, status="finished", model="lenet", spec={})
    assert all(isinstance(each, str) for each in complete_query(text, [row]))


@given(row=rows, name=st.sampled_from(NAMES))
def test_equal_means_equal_whatever_the_characters(row, name):
    from paramdyn.store.query.words import quoted

    query = parse_query(f"model={quoted(name)}")
    assert query.matches(row) is (row.model == name)
    assert parse_query(f"-model={quoted(name)}").matches(row) is not query.matches(row)


@given(row=rows, low=st.integers(-5, 5), high=st.integers(-5, 5))
def test_a_range_is_two_comparisons(row, low, high):
    found = parse_query(f"seed={low}..{high}").matches(row)
    assert found is (row.seed is not None and low <= row.seed <= high)
    assert found is parse_query(f"seed>={low} seed<={high}").matches(row)


@given(row=rows, bound=st.floats(-2, 2))
def test_a_comparison_never_holds_for_what_is_missing(row, bound):
    value = row.metrics.get("test/loss", math.nan)
    for operator, expected in [("<", value < bound), (">=", value >= bound)]:
        assert parse_query(f"test.loss{operator}{bound!r}").matches(row) is expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)  # fmt: skip
FIELDS = ["status", "reason", "epoch", "step", "metrics", "pid", "heartbeat", "host", "summary",
          "schema_version", "boot_id"]  # fmt: skip
SUMMARY = ["model", "seed", "perturbations", "created", "parent", "arm"]
SPEC = ["optimizer.learning_rate", "model.name", "dataset.augmentation", "optimizer.options.odd"]
specs = anything | st.dictionaries(st.sampled_from(SPEC), anything)
summaries = st.builds(
    lambda summary, spec: {**summary, "spec": spec},
    st.dictionaries(st.sampled_from(SUMMARY), anything),
    specs,
)
states = st.builds(
    lambda state, summary: {"status": "finished", "summary": summary, **state},
    st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3),
    summaries,
)


@settings(max_examples=300, deadline=None)
@given(state=states)
def test_any_state_can_be_listed_filtered_grouped_and_shown(state):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            path = Path(folder, name)
            path.mkdir()
            (path / "state.json").write_text(json.dumps(state))
        found = list_runs(Path(folder), cached=False)
    vocabulary = Vocabulary(found)
    keys = [vocabulary.find(name) for name in ("id", "lr", "model", "seed", "age", "augmentation")]
    keys += [vocabulary.find(name) for name in vocabulary.names() if "odd" in name]
    query = parse_query("lr<1 | model=a age<1d | -seed=1 | augmentation~x", vocabulary=vocabulary)
    rows = [branch.run for branch in tree_of(found, found)]
    assert ["a", "b"] == sorted(run.name for run in rows)
    assert {run.name for run in query.select(found)} <= {"a", "b"}
    assert 2 == sum(len(group.runs) for group in group_runs(found, keys[1:], keys))
    assert 2 == len(sort_by(found, [(key, True) for key in keys], lambda key, run: key.get(run)))
    assert 2 == len(runs_table(rows, keys, chosen=True).rows)
    assert json.dumps([run_facts(run, keys) for run in found])
    assert complete_query("lr=", found) is not None


@pytest.mark.parametrize(
    "text", ["(" * 5000, "name~" + "(" * 200, "model=" + "a," * 5000, "-" * 999]
)
def test_long_texts_come_back(text):
    query = read(text)
    assert query is None or query.groups

"""The table has the columns that tell its runs apart, and every row is as wide as the table."""

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn.store.run_summary import STATUSES, RunSummary
from paramdyn_tui.cli.run_table import apart, figure, text_of
from paramdyn_tui.tui.cells import Look, row_of, width_of
from paramdyn_tui.tui.cells import text_of as plain
from paramdyn_tui.tui.widgets.run_list.columns import columns_for, total_width
from paramdyn_tui.tui.widgets.run_list.lines import lines_of
from paramdyn_tui.tui.widgets.run_list.listing import Asked, listing_of
from paramdyn_tui.tui.widgets.run_list.picture import (
    Shown,
    at_cursor,
    epoch_text,
    heading_row,
    line_row,
)
from paramdyn_tui.tui.widgets.run_list.reference import (
    Reference,
    better_style,
    difference_of,
    reference_of,
    signed,
)
from paramdyn_tui.tui.widgets.run_list.signs import sign_of
from paramdyn_tui.tui.widgets.run_list.table import scroll_rail
from paramdyn_tui.tui.widgets.run_list.words import detail_row, question_row, welcome

WIDTHS = (30, 40, 79, 80, 99, 100, 119, 130, 160, 199, 240)
KEYS = {"filter": "/", "new_run": "n", "help": "?", "baseline": "b", "mark": "m"}


def drawn(listing, width, **shown):
    lines = lines_of(listing, frozenset())
    columns = columns_for(listing, width, baseline=bool(shown.get("reference")))
    all_shown = Shown(open_heads=lines.open_heads, **shown)
    rows = [line_row(line, columns, listing, all_shown, width) for line in lines.lines]
    return [heading_row(columns, listing, width), *rows]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("group", ["", "model,perturb"])
@pytest.mark.parametrize("look", [Look(), Look(color=False, ascii_only=True)])
def test_every_row_is_as_wide_as_the_table(listed_rows, width, group, look):
    listing = listing_of(listed_rows, Asked(group=group, sort="test.acc"))
    baseline = reference_of(listing, listed_rows[3].name)
    trends = {run.name: (0.1, math.nan, 0.9) for run in listed_rows}
    rows = drawn(listing, width, look=look, reference=baseline, trends=trends)
    assert {width} == {width_of(row) for row in rows}
    columns = columns_for(listing, width, baseline=True)
    assert width >= 40 or len(columns) <= 3
    assert width < 40 or total_width(columns) <= width


def test_a_wider_table_says_more(listed_rows):
    listing = listing_of(listed_rows, Asked())
    shown = [{each.name for each in columns_for(listing, width)} for width in (40, 80, 120, 200)]
    assert {"id", "metric"} <= shown[0]
    assert shown[1] > {"id", "metric", "perturb"}
    assert shown[2] > {"id", "metric", "perturb", "model", "lr", "seed", "epoch", "trend"}
    assert shown[3] >= shown[2] | {"age", "init", "dataset", "optimizer"}


FAMILY = [
    ("", "base", 0), ("sign-flip", "child", 0), ("ulp:1,layers=conv1.weight", "rounding-twin", 0),
    ("", "independent-parent", 1), ("", "independent", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "more"),
    [(79, set()), (99, {"trend", "age"}), (119, {"trend", "age", "seed", "epoch"})],
)
def test_how_far_runs_have_moved_is_there_beside_a_family_and_a_baseline(listed_rows, width, more):
    base = next(run for run in listed_rows if not run.problem)
    rows = [dataclasses.replace(base, name=f"lenet-digits-run-sgd-s{seed}-{place:08d}", arm=arm,
                                perturbations=changed, seed=seed,
                                initializer="default" if "par" in arm or arm == "base" else "run:x",
                                parent="" if "par" in arm or arm == "base" else "x@24")
            for place, (changed, arm, seed) in enumerate(FAMILY)]  # fmt: skip
    columns = columns_for(listing_of(rows, Asked()), width, baseline=True, drift=True)
    assert {"id", "metric", "perturb", "arm", "delta", "drift"} | more <= {
        each.name for each in columns
    }
    assert total_width(columns) <= width


def test_what_is_the_same_in_all_gives_way_to_what_differs(listed_rows):
    same = [run for run in listed_rows if run.model == "lenet"]
    listing = listing_of(same, Asked())
    names = {each.name for each in columns_for(listing, 80)}
    assert "perturb" in names
    assert "model" not in names


def test_a_field_of_the_spec_that_differs_has_a_column(listed_rows):
    rows = [dataclasses.replace(run, spec={**(run.spec or {}), "training.epochs": place % 3})
            for place, run in enumerate(listed_rows)]  # fmt: skip
    names = {each.name for each in columns_for(listing_of(rows, Asked()), 200)}
    assert "training.epochs" in names


def test_the_row_of_a_run_says_what_it_is(listed_rows):
    listing = listing_of(listed_rows, Asked())
    base = next(run for run in listed_rows if "test/accuracy" in run.metrics)
    reference = reference_of(listing, base.name)
    rows = drawn(listing, 200, reference=reference, marked=frozenset([listed_rows[0].name]),
                 colors={listed_rows[0].name: 4})  # fmt: skip
    for run, row in zip(listed_rows, rows[1:], strict=True):
        text, value = plain(row), listing.metric.get(run)
        assert sign_of(run.status, Look()).text in text[:4]
        assert text_of(listing.metric, value) in text
        assert (run.name == base.name) == ("base  " in text)
        if value is not None and run is not base:
            assert f"{100 * (value - base.metrics['test/accuracy']):+.1f}pp" in text
    assert ("◉", "s4") == rows[1][0]
    assert " " == rows[2][0].text


def test_the_head_of_a_group_says_its_figure_as_ls_does(listed_rows):
    listing = listing_of(listed_rows[:30], Asked(group="model"))
    for head, row in zip(listing.heads, _heads(listing, drawn(listing, 140)), strict=True):
        found = head.group.figures.get("test/accuracy")
        assert figure(listing.metric, found) in plain(row)
        assert f"n={len(head.group.counted)}" in plain(row)
        assert apart(head.group) in plain(row)


def test_groups_are_compared_with_the_group_of_the_baseline(listed_rows):
    listing = listing_of(listed_rows, Asked(group="model"))
    first, second, _broken = listing.heads
    reference = reference_of(listing, first.group.runs[0].name)
    assert first.name == reference.head
    means = [head.group.figures["test/accuracy"].mean for head in (first, second)]
    assert means[1] - means[0] == difference_of(second, listing, reference)
    assert 0 == difference_of(first, listing, reference)


def test_a_baseline_that_is_not_listed_still_counts(listed_rows):
    base = next(run for run in listed_rows if run.metrics.get("test/accuracy") is not None)
    listing = listing_of(listed_rows, Asked(query=f"-{base.name}", group="model"))
    reference = reference_of(listing, base.name)
    assert ("", base.metrics["test/accuracy"]) == (reference.head, reference.value)
    head = listing.heads[0]
    mean = head.group.figures["test/accuracy"].mean
    assert mean - base.metrics["test/accuracy"] == difference_of(head, listing, reference)
    assert Reference("gone") == reference_of(listing, "gone")


@given(st.floats(allow_nan=True))
def test_differences_have_a_sign_and_no_more_than_eight_cells(value):
    for share in (True, False):
        text = signed(value, share=share)
        assert value == 0 or math.isnan(value) or text[0] == ("+" if value > 0 else "-")
    assert better_style(value, "test/loss") in ("good", "bad", "dim")


def test_better_is_up_for_accuracies_and_down_for_losses():
    told = [better_style(0.1, "a/accuracy"), better_style(0.1, "a/loss"), better_style(0.1, "lr")]
    assert ["good", "bad", "text"] == told
    assert ["-5.0pp", "+<.1pp", "0.0pp"] == [signed(v, share=True) for v in (-0.05, 1e-5, 0)]


@pytest.mark.parametrize(("epoch", "step", "total", "text"), [
    (8.0, 96, 96, "8"), (4.0, 48, 96, "4/8"), (0.5, 6, 96, "0.5/8"), (0.0, 0, 96, "0"),
    (12.25, 147, 240, "12/20"), (3.0, 7, 10, "3"),
])  # fmt: skip
def test_epochs_say_how_many_are_to_come(epoch, step, total, text):
    run = RunSummary(name="a", runs=Path(), status="running", epoch=epoch, step=step,
                     total_steps=total)  # fmt: skip
    assert text == epoch_text(run)


def test_every_status_has_a_sign_and_ascii_a_plain_one():
    signs = {status: sign_of(status, Look()).text for status in STATUSES}
    assert all(len(sign) == 1 and sign != "·" for sign in signs.values())
    assert len({signs[each] for each in ("queued", "running", "paused", "stale", "finished")}) == 5
    assert all(sign_of(each, Look(ascii_only=True)).text.isascii() for each in STATUSES)


def test_the_row_at_the_cursor_stands_out_whole():
    row = row_of("a", "b")
    assert {"cursor-dim"} == {style for _, style in at_cursor(row, "cursor")}
    assert plain(row) == plain(at_cursor(row, "cursor"))


@given(st.integers(1, 40), st.integers(0, 500), st.data())
def test_the_rail_shows_where_in_the_list_one_is(height, total, data):
    first = data.draw(st.integers(0, max(total - height, 0)))
    texts = [span.text for span in scroll_rail(height, first, total)]
    assert height == len(texts)
    if total <= height:
        assert {" "} == set(texts)
        return
    at = [row for row, text in enumerate(texts) if text == "┃"]
    assert list(range(at[0], at[-1] + 1)) == at
    assert (first == 0) <= (at[0] == 0)
    assert (first == total - height) <= (at[-1] == height - 1)


@pytest.mark.parametrize("width", WIDTHS)
def test_words_above_and_below_fit(listed_rows, width):
    for asked in (Asked(), Asked("model=lenet test.acc>.5 -perturb=none " * 3, "lr", "model")):
        listing = listing_of(listed_rows, asked)
        assert width == width_of(question_row(listing, 3, width, KEYS))
        for line in [*listing.heads, *listing.runs, None]:
            assert width == width_of(detail_row(line, listing, Look(), width))


def test_the_question_and_its_answer_are_said(listed_rows):
    listing = listing_of(listed_rows, Asked("model=lenet", "-test.acc"))
    text = plain(question_row(listing, 2, 120, KEYS))
    assert "model=lenet" in text
    assert "30 of 61" in text
    assert "2 marked" in text
    assert "test acc ▲" in text
    broken = plain(question_row(listing_of(listed_rows, Asked("modle=a")), 0, 120, KEYS))
    assert "unknown key 'modle'" in broken


def test_a_broken_run_says_what_is_wrong_with_it(listed_rows):
    broken = next(run for run in listed_rows if run.name == "spoilt")
    listing = listing_of(listed_rows, Asked())
    text = plain(detail_row(broken, listing, Look(), 160))
    assert "broken" in text
    assert "state.json" in text


def test_an_empty_folder_explains_itself_and_an_unreadable_one_says_why():
    page = "\n".join(plain(r) for r in welcome(Path("/a b"), "", KEYS, 80, 22, readonly=False))
    assert "No runs in /a b yet." in page
    assert "paramdyn run --model lenet --dataset digits --runs '/a b'" in page
    assert " n " in page
    only = "\n".join(plain(r) for r in welcome(Path("/a"), "", KEYS, 80, 22, readonly=True))
    assert "start a first run from a form" not in only
    bad = "\n".join(plain(r) for r in welcome(Path("/a"), "no", KEYS, 80, 22, readonly=False))
    assert "cannot be read" in bad
    assert "no" in bad


def _heads(listing, rows):
    lines = lines_of(listing, frozenset()).lines
    heads = {id(head) for head in listing.heads}
    return [row for line, row in zip(lines, rows[1:], strict=True) if id(line) in heads]


def test_ids_give_what_all_begin_with_to_columns(listed_rows):
    same = [run for run in listed_rows if run.model == "lenet" and run.problem is None]
    listing = listing_of(same, Asked())
    longest = max(map(len, listing.names.values()))
    wide, narrow = (
        next(each.width for each in columns_for(listing, width) if each.name == "id")
        for width in (240, 110)
    )
    assert longest == wide
    assert longest - len("lenet-digits-default-") + 1 == narrow


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_why_the_folder_cannot_be_read_is_said_whole(width):
    problem = "/a/b/c: cannot be read: its folder is a file. Move that file, or choose another one."
    page = welcome(Path("/a"), problem, KEYS, width, 22, readonly=False)
    words = " ".join(plain(row).strip().strip("│").strip() for row in page)
    assert problem in " ".join(words.split())


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_what_differs_inside_a_group_is_not_cut_in_halves(listed_rows, width):
    listing = listing_of(listed_rows, Asked("", "", "model", ""))
    head = next(head for head in listing.heads if head.group.varying)
    text = plain(detail_row(head, listing, Look(), width)).rstrip()
    assert text.endswith(("…", "counts once", *head.group.varying))


def spec_of(run, **fields):
    return dataclasses.replace(run, spec={**(run.spec or {}), **fields})


def test_the_head_of_a_group_names_its_numbers_and_tells_itself_from_others(listed_rows):
    rows = [
        spec_of(run, **{"training.epochs": 3 + place % 2, "schedule.name": "step"})
        for place, run in enumerate(listed_rows[:40])
        if run.problem is None
    ]
    asked = Asked(group="model,dataset,schedule.name,lr,training.epochs")
    listing = listing_of(rows, asked)
    heads = [plain(row) for row in _heads(listing, drawn(listing, 120))]
    narrow = [plain(row) for row in _heads(listing, drawn(listing, 64))]
    assert len({text.partition(" n=")[0] for text in heads}) == len(heads)
    for head, text, short in zip(listing.heads, heads, narrow, strict=True):
        model, dataset, schedule, rate, epochs = head.group.values
        assert f"model {model}  lr {rate:g}  epochs {epochs} " in text
        assert f"{model}  lr {rate:g}  " in short
        for said in (text, short):
            assert dataset not in said, "all groups share it"
            assert schedule not in said, "all groups share it"
    only = listing_of([run for run in rows if run.model == "lenet"][:1], asked)
    assert "dataset digits  schedule step  lr 0.01 " in plain(_heads(only, drawn(only, 200))[0])


def test_a_head_that_is_cut_says_so_and_keeps_what_tells_most(listed_rows):
    rows = [spec_of(run, **{"training.epochs": place}) for place, run in enumerate(listed_rows[:9])]
    listing = listing_of(rows, Asked(group="model,perturb,lr,training.epochs"))
    heads = [plain(row) for row in _heads(listing, drawn(listing, 45))]
    assert all("…" in text for text in heads)
    for head, text in zip(listing.heads, heads, strict=True):
        assert f"epochs {head.group.values[-1]} " in text


def test_grouped_over_seeds_the_question_says_just_that(listed_rows):
    listing = listing_of(listed_rows, Asked())
    grouped = listing_of(listed_rows, Asked(group=",".join(listing.spread.differing())))
    assert "in groups of all but seeds" in plain(question_row(grouped, 0, 120, KEYS))
    fewer = listing_of(listed_rows, Asked(group="model"))
    assert "in groups of model " in plain(question_row(fewer, 0, 120, KEYS))


@pytest.mark.parametrize("width", [80, 120])
def test_what_sorts_the_table_is_in_it(listed_rows, width):
    rows = [
        spec_of(run, **{"training.epochs": place, "training.batch_size": 8 + place})
        for place, run in enumerate(listed_rows)
        if run.problem is None
    ]
    for sort in ("training.batch_size", "-seed"):
        names = {each.name for each in columns_for(listing_of(rows, Asked(sort=sort)), width)}
        assert sort.removeprefix("-") in names
    newest = {each.name for each in columns_for(listing_of(rows, Asked()), width)}
    assert {"age", "lr"} <= newest

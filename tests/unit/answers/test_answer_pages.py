"""A whole answer as text: complete, in order, as wide as asked, in ASCII if need be."""

import re
from dataclasses import replace

import numpy as np
import pytest

from paramdyn.analysis.answer import Column, Curve, Curves, Table
from paramdyn.analysis.terms import Term
from paramdyn_tui.answers.cells import cell_text
from paramdyn_tui.answers.explained import headings_of, term_lines
from paramdyn_tui.answers.markdown import markdown_page
from paramdyn_tui.answers.page import answer_lines
from paramdyn_tui.answers.report import Report, SubjectFacts, report_data, report_lines
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.answers.verdicts import statistic_of, verdict_lines
from paramdyn_tui.plotting.answer_pictures import answer_picture, panel_of
from paramdyn_tui.plotting.raster import strip_colors
from paramdyn_tui.safe_text import to_ascii

SUBJECTS = (
    SubjectFacts("lenet-digits-kaiming-uniform-sgd-s0-1aa03aa1", "runs/a", "finished", "lenet",
                 "digits", 0, 1200),
    SubjectFacts("vgg", "runs/b", "diverged", "vgg19", "cifar10", 1, None),
)  # fmt: skip


@pytest.fixture
def report(full_answer):
    return Report("recovery", {"recovery": "whether it comes back"}, SUBJECTS, [full_answer])


@pytest.mark.parametrize(("width", "height"), [(40, 24), (80, 24), (120, 36), (200, 50)])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_wider_than_the_terminal(full_answer, width, height, color):
    """But a command, which is there to be copied."""
    lines = answer_lines(full_answer, Sheet(width, height, color, details=True))
    assert max(len(strip_colors(line)) for line in lines if "paramdyn run" not in line) <= width


def test_verdicts_come_first_then_sentences_tables_pictures_controls_notes(full_answer):
    text = "\n".join(answer_lines(full_answer, Sheet()))
    parts = ("supported ", "It came 0.0314 far", "How far layers moved", "Along a straight line",
             "Pearson r", "Distances", "With --details also: Each seed", "missing controls",
             "paramdyn run runs/lenet-a1b2 --controls", "2,000 test images")  # fmt: skip
    places = [text.index(part) for part in parts]
    assert sorted(places) == places


def test_details_come_when_asked_for(full_answer):
    head = "Each seed: layer4.0.downsample.0.weight"
    assert head in answer_lines(full_answer, Sheet(details=True))
    assert head not in answer_lines(full_answer, Sheet())


def test_a_verdict_tells_everything(full_answer):
    text = " ".join(" ".join(verdict_lines(full_answer.verdicts[0], Sheet())).split())
    assert (
        'supported "It comes back." q = d(E, A0) / d1 = 1.65; 95 % interval 1.21 to 2.25, '
        "n = 6 seeds null 1: another order the claim holds where it is at most 1.5 "
        "because q is small would change with a farther end"
    ) == text


def test_what_else_an_undecided_claim_needs_is_said(full_answer):
    verdict = full_answer.verdicts[3]
    other = replace(full_answer.verdicts[0].measured[0], statistic="s = d(E, S) / d(E, P)",
                    value=0.4, margin="at least 0.1")  # fmt: skip
    verdict = replace(verdict, measured=(other,), margin="at most 1.5")
    text = " ".join(" ".join(verdict_lines(verdict, Sheet())).split())
    needs = "it is at most 1.5, and where"
    assert f"{needs} - s = d(E, S) / d(E, P) is at least 0.1 (here 0.4)" in text
    decided = replace(verdict, word="supported")
    assert "and where" not in " ".join(verdict_lines(decided, Sheet()))
    page = markdown_page([replace(full_answer, verdicts=[verdict])], title="t", facts={},
                         pictures={("recovery", p.name): "" for p in full_answer.pictures},
                         terms=(), failed={})  # fmt: skip
    assert f"{needs} s = d(E, S) / d(E, P) is at least 0.1 (here 0.4)." in page


@pytest.mark.parametrize(
    ("value", "margin", "shown"),
    [
        (1.0046, "at most 1", "1.005"),
        (1.0, "at most 1", "1"),
        (0.99999, "at most 1", "0.99999"),
        (0.0998, "at least 0.1", "0.0998"),
        (0.09999, "at least 0.1", "0.09999"),
        (112.4, "at most 1", "112"),
        (0.99996, "exact", "0.99996"),
        (1.0, "exact", "1"),
        (0.4, "exact", "0.4"),
    ],
)
def test_a_value_never_reads_as_the_bound_that_it_misses(full_answer, value, margin, shown):
    """ "at most 1 (here 1)" would leave open on which side the run lies."""
    verdict = replace(full_answer.verdicts[0], value=value, margin=margin)
    assert statistic_of(verdict).startswith(f"{verdict.statistic} = {shown};")


def test_an_identity_has_no_interval_and_no_margin(full_answer):
    exact = replace(
        full_answer.verdicts[0], margin="exact", value=0.6213, interval=(0.6213, 0.6213)
    )
    assert "= 0.621; an exact count, n = 6 seeds" in statistic_of(exact)
    over = statistic_of(replace(exact, interval=(0.5, 0.7)))
    assert "exact counts, 0.5 to 0.7 over seeds" in over
    page = markdown_page([replace(full_answer, verdicts=[exact])], title="t", facts={},
                         pictures={("recovery", p.name): "" for p in full_answer.pictures},
                         terms=(), failed={})  # fmt: skip
    for text in ("\n".join(verdict_lines(exact, Sheet())), page):
        assert "it is exact" not in text
        assert "95 %" not in text.partition("##")[0]


def test_a_page_of_several_questions_begins_with_their_verdicts(full_answer):
    other = replace(full_answer, question="reach", verdicts=[], tables=[], pictures=[])
    shown = {("recovery", each.name): "" for each in full_answer.pictures}
    both = [full_answer, other]
    page = markdown_page(both, title="t", facts={}, failed={}, terms=(), pictures=shown)
    verdicts = page.partition("## Verdicts")[2].partition("\n## ")[0]
    assert "- recovery: **supported**: It comes back. (n = 6)" in verdicts
    assert f"- reach: {full_answer.summary[0]}" in verdicts
    assert len(full_answer.verdicts) + 1 == verdicts.count("\n- ")
    alone = markdown_page([other], title="t", facts={}, failed={}, terms=(), pictures={})
    assert "## Verdicts" not in alone


def test_terms_name_the_columns_that_they_explain(full_answer):
    """A term has a name of its own; readers know the headings."""
    columns = [
        Column("a", "u", "share", "silent"),
        Column("b", "start", "share", "silent", null=True),
    ]
    answer = replace(
        full_answer, tables=[Table("t", "T", columns, [{"a": 0.1, "b": 0.2}])], pictures=[]
    )
    term = Term("silent", "What kept its value.", "f", "n", "s")
    lines = "\n".join(term_lines([term], Sheet(), headings_of([answer])))
    assert "columns  u\n" in lines
    page = markdown_page([answer], title="t", facts={}, failed={}, terms=[term], pictures={})
    assert "- **silent** (columns: u): What kept its value." in page


def test_rounded_numbers_keep_their_zeros_and_exact_ones_do_not():
    cells = [cell_text(value, "number") for value in (1.0, 0.99997, 2.740001, 0.25, 12345.6)]
    assert ["1", "1.000", "2.740", "0.25", "12,346"] == cells


def test_markdown_about_one_run_does_not_name_it_in_each_row(full_answer):
    table = full_answer.tables[0]
    named = [{**row, "layer": full_answer.subjects[0]} for row in table.rows]
    pages = [
        markdown_page([replace(full_answer, tables=[replace(table, rows=rows)])], title="t",
                      facts={}, pictures={("recovery", p.name): "" for p in full_answer.pictures},
                      terms=(), failed={})
        for rows in (named, [*named[1:], table.rows[0]])
    ]  # fmt: skip
    assert ["| Layer |" in page for page in pages] == [False, True]


def test_titles_of_pictures_are_folded_never_cut(full_answer):
    title = "Loss on the straight line: " + " -> ".join(["lenet-digits-run-sgd-s0-00000000"] * 3)
    for picture in full_answer.pictures:
        lines = answer_picture(replace(picture, title=title), width=60, height=20, color=False)
        assert title in " ".join(lines)


def test_a_column_of_empty_texts_is_left_out(full_answer):
    table = full_answer.tables[0]
    rows = [{**row, "dead": ""} for row in table.rows]
    lines = answer_lines(replace(full_answer, tables=[replace(table, rows=rows)]), Sheet(width=200))
    assert not any("Dead" in line for line in lines)


def test_neighbours_share_equal_clauses(full_answer):
    from dataclasses import replace

    from paramdyn_tui.answers.verdicts import verdicts_parts

    one = full_answer.verdicts[3]
    other = replace(one, claim="Another one.")
    parts = verdicts_parts([full_answer.verdicts[0], one, other], Sheet())
    assert 4 == len(parts)
    assert "               both because" == parts[-1][0]
    text = "\n".join(line for part in parts for line in part)
    assert 1 == text.count("one seed shows nothing")
    assert "because q is small" in text


def test_one_seed_says_so_and_has_no_interval(full_answer):
    lines = [line.strip() for line in verdict_lines(full_answer.verdicts[3], Sheet())]
    assert "q = d(E, A0) / d1 = undefined; no interval, n = 1 seed" in lines


def test_the_word_is_coloured_and_spelled(full_answer):
    for verdict in full_answer.verdicts:
        first = verdict_lines(verdict, Sheet(color=True))[0]
        assert first.startswith("\x1b[1m\x1b[38;5;")
        assert strip_colors(first).startswith(verdict.word)


def test_plain_pages_hold_no_escape_and_ascii_ones_no_letter_beyond(full_answer):
    text = "\n".join(answer_lines(full_answer, Sheet()))
    assert "\x1b" not in text
    plain = to_ascii(text)
    assert plain.isascii()
    assert "?" not in plain.replace(" ?", "")


def test_a_hole_in_a_curve_is_a_gap(full_answer):
    lines = panel_of(full_answer.pictures[0]).lines
    assert [("twin", 8), ("raw", 3), ("", 4)] == [(line.label, len(line.x)) for line in lines]


def test_nulls_lie_below_and_are_told_from_each_other():
    x = np.arange(4.0)
    nulls = [Curve(f"null {n}", x, x / 2, null=True) for n in range(3)]
    picture = Curves("p", "P", "x", "y", [Curve("own", x, x / 2), *nulls])
    text = answer_picture(picture, width=60, height=20, color=False)
    assert "o own   . null 0   : null 1   ' null 2" == text[1]
    assert any("oooo" in line for line in text[3:])
    assert not any(":" in line for line in text[3:-1])
    drawn = answer_picture(picture, width=60, height=20, color=True)
    assert ["own", "null 0", "null 1", "null 2"] == re.findall(r"own|null \d", "".join(drawn[1:2]))
    assert "○" in drawn[1]


def test_an_answer_about_one_run_does_not_repeat_its_name(full_answer):
    run = full_answer.subjects[0]
    table = replace(full_answer.tables[0], title=f"Layers: {run}")
    hidden = replace(full_answer.tables[1], title=f"Seeds: {run}")
    curves = Curves("c", f"Way: {run}: start -> end", "x", "y",
                    [Curve(run, np.arange(2.0), np.ones(2)),
                     Curve(f"{run}: slope", np.arange(2.0), np.ones(2))])  # fmt: skip
    answer = replace(full_answer, tables=[table, hidden], pictures=[curves])
    lines = answer_lines(answer, Sheet())
    assert {"Layers", "Way: start -> end", "With --details also: Seeds."} <= set(lines)
    assert f"o {run}   ^ slope" in lines
    both = replace(answer, subjects=[run, "vgg"])
    assert f"Layers: {run}" in answer_lines(both, Sheet())


def test_subjects_come_with_status_and_step(report):
    lines = report_lines(report, Sheet())
    assert f"run1  {SUBJECTS[0].name}  finished, step 1,200" == lines[0]
    assert "run2  vgg  diverged" == lines[1]
    assert "\x1b[38;5;166mdiverged" in report_lines(report, Sheet(color=True))[1]


def test_several_questions_begin_with_their_verdicts(full_answer, report):
    both = Report("all", report.about, SUBJECTS, [full_answer], {"reach": "no such model."})
    lines = report_lines(both, Sheet())
    head = lines.index("verdicts")
    assert "supported      recovery  It comes back. (n = 6)" == lines[head + 1]
    assert "not answered   reach     no such model." in lines
    assert any(line.startswith("── recovery: whether it comes back ──") for line in lines)
    assert "no such model." == lines[-1]


def test_data_hold_everything_and_no_nan(report):
    import json

    data = report_data(report)
    text = json.dumps(data, allow_nan=False)
    [answer] = json.loads(text)["answers"]
    assert [1, "moved", "0 / 0"] == list(answer["tables"][0]["undefined"][0].values())
    assert answer["tables"][0]["rows"][1]["moved"] is None
    assert [None, None] == answer["verdicts"][3]["interval"]
    assert answer["pictures"][0]["curves"][0]["y"][3] is None
    assert answer["pictures"][1]["values"] == [[1.0, 0.25], [0.125, None]]


def test_the_page_word_for_word(golden, report):
    golden("analyze-80.txt", "\n".join(report_lines(report, Sheet(details=True))) + "\n")

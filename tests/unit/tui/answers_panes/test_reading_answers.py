"""What analyze --json prints is read back whole."""

import json
import math

import numpy as np
import pytest

from paramdyn.analysis.answer import Answer, Column, Table
from paramdyn.analysis.terms import Term
from paramdyn_tui.answers.reading import report_from
from paramdyn_tui.answers.report import Report, SubjectFacts, report_data, report_lines
from paramdyn_tui.answers.sheet import Sheet

FACTS = [SubjectFacts("lenet-a1b2", "/runs/lenet-a1b2", "finished", "lenet", "digits", 0, 20)]
TERMS = [
    Term("accuracy", "how often it is right", formula="k / n", null="1 / classes", reference="")
]


@pytest.fixture
def report(full_answer):
    return Report("recovery", {}, FACTS, [full_answer], {"reach": "no model"}, {"seed": 0},
                  {"torch": "2"}, TERMS)  # fmt: skip


def through_json(report):
    return report_from(json.loads(json.dumps(report_data(report))))


def test_reading_is_writing_backwards(report):
    assert report_data(report) == report_data(through_json(report))


def test_a_report_that_was_read_is_shown_as_the_one_that_was_computed(report):
    sheet = Sheet(width=90, height=40, color=True, details=True)
    read = through_json(report)
    expected = report_lines(Report(**{**_parts(report), "about": read.about}), sheet, explain=True)
    assert expected == report_lines(read, sheet, explain=True)


def _parts(report):
    return {name: getattr(report, name) for name in report.__dataclass_fields__}


def test_infinities_and_holes_come_back_as_numbers():
    columns = [Column("name", "Name", "text"), Column("x", "X")]
    rows = [{"name": "inf", "x": math.inf}, {"name": "b", "x": None}]
    table = Table("t", "T", columns, rows, {(1, "x"): "why"})
    [answer] = through_json(Report("all", {}, [], [Answer("reach", [], tables=[table])])).answers
    [read] = answer.tables
    assert [{"name": "inf", "x": math.inf}, {"name": "b", "x": None}] == list(read.rows)
    assert {(1, "x"): "why"} == read.reasons


def test_what_a_later_version_adds_is_left_out(report):
    data = report_data(report)
    data["subjects"][0]["more"] = 1
    data["answers"][0]["more"] = 1
    data["answers"][0]["verdicts"][0]["more"] = 1
    assert report_data(report) == report_data(report_from(data))


def test_holes_of_pictures_are_nan(report):
    pictures = {picture.name: picture for picture in through_json(report).answers[0].pictures}
    assert np.isnan(pictures["cka"].values[1, 1])
    assert np.isnan(pictures["path"].curves[0].y[3])
    assert [0.621, None] == pictures["partition"].parts["structural"]

"""Answers as rows: what the command line paints, in the styles of the theme."""

import itertools

import pytest

from paramdyn_tui.answers.report import Report, SubjectFacts
from paramdyn_tui.answers.sheet import Sheet
from paramdyn_tui.plotting.raster import strip_colors
from paramdyn_tui.tui.answer_panes.answer import Page, page_rows
from paramdyn_tui.tui.answer_panes.composing import missing_rows, picture_rows, report_rows
from paramdyn_tui.tui.answer_panes.desk import Found, Progress
from paramdyn_tui.tui.answer_panes.painted import CURVES, RISING, WORDS, painted_rows
from paramdyn_tui.tui.answer_panes.questions import Asked, draw_questions, verdict_spans
from paramdyn_tui.tui.cells import Look, Span, text_of, width_of
from paramdyn_tui.tui.palette import PALETTES

FACTS = [SubjectFacts("lenet-a1b2", "/runs/lenet-a1b2", "finished", "lenet", "digits", 0, 20)]
NAMES = ["all", "changed", "recovery"]


@pytest.fixture
def report(full_answer):
    return Report("recovery", {"recovery": "whether it comes back"}, FACTS, [full_answer])


def styles_of(rows):
    return {style for row in rows for _, style in row}


def test_sequences_become_styles_and_nothing_else_of_a_terminal_stays():
    [row] = painted_rows(["\x1b[1mhead\x1b[0m \x1b[38;5;244mfaint\x1b[0m \x1b[2Jwiped"], WORDS)
    assert (Span("head", "strong"), Span(" "), Span("faint", "dim")) == row[:3]
    assert "\x1b" not in text_of(row)


@pytest.mark.parametrize(
    ("line", "style"),
    [
        ("\x1b[38;5;231;48;5;53m 0.10 \x1b[0m", "mh0"),
        ("\x1b[38;5;16;48;5;227m 0.98 \x1b[0m", "mh11"),
        ("\x1b[38;5;53;48;5;227m▀\x1b[0m", "h0/11"),
        ("\x1b[38;5;53m▄\x1b[0m", "h0/g"),
    ],
)
def test_levels_of_a_matrix(line, style):
    assert [(Span(strip_colors(line), style),)] == painted_rows([line], RISING)


def test_series_have_the_colours_of_the_application():
    assert [(Span("━", "s1"),)] == painted_rows(["\x1b[38;5;166m━\x1b[0m"], CURVES)


@pytest.mark.parametrize("color", [True, False], ids=["colours", "plain"])
@pytest.mark.parametrize("width", [40, 76, 110])
def test_everything_that_was_found_is_there_and_fits(report, width, color):
    sheet = Sheet(width=width, height=30, color=color, details=True)
    rows = report_rows(report, sheet, explain=False)
    text = " ".join(" ".join(text_of(row) for row in rows).split())
    for words in ("supported", "artefact (symmetry orbit)", "q = d(E, A0) / d1 = 1.65",
                  "95 % interval 1.21 to 2.25, n = 6 seeds", "null 1: another order",
                  "would change with", "How far layers moved", "2,000 test images.",
                  "lacks order", "run runs/lenet-a1b2 --controls", "Pearson r"):  # fmt: skip
        assert words in text, words
    commands = {"$ paramdyn run runs/lenet-a1b2 --controls"}  # a command is never broken
    assert all(width_of(row) <= width or text_of(row).strip() in commands for row in rows)


def test_styles_of_pictures_are_known_to_every_theme(report):
    sheet = Sheet(width=90, height=30, color=True, details=True)
    rows = [row for each in report.answers[0].pictures for row in picture_rows(each, sheet)]
    found = styles_of(rows)
    assert {"s0", "b0", "strong"} <= found
    assert any(style.startswith("v") for style in found)
    assert any(style.startswith("mh") for style in found)
    for palette, style in itertools.product(PALETTES.values(), found - {"text"}):
        ink = palette.ink(style)
        assert ink.fore is not None or ink.back is not None or ink.bold, style


def test_each_command_that_makes_controls_is_named_once(full_answer):
    rows = missing_rows([*full_answer.missing, *full_answer.missing], Sheet(width=70))
    assert 1 == sum("--controls" in text_of(row) for row in rows)
    assert [] == missing_rows([], Sheet())


def page_text(page):
    return "\n".join(text_of(row) for row in page_rows(page, 76, 22, Look()))


def test_a_page_says_how_to_ask_how_far_it_is_or_why_there_is_no_answer():
    keys = {"ask": "⏎", "cancel": "X", "explain": "x"}
    unasked = Page("reach", "which parameters can ever get a gradient", runs=1, keys=keys)
    assert "⏎ computes it" in page_text(unasked)
    nothing = Page("reach", "which parameters", keys=keys)
    assert "No run is chosen." in page_text(nothing)
    computing = Page("reach", "", 1, None, Progress("kernels of a", 3, 12), keys=keys)
    assert "kernels of a" in page_text(computing)
    assert "3 of 12" in page_text(computing)
    assert "X gives it up" in page_text(computing)
    failed = Page("reach", "", 1, Found(problem="a: it kept no values. Fork another."), keys=keys)
    assert "it kept no values" in page_text(failed)


def test_verdicts_in_a_few_cells(report):
    several = verdict_spans(Found(report=report), 20)
    assert ["+1 ", "-1 ", "!1 ", "?1 "] == [span.text for span in several]
    assert ["good", "bad", "warn", "dim"] == [span.style for span in several]
    assert (Span("no answer", "bad"),) == verdict_spans(Found(problem="x"), 20)
    assert () == verdict_spans(None, 20)


@pytest.mark.parametrize(("width", "height"), [(34, 20), (80, 3), (46, 8), (20, 3)])
@pytest.mark.parametrize("at", [0, 2])
def test_the_question_at_the_cursor_is_always_shown(report, width, height, at):
    found = {"changed": Found(report=report)}
    asked = Asked(NAMES, at, found, "recovery", Progress("x", 1, 4), [("lenet-a1b2", "s0")])
    rows = draw_questions(asked, width, height, Look(), focused=True)
    assert NAMES[at] in "\n".join(text_of(row) for row in rows)
    assert height == len(rows)
    assert all(width == width_of(row) for row in rows)


@pytest.mark.parametrize("width", [30, 40, 60, 80])
@pytest.mark.parametrize("at", range(4))
def test_the_strip_of_questions_keeps_them_apart_and_whole(report, width, at):
    names = ["all", "changed", "distance", "recovery"]
    found = {"changed": Found(report=report), "recovery": Found(problem="no")}
    asked = Asked(names, at, found, "distance", Progress("x", 1, 4))
    text = text_of(draw_questions(asked, width, 3, Look(), focused=False)[1]).strip("│")
    words = text.split()
    every = ["all", "+changed", "…distance", "xrecovery"]
    assert words == every[every.index(words[0]) : every.index(words[0]) + len(words)]
    assert every[at] in words
    assert width < 60 or words == every

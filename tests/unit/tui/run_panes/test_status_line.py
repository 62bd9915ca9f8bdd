"""The line that says how a run stands."""

import pytest

from paramdyn.store.run_summary import STATUSES
from paramdyn_tui.safe_text import to_ascii
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.run_panes.status_line import status_picture, status_row


def test_all_that_fits_is_told(live_view, lines):
    (text,) = lines([status_row(live_view, 120, Look())], 120)
    for part in ("● RUNNING", "epoch 1/2", "50%", "step 10/20", "ETA 12s", "1,234 img/s",
                 "lr 0.01"):  # fmt: skip
        assert part in text


class Summary:
    """What the line reads of a run's summary."""

    def __init__(self, parent="", control_of="", arm="", perturbations=""):
        self.parent, self.control_of = parent, control_of
        self.arm, self.perturbations = arm, perturbations


PARENT = "lenet-digits-default-sgd-s0-44136fa3@240"
CHILD = Summary(PARENT, "", "child", "sign-flip")
TWIN = Summary(PARENT, "lenet-digits-run-sign-flip-sgd-s0-cf590d5e", "twin")
ROUNDED = Summary(PARENT, TWIN.control_of, "rounding-twin", "ulp:1,layers=conv1.weight")
LONG = Summary(PARENT, "", "child", "sign-flip:share=0.5,layers=conv1.weight + distort:1e-6")


@pytest.mark.parametrize(
    ("summary", "width", "told", "untold"),
    [
        (CHILD, 80, ["sign-flip", "step 10/20"], ["lr", " of "]),
        (CHILD, 100, ["sign-flip", "lr 0.01"], ["44136fa3"]),
        (CHILD, 160, ["lr 0.01   sign-flip of lenet-digits-default-sgd-s0-44136fa3@240"], []),
        (TWIN, 160, ["twin of lenet-digits-run-sign-flip-sgd-s0-cf590d5e"], ["44136fa3"]),
        (ROUNDED, 160, ["rounding-twin of lenet-digits-run-sign-flip"], ["ulp"]),
        (LONG, 160, ["sign-flip:share=0.5,lay…"], ["distort"]),
        (Summary(PARENT, "", "continued"), 160, ["continued of lenet"], []),
        (Summary(arm="base"), 160, ["lr 0.01"], ["base", " of "]),
        (None, 160, ["lr 0.01"], [" of "]),
    ],
)
def test_what_a_run_is_that_went_on_from_another(view_of, lines, summary, width, told, untold):
    view = view_of(summary=summary, learning_rate=0.01, images_per_s=1234.0)
    [text] = lines([status_row(view, width, Look())], width)
    assert all(each in text for each in told), text
    assert not any(each in text for each in untold), text


@pytest.mark.parametrize("width", [1, 10, 30, 60, 80, 200])
@pytest.mark.parametrize("status", STATUSES)
def test_any_width_is_exact(width, status, view_of, lines):
    assert lines([status_row(view_of(status=status), width, Look())], width)


def test_progress_never_says_all_before_it_is_all(view_of, lines):
    late = view_of(step=99999, total_steps=100000)
    assert ">99%" in lines([status_row(late, 90, Look())], 90)[0]


def test_a_silent_run_looks_the_same_until_a_step_is_reached(view_of):
    rows = {status_row(view_of(silence=s), 120, Look()) for s in (30.5, 40.0, 59.0)}
    assert len(rows) == 1
    assert rows != {status_row(view_of(silence=61.0), 120, Look())}


def test_signs_of_plain_terminals(view_of, lines):
    text = lines([status_row(view_of(), 100, Look(color=False, ascii_only=True))], 100)[0]
    assert text.isascii()
    assert "#" in text


def test_words_stand_below(view_of, lines):
    text = lines(status_picture(view_of(status="crashed"), "It is gone.", 40, 2, Look()), 40, 2)
    assert text[1].strip() == "It is gone."
    assert len(status_picture(view_of(), "", 40, 2, Look())) == 1
    assert "reading" in lines(status_picture(None, "", 40, 1, Look()), 40)[0]


def test_every_sign_that_screens_draw_with_has_a_likeness():
    assert "?" not in to_ascii("╭╮╰╯┏┓┗┛┃━│─╎┊╌▸▾▌◉◌◍●✔✖■‖∅⏎␣⇧↑↓←→°∇θΔ±…▁█░⣿▲▼◆")

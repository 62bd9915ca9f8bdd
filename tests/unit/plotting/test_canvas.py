import numpy as np
import pytest

from paramdyn_tui.plotting.canvas import Canvas
from paramdyn_tui.plotting.curves import chart
from paramdyn_tui.plotting.frame import Line, Mark, Panel

ALL = np.ones(2, bool)


def ends(*values):
    return np.array(values, dtype=float)


def test_diagonal_of_fine_dots():
    canvas = Canvas(2, 1)
    canvas.line(ends(0, 1), ends(0, 1), ALL, color=1)
    assert ["⡠⠊"] == canvas.lines(color=False)


def test_line_of_signs_has_no_gaps():
    canvas = Canvas(4, 8)
    canvas.line(ends(0, 1), ends(0, 1), ALL, color=1, sign="*")
    rows = canvas.lines(color=False)
    assert all("*" in row for row in rows)


def test_points_that_are_not_joined_stand_alone():
    canvas = Canvas(9, 1)
    canvas.line(ends(0, 1), ends(0, 0), np.array([True, False]), color=1, sign="*")
    assert ["*       *"] == canvas.lines(color=False)


def test_what_hides_what():
    canvas = Canvas(3, 1)
    canvas.line(ends(0.5), ends(0.5), np.array([True]), color=1, sign="*")
    canvas.column(0.5, "┊", color=2)
    canvas.row(0.5, "╌", color=3)
    assert ["╌*╌"] == canvas.lines(color=False)
    canvas.put(ends(0.5), ends(0.5), "●", color=4)
    assert ["\x1b[38;5;3m╌\x1b[0m\x1b[38;5;4m●\x1b[0m\x1b[38;5;3m╌\x1b[0m"] == canvas.lines(
        color=True
    )


def test_shade_lies_between_and_leaves_gaps():
    canvas = Canvas(8, 4)
    canvas.shade(
        ends(0, 0.4, 0.5, 1), ends(0.5, 0.5, np.nan, np.nan), ends(1, 1, np.nan, 1), color=1
    )
    rows = canvas.lines(color=False)
    assert rows[0][:2].strip()
    assert "" == rows[3].strip()
    assert "" == "".join(row[5:] for row in rows).strip()


def test_edges_are_one_dot_a_cell_and_leave_gaps():
    canvas = Canvas(8, 4)
    canvas.edges(ends(0, 0.4, 0.5, 1), ends(0, 0, np.nan, 0), ends(1, 1, np.nan, 1), color=1)
    rows = canvas.lines(color=False)
    assert ["⠁⠁⠁⠁   ⠈", " " * 8, " " * 8, "⡀⡀⡀⡀   ⢀"] == rows


def test_steep_edges_are_connected():
    canvas = Canvas(2, 6)
    canvas.edges(ends(0, 1), ends(0, 1), ends(0, 1), color=1)
    assert all(row.strip() for row in canvas.lines(color=False))


def test_what_is_outside_lies_at_the_edge():
    canvas = Canvas(3, 3)
    canvas.put(ends(-5, 7), ends(9, -9), "x", color=1)
    assert ["x  ", "   ", "  x"] == canvas.lines(color=False)


@pytest.mark.parametrize(
    "tens", [0, 1, *(pytest.param(tens, marks=pytest.mark.long) for tens in range(2, 10))]
)
def test_no_spike_is_ever_lost(tens):
    """One value among many, 200 times or 1,000: overlay, scales, size, marks, colour at random."""
    for trial in range(100):
        random = np.random.default_rng(100 * tens + trial)
        calm, spiked, place = calm_and_spiked(random)
        marks = [Mark(float(at), "L") for at in [*random.integers(1, 200, size=3), place]]
        options = {"log": bool(random.integers(2)), "log_x": bool(random.integers(2))}
        options |= {"marks": marks, "references": {"target": 3.0}}
        size = {"width": int(random.integers(40, 200)), "height": int(random.integers(8, 40))}
        size |= {"color": bool(random.integers(2)), "legend": False}
        before, after = (chart(panel_of(each, options), **size) for each in (calm, spiked))
        assert before != after, f"trial {trial}"


def calm_and_spiked(random):
    """Some noisy series, the same with one value that is far off, and where that is."""
    length = int(random.integers(200, 5_000))
    noise = 0.02 * random.standard_normal((int(random.integers(1, 5)), length))
    calm = 1.0 + noise
    calm[0, :2] = 3.5, 0.1  # so that the frame is the same
    spiked = calm.copy()
    place = int(random.integers(length // 10, length))
    spike = random.choice([3.0, 0.2, np.nan, np.inf, -np.inf])
    spiked[int(random.integers(len(calm))), place] = spike
    return calm, spiked, place + 1.0


def panel_of(series, options):
    looks = zip(series, "o^#*", "●▲■◆", strict=False)
    x = np.arange(1.0, series.shape[1] + 1)
    lines = [Line("run", x, y, 32, sign, glyph) for y, sign, glyph in looks]
    return Panel(lines, ["loss"], **options)

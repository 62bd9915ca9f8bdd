"""Numbers that are appended: views stay as they were, and steps are shared where that is right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn_tui.watching.series import GrowingArray, GrowingTable


def test_view_is_not_changed_by_what_comes_later():
    grown = GrowingArray()
    views = []
    for number in range(300):
        grown.append(np.array([float(number)]))
        views.append(grown.view())
    assert [list(range(n + 1)) for n in range(300)] == [view.tolist() for view in views]
    with pytest.raises(ValueError, match="read-only"):
        views[0][0] = 9.0


def test_rows_of_a_width():
    grown = GrowingArray(np.bool_, 3)
    grown.append(np.ones((2, 3), bool))
    grown.append(np.zeros((1, 3), bool))
    assert (3, 3) == grown.view().shape
    assert [True, True, False] == grown.view()[:, 0].tolist()


pieces = st.lists(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.floats(allow_nan=False), max_size=4), max_size=5
    ),
    max_size=6,
)


@given(pieces)
@settings(max_examples=80, deadline=None)
def test_table_is_the_same_as_a_list_for_each_quantity(found):
    table, slow, step = GrowingTable(leave_out=("d",)), {}, 0
    earlier = []
    for piece in found:
        steps = np.arange(step, step + len(piece))
        names = dict.fromkeys(name for record in piece for name in record)
        for record in piece:
            for name, value in record.items():
                if name != "d":
                    slow.setdefault(name, []).append((float(step), value))
            step += 1
        recorded = {name: np.array([name in record for record in piece]) for name in names}
        values = {name: np.array([record.get(name, np.nan) for record in piece]) for name in names}
        table.append(steps, values, recorded)
        now = {name: list(zip(*map(np.ndarray.tolist, pair), strict=True))
               for name, pair in table.views().items()}  # fmt: skip
        assert slow == now
        earlier.append((table.views(), now))
    for views, then in earlier:
        assert then == {name: list(zip(*map(np.ndarray.tolist, pair), strict=True))
                        for name, pair in views.items()}  # fmt: skip


def test_quantities_that_are_recorded_together_share_their_steps():
    table = GrowingTable()
    both, first = np.array([True, True]), np.array([True, False])
    for start in (0, 2):
        table.append(
            np.arange(start, start + 2),
            {name: np.zeros(2) for name in "abc"},
            {"a": both, "b": both, "c": first},
        )
    views = table.views()
    assert views["a"][0] is views["b"][0]
    assert [0.0, 2.0] == views["c"][0].tolist()
    table.append(np.array([4]), {"a": np.zeros(1)}, {"a": np.array([True])})
    views = table.views()
    assert (5, 4) == (len(views["a"][0]), len(views["b"][0]))

"""What a target may be, and on which charts it is."""

import pytest

from paramdyn_tui.tui.widgets.charted import Panel
from paramdyn_tui.tui.widgets.targets import target_of, with_target


@pytest.mark.parametrize(
    ("text", "value"), [("0.9", 0.9), (" 90% ", 0.9), ("1e-3", 0.001), ("-2", -2.0), ("", None)]
)
def test_a_number_or_a_percentage_is_a_target(text, value):
    assert value == target_of(text)


@pytest.mark.parametrize("text", ["x", "nan", "inf", "%", "1 2"])
def test_anything_else_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="is no number"):
        target_of(text)


def test_only_values_of_the_quantity_have_its_target():
    panel = Panel("test/loss", quantity="loss", references={"chance": 2.3})
    assert {"chance": 2.3, "target": 0.5} == with_target(panel, {"loss": 0.5}).references
    assert panel is with_target(panel, {"accuracy": 0.5})
    difference = Panel("a", quantity="loss", is_difference=True)
    assert difference is with_target(difference, {"loss": 0.5})

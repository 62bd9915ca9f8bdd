"""Which names a pattern chooses."""

import pytest

from paramdyn_tui.tui.widgets.charted import chosen

NAMES = ["train/loss", "train/accuracy", "test/loss", "gradient_norm"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("", NAMES), ("loss", ["train/loss", "test/loss"]), ("train/*", NAMES[:2]),
     ("/^t.*s$/", ["train/loss", "test/loss"]), ("loss !test", ["train/loss"]),
     ("!train", NAMES[2:]), ("accuracy,norm", ["train/accuracy", "gradient_norm"]),
     ("LOSS", ["train/loss", "test/loss"]), ("nothing", [])],
)  # fmt: skip
def test_words_globs_and_expressions(pattern, found):
    assert chosen(NAMES, pattern) == found


def test_what_is_no_expression_is_said():
    with pytest.raises(ValueError, match=r"/\(/ is no regular expression"):
        chosen(NAMES, "/(/")

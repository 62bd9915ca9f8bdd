import pytest

from paramdyn.errors import BadRequest
from paramdyn.signatures import (
    call_with_options,
    check_options,
    first_line,
    parameters_of,
    takes_any_keyword,
)


def positional(first, second=1, *, third=2):
    return first, second, third


def test_parameters_are_those_that_a_keyword_can_give():
    assert ["first", "second", "third"] == list(parameters_of(positional))
    assert not takes_any_keyword(positional)
    assert takes_any_keyword(lambda **options: options)


def test_all_unknown_options_are_named_with_the_nearest_and_the_accepted_ones():
    with pytest.raises(BadRequest) as caught:
        check_options("optimizer.options", ["momentun", "zzz"], ["momentum", "nesterov"])
    assert str(caught.value) == (
        "optimizer.options: unknown option 'momentun'. Did you mean 'momentum'?\n"
        "optimizer.options: unknown option 'zzz'.\n"
        "optimizer.options: accepted options: momentum, nesterov."
    )


def test_a_user_cannot_give_what_the_engine_gives():
    for options in ({"first": 5}, {"second": 5}):
        with pytest.raises(BadRequest, match="accepted options: third"):
            call_with_options("here", positional, (1,), keywords={"second": 2}, options=options)
    given = call_with_options(
        "here", positional, (1,), keywords={"second": 3}, options={"third": 4}
    )
    assert (1, 3, 4) == given


def test_first_line_of_an_error():
    assert "ValueError: too small" == first_line(ValueError("too small.\nlong story"))
    assert "ValueError" == first_line(ValueError())

from __future__ import annotations

import math

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.perturbation_text import format_perturbation, parse_perturbation
from paramdyn.specs.run_spec import PerturbationSpec


def test_name_amount_and_fields():
    expected = PerturbationSpec(
        name="distort", layers="conv*|fc1.*", norms=False, options={"amount": 1e-6}
    )
    assert expected == parse_perturbation("distort:1e-6,layers=conv*|fc1.*,norms=false")
    assert expected == parse_perturbation(" distort : 1e-6 , layers = conv*|fc1.* , norms=false ")
    assert "distort:1e-06,layers=conv*|fc1.*,norms=false" == format_perturbation(expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("-2.5", -2.5),
        (".5", 0.5),
        ("inf", math.inf),
        ("true", True),
        ("abc", "abc"),
        ('"true"', "true"),
        ('"a,b"', "a,b"),
        ('"a\\"b"', 'a"b'),
        ("[1,2]", [1, 2]),
        ('{"a": [1]}', {"a": [1]}),
    ],
)
def test_values(text, value):
    options = parse_perturbation(f"mine,key={text}").options
    assert {"key": value} == options
    assert type(value) is type(options["key"])


def test_layers_are_always_text():
    assert "7" == parse_perturbation("noise,layers=7").layers
    assert "conv[1,2].*" == parse_perturbation("noise,layers=conv[1,2].*").layers
    assert "a,b" == parse_perturbation('noise,layers="a,b"').layers


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it has no name"),
        (":1", "it has no name"),
        ("noise:", "a value is empty"),
        ("noise,layers", "found 'layers' where key=value was expected"),
        ('no"i"se', "where a name was expected"),
        ("noise,a b=1", "found 'a b=1' where key=value was expected"),
        ("noise,", "found '' where key=value was expected"),
        ("noise,a=1,a=2", "'a' is given twice"),
        ("noise:1,amount=2", "'amount' is given twice"),
        ('noise,a="b', "not closed"),
        ("noise,a=[1", "not closed"),
        ("noise,a=[x]", "not valid JSON"),
        ("noise,norms=maybe", "norms: found 'maybe', expected true or false"),
        ('noise,a="\\ud800"', "cannot be written as UTF-8"),
        ("noise:99999999999999999999", "at most 64 bits"),
    ],
)
def test_unreadable_text(text, reason):
    with pytest.raises(SpecError) as caught:
        parse_perturbation(text)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"perturbation {text!r}: ")


def test_defaults_are_not_written():
    assert "sign-flip" == format_perturbation(PerturbationSpec())


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"share": 1.0}, "sign-flip"), ({"share": 1}, "sign-flip"), ({}, "sign-flip"),
     ({"share": 0.5}, "sign-flip,share=0.5")],
)  # fmt: skip
def test_an_option_is_written_when_it_is_not_the_catalogues(options, expected):
    assert expected == format_perturbation(PerturbationSpec(options=options))


@pytest.mark.parametrize("text", ["distort:1e-06", "ulp:1", "sign-flip,buffers=all", "sign-flip"])
def test_an_amount_and_buffers_are_always_written(text):
    spec = parse_perturbation(text)
    assert text == format_perturbation(spec)
    assert ("all" if "buffers" in text else "none") == spec.buffers


def test_buffers_are_text():
    with pytest.raises(SpecError, match="buffers: found True, expected a text"):
        parse_perturbation("sign-flip,buffers=true")
    with pytest.raises(SpecError, match="'buffers' is given twice"):
        parse_perturbation("sign-flip,buffers=all,buffers=means")

"""Styles are parsed once, and all of them anew only for other variables."""

import pytest
from textual.css import stylesheet as textual_stylesheet
from textual.css.tokenizer import TokenError

from paramdyn_tui.tui.stylesheet import OnceParsed


@pytest.fixture
def parsed(monkeypatch):
    """The texts that are parsed, in their order."""
    texts, parse = [], textual_stylesheet.parse

    def noting(scope, css, *given, **more):
        texts.append(css)
        return parse(scope, css, *given, **more)

    monkeypatch.setattr(textual_stylesheet, "parse", noting)
    return texts


def colors(sheet):
    return [rule.styles.color.hex for rule in sheet.rules]


def test_what_is_parsed_is_not_parsed_again(parsed):
    sheet = OnceParsed(variables={"ink": "red"})
    sheet.add_source("A { color: $ink; }")
    sheet.parse()
    sheet.set_variables({"ink": "red"})
    sheet.add_source("B { color: blue; }")
    sheet.reparse()
    sheet.reparse()
    assert ["A { color: $ink; }", "B { color: blue; }"] == parsed
    assert ["#FF0000", "#0000FF"] == colors(sheet)


def test_other_variables_are_seen():
    sheet = OnceParsed(variables={"ink": "red"})
    sheet.add_source("A { color: $ink; }")
    sheet.parse()
    for ink, color in (("blue", "#0000FF"), ("red", "#FF0000")):
        sheet.set_variables({"ink": ink})
        sheet.reparse()
        assert [color] == colors(sheet)


def test_where_parsing_fails_the_rules_before_it_stand():
    sheet = OnceParsed(variables={})
    sheet.add_source("A { color: red; }")
    sheet.parse()
    before = sheet.rules
    sheet.add_source("B { color }")
    with pytest.raises(TokenError):
        sheet.reparse()
    assert sheet._rules is before

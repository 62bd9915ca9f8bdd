from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from paramdyn.errors import PluginError, UnknownName
from paramdyn.registry import Entry, Registry, nearest_names, unknown_name


@pytest.fixture
def fruits(monkeypatch):
    """A registry of two entries, in a world without entry points."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    return Registry(
        "fruit",
        "fruits",
        [
            Entry("apple", "colorsys:rgb_to_hsv", "a round one", {"weight": 1.0}),
            Entry("pear", "no_such_module_anywhere:pear"),
        ],
    )


def test_listing_imports_nothing(fruits):
    sys.modules.pop("colorsys", None)
    assert ["apple", "pear"] == fruits.names() == list(fruits)
    assert [None, {"weight": 1.0}] == [e.options for e in reversed(fruits.entries())]
    assert "a round one" == fruits.entry("apple").summary
    assert "apple" in fruits
    assert "colorsys" not in sys.modules


def test_get_imports_the_target_once(fruits):
    assert "rgb_to_hsv" == fruits.get("apple").__name__
    assert fruits.get("apple") is fruits.get("apple")


def test_unknown_names_suggest_the_nearest(fruits):
    message = "unknown fruit 'appl'. Did you mean 'apple'? All names: paramdyn catalog fruits."
    with pytest.raises(UnknownName) as caught:
        fruits.get("appl")
    assert message == str(caught.value)
    assert f"spec: {message}" == fruits.unknown("appl", "spec")


def test_unknown_names_like_none_suggest_nothing():
    assert "unknown fruit 'q'. All names: here." == unknown_name(
        "fruit", "q", ["apple"], listing="here"
    )


def test_nearest_names_ignore_case_and_keep_spelling():
    assert ["RMSprop"] == nearest_names("rmsprp", ["RMSprop", "Adagrad"])
    assert [] == nearest_names("q", ["RMSprop"])
    assert 2 == len(nearest_names("aaa", ["aaab", "aaac", "aaad"], 2))


def test_a_target_that_cannot_be_imported_is_explained(fruits):
    with pytest.raises(PluginError, match=r"fruit 'pear' \(paramdyn\): cannot import 'no_such_mod"):
        fruits.get("pear")


def test_register_adds_a_name_with_the_first_line_of_its_docstring(fruits):
    @fruits.register("plum", options={"stone": True})
    def plum():
        """A blue one.

        Sweet.
        """

    assert plum is fruits.get("plum")
    entry = fruits.entry("plum")
    assert ("A blue one.", {"stone": True}, "plug-in") == (
        entry.summary,
        entry.options,
        entry.owner,
    )
    assert ["apple", "pear", "plum"] == fruits.names()


def test_registering_the_same_thing_again_changes_nothing(fruits):
    def plum():
        pass

    fruits.register("plum")(plum)
    fruits.register("plum")(plum)
    assert ["apple", "pear", "plum"] == fruits.names()


def test_a_taken_name_is_refused(fruits):
    with pytest.raises(PluginError, match=r"'apple' is registered twice: by paramdyn \(colorsys:"):
        fruits.register("apple")(print)
    assert "rgb_to_hsv" == fruits.get("apple").__name__


class Distribution:
    name = "fruit-shop"


def installed(monkeypatch, **points):
    found = [
        EntryPoint(name, value, "paramdyn.fruits")._for(Distribution())
        for name, value in points.items()
    ]
    asked = []

    def entry_points(*, group):
        asked.append(group)
        return found

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    return asked


def test_entry_points_add_names_and_are_read_once(fruits, monkeypatch):
    asked = installed(monkeypatch, fig="colorsys:hsv_to_rgb")
    assert ["apple", "pear", "fig"] == fruits.names()
    assert 3 == len(fruits.entries())
    assert "fruit-shop" == fruits.entry("fig").owner
    assert "hsv_to_rgb" == fruits.get("fig").__name__
    assert ["paramdyn.fruits"] == asked


def test_built_in_names_do_not_look_at_entry_points(fruits, monkeypatch):
    asked = installed(monkeypatch)
    fruits.get("apple")
    assert [] == asked


def test_an_entry_point_with_a_taken_name_is_refused(fruits, monkeypatch):
    installed(monkeypatch, apple="colorsys:hsv_to_rgb")
    with pytest.raises(PluginError, match=r"by fruit-shop \(colorsys:hsv_to_rgb\). Uninstall one"):
        fruits.names()

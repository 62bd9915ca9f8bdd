"""The table of actions is sound: a key means one thing at a place, and the page lists all."""

import collections
import itertools

import pytest

from paramdyn_tui.tui.actions.action import key_name, key_names
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.page import keys_page
from paramdyn_tui.tui.actions.table import ACTIONS, BY_ID, SCOPES, of_scope

PANES_ON_SCREENS = {"charts": ("run", "compare")}
"""Scope of a pane -> scopes of the screens that it stands on."""


def keys_of(scope):
    return [key.strip() for action in of_scope(scope) for key in action.keys.split(",")]


def test_ids_are_unique_and_plain():
    assert len(BY_ID) == len(ACTIONS)
    assert all(name.replace(".", "").replace("_", "").isalnum() for name in BY_ID)


def test_every_action_has_a_scope_a_title_and_a_sentence():
    for action in ACTIONS:
        assert action.scope in SCOPES
        assert 0 < len(action.title) <= 14, action.id
        assert action.help[0].isupper(), action.id
        assert action.help.endswith("."), action.id


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_means_one_thing_in_a_scope(scope):
    twice = [key for key, n in collections.Counter(keys_of(scope)).items() if n > 1]
    assert twice == []


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope not in ("app", "help")])
def test_no_place_hides_a_key_that_works_everywhere(scope):
    assert set(keys_of(scope)) & set(keys_of("app")) == set()


@pytest.mark.parametrize(
    ("pane", "screen"),
    [(pane, screen) for pane, screens in PANES_ON_SCREENS.items() for screen in screens],
)
def test_no_pane_hides_a_key_of_its_screen(pane, screen):
    assert set(keys_of(pane)) & set(keys_of(screen)) == set()


def test_footer_ranks_are_unique_where_they_stand_side_by_side():
    for scope in SCOPES:
        ranks = [a.footer for a in itertools.chain(of_scope(scope), of_scope("app")) if a.footer]
        assert scope == "app" or len(ranks) == len(set(ranks)), scope


def test_the_page_lists_every_action_with_its_keys():
    page = keys_page()
    for action in ACTIONS:
        line = next(line for line in page.splitlines() if line.endswith(f"`{action.id}`"))
        assert all(f"`{name}`" in line for name in key_names(action.keys))
        assert action.help in line


def test_bindings_carry_ids_so_that_a_keymap_can_move_them():
    for scope in SCOPES:
        ids = [binding.id for binding in bindings(scope)]
        assert ids == [action.id for action in of_scope(scope)]


def test_an_unknown_scope_is_refused():
    with pytest.raises(KeyError):
        of_scope("nowhere")


def test_names_of_keys():
    assert [key_name(key) for key in ("question_mark", "ctrl+p", "f1", "shift+tab", "y")] == [
        "?", "^p", "F1", "⇧tab", "y",
    ]  # fmt: skip

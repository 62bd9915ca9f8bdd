"""What is remembered comes back; a spoilt file costs nothing but what it held."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.settings import (
    Configuration,
    Settings,
    load_configuration,
    load_settings,
    save_settings,
)


def test_what_is_saved_comes_back(tmp_path):
    path = tmp_path / "deep" / "tui.json"
    settings = Settings(theme="light", smoothing=0.9, log=["loss"], side=40, references=False,
                        targets={"accuracy": 0.9})  # fmt: skip
    save_settings(settings, path)
    assert load_settings(path) == settings


def test_an_absent_file_is_as_at_the_first_time(tmp_path):
    assert load_settings(tmp_path / "tui.json") == Settings()
    assert load_configuration(tmp_path / "tui.toml") == Configuration()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"side": "wide", "theme": 3}',
        b'{"targets": {"loss": "low"}}',
        b'{"targets": {"loss": NaN}}',
        b'{"targets": {"a": true}}',
    ],
)
def test_a_spoilt_file_is_as_at_the_first_time(tmp_path, content):
    (tmp_path / "tui.json").write_bytes(content)
    assert load_settings(tmp_path / "tui.json") == Settings()


VALUES = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "b"])

ENTRIES = VALUES | st.lists(VALUES) | st.dictionaries(st.sampled_from(["loss", "x"]), VALUES)


@given(st.dictionaries(st.sampled_from(list(vars(Settings()))), ENTRIES))
def test_every_entry_has_the_kind_that_it_should(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("state") / "tui.json"
    path.write_text(json.dumps(content))
    found, usual = load_settings(path), Settings()
    for name, value in vars(usual).items():
        wanted = (int, float) if isinstance(value, float) else type(value)
        assert isinstance(getattr(found, name), wanted)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    save_settings(Settings(), tmp_path / "file" / "tui.json")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_configuration_moves_keys(tmp_path):
    path = tmp_path / "tui.toml"
    path.write_text('theme = "light"\n[keys]\n"charts.log_y" = "ctrl+l"\n')
    assert load_configuration(path) == Configuration("light", {"charts.log_y": "ctrl+l"})


def test_all_that_is_wrong_with_the_configuration_is_said(tmp_path):
    path = tmp_path / "tui.toml"
    path.write_text('colour = 1\ntheme = 3\n[keys]\n"charts.logy" = "l"\n"app.quit" = 4\n')
    found = load_configuration(path)
    assert (found.theme, found.keys) == ("", {})
    assert len(found.problems) == 4
    assert "charts.log_y" in " ".join(found.problems)
    path.write_text("theme = ")
    assert "cannot be read" in load_configuration(path).problems[0]

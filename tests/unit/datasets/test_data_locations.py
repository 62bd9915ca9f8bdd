"""Options before variables, variables before the platform's folders."""

from pathlib import Path

import platformdirs

from paramdyn.datasets import data_folder
from paramdyn.datasets.locations import cache_folder


def test_the_option_decides(monkeypatch):
    monkeypatch.setenv("PARAMDYN_DATA", "/from/variable")
    assert Path("/from/option") == data_folder("/from/option")
    assert Path("/from/variable") == data_folder(None) == data_folder("")


def test_the_cache_folder_is_the_last_resort(monkeypatch):
    monkeypatch.delenv("PARAMDYN_DATA")
    monkeypatch.setenv("PARAMDYN_CACHE", "/cache")
    assert Path("/cache/data") == data_folder()
    monkeypatch.delenv("PARAMDYN_CACHE")
    assert Path(platformdirs.user_cache_dir("paramdyn", appauthor=False)) == cache_folder()


def test_the_home_folder_is_understood(monkeypatch):
    monkeypatch.setenv("HOME", "/someone")
    assert Path("/someone/data") == data_folder("~/data")

"""Resuming and repeating a run look for its data where it found them."""

from pathlib import Path

import pytest

from paramdyn_tui.cli.data_option import data_arguments


@pytest.fixture
def earlier(tiny_spec, runs_dir, tmp_path, monkeypatch):
    from paramdyn.training.run import train_run

    monkeypatch.delenv("PARAMDYN_DATA")
    (tmp_path / "images").mkdir()
    return train_run(tiny_spec, runs=runs_dir, data_folder=tmp_path / "images").path


def test_an_earlier_run_s_folder_is_used_unless_another_is_asked_for(
    earlier, tmp_path, monkeypatch
):
    assert data_arguments(None, earlier) == ["--data", str(tmp_path / "images")]
    assert data_arguments("there", earlier) == ["--data", "there"]
    monkeypatch.setenv("PARAMDYN_DATA", "elsewhere")
    assert data_arguments(None, earlier) == []


def test_without_a_usable_earlier_folder_the_default_decides(earlier, tmp_path):
    (tmp_path / "images").rmdir()
    assert data_arguments(None, earlier) == []
    assert data_arguments(None, tmp_path) == []
    assert data_arguments(None, None) == []
    assert data_arguments(None, Path("nowhere")) == []

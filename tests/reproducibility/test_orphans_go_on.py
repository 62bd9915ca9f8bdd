"""A child whose parent is deleted goes on from its checkpoint, and ends with the same bytes."""

import errno
import os
from dataclasses import replace

import pytest

from paramdyn.errors import RunIncomplete
from paramdyn.specs import InitializerSpec, RecordingSpec
from paramdyn.specs.perturbation_text import parse_perturbation
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import read_state
from paramdyn.training.run import resume_run, train_run
from paramdyn_tui.__main__ import main
from paramdyn_tui.plotting.histograms import read_histograms

pytestmark = pytest.mark.slow


@pytest.fixture
def train(runs_dir):
    return lambda spec, **more: train_run(spec, runs=runs_dir, data_folder=runs_dir, **more)


def after(batches):
    """Return what asks to stop after so many batches."""
    left = iter(range(batches))
    return lambda: next(left, None) is None


def shared(folder):
    files = [folder.path / f"{name}.jsonl" for name in ("metrics", "drift", "events")]
    files += folder.layout.snapshots.iterdir()
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture
def family(train, tiny_spec):
    """Parent, undisturbed child, the same child stopped early, and one that never got far."""
    tiny_spec = replace(
        tiny_spec, recording=RecordingSpec(when="every:5", snapshots=("init", "every:1", "final"))
    )
    parent = train(tiny_spec)

    def child(step, perturbation, **more):
        spec = replace(
            tiny_spec,
            initializer=InitializerSpec(name=f"run:{parent.name}{step}"),
            perturbations=(parse_perturbation(perturbation),),
            recording=RecordingSpec(when="every:5", snapshots=("final",)),
        )
        return train(spec, **more)

    kinds = (("@8", "reinit"), ("", "sign-flip"))
    whole = [child(*kind) for kind in kinds]
    return parent, whole, [child(*kind, should_stop=after(3)) for kind in kinds]


@pytest.mark.parametrize("links", [True, False])
def test_orphans_end_with_the_bytes_of_children(links, family, runs_dir, monkeypatch, capsys):
    parent, whole, stopped = family
    if not links:

        def refuse(*_):
            raise OSError(errno.EXDEV, "another disk")

        monkeypatch.setattr(os, "link", refuse)
    snapshots = parent.layout.snapshots
    size = sum((snapshots / f"step-{step:08}.safetensors").stat().st_size for step in (8, 20))
    assert 0 == main(["rm", parent.name, "--orphan", "--yes", "--runs", str(runs_dir)])
    said = capsys.readouterr().err
    assert f"Each keeps the snapshot it started from ({size / 1e3:.1f} kB in all)" in said
    assert not parent.path.exists()
    for before, folder in zip(whole, stopped, strict=True):
        assert "stopped" == read_state(folder.layout).status
        resume_run(folder, data_folder=runs_dir)
        assert "finished" == read_state(folder.layout).status
        assert shared(before) == shared(folder)
        origin = folder.layout.origin.stat()
        assert (2 if links else 1) <= origin.st_nlink
    assert "its parent" == read_histograms(whole[0]).before


def test_without_it_the_run_cannot_go_on(family, runs_dir):
    parent, _, [folder, _] = family
    assert 0 == main(["rm", parent.name, "--orphan", "--yes", "--runs", str(runs_dir)])
    folder.layout.origin.unlink()
    with pytest.raises(RunIncomplete, match="starts from a run that is not there"):
        resume_run(folder, data_folder=runs_dir)


def test_an_impostor_is_not_taken_for_the_parent(family, runs_dir, train, tiny_spec):
    """Another run got the parent's name: the child's own file counts."""
    parent, [whole, _], [folder, _] = family
    assert 0 == main(["rm", parent.name, "--orphan", "--yes", "--runs", str(runs_dir)])
    train(replace(tiny_spec, seed=9)).path.rename(parent.path)
    resume_run(folder, data_folder=runs_dir)
    assert shared(whole) == shared(folder)


def test_a_full_disk_keeps_the_parent(family, runs_dir, monkeypatch, capsys):
    from paramdyn.store.upkeep import orphans

    parent, _, stopped = family

    def refuse(*_):
        raise OSError(errno.EXDEV, "another disk")

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(orphans, "write_all", full)
    assert 1 == main(["rm", parent.name, "--orphan", "--yes", "--runs", str(runs_dir)])
    assert "the disk is full" in capsys.readouterr().err
    assert parent == RunFolder.open(parent.path)
    assert not any(folder.layout.origin.exists() for folder in stopped)

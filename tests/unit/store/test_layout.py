from pathlib import Path

from paramdyn.store.layout import Layout


def test_where_each_file_lies():
    layout = Layout(Path("run"))
    names = (
        "spec manifest state metrics drift events timing log control checkpoint lock snapshots "
        "plugins"
    )
    assert [str(getattr(layout, name).relative_to("run")) for name in names.split()] == [
        "spec.toml",
        "run.json",
        "state.json",
        "metrics.jsonl",
        "drift.jsonl",
        "events.jsonl",
        "timing.jsonl",
        "log.txt",
        "control",
        "checkpoint.pt",
        "lock",
        "snapshots",
        "plugins",
    ]
    assert layout.snapshot(468) == Path("run/snapshots/step-00000468.safetensors")
    assert layout.best_snapshot == Path("run/snapshots/best.safetensors")


def test_the_readme_of_run_folders_names_each_file():
    readme = (Path(__file__).parents[3] / "runs" / "README.md").read_text(encoding="utf-8")
    layout = Layout(Path("run"))
    names = [
        path.name
        for name in dir(Layout)
        if isinstance(path := getattr(layout, name), Path) and name != "path"
    ]
    assert len(names) == 15
    assert [name for name in names if name not in readme] == []

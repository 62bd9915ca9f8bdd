"""What was looked at in a runs folder is there again, in its colours; what is gone is left out."""

import json

import pytest

from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.settings import Settings, load_settings
from paramdyn_tui.tui.start import first_screen
from paramdyn_tui.tui.visits import (
    FILE_NAME,
    MOST_VISITS,
    Memory,
    Visit,
    load_visit,
    restore,
    save_visit,
    visit_of,
)


@pytest.fixture
def runs(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "spec.toml").touch()
    return tmp_path / "runs"


def looked_at(runs):
    bench = Bench(runs, open_run=runs / "a", marked=[runs / "c", runs / "b"], baseline=runs / "b")
    for name in ("a", "b", "c"):
        bench.color_of(name)
    return bench


def test_the_same_is_there_again(tmp_path, runs):
    bench, settings, path = looked_at(runs), Settings(), tmp_path / "state" / "tui.json"
    memory = Memory(bench, settings, path)
    settings.axis = "step"
    memory.keep("compare")

    fresh = Bench(runs)
    visit = Memory(fresh, Settings(), path).recall()
    restore(fresh, visit)
    assert visit.screen == "compare"
    assert (fresh.open_run, fresh.baseline) == (bench.open_run, bench.baseline)
    assert fresh.marked == bench.marked
    assert [fresh.color_of(name) for name in "bc"] == [bench.color_of(name) for name in "bc"]
    assert load_settings(path).axis == "step"


def test_nothing_is_written_when_nothing_has_changed(tmp_path, runs):
    bench, path = looked_at(runs), tmp_path / "tui.json"
    memory = Memory(bench, Settings(), path)
    memory.keep("runs")
    assert not path.exists()  # settings are as they were read
    memory.visits.unlink()
    memory.keep("runs")
    assert not memory.visits.exists()
    bench.mark(runs / "a")
    memory.keep("runs")
    assert memory.visits.exists()


def test_runs_that_are_gone_are_left_out_and_an_opened_one_stays(runs):
    bench = Bench(runs, open_run=runs / "c")
    restore(bench, Visit(open_run="a", marked=["gone", "b"], baseline="gone", colors={"gone": 1}))
    assert (bench.open_run, bench.marked, bench.baseline) == (runs / "c", [runs / "b"], None)
    assert bench.color_of("b") == 0


def test_a_run_elsewhere_is_found_again(tmp_path, runs):
    other = tmp_path / "elsewhere" / "x"
    other.mkdir(parents=True)
    (other / "spec.toml").touch()
    visit = visit_of(Bench(runs, open_run=other), "run")
    bench = Bench(runs)
    restore(bench, visit)
    assert bench.open_run == other


def test_each_folder_has_its_own_and_the_oldest_is_forgotten(tmp_path):
    path = tmp_path / FILE_NAME
    folders = [tmp_path / f"runs-{number}" for number in range(MOST_VISITS + 2)]
    for number, folder in enumerate(folders):
        save_visit(Visit(open_run=str(number)), path, folder)
        save_visit(Visit(open_run="first"), path, folders[0])
    assert load_visit(path, folders[0]).open_run == "first"
    assert load_visit(path, folders[1]) == Visit()
    assert load_visit(path, folders[-1]).open_run == str(MOST_VISITS + 1)


@pytest.mark.parametrize(
    "content", ["", "[]", "[" * 100_000, '{"RUNS": 3}', '{"RUNS": {"marked": 1, "screen": [], '
                '"colors": {"a": "red", "b": -1}, "baseline": null}}'],
)  # fmt: skip
def test_a_spoilt_file_is_as_at_the_first_time(tmp_path, content):
    path = tmp_path / FILE_NAME
    path.write_text(content.replace("RUNS", str(tmp_path)))
    assert load_visit(path, tmp_path) == Visit()
    save_visit(Visit(screen="logs"), path, tmp_path)
    assert json.loads(path.read_text())[str(tmp_path)]["screen"] == "logs"


def test_a_name_that_is_no_name_is_no_run(runs):
    bench = Bench(runs)
    restore(bench, Visit(open_run="\0", marked=["", "x" * 300]))
    assert (bench.open_run, bench.marked) == (None, [])


@pytest.mark.parametrize(
    ("remembered", "first"),
    [("compare", "compare"), ("layers", "layers"), ("system", "system"), ("spoilt", "runs")],
)
def test_the_screen_that_was_open_is_opened(runs, remembered, first):
    assert first_screen(looked_at(runs), remembered) == first


@pytest.mark.parametrize("remembered", ["run", "layers", "logs", "compare", "analyze"])
def test_a_screen_about_nothing_is_not_opened(runs, remembered):
    assert first_screen(Bench(runs), remembered) == "runs"

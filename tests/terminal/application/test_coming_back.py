"""A viewer may be killed at any moment: opened anew it shows the same; dialogs hide nothing."""

import asyncio

import pytest

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.forms.landing import Started, land
from paramdyn_tui.tui.settings import Configuration, Settings
from paramdyn_tui.tui.visits import Memory, load_visit, restore


@pytest.fixture
def remembering(bench_template, home, monkeypatch):
    """An application that remembers at once, what it looks at, and what writes that."""
    monkeypatch.setattr("paramdyn_tui.tui.app.REMEMBER_SECONDS", 0.01)
    bench, settings = Bench(bench_template[0]), Settings()
    memory = Memory(bench, settings, home / "tui.json")
    app = ParamdynApp(
        bench, look=Look(), settings=settings, configuration=Configuration(), memory=memory
    )
    return app, bench, memory


def test_what_keys_change_is_written_before_the_application_is_left(remembering, home, eventually):
    app, bench, memory = remembering
    runs = bench.runs

    async def session():
        async with app.run_test(size=(80, 24)) as pilot:
            await eventually(pilot, lambda: bench.list_seen is not None)
            await pilot.press("space", "ctrl+t", "3")
            await eventually(pilot, lambda: load_visit(memory.visits, runs).screen == "compare")
            return load_visit(memory.visits, runs)

    visit = asyncio.run(session())
    assert visit.marked == [path.name for path in bench.marked] != []
    assert '"light"' in (home / "tui.json").read_text()


def test_where_a_fork_leads_is_written_though_no_key_follows(
    remembering, bench_template, eventually
):
    """Its runs take seconds to start: by then what its last key had changed is long written."""
    app, bench, memory = remembering
    runs, names = bench_template
    paths = [runs / names[each] for each in ("s0", "s1")]

    async def session():
        async with app.run_test(size=(80, 24)) as pilot:
            await eventually(pilot, lambda: bench.list_seen is not None)
            land(app, Started({paths[0]: "twin", paths[1]: "child"}, compared=True))
            await eventually(pilot, lambda: load_visit(memory.visits, runs).screen == "compare")
            return load_visit(memory.visits, runs)

    visit = asyncio.run(session())
    assert visit.marked == [path.name for path in paths]
    assert (visit.open_run, visit.baseline) == (paths[1].name, paths[0].name)


def test_the_question_is_at_the_cursor_again(remembering, bench_template, seen, eventually):
    app, bench, memory = remembering
    bench.open_run = bench_template[0] / bench_template[1]["child"]

    def question():
        return load_visit(memory.visits, bench.runs).question

    async def session():
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("7")
            await eventually(pilot, lambda: question() == "changed")
            await pilot.press("right", "right")
            await eventually(pilot, lambda: question() == "recovery")
        again = Bench(bench.runs)
        restore(again, load_visit(memory.visits, bench.runs))
        app_again = ParamdynApp(
            again, look=Look(), settings=Settings(), configuration=Configuration(), start="analyze"
        )
        async with app_again.run_test(size=(80, 24)) as pilot:
            await eventually(pilot, lambda: "perturbed model comes back" in seen(app_again))
            return again.question

    assert asyncio.run(session()) == "recovery"


def test_a_dialog_leaves_what_it_is_about_in_sight(bench_template, opened, eventually, seen):
    async def session():
        async with opened(bench_template[0], size=(80, 24)) as (app, pilot):
            await eventually(pilot, lambda: "lenet-digits" in seen(app))
            below = seen(app).splitlines()
            await pilot.press("g")
            await eventually(pilot, lambda: "Group by" in seen(app))
            return below, seen(app).splitlines()

    below, with_dialog = asyncio.run(session())
    assert with_dialog[:3] == below[:3]
    assert with_dialog[-1] == below[-1]

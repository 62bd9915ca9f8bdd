"""Objects that are gone are searched for again soon after a start."""

import asyncio
import gc
from pathlib import Path

import pytest

from paramdyn_tui.tui.app import ParamdynApp
from paramdyn_tui.tui.bench import Bench
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.garbage import collect_again
from paramdyn_tui.tui.settings import Configuration, Settings


@pytest.fixture
def collector_off():
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("collector_off")
def test_what_the_start_has_made_is_left_out():
    collect_again()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_nothing_changes_where_it_was_never_turned_off():
    frozen = gc.get_freeze_count()
    collect_again()
    assert gc.isenabled()
    assert frozen == gc.get_freeze_count()


@pytest.mark.usefixtures("collector_off")
def test_the_application_turns_it_on(monkeypatch, tmp_path):
    monkeypatch.setattr("paramdyn_tui.tui.app.START_SECONDS", 0.01)
    app = ParamdynApp(
        Bench(Path(tmp_path)), look=Look(), settings=Settings(), configuration=Configuration()
    )

    async def session():
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(1000):
                if gc.isenabled():
                    return
                await pilot.pause(0.01)

    asyncio.run(session())
    assert gc.isenabled()

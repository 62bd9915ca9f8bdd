from __future__ import annotations

import math

import pytest

from paramdyn.errors import SpecError, UnknownName
from paramdyn.specs.learning_rate import Progress, constant, cosine, learning_rate_at, step
from paramdyn.specs.run_spec import OptimizerSpec, RunSpec, ScheduleSpec


def rates(schedule, total=20, per_epoch=5, learning_rate=1.0):
    spec = RunSpec(schedule=schedule, optimizer=OptimizerSpec(learning_rate=learning_rate))
    return [
        learning_rate_at(spec, i, total_steps=total, steps_per_epoch=per_epoch)
        for i in range(total)
    ]


def test_constant():
    assert [0.005] * 20 == rates(ScheduleSpec(), learning_rate=0.005)
    assert 1.0 == constant(Progress(7, 20, 5))


def test_step_changes_at_the_start_of_an_epoch():
    found = rates(ScheduleSpec(name="step", options={"every_epochs": 2, "gamma": 0.5}))
    assert [1.0] * 10 + [0.5] * 10 == found


def test_step_defaults_are_those_of_the_catalogue():
    assert [1.0] * 25 + [0.1] * 5 == rates(ScheduleSpec(name="step"), total=30)


def test_cosine_starts_at_one_passes_the_middle_and_nears_its_end():
    assert 1.0 == cosine(Progress(0, 20, 5))
    assert pytest.approx(0.5) == cosine(Progress(10, 20, 5))
    assert pytest.approx(0.55) == cosine(Progress(10, 20, 5), final=0.1)
    assert pytest.approx(0.1) == cosine(Progress(20, 20, 5), final=0.1)
    assert 1.0 == cosine(Progress(0, 0, 5))


def test_warmup_grows_linearly_and_multiplies_the_schedule():
    found = rates(ScheduleSpec(warmup_epochs=0.8), total=6)
    assert [0.25, 0.5, 0.75, 1.0, 1.0, 1.0] == found
    both = rates(ScheduleSpec(name="cosine", warmup_epochs=1))
    expected = [min(1.0, (i + 1) / 5) * (1 + math.cos(math.pi * i / 20)) / 2 for i in range(20)]
    assert expected == pytest.approx(both)


@pytest.mark.parametrize(("epochs", "steps"), [(0.05, 0), (0.15, 1), (0.35, 2), (0.55, 3)])
def test_warmup_is_rounded_to_the_nearest_whole_step(epochs, steps):
    found = rates(ScheduleSpec(warmup_epochs=epochs), total=6)
    assert [min(1.0, (i + 1) / max(steps, 1)) for i in range(6)] == found


@pytest.mark.parametrize(
    ("options", "rate"), [({"gamma": 0.5}, 0.0), ({"gamma": 1.0}, 1.0), ({"gamma": 2.0}, None)]
)
def test_changes_beyond_all_numbers_are_a_rate_or_an_error(options, rate):
    schedule = ScheduleSpec(name="step", options={"every_epochs": 1e-320, **options})
    if rate is None:
        with pytest.raises(SpecError, match=r"'step' gave the factor inf at step 1"):
            rates(schedule, total=2)
    else:
        assert [1.0, rate] == rates(schedule, total=2)


def test_powers_beyond_all_numbers_are_an_error():
    schedule = ScheduleSpec(name="step", options={"every_epochs": 0.2, "gamma": 1e300})
    with pytest.raises(SpecError, match=r"'step' gave the factor inf at step 2"):
        rates(schedule, total=3)


def test_a_warmup_beyond_all_numbers_never_ends():
    assert [0.0, 0.0] == rates(ScheduleSpec(warmup_epochs=1e308), total=2)


def test_a_users_schedule_is_called_with_its_options(restored_catalogues):
    @restored_catalogues.SCHEDULES.register("linear")
    def linear(progress, *, slope=1.0):
        return slope * progress.step / progress.total_steps

    assert [0.0, 1.0] == rates(ScheduleSpec(name="linear", options={"slope": 2.0}), total=2)


def test_a_factor_must_be_finite(restored_catalogues):
    restored_catalogues.SCHEDULES.register("broken")(lambda _: math.nan)
    with pytest.raises(SpecError, match=r"'broken' gave the factor nan at step 0, expected a fin"):
        rates(ScheduleSpec(name="broken"))


def test_unknown_schedule():
    with pytest.raises(UnknownName, match="Did you mean 'cosine'"):
        rates(ScheduleSpec(name="cosin"))


def test_step_alone():
    assert 0.25 == step(Progress(10, 20, 5), every_epochs=1.0, gamma=0.5)

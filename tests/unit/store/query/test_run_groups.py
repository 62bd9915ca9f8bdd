import math
import statistics

import pytest
from scipy import stats

from paramdyn.store.query.groups import group_runs, statistic, t_quantile
from paramdyn.store.query.keys import Vocabulary
from paramdyn.store.run_index import list_runs

VALUES = [0.91, 0.934, 0.929, 0.918, 0.97]


@pytest.mark.parametrize("degrees", [*range(1, 30), 99, 199, 200, 201, 202, 500, 9999, 10**6])
def test_t_quantile_is_scipy_s(degrees):
    assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_interval_is_scipy_s(n):
    found = statistic(VALUES[:n])
    low, high = stats.t.interval(
        0.95, n - 1, loc=statistics.fmean(VALUES[:n]), scale=stats.sem(VALUES[:n])
    )
    assert (found.mean - found.halfwidth, found.mean + found.halfwidth) == pytest.approx(
        (low, high)
    )
    assert (n, statistics.stdev(VALUES[:n])) == (found.n, pytest.approx(found.deviation))


def test_few_values():
    assert statistic([]) is None
    one = statistic([0.5])
    assert (1, 0.5, None, None) == (one.n, one.mean, one.deviation, one.halfwidth)
    equal = statistic([0.5, 0.5])
    assert (0.0, 0.0) == (equal.deviation, equal.halfwidth)


def test_what_is_not_finite_stays_so():
    assert math.isnan(statistic([1.0, math.nan]).mean)
    assert statistic([1.0, math.inf]).mean == math.inf
    assert statistic([1.0, math.inf]).halfwidth is None


def groups_of(runs_dir, *names, figures=("test.acc",)):
    runs = sorted(list_runs(runs_dir), key=lambda run: run.name)
    vocabulary = Vocabulary(runs)
    keys, shown = (list(map(vocabulary.find, each)) for each in (names, figures))
    return group_runs(runs, keys, shown)


def accuracy(value):
    return {"test/accuracy": value}


def test_groups_are_by_value_in_order(make_run, runs_dir):
    for lr in (0.1, 0.005, 0.02):
        make_run(f"lr-{lr}", lr=lr)
    make_run("flip", lr=0.1, perturb="sign-flip")
    found = groups_of(runs_dir, "lr", "perturb")
    assert [(0.005, None), (0.02, None), (0.1, "sign-flip"), (0.1, None)] == [
        group.values for group in found
    ]


def test_mean_is_of_the_finished_runs(make_run, runs_dir):
    for seed, value in enumerate(VALUES):
        make_run(f"s{seed}", seed=seed, metrics=accuracy(value))
    for status in ("failed", "diverged", "stopped", "queued"):
        make_run(status, seed=50, status=status, metrics=accuracy(0.1))
    make_run("without", seed=9)
    [group] = groups_of(runs_dir, "model", figures=("test.acc", "val.acc"))
    assert {"failed": 1, "diverged": 1, "stopped": 1, "queued": 1} == group.apart
    assert (10, 6) == (len(group.runs), len(group.counted))
    assert ["test/accuracy"] == list(group.figures)
    assert statistic(VALUES) == group.figures["test/accuracy"]


def test_an_equal_spec_is_no_further_sample(make_run, runs_dir):
    make_run("a", seed=1, metrics=accuracy(0.5))
    make_run("a-2", seed=1, metrics=accuracy(0.5), arm="twin")
    make_run("b", seed=2, metrics=accuracy(0.7))
    [group] = groups_of(runs_dir, "model")
    assert {"repeated": 1} == group.apart
    assert 2 == group.figures["test/accuracy"].n


def test_what_differs_besides_seeds_is_said(make_run, runs_dir):
    make_run("a", seed=1)
    make_run("b", seed=2, lr=0.1)
    make_run("c", seed=3, perturb="sign-flip", arm="order")
    assert [["arm", "lr", "perturb"]] == [g.varying for g in groups_of(runs_dir, "model")]
    assert [["arm", "perturb"], []] == [g.varying for g in groups_of(runs_dir, "lr")]


def test_children_of_their_own_parents_differ_in_their_seed_only(runs_dir, make_run):
    import orjson

    for seed, start in ((1, "run:base-1@24"), (2, "run:base-2@24"), (3, "run:base-3@48")):
        folder = make_run(f"child-{seed}", seed=seed)
        state = orjson.loads(folder.layout.state.read_bytes())
        state["summary"]["spec"]["initializer.name"] = start
        folder.layout.state.write_bytes(orjson.dumps(state))
    assert ["init"] == groups_of(runs_dir, "model")[0].varying
    (runs_dir / "child-3" / "state.json").unlink()
    (runs_dir / "child-3").rename(runs_dir / ".gone")
    assert [] == groups_of(runs_dir, "model")[0].varying


@pytest.mark.parametrize(
    "other",
    [
        {"recording.when": "epoch"},
        {"recording.what": ["classes"], "recording.snapshots": []},
        {"training.device": "cuda:1", "training.threads": 2},
    ],
)
def test_same_seed_recorded_otherwise_or_elsewhere_is_no_further_sample(make_run, runs_dir, other):
    import orjson

    make_run("a", seed=1, metrics=accuracy(0.5))
    make_run("b", seed=2, metrics=accuracy(0.7))
    folder = make_run("c", seed=2, metrics=accuracy(0.7))
    state = orjson.loads(folder.layout.state.read_bytes())
    state["summary"]["spec"] |= other
    folder.layout.state.write_bytes(orjson.dumps(state))
    [group] = groups_of(runs_dir, "model")
    assert {"repeated": 1} == group.apart
    assert 2 == group.figures["test/accuracy"].n
    assert [] == group.varying


def test_seeds_on_several_devices_are_said_to_be(make_run, runs_dir):
    import orjson

    for seed, device in enumerate(("cpu", "cuda")):
        folder = make_run(device, seed=seed, metrics=accuracy(0.5))
        state = orjson.loads(folder.layout.state.read_bytes())
        state["summary"]["spec"] |= {"training.device": device, "recording.when": device}
        folder.layout.state.write_bytes(orjson.dumps(state))
    [group] = groups_of(runs_dir, "model")
    assert {} == group.apart
    assert ["device"] == group.varying

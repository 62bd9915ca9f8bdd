import pytest

from paramdyn.store.query.completion import complete_query
from paramdyn.store.run_index import list_runs


@pytest.fixture
def rows(make_run, runs_dir):
    make_run("a", perturb="sign-flip", metrics={"test/accuracy": 0.5, "odd/thing": 1.0})
    make_run("b", lr=0.1, status="stopped")
    return list_runs(runs_dir)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mod", ["model="]),
        ("seed=3 -per", ["-perturb=", "-seeds.perturbation="]),
        ("model=", ["model=lenet"]),
        ("model=l", ["model=lenet"]),
        ("model=r", []),
        ("perturb=", ["perturb=sign-flip", "perturb=none"]),
        ("perturb=sign-flip,n", ["perturb=sign-flip,none"]),
        ("status=st", ["status=starting", "status=stopped", "status=stale"]),
        ("nesterov=", ["nesterov=false", "nesterov=true"]),
        ("odd.", ["odd.thing>="]),
        ("thing", ["odd.thing>="]),
        ("lr=", ["lr=0.005", "lr=0.1"]),
        ("age<", ["age<1h", "age<1d", "age<1w"]),
        ("created>", ["created>2026-01-02"]),
        ("has:val", ["has:validation.loss", "has:validation.accuracy"]),
        ("ha", ["has:"]),
        ("nothing=", []),
        ("b", ["training.batch_size>=", "b"]),
    ],
)
def test_completion(rows, text, expected):
    found = complete_query(text, rows)
    assert sorted(expected) == sorted(found)


def test_an_empty_filter_offers_every_key(rows):
    found = complete_query("", rows)
    assert ["id=", "status=", "model="] == found[:3]
    assert {"has:", "test.accuracy>=", "optimizer.options.momentum>="} <= set(found)
    assert found == complete_query("model=lenet ", rows)

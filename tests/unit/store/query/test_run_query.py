"""The filter language: what each form means."""

import itertools
import math
import time
from datetime import UTC, datetime, timedelta

import pytest

from paramdyn.errors import QueryError
from paramdyn.store.query.filters import format_query, parse_query
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn.store.run_summary import RunSummary

NOW = datetime.now(UTC)


def run(name, runs_dir, **given):
    fields = {"status": "finished", "model": "lenet", "spec": {}, **given}
    hours = fields.pop("hours", 0)
    return RunSummary(
        name=name, runs=runs_dir, created=(NOW - timedelta(hours=hours)).isoformat(), **fields
    )


@pytest.fixture
def rows(runs_dir):
    return [
        run("lenet-a", runs_dir, seed=0, metrics={"test/accuracy": 0.8, "validation/loss": 0.3}),
        run(
            "lenet-flip", runs_dir, seed=1, perturbations="sign-flip", parent="lenet-a@24",
            spec={"perturbations": "sign-flip"}, metrics={"test/accuracy": math.nan}, hours=5,
        ),
        run(
            "resnet-b", runs_dir, seed=2, model="resnet18", status="failed", hours=50,
            perturbations="sign-flip + distort:1e-06,layers=conv*", metrics={"test/accuracy": 0.5},
            spec={"optimizer.learning_rate": 0.1, "dataset.augmentation": ["flip", "crop"]},
        ),
        run(
            "resnet-c", runs_dir, seed=13, model="resnet50", status="running", optimizer="adam",
            initializer="run:lenet-a@24", arm="twin", epoch=2.5, hours=500,
            spec={"optimizer.name": "adam", "seeds.order": 4, "optimizer.options.odd": "x,y"},
        ),
    ]  # fmt: skip


ALL = "lenet-a lenet-flip resnet-b resnet-c"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ALL),
        ("lenet", "lenet-a lenet-flip"),
        ("LENET flip", "lenet-flip"),
        ("model=lenet", "lenet-a lenet-flip"),
        ("model:lenet", "lenet-a lenet-flip"),
        ("MODEL==LeNet", "lenet-a lenet-flip"),
        ("model=resnet*", "resnet-b resnet-c"),
        ("model=resnet[15]*", "resnet-b resnet-c"),
        ("model!=resnet*,vgg", "lenet-a lenet-flip"),
        ("model=resnet18|lenet", "lenet-a lenet-flip resnet-b"),
        ("-model=lenet", "resnet-b resnet-c"),
        ("!model=lenet seed=..5", "resnet-b"),
        ("model=resnet18 | seed=0", "lenet-a resnet-b"),
        ("model=resnet18| seed=0", "lenet-a resnet-b"),
        ("model=resnet18 || seed=0", "lenet-a resnet-b"),
        ("seed=0-1", "lenet-a lenet-flip"),
        ("seed=0,2-13", "lenet-a resnet-b resnet-c"),
        ("seed=2..", "resnet-b resnet-c"),
        ("seed=1..2", "lenet-flip resnet-b"),
        ("seed<1", "lenet-a"),
        ("seed!=0", "lenet-flip resnet-b resnet-c"),
        ("test.acc>=.8", "lenet-a"),
        ("test/accuracy>=80%", "lenet-a"),
        ("test=0.8", "lenet-a"),
        ("-test.acc>.7", "lenet-flip resnet-b resnet-c"),
        ("test.acc<=0.8", "lenet-a resnet-b"),
        ("test.acc=nan", "lenet-flip"),
        ("test.acc!=.8", "lenet-flip resnet-b"),
        ("test.acc=none", "resnet-c"),
        ("val.loss<1", "lenet-a"),
        ("has:validation", "lenet-a"),
        ("has:test.acc,val", "lenet-a lenet-flip resnet-b"),
        ("-has:test.acc", "resnet-c"),
        ("has:perturb", "lenet-flip resnet-b"),
        ("has:parent", "lenet-flip"),
        ("perturb=none", "lenet-a resnet-c"),
        ("-perturb=none", "lenet-flip resnet-b"),
        ("perturb!=none", "lenet-flip resnet-b"),
        ("perturb!=sign-flip", "lenet-a resnet-c"),
        ("perturb=sign-flip", "lenet-flip resnet-b"),
        ("perturb=distort", "resnet-b"),
        ("perturb=distort:1e-6,layers=conv*", "resnet-b"),
        ('perturb="sign-flip + distort:1e-06,layers=conv*"', "resnet-b"),
        ("perturb~'FLIP [+]'", "resnet-b"),
        ("parent=lenet-a", "lenet-flip"),
        ("parent=none", "lenet-a resnet-b resnet-c"),
        ("init=run", "resnet-c"),
        ("arm=twin", "resnet-c"),
        ("lr=.1", "resnet-b"),
        ("lr>=1e-2", "resnet-b"),
        ("lr=5e-3", "lenet-a lenet-flip resnet-c"),
        ("learning_rate<0.01", "lenet-a lenet-flip resnet-c"),
        ("optimizer.learning_rate<10m", ALL),
        ("batch_size=128", ALL),
        ("batch=.1k..0.2k", ALL),
        ("augmentation=crop", "resnet-b"),
        ("has:augmentation", "resnet-b"),
        ("seeds.order=4", "resnet-c"),
        ("seeds.order=0", "lenet-a"),
        ("momentum=0.9", "lenet-a lenet-flip resnet-b"),
        ("nesterov=false", "lenet-a lenet-flip resnet-b"),
        ("amsgrad=no", "resnet-c"),
        ('odd="x,y"', "resnet-c"),
        ("odd=x,y", ""),
        ("status=finished,failed", "lenet-a lenet-flip resnet-b"),
        ("status=live", "resnet-c"),
        ("status=f*", "lenet-a lenet-flip resnet-b"),
        ("epoch=2.5", "resnet-c"),
        ("age<1h", "lenet-a"),
        ("age>=4h age<=3d", "lenet-flip resnet-b"),
        ("age=1d-3d", "resnet-b"),
        ("age=1w..", "resnet-c"),
        (f"created>={NOW:%Y}", ALL),
        ("created<2020-01-01", ""),
        ("name~^lenet.(a|b)$", "lenet-a"),
        ('"lenet"', "lenet-a lenet-flip"),
        ("'-a'", "lenet-a"),
    ],
)
def test_meaning(rows, text, meant):
    query = parse_query(text, rows)
    assert meant.split() == [row.name for row in query.select(rows)]
    written = format_query(query)
    assert query == parse_query(written, rows), written


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("modl=3", 1, "unknown key 'modl'. Did you mean 'model'"),
        ("acc>3", 1, "'acc' may be train.accuracy, validation.accuracy, test.accuracy. Write"),
        ("loss<1", 1, "'loss' may be"),
        ("lr=abc", 4, "lr: found 'abc', expected a number"),
        ("model=a lr>x", 12, "lr: found 'x', expected a number"),
        ("lr<1,2", 4, "'<' takes one value"),
        ("model<3", 7, "model: has no order"),
        ("name~[", 6, "is no regular expression"),
        ("status=finised", 8, "Did you mean 'finished'?"),
        ("age<3", 5, "a time such as"),
        ("created>yesterday", 9, "a date such as"),
        ("nesterov=perhaps", 10, "true or false"),
        ("model=", 7, "has no value"),
        ("=3", 1, "a key is missing"),
        ("-", 1, "stands alone"),
        ("a or b", 3, "'or' is no operator"),
        ("a | | b", 3, "'|' stands between"),
        ("| b", 1, "'|' stands between"),
        ("b |", 3, "'|' stands between"),
        ("model=a|lr=3", 9, "looks like a term of its own"),
        ('a "b', 3, "not closed"),
        ("has:modl", 5, "unknown key 'modl'"),
    ],
)
def test_mistake(rows, text, position, said):
    with pytest.raises(QueryError) as caught:
        parse_query(text, rows)
    [problem] = caught.value.problems
    assert problem.startswith(f"filter, character {position}: ")
    assert said in problem


def test_all_mistakes_at_once(rows):
    with pytest.raises(QueryError) as caught:
        parse_query("modl=3 lr=x,y name~( -status=odd", rows)
    assert [1, 11, 13, 20, 30] == [
        int(problem.partition(":")[0].split()[-1]) for problem in caught.value.problems
    ]


def test_terms_and_alternatives_are_and_and_or(rows):
    """Against the plainest possible reading, on every combination of a few terms."""
    terms = ["model=lenet", "-has:perturb", "seed<2", "status=failed", "test.acc>.1"]
    alone = {term: {row.name for row in parse_query(term, rows).select(rows)} for term in terms}
    for a, b, c in itertools.product(terms, repeat=3):
        found = {row.name for row in parse_query(f"{a} {b} | {c}", rows).select(rows)}
        assert (alone[a] & alone[b]) | alone[c] == found


def test_old_run_is_asked_for_its_spec_toml(runs_dir):
    text = "seed = 4\n[optimizer]\nlearning_rate = 0.25\n[training]\nbatch_size = 32\n"
    RunFolder.create(runs_dir, "old", text)
    (runs_dir / "old" / "state.json").write_text('{"status": "finished"}')
    runs = list_runs(runs_dir)
    assert [None] == [row.spec for row in runs]
    assert ["old"] == [row.name for row in parse_query("lr=.25 batch=32 epochs=20").select(runs)]


def test_nothing_is_claimed_about_an_unreadable_spec(runs_dir):
    (runs_dir / "old").mkdir()
    (runs_dir / "old" / "state.json").write_text('{"status": "finished"}')
    runs = list_runs(runs_dir)
    assert [] == parse_query("lr=0.005 | batch_size=128").select(runs)
    assert runs == parse_query("lr=none batch_size=none").select(runs)


def test_state_with_odd_spec_values_never_fails(runs_dir):
    odd = {"optimizer.learning_rate": "much", "model.name": 3, "training.precision": [1],
           "dataset.augmentation": "flip", "training.epochs": None,
           "optimizer.options.a": {}}  # fmt: skip
    rows = [run("odd", runs_dir, spec=odd, metrics={"test/loss": math.inf})]
    texts = ["lr<1", "lr=1", "precision=x*", "augmentation=flip", "epochs=1", "a=1", "a~x", "a<3"]
    assert [0, 0, 0, 1, 0, 0, 0, 0] == [len(parse_query(t, rows).select(rows)) for t in texts]


def test_ages_are_counted_from_when_the_filter_is_read(runs_dir):
    future = [run("ahead", runs_dir, hours=-24)]
    assert future == parse_query("age=0s-1s").select(future)
    assert time.time() > NOW.timestamp()

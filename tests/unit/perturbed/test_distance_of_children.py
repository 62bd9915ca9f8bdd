"""``distance`` of a perturbed child: its family tells how far another order of images leads."""

import math
import shutil

import pytest

from paramdyn.analysis.bench import Bench, Options
from paramdyn.analysis.movement.measuring import movement
from paramdyn.analysis.questions.distance import ask
from paramdyn.analysis.subjects import END


@pytest.fixture
def copied(trained_family, tmp_path):
    """A folder of one's own to take runs out of."""
    runs = shutil.copytree(trained_family.runs, tmp_path / "copy")
    return Bench(runs=runs, options=Options(restarts=1, alphas=3, details=False))


def test_a_child_needs_no_order_of_its_own_where_its_twin_has_one(trained_family, bench):
    bench.options.details = False
    child = bench.open(trained_family.children[0])
    answer = ask([child], bench)
    assert [] == answer.missing
    twin, order = (bench.open(trained_family.arms[arm]).state(END) for arm in ("twin", "order"))
    names = [row.name for row in child.parameters]
    squares = [float((twin[n].double() - order[n].double()).square().sum()) for n in names]
    apart = math.sqrt(math.fsum(squares))
    assert (
        f"its twin, not perturbed, and the same in another order end {apart:.4g} apart"
        in (answer.summary[0])
    )


@pytest.mark.parametrize(
    ("gone", "lacking"),
    [(("order",), "order"), (("twin", "twin-again", "independent"), "twin,independent")],
)
def test_a_child_lacks_controls_of_its_family(trained_family, copied, gone, lacking):
    for arm in gone:
        shutil.rmtree(copied.runs / trained_family.arms[arm])
    child = copied.open(trained_family.children[0])
    answer = ask([child], copied)
    [missing] = answer.missing
    assert gone[0] == missing.control
    assert f"run {child.folder.path} --controls {lacking}" == missing.command
    assert "another order" not in answer.summary[0]


def test_twins_that_ended_apart_tell_nothing(trained_family, copied):
    order = copied.runs / trained_family.arms["order"]
    for path in sorted((order / "snapshots").iterdir())[1:]:
        path.unlink()
    child = copied.open(trained_family.children[0])
    assert movement(child, copied).twin_gap is None

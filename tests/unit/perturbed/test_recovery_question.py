"""What ``analyze recovery`` says: everything beside its references, nothing without a reason."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import paramdyn.analysis
from paramdyn.analysis.bench import Bench, Options
from paramdyn.analysis.perturbed import Recovery, judged, of_families
from paramdyn.analysis.perturbed.over_time import growths
from paramdyn.analysis.questions.recovery import TERMS, ask
from paramdyn.analysis.questions.recovery_details import detail_tables, notes_of, pictures_of
from paramdyn.analysis.questions.recovery_tables import geometric, tables_of
from paramdyn.analysis.questions.recovery_words import _shift, plain, sentences_of
from paramdyn.specs.controls import TWIN
from paramdyn.store.run_folder import find_run, snapshot_path
from paramdyn.store.snapshots import read_snapshot


@pytest.fixture(scope="module")
def answer(trained_family):
    """What is said of both children; the tests look at it, and change nothing."""
    bench = Bench(runs=trained_family.runs, options=Options(restarts=1, alphas=3))
    return ask([bench.open(name) for name in trained_family.children], bench)


def table(answer, name):
    return next(each for each in answer.tables if each.name == name)


def test_two_recipes_are_told_apart(trained_family, answer):
    assert list(trained_family.children) == list(answer.subjects)
    names = [each.name for each in answer.tables]
    assert len(set(names)) == len(names)
    assert {"distances", "distances_2", "ratios", "ratios_2"} <= set(names)
    claims = [verdict.claim for verdict in answer.verdicts]
    assert 10 == len(set(claims))
    assert all(": " in claim for claim in claims)


def test_reference_distances_stand_in_every_table_of_distances(answer):
    rows = [row["pair"] for row in table(answer, "distances").rows]
    for symbol in ("d0", "d1", "d2"):
        assert any(pair.startswith(symbol) for pair in rows)
    assert "d3" in "".join(rows)
    keys = [column.key for column in table(answer, "seeds").columns]
    assert keys.index("raw") < keys.index("d0") < keys.index("d3")
    assert {"d0", "d1", "d2", "d3"} <= set(keys)
    floor = next(row for row in table(answer, "distances").rows if row["pair"].startswith("d0"))
    assert (0.0, 0.0) == (floor["raw"], floor["in_d1"])  # claimed of a CPU, and d1 is known


def test_numbers_have_terms_and_holes_have_reasons(answer):
    known = {term.name for term in TERMS} | {"accuracy"}
    assert len({term.name for term in TERMS}) == len(TERMS)
    for each in answer.tables:
        for column in each.columns:
            assert not column.term or column.term in known
        for number, row in enumerate(each.rows):
            cells = [row.get(column.key) for column in each.columns]
            assert not any(isinstance(c, float) and not math.isfinite(c) for c in cells)
            if each.name.startswith(("distances", "ratios", "answers")):
                for column in each.columns:
                    if row.get(column.key) is None:
                        assert (number, column.key) in each.reasons, (each.name, row, column.key)


def test_distances_are_those_of_the_snapshots(trained_family, answer):
    def state(name):
        return read_snapshot(snapshot_path(find_run(trained_family.runs, name), "final"))[0]

    child, twin = state(trained_family.children[0]), state(trained_family.arms["twin"])
    wide = sum(float(((child[n].astype(float) - twin[n]) ** 2).sum()) for n in child)
    row = table(answer, "distances").rows[0]
    assert row["raw"] == pytest.approx(math.sqrt(wide), rel=1e-9)
    parent = state(trained_family.parent)
    norm = math.sqrt(sum(float((parent[n].astype(float) ** 2).sum()) for n in parent))
    assert table(answer, "perturbation").rows[0]["norm"] == pytest.approx(2 * norm, rel=1e-6)


def test_distance_over_time_starts_with_the_perturbation(trained_family, bench):
    from paramdyn.analysis.families import Families

    family = Families(bench).of(bench.open(trained_family.children[0]))
    found = growths(family)
    assert (0, 2, 4) == found["child"].steps == found["order"].steps
    start = np.sqrt(sum(float((v.double() ** 2).sum()) for v in family.child.state(0).values()))
    assert found["child"].distances[0] == pytest.approx(2 * start, rel=1e-6)
    assert 0.0 == found["order"].distances[0]
    assert found["order"].distances[-1] > 0


def test_pictures_tell_child_from_references(answer):
    bars = next(each for each in answer.pictures if each.name == "references")
    assert ["d0 re-run", "d1 other order", "d2 independent", "d3, modulo symmetry"] == list(
        bars.nulls
    )
    curves = next(each for each in answer.pictures if each.name == "growth")
    assert curves.log_y
    assert [curve.label for curve in curves.curves if not curve.null] == ["child"]
    assert not any((curve.y == 0).any() for curve in curves.curves)


def test_a_way_that_nobody_kept_is_not_drawn(trained_family, bench):
    """Two snapshots would be joined by a line, whatever lies between them."""
    from paramdyn.analysis.families import Families
    from paramdyn.analysis.perturbed import of_families

    found = of_families("", [Families(bench).of(bench.open(trained_family.children[0]))], bench)
    [seed] = found.seeds
    ends = {
        arm: replace(each, steps=(0, 4), distances=(each.distances[0], each.distances[-1]))
        for arm, each in seed.growths.items()
    }
    changed = (replace(seed, growths=ends),)
    bare = replace(found, seeds=changed, counted=changed)
    assert ["references", "growth"] == [each.name for each in pictures_of(found, "")]
    assert ["references"] == [each.name for each in pictures_of(bare, "")]
    assert ([], 1) == (notes_of(found), len(notes_of(bare)))
    assert "--snapshots init,every:1,final" in notes_of(bare)[0]


def test_barriers_have_the_names_and_units_of_connectivity(answer):
    barriers = table(answer, "barriers")
    error = next(column for column in barriers.columns if column.key == "error")
    assert ("share", "error-barrier") == (error.format, error.term)
    assert "treatment" not in {column.key for column in barriers.columns}  # no running statistics


def test_untrained_networks_get_no_word(answer):
    """Four steps on noise teach nothing: every run is at chance, so all claims stay open."""
    assert {"inconclusive"} == {verdict.word for verdict in answer.verdicts}
    assert any("collapsed, so no verdict uses it" in sentence for sentence in answer.summary)
    assert any("No seed is sound" in sentence for sentence in answer.summary)


def test_controls_and_parents_that_are_named_stand_beside(trained_family, bench):
    names = [trained_family.parent, *trained_family.arms.values(), trained_family.children[1]]
    found = ask([bench.open(name) for name in names], bench)
    assert 1 == len({row["child"] for row in table(found, "seeds").rows})
    notes = "\n".join(found.notes)
    assert f"{trained_family.parent}: perturbs nothing" in notes
    for arm in ("twin", "order", "rounding-twin", "independent"):
        assert f"{trained_family.arms[arm]}: is a control" in notes


def test_nothing_perturbed_says_how_to_perturb(trained_family, bench):
    found = ask([bench.open(trained_family.parent)], bench)
    assert "paramdyn run --from RUN --perturb sign-flip --controls" in found.summary[0]
    assert ((), ()) == (tuple(found.verdicts), tuple(found.tables))


def test_without_images_distances_stay_and_verdicts_do_not(trained_family, monkeypatch):
    from paramdyn.analysis import bench as benches
    from paramdyn.errors import DatasetError

    def nowhere(*_, **__):
        raise DatasetError("mnist: is not there.")

    monkeypatch.setattr(benches, "load_images", nowhere)
    bench = Bench(runs=trained_family.runs, options=Options(restarts=1))
    found = ask([bench.open(trained_family.children[0])], bench)
    assert table(found, "distances").rows[0]["raw"] > 0
    assert [] == found.verdicts
    assert "answers" not in {each.name for each in found.tables}
    assert any("no verdict is given" in note and "mnist" in note for note in found.notes)


def test_k16_invalid_buffers_are_named(planted):
    pool = planted.trained_pool(3, normed=True)

    def published(plan, _):
        broken = {n: -v if "running" in n else v for n, v in plan.parent.items()}
        return broken, plan.continued()

    seed = planted.planted_seed(pool, published, 1)
    health = {each.arm: each for each in seed.health}
    assert health["start"].buffers[0].startswith("invalid buffers: 2 (norm1.running_var")
    assert "not finite" in health["start"].collapsed[0]
    assert () == health["child"].buffers
    sentences = " ".join(sentences_of(Recovery("", (seed,), (seed,))))
    assert "the perturbed start (child-1) has invalid buffers" in sentences


@pytest.mark.parametrize(
    ("grown", "said"),
    [
        (698.3, "grew by a factor of 698 (1: neither), to 2 times"),
        (0.25, "shrank by a factor of 0.25 (1: neither), to 2 times"),
        (0.99999, "neither grew nor shrank (factor 0.99999): it is 2 times"),
    ],
)
def test_a_perturbation_that_kept_its_size_did_not_shrink(grown, said):
    seed = SimpleNamespace(rho=2.0, amplification=grown, return_index=1.0)
    assert said in " ".join(_shift((seed,)))


def test_children_of_one_parent_are_one_seed(trained_family, bench):
    from paramdyn.analysis.families import Families

    families = Families(bench)
    two = [families.of(bench.open(name)) for name in trained_family.children]
    found = of_families("", two, bench, thorough=False)
    assert (2, 1) == (len(found.seeds), len(found.counted))
    assert any("it is no further evidence" in note for note in found.notes)


def test_tables_hold_geometric_means_of_seeds(trained_family, bench):
    """A second seed sixteen times as far moves the mean by four."""
    from paramdyn.analysis.families import Families

    child = bench.open(trained_family.children[0])
    seed = of_families("", [Families(bench).of(child)], bench, thorough=False).seeds[0]
    far = {pair: replace(each, raw=each.raw * 16) for pair, each in seed.separations.items()}
    nearer = {**far, (TWIN, "child"): seed.separations[TWIN, "child"]}

    def rows(name, *others):
        recovery = Recovery("", (seed, *(replace(seed, separations=each) for each in others)))
        found = tables_of(replace(recovery, counted=recovery.seeds), "")
        return {row["pair" if name == "distances" else "ratio"]: row
                for row in table(SimpleNamespace(tables=found), name).rows}  # fmt: skip

    alone, both = rows("distances"), rows("distances", far)
    for pair in ("child E to control A0", "d1: control to other data order"):
        assert 4 * alone[pair]["raw"] == pytest.approx(both[pair]["raw"])
        assert alone[pair]["in_d1"] == pytest.approx(both[pair]["in_d1"])
        assert (1, 2) == (alone[pair]["n"], both[pair]["n"])
    rho = "rho = d(E, A0) / d1"
    one, two = rows("ratios")[rho], rows("ratios", nearer)[rho]
    assert one["value"] / 4 == pytest.approx(two["value"])


def test_python_call_finds_the_family_by_name(trained_family, bench):
    found = paramdyn.analysis.recovery(trained_family.children[1], bench=bench, thorough=False)
    assert "claimed" != found.seeds[0].floor.how
    assert set(found.seeds[0].family.controls()) == {
        "twin", "twin-again", "rounding-twin", "order", "independent",
    }  # fmt: skip
    order = [verdict.hypothesis for verdict in found.verdicts]
    assert ["returns", "like-data-order"] == order[:2]


def test_lines_are_followed_with_every_treatment(trained_family, bench):
    found = paramdyn.analysis.recovery(trained_family.children[1], bench=bench)
    likeness = found.seeds[0].likenesses[TWIN, "child"]
    assert ("interpolated",) == tuple(likeness.paths)
    assert likeness.barrier == likeness.paths["interpolated"].loss_barrier.height
    assert likeness.aligned_barrier is not None


@pytest.mark.parametrize(
    ("values", "mean"), [([2.0, 8.0], 4.0), ([0.0, 3.0], 1.5), ([0.0], 0.0), ([], None)]
)
def test_means_of_distances(values, mean):
    assert mean == (None if mean is None else pytest.approx(geometric(values)))


def test_large_ratios_are_written_out():
    assert ["1,100", "57", "0.0892", "1"] == [plain(x) for x in (1100.2, 57.0, 0.08921, 1.0)]


def test_no_seed_no_table_breaks():
    empty = judged([Recovery("", ())])[0]
    assert tables_of(empty, "")
    assert detail_tables(empty, "")
    assert [] == pictures_of(empty, "")

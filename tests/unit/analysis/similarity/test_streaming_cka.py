"""CKA in batches: exact whatever the batches, and by minibatches as in Nguyen et al. (K24)."""

import tracemalloc

import numpy as np
import pytest

from paramdyn.analysis.similarity import MinibatchCka, MomentCka, cka
from paramdyn.errors import ShapeMismatch

RANDOM = np.random.default_rng(24)
X = np.maximum(RANDOM.standard_normal((120, 8)) @ RANDOM.standard_normal((8, 8)) + 1, 0)
Y = X[:, :5] + RANDOM.standard_normal((120, 5)) + 30
SORTED = np.argsort(X[:, 0])
BATCHES = {
    "one": [120],
    "single examples": [1] * 120,
    "ragged": [3, 50, 1, 1, 60, 5],
    "small last": [64, 53, 3],
}


def feed(stream, xs, ys, sizes):
    start = 0
    for size in sizes:
        rows = slice(start, start + size)
        stream.update([x[rows] for x in xs], [y[rows] for y in ys])
        start += size
    return stream.results()


@pytest.mark.parametrize("estimator", ["unbiased", "biased"])
@pytest.mark.parametrize("sizes", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("order", [np.arange(120), SORTED], ids=["shuffled", "sorted"])
def test_moments_equal_the_full_batch_whatever_the_batches(estimator, sizes, order):
    xs, ys = [X[order], Y[order]], [Y[order], X[order], X[order][:, :1]]
    table = feed(MomentCka(estimator=estimator), xs, ys, sizes)
    for row, x in zip(table, xs, strict=True):
        for found, y in zip(row, ys, strict=True):
            assert cka(x, y, estimator=estimator).value == pytest.approx(found.value, abs=1e-10)
            assert 120 == found.n


def test_moments_survive_a_first_batch_far_from_the_rest():
    x, y = X.copy(), Y.copy()
    x[:2] += 1e4
    y[:2] -= 1e3
    found = feed(MomentCka(), [x], [y], [2, 118])[0][0]
    assert cka(x, y).value == pytest.approx(found.value, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_moments_survive_any_scale(scale):
    found = feed(MomentCka(), [X * scale], [Y], [60, 60])[0][0]
    assert cka(X, Y).value == pytest.approx(found.value, abs=1e-10)


def test_moments_lose_no_digits_to_a_large_mean():
    found = feed(MomentCka(), [X + 1e6], [Y - 1e6], [60, 60])[0][0]
    assert cka(X, Y).value == pytest.approx(found.value, abs=1e-8)


@pytest.mark.parametrize("stream", [MomentCka, MinibatchCka])
def test_one_unit_for_each_example_has_no_similarity(stream):
    found = feed(stream(), [0.3 * np.eye(120)], [X], [40, 40, 40])[0][0]
    assert found.reason.startswith("HSIC(X, X) is 0")


def test_memory_of_moments_is_flat_in_the_number_of_examples():
    def peak(batches):
        stream = MomentCka()
        batch = RANDOM.standard_normal((64, 100))
        stream.update([batch], [batch])
        tracemalloc.start()
        for _ in range(batches):
            stream.update([batch], [batch])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(40) <= 1.2 * peak(4)


@pytest.mark.parametrize("stream", [MomentCka, MinibatchCka])
@pytest.mark.parametrize("size", [4, 5, 7, 32, 120])
def test_k24_self_similarity_is_1_under_shuffling_and_any_batch_size(stream, size):
    order = RANDOM.permutation(120)
    sizes = [size] * (120 // size) + [120 % size]
    found = feed(stream(), [X[order]], [X[order]], sizes)[0][0]
    assert 1 == pytest.approx(found.value, abs=1e-10)


def test_k24_minibatch_sums_all_batches_and_divides_once():
    found = feed(MinibatchCka(), [X], [Y], [40, 40, 40])[0][0]
    parts = [slice(0, 40), slice(40, 80), slice(80, 120)]
    xy, xx, yy = np.sum([[hsic(X[p], Y[p]), hsic(X[p], X[p]), hsic(Y[p], Y[p])] for p in parts], 0)
    assert xy / np.sqrt(xx * yy) == pytest.approx(found.value, abs=1e-9)
    assert cka(X[parts[-1]], Y[parts[-1]]).value != pytest.approx(found.value, abs=1e-3)
    assert 120 == found.n


def hsic(x, y):
    n = len(x)
    k, l = (a @ a.T * (1 - np.eye(n)) for a in (x, y))  # noqa: E741 - the paper's letter
    trace = np.trace(k @ l) + k.sum() * l.sum() / ((n - 1) * (n - 2)) - 2 * (k @ l).sum() / (n - 2)
    return trace / (n * (n - 3))


def test_a_short_batch_counts_by_its_examples():
    found = feed(MinibatchCka(), [X], [Y], [110, 10])[0][0]
    parts, weights = [slice(0, 110), slice(110, 120)], np.array([[110], [10]])
    sums = [[hsic(X[p], Y[p]), hsic(X[p], X[p]), hsic(Y[p], Y[p])] for p in parts]
    xy, xx, yy = (weights * sums).sum(axis=0)
    assert xy / np.sqrt(xx * yy) == pytest.approx(found.value, abs=1e-9)


def test_a_batch_of_fewer_than_4_joins_the_next_and_the_last_is_told():
    joined = feed(MinibatchCka(), [X], [Y], [2, 58, 60])[0][0]
    assert feed(MinibatchCka(), [X], [Y], [60, 60])[0][0] == joined
    late = feed(MinibatchCka(), [X], [Y], [117, 3])[0][0]
    assert cka(X[:117], Y[:117]).value == pytest.approx(late.value, abs=1e-12)
    assert (117, ("the last 3 examples are fewer than 4 and left out",)) == (late.n, late.warnings)
    few = feed(MinibatchCka(), [X], [Y], [3])[0][0]
    assert (None, "3 examples, and the measure needs at least 4") == (few.value, few.reason)


@pytest.mark.parametrize("stream", [MomentCka, MinibatchCka])
def test_undefined_layers_say_why_and_leave_the_others(stream):
    broken, dead = X.copy(), np.full((120, 3), 0.1)
    broken[70, 2] = np.inf
    table = feed(stream(), [X, broken, dead], [X], [40, 40, 40])
    assert 1 == pytest.approx(table[0][0].value, abs=1e-10)
    assert "X holds NaN or infinity" in table[1][0].reason
    assert "X is constant: all 3 units have one value" in table[2][0].reason
    assert [] == stream().results()


def test_units_that_are_constant_in_one_batch_only_are_not_constant():
    x = np.repeat([[1.0, 2.0], [5.0, 3.0], [6.0, 9.0]], 40, axis=0)
    exact = feed(MomentCka(), [x], [Y], [40, 40, 40])[0][0]
    assert cka(x, Y).value == pytest.approx(exact.value, abs=1e-10)
    per_batch = feed(MinibatchCka(), [x], [Y], [40, 40, 40])[0][0]
    assert "HSIC(X, X) is 0, which is not above 0" == per_batch.reason


@pytest.mark.parametrize("stream", [MomentCka, MinibatchCka])
def test_batches_must_fit_together(stream):
    found = stream()
    found.update([X[:50]], [Y[:50]])
    with pytest.raises(ShapeMismatch, match=r"widths \[5\]. Expected \[8\]"):
        found.update([Y[:50]], [Y[:50]])
    with pytest.raises(ShapeMismatch, match=r"\[50, 49\] examples"):
        found.update([X[:50]], [Y[:49]])
    with pytest.raises(ShapeMismatch, match="at least one layer"):
        found.update([], [])

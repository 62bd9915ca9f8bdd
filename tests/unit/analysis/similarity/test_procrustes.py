"""Procrustes distances: known answers K29, scipy as reference, and held-out examples."""

import math

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from paramdyn.analysis.similarity import angular_procrustes, held_out_procrustes, procrustes
from paramdyn.errors import ShapeMismatch

RANDOM = np.random.default_rng(29)
X = RANDOM.standard_normal((50, 6))
Y = X + RANDOM.standard_normal((50, 6))


def normal(x):
    x = x - x.mean(axis=0)
    return x / np.linalg.norm(x)


def test_k29_a_rotated_copy_is_at_0():
    q, _ = np.linalg.qr(RANDOM.standard_normal((6, 6)))
    copy = 3 * X @ q + RANDOM.standard_normal(6)
    assert 0 == pytest.approx(procrustes(X, copy).value, abs=1e-13)
    assert 0 == pytest.approx(angular_procrustes(X, copy).value, abs=1e-6)


@pytest.mark.parametrize("n", [6, 12, 50])
def test_k29_two_frames_are_at_their_principal_angles(n):
    """Frames orthogonal to the constant vector, which centring leaves as they are."""
    d = 3 if n > 6 else 2
    ones = np.ones((n, 1)) / math.sqrt(n)
    frames = []
    for _ in range(2):
        free = RANDOM.standard_normal((n, d))
        frames.append(np.linalg.qr(free - ones @ (ones.T @ free))[0])
    cosines = np.linalg.svd(frames[0].T @ frames[1], compute_uv=False)
    angle = math.acos(cosines.mean())
    assert angle == pytest.approx(angular_procrustes(*frames).value, abs=1e-10)
    assert 2 - 2 * cosines.mean() == pytest.approx(procrustes(*frames).value, abs=1e-10)


@pytest.mark.parametrize("width", [6, 9, 80])
def test_equals_the_residual_of_scipys_rotation_after_padding(width):
    y = np.hstack([Y, RANDOM.standard_normal((50, width - 6))])
    padded = np.hstack([X, np.zeros((50, width - 6))])
    a, b = normal(padded), normal(y)
    rotation, _ = orthogonal_procrustes(a, b)
    residual = np.linalg.norm(a @ rotation - b) ** 2
    assert residual == pytest.approx(procrustes(X, y).value, abs=1e-10)
    assert residual == pytest.approx(procrustes(y, X).value, abs=1e-10)


def test_more_units_than_examples_uses_the_small_side():
    x, y = RANDOM.standard_normal((2, 10, 300))
    direct = np.linalg.svd(normal(x).T @ normal(y), compute_uv=False).sum()
    assert 2 - 2 * direct == pytest.approx(procrustes(x, y).value, abs=1e-12)


def test_zero_norm_is_undefined():
    for measure in (procrustes, angular_procrustes):
        result = measure(X, np.full((50, 4), 0.3))
        assert result.value is None
        assert "Y is constant: all 4 units have one value over 50 examples" == result.reason
    assert not procrustes(X[:1], Y[:1]).is_defined


def test_held_out_noise_is_at_a_right_angle_where_fitted_noise_is_not():
    x, y, x_held, y_held = RANDOM.standard_normal((4, 60, 30))
    assert angular_procrustes(x, y).value < 1.0
    assert math.pi / 2 == pytest.approx(held_out_procrustes(x, y, x_held, y_held).value, abs=0.1)


def test_held_out_copies_are_at_0_and_a_flipped_one_is_opposite():
    q, _ = np.linalg.qr(RANDOM.standard_normal((6, 6)))
    found = held_out_procrustes(X[:25], X[:25] @ q, X[25:], X[25:] @ q)
    assert 0 == pytest.approx(found.value, abs=1e-6)
    assert 25 == found.n
    opposite = held_out_procrustes(X[:25], X[:25] @ q, X[25:], -X[25:] @ q)
    assert math.pi == pytest.approx(opposite.value, abs=1e-6)


def test_held_out_units_must_be_the_fitted_ones():
    with pytest.raises(ShapeMismatch, match="Y: 6 units were fitted and 5 are held out"):
        held_out_procrustes(X, Y, X, Y[:, :5])
    assert not held_out_procrustes(X, Y, X * 0, Y).is_defined


def test_features_of_low_rank_are_themselves_on_held_out_examples():
    random = np.random.default_rng(5)
    x = random.standard_normal((60, 4)) @ random.standard_normal((4, 12))
    found = held_out_procrustes(x[::2], x[::2], x[1::2], x[1::2])
    assert 0.0 == pytest.approx(found.value, abs=1e-7)


def test_fewer_examples_than_units_fit_no_rotation():
    x = np.random.default_rng(5).standard_normal((20, 12))
    assert "10 examples cannot fit" in held_out_procrustes(x[::2], x[::2], x[1::2], x[1::2]).reason

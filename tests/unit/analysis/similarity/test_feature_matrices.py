"""How features become matrices, and what an undefined value may be."""

import math

import numpy as np
import pytest

from paramdyn.analysis.similarity import Measured, as_matrix, average
from paramdyn.analysis.similarity.features import centred, unit_columns
from paramdyn.analysis.similarity.measured import defined
from paramdyn.errors import ShapeMismatch

MAPS = np.arange(2 * 3 * 2 * 2, dtype=np.float32).reshape(2, 3, 2, 2)


def test_three_treatments_of_positions():
    assert MAPS.reshape(2, 12).tolist() == as_matrix(MAPS, pixels="flatten").tolist()
    assert MAPS.mean(axis=(2, 3)).tolist() == as_matrix(MAPS, pixels="average").tolist()
    samples = as_matrix(MAPS, pixels="samples")
    assert (8, 3) == samples.shape
    assert MAPS[1, :, 0, 1].tolist() == samples[5].tolist()
    assert MAPS[:, :, 0, 0].tolist() == as_matrix(MAPS[:, :, 0, 0], pixels="average").tolist()
    with pytest.raises(ShapeMismatch, match=r"found shape \(2,\)"):
        as_matrix(MAPS[:, 0, 0, 0], pixels="average")


@pytest.mark.parametrize("make", [centred, unit_columns])
def test_a_constant_unit_becomes_exact_zeros(make):
    """The mean of 0.1 over 10 examples is not 0.1 in float64."""
    features = np.stack([np.full(10, 0.1), np.arange(10.0)], axis=1)
    assert not make(features)[:, 0].any()
    assert make(features)[:, 1].any()


def test_extreme_features_stay_finite():
    features = np.array([[1e308, 1e-300], [-1e308, 3e-300], [1e308, 2e-300]])
    assert np.isfinite(centred(features)).all()
    columns = unit_columns(features)
    assert [1, 1] == pytest.approx(np.linalg.norm(columns, axis=0))


def test_a_measured_value_has_a_value_or_a_reason():
    for wrong in ((None, ""), (1.0, "but why"), (math.nan, ""), (math.inf, "")):
        with pytest.raises(ValueError, match="measured value"):
            Measured(*wrong)
    assert "overflowed" in defined(math.inf, 3).reason


def test_averages_leave_undefined_values_out_and_say_so():
    mean = average([Measured(1.0, n=9), Measured(None, "dead", 9), Measured(2.0, n=7)])
    assert (1.5, 7) == (mean.value, mean.n)
    assert ("1 of 3 values are undefined and left out",) == mean.warnings
    assert "dead" == average([Measured(None, "dead", 9)] * 2).reason
    assert "there is nothing to average" == average([]).reason

"""L2 distance from the start; 0 at step 0."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import root

DISPLACEMENT = Measurement(
    name="displacement",
    unit="weight",
    quantity=root("squared_displacement"),
    formula="sqrt(sum (theta - theta_0)^2)",
    reference="Nagarajan & Kolter 2019, arXiv:1901.01672",
)

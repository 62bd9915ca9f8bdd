"""L2 norm of the values; the total is that of the whole vector."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import root

WEIGHT_NORM = Measurement(
    name="weight_norm",
    unit="weight",
    quantity=root("squared_norm"),
    formula="sqrt(sum theta^2)",
    reference="-",
)

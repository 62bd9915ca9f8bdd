"""L2 norm of the last step, as rounded; undefined before the first."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import root

UPDATE_NORM = Measurement(
    name="update_norm",
    unit="weight",
    quantity=root("squared_update"),
    formula="sqrt(sum (theta_k - theta_{k-1})^2)",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604",
)

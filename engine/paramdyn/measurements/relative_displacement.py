"""Displacement in units of the norm at the start.

Undefined for a parameter that started at zero.
"""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import root

RELATIVE_DISPLACEMENT = Measurement(
    name="relative_displacement",
    unit="ratio",
    quantity=root("squared_displacement") / root("squared_norm_start"),
    formula="|theta - theta_0| / |theta_0|",
    reference="Zhang, Bengio & Singer 2019, arXiv:1902.01996",
)

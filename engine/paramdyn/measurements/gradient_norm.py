"""L2 norm of the loss gradient, before weight decay and momentum.

A frozen parameter has none: its norm is undefined, and the total is that of the others.
"""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given, root

GRADIENT_NORM = Measurement(
    name="gradient_norm",
    unit="gradient",
    quantity=root("squared_gradient").unless_zero(given("trainable")),
    formula="sqrt(sum g^2)",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604",
)

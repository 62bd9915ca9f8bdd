"""Length of the path through all records: the summed distances between them.

A lower bound of the way that was gone, unless every step is recorded.
"""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given

PATH_LENGTH = Measurement(
    name="path_length",
    unit="weight",
    quantity=given("path"),
    formula="sum over records r of |theta_r - theta_{r-1}|",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604 (its summands)",
)

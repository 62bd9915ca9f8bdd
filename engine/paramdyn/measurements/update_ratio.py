"""Norm of the last step in units of the values' norm; undefined where those are all zero."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import root

UPDATE_RATIO = Measurement(
    name="update_ratio",
    unit="ratio",
    quantity=root("squared_update") / root("squared_norm"),
    formula="|theta_k - theta_{k-1}| / |theta_k|",
    reference="You, Gitman & Ginsburg 2017, arXiv:1708.03888",
)

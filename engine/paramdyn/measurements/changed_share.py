"""Share of the values whose bits differ from the start; undefined for an empty parameter."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given

CHANGED_SHARE = Measurement(
    name="changed_share",
    unit="share",
    quantity=given("changed") / given("counts"),
    formula="#{bits(theta) != bits(theta_0)} / #theta",
    reference="-",
)

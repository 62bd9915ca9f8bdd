"""Share of flipped signs among the values that have one at the start and now."""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given

SIGN_CHANGES = Measurement(
    name="sign_changes",
    unit="share",
    quantity=given("sign_changed") / given("sign_defined"),
    formula="#{theta theta_0 < 0} / #{theta theta_0 != 0}",
    reference="Zhou et al. 2019, arXiv:1905.01067; Frankle, Schwab & Morcos 2020, arXiv:2002.10365",
)

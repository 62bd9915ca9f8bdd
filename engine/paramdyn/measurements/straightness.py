"""How straight the path from the start was: 1 for a line, 1/sqrt(n) for a random walk.

In (0, 1] up to rounding; undefined before any motion.
"""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given, root

STRAIGHTNESS = Measurement(
    name="straightness",
    unit="ratio",
    quantity=root("squared_displacement") / given("path"),
    formula="|theta_t - theta_0| / sum over records r of |theta_r - theta_{r-1}|",
    reference="-",
)

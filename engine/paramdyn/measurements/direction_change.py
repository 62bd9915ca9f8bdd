"""How far the direction turned: 1 - cosine between the start and now, in [0, 2].

After a short run 1 - cosine is near 1e-9, below the resolution of a float32 cosine, so it is
computed from the explicit difference of the two vectors. Its error is about 1e-16 times the ratio
of the larger norm to the smaller. Undefined where one of the two is zero.
"""

from __future__ import annotations

from paramdyn.measurements.measurement import Measurement
from paramdyn.measurements.quantity import given, root

_START, _NOW = root("squared_norm_start"), root("squared_norm")
_TURNED = (given("squared_displacement") - (_START - _NOW) * (_START - _NOW)) / (
    2.0 * _START * _NOW
)

DIRECTION_CHANGE = Measurement(
    name="direction_change",
    unit="ratio",
    quantity=_TURNED.within(0.0, 2.0).unless_zero(_START, _NOW),  # rounding leaves the range
    formula="1 - cos(theta_0, theta) = (|d|^2 - (|theta_0| - |theta|)^2) / (2 |theta_0| |theta|)",
    reference="Frankle, Schwab & Morcos 2020, arXiv:2002.10365",
)

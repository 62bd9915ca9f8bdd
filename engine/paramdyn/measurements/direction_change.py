"""How far the direction turned: 1 - cosine between the start and now.

After a short run 1 - cosine is near 1e-9, below the resolution of a float32 cosine, so it is
computed from the explicit difference of the two vectors. Its error is about 1e-16 times the ratio
of the larger norm to the smaller.
"""

from __future__ import annotations

import numpy as np

from paramdyn.measurements.measurement import Context, Measurement, Values, root, undefined_where


def direction_changes(context: Context) -> list[Values]:
    """Return 1 - cos(theta_0, theta) in [0, 2]; undefined where one of the two is zero."""
    squared_distance = context.sums.with_total("squared_displacement")
    now = root(context.sums.with_total("squared_norm"))
    start = root(context.sums.with_total("squared_norm_start"))
    if squared_distance is None or now is None or start is None:
        return context.results(None)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        turned = (squared_distance - (start - now) ** 2) / (2.0 * start * now)
    in_range = np.clip(turned, 0.0, 2.0)  # rounding; NaN stays NaN
    return context.results(undefined_where((start == 0) | (now == 0), in_range))


DIRECTION_CHANGE = Measurement(
    name="direction_change",
    unit="ratio",
    needs=frozenset({"squared_displacement", "squared_norm", "squared_norm_start"}),
    compute=direction_changes,
    formula="1 - cos(theta_0, theta) = (|d|^2 - (|theta_0| - |theta|)^2) / (2 |theta_0| |theta|)",
    reference="Frankle, Schwab & Morcos 2020, arXiv:2002.10365",
)

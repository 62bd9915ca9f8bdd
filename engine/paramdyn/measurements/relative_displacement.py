"""Displacement in units of the norm at the start."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, ratio, root


def relative_displacements(context: Context) -> list[Values]:
    """Return displacement / norm at step 0; undefined for a parameter that started at zero."""
    moved = root(context.sums.with_total("squared_displacement"))
    started = root(context.sums.with_total("squared_norm_start"))
    return context.results(ratio(moved, started))


RELATIVE_DISPLACEMENT = Measurement(
    name="relative_displacement",
    unit="ratio",
    needs=frozenset({"squared_displacement", "squared_norm_start"}),
    compute=relative_displacements,
    formula="|theta - theta_0| / |theta_0|",
    reference="Zhang, Bengio & Singer 2019, arXiv:1902.01996",
)

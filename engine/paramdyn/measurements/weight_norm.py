"""L2 norm of the values."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, root


def weight_norms(context: Context) -> list[Values]:
    """Return the L2 norm of every parameter; the total is that of the whole vector."""
    return context.results(root(context.sums.with_total("squared_norm")))


WEIGHT_NORM = Measurement(
    name="weight_norm",
    unit="weight",
    needs=frozenset({"squared_norm"}),
    compute=weight_norms,
    formula="sqrt(sum theta^2)",
    reference="-",
)

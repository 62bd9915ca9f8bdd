"""L2 norm of the last step."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, root


def update_norms(context: Context) -> list[Values]:
    """Return the L2 norm of the last update, as rounded; undefined before the first."""
    return context.results(root(context.sums.with_total("squared_update")))


UPDATE_NORM = Measurement(
    name="update_norm",
    unit="weight",
    needs=frozenset({"squared_update"}),
    compute=update_norms,
    formula="sqrt(sum (theta_k - theta_{k-1})^2)",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604",
)

"""Norm of the last step in units of the values' norm."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, ratio, root


def update_ratios(context: Context) -> list[Values]:
    """Return last update's norm / norm of the values now; undefined where those are all zero."""
    update = root(context.sums.with_total("squared_update"))
    now = root(context.sums.with_total("squared_norm"))
    return context.results(ratio(update, now))


UPDATE_RATIO = Measurement(
    name="update_ratio",
    unit="ratio",
    needs=frozenset({"squared_update", "squared_norm"}),
    compute=update_ratios,
    formula="|theta_k - theta_{k-1}| / |theta_k|",
    reference="You, Gitman & Ginsburg 2017, arXiv:1708.03888",
)

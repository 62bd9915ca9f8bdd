"""Share of the values whose bits differ from the start."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, ratio


def changed_shares(context: Context) -> list[Values]:
    """Return the share of scalars whose bits changed; undefined for an empty parameter."""
    changed = context.sums.with_total("changed")
    return context.results(ratio(changed, context.sums.with_total("counts")))


CHANGED_SHARE = Measurement(
    name="changed_share",
    unit="share",
    needs=frozenset({"changed", "counts"}),
    compute=changed_shares,
    formula="#{bits(theta) != bits(theta_0)} / #theta",
    reference="-",
)

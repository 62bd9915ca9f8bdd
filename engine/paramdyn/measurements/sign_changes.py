"""Share of the values whose sign differs from the start."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, ratio


def sign_change_shares(context: Context) -> list[Values]:
    """Return the share of flipped signs among the scalars that have one at both ends."""
    flipped = context.sums.with_total("sign_changed")
    return context.results(ratio(flipped, context.sums.with_total("sign_defined")))


SIGN_CHANGES = Measurement(
    name="sign_changes",
    unit="share",
    needs=frozenset({"sign_changed", "sign_defined"}),
    compute=sign_change_shares,
    formula="#{theta theta_0 < 0} / #{theta theta_0 != 0}",
    reference="Zhou et al. 2019, arXiv:1905.01067; Frankle, Schwab & Morcos 2020, arXiv:2002.10365",
)

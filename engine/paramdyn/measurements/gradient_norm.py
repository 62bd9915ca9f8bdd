"""L2 norm of the loss gradient, before weight decay and momentum."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, root


def gradient_norms(context: Context) -> list[Values]:
    """Return the L2 norm of every parameter's last gradient; undefined before the first."""
    return context.results(root(context.sums.with_total("squared_gradient")))


GRADIENT_NORM = Measurement(
    name="gradient_norm",
    unit="gradient",
    needs=frozenset({"squared_gradient"}),
    compute=gradient_norms,
    formula="sqrt(sum g^2)",
    reference="Schneider, Dangel & Hennig 2021, arXiv:2102.06604",
)

"""L2 distance from the start."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, root


def displacements(context: Context) -> list[Values]:
    """Return the L2 distance of every parameter from step 0; 0 at step 0."""
    return context.results(root(context.sums.with_total("squared_displacement")))


DISPLACEMENT = Measurement(
    name="displacement",
    unit="weight",
    needs=frozenset({"squared_displacement"}),
    compute=displacements,
    formula="sqrt(sum (theta - theta_0)^2)",
    reference="Nagarajan & Kolter 2019, arXiv:1901.01672",
)

"""How straight the path from the start was: 1 for a line, 1/sqrt(n) for a random walk."""

from __future__ import annotations

from paramdyn.measurements.measurement import Context, Measurement, Values, ratio, root


def straightnesses(context: Context) -> list[Values]:
    """Return displacement / path length, in (0, 1] up to rounding; undefined before any motion."""
    moved = root(context.sums.with_total("squared_displacement"))
    return context.results(ratio(moved, context.path_with_total()))


STRAIGHTNESS = Measurement(
    name="straightness",
    unit="ratio",
    needs=frozenset({"squared_displacement", "squared_chord"}),
    compute=straightnesses,
    formula="|theta_t - theta_0| / sum over records r of |theta_r - theta_{r-1}|",
    reference="-",
)

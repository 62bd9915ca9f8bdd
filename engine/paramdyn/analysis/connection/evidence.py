"""From straight lines to a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from paramdyn.analysis.companions import INDEPENDENT, ORDER, numerical_floor
from paramdyn.analysis.connection.connecting import ALIGNED, AS_THEY_ARE, Connection
from paramdyn.analysis.verdict import ConnectivitySeed, Verdict, judge
from paramdyn.analysis.verdict.rules.connectivity import JOINED, JOINED_UP_TO_SYMMETRY
from paramdyn.probes.interpolation import LinearPath


def judged(connections: Sequence[Connection]) -> list[Verdict]:
    """Return whether the pairs are joined, as they are and up to symmetry.

    Only pairs of two ends of training count, and each first network once.
    """
    counted = [each for each in connections if each.ends.counts]
    if not counted:
        return []
    evidence = [_evidence(number, each) for number, each in enumerate(counted)]
    claims = [JOINED]
    if any(each.aligned for each in counted):
        claims.append(JOINED_UP_TO_SYMMETRY)
    return [judge(claim, evidence) for claim in claims]


def _evidence(number: int, connection: Connection) -> ConnectivitySeed:
    nulls, words = connection.nulls, connection.unsound
    change = connection.certificate
    return ConnectivitySeed(
        seed=number,
        collapsed=tuple(name for name, word in words.items() if word == "collapsed"),
        diverged=tuple(name for name, word in words.items() if word == "diverged"),
        unfinished=tuple(
            run.name for run, _ in (connection.ends.first, connection.ends.second) if run.is_live
        ),
        d0=numerical_floor(connection.ends.first[0], nulls.again_gap),
        error_barrier=_height(connection.path(AS_THEY_ARE)),
        aligned_error_barrier=_height(connection.path(ALIGNED)),
        order_error_barrier=_height(nulls.paths.get(ORDER)),
        independent_error_barrier=_height(nulls.paths.get(INDEPENDENT)),
        function_change=None if change is None else change.relative,
    )


def _height(path: LinearPath | None) -> float | None:
    return None if path is None else path.error_barrier.above_mean
